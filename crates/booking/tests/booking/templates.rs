//! Which template, which number, which PINs.

use vdx_booking::{BookingRequest, DefaultTemplate, Error};
use vdx_store::both_engines;
use vdx_store::templates::{PinRule, TemplateValues};

use crate::rig::{Rig, admin, default_template, request, template_of};

fn asking_for(template: i64) -> BookingRequest {
    BookingRequest {
        template: Some(template),
        ..request()
    }
}

both_engines! {
    async fn everything_comes_from_the_template(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.add_template(&template_of(Some("town"))).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let room = rig.room(&meeting).await;
        assert_eq!(room.address.as_str(), "9500@own.example");
        assert_eq!(room.uri_without_domain.as_deref(), Some("500"));
        assert_eq!(room.host_pin.unwrap().reveal(), "4001");
        assert_eq!(room.guest_pin.unwrap().reveal(), "5001");
        assert_eq!(room.vmr_available_before, 30);
        assert_eq!(room.settings, template_of(None).settings);
        assert_eq!(room.ivr_theme.as_deref(), Some("blue"));
        assert_eq!(room.custom_portal_guest.as_deref(), Some("https://guest.example/%pin%"));
        assert_eq!(room.custom_portal_host.as_deref(), Some("https://host.example/%pin%"));
        assert_eq!(room.return_url.as_deref(), Some("https://own.example/done"));
        assert_eq!(room.call_type.as_deref(), Some("AudioSendrecv"));
        // One number in the range, and it is taken.
        let full = rig.booking.create(&admin("town"), &request()).await;
        assert!(matches!(full, Err(Error::NumbersExhausted)), "{full:?}");
    }

    async fn the_nearest_default_wins(test: TestDb) {
        let rig = Rig::new(test).await;
        let named = |organisation, prefix: &str, is_default| TemplateValues {
            uri_prefix: prefix.into(),
            uri_number_range_high: 10_000,
            is_default,
            ..template_of(organisation)
        };
        let prefix = async |organisation: &str, request: BookingRequest| {
            let meeting = rig.booking.create(&admin(organisation), &request).await.unwrap();
            rig.room(&meeting).await.address.as_str().chars().next().unwrap()
        };
        // The shared default made from the configuration has no prefix, and its
        // numbers begin with any digit: letters tell the others apart.
        let first = prefix("hospital/clinic", request()).await;
        assert!(first.is_ascii_digit());
        rig.add_template(&named(Some("region"), "r", true)).await;
        assert_eq!(prefix("hospital/clinic", request()).await, 'r');
        rig.add_template(&named(Some("hospital"), "h", true)).await;
        assert_eq!(prefix("hospital/clinic", request()).await, 'h');
        rig.add_template(&named(Some("hospital/clinic"), "c", true)).await;
        assert_eq!(prefix("hospital/clinic", request()).await, 'c');
        let special = rig.add_template(&named(Some("hospital/clinic"), "s", false)).await;
        assert_eq!(prefix("hospital/clinic", asking_for(special)).await, 's');
        // Neither an ancestor's nor an unknown template can be asked for.
        assert_eq!(prefix("hospital", asking_for(special)).await, 'h');
        assert_eq!(prefix("hospital", asking_for(4711)).await, 'h');
        assert_eq!(prefix("region", request()).await, 'r');
        assert!(prefix("town", request()).await.is_ascii_digit());
    }

    async fn an_organisation_has_one_default(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.add_template(&template_of(Some("town"))).await;
        let mut tx = rig.test.db.begin().await.unwrap();
        let second = vdx_store::templates::insert(&mut tx, &template_of(Some("town")), None, rig_now()).await;
        assert!(matches!(second, Err(vdx_store::Error::Duplicate)), "{second:?}");
    }

    async fn unusable_ranges_are_named(test: TestDb) {
        let rig = Rig::new(test).await;
        let rule = |low, high| PinRule { required: true, low, high };
        let base = || TemplateValues { is_default: false, ..template_of(Some("town")) };
        let cases = [
            (TemplateValues { uri_number_range_high: 500, ..base() }, "numbers"),
            (TemplateValues { uri_number_range_low: 900, ..base() }, "numbers"),
            (TemplateValues { uri_domain: "d".repeat(97), uri_prefix: String::new(), ..base() }, "numbers"),
            (TemplateValues { guest_pin: rule(None, Some(2000)), ..base() }, "guest"),
            (TemplateValues { guest_pin: rule(Some(2000), Some(2000)), ..base() }, "guest"),
            (TemplateValues { guest_pin: rule(Some(999), Some(2000)), ..base() }, "guest"),
            (TemplateValues { host_pin: rule(Some(2000), None), ..base() }, "host"),
            (TemplateValues { host_pin: rule(Some(2001), Some(2000)), ..base() }, "host"),
        ];
        for (values, expected) in cases {
            let id = rig.add_template(&values).await;
            let refused = rig.booking.create(&admin("town"), &asking_for(id)).await.unwrap_err();
            let named = match refused {
                Error::TemplateNumbers => "numbers",
                Error::TemplateGuestPins => "guest",
                Error::TemplateHostPins => "host",
                other => panic!("{other}"),
            };
            assert_eq!(named, expected);
        }
        // Chosen PINs need no range.
        let id = rig.add_template(&TemplateValues { guest_pin: rule(None, None), ..base() }).await;
        let asked = BookingRequest { guest_pin: Some(1234), ..asking_for(id) };
        rig.booking.create(&admin("town"), &asked).await.unwrap();
    }

    async fn an_address_of_a_fixed_room_is_not_given_away(test: TestDb) {
        use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
        let rig = Rig::with_template(test, default_template(10_002)).await;
        let alias = |address: &str| Alias {
            address: address.parse().unwrap(),
            description: String::new(),
        };
        let fixed = FixedRoom {
            aliases: vec![alias("10000@ROOMS.example"), alias("desk@rooms.example")],
            ..fixed_room()
        };
        let mut tx = rig.test.db.begin().await.unwrap();
        fixed_rooms::add(&mut tx, &rig.test.sealer, &fixed, "admin@example.org", rig_now()).await.unwrap();
        tx.commit().await.unwrap();

        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        assert_eq!(rig.room(&meeting).await.address.as_str(), "10001@rooms.example");
        let named = BookingRequest { uri_without_domain: Some("Desk".into()), ..request() };
        let taken = rig.booking.create(&admin("town"), &named).await;
        assert!(matches!(taken, Err(Error::AddressTaken)), "{taken:?}");
    }

    async fn a_fixed_room_does_not_get_the_address_of_a_booked_one(test: TestDb) {
        use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
        let rig = Rig::new(test).await;
        let named = BookingRequest { uri_without_domain: Some("Desk".into()), ..request() };
        let meeting = rig.booking.create(&admin("town"), &named).await.unwrap();
        let fixed = FixedRoom {
            aliases: vec![Alias { address: "desk@ROOMS.example".parse().unwrap(), description: String::new() }],
            ..fixed_room()
        };
        let add = async || {
            let mut tx = rig.test.db.begin().await.unwrap();
            let added = fixed_rooms::add(&mut tx, &rig.test.sealer, &fixed, "x", rig_now()).await;
            if added.is_ok() {
                tx.commit().await.unwrap();
            }
            added
        };
        let refused = add().await;
        assert!(matches!(refused, Err(vdx_store::Error::Duplicate)), "{refused:?}");
        // Once the room is gone its address is free.
        rig.clock.set("2026-12-01T10:00:00Z");
        rig.booking.provision_due().await.unwrap();
        rig.clock.set("2026-12-01T11:00:00Z");
        rig.booking.provision_due().await.unwrap();
        add().await.unwrap();
        let state = rig.booking.room_at(&rig.room(&meeting).await.address).await.unwrap();
        assert!(matches!(state, vdx_domain::RoomState::Open(room) if room.ends_at.is_none()));
    }

    async fn of_a_fixed_and_a_booked_room_at_once_one_gets_the_address(test: TestDb) {
        use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
        let rig = Rig::new(test).await;
        for n in 0..30 {
            let name = format!("desk{n}");
            let named = BookingRequest { uri_without_domain: Some(name.clone()), ..request() };
            let booking = rig.booking.clone();
            let booked = tokio::spawn(async move { booking.create(&admin("town"), &named).await });
            let (db, sealer) = (rig.test.db.clone(), rig.test.sealer.clone());
            let fixed = FixedRoom {
                aliases: vec![Alias { address: format!("{name}@rooms.example").parse().unwrap(), description: String::new() }],
                ..fixed_room()
            };
            let added = tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                fixed_rooms::add(&mut tx, &sealer, &fixed, "x", rig_now()).await?;
                tx.commit().await
            });
            let (booked, added) = (booked.await.unwrap(), added.await.unwrap());
            assert!(booked.is_ok() != added.is_ok(), "{booked:?} {added:?}");
        }
    }

    async fn addresses_made_of_different_pieces_do_not_meet(test: TestDb) {
        let rig = Rig::new(test).await;
        let pieces = |prefix: &str, low, is_default| TemplateValues {
            uri_prefix: prefix.into(),
            uri_number_range_low: low,
            uri_number_range_high: low + 1,
            is_default,
            ..template_of(Some("town"))
        };
        let one = rig.add_template(&pieces("1", 23, false)).await;
        let other = rig.add_template(&pieces("12", 3, false)).await;
        rig.booking.create(&admin("town"), &asking_for(one)).await.unwrap();
        let same = rig.booking.create(&admin("town"), &asking_for(other)).await;
        assert!(matches!(same, Err(Error::NumbersExhausted)), "{same:?}");
    }

    async fn a_template_without_pins_makes_rooms_without(test: TestDb) {
        let rig = Rig::with_template(test, DefaultTemplate {
            host_pin_range: None,
            guest_pin_range: None,
            ..default_template(99_991)
        }).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        let room = rig.room(&meeting).await;
        assert_eq!((room.host_pin, room.guest_pin), (None, None));
    }

    async fn a_prefix_is_not_put_before_a_chosen_name(test: TestDb) {
        let rig = Rig::new(test).await;
        rig.add_template(&template_of(Some("town"))).await;
        let named = BookingRequest { uri_without_domain: Some("desk".into()), ..request() };
        let room = rig.room(&rig.book("town", &named).await).await;
        assert_eq!(room.address.as_str(), "desk@own.example");
        assert_eq!(room.uri_without_domain.as_deref(), Some("desk"));
    }

    async fn a_name_or_number_may_be_used_in_each_domain(test: TestDb) {
        let rig = Rig::new(test).await;
        let in_domain = |domain: &str| TemplateValues {
            uri_domain: domain.into(),
            is_default: false,
            ..template_of(Some("town"))
        };
        for domain in ["own.example", "other.example"] {
            let template = rig.add_template(&in_domain(domain)).await;
            let numbered = rig.room(&rig.book("town", &asking_for(template)).await).await;
            assert_eq!(numbered.address.as_str(), format!("9500@{domain}"));
            let desk = BookingRequest { uri_without_domain: Some("desk".into()), ..asking_for(template) };
            let named = rig.room(&rig.book("town", &desk).await).await;
            assert_eq!(named.address.as_str(), format!("desk@{domain}"));
            let again = rig.booking.create(&admin("town"), &desk).await;
            assert!(matches!(again, Err(Error::AddressTaken)), "{again:?}");
        }
    }
}

fn fixed_room() -> vdx_store::fixed_rooms::FixedRoom {
    vdx_store::fixed_rooms::FixedRoom {
        id: vdx_domain::FixedRoomId::generate(),
        organisation: crate::rig::code("town"),
        name: "Fixed".into(),
        description: String::new(),
        host_pin: None,
        guest_pin: None,
        allow_guests: true,
        chat: false,
        theme: None,
        settings: vdx_domain::RoomSettings::default(),
        aliases: Vec::new(),
    }
}

fn rig_now() -> jiff::Timestamp {
    crate::rig::at("2026-12-01T09:00:00Z")
}
