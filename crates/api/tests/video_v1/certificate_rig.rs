//! A hub that asks for certificates, and clients that have one. Certificates
//! and assertions are those of the tests of accounts.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::{Client, Identity, Response, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use vdx_accounts::certificates::{Certificate, Holder, KnownCertificate};
use vdx_accounts::{Accounts, AttributeNames, TokenService};
use vdx_api::serve::{Listen, serve};
use vdx_api::{CertificateProxy, Settings, router, tls};
use vdx_domain::{ApiRole, Clock, OrganisationCode, SystemRandomness};
use vdx_testkit::{ORGANISATION, TestHub};

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../accounts/tests/accounts/saml");
    folder.join(name)
}

/// The text of one of the files.
pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

fn certificate(name: &str) -> Certificate {
    let pem = text(&format!("{name}.pem"));
    Certificate::all_from_pem(pem.as_bytes()).unwrap().remove(0)
}

/// The instant the assertions are made for.
struct ThatDay;

impl Clock for ThatDay {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }
}

/// What a hub knows of certificates.
#[derive(Default)]
pub(crate) struct Knowing {
    /// The system's certificate is enough, with this role.
    pub(crate) system: Option<ApiRole>,
    /// Assertions are taken.
    pub(crate) sts: bool,
    /// A proxy tells of certificates.
    pub(crate) proxy: Option<CertificateProxy>,
    /// v1 is off.
    pub(crate) ended: bool,
}

/// The same hub at a further address.
pub(crate) struct Secured {
    pub(crate) address: SocketAddr,
    folder: TempDir,
}

impl Knowing {
    /// Over HTTPS, asking for certificates.
    pub(crate) async fn over_tls(self, hub: &TestHub) -> Secured {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (own, key) = (folder.path().join("own.pem"), folder.path().join("key.pem"));
        std::fs::write(&own, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let tls = tls::config(&own, &key, Some(&file("ca.pem"))).unwrap();
        let address = self.listen(hub, Some(tls)).await;
        Secured { address, folder }
    }

    /// Over plain HTTP.
    pub(crate) async fn plain(self, hub: &TestHub) -> String {
        format!("http://{}/videoapi", self.listen(hub, None).await)
    }

    async fn listen(self, hub: &TestHub, tls: Option<RustlsConfig>) -> SocketAddr {
        let mut knowing = hub.hub.clone();
        knowing.accounts = Accounts::open(
            hub.db.clone(),
            &hub.sealer,
            self.accounts(&hub.url),
            Arc::new(ThatDay),
            Arc::new(SystemRandomness),
        )
        .await
        .unwrap();
        knowing.settings = Arc::new(Settings {
            certificate_proxy: self.proxy,
            video_v1_end: self.ended.then(|| hub.clock.now()),
            ..Settings::clone(&hub.hub.settings)
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Listen {
            tls,
            max_connections: 100,
        };
        let forever = std::future::pending();
        let router = router(knowing);
        tokio::spawn(serve(listener, router, limits, forever, Duration::ZERO));
        address
    }

    fn accounts(&self, url: &str) -> vdx_accounts::Settings {
        let known = self.system.map(|role| KnownCertificate {
            certificate: certificate("system").fingerprint(),
            holder: Holder {
                organisation: Some(OrganisationCode(ORGANISATION.to_owned())),
                email: Some("system@example.org".to_owned()),
                roles: [role].into(),
            },
        });
        vdx_accounts::Settings {
            certificates: known.into_iter().collect(),
            token_service: self.sts.then(|| TokenService {
                certificates: vec![certificate("sts")],
                issuer: None,
                audience: TokenService::AUDIENCE.to_owned(),
                attributes: AttributeNames::default(),
                role_names: HashMap::new(),
                session: TokenService::SESSION,
            }),
            ..vdx_accounts::Settings::new(url.to_owned())
        }
    }
}

impl Secured {
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/videoapi", self.address.port())
    }

    /// A client with one of the certificates, or with none.
    pub(crate) fn client(&self, certificate: Option<&str>) -> Client {
        let own = std::fs::read(self.folder.path().join("own.pem")).unwrap();
        let builder = Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&own).unwrap()])
            .resolve("localhost", self.address);
        let builder = match certificate {
            None => builder,
            Some(name) => {
                let pem = text(&format!("{name}.pem")) + &text(&format!("{name}.key.pem"));
                builder.identity(Identity::from_pem(pem.as_bytes()).unwrap())
            }
        };
        builder.build().unwrap()
    }

    /// Exchanges an assertion.
    pub(crate) async fn exchange(&self, client: &Client, name: &str) -> Response {
        let assertion = STANDARD.encode(text(&format!("{name}.xml")));
        let request = client.post(format!("{}/token", self.url()));
        let form = request.form(&[("saml-token", assertion)]);
        form.send().await.unwrap()
    }
}

/// Status and `error` of a refused exchange.
pub(crate) async fn refused(answer: Response) -> (StatusCode, String) {
    let status = answer.status();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    (status, body["error"].as_str().unwrap().to_owned())
}
