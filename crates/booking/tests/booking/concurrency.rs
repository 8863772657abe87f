//! Many bookings at the same time.

use std::collections::HashSet;

use vdx_booking::{BookingRequest, Error};
use vdx_store::both_engines;

use crate::rig::{Rig, actor, admin, default_template, request};

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
                    assert_eq!(room.provision.status, vdx_domain::ProvisionStatus::ProvisionedOk);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    async fn changing_and_provisioning_at_once_follow_one_another(test: TestDb) {
        use vdx_booking::{Change, MeetingChange};
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
            assert_eq!(room.provision.status, vdx_domain::ProvisionStatus::ProvisionedOk);
            // Either the change came first, or the room was live and kept its PIN.
            let link = room.portal_link.unwrap();
            let kept = room.guest_pin.unwrap();
            assert!(link.contains(&format!("pin={}&", kept.reveal())), "the link follows the PIN");
        }
    }

    async fn changes_at_once_are_all_applied(test: TestDb) {
        use vdx_booking::{Change, MeetingChange};
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
}
