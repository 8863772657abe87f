//! Which assertions are exchanged for a token, and what the token is good for.
//! Signatures and canonical octets are those of signxml and libxml2.

use std::collections::BTreeSet;
use std::time::Duration;

use vdx_accounts::certificates::ExchangeRefused;
use vdx_accounts::{CallerRefused, Settings, TokenService};
use vdx_domain::ApiRole;
use vdx_store::{both_engines, organisations};

use crate::rig::{HERE, Rig, open, settings};
use crate::saml_rig::{assertion, certificate, exchange, refusal, service, trusting};

both_engines! {
    async fn an_assertion_gives_a_token_for_its_holder(test: TestDb) {
        let rig = trusting(test, service()).await;
        let given = exchange(&rig.accounts, &assertion("good")).await.unwrap();
        assert_eq!(given.lifetime, Duration::from_secs(3600));
        assert_eq!(given.token.len(), 36, "a UUID, as clients know it");

        let system = certificate("system");
        let caller = rig.accounts.caller_with_certificate_token(&given.token, &system).await;
        let caller = caller.unwrap();
        let identity = caller.identity.unwrap();
        assert_eq!(identity.organisation.0, "region");
        assert_eq!(identity.email, "søren@example.org");
        assert_eq!(caller.roles, BTreeSet::from([ApiRole::MeetingUser]));
        assert_eq!(caller.id, format!("certificate:{}", system.fingerprint()));
    }

    async fn the_token_is_nothing_without_its_certificate(test: TestDb) {
        let rig = trusting(test, service()).await;
        let given = exchange(&rig.accounts, &assertion("good")).await.unwrap();
        for (token, holder, reason) in [
            (given.token.as_str(), "other", "another certificate"),
            (&given.token.to_uppercase(), "system", "not known"),
            ("", "system", "not known"),
            (&"x".repeat(1000), "system", "too long"),
        ] {
            let holder = certificate(holder);
            let refused = rig.accounts.caller_with_certificate_token(token, &holder).await;
            let Err(CallerRefused::InvalidToken(text)) = refused else {
                panic!("{reason}: {refused:?}");
            };
            assert!(text.contains(reason), "{text}");
        }
        let expired = certificate("expired");
        let refused = rig.accounts.caller_with_certificate_token(&given.token, &expired).await;
        assert!(matches!(refused, Err(CallerRefused::InvalidCertificate(_))), "{refused:?}");
    }

    async fn the_token_ends_on_the_second_and_is_forgotten(test: TestDb) {
        let rig = trusting(test, service()).await;
        let given = exchange(&rig.accounts, &assertion("good")).await.unwrap();
        let system = certificate("system");
        let call = async || rig.accounts.caller_with_certificate_token(&given.token, &system).await;
        rig.clock.forward(3599);
        assert!(call().await.is_ok());
        rig.clock.forward(1);
        assert!(matches!(call().await, Err(CallerRefused::InvalidToken("it has expired"))));
        rig.accounts.upkeep().await.unwrap();
        assert!(matches!(call().await, Err(CallerRefused::InvalidToken("it is not known"))));
    }

    async fn the_service_may_end_the_session_sooner(test: TestDb) {
        let rig = trusting(test, service()).await;
        let given = exchange(&rig.accounts, &assertion("short-session")).await.unwrap();
        assert_eq!(given.lifetime, Duration::from_secs(300));
        let mut shorter = service();
        shorter.session = Duration::from_secs(60);
        let settings = Settings { token_service: Some(shorter), ..settings() };
        let again = open(&rig.test, &rig.clock, settings).await;
        let given = exchange(&again, &assertion("good")).await.unwrap();
        assert_eq!(given.lifetime, Duration::from_secs(60));
    }

    async fn an_assertion_counts_once_where_it_says_so(test: TestDb) {
        let rig = trusting(test, service()).await;
        let first = exchange(&rig.accounts, &assertion("good")).await.unwrap();
        let second = exchange(&rig.accounts, &assertion("good")).await.unwrap();
        assert_ne!(first.token, second.token);
        exchange(&rig.accounts, &assertion("once")).await.unwrap();
        assert!(refusal(&rig.accounts, &assertion("once")).await.contains("used before"));
        // What is used up is kept until its end alone would refuse it.
        rig.clock.forward(3600 + 59);
        rig.accounts.upkeep().await.unwrap();
        assert!(refusal(&rig.accounts, &assertion("once")).await.contains("expired"));
    }

    async fn an_unknown_organisation_is_made_under_a_known_one(test: TestDb) {
        let rig = trusting(test, service()).await;
        let refused = exchange(&rig.accounts, &assertion("unknown")).await;
        assert!(matches!(refused, Err(ExchangeRefused::UnknownOrganisation)), "{refused:?}");
        exchange(&rig.accounts, &assertion("newcomer")).await.unwrap();
        let code = vdx_domain::OrganisationCode("new-clinic".to_owned());
        assert!(organisations::exists(&mut rig.test.db.reader(), &code).await.unwrap());
        // The first refusal has not used the assertion up.
        exchange(&rig.accounts, &assertion("unknown")).await.unwrap();
    }

    async fn every_exchange_is_recorded(test: TestDb) {
        let rig = trusting(test, service()).await;
        exchange(&rig.accounts, &assertion("good")).await.unwrap();
        refusal(&rig.accounts, &assertion("rogue")).await;
        let fingerprint = certificate("system").fingerprint().to_string();
        let records = vdx_store::audit::of(&mut rig.test.db.reader(), &fingerprint).await.unwrap();
        let told: Vec<_> = records.iter().map(|record| record.operation.as_str()).collect();
        assert_eq!(told, ["grant", "refuse"]);
        for record in &records {
            assert_eq!(record.actor, format!("certificate:{fingerprint}"));
            assert!(record.details.contains("token_exchange"), "{}", record.details);
        }
        assert_eq!(records[0].organisation.0, "region");
        assert_eq!(records[0].actor_email.as_deref(), Some("søren@example.org"));
        assert!(records[1].details.contains("trusted"), "{}", records[1].details);
    }

    async fn a_hub_without_a_service_takes_none(test: TestDb) {
        let rig = Rig::new(test).await;
        let refused = exchange(&rig.accounts, &assertion("good")).await;
        assert!(matches!(refused, Err(ExchangeRefused::NotOffered)), "{refused:?}");
    }

    async fn every_way_of_signing_that_is_sound_is_taken(test: TestDb) {
        let rig = trusting(test, service()).await;
        for name in [
            "good",
            "prefixes",
            "sha512",
            "ecdsa",
            "two-audiences",
            "once",
            "second-confirmation",
        ] {
            let given = exchange(&rig.accounts, &assertion(name)).await;
            assert!(given.is_ok(), "{name}: {given:?}");
        }
        // The same content, written otherwise.
        let rewritten = assertion("again")
            .replace("Version=\"2.0\"", "Version\n=  '2.0'")
            .replace("&#248;", "ø")
            .replace("</saml2:Assertion>", "</saml2:Assertion >\n");
        exchange(&rig.accounts, &rewritten).await.unwrap();
    }

    async fn what_the_service_says_is_checked(test: TestDb) {
        let rig = trusting(test, service()).await;
        for (name, reason) in [
            ("rogue", "not of a service that is trusted"),
            ("sha1", "in a way that is not taken"),
            ("sha1-digest", "in a way that is not taken"),
            ("inclusive", "in a way that is not taken"),
            ("version", "SAML 2.0"),
            ("ended", "expired"),
            ("future", "not valid yet"),
            ("endless", "no end"),
            ("other-audience", "for somebody else"),
            ("any-audience", "for somebody else"),
            ("both-restrictions", "for somebody else"),
            ("unknown-condition", "condition"),
            ("other-holder", "another certificate"),
            ("bearer", "not for the holder of a key"),
            ("late-holder", "expired"),
            ("other-recipient", "shown to somebody else"),
            ("no-role", "no role"),
            ("no-email", "no e-mail"),
            ("two-organisations", "more than one value"),
            ("element-value", "plain text"),
        ] {
            let told = refusal(&rig.accounts, &assertion(name)).await;
            assert!(told.contains(reason), "{name}: {told}");
        }
    }

    async fn roles_are_those_of_the_api(test: TestDb) {
        let rig = trusting(test, service()).await;
        let system = certificate("system");
        for (name, roles) in [
            ("roles", &[ApiRole::MeetingPlanner, ApiRole::MeetingAdmin][..]),
            ("provisioner", &[ApiRole::MeetingProvisioner]),
        ] {
            let given = exchange(&rig.accounts, &assertion(name)).await.unwrap();
            let caller = rig.accounts.caller_with_certificate_token(&given.token, &system);
            let caller = caller.await.unwrap();
            assert_eq!(caller.roles, roles.iter().copied().collect(), "{name}");
        }
    }

    async fn a_service_may_have_its_own_words_for_roles(test: TestDb) {
        let mut own_words = service();
        own_words.role_names.insert("guest".to_owned(), ApiRole::MeetingPlanner);
        let rig = trusting(test, own_words).await;
        let given = exchange(&rig.accounts, &assertion("no-role")).await.unwrap();
        let system = certificate("system");
        let caller = rig.accounts.caller_with_certificate_token(&given.token, &system);
        let caller = caller.await.unwrap();
        assert_eq!(caller.roles, BTreeSet::from([ApiRole::MeetingPlanner]));
    }

    async fn clocks_may_differ_by_a_minute(test: TestDb) {
        let rig = trusting(test, service()).await;
        // It begins ten minutes after the test.
        rig.clock.forward(10 * 60 - 61);
        assert!(refusal(&rig.accounts, &assertion("future")).await.contains("not valid yet"));
        rig.clock.forward(1);
        exchange(&rig.accounts, &assertion("future")).await.unwrap();
        // The others end an hour after the test's beginning.
        rig.clock.forward(3600 - (10 * 60 - 60) + 60);
        assert!(refusal(&rig.accounts, &assertion("good")).await.contains("expired"));
    }

    async fn a_service_is_trusted_with_its_own_keys_and_name(test: TestDb) {
        let with = |names: &[&str], issuer: &str| TokenService {
            certificates: names.iter().map(|name| certificate(name)).collect(),
            issuer: Some(issuer.to_owned()),
            ..service()
        };
        let (own, other) = ("https://sts.example/", "https://sts.example");
        let rig = trusting(test, with(&["sts-ec"], own)).await;
        exchange(&rig.accounts, &assertion("ecdsa")).await.unwrap();
        assert!(refusal(&rig.accounts, &assertion("good")).await.contains("not of a service"));
        for (service, reason) in [
            (with(&["sts-old"], own), "not of a service"),
            (with(&[], own), "not of a service"),
            (with(&["sts"], other), "another issuer"),
        ] {
            let settings = Settings { token_service: Some(service), ..settings() };
            let accounts = open(&rig.test, &rig.clock, settings).await;
            let told = refusal(&accounts, &assertion("good")).await;
            assert!(told.contains(reason), "{told}");
        }
    }

    async fn an_expired_certificate_gets_nothing(test: TestDb) {
        let rig = trusting(test, service()).await;
        let expired = certificate("expired");
        let refused = rig.accounts.exchange_assertion("", &expired, HERE).await;
        assert!(matches!(refused, Err(ExchangeRefused::InvalidCertificate("it has expired"))));
    }
}
