//! Tokens of others that the hub trusts.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use vdx_accounts::{CallerRefused, ClaimNames, TrustedIssuer};
use vdx_store::both_engines;
use vdx_store::testing::TestDb;

use crate::rig::{BEGIN, Rig};

const ISSUER: &str = "https://id.example";

fn key() -> &'static EncodingKey {
    static KEY: LazyLock<EncodingKey> = LazyLock::new(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
    });
    &KEY
}

fn token(claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("one".to_owned());
    jsonwebtoken::encode(&header, claims, key()).unwrap()
}

fn good() -> Value {
    json!({
        "iss": ISSUER,
        "exp": BEGIN + 60,
        "org": "region",
        "mail": "b@region.example",
        "roles": "meeting-planner",
    })
}

async fn rig(test: TestDb) -> Rig {
    let mut jwk = Jwk::from_encoding_key(key(), Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("one".to_owned());
    let file = test.folder.path().join("keys.json");
    let set = serde_json::to_vec(&JwkSet { keys: vec![jwk] }).unwrap();
    std::fs::write(&file, set).unwrap();
    let trusted = TrustedIssuer {
        issuer: ISSUER.to_owned(),
        jwks_file: file,
        claims: ClaimNames {
            organisation: "org".to_owned(),
            email: "mail".to_owned(),
            roles: "roles".to_owned(),
        },
    };
    Rig::trusting(test, vec![trusted]).await
}

both_engines! {
    async fn claims_are_read_by_their_configured_names(test: TestDb) {
        let rig = rig(test).await;
        let caller = rig.accounts.caller(&token(&good())).await.unwrap();
        assert_eq!(caller.identity.unwrap().email, "b@region.example");
        assert!(caller.roles.iter().map(|role| role.as_str()).eq(["meeting-planner"]));
    }

    async fn an_organisation_nobody_knows_is_refused(test: TestDb) {
        let rig = rig(test).await;
        let mut claims = good();
        claims["org"] = json!("nowhere");
        let refused = rig.accounts.caller(&token(&claims)).await.unwrap_err();
        assert!(matches!(refused, CallerRefused::UnknownOrganisation), "{refused}");
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
            assert_eq!(rig.accounts.caller(&token(&claims)).await.is_ok(), good, "{exp} {nbf}");
        }
    }

    async fn nobody_speaks_in_the_hubs_name(test: TestDb) {
        let rig = rig(test).await;
        let mut claims = good();
        claims["iss"] = json!("https://hub.example");
        assert!(rig.accounts.caller(&token(&claims)).await.is_err());
    }

    async fn a_token_without_an_end_is_refused(test: TestDb) {
        let rig = rig(test).await;
        let mut claims = good();
        claims.as_object_mut().unwrap().remove("exp");
        assert!(rig.accounts.caller(&token(&claims)).await.is_err());
    }
}

#[test]
fn keys_that_cannot_be_used_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let trusted = TrustedIssuer {
        issuer: ISSUER.to_owned(),
        jwks_file: file.clone(),
        claims: ClaimNames::default(),
    };
    for text in [None, Some("rubbish"), Some(r#"{"keys":[]}"#)] {
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let error = vdx_accounts::Accounts::check_issuer(&trusted).unwrap_err();
        assert!(error.to_string().contains(ISSUER), "{error}");
    }
}
