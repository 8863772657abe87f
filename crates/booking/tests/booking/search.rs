//! Who finds which meetings.

use vdx_booking::{Actor, BookingRequest, Error, Found, Meeting, MeetingSearch};
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_store::meeting_users::{self, MeetingUser};

use crate::rig::{Rig, actor, admin, at, code, request};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

async fn search(rig: &Rig, who: &Actor, search: MeetingSearch) -> Result<Vec<Meeting>, Error> {
    Ok(match rig.booking.search(who, &search).await? {
        Found::One(meeting) => vec![*meeting],
        Found::Many(meetings) => meetings,
    })
}

fn subjects(meetings: &[Meeting]) -> Vec<&str> {
    meetings
        .iter()
        .map(|meeting| meeting.subject.as_str())
        .collect()
}

both_engines! {
    async fn each_role_finds_its_part(test: TestDb) {
        use ApiRole::*;
        let rig = Rig::new(test).await;
        let asked = BookingRequest { labels: vec!["l".into()], ..request() };
        let meeting = rig.booking.create(&admin("hospital"), &asked).await.unwrap();
        let address = rig.room(&meeting).await.address.to_string();
        let number = rig.room(&meeting).await.uri_without_domain.unwrap();
        let nothing = MeetingSearch::default;
        let searches = [
            MeetingSearch { label: some("l"), ..nothing() },
            MeetingSearch { subject: some("Talk"), ..nothing() },
            MeetingSearch { organized_by: some("admin@example.org"), ..nothing() },
            MeetingSearch { text: some("TAL"), ..nothing() },
            MeetingSearch { text: some("t"), ..nothing() },
            MeetingSearch { from: Some(meeting.starts_at), to: Some(meeting.starts_at), ..nothing() },
        ];
        let table = [
            // organisation, e-mail, roles; finds it, finds it by the room's address
            ("hospital", "admin@example.org", &[MeetingUser][..], true, true),
            ("hospital", "other@example.org", &[MeetingUser], false, false),
            ("hospital", "other@example.org", &[MeetingPlanner], true, true),
            ("hospital", "other@example.org", &[MeetingUser, MeetingAdmin], true, true),
            ("hospital", "other@example.org", &[MeetingProvisionerUser], true, true),
            ("hospital", "other@example.org", &[MeetingProvisioner], true, true),
            ("region", "admin@example.org", &[MeetingAdmin], false, false),
            ("hospital/clinic", "admin@example.org", &[MeetingPlanner], false, false),
            ("town", "admin@example.org", &[MeetingUser], false, false),
            ("town", "admin@example.org", &[MeetingProvisionerUser], false, true),
        ];
        for (organisation, email, roles, finds, finds_by_address) in table {
            let who = actor(organisation, email, roles);
            let what = format!("{organisation} {email} {roles:?}");
            for asked in &searches {
                let found = search(&rig, &who, asked.clone()).await.unwrap();
                let expected: &[Meeting] = if finds { std::slice::from_ref(&meeting) } else { &[] };
                assert_eq!(found, expected, "{what} {asked:?}");
            }
            let by_id = MeetingSearch { short_id: some(meeting.short_id.as_str()), ..nothing() };
            match search(&rig, &who, by_id).await {
                Ok(found) => assert!(finds && found == [meeting.clone()], "{what}"),
                Err(Error::Forbidden) => assert!(!finds, "{what}"),
                Err(other) => panic!("{other}"),
            }
            let by_address = MeetingSearch { address: some(&address.to_uppercase()), ..nothing() };
            let found = search(&rig, &who, by_address).await.unwrap();
            assert_eq!(found.len(), usize::from(finds_by_address), "{what}");
            for found in [
                rig.booking.meeting_by_address(&who, &address).await,
                rig.booking.meeting_by_number(&who, &number).await,
            ] {
                match found {
                    Ok(found) => assert!(finds_by_address && found == meeting, "{what}"),
                    Err(Error::Forbidden) => assert!(!finds_by_address, "{what}"),
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }

    async fn a_text_is_sought_in_everything_and_each_meeting_found_once(test: TestDb) {
        let rig = Rig::new(test).await;
        let me = admin("town");
        let book = async |asked: BookingRequest| rig.booking.create(&me, &asked).await.unwrap();
        let hour = |subject: &str, hour: u8| BookingRequest::new(
            subject,
            at(&format!("2026-12-01T{hour}:00:00Z")),
            at("2026-12-02T10:00:00Z"),
        );
        book(BookingRequest { labels: vec!["Æble".into(), "Æble".into()], ..hour("pære", 12) }).await;
        book(hour("æblegrød", 11)).await;
        book(BookingRequest { description: some("med ÆBLE"), labels: vec!["Æble".into()], ..hour("b", 13) }).await;
        let room = book(BookingRequest { organized_by_email: some("you@example.org"), ..hour("room", 14) }).await;
        let address = rig.room(&room).await.address.to_string();
        let text = |text: &str| MeetingSearch { text: some(text), ..MeetingSearch::default() };
        let between = |text: &str, from: &str, to: &str| MeetingSearch {
            text: some(text),
            from: Some(at(from)),
            to: Some(at(to)),
            ..MeetingSearch::default()
        };
        for (asked, expected) in [
            (text("Æble"), &["æblegrød", "pære", "b"][..]),
            // A label is meant exactly, a text is not.
            (text("æble"), &["æblegrød", "b"]),
            (text("ÆB"), &["æblegrød", "b"]),
            (text("you@example.org"), &["room"]),
            (text("YOU@example.org"), &[]),
            (text(&address), &["room"]),
            (text("a\0b"), &[]),
            (between("Æble", "2026-12-01T11:00:00Z", "2026-12-01T13:00:00Z"), &["pære"]),
            (between("you@example.org", "2026-12-01T14:00:00Z", "2026-12-01T15:00:00Z"), &[]),
            (between(&address, "2026-12-01T13:59:59Z", "2026-12-01T14:00:01Z"), &["room"]),
        ] {
            let found = search(&rig, &me, asked.clone()).await.unwrap();
            assert_eq!(subjects(&found), expected, "{asked:?}");
        }
        // Without a text the bounds belong to the time.
        let times = |from: &str, to: &str| MeetingSearch { text: None, ..between("", from, to) };
        let found = search(&rig, &me, times("2026-12-01T11:00:00Z", "2026-12-01T13:00:00Z")).await.unwrap();
        assert_eq!(subjects(&found), ["æblegrød", "pære", "b"]);
        let found = search(&rig, &me, times("2026-12-01T11:00:01Z", "2026-12-01T12:59:59Z")).await.unwrap();
        assert_eq!(subjects(&found), ["pære"]);
        // What was found is complete.
        assert_eq!(found[0].labels, ["Æble", "Æble"]);
    }

    async fn asking_for_an_organiser_makes_nobody(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = MeetingSearch { organized_by: some("nobody@example.org"), ..MeetingSearch::default() };
        assert!(search(&rig, &admin("town"), asked).await.unwrap().is_empty());
        let nobody = MeetingUser { organisation: code("town"), email: "nobody@example.org".into() };
        let row = meeting_users::find(&mut rig.test.db.reader(), &nobody).await.unwrap();
        assert_eq!(row, None);
    }

    async fn a_room_used_again_leads_to_the_live_one(test: TestDb) {
        let rig = Rig::with_template(test, crate::rig::default_template(10_001)).await;
        let old = rig.booking.create(&admin("town"), &request()).await.unwrap();
        for now in ["2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"] {
            rig.clock.set(now);
            rig.booking.provision_due().await.unwrap();
        }
        let address = rig.room(&old).await.address.to_string();
        let who = admin("town");
        assert_eq!(rig.booking.meeting_by_address(&who, &address).await.unwrap(), old);
        let gone = rig.booking.meeting_by_number(&who, "10000").await;
        assert!(matches!(gone, Err(Error::NotFound { resource: "meeting", field: "uriWithDomain" })), "{gone:?}");

        let later = BookingRequest::new("new", at("2026-12-03T10:00:00Z"), at("2026-12-03T11:00:00Z"));
        let new = rig.booking.create(&admin("region"), &later).await.unwrap();
        assert_eq!(rig.booking.meeting_by_number(&admin("region"), "10000").await.unwrap(), new);
        assert_eq!(rig.booking.meeting_by_address(&admin("region"), &address).await.unwrap(), new);
        // Of its own meetings the town finds the old one.
        assert_eq!(rig.booking.meeting_by_address(&who, &address).await.unwrap(), old);
        let unknown = rig.booking.meeting_by_address(&who, "nobody@rooms.example").await;
        assert!(matches!(unknown, Err(Error::NotFound { .. })), "{unknown:?}");
    }

    async fn a_short_id_has_twelve_characters(test: TestDb) {
        let rig = Rig::new(test).await;
        let by = |short_id: &str| MeetingSearch { short_id: some(short_id), ..MeetingSearch::default() };
        for wrong in ["00010203040", "0001020304056"] {
            let refused = search(&rig, &admin("town"), by(wrong)).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "short-id", .. })), "{refused:?}");
        }
        for unknown in ["000102030405", "abcdefghijkl", "æøåæøåæøåæøå"] {
            let refused = search(&rig, &admin("town"), by(unknown)).await;
            assert!(matches!(refused, Err(Error::NotFound { resource: "meeting", field: "shortId" })), "{refused:?}");
        }
    }

    async fn ten_thousand_are_found_and_one_more_is_refused(test: TestDb) {
        let rig = Rig::new(test).await;
        let last = rig.add_many("town", 0, 10_000).await;
        let nothing = MeetingSearch::default;
        let searches = [
            ("subject", MeetingSearch { subject: some("Many"), ..nothing() }),
            ("organizedBy", MeetingSearch { organized_by: some("many@example.org"), ..nothing() }),
            ("from-start-time", MeetingSearch {
                from: Some(at("2026-12-01T09:00:00Z")),
                to: Some(last + jiff::SignedDuration::from_mins(1)),
                ..nothing()
            }),
        ];
        for (field, asked) in &searches {
            let found = search(&rig, &admin("town"), asked.clone()).await.unwrap();
            assert_eq!(found.len(), 10_000, "{field}");
        }
        rig.add_many("town", 10_000, 1).await;
        for (expected, asked) in searches {
            let refused = search(&rig, &admin("town"), asked).await;
            assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == expected), "{expected}");
        }
    }

    async fn a_short_text_is_looked_for_among_ten_thousand(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.add_many("town", 0, 10_000).await;
        let short = || MeetingSearch { text: some("M"), ..MeetingSearch::default() };
        let found = search(&rig, &admin("town"), short()).await.unwrap();
        assert_eq!(found.len(), 10_000);
        rig.add_many("town", 10_000, 1).await;
        let refused = search(&rig, &admin("town"), short()).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "search", .. })));
        // What one organisation has is nothing to another.
        assert!(search(&rig, &admin("region"), short()).await.unwrap().is_empty());
        let narrow = MeetingSearch {
            from: Some(at("2026-12-01T09:00:00Z")),
            to: Some(at("2026-12-01T09:03:00Z")),
            ..short()
        };
        assert_eq!(search(&rig, &admin("town"), narrow).await.unwrap().len(), 2);
    }
}
