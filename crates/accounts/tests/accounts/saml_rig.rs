//! A hub that takes assertions; the assertions are made by `saml/make.py`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vdx_accounts::certificates::{Certificate, CertificateToken, ExchangeRefused};
use vdx_accounts::{Accounts, AttributeNames, Settings, TokenService};
use vdx_store::testing::TestDb;

use crate::rig::{HERE, Rig, settings};

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accounts/saml");
    folder.join(name)
}

/// One of the certificates.
pub(crate) fn certificate(name: &str) -> Certificate {
    let pem = std::fs::read(file(&format!("{name}.pem"))).unwrap();
    Certificate::all_from_pem(&pem).unwrap().remove(0)
}

/// The XML of one of the assertions.
pub(crate) fn assertion(name: &str) -> String {
    std::fs::read_to_string(file(&format!("{name}.xml"))).unwrap()
}

/// The service the hub trusts: it has two keys, and one that has expired.
pub(crate) fn service() -> TokenService {
    TokenService {
        certificates: ["sts", "sts-ec"].map(certificate).to_vec(),
        issuer: Some("https://sts.example/".to_owned()),
        audience: TokenService::AUDIENCE.to_owned(),
        attributes: AttributeNames::default(),
        role_names: HashMap::new(),
        session: TokenService::SESSION,
    }
}

pub(crate) async fn trusting(test: TestDb, service: TokenService) -> Rig {
    let settings = Settings {
        token_service: Some(service),
        ..settings()
    };
    Rig::with(test, settings).await
}

/// Exchanges what the system's certificate is shown with.
pub(crate) async fn exchange(
    accounts: &Accounts,
    xml: &str,
) -> Result<CertificateToken, ExchangeRefused> {
    let system = certificate("system");
    accounts
        .exchange_assertion(&STANDARD.encode(xml), &system, HERE)
        .await
}

/// Why it is refused; an assertion that is taken fails the test.
pub(crate) async fn refusal(accounts: &Accounts, xml: &str) -> String {
    match exchange(accounts, xml).await {
        Err(ExchangeRefused::InvalidAssertion(reason)) => reason.to_owned(),
        other => panic!("{other:?}"),
    }
}
