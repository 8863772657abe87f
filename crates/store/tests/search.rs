//! Searching meetings: what is found, and that an index finds it.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{GuestMicrophone, MeetingId, OrganisationCode, ShortId};
use vdx_store::meeting_search::{self, Criterion, RoomName, Scope, Window, plan};
use vdx_store::meeting_texts::Sought;
use vdx_store::meeting_users::{self, MeetingUser, MeetingUserId};
use vdx_store::meetings::{self, Meeting};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::{Connection, EngineKind, Tx, both_engines};

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn code(code: &str) -> OrganisationCode {
    OrganisationCode(code.to_owned())
}

/// An organisation with somebody in it.
async fn organisation(tx: &mut Tx, name: &str) -> (OrganisationCode, MeetingUser, MeetingUserId) {
    let code = code(name);
    let new = NewOrganisation {
        code: &code,
        name,
        kind: GroupKind::Region,
        parent_group: None,
        pool_size: None,
        allow_custom_uri_without_domain: false,
    };
    organisations::add(tx, new, at("2026-01-01T00:00:00Z"))
        .await
        .unwrap();
    let (user, id) = person(tx, &code, "me@example.org").await;
    (code, user, id)
}

async fn person(tx: &mut Tx, code: &OrganisationCode, email: &str) -> (MeetingUser, MeetingUserId) {
    let user = MeetingUser {
        organisation: code.clone(),
        email: email.to_owned(),
    };
    let id = meeting_users::ensure(tx, &user).await.unwrap();
    (user, id)
}

fn meeting(user: &MeetingUser, subject: &str, description: Option<&str>) -> Meeting {
    let id = MeetingId::generate();
    Meeting {
        id,
        organisation: user.organisation.clone(),
        subject: subject.to_owned(),
        description: description.map(str::to_owned),
        project_code: None,
        starts_at: at("2026-12-01T10:00:00Z"),
        ends_at: at("2026-12-01T11:00:00Z"),
        moved_from: None,
        created_by: user.clone(),
        updated_by: None,
        organized_by: user.clone(),
        created_at: at("2026-01-01T00:00:00Z"),
        updated_at: None,
        short_id: id.0.simple().to_string()[20..].parse::<ShortId>().unwrap(),
        external_id: None,
        guest_microphone: GuestMicrophone::On,
        guest_pin_required: false,
        labels: Vec::new(),
        information: Vec::new(),
    }
}

async fn add(tx: &mut Tx, meeting: &Meeting, by: MeetingUserId) -> MeetingId {
    assert!(meetings::insert(tx, meeting, by, by).await.unwrap());
    meeting.id
}

async fn with_text(
    tx: &mut Tx,
    scope: Scope<'_>,
    text: &str,
    window: Window,
) -> Option<Vec<MeetingId>> {
    let sought = Sought::new(text).unwrap();
    let mut found = meeting_search::ids_with_text(tx, scope, &sought, window)
        .await
        .unwrap()?;
    found.sort_unstable();
    Some(found)
}

both_engines! {
    async fn text_is_found_in_any_case_and_only_where_it_stands(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        let (region, me, my_id) = organisation(&mut tx, "region").await;
        let (other, other_id) = person(&mut tx, &region, "other@example.org").await;
        let (town, you, your_id) = organisation(&mut tx, "town").await;
        let one = add(&mut tx, &meeting(&me, "Årsmøde om ÆBLER", Some("100% _sikker\\")), my_id).await;
        let two = add(&mut tx, &meeting(&other, "æblegrød", None), other_id).await;
        add(&mut tx, &meeting(&you, "Æbler", None), your_id).await;
        let all = Scope::Organisation(&region);
        let own = Scope::Organizer { organisation: &region, id: my_id };
        let both = { let mut both = vec![one, two]; both.sort_unstable(); both };
        // Alone in a window, every text is looked for; without one the index is asked.
        let windows = [Window::ALL, Window::between(at("2026-12-01T09:00:00Z"), at("2026-12-01T11:00:00Z"))];
        for window in windows {
            for (text, in_all, in_own) in [
                ("æble", both.clone(), vec![one]),
                ("ÆBLE", both.clone(), vec![one]),
                ("Å", vec![one], vec![one]),
                ("grød", vec![two], vec![]),
                ("årsmøde om æbler", vec![one], vec![one]),
                ("æblerårs", vec![], vec![]),
                ("0% _s", vec![one], vec![one]),
                ("r\\", vec![one], vec![one]),
                ("100%%", vec![], vec![]),
                ("er100", vec![], vec![]),
                ("___", vec![], vec![]),
            ] {
                assert_eq!(with_text(&mut tx, all, text, window).await, Some(in_all), "{text}");
                assert_eq!(with_text(&mut tx, own, text, window).await, Some(in_own), "{text}");
            }
        }
        // The bounds of this window are left out.
        let early = Window::between(at("2026-12-01T09:00:00Z"), at("2026-12-01T10:00:00Z"));
        assert_eq!(with_text(&mut tx, all, "æble", early).await, Some(vec![]));
        assert_eq!(with_text(&mut tx, Scope::Organisation(&town), "grød", Window::ALL).await, Some(vec![]));
    }

    async fn the_index_follows_changes_and_removals(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        let (region, me, my_id) = organisation(&mut tx, "region").await;
        let (other, other_id) = person(&mut tx, &region, "other@example.org").await;
        let mut changing = meeting(&me, "before", None);
        changing.labels = vec!["l".into(), "l".into()];
        let id = add(&mut tx, &changing, my_id).await;
        changing.subject = "after".into();
        changing.organized_by = other;
        meetings::update(&mut tx, &changing, other_id, Some(my_id)).await.unwrap();
        let mine = Scope::Organizer { organisation: &region, id: my_id };
        let theirs = Scope::Organizer { organisation: &region, id: other_id };
        assert_eq!(with_text(&mut tx, theirs, "after", Window::ALL).await, Some(vec![id]));
        assert_eq!(with_text(&mut tx, theirs, "before", Window::ALL).await, Some(vec![]));
        assert_eq!(with_text(&mut tx, mine, "after", Window::ALL).await, Some(vec![]));
        for (scope, expected) in [(theirs, vec![id]), (mine, vec![])] {
            let found = meeting_search::ids(&mut tx, scope, Criterion::Label("l"), Window::ALL).await.unwrap();
            assert_eq!(found, expected, "a label that comes twice is found once");
        }
        meetings::delete(&mut tx, id).await.unwrap();
        assert_eq!(with_text(&mut tx, theirs, "after", Window::ALL).await, Some(vec![]));
    }

    async fn labels_may_be_longer_than_a_key_of_an_index(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        let (region, me, my_id) = organisation(&mut tx, "region").await;
        let long = "👋".repeat(1024);
        let id = add(&mut tx, &Meeting { labels: vec![long.clone()], ..meeting(&me, "s", None) }, my_id).await;
        let all = Scope::Organisation(&region);
        let other = "👋".repeat(1023);
        for (label, expected) in [(long.as_str(), vec![id]), (other.as_str(), vec![])] {
            let found = meeting_search::ids(&mut tx, all, Criterion::Label(label), Window::ALL).await.unwrap();
            assert_eq!(found, expected);
        }
    }

    async fn every_search_is_served_by_an_index(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        let (region, me, my_id) = organisation(&mut tx, "region").await;
        let mut some = Vec::new();
        for n in 0..100 {
            let one = Meeting { labels: vec!["l".into()], ..meeting(&me, &format!("subject {n}"), None) };
            some.push(add(&mut tx, &one, my_id).await);
        }
        let sqlite = tx.engine() == EngineKind::Sqlite;
        if !sqlite {
            // Few rows are read quickest from beginning to end: that is
            // forbidden here, to see whether there is another way.
            tx.sql("SET LOCAL enable_seqscan = off").execute().await.unwrap();
            tx.sql("ANALYZE meetings").execute().await.unwrap();
        }
        let sought = Sought::new("subject 7").unwrap();
        let all = Scope::Organisation(&region);
        let own = Scope::Organizer { organisation: &region, id: my_id };
        let texts = if sqlite { "SCAN t VIRTUAL TABLE INDEX 0:M" } else { "meeting_texts_by_run" };
        let mut plans = Vec::new();
        for (scope, criterion, index) in [
            (all, Criterion::Label("l"), "meeting_labels_by_organisation"),
            (own, Criterion::Label("l"), "meeting_labels_by_organizer"),
            (all, Criterion::Subject("s"), "meetings_by_subject"),
            (own, Criterion::Subject("s"), "meetings_by_organizer_subject"),
            (all, Criterion::Organizer(my_id), "meetings_by_organizer"),
            (all, Criterion::Start, "meetings_by_organisation"),
            (own, Criterion::Start, "meetings_by_organizer"),
            (all, Criterion::TextByIndex(&sought), texts),
            (own, Criterion::TextByIndex(&sought), texts),
            (all, Criterion::TextByLooking(&sought), "meetings_by_organisation"),
            (own, Criterion::TextByLooking(&sought), "meetings_by_organizer"),
        ] {
            let hour = Window::between(at("2026-12-01T08:00:00Z"), at("2026-12-01T09:00:00Z"));
            plans.push((plan::ids(&mut tx, scope, criterion, hour).await.unwrap(), index));
        }
        let address = "1@rooms.example".parse().unwrap();
        for scope in [None, Some(all), Some(own)] {
            for (name, index) in [
                (RoomName::Address("1@rooms.example"), "scheduling_infos_"),
                (RoomName::Number("1"), "scheduling_infos_by_number"),
            ] {
                plans.push((plan::id_by_room(&mut tx, name, scope).await.unwrap(), index));
            }
            let plan = plan::ids_at(&mut tx, &address, scope, Window::ALL).await.unwrap();
            plans.push((plan, "scheduling_infos_"));
        }
        let keys = if sqlite { "SEARCH m USING INDEX" } else { "meetings_pkey" };
        plans.push((plan::load(&mut tx, &some).await.unwrap(), keys));
        for (plan, index) in plans {
            assert!(plan.contains(index), "{index} does not serve:\n{plan}");
            for step in plan.lines() {
                let whole = step.contains("Seq Scan on meeting")
                    || step.contains("Seq Scan on scheduling")
                    || (step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE INDEX"));
                assert!(!whole, "a table is read from beginning to end:\n{plan}");
            }
        }
    }
}
