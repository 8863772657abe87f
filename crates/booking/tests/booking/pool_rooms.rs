//! Rooms made for a pool by a provisioner.

use vdx_booking::{Error, PinRule, TemplateValues};
use vdx_domain::{ProvisionStatus, SchedulingInfoId};
use vdx_store::both_engines;

use crate::rig::{Rig, actor, admin, at, code, maker, template_of};

fn template(organisation: Option<&str>) -> TemplateValues {
    TemplateValues {
        uri_number_range_high: 10_000,
        is_default: false,
        ..template_of(organisation)
    }
}

both_engines! {
    async fn a_pool_room_is_made_from_its_template(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.add_template(&template(Some("region"))).await;
        let made = rig.booking.create_pool_room(&maker("town"), &code("region"), id).await.unwrap();
        assert!(made.meeting.is_none());
        let room = made.room;
        assert!(room.pool && !room.pool_overflow);
        assert_eq!(room.organisation, code("region"));
        assert_eq!((room.meeting, room.vmr_starts_at), (None, None));
        assert!(room.address.as_str().ends_with("@own.example"));
        assert_eq!(room.host_pin.as_ref().unwrap().reveal(), "4001");
        assert_eq!(room.settings, template_of(None).settings);
        assert_eq!(room.call_type.as_deref(), Some("AudioSendrecv"));
        assert_eq!(room.provision.status, ProvisionStatus::AwaitsProvision);
        assert_eq!(room.provision.description.as_deref(), Some("Pooled awaiting provisioning."));
        assert_eq!(room.created_by.email, "maker@example.org");
        assert_eq!((room.portal_link, room.reservation_id), (None, None));

        let read = rig.booking.scheduling_info(&admin("region"), room.id).await.unwrap();
        assert_eq!(read.room.id, room.id);
        // Nobody reaches it before a meeting is in it.
        let state = rig.booking.room_at(&room.address).await.unwrap();
        assert_eq!(state, vdx_domain::RoomState::Unknown);
        // The hub makes it at once.
        rig.booking.provision_due().await.unwrap();
        let read = rig.booking.scheduling_info(&admin("region"), room.id).await.unwrap();
        assert_eq!(read.room.provision.status, ProvisionStatus::ProvisionedOk);
        assert_eq!(read.room.provision.at, Some(at("2026-12-01T09:00:00Z")));
        assert_eq!(rig.history(room.id).await, [ProvisionStatus::AwaitsProvision, ProvisionStatus::ProvisionedOk]);
    }

    async fn a_shared_template_serves_every_pool(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.add_template(&template(None)).await;
        rig.booking.create_pool_room(&maker("town"), &code("region"), id).await.unwrap();
    }

    async fn what_does_not_fit_is_named(test: TestDb) {
        let rig = Rig::new(test).await;
        let towns = rig.add_template(&template(Some("town"))).await;
        let regions = rig.add_template(&template(Some("region"))).await;
        let gone = rig.add_template(&template(Some("region"))).await;
        rig.booking.delete_template(&admin("region"), gone).await.unwrap();
        let create = async |organisation: &str, template| {
            rig.booking.create_pool_room(&maker("town"), &code(organisation), template).await.unwrap_err()
        };
        assert!(matches!(create("nowhere", regions).await, Error::NoSuchOrganisation(code) if code.0 == "nowhere"));
        assert!(matches!(create("town", towns).await, Error::KeepsNoPool(code) if code.0 == "town"));
        assert!(matches!(create("region", 4711).await, Error::NoSuchTemplate(4711)));
        assert!(matches!(create("region", gone).await, Error::NoSuchTemplate(id) if id == gone));
        let another = create("region", towns).await;
        assert!(matches!(&another, Error::TemplateOfAnother { template, organisation }
            if *template == towns && organisation.0 == "region"), "{another}");
        let no_pin = PinRule { required: true, low: None, high: None };
        let unusable = rig.add_template(&TemplateValues { host_pin: no_pin, ..template(Some("region")) }).await;
        assert!(matches!(create("region", unusable).await, Error::TemplateHostPins));
        let nobody = vdx_booking::Actor { organisation: None, email: None, ..actor("town", "x", &[]) };
        let refused = rig.booking.create_pool_room(&nobody, &code("region"), regions).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
    }

    async fn a_pool_of_zero_is_a_pool(test: TestDb) {
        let rig = Rig::new(test).await;
        let mut tx = rig.test.db.begin().await.unwrap();
        vdx_store::organisations::add(&mut tx, vdx_store::organisations::NewOrganisation {
            code: &code("zero"),
            name: "Zero",
            kind: vdx_store::organisations::GroupKind::Practice,
            parent_group: None,
            pool_size: Some(0),
            allow_custom_uri_without_domain: false,
        }, at("2026-12-01T09:00:00Z")).await.unwrap();
        tx.commit().await.unwrap();
        let id = rig.add_template(&template(None)).await;
        rig.booking.create_pool_room(&maker("town"), &code("zero"), id).await.unwrap();
    }

    async fn pool_rooms_are_in_no_list_of_meetings_rooms(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.add_template(&template(Some("region"))).await;
        let made = rig.booking.create_pool_room(&maker("town"), &code("region"), id).await.unwrap();
        rig.booking.provision_due().await.unwrap();
        for status in [ProvisionStatus::AwaitsProvision, ProvisionStatus::ProvisionedOk] {
            let interval = vdx_booking::Interval { from: jiff::Timestamp::MIN, to: jiff::Timestamp::MAX, status };
            assert!(rig.booking.scheduling_infos(&maker("town"), interval).await.unwrap().is_empty());
        }
        assert!(rig.booking.rooms_to_provision(&maker("town")).await.unwrap().is_empty());
        assert!(rig.booking.rooms_to_deprovision(&maker("town")).await.unwrap().is_empty());
        let _: SchedulingInfoId = made.room.id;
    }

    async fn a_meeting_cannot_have_the_id_of_a_pool_room(test: TestDb) {
        let rig = Rig::new(test).await;
        let id = rig.add_template(&template(Some("region"))).await;
        let made = rig.booking.create_pool_room(&maker("town"), &code("region"), id).await.unwrap();
        let asked = vdx_booking::BookingRequest {
            id: Some(vdx_domain::MeetingId(made.room.id.0)),
            ..crate::rig::request()
        };
        let refused = rig.booking.create(&admin("region"), &asked).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "uuid", .. })), "{refused:?}");
    }
}
