//! Keys of an issuer that are fetched from a real server.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use parking_lot::Mutex;
use vdx_accounts::{API_ROLES, Accounts, KeySource};
use vdx_store::both_engines;

use crate::foreign::{ForeignKey, good, key_set, trusted};
use crate::rig::{BEGIN, HandClock, MEETINGS, Rig};

/// What the server does with a request.
#[derive(Clone)]
enum Answer {
    Keys(String),
    Status(u16),
    Elsewhere,
    Silence,
}

/// A server with an issuer's keys.
struct Server {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
    handle: Handle<SocketAddr>,
}

impl Server {
    fn start(tls: Option<RustlsConfig>) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new(Answer::Keys(key_set(&[ForeignKey::first()]))));
        let asked = Arc::new(AtomicUsize::new(0));
        let (answers, counter) = (Arc::clone(&answer), Arc::clone(&asked));
        let router = Router::new().route(
            "/jwks",
            get(move || {
                counter.fetch_add(1, Ordering::SeqCst);
                let answer = answers.lock().clone();
                respond(answer)
            }),
        );
        let handle = Handle::new();
        let service = router.into_make_service();
        let server = handle.clone();
        match tls {
            None => tokio::spawn(
                axum_server::from_tcp(listener)
                    .unwrap()
                    .handle(server)
                    .serve(service),
            ),
            Some(tls) => tokio::spawn(
                axum_server::from_tcp_rustls(listener, tls)
                    .unwrap()
                    .handle(server)
                    .serve(service),
            ),
        };
        Self {
            address,
            answer,
            asked,
            handle,
        }
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock() = answer;
    }

    fn has(&self, keys: &[&ForeignKey]) {
        self.answers(Answer::Keys(key_set(keys)));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn source(&self) -> KeySource {
        KeySource::Url {
            url: format!("http://{}/jwks", self.address),
            roots: None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

async fn respond(answer: Answer) -> Response {
    match answer {
        Answer::Keys(text) => text.into_response(),
        Answer::Status(status) => axum::http::StatusCode::from_u16(status)
            .unwrap()
            .into_response(),
        Answer::Elsewhere => Redirect::temporary("/jwks").into_response(),
        Answer::Silence => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            "".into_response()
        }
    }
}

both_engines! {
    async fn keys_are_fetched_once_and_kept(test: TestDb) {
        let server = Server::start(None);
        let rig = Rig::trusting(test, vec![trusted(server.source())]).await;
        assert_eq!(server.asked(), 0, "the hub starts without the issuer");
        let token = ForeignKey::first().sign(&good());
        for _ in 0..5 {
            rig.caller(&token).await.unwrap();
        }
        assert_eq!(server.asked(), 1);
        rig.clock.forward(599);
        rig.caller(&token).await.unwrap();
        assert_eq!(server.asked(), 1);
        rig.clock.forward(1);
        rig.caller(&token).await.unwrap();
        assert_eq!(server.asked(), 2, "old keys are asked for again");
    }

    async fn a_new_key_is_learned_and_a_withdrawn_one_forgotten(test: TestDb) {
        let (old, new) = (ForeignKey::first(), ForeignKey::second());
        let server = Server::start(None);
        let rig = Rig::trusting(test, vec![trusted(server.source())]).await;
        rig.caller(&old.sign(&good())).await.unwrap();
        server.has(&[old, new]);
        let unknown = rig.caller(&new.sign(&good())).await;
        assert!(unknown.is_err(), "asked less than ten seconds ago");
        rig.clock.forward(10);
        rig.caller(&new.sign(&good())).await.unwrap();
        rig.caller(&old.sign(&good())).await.unwrap();
        server.has(&[new]);
        rig.clock.forward(600);
        assert!(rig.caller(&old.sign(&good())).await.is_err());
        rig.caller(&new.sign(&good())).await.unwrap();
    }

    async fn invented_key_ids_do_not_make_the_hub_ask(test: TestDb) {
        let server = Server::start(None);
        let rig = Rig::trusting(test, vec![trusted(server.source())]).await;
        rig.caller(&ForeignKey::first().sign(&good())).await.unwrap();
        let token = ForeignKey::second().sign(&good());
        let mut callers = tokio::task::JoinSet::new();
        rig.clock.forward(10);
        for _ in 0..50 {
            let (accounts, token) = (rig.accounts.clone(), token.clone());
            callers.spawn(async move { accounts.caller(&token, MEETINGS, &API_ROLES).await.is_err() });
        }
        assert!(callers.join_all().await.into_iter().all(|refused| refused));
        assert_eq!(server.asked(), 2);
    }

    async fn while_the_issuer_is_down_its_last_keys_count(test: TestDb) {
        let server = Server::start(None);
        let rig = Rig::trusting(test, vec![trusted(server.source())]).await;
        let token = ForeignKey::first().sign(&good());
        rig.caller(&token).await.unwrap();
        let large = format!("{}{}", key_set(&[ForeignKey::second()]), " ".repeat(1 << 20));
        for answer in [
            Answer::Status(500),
            Answer::Status(204),
            Answer::Elsewhere,
            Answer::Keys("<html>".to_owned()),
            Answer::Keys(large),
        ] {
            server.answers(answer);
            rig.clock.forward(600);
            let asked = server.asked();
            rig.caller(&token).await.unwrap();
            assert_eq!(server.asked(), asked + 1);
        }
        rig.clock.forward(24 * 3600);
        assert!(rig.caller(&token).await.is_err(), "not for ever");
        server.has(&[ForeignKey::first()]);
        rig.clock.forward(10);
        let mut claims = good();
        claims["exp"] = (BEGIN + 1_000_000).into();
        rig.caller(&ForeignKey::first().sign(&claims)).await.unwrap();
    }

    async fn a_server_that_says_nothing_holds_up_nobody_for_long(test: TestDb) {
        let server = Server::start(None);
        server.answers(Answer::Silence);
        let rig = Rig::trusting(test, vec![trusted(server.source())]).await;
        let token = ForeignKey::first().sign(&good());
        let refused = tokio::time::timeout(Duration::from_secs(30), rig.caller(&token)).await;
        assert!(refused.unwrap().is_err());
    }
}

#[tokio::test]
async fn the_certificate_of_the_server_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, made.cert.pem()).unwrap();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let pem = (
        made.cert.pem().into_bytes(),
        made.signing_key.serialize_pem().into_bytes(),
    );
    let tls = RustlsConfig::from_pem(pem.0, pem.1).await.unwrap();
    let server = Server::start(Some(tls));
    let url = format!("https://{}/jwks", server.address);
    let clock = HandClock::at(BEGIN);
    for (roots, outcome) in [(Some(roots), true), (None, false)] {
        let trusted = trusted(KeySource::Url {
            url: url.clone(),
            roots,
        });
        let checked = Accounts::check_issuer(&trusted, &clock).await;
        assert_eq!(checked.is_ok(), outcome, "{checked:?}");
    }
    for url in [
        "http://id.example/jwks",
        "ftp://id.example/jwks",
        "jwks",
        "",
    ] {
        let trusted = trusted(KeySource::Url {
            url: url.to_owned(),
            roots: None,
        });
        assert!(
            Accounts::check_issuer(&trusted, &clock).await.is_err(),
            "{url}"
        );
    }
}
