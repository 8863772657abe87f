//! Many bookings at the same time.

use std::collections::HashSet;

use serde_json::Value;
use vdx_booking::{BookingRequest, Change, Error, MeetingChange, ProvisionReport};
use vdx_domain::{MeetingId, ProvisionStatus, SchedulingInfoId};
use vdx_store::{audit, both_engines};

use crate::rig::{Rig, actor, admin, default_template, maker, request};

/// The states that the trail tells of one thing, in its order: operation,
/// before, after.
async fn told(rig: &Rig, id: MeetingId, resource: &str) -> Vec<(String, Value, Value)> {
    let records = audit::of(&mut rig.test.db.reader(), &id.to_string()).await;
    let of_resource = records
        .unwrap()
        .into_iter()
        .filter(|r| r.resource == resource);
    of_resource
        .map(|record| {
            let details: Value = serde_json::from_str(&record.details).unwrap();
            let state = |when: &str| details[when].clone();
            (record.operation, state("before"), state("after"))
        })
        .collect()
}

/// Each record begins with the state that the one before it ends with.
fn follow_one_another(told: &[(String, Value, Value)]) {
    for pair in told.windows(2) {
        assert_eq!(pair[0].2, pair[1].1, "{} {}", pair[0].0, pair[1].0);
    }
}

both_engines! {
    async fn two_hundred_bookings_at_once_get_two_hundred_numbers(test: TestDb) {
        // A narrow range, so that many draws meet.
        let rig = Rig::with_template(test, default_template(10_400)).await;
        let bookings: Vec<_> = (0..200)
            .map(|n| {
                let booking = rig.booking.clone();
                tokio::spawn(async move {
                    // Different people in different orders: rows of people are
                    // made on the way too.
                    let me = format!("{}@example.org", n % 7);
                    let asked = BookingRequest {
                        organized_by_email: Some(format!("{}@example.org", (n + 3) % 7)),
                        external_id: Some(n.to_string()),
                        ..request()
                    };
                    let who = actor("town", &me, &[vdx_domain::ApiRole::MeetingPlanner]);
                    booking.create(&who, &asked).await.unwrap()
                })
            })
            .collect();
        let mut addresses = HashSet::new();
        let mut short_ids = HashSet::new();
        for booking in bookings {
            let meeting = booking.await.unwrap();
            addresses.insert(rig.room(&meeting).await.address.folded());
            short_ids.insert(meeting.short_id);
        }
        assert_eq!(addresses.len(), 200);
        assert_eq!(short_ids.len(), 200);
    }

    async fn of_equal_wishes_at_once_one_is_granted(test: TestDb) {
        let rig = Rig::new(test).await;
        let attempt = |asked: BookingRequest| {
            let booking = rig.booking.clone();
            tokio::spawn(async move { booking.create(&admin("town"), &asked).await })
        };
        let external = BookingRequest { external_id: Some("one".into()), ..request() };
        let address = BookingRequest { uri_without_domain: Some("one".into()), ..request() };
        for (asked, expected) in [(external, 21), (address, 32)] {
            let attempts: Vec<_> = (0..20).map(|_| attempt(asked.clone())).collect();
            let mut granted = 0;
            for attempt in attempts {
                match attempt.await.unwrap() {
                    Ok(_) => granted += 1,
                    Err(Error::ExternalIdTaken) => assert_eq!(expected, 21),
                    Err(Error::AddressTaken) => assert_eq!(expected, 32),
                    Err(other) => panic!("{other}"),
                }
            }
            assert_eq!(granted, 1);
        }
    }

    async fn deleting_and_provisioning_at_once_do_one_of_both(test: TestDb) {
        let rig = Rig::new(test).await;
        for _ in 0..20 {
            rig.clock.set("2026-12-01T09:00:00Z");
            let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
            rig.clock.set("2026-12-01T10:00:00Z");
            let (one, other) = (rig.booking.clone(), rig.booking.clone());
            let deleted = tokio::spawn(async move { one.delete(&admin("town"), meeting.id).await });
            let provisioned = tokio::spawn(async move { other.provision_due().await });
            provisioned.await.unwrap().unwrap();
            match deleted.await.unwrap() {
                Ok(()) => {
                    let read = rig.booking.meeting(&admin("town"), meeting.id).await;
                    assert!(matches!(read, Err(Error::NotFound { .. })));
                }
                Err(Error::NotDeletable) => {
                    let room = rig.room(&meeting).await;
                    assert_eq!(room.provision.status, ProvisionStatus::ProvisionedOk);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    async fn changing_and_provisioning_at_once_follow_one_another(test: TestDb) {
        let rig = Rig::new(test).await;
        for round in 0..20 {
            rig.clock.set("2026-12-01T09:00:00Z");
            let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
            rig.clock.set("2026-12-01T10:00:00Z");
            let (one, other) = (rig.booking.clone(), rig.booking.clone());
            let pin = 5000 + round;
            let change = MeetingChange { guest_pin: Change::To(Some(pin)), ..MeetingChange::default() };
            let changed = tokio::spawn(async move { one.change(&admin("town"), meeting.id, &change).await });
            let provisioned = tokio::spawn(async move { other.provision_due().await });
            provisioned.await.unwrap().unwrap();
            changed.await.unwrap().unwrap();
            let room = rig.room(&meeting).await;
            assert_eq!(room.provision.status, ProvisionStatus::ProvisionedOk);
            // Either the change came first, or the room was live and kept its PIN.
            let link = room.portal_link.unwrap();
            let kept = room.guest_pin.unwrap();
            assert!(link.contains(&format!("pin={}&", kept.reveal())), "the link follows the PIN");
        }
    }

    async fn changes_at_once_are_all_applied(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let id = meeting.id;
        let changes = [
            MeetingChange { subject: Change::To("s".into()), ..MeetingChange::default() },
            MeetingChange { description: Change::To(Some("d".into())), ..MeetingChange::default() },
            MeetingChange { labels: Change::To(vec!["l".into()]), ..MeetingChange::default() },
            MeetingChange { guest_pin: Change::To(Some(7777)), ..MeetingChange::default() },
            MeetingChange { call_type: Change::To(Some("c".into())), ..MeetingChange::default() },
        ];
        let changing: Vec<_> = changes.into_iter().map(|change| {
            let booking = rig.booking.clone();
            tokio::spawn(async move { booking.change(&admin("town"), id, &change).await })
        }).collect();
        for change in changing {
            change.await.unwrap().unwrap();
        }
        // None has written back what it read before another wrote.
        let after = rig.booking.meeting(&admin("town"), id).await.unwrap();
        assert_eq!((after.subject.as_str(), after.description.as_deref()), ("s", Some("d")));
        assert_eq!(after.labels, ["l"]);
        let room = rig.room(&meeting).await;
        assert_eq!((room.guest_pin.unwrap().reveal(), room.call_type.as_deref()), ("7777", Some("c")));
    }

    async fn what_is_told_of_a_removed_meeting_is_its_last_state(test: TestDb) {
        let rig = Rig::new(test).await;
        for _ in 0..20 {
            let id = rig.book("town", &request()).await.id;
            let changing: Vec<_> = (0..3).map(|n| {
                let booking = rig.booking.clone();
                let change = MeetingChange {
                    subject: Change::To(n.to_string()),
                    call_type: Change::To(Some(n.to_string())),
                    ..MeetingChange::default()
                };
                tokio::spawn(async move { booking.change(&admin("town"), id, &change).await })
            }).collect();
            let booking = rig.booking.clone();
            let deleting = tokio::spawn(async move { booking.delete(&admin("town"), id).await });
            let mut changed = 0;
            for change in changing {
                match change.await.unwrap() {
                    Ok(_) => changed += 1,
                    Err(Error::NotFound { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            deleting.await.unwrap().unwrap();
            for resource in ["meeting", "schedulingInfo"] {
                let told = told(&rig, id, resource).await;
                assert_eq!(told.len(), changed + 2, "{resource}");
                assert_eq!(told.last().unwrap().0, "delete");
                follow_one_another(&told);
            }
        }
    }

    async fn who_loses_a_meeting_meanwhile_does_not_remove_it(test: TestDb) {
        let rig = Rig::new(test).await;
        let user = || actor("town", "me@example.org", &[vdx_domain::ApiRole::MeetingUser]);
        for _ in 0..20 {
            let id = rig.booking.create(&user(), &request()).await.unwrap().id;
            let (one, other) = (rig.booking.clone(), rig.booking.clone());
            let given_away = MeetingChange {
                organized_by_email: Change::To(Some("you@example.org".to_owned())),
                ..MeetingChange::default()
            };
            let changing = tokio::spawn(async move { one.change(&admin("town"), id, &given_away).await });
            let deleting = tokio::spawn(async move { other.delete(&user(), id).await });
            match (changing.await.unwrap(), deleting.await.unwrap()) {
                (Ok(_), Err(Error::Forbidden)) | (Err(Error::NotFound { .. }), Ok(())) => {}
                (changed, deleted) => panic!("{changed:?} {deleted:?}"),
            }
        }
    }

    async fn reports_at_once_are_told_one_after_another(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.book("town", &request()).await.id;
        let reporting: Vec<_> = (0..20).map(|n| {
            let booking = rig.booking.clone();
            let report = ProvisionReport {
                status: ProvisionStatus::ALL[n % ProvisionStatus::ALL.len()],
                description: Some(n.to_string()),
                vmr_id: None,
            };
            tokio::spawn(async move { booking.report(&maker("town"), SchedulingInfoId(id.0), report).await })
        }).collect();
        for report in reporting {
            report.await.unwrap().unwrap();
        }
        let told = told(&rig, id, "schedulingInfo").await;
        assert_eq!(told.len(), 21);
        follow_one_another(&told);
    }
}
