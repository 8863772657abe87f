//! Who makes, reads, changes and deletes templates, and what follows.

use vdx_booking::{Actor, BookingRequest, Error, PinRule, SettingsRequest, TemplateRequest};
use vdx_domain::{ApiRole, VmrQuality};
use vdx_store::both_engines;

use crate::rig::{Rig, actor, admin, at, request};

pub(crate) fn asked() -> TemplateRequest {
    let no_pin = PinRule {
        required: false,
        low: None,
        high: None,
    };
    TemplateRequest {
        conferencing_sys_id: 7,
        uri_prefix: "t".into(),
        uri_domain: "town.example".into(),
        uri_number_range: (1000, 9000),
        host_pin: no_pin,
        guest_pin: no_pin,
        vmr_available_before: 0,
        max_participants: None,
        end_meeting_on_end_time: false,
        settings: SettingsRequest::default(),
        direct_media: None,
        ivr_theme: None,
        is_default: false,
        is_pool: false,
        custom_portal_guest: None,
        custom_portal_host: None,
        return_url: None,
        call_type: None,
    }
}

pub(crate) fn default() -> TemplateRequest {
    TemplateRequest {
        is_default: true,
        ..asked()
    }
}

fn pool() -> TemplateRequest {
    TemplateRequest {
        is_pool: true,
        ..asked()
    }
}

both_engines! {
    async fn what_was_asked_for_is_kept(test: TestDb) {
        let rig = Rig::new(test).await;
        let wish = TemplateRequest {
            vmr_available_before: 2_147_483_647,
            max_participants: Some(3),
            settings: SettingsRequest { vmr_quality: Some(VmrQuality::Sd), ..SettingsRequest::default() },
            host_pin: PinRule { required: true, low: Some(5), high: Some(-5) },
            call_type: Some("audio".into()),
            ..asked()
        };
        let made = rig.booking.create_template(&admin("town"), wish).await.unwrap();
        let read = rig.booking.template(&admin("town"), made.id).await.unwrap();
        assert_eq!(made, read);
        assert_eq!(read.values.vmr_available_before, 2_147_483_647);
        assert_eq!(read.values.settings.max_participants, 3);
        assert_eq!(read.values.settings.vmr_quality, VmrQuality::Sd);
        assert!(read.values.settings.enable_overlay_text);
        assert_eq!(read.values.host_pin, PinRule { required: true, low: Some(5), high: Some(-5) });
        assert_eq!(read.created_by.unwrap().email, "admin@example.org");
        assert_eq!((read.updated_by, read.updated_at), (None, None));
    }

    async fn templates_stay_in_their_organisation(test: TestDb) {
        let rig = Rig::new(test).await;
        let town = rig.booking.create_template(&admin("town"), asked()).await.unwrap();
        rig.booking.create_template(&admin("region"), asked()).await.unwrap();
        let mine = rig.booking.templates(&admin("town")).await.unwrap();
        assert_eq!(mine.iter().map(|t| t.id).collect::<Vec<_>>(), [town.id]);
        assert!(rig.booking.templates(&admin("hospital")).await.unwrap().is_empty());
        let not_found = |error| matches!(error, Error::NotFound { resource: "schedulingTemplate", field: "id" });
        let stranger = admin("region");
        assert!(not_found(rig.booking.template(&stranger, town.id).await.unwrap_err()));
        assert!(not_found(rig.booking.update_template(&stranger, town.id, asked()).await.unwrap_err()));
        assert!(not_found(rig.booking.delete_template(&stranger, town.id).await.unwrap_err()));

        let machine = Actor { organisation: None, email: None, ..actor("town", "x", &[ApiRole::MeetingProvisioner]) };
        assert!(rig.booking.templates(&machine).await.unwrap().is_empty());
        assert!(not_found(rig.booking.template(&machine, town.id).await.unwrap_err()));
    }

    async fn a_new_default_makes_the_old_one_an_ordinary_template(test: TestDb) {
        let rig = Rig::new(test).await;
        let old = rig.booking.create_template(&admin("town"), default()).await.unwrap();
        rig.booking.create_template(&admin("region"), default()).await.unwrap();
        rig.clock.set("2026-12-01T09:30:00Z");
        let other = actor("town", "other@example.org", &[ApiRole::MeetingAdmin]);
        let new = rig.booking.create_template(&other, default()).await.unwrap();
        let read = async |id| rig.booking.template(&admin("town"), id).await.unwrap();
        let cleared = read(old.id).await;
        assert!(!cleared.values.is_default);
        assert_eq!(cleared.updated_by.unwrap().email, "other@example.org");
        assert_eq!(cleared.updated_at, Some(at("2026-12-01T09:30:00Z")));
        assert!(read(new.id).await.values.is_default);
        assert_eq!(read(new.id).await.updated_at, None);
        // The region keeps its own.
        let regions = rig.booking.templates(&admin("region")).await.unwrap();
        assert!(regions[0].values.is_default && regions[0].updated_by.is_none());

        // Back again by a change; and a change of the default keeps it.
        rig.booking.update_template(&admin("town"), old.id, default()).await.unwrap();
        assert!(!read(new.id).await.values.is_default);
        let kept = rig.booking.update_template(&admin("town"), old.id, default()).await.unwrap();
        assert!(kept.values.is_default);
    }

    async fn there_is_one_pool_template_and_it_can_be_changed(test: TestDb) {
        let rig = Rig::new(test).await;
        let first = rig.booking.create_template(&admin("town"), pool()).await.unwrap();
        rig.booking.create_template(&admin("region"), pool()).await.unwrap();
        let taken = |error| matches!(error, Error::PoolTemplateTaken);
        assert!(taken(rig.booking.create_template(&admin("town"), pool()).await.unwrap_err()));
        let second = rig.booking.create_template(&admin("town"), asked()).await.unwrap();
        assert!(taken(rig.booking.update_template(&admin("town"), second.id, pool()).await.unwrap_err()));
        let still = TemplateRequest { uri_prefix: "p".into(), ..pool() };
        let changed = rig.booking.update_template(&admin("town"), first.id, still).await.unwrap();
        assert_eq!((changed.values.uri_prefix.as_str(), changed.values.is_pool), ("p", true));
        // A deleted one is out of the way.
        rig.booking.delete_template(&admin("town"), first.id).await.unwrap();
        rig.booking.update_template(&admin("town"), second.id, pool()).await.unwrap();
    }

    async fn a_change_replaces_everything(test: TestDb) {
        let rig = Rig::new(test).await;
        let wish = TemplateRequest { ivr_theme: Some("x".into()), max_participants: Some(9), ..default() };
        let made = rig.booking.create_template(&admin("town"), wish).await.unwrap();
        let changed = rig.booking.update_template(&admin("town"), made.id, asked()).await.unwrap();
        assert_eq!(changed.values.ivr_theme, None);
        assert_eq!(changed.values.settings.max_participants, 0);
        assert!(!changed.values.is_default);
        assert_eq!(changed.created_by, made.created_by);
        assert_eq!(changed.updated_by, made.created_by);
    }

    async fn a_deleted_template_is_gone_and_its_rooms_stay(test: TestDb) {
        let rig = Rig::new(test).await;
        let made = rig.booking.create_template(&admin("town"), default()).await.unwrap();
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        rig.booking.delete_template(&admin("town"), made.id).await.unwrap();
        assert!(rig.room(&meeting).await.address.as_str().ends_with("@town.example"));
        let gone = |error| matches!(error, Error::NotFound { .. });
        assert!(gone(rig.booking.template(&admin("town"), made.id).await.unwrap_err()));
        assert!(gone(rig.booking.delete_template(&admin("town"), made.id).await.unwrap_err()));
        assert!(gone(rig.booking.update_template(&admin("town"), made.id, asked()).await.unwrap_err()));
        assert!(rig.booking.templates(&admin("town")).await.unwrap().is_empty());
        // Neither by default nor by its id is it used again.
        for template in [None, Some(made.id)] {
            let again = BookingRequest { template, ..request() };
            let meeting = rig.booking.create(&admin("town"), &again).await.unwrap();
            assert!(rig.room(&meeting).await.address.as_str().ends_with("@rooms.example"));
        }
    }

    async fn of_many_new_defaults_at_once_one_is_left(test: TestDb) {
        let rig = Rig::new(test).await;
        let attempts: Vec<_> = (0..20)
            .map(|n| {
                let booking = rig.booking.clone();
                let wish = if n % 2 == 0 { default() } else { pool() };
                tokio::spawn(async move { booking.create_template(&admin("town"), wish).await })
            })
            .collect();
        let mut pools = 0;
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(made) => pools += i32::from(made.values.is_pool),
                Err(Error::PoolTemplateTaken) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(pools, 1);
        let all = rig.booking.templates(&admin("town")).await.unwrap();
        assert_eq!(all.len(), 11);
        assert_eq!(all.iter().filter(|t| t.values.is_default).count(), 1);
    }

    async fn an_organisation_has_at_most_a_thousand(test: TestDb) {
        let rig = Rig::new(test).await;
        let values = vdx_booking::TemplateValues { is_default: false, ..crate::rig::template_of(Some("town")) };
        let mut tx = rig.test.db.begin().await.unwrap();
        for _ in 0..1000 {
            vdx_store::templates::insert(&mut tx, &values, None, at("2026-12-01T09:00:00Z")).await.unwrap();
        }
        tx.commit().await.unwrap();
        let refused = rig.booking.create_template(&admin("town"), asked()).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
        rig.booking.create_template(&admin("region"), asked()).await.unwrap();
    }
}
