//! Certificates that the settings give a meaning.

use std::collections::BTreeSet;

use vdx_accounts::certificates::{ExchangeRefused, Holder, KnownCertificate};
use vdx_accounts::{CallerRefused, Settings};
use vdx_domain::{ApiRole, OrganisationCode};
use vdx_store::both_engines;

use crate::rig::{Rig, open, settings};
use crate::saml_rig::{assertion, certificate, exchange, service};

fn known(name: &str, organisation: Option<&str>, roles: &[ApiRole]) -> KnownCertificate {
    KnownCertificate {
        certificate: certificate(name).fingerprint(),
        holder: Holder {
            organisation: organisation.map(|code| OrganisationCode(code.to_owned())),
            email: organisation.map(|_| "system@example.org".to_owned()),
            roles: roles.iter().copied().collect(),
        },
    }
}

async fn knowing(test: vdx_store::testing::TestDb, certificates: Vec<KnownCertificate>) -> Rig {
    let settings = Settings {
        certificates,
        ..settings()
    };
    Rig::with(test, settings).await
}

both_engines! {
    async fn a_known_certificate_is_its_holder(test: TestDb) {
        let roles = [ApiRole::MeetingAdmin, ApiRole::MeetingUser];
        // Two certificates of one party, while it changes from one to the other.
        let both = vec![
            known("system", Some("region"), &roles),
            known("other", Some("region"), &roles),
            known("expired", Some("region"), &roles),
        ];
        let rig = knowing(test, both).await;
        for name in ["system", "other"] {
            let shown = certificate(name);
            let caller = rig.accounts.caller_with_certificate(&shown).await.unwrap();
            assert_eq!(caller.roles, BTreeSet::from(roles));
            assert_eq!(caller.id, format!("certificate:{}", shown.fingerprint()));
            let identity = caller.identity.unwrap();
            assert_eq!(identity.organisation.0, "region");
            assert_eq!(identity.email, "system@example.org");
        }
        let refused = rig.accounts.caller_with_certificate(&certificate("expired")).await;
        assert!(
            matches!(refused, Err(CallerRefused::InvalidCertificate("it has expired"))),
            "{refused:?}"
        );
        let refused = rig.accounts.caller_with_certificate(&certificate("sts")).await;
        assert!(
            matches!(refused, Err(CallerRefused::InvalidCertificate("it is not known here"))),
            "{refused:?}"
        );
    }

    async fn one_that_is_shut_out_is_good_for_nothing(test: TestDb) {
        let system = certificate("system");
        let refusing = |refused_certificates| Settings {
            certificates: vec![known("system", Some("region"), &[ApiRole::MeetingUser])],
            token_service: Some(service()),
            refused_certificates,
            ..settings()
        };
        let rig = Rig::with(test, refusing(Vec::new())).await;
        let given = exchange(&rig.accounts, &assertion("good")).await.unwrap();
        assert!(rig.accounts.caller_with_certificate(&system).await.is_ok());

        let accounts = open(&rig.test, &rig.clock, refusing(vec![system.fingerprint()])).await;
        let shut_out = |text: &str| text == "it is shut out";
        let refused = accounts.caller_with_certificate(&system).await;
        assert!(matches!(refused, Err(CallerRefused::InvalidCertificate(text)) if shut_out(text)));
        let refused = accounts.caller_with_certificate_token(&given.token, &system).await;
        assert!(matches!(refused, Err(CallerRefused::InvalidCertificate(text)) if shut_out(text)));
        let refused = exchange(&accounts, &assertion("again")).await;
        assert!(matches!(refused, Err(ExchangeRefused::InvalidCertificate(text)) if shut_out(text)));
    }

    async fn its_holder_has_what_every_caller_has(test: TestDb) {
        let rig = knowing(test, vec![
            known("system", None, &[ApiRole::MeetingProvisioner]),
            known("other", Some("nobody"), &[ApiRole::MeetingUser]),
            known("sts", None, &[ApiRole::MeetingUser]),
            known("sts-ec", Some("region"), &[ApiRole::Operator]),
        ])
        .await;
        let caller = rig.accounts.caller_with_certificate(&certificate("system")).await.unwrap();
        assert_eq!(caller.identity, None);
        let refused = rig.accounts.caller_with_certificate(&certificate("other")).await;
        assert!(matches!(refused, Err(CallerRefused::UnknownOrganisation)), "{refused:?}");
        let refused = rig.accounts.caller_with_certificate(&certificate("sts")).await;
        assert!(matches!(refused, Err(CallerRefused::NoIdentity)), "{refused:?}");
        let refused = rig.accounts.caller_with_certificate(&certificate("sts-ec")).await;
        assert!(matches!(refused, Err(CallerRefused::NoRole)), "{refused:?}");
    }
}
