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
}
