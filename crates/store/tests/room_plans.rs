//! Whatever is asked of the rooms all the time is answered from an index, and
//! not by walking over all rooms that are over or all that are live.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{OrganisationCode, ProvisionStatus, Provisioner, RoomSettings, SchedulingInfoId};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::pool::Wanted;
use vdx_store::pool_levels;
use vdx_store::scheduling_infos::{self, Due, Interval, RoomsOf};
use vdx_store::templates::{self, PinRule, TemplateValues};
use vdx_store::testing::{Explainer, IdleRooms, ManyRooms, analyze};
use vdx_store::{EngineKind, Tx, both_engines, pool};

const NOW: &str = "2026-12-01T09:00:00Z";

fn code(code: &str) -> OrganisationCode {
    OrganisationCode(code.to_owned())
}

fn template() -> TemplateValues {
    let pin = PinRule {
        required: false,
        low: None,
        high: None,
    };
    TemplateValues {
        organisation: None,
        conferencing_sys_id: 1,
        uri_prefix: String::new(),
        uri_domain: "many.example".to_owned(),
        uri_number_range_low: 1,
        uri_number_range_high: 2,
        host_pin: pin,
        guest_pin: pin,
        vmr_available_before: 0,
        settings: RoomSettings::default(),
        ivr_theme: None,
        is_default: true,
        is_pool: false,
        custom_portal_guest: None,
        custom_portal_host: None,
        return_url: None,
        call_type: None,
    }
}

/// Forty organisations under one, with a thousand rooms each: 950 that are over,
/// 10 that are live and 40 that are ahead. Every fourth has another provisioner,
/// and three have 300 free rooms in their pool.
async fn load(tx: &mut Tx, now: Timestamp) {
    let template = templates::insert(tx, &template(), None, now).await.unwrap();
    let mut parent = None;
    let mut before = 0;
    for n in 0..40 {
        let organisation = code(&format!("o{n}"));
        let new = NewOrganisation {
            code: &organisation,
            name: "Many",
            kind: GroupKind::Municipality,
            parent_group: parent,
            pool_size: (n % 2 == 0).then_some(3),
            allow_custom_uri_without_domain: false,
        };
        let group = organisations::add(tx, new, now).await.unwrap();
        parent = parent.or(Some(group));
        let hours = SignedDuration::from_hours;
        for (count, first, status) in [
            (950, now - hours(5000), ProvisionStatus::DeprovisionOk),
            (10, now - hours(1), ProvisionStatus::ProvisionedOk),
            (40, now + hours(1), ProvisionStatus::AwaitsProvision),
        ] {
            let rooms = ManyRooms {
                organisation: &organisation,
                template,
                before,
                count,
                first,
                step: 60_000,
                status,
                provisioner: match n % 4 {
                    3 => Provisioner::Lists,
                    _ => Provisioner::Embedded,
                },
            };
            rooms.insert(tx).await;
            before += count;
        }
    }
    for n in [0, 2, 4] {
        let idle = IdleRooms {
            organisation: &code(&format!("o{n}")),
            template,
            count: 300,
            first: now - SignedDuration::from_hours(1),
        };
        idle.insert(tx).await;
    }
    analyze(tx).await;
}

/// What in a plan reads rooms without an index that narrows them down.
fn scans(engine: EngineKind, plan: &str) -> Vec<&str> {
    plan.lines()
        .map(str::trim)
        .filter(|step| match engine {
            EngineKind::Sqlite => {
                let mut words = step.split(' ');
                words.next() == Some("SCAN")
                    && matches!(words.next(), Some("s" | "scheduling_infos"))
                    && !step.contains("idle")
            }
            EngineKind::Postgres => {
                step.contains("Seq Scan on scheduling_infos")
                    || step.contains("Seq Scan on meetings")
            }
        })
        .collect()
}

both_engines! {
    async fn an_index_answers_each_question(test: TestDb) {
        let now: Timestamp = NOW.parse().unwrap();
        let mut tx = test.db.begin().await.unwrap();
        load(&mut tx, now).await;
        tx.commit().await.unwrap();

        let engine = test.db.engine();
        let mut explainer = Explainer::new(&test.db);
        let check = |explainer: &mut Explainer, what: &str, indices: &[&str]| {
            let plans = explainer.plans();
            assert!(!plans.is_empty(), "{what}: no statement");
            for plan in &plans {
                assert_eq!(scans(engine, plan), Vec::<&str>::new(), "{what}:\n{plan}");
            }
            let all = plans.join("\n");
            for index in indices {
                assert!(all.contains(index), "{what}: {index} is not used in\n{all}");
            }
        };
        let (opening, closing) = ("scheduling_infos_opening", "scheduling_infos_closing");
        for (what, due, index) in [
            ("to provision", Due::Provision, opening),
            ("pool rooms to provision", Due::ProvisionIdle, opening),
            ("to remove", Due::Deprovision, closing),
            ("abandoned", Due::Abandoned(now), closing),
            ("never made", Due::NeverMade(now), closing),
        ] {
            scheduling_infos::due(&mut explainer, due, now, 100).await.unwrap();
            check(&mut explainer, what, &[index]);
        }
        scheduling_infos::next_due(&mut explainer, now).await.unwrap();
        check(&mut explainer, "next due", &[opening, closing]);

        let sealer = &test.sealer;
        scheduling_infos::to_provision(&mut explainer, sealer, now, 10_000).await.unwrap();
        check(&mut explainer, "the provision list", &[opening]);
        scheduling_infos::to_deprovision(&mut explainer, sealer, now, 10_000).await.unwrap();
        check(&mut explainer, "the deprovision list", &[closing]);

        let (own, big) = (code("o7"), code("o0"));
        let interval = Interval {
            from: now - SignedDuration::from_hours(24),
            to: now + SignedDuration::from_hours(24),
            status: ProvisionStatus::AwaitsProvision,
        };
        for (rooms, indices) in [
            (RoomsOf::All, [opening, closing]),
            (RoomsOf::Organisation(&own), ["own_opening", "own_closing"]),
            (RoomsOf::OrganisationAndBelow(&big), ["own_opening", "own_closing"]),
        ] {
            scheduling_infos::in_interval(&mut explainer, sealer, rooms, interval, 10_001).await.unwrap();
            check(&mut explainer, "rooms of an interval", &indices);
            pool_levels::levels(&mut explainer, rooms, now, 1000).await.unwrap();
            check(&mut explainer, "levels of the pools", &[]);
            pool_levels::free_rooms(&mut explainer, sealer, rooms, now, 1000).await.unwrap();
            check(&mut explainer, "free rooms", &[]);
        }
        let wanted = Wanted { organisation: &big, settings: "__1______", live_before: now, now };
        explainer.take_from_pool(wanted).await.unwrap();
        check(&mut explainer, "a room of the pool", &["scheduling_infos_idle"]);
        pool_levels::oldest_free(&mut explainer, &big, now, 1).await.unwrap();
        check(&mut explainer, "the oldest of the pool", &["scheduling_infos_idle"]);
        pool_levels::failed(&mut explainer, &big, 1).await.unwrap();
        check(&mut explainer, "rooms that could not be made", &["scheduling_infos_idle"]);
        pool_levels::left_over(&mut explainer, now, 1000).await.unwrap();
        // Among the idle rooms, or those without a meeting: the same, and few.
        check(&mut explainer, "rooms of pools that were given up", &[]);
        let reservation = uuid::Uuid::nil();
        pool::reserved(&mut explainer, sealer, &own, reservation, now).await.unwrap();
        // By its id, or among the idle rooms: few either way.
        check(&mut explainer, "a reservation", &[]);
        scheduling_infos::history(&mut explainer, SchedulingInfoId(reservation)).await.unwrap();
    }
}
