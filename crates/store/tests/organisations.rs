//! The tree of organisations, its keys, and whose an address is, on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use jiff::Timestamp;
use vdx_domain::{FixedRoomId, OrganisationCode, RoomSettings};
use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
use vdx_store::organisations::{self, Details, GroupKind, NewOrganisation};
use vdx_store::testing::TestDb;
use vdx_store::{Error, Tx, address_owners, both_engines, domains, organisation_tree};

fn now() -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000).unwrap()
}

fn code(text: &str) -> OrganisationCode {
    OrganisationCode(text.to_owned())
}

async fn organisation(tx: &mut Tx, text: &str, parent: Option<i64>) -> i64 {
    let new = NewOrganisation {
        code: &code(text),
        name: text,
        kind: GroupKind::Practice,
        parent_group: parent,
        pool_size: None,
        allow_custom_uri_without_domain: false,
    };
    organisations::add(tx, new, now()).await.unwrap()
}

/// A folder with `a`, below it `b` and `c`, and `d` below `b`.
async fn tree(test: &TestDb) -> [i64; 5] {
    let mut tx = test.db.begin().await.unwrap();
    let top = organisations::add_group(&mut tx, "Top", GroupKind::Group, None)
        .await
        .unwrap();
    let a = organisation(&mut tx, "a", Some(top)).await;
    let b = organisation(&mut tx, "b", Some(a)).await;
    let c = organisation(&mut tx, "c", Some(a)).await;
    let d = organisation(&mut tx, "d", Some(b)).await;
    tx.commit().await.unwrap();
    [top, a, b, c, d]
}

fn room(alias: &str) -> FixedRoom {
    FixedRoom {
        id: FixedRoomId::generate(),
        organisation: code("b"),
        name: "Clinic".to_owned(),
        description: String::new(),
        host_pin: None,
        guest_pin: None,
        allow_guests: true,
        chat: false,
        theme: None,
        settings: RoomSettings::default(),
        aliases: vec![Alias {
            address: alias.parse().unwrap(),
            description: String::new(),
        }],
    }
}

async fn owner(test: &TestDb, address: &str) -> Option<i64> {
    let address = address.parse().unwrap();
    let owner = address_owners::owner(&mut test.db.reader(), &address)
        .await
        .unwrap();
    owner.map(|owner| owner.group_id)
}

both_engines! {
    async fn the_tree_is_walked_both_ways(test: TestDb) {
        let [top, a, b, c, d] = tree(&test).await;
        let mut reader = test.db.reader();
        let ids = |nodes: Vec<organisation_tree::Node>| -> Vec<i64> {
            nodes.iter().map(|node| node.group_id).collect()
        };
        assert_eq!(ids(organisation_tree::chain(&mut reader, d).await.unwrap()), [d, b, a, top]);
        assert_eq!(ids(organisation_tree::below(&mut reader, a).await.unwrap()), [a, b, c, d]);
        assert_eq!(ids(organisation_tree::below(&mut reader, d).await.unwrap()), [d]);
        assert_eq!(ids(organisation_tree::chain(&mut reader, 99).await.unwrap()), Vec::<i64>::new());
        assert_eq!(ids(organisation_tree::below(&mut reader, 99).await.unwrap()), Vec::<i64>::new());
        let nodes = organisation_tree::chain(&mut reader, a).await.unwrap();
        assert_eq!(nodes[0].organisation.as_ref().unwrap().code, code("a"));
        assert_eq!(nodes[0].parent_id, Some(top));
        assert_eq!((nodes[1].organisation.as_ref(), nodes[1].parent_id), (None, None));
        assert_eq!(nodes[1].group_name, "Top");
    }

    async fn the_tree_has_a_greatest_depth(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        let mut parent = None;
        for _ in 0..organisation_tree::MAX_DEPTH {
            let made = organisations::add_group(&mut tx, "g", GroupKind::Group, parent).await.unwrap();
            assert!(organisation_tree::is_within_limits(&mut tx, made).await.unwrap());
            parent = Some(made);
        }
        let made = organisations::add_group(&mut tx, "g", GroupKind::Group, parent).await.unwrap();
        assert!(!organisation_tree::is_within_limits(&mut tx, made).await.unwrap());
    }

    async fn details_are_overwritten_as_a_whole(test: TestDb) {
        tree(&test).await;
        let full = Details {
            pool_size: Some(4),
            sms_sender_name: Some("Clinic".to_owned()),
            sms_callback_url: Some("https://a.example/%reference%".to_owned()),
            allow_custom_uri_without_domain: true,
            history_api_key: Some("history".to_owned()),
            device_webhook_endpoint: Some("https://a.example/hook".to_owned()),
            device_webhook_endpoint_key: Some("hook".to_owned()),
        };
        let mut tx = test.db.begin().await.unwrap();
        organisations::set_details(&mut tx, &test.sealer, &code("b"), &full, now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        let found = organisations::by_code(&mut reader, &code("b")).await.unwrap().unwrap();
        assert_eq!(found.pool_size, Some(4));
        assert_eq!(found.sms_sender_name, full.sms_sender_name);
        assert_eq!(found.sms_callback_url, full.sms_callback_url);
        assert!(found.allow_custom_uri_without_domain);
        assert_eq!(found.device_webhook_endpoint, full.device_webhook_endpoint);

        let mut tx = test.db.begin().await.unwrap();
        let nothing = Details::default();
        organisations::set_details(&mut tx, &test.sealer, &code("b"), &nothing, now()).await.unwrap();
        tx.commit().await.unwrap();
        let found = organisations::by_code(&mut reader, &code("b")).await.unwrap().unwrap();
        assert_eq!((found.pool_size, found.sms_sender_name), (None, None));
        assert_eq!((found.sms_callback_url, found.device_webhook_endpoint), (None, None));
        assert!(!found.allow_custom_uri_without_domain);
        let by_key = organisations::group_of_history_api_key(&mut reader, &test.sealer, "history");
        assert_eq!(by_key.await.unwrap(), None);

        let mut tx = test.db.begin().await.unwrap();
        let nobody = organisations::set_details(&mut tx, &test.sealer, &code("x"), &full, now()).await;
        assert!(matches!(nobody, Err(Error::Missing)), "{nobody:?}");
    }

    async fn a_history_key_leads_to_one_organisation(test: TestDb) {
        let [_, _, b, ..] = tree(&test).await;
        let details = Details { history_api_key: Some("key".to_owned()), ..Details::default() };
        let mut tx = test.db.begin().await.unwrap();
        organisations::set_details(&mut tx, &test.sealer, &code("b"), &details, now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        for (key, group) in [("key", Some(b)), ("Key", None), ("", None)] {
            let found = organisations::group_of_history_api_key(&mut reader, &test.sealer, key).await;
            assert_eq!(found.unwrap(), group, "{key}");
        }
        let mut tx = test.db.begin().await.unwrap();
        let second = organisations::set_details(&mut tx, &test.sealer, &code("c"), &details, now()).await;
        assert!(matches!(second, Err(Error::Duplicate)), "{second:?}");
    }

    async fn an_address_belongs_to_its_room_else_to_its_domain(test: TestDb) {
        let [top, a, b, c, d] = tree(&test).await;
        let mut tx = test.db.begin().await.unwrap();
        fixed_rooms::add(&mut tx, &test.sealer, &room("Clinic@rooms.example"), "test", now()).await.unwrap();
        for (domain, group) in [
            ("rooms.example", a),
            ("*.Rooms.example", c),
            ("deep.in.rooms.example", d),
            ("*.example", top),
        ] {
            domains::add(&mut tx, domain, group, true, now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        for (address, group) in [
            ("clinic@Rooms.example", Some(b)),
            ("4711@ROOMS.example", Some(a)),
            ("4711@in.rooms.example", Some(c)),
            ("4711@deep.in.rooms.example", Some(d)),
            ("4711@other.example", Some(top)),
            ("4711@example", None),
            ("4711", None),
            ("rooms.example", None),
        ] {
            assert_eq!(owner(&test, address).await, group, "{address}");
        }
        let mut tx = test.db.begin().await.unwrap();
        let twice = domains::add(&mut tx, "ROOMS.example", b, false, now()).await;
        assert!(matches!(twice, Err(Error::Duplicate)), "{twice:?}");
    }
}
