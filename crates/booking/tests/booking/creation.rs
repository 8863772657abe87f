//! What a booking gives.

use vdx_booking::{BookingRequest, Error, Information, SettingsRequest};
use vdx_domain::{
    ApiRole, GuestMicrophone, MeetingId, MeetingType, Pin, ProvisionStatus, VmrQuality,
};
use vdx_store::both_engines;
use vdx_store::scheduling_infos;

use crate::rig::{Rig, actor, admin, at, request, request_in};

fn pin(pin: Option<&Pin>) -> i64 {
    pin.unwrap().reveal().parse().unwrap()
}

both_engines! {
    async fn a_booking_without_wishes_gets_the_defaults(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let room = rig.room(&meeting).await;

        assert_eq!(meeting.organized_by, meeting.created_by);
        assert_eq!(meeting.created_by.email, "admin@example.org");
        assert_eq!((meeting.updated_by, meeting.updated_at), (None, None));
        assert_eq!(room.meeting, Some(meeting.id));
        assert_eq!(room.id.0, meeting.id.0);
        let number: i64 = room.uri_without_domain.as_deref().unwrap().parse().unwrap();
        assert!((10_000..99_991).contains(&number));
        assert_eq!(room.address.as_str(), format!("{number}@rooms.example"));
        assert!((10_000..100_000).contains(&pin(room.host_pin.as_ref())));
        assert!((10_000..100_000).contains(&pin(room.guest_pin.as_ref())));
        assert_ne!(room.host_pin, room.guest_pin);
        assert_eq!(room.vmr_available_before, 15);
        assert_eq!(room.vmr_starts_at, Some(at("2026-12-01T09:45:00Z")));
        assert_eq!(room.provision.status, ProvisionStatus::AwaitsProvision);
        assert_eq!(room.settings.max_participants, 0);
        assert!(!room.settings.end_meeting_on_end_time);
    }

    async fn the_portal_link_holds_what_is_stored_and_never_the_host_pin(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = BookingRequest {
            guest_microphone: GuestMicrophone::Muted,
            call_type: Some("AudioSendrecv".into()),
            ..request()
        };
        let meeting = rig.booking.create(&admin("town"), &asked).await.unwrap();
        let room = rig.room(&meeting).await;
        let guest_pin = room.guest_pin.as_ref().unwrap().reveal();
        assert_eq!(
            room.portal_link.unwrap(),
            format!(
                "https://hub.example/webapp/?conference={}&pin={guest_pin}\
                 &start_dato=2026-12-01T10:00:00&muteMicrophone=muted&callType=AudioSendrecv",
                room.address
            )
        );
    }

    async fn a_room_without_guest_pin_has_an_empty_pin_in_its_link(test: TestDb) {
        let rig = Rig::with_template(test, vdx_booking::DefaultTemplate {
            guest_pin_range: None,
            ..crate::rig::default_template(99_991)
        }).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let room = rig.room(&meeting).await;
        assert!(room.guest_pin.is_none() && room.host_pin.is_some());
        let link = room.portal_link.unwrap();
        assert!(link.contains("&pin=&start_dato="), "{link}");
        assert!(!link.contains(room.host_pin.unwrap().reveal()), "{link}");
    }

    async fn what_the_request_says_is_kept(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = MeetingId::generate();
        let asked = BookingRequest {
            subject: "Æblegrød".into(),
            description: Some("d".into()),
            project_code: Some("p".into()),
            organized_by_email: Some("other@example.org".into()),
            max_participants: Some(3),
            end_meeting_on_end_time: Some(true),
            id: Some(id),
            external_id: Some("x-1".into()),
            guest_microphone: GuestMicrophone::Off,
            guest_pin_required: true,
            labels: vec!["b".into(), "a".into(), "b".into()],
            settings: SettingsRequest {
                vmr_quality: Some(VmrQuality::Fullhd),
                mute_all_guests: Some(true),
                ..SettingsRequest::default()
            },
            guest_pin: Some(1000),
            host_pin: Some(999_999_999),
            information: vec![
                Information { key: "z".into(), value: "1".into() },
                Information { key: "a".into(), value: "2".into() },
            ],
            call_type: Some("video".into()),
            ..request()
        };
        let booked = rig.booking.create(&admin("town"), &asked).await.unwrap();
        let meeting = rig.booking.meeting(&admin("town"), id).await.unwrap();
        assert_eq!(booked, meeting);
        let room = rig.room(&meeting).await;

        assert_eq!(meeting.id, id);
        assert_eq!(meeting.subject, "Æblegrød");
        assert_eq!(meeting.description.as_deref(), Some("d"));
        assert_eq!(meeting.project_code.as_deref(), Some("p"));
        assert_eq!(meeting.organized_by.email, "other@example.org");
        assert_eq!(meeting.external_id.as_deref(), Some("x-1"));
        assert_eq!(meeting.guest_microphone, GuestMicrophone::Off);
        assert!(meeting.guest_pin_required);
        assert_eq!(meeting.labels, ["b", "a", "b"]);
        assert_eq!(meeting.information, asked.information);
        assert_eq!(pin(room.guest_pin.as_ref()), 1000);
        assert_eq!(pin(room.host_pin.as_ref()), 999_999_999);
        assert_eq!(room.settings.max_participants, 3);
        assert!(room.settings.end_meeting_on_end_time && room.settings.mute_all_guests);
        assert_eq!(room.settings.vmr_quality, VmrQuality::Fullhd);
        assert_eq!(room.call_type.as_deref(), Some("video"));
    }

    async fn only_planners_and_admins_name_the_organiser(test: TestDb) {
        let rig = Rig::new(test).await;
        let named = |email: &str| BookingRequest {
            organized_by_email: Some(email.into()),
            ..request()
        };
        for (role, heard) in [
            (ApiRole::MeetingUser, false),
            (ApiRole::MeetingProvisionerUser, false),
            (ApiRole::MeetingPlanner, true),
            (ApiRole::MeetingAdmin, true),
        ] {
            let caller = actor("town", "me@example.org", &[role]);
            let meeting = rig.booking.create(&caller, &named("you@example.org")).await.unwrap();
            let expected = if heard { "you@example.org" } else { "me@example.org" };
            assert_eq!(meeting.organized_by.email, expected, "{role}");
            let meeting = rig.booking.create(&caller, &named("")).await.unwrap();
            assert_eq!(meeting.organized_by.email, "me@example.org");
        }
    }

    async fn an_id_belongs_to_one_meeting(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = BookingRequest { id: Some(MeetingId::generate()), ..request() };
        rig.booking.create(&admin("town"), &asked).await.unwrap();
        let again = rig.booking.create(&admin("region"), &asked).await;
        assert!(matches!(again, Err(Error::Invalid { field: "uuid", .. })), "{again:?}");
    }

    async fn an_external_id_is_unique_in_its_organisation(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = BookingRequest { external_id: Some("42".into()), ..request() };
        let first = rig.booking.create(&admin("town"), &asked).await.unwrap();
        let again = rig.booking.create(&admin("town"), &asked).await;
        assert!(matches!(again, Err(Error::ExternalIdTaken)), "{again:?}");
        rig.booking.create(&admin("region"), &asked).await.unwrap();
        rig.booking.delete(&admin("town"), first.id).await.unwrap();
        rig.booking.create(&admin("town"), &asked).await.unwrap();
    }

    async fn a_refused_booking_leaves_nothing(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = MeetingId::generate();
        let asked = BookingRequest {
            id: Some(id),
            reservation: Some(uuid::Uuid::new_v4()),
            ..request()
        };
        let refused = rig.booking.create(&admin("town"), &asked).await;
        assert!(matches!(refused, Err(Error::ReservationUnknown)), "{refused:?}");
        let read = rig.booking.meeting(&admin("town"), id).await;
        assert!(matches!(read, Err(Error::NotFound { .. })), "{read:?}");
    }

    async fn an_unknown_organisation_books_nothing(test: TestDb) {
        let rig = Rig::new(test).await;
        let refused = rig.booking.create(&admin("nowhere"), &request()).await;
        assert!(matches!(refused, Err(Error::OrganisationUnknown)), "{refused:?}");
    }

    async fn an_address_may_be_chosen_where_the_organisation_allows_it(test: TestDb) {
        let rig = Rig::new(test).await;
        let named = |name: &str| BookingRequest {
            uri_without_domain: Some(name.into()),
            ..request()
        };
        let booked = rig.booking.create(&admin("town"), &named("Z9")).await.unwrap();
        assert_eq!(rig.room(&booked).await.address.as_str(), "Z9@rooms.example");
        rig.booking.create(&admin("town"), &named("a")).await.unwrap();

        // The same name in other letters is the same address.
        for taken in ["Z9", "z9"] {
            let refused = rig.booking.create(&admin("region"), &named(taken)).await;
            assert!(matches!(refused, Err(Error::AddressTaken)), "{refused:?}");
        }
        for wrong in ["a-b", "æ", "a b", "a@b"] {
            let refused = rig.booking.create(&admin("town"), &named(wrong)).await;
            assert!(matches!(refused, Err(Error::AddressCharacters)), "{wrong}: {refused:?}");
        }
        let refused = rig.booking.create(&admin("hospital"), &named("b")).await;
        assert!(matches!(refused, Err(Error::CustomAddressNotAllowed)), "{refused:?}");
        let refused = rig.booking.create(&admin("town"), &named(&"x".repeat(100))).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }

    async fn a_chosen_address_is_free_again_when_its_room_is_gone(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = BookingRequest { uri_without_domain: Some("again".into()), ..request() };
        let first = rig.booking.create(&admin("town"), &asked).await.unwrap();
        rig.clock.set("2026-12-01T10:00:00Z");
        rig.booking.provision_due().await.unwrap();
        rig.clock.set("2026-12-01T11:00:00Z");
        let taken = rig.booking.create(&admin("town"), &asked).await;
        assert!(matches!(taken, Err(Error::AddressTaken)), "{taken:?}");
        rig.booking.provision_due().await.unwrap();
        assert_eq!(rig.room(&first).await.provision.status, ProvisionStatus::DeprovisionOk);
        rig.booking.create(&admin("town"), &asked).await.unwrap();
    }

    async fn a_room_of_the_pool_needs_a_pool(test: TestDb) {
        let rig = Rig::new(test).await;
        let pool = |minutes| BookingRequest {
            meeting_type: MeetingType::Pool,
            ..request_in(minutes)
        };
        // Neither the town nor anything above it keeps a pool.
        let refused = rig.booking.create(&admin("town"), &pool(60)).await;
        assert!(matches!(refused, Err(Error::NoPool(_))), "{refused:?}");
        // The region does, so the hospital may; later than two minutes ahead
        // the room is a new one.
        rig.booking.create(&admin("hospital"), &pool(3)).await.unwrap();
        let refused = rig.booking.create(&admin("hospital"), &pool(2)).await;
        assert!(matches!(refused, Err(Error::PoolEmpty(_))), "{refused:?}");
        // Chosen PINs make a new room in any case.
        let with_pin = BookingRequest { guest_pin: Some(4711), ..pool(0) };
        rig.booking.create(&admin("hospital"), &with_pin).await.unwrap();
        rig.booking.create(&admin("town"), &request_in(0)).await.unwrap();
    }

    async fn pins_are_not_readable_in_the_database(test: TestDb) {
        let rig = Rig::new(test).await;
        let asked = BookingRequest { guest_pin: Some(424_242), host_pin: Some(535_353), ..request() };
        let meeting = rig.booking.create(&admin("town"), &asked).await.unwrap();
        let mut reader = rig.test.db.reader();
        let other = vdx_store::Sealer::from_hex(&"07".repeat(32)).unwrap();
        let id = vdx_domain::SchedulingInfoId(meeting.id.0);
        let read = scheduling_infos::find(&mut reader, &other, id).await;
        assert!(matches!(read, Err(vdx_store::Error::Unsealable { .. })));
    }
}
