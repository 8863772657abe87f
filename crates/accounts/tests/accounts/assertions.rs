//! Clients that sign instead of showing a secret (RFC 7523).

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use vdx_accounts::registry::{self, RegistryError};
use vdx_accounts::{Credentials, TokenRefused};
use vdx_domain::{ClientId, Clock as _};
use vdx_store::both_engines;

use crate::foreign::{ForeignKey, key_set};
use crate::rig::{BEGIN, HUB, Rig, operator};

async fn set_keys(rig: &Rig, client: ClientId, text: &str) -> Result<usize, RegistryError> {
    let mut tx = rig.test.db.begin().await.unwrap();
    let now = rig.clock.now();
    let number = registry::set_keys(&mut tx, client, text, &operator(), now).await?;
    tx.commit().await.unwrap();
    Ok(number)
}

fn statement(client: ClientId) -> Value {
    json!({
        "iss": client,
        "sub": client,
        "aud": HUB,
        "jti": uuid::Uuid::new_v4(),
        "exp": BEGIN + 60,
    })
}

async fn ask(rig: &Rig, assertion: String) -> Result<String, TokenRefused> {
    rig.ask(
        Credentials::Assertion {
            id: None,
            assertion,
        },
        None,
    )
    .await
}

both_engines! {
    async fn a_good_statement_is_good_once(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, _) = rig.booker().await;
        let key = ForeignKey::first();
        set_keys(&rig, client, &key_set(&[key])).await.unwrap();
        let assertion = key.sign(&statement(client));
        let token = ask(&rig, assertion.clone()).await.unwrap();
        assert!(rig.caller(&token).await.is_ok());
        assert!(ask(&rig, assertion.clone()).await.is_err(), "shown twice");
        let another = Credentials::Assertion {
            id: Some(client.to_string()),
            assertion: key.sign(&statement(client)),
        };
        rig.ask(another, None).await.unwrap();
        rig.clock.forward(119);
        rig.accounts.upkeep().await.unwrap();
        assert!(ask(&rig, assertion.clone()).await.is_err(), "remembered to its end");
        rig.clock.forward(1);
        rig.accounts.upkeep().await.unwrap();
        assert!(ask(&rig, assertion).await.is_err(), "ended");
    }

    async fn one_of_many_at_once_is_taken(test: TestDb) {
        let rig = std::sync::Arc::new(Rig::new(test).await);
        let (client, _) = rig.booker().await;
        let key = ForeignKey::first();
        set_keys(&rig, client, &key_set(&[key])).await.unwrap();
        let assertion = key.sign(&statement(client));
        let mut askers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (rig, assertion) = (rig.clone(), assertion.clone());
            askers.spawn(async move { ask(&rig, assertion).await.is_ok() });
        }
        let taken = askers.join_all().await.into_iter().filter(|taken| *taken).count();
        assert_eq!(taken, 1);
    }

    async fn what_is_said_must_be_right(test: TestDb) {
        let rig = Rig::new(test).await;
        let ((client, _), (other, _)) = (rig.booker().await, rig.booker().await);
        let key = ForeignKey::first();
        set_keys(&rig, client, &key_set(&[key])).await.unwrap();
        let endpoint = format!("{HUB}/oauth2/token");
        let long = "x".repeat(201);
        for (name, value, outcome) in [
            ("aud", json!(endpoint), true),
            ("aud", json!([HUB]), true),
            ("aud", json!([HUB, endpoint]), true),
            ("aud", json!([HUB, "https://other.example"]), false),
            ("aud", json!("https://other.example"), false),
            ("aud", json!([]), false),
            ("aud", Value::Null, false),
            ("iss", json!(other), false),
            ("sub", json!(other), false),
            ("iss", Value::Null, false),
            ("exp", json!(BEGIN + 660), true),
            ("exp", json!(BEGIN + 661), false),
            ("exp", json!(BEGIN - 60), false),
            ("exp", json!(1e300), false),
            ("exp", Value::Null, false),
            ("nbf", json!(BEGIN + 61), false),
            ("jti", json!(""), false),
            ("jti", json!("a\u{0}"), false),
            ("jti", json!(long), false),
            ("jti", Value::Null, false),
        ] {
            let mut said = statement(client);
            said[name] = value.clone();
            assert_eq!(ask(&rig, key.sign(&said)).await.is_ok(), outcome, "{name} {value}");
        }
    }

    async fn only_the_clients_own_key_counts(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let (own, strange) = (ForeignKey::first(), ForeignKey::second());
        assert!(ask(&rig, own.sign(&statement(client))).await.is_err(), "no key yet");
        set_keys(&rig, client, &key_set(&[own])).await.unwrap();
        assert!(ask(&rig, strange.sign(&statement(client))).await.is_err());
        assert!(ask(&rig, "rubbish".to_owned()).await.is_err());
        // A public key is no secret to sign with.
        let hmac = own.sign_as_secret(&statement(client));
        assert!(ask(&rig, hmac).await.is_err());
        let named = Credentials::Assertion {
            id: Some(ClientId::generate().to_string()),
            assertion: own.sign(&statement(client)),
        };
        assert!(rig.ask(named, None).await.is_err(), "another id besides");
        rig.ask_with(&client.to_string(), &secret).await.unwrap();
    }

    async fn keys_are_taken_in_the_usual_forms(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, _) = rig.booker().await;
        let (rsa, elliptic) = (ForeignKey::first(), ForeignKey::elliptic("two"));
        assert_eq!(set_keys(&rig, client, &key_set(&[rsa, &elliptic])).await.unwrap(), 2);
        ask(&rig, elliptic.sign(&statement(client))).await.unwrap();
        let one = serde_json::to_string(&elliptic.public()).unwrap();
        assert_eq!(set_keys(&rig, client, &one).await.unwrap(), 1);
        assert!(ask(&rig, rsa.sign(&statement(client))).await.is_err(), "replaced");
        set_keys(&rig, client, &rsa.public_pem()).await.unwrap();
        for algorithm in [Algorithm::RS256, Algorithm::PS256] {
            let unnamed = rsa.sign_unnamed(algorithm, &statement(client));
            ask(&rig, unnamed).await.unwrap();
        }
        set_keys(&rig, client, &elliptic.public_pem()).await.unwrap();
        ask(&rig, elliptic.sign_unnamed(Algorithm::ES256, &statement(client))).await.unwrap();
        for wrong in [
            "",
            "rubbish",
            "{}",
            r#"{"keys":[]}"#,
            r#"{"kty":"oct","k":"c2VjcmV0"}"#,
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        ] {
            let refused = set_keys(&rig, client, wrong).await;
            assert!(matches!(refused, Err(RegistryError::Keys(_))), "{wrong}: {refused:?}");
        }
        let unknown = set_keys(&rig, ClientId::generate(), &rsa.public_pem()).await;
        assert!(matches!(unknown, Err(RegistryError::Missing)), "{unknown:?}");
    }
}
