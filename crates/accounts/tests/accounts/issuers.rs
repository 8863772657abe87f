//! Tokens of others that the hub trusts.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use vdx_accounts::{Accounts, CallerRefused, ClaimNames, KeySource, TrustedIssuer};
use vdx_domain::OrganisationCode;
use vdx_store::testing::TestDb;
use vdx_store::{audit, both_engines, organisation_tree, organisations};

use crate::foreign::{ForeignKey, ISSUER, good, key_set, trusted};
use crate::rig::{BEGIN, HandClock, Rig};

async fn rig(test: TestDb) -> Rig {
    let file = test.folder.path().join("keys.json");
    std::fs::write(&file, key_set(&[ForeignKey::first()])).unwrap();
    Rig::trusting(test, vec![trusted(KeySource::File(file))]).await
}

fn code(text: &str) -> OrganisationCode {
    OrganisationCode(text.to_owned())
}

fn token(claims: &Value) -> String {
    ForeignKey::first().sign(claims)
}

both_engines! {
    async fn claims_are_read_by_their_configured_names(test: TestDb) {
        let rig = rig(test).await;
        let caller = rig.caller(&token(&good())).await.unwrap();
        assert_eq!(caller.identity.unwrap().email, "b@region.example");
        assert!(caller.roles.iter().map(|role| role.as_str()).eq(["meeting-planner"]));
    }

    async fn an_organisation_nobody_knows_is_refused(test: TestDb) {
        let rig = rig(test).await;
        let mut claims = good();
        claims["org"] = json!("nowhere");
        let refused = rig.caller(&token(&claims)).await.unwrap_err();
        assert!(matches!(refused, CallerRefused::UnknownOrganisation), "{refused}");
    }

    async fn an_organisation_nobody_knows_is_made_where_that_is_asked_for(test: TestDb) {
        let file = test.folder.path().join("keys.json");
        std::fs::write(&file, key_set(&[ForeignKey::first()])).unwrap();
        let parent_claim = Some("parent".to_owned());
        let trusted = TrustedIssuer { parent_claim, ..trusted(KeySource::File(file)) };
        let rig = Rig::trusting(test, vec![trusted]).await;
        let long = "x".repeat(251);
        for (organisation, parent, made) in [
            ("new", json!("nowhere"), false),
            ("new", Value::Null, false),
            (&long, json!("region"), false),
            ("a\nb", json!("region"), false),
            ("new", json!("region"), true),
            ("new", Value::Null, true),
            ("below", json!("new"), true),
        ] {
            let mut claims = good();
            claims["org"] = json!(organisation);
            claims["parent"] = parent.clone();
            let caller = rig.caller(&token(&claims)).await;
            assert_eq!(caller.is_ok(), made, "{organisation} {parent}");
        }
        let mut reader = rig.test.db.reader();
        let below = organisations::group_of(&mut reader, &code("below")).await.unwrap().unwrap();
        let chain = organisation_tree::chain(&mut reader, below).await.unwrap();
        let codes: Vec<_> = chain.into_iter().map(|node| node.organisation.unwrap().code.0).collect();
        assert_eq!(codes, ["below", "new", "region"]);
        let records = audit::of(&mut reader, "new").await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].actor, format!("issuer:{ISSUER}|somebody"));
    }

    async fn of_many_first_callers_one_makes_the_organisation(test: TestDb) {
        let file = test.folder.path().join("keys.json");
        std::fs::write(&file, key_set(&[ForeignKey::first()])).unwrap();
        let parent_claim = Some("parent".to_owned());
        let trusted = TrustedIssuer { parent_claim, ..trusted(KeySource::File(file)) };
        let rig = std::sync::Arc::new(Rig::trusting(test, vec![trusted]).await);
        let mut claims = good();
        claims["org"] = json!("new");
        claims["parent"] = json!("region");
        let token = token(&claims);
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let (rig, token) = (rig.clone(), token.clone());
                tokio::spawn(async move { rig.caller(&token).await.is_ok() })
            })
            .collect();
        for call in calls {
            assert!(call.await.unwrap());
        }
        assert_eq!(audit::of(&mut rig.test.db.reader(), "new").await.unwrap().len(), 1);
    }

    async fn clocks_may_differ_by_a_minute(test: TestDb) {
        let rig = rig(test).await;
        let mut claims = good();
        for (exp, nbf, good) in [
            (BEGIN - 59, BEGIN - 100, true),
            (BEGIN - 60, BEGIN - 100, false),
            (BEGIN + 600, BEGIN + 60, true),
            (BEGIN + 600, BEGIN + 61, false),
        ] {
            claims["exp"] = json!(exp);
            claims["nbf"] = json!(nbf);
            assert_eq!(rig.caller(&token(&claims)).await.is_ok(), good, "{exp} {nbf}");
        }
    }

    async fn nobody_speaks_in_the_hubs_name(test: TestDb) {
        let rig = rig(test).await;
        let mut claims = good();
        claims["iss"] = json!("https://hub.example");
        assert!(rig.caller(&token(&claims)).await.is_err());
    }

    async fn a_token_without_an_end_is_refused(test: TestDb) {
        let rig = rig(test).await;
        let mut claims = good();
        claims.as_object_mut().unwrap().remove("exp");
        assert!(rig.caller(&token(&claims)).await.is_err());
    }

    async fn roles_may_stand_in_an_object(test: TestDb) {
        let file = test.folder.path().join("keys.json");
        std::fs::write(&file, key_set(&[ForeignKey::first()])).unwrap();
        let claims = ClaimNames {
            organisation: "org".to_owned(),
            email: "mail".to_owned(),
            roles: "realm_access.roles".to_owned(),
        };
        let trusted = TrustedIssuer { claims, ..trusted(KeySource::File(file)) };
        let rig = Rig::trusting(test, vec![trusted]).await;
        let mut claims = good();
        claims["roles"] = json!([]);
        claims["realm_access"] = json!({ "roles": ["offline_access", "meeting-admin"] });
        let caller = rig.caller(&token(&claims)).await.unwrap();
        assert!(caller.roles.iter().map(|role| role.as_str()).eq(["meeting-admin"]));
        assert_eq!(caller.id, format!("issuer:{ISSUER}|somebody"));
    }

    async fn a_token_for_somebody_else_is_refused(test: TestDb) {
        let file = test.folder.path().join("keys.json");
        std::fs::write(&file, key_set(&[ForeignKey::first()])).unwrap();
        let audience = Some("video".to_owned());
        let trusted = TrustedIssuer { audience, ..trusted(KeySource::File(file)) };
        let rig = Rig::trusting(test, vec![trusted]).await;
        let mut claims = good();
        for (audience, outcome) in [
            (json!("video"), true),
            (json!(["account", "video"]), true),
            (json!("account"), false),
            (json!([]), false),
            (Value::Null, false),
        ] {
            claims["aud"] = audience.clone();
            let let_in = rig.caller(&token(&claims)).await.is_ok();
            assert_eq!(let_in, outcome, "{audience}");
        }
    }

    async fn the_usual_ways_to_sign_are_read(test: TestDb) {
        let (rsa, elliptic) = (ForeignKey::first(), ForeignKey::elliptic("curve"));
        let file = test.folder.path().join("keys.json");
        std::fs::write(&file, key_set(&[rsa, &elliptic])).unwrap();
        let rig = Rig::trusting(test, vec![trusted(KeySource::File(file))]).await;
        for (key, algorithm, good_one) in [
            (rsa, Algorithm::RS256, true),
            // The set says that this key is for RS256.
            (rsa, Algorithm::PS256, false),
            (&elliptic, Algorithm::ES256, true),
        ] {
            let token = key.sign_with(algorithm, &good());
            assert_eq!(rig.caller(&token).await.is_ok(), good_one, "{algorithm:?}");
        }
    }

    async fn a_changed_file_is_read_again(test: TestDb) {
        let (old, new) = (ForeignKey::first(), ForeignKey::second());
        let file = test.folder.path().join("keys.json");
        let rig = rig(test).await;
        assert!(rig.caller(&old.sign(&good())).await.is_ok());
        std::fs::write(&file, key_set(&[new])).unwrap();
        rig.clock.forward(10);
        assert!(rig.caller(&old.sign(&good())).await.is_err(), "withdrawn");
        assert!(rig.caller(&new.sign(&good())).await.is_ok());
        std::fs::write(&file, "half a fi").unwrap();
        rig.clock.forward(10);
        assert!(rig.caller(&new.sign(&good())).await.is_ok(), "the last good set stays");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let clock = HandClock::at(BEGIN);
    let secret = r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#;
    for text in [None, Some("rubbish"), Some(r#"{"keys":[]}"#), Some(secret)] {
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let trusted = trusted(KeySource::File(file.clone()));
        let error = Accounts::check_issuer(&trusted, &clock).await.unwrap_err();
        assert!(error.to_string().contains(ISSUER), "{error}");
    }
    std::fs::write(&file, key_set(&[ForeignKey::first(), ForeignKey::second()])).unwrap();
    let trusted = trusted(KeySource::File(file));
    assert_eq!(Accounts::check_issuer(&trusted, &clock).await.unwrap(), 2);
}
