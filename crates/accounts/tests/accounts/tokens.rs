//! What a token must be to let its bearer in.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use vdx_accounts::{API_ROLES, CallerRefused, TokenRefused};
use vdx_domain::{ApiRole, OrganisationCode};
use vdx_store::both_engines;

use crate::rig::{BEGIN, HUB, MEETINGS, Rig, open, settings, shown};

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64.decode(text).unwrap()).unwrap()
}

/// The token with other claims and the old signature.
fn tampered(token: &str, change: impl Fn(&mut Value)) -> String {
    let mut claims = part(token, 1);
    change(&mut claims);
    let parts: Vec<&str> = token.split('.').collect();
    format!(
        "{}.{}.{}",
        parts[0],
        BASE64.encode(claims.to_string()),
        parts[2]
    )
}

both_engines! {
    async fn a_token_says_who_calls(test: TestDb) {
        let rig = Rig::new(test).await;
        let token = rig.token(&[ApiRole::MeetingUser, ApiRole::Operator]).await;
        let (header, claims) = (part(&token, 0), part(&token, 1));
        assert_eq!(header["alg"], "RS256");
        let kid = rig.accounts.jwks().await.keys[0].common.key_id.clone();
        assert_eq!(header["kid"].as_str(), kid.as_deref());
        assert_eq!(claims["iss"], "https://hub.example");
        assert_eq!(claims["organisation_id"], "region");
        assert_eq!(claims["email"], "a@region.example");
        assert_eq!(claims["userrole"], json!(["meeting-user", "operator"]));
        assert_eq!(claims["iat"], BEGIN);
        assert_eq!(claims["exp"], BEGIN + 600);
        assert!(claims["jti"].is_string() && claims["sub"].is_string());

        let caller = rig.caller(&token).await.unwrap();
        let identity = caller.identity.unwrap();
        assert_eq!(identity.organisation, OrganisationCode("region".to_owned()));
        assert_eq!(identity.email, "a@region.example");
        assert_eq!(caller.roles, BTreeSet::from([ApiRole::MeetingUser]));
    }

    async fn a_token_ends_on_the_second(test: TestDb) {
        let rig = Rig::new(test).await;
        let token = rig.token(&[ApiRole::MeetingUser]).await;
        rig.clock.forward(599);
        assert!(rig.caller(&token).await.is_ok());
        rig.clock.forward(1);
        let refused = rig.caller(&token).await.unwrap_err();
        assert!(matches!(refused, CallerRefused::InvalidToken(_)), "{refused}");
    }

    async fn a_changed_token_is_refused(test: TestDb) {
        let rig = Rig::new(test).await;
        let token = rig.token(&[ApiRole::MeetingUser]).await;
        let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let hmac = BASE64.encode(
            json!({ "alg": "HS256", "kid": part(&token, 0)["kid"] }).to_string(),
        );
        let parts: Vec<&str> = token.split('.').collect();
        let wrong = [
            String::new(),
            "a.b.c".to_owned(),
            tampered(&token, |claims| claims["userrole"] = json!(["meeting-admin"])),
            tampered(&token, |claims| claims["exp"] = json!(BEGIN + 6000)),
            tampered(&token, |claims| claims["iss"] = json!("https://other.example")),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{hmac}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{token}{}", "x".repeat(20_000)),
        ];
        for token in wrong {
            let refused = rig.caller(&token).await.unwrap_err();
            assert!(matches!(refused, CallerRefused::InvalidToken(_)), "{refused}");
        }
    }

    async fn a_token_of_another_installation_is_refused(test: TestDb) {
        let rig = Rig::new(test).await;
        let token = rig.token(&[ApiRole::MeetingUser]).await;
        let elsewhere = open(
            &rig.test,
            &rig.clock,
            vdx_accounts::Settings { issuer: "https://elsewhere.example".to_owned(), ..settings() },
        )
        .await;
        let refused = elsewhere.caller(&token, "https://elsewhere.example/videoapi", &API_ROLES).await.unwrap_err();
        assert!(matches!(refused, CallerRefused::InvalidToken(_)), "{refused}");
    }

    async fn roles_and_identity_decide(test: TestDb) {
        let rig = Rig::new(test).await;
        let region = Some(("region", "a@region.example"));
        for (roles, identity, outcome) in [
            (&[ApiRole::ManagementAdmin][..], region, "no role"),
            (&[][..], region, "no role"),
            (&[ApiRole::MeetingUser][..], None, "no organisation"),
            (&[ApiRole::MeetingProvisionerUser][..], None, "no organisation"),
            (&[ApiRole::MeetingProvisioner][..], None, "in"),
            (&[ApiRole::MeetingProvisioner, ApiRole::Operator][..], None, "in"),
            (&[ApiRole::MeetingProvisioner, ApiRole::MeetingAdmin][..], None, "no organisation"),
        ] {
            let (id, secret) = rig.client(roles, identity).await;
            let token = rig.ask_with(&id.to_string(), &secret).await.unwrap();
            match rig.caller(&token).await {
                Ok(_) => assert_eq!(outcome, "in", "{roles:?}"),
                Err(refused) => assert!(refused.to_string().contains(outcome), "{roles:?} {refused}"),
            }
        }
    }

    async fn a_token_is_for_what_was_asked_for(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let id = client.to_string();
        for (resource, admitted) in [
            (None, [true, true]),
            (Some(HUB), [true, true]),
            (Some("https://hub.example/videoapi/v2"), [true, false]),
            (Some("https://other.example"), [false, false]),
        ] {
            let token = rig.ask(shown(&id, &secret), resource).await.unwrap();
            let audience = resource.unwrap_or(HUB);
            assert_eq!(part(&token, 1)["aud"], audience);
            for (url, admitted) in [MEETINGS, "https://hub.example/services/v2"].iter().zip(admitted) {
                let let_in = rig.accounts.caller(&token, url, &API_ROLES).await.is_ok();
                assert_eq!(let_in, admitted, "{audience} {url}");
            }
        }
        let refused = rig.ask(shown(&id, &secret), Some("https://nowhere.example")).await;
        assert!(matches!(refused, Err(TokenRefused::InvalidTarget)), "{refused:?}");
    }
}
