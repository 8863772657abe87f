//! Settings of the way to the media port for networks that block it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Config, OptionalAddress, Secret};

/// The shortest secret that is taken; whoever guesses it may use the relay.
const SHORTEST_SECRET: usize = 16;
/// Addresses told to a client; each costs its browser a try.
const MOST_URLS: usize = 8;

/// TURN.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Turn {
    /// UDP and TCP.
    pub(crate) listen: OptionalAddress,
    /// TLS.
    pub(crate) tls_listen: OptionalAddress,
    /// Makes clients' passwords.
    pub(crate) secret: Secret,
    /// What clients are told; empty = made from `server.public_url` and the ports.
    pub(crate) urls: Vec<String>,
    /// Empty = the server's.
    pub(crate) tls_certificate: PathBuf,
    pub(crate) tls_key: PathBuf,
}

impl Turn {
    /// Whether clients are told of a TURN server, this hub's or another that
    /// has the same secret.
    pub(crate) fn is_on(&self) -> bool {
        self.listen.0.is_some() || self.tls_listen.0.is_some() || !self.urls.is_empty()
    }

    /// Certificate and key of TLS.
    pub(crate) fn certificate(&self, config: &Config) -> (PathBuf, PathBuf) {
        let (own, server) = (self, &config.server);
        match own.tls_certificate.as_os_str().is_empty() {
            true => (server.tls_certificate.clone(), server.tls_key.clone()),
            false => (own.tls_certificate.clone(), own.tls_key.clone()),
        }
    }

    /// What clients are told, best first: UDP costs nothing, TLS gets through
    /// where nothing else does.
    pub(crate) fn client_urls(&self, public_url: &str) -> Vec<String> {
        if !self.urls.is_empty() {
            return self.urls.clone();
        }
        let host = host(public_url);
        let mut urls = Vec::new();
        if let Some(address) = self.listen.0 {
            let port = address.port();
            urls.push(format!("turn:{host}:{port}?transport=udp"));
            urls.push(format!("turn:{host}:{port}?transport=tcp"));
        }
        if let Some(address) = self.tls_listen.0 {
            urls.push(format!("turns:{host}:{}?transport=tcp", address.port()));
        }
        urls
    }

    /// Where clients learn their own address.
    pub(crate) fn stun_urls(&self, public_url: &str) -> Vec<String> {
        let port = self.listen.0.map(|address| address.port());
        let url = port.map(|port| format!("stun:{}:{port}", host(public_url)));
        url.into_iter().collect()
    }
}

/// `https://hub.example:8443` → `hub.example`.
fn host(public_url: &str) -> &str {
    let authority = public_url
        .split_once("://")
        .map_or(public_url, |(_, rest)| rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Rules between these settings and others.
pub(super) fn check(config: &Config, wrong: &mut impl FnMut(bool, &str)) {
    let turn = &config.turn;
    let secret = turn.secret.reveal();
    wrong(
        turn.is_on() && secret.len() < SHORTEST_SECRET,
        "turn.secret: needed for TURN, 16 characters or more",
    );
    let (own, key) = (&turn.tls_certificate, &turn.tls_key);
    wrong(
        own.as_os_str().is_empty() != key.as_os_str().is_empty(),
        "turn.tls_certificate and turn.tls_key: set both or none",
    );
    let (certificate, _) = turn.certificate(config);
    wrong(
        turn.tls_listen.0.is_some() && certificate.as_os_str().is_empty(),
        "turn.tls_listen: needs turn.tls_certificate or server.tls_certificate",
    );
    let is_turn = |url: &String| url.starts_with("turn:") || url.starts_with("turns:");
    wrong(
        !turn.urls.iter().all(is_turn) || turn.urls.len() > MOST_URLS,
        "turn.urls: at most 8, each turn:HOST:PORT or turns:HOST:PORT (RFC 7065)",
    );
}

#[cfg(test)]
mod tests {
    use super::super::load::tests::{from, wrong};

    #[test]
    fn clients_are_told_where_to_find_it() {
        let config = from(
            "[server]\npublic_url = 'https://hub.example:8443'\n\
             [turn]\nlisten = '0.0.0.0:3478'\ntls_listen = '[::]:443'\n\
             secret = '0123456789abcdef'\ntls_certificate = 'c'\ntls_key = 'k'",
            &[],
        )
        .unwrap();
        let url = &config.server.public_url;
        assert_eq!(
            config.turn.client_urls(url),
            [
                "turn:hub.example:3478?transport=udp",
                "turn:hub.example:3478?transport=tcp",
                "turns:hub.example:443?transport=tcp"
            ]
        );
        assert_eq!(config.turn.stun_urls(url), ["stun:hub.example:3478"]);
        assert_eq!(super::host("http://[2001:db8::1]:8080"), "[2001:db8::1]");
        assert_eq!(super::host("https://hub.example"), "hub.example");
    }

    #[test]
    fn another_server_with_the_same_secret_will_do() {
        let text = "[turn]\nsecret = '0123456789abcdef'\nurls = ['turns:turn.example:443']";
        let config = from(text, &[]).unwrap();
        let urls = config.turn.client_urls("https://hub.example");
        assert_eq!(urls, ["turns:turn.example:443"]);
    }

    #[test]
    fn what_is_missing_is_said() {
        for (text, part) in [
            ("listen = '0.0.0.0:3478'", "turn.secret"),
            ("listen = 'here'\nsecret = '0123456789abcdef'", "listen"),
            (
                "tls_listen = '0.0.0.0:443'\nsecret = '0123456789abcdef'",
                "tls_certificate",
            ),
            (
                "urls = ['https://x']\nsecret = '0123456789abcdef'",
                "turn.urls",
            ),
            ("tls_key = 'k'", "turn.tls_key"),
        ] {
            let said = wrong(&format!("[turn]\n{text}"), &[]);
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
