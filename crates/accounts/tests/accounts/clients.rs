//! Getting tokens with id and secret, and taking them back.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vdx_accounts::registry::{self, NewClient, RegistryError};
use vdx_accounts::{API_ROLES, CallerRefused, Credentials, TokenRefused};
use vdx_domain::{ApiRole, ClientId, Clock as _, OrganisationCode};
use vdx_store::{both_engines, client_secrets};

use crate::rig::{BEGIN, HERE, MEETINGS, Rig, open, operator, settings, shown};

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + seconds).unwrap()
}

fn is_invalid_client(outcome: &Result<String, TokenRefused>) -> bool {
    matches!(outcome, Err(TokenRefused::InvalidClient))
}

async fn remove(rig: &Rig, client: ClientId, secret: Uuid) -> Result<(), RegistryError> {
    let mut tx = rig.test.db.begin().await.unwrap();
    let now = rig.clock.now();
    registry::remove_secret(&mut tx, client, secret, &operator(), now).await?;
    tx.commit().await.unwrap();
    Ok(())
}

both_engines! {
    async fn the_right_secret_gets_a_token_and_a_wrong_one_does_not(test: TestDb) {
        let rig = Rig::new(test).await;
        let (id, secret) = rig.booker().await;
        let id = id.to_string();
        rig.ask_with(&id, &secret).await.unwrap();
        let unknown = ClientId::generate().to_string();
        for (id, secret) in [
            (id.as_str(), ""),
            (id.as_str(), "wrong"),
            (unknown.as_str(), secret.as_str()),
            ("no id", secret.as_str()),
            ("", ""),
        ] {
            assert!(is_invalid_client(&rig.ask_with(id, secret).await), "{id}");
        }
        let nothing = rig.ask(Credentials::Public { id }, None).await;
        assert!(is_invalid_client(&nothing), "the id alone is not enough");
    }

    async fn two_secrets_are_good_at_a_time(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, first) = rig.booker().await;
        let id = client.to_string();
        let (second_id, second) = rig.secret(client, None).await.unwrap();
        for secret in [&first, &second] {
            rig.ask_with(&id, secret).await.unwrap();
        }
        let third = rig.secret(client, None).await;
        assert!(matches!(third, Err(RegistryError::TooManySecrets)));
        remove(&rig, client, second_id).await.unwrap();
        assert!(is_invalid_client(&rig.ask_with(&id, &second).await));
        rig.ask_with(&id, &first).await.unwrap();
        let (_, third) = rig.secret(client, None).await.unwrap();
        rig.ask_with(&id, &third).await.unwrap();
        let twice = remove(&rig, client, second_id).await;
        assert!(matches!(twice, Err(RegistryError::Missing)));
    }

    async fn a_secret_can_have_an_end(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, _) = rig.booker().await;
        let id = client.to_string();
        let (_, secret) = rig.secret(client, Some(later(100))).await.unwrap();
        rig.clock.forward(99);
        rig.ask_with(&id, &secret).await.unwrap();
        rig.clock.forward(1);
        assert!(is_invalid_client(&rig.ask_with(&id, &secret).await));
        rig.secret(client, None).await.unwrap();
        let (past, unknown) = (
            rig.secret(client, Some(later(100))).await,
            rig.secret(ClientId::generate(), None).await,
        );
        assert!(matches!(past, Err(RegistryError::Unfit(_))));
        assert!(matches!(unknown, Err(RegistryError::Missing)));
    }

    async fn secrets_added_at_the_same_time_are_two_at_most(test: TestDb) {
        let rig = std::sync::Arc::new(Rig::new(test).await);
        let (client, _) = rig.booker().await;
        let mut adders = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let rig = rig.clone();
            adders.spawn(async move { rig.secret(client, None).await.is_ok() });
        }
        let added = adders.join_all().await.into_iter().filter(|added| *added).count();
        assert_eq!(added, 1);
    }

    async fn when_a_secret_was_used_is_known_to_the_hour(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let id = client.to_string();
        let mut seen = Vec::new();
        for seconds in [0, 3599, 1, 0] {
            rig.clock.forward(seconds);
            rig.ask_with(&id, &secret).await.unwrap();
            let now = rig.clock.now();
            let live = client_secrets::live(&mut rig.test.db.reader(), client, now).await.unwrap();
            let used = live[0].last_used_at.unwrap();
            seen.push(now.duration_since(used));
        }
        let hour = SignedDuration::from_hours(1);
        assert!(seen.iter().all(|ago| *ago < hour), "{seen:?}");
        assert_eq!(seen[1], SignedDuration::from_secs(3599));
        assert_eq!(seen[2], SignedDuration::ZERO);
    }

    async fn a_client_that_is_shut_out_gets_no_token_and_has_none(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let id = client.to_string();
        let token = rig.ask_with(&id, &secret).await.unwrap();
        for active in [false, true] {
            let mut tx = rig.test.db.begin().await.unwrap();
            registry::set_client_active(&mut tx, client, active, &operator(), rig.clock.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
            assert_eq!(rig.ask_with(&id, &secret).await.is_ok(), active);
            assert_eq!(rig.caller(&token).await.is_ok(), active);
        }
    }

    async fn a_token_taken_back_is_refused_at_once(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let (id, other) = (client.to_string(), rig.booker().await);
        let (token, kept) = (
            rig.ask_with(&id, &secret).await.unwrap(),
            rig.ask_with(&id, &secret).await.unwrap(),
        );
        let revoke = async |id: &str, secret: &str, token: &str| {
            rig.accounts.revoke(&shown(id, secret), token, HERE).await
        };
        let refused = revoke(&other.0.to_string(), &other.1, &token).await;
        assert!(matches!(refused, Err(TokenRefused::InvalidGrant(_))), "{refused:?}");
        let refused = revoke(&id, "wrong", &token).await;
        assert!(matches!(refused, Err(TokenRefused::InvalidClient)), "{refused:?}");
        assert!(rig.caller(&token).await.is_ok());
        for token in [token.as_str(), &token, "rubbish", ""] {
            revoke(&id, &secret, token).await.unwrap();
        }
        let refused = rig.caller(&token).await.unwrap_err();
        assert!(matches!(refused, CallerRefused::InvalidToken(_)), "{refused}");
        let again = open(&rig.test, &rig.clock, settings()).await;
        assert!(again.caller(&token, MEETINGS, &API_ROLES).await.is_err(), "on another node too");
        assert!(rig.caller(&kept).await.is_ok());

        let rows = async || {
            let mut reader = rig.test.db.reader();
            let text = "SELECT * FROM revoked_tokens";
            vdx_store::Connection::sql(&mut reader, text).exists().await.unwrap()
        };
        rig.clock.forward(599);
        rig.accounts.upkeep().await.unwrap();
        assert!(rows().await);
        rig.clock.forward(1);
        rig.accounts.upkeep().await.unwrap();
        assert!(!rows().await, "what has ended is forgotten");
    }

    async fn nothing_secret_is_in_the_database_in_clear(test: TestDb) {
        let rig = Rig::new(test).await;
        let (_, secret) = rig.booker().await;
        let ticket_key = rig.accounts.ticket_key();
        rig.test.db.close().await;
        for file in std::fs::read_dir(rig.test.folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for clear in [secret.as_bytes(), ticket_key.as_slice(), b"PRIVATE KEY"] {
                assert!(!bytes.windows(clear.len()).any(|window| window == clear));
            }
        }
    }

    async fn clients_of_no_use_are_not_made(test: TestDb) {
        let rig = Rig::new(test).await;
        let identity = |code: &str, email: &str| {
            Some((OrganisationCode(code.to_owned()), email.to_owned()))
        };
        let good = NewClient {
            name: "A system".to_owned(),
            identity: identity("region", "a@region.example"),
            roles: [ApiRole::MeetingUser].into(),
        };
        let add = async |new: NewClient| {
            let mut tx = rig.test.db.begin().await.unwrap();
            registry::add_client(&mut tx, new, &operator(), rig.clock.now()).await
        };
        let made = add(good.clone()).await.unwrap();
        assert!(made.active && !made.public);
        let nobody = NewClient {
            identity: None,
            roles: [ApiRole::MeetingProvisioner].into(),
            ..good.clone()
        };
        add(nobody).await.unwrap();
        for new in [
            NewClient { name: " ".to_owned(), ..good.clone() },
            NewClient { name: "x".repeat(101), ..good.clone() },
            NewClient { roles: [].into(), ..good.clone() },
            NewClient { identity: None, ..good.clone() },
            NewClient { identity: identity("region", ""), ..good.clone() },
        ] {
            assert!(matches!(add(new).await, Err(RegistryError::Unfit(_))));
        }
        let nowhere = NewClient { identity: identity("nowhere", "a@b.example"), ..good };
        assert!(matches!(add(nowhere).await, Err(RegistryError::Missing)));
    }
}
