//! Organisations, clients, users and fixed rooms on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{ApiRole, ClientId, FixedRoomId, OrganisationCode, RoomSettings, ViewType};
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::users::{self, User};
use vdx_store::{Connection, Error, Sealer, Tx, both_engines, secrets};

fn now() -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000).unwrap()
}

fn code(text: &str) -> OrganisationCode {
    OrganisationCode(text.to_owned())
}

async fn organisation(tx: &mut Tx, text: &str, parent: Option<i64>) -> Result<i64, Error> {
    let new = NewOrganisation {
        code: &code(text),
        name: "Name",
        kind: GroupKind::Practice,
        parent_group: parent,
        pool_size: Some(3),
        allow_custom_uri_without_domain: true,
    };
    organisations::add(tx, new, now()).await
}

fn room(aliases: &[&str]) -> FixedRoom {
    FixedRoom {
        id: FixedRoomId::generate(),
        organisation: code("a"),
        name: "Clinic".to_owned(),
        description: "Ward 3".to_owned(),
        host_pin: Some("0123".parse().unwrap()),
        guest_pin: None,
        allow_guests: true,
        chat: false,
        theme: Some("10".to_owned()),
        settings: RoomSettings {
            host_view: ViewType::NineMainsZeroPips,
            max_participants: 7,
            ..RoomSettings::default()
        },
        aliases: aliases
            .iter()
            .map(|alias| Alias {
                address: alias.parse().unwrap(),
                description: "main".to_owned(),
            })
            .collect(),
    }
}

both_engines! {
    async fn an_organisation_is_found_by_its_code(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        assert!(!organisations::any(&mut tx).await.unwrap());
        let top = organisations::add_group(&mut tx, "Top", GroupKind::Group, None).await.unwrap();
        let group = organisation(&mut tx, "a/b", Some(top)).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        let found = organisations::by_code(&mut reader, &code("a/b")).await.unwrap().unwrap();
        assert_eq!(found.group_id, group);
        assert_ne!(group, top);
        assert_eq!(found.kind, GroupKind::Practice);
        assert_eq!(found.pool_size, Some(3));
        assert!(found.allow_custom_uri_without_domain);
        assert!(organisations::any(&mut reader).await.unwrap());
        assert!(!organisations::exists(&mut reader, &code("A/B")).await.unwrap());
    }

    async fn a_code_is_taken_once(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        organisation(&mut tx, "a", None).await.unwrap();
        let twice = organisation(&mut tx, "a", None).await;
        assert!(matches!(twice, Err(Error::Duplicate)), "{twice:?}");
    }

    async fn an_unknown_parent_is_refused(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        let orphan = organisation(&mut tx, "a", Some(99)).await;
        assert!(matches!(orphan, Err(Error::Reference)), "{orphan:?}");
    }

    async fn groups_made_at_the_same_time_have_ids_of_their_own(test: TestDb) {
        let makers: Vec<_> = (0..8)
            .map(|n| {
                let db = test.db.clone();
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    let id = organisation(&mut tx, &n.to_string(), None).await.unwrap();
                    tx.commit().await.unwrap();
                    id
                })
            })
            .collect();
        let mut ids = BTreeSet::new();
        for maker in makers {
            ids.insert(maker.await.unwrap());
        }
        assert_eq!(ids.len(), 8);
    }

    async fn clients_and_users_come_back_as_they_were(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        organisation(&mut tx, "a", None).await.unwrap();
        let client = ApiClient {
            id: ClientId::generate(),
            name: "A system".to_owned(),
            organisation: None,
            email: None,
            roles: BTreeSet::from([ApiRole::MeetingProvisioner, ApiRole::MeetingUser]),
            active: true,
            public: false,
            keys: None,
        };
        let user = User {
            id: Uuid::now_v7(),
            username: "planner".to_owned(),
            password_hash: "hash".to_owned(),
            organisation: code("a"),
            email: "planner@a.example".to_owned(),
            roles: BTreeSet::from([ApiRole::MeetingPlanner]),
            active: false,
        };
        api_clients::add(&mut tx, &client, now()).await.unwrap();
        users::add(&mut tx, &user, now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        assert_eq!(api_clients::by_id(&mut reader, client.id).await.unwrap(), Some(client.clone()));
        assert_eq!(users::by_username(&mut reader, "planner").await.unwrap(), Some(user.clone()));
        assert_eq!(users::by_username(&mut reader, "Planner").await.unwrap(), None);

        let mut tx = test.db.begin().await.unwrap();
        let same_mail = User { id: Uuid::now_v7(), username: "other".to_owned(), ..user };
        assert!(matches!(users::add(&mut tx, &same_mail, now()).await, Err(Error::Duplicate)));
        drop(tx);
        let mut tx = test.db.begin().await.unwrap();
        let nobody = api_clients::set_active(&mut tx, ClientId::generate(), false).await;
        assert!(matches!(nobody, Err(Error::Missing)));
    }

    async fn a_fixed_room_is_found_by_each_alias_in_any_case(test: TestDb) {
        let room = room(&["Clinic@Rooms.Example", "4711"]);
        let mut tx = test.db.begin().await.unwrap();
        organisation(&mut tx, "a", None).await.unwrap();
        fixed_rooms::add(&mut tx, &test.sealer, &room, "test", now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        for alias in ["clinic@rooms.example", "CLINIC@ROOMS.EXAMPLE", "4711"] {
            let found = fixed_rooms::by_alias(&mut reader, &test.sealer, &alias.parse().unwrap()).await;
            assert_eq!(found.unwrap(), Some(room.clone()), "{alias}");
        }
        let found = fixed_rooms::by_id(&mut reader, &test.sealer, room.id).await.unwrap();
        assert_eq!(found, Some(room));
        let unknown = fixed_rooms::by_alias(&mut reader, &test.sealer, &"4712".parse().unwrap()).await;
        assert_eq!(unknown.unwrap(), None);
    }

    async fn an_alias_leads_to_one_room(test: TestDb) {
        let mut tx = test.db.begin().await.unwrap();
        organisation(&mut tx, "a", None).await.unwrap();
        fixed_rooms::add(&mut tx, &test.sealer, &room(&["Clinic"]), "test", now()).await.unwrap();
        let second = fixed_rooms::add(&mut tx, &test.sealer, &room(&["clinic"]), "test", now()).await;
        assert!(matches!(second, Err(Error::Duplicate)), "{second:?}");
    }

    async fn a_pin_is_sealed_for_its_room(test: TestDb) {
        let (first, second) = (room(&["one"]), room(&["two"]));
        let mut tx = test.db.begin().await.unwrap();
        organisation(&mut tx, "a", None).await.unwrap();
        for room in [&first, &second] {
            fixed_rooms::add(&mut tx, &test.sealer, room, "test", now()).await.unwrap();
        }
        // Somebody who can write rows copies a PIN he knows into another room.
        tx.sql(
            "UPDATE fixed_rooms SET host_pin_sealed =
                (SELECT host_pin_sealed FROM fixed_rooms WHERE id = $1) WHERE id = $2",
        )
        .bind(first.id)
        .bind(second.id)
        .execute()
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let mut reader = test.db.reader();
        let moved = fixed_rooms::by_id(&mut reader, &test.sealer, second.id).await;
        assert!(matches!(moved, Err(Error::Unsealable { .. })), "{moved:?}");
        let other_key = Sealer::from_hex(&"ab".repeat(32)).unwrap();
        let found = fixed_rooms::by_id(&mut reader, &other_key, first.id).await;
        assert!(matches!(found, Err(Error::Unsealable { .. })), "{found:?}");
    }

    async fn the_first_secret_of_a_name_stays(test: TestDb) {
        for value in [b"first".as_slice(), b"second"] {
            let mut tx = test.db.begin().await.unwrap();
            secrets::put_first(&mut tx, &test.sealer, "key", value, now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let kept = secrets::get(&mut test.db.reader(), &test.sealer, "key").await.unwrap();
        assert_eq!(kept.as_deref(), Some(b"first".as_slice()));
    }
}
