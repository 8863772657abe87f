//! The certificate a caller shows: to the hub itself, or to a proxy in front of
//! it that does TLS and passes it on in a header.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum_server::tls::TlsInfo;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ipnet::IpNet;
use percent_encoding::percent_decode;
use vdx_accounts::certificates::{Certificate, MAX_CERTIFICATE};

use crate::{Failure, Hub};

/// Longest header that is looked at: PEM with every byte escaped.
const MAX_HEADER: usize = MAX_CERTIFICATE * 5;

/// Proxies that do TLS and tell which certificate a client showed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateProxy {
    /// Where they are. A header that comes from elsewhere is taken off.
    pub networks: Vec<IpNet>,
    /// The header.
    pub header: HeaderName,
    /// How the certificate is written in it.
    pub format: CertificateFormat,
}

/// How a certificate is written in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFormat {
    /// DER in base64 between colons, as `Client-Cert` of RFC 9440.
    Rfc9440,
    /// PEM with its special characters escaped as in an address, as nginx has
    /// it in `$ssl_client_escaped_cert`.
    EscapedPem,
}

impl CertificateProxy {
    fn is_at(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// The certificate in the header; none when it is missing or empty, as it
    /// is for clients that showed none.
    fn read(&self, headers: &HeaderMap) -> Result<Option<Certificate>, Failure> {
        let mut values = headers.get_all(&self.header).iter();
        let Some(value) = values.next().filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        if values.next().is_some() || value.len() > MAX_HEADER {
            return Err(unreadable());
        }
        let certificate = match self.format {
            CertificateFormat::Rfc9440 => from_rfc9440(value),
            CertificateFormat::EscapedPem => from_escaped_pem(value),
        };
        certificate.map(Some).ok_or_else(unreadable)
    }
}

/// A byte sequence of RFC 8941 section 3.3.5; parameters are none of RFC 9440.
fn from_rfc9440(value: &HeaderValue) -> Option<Certificate> {
    let text = value.to_str().ok()?.trim();
    let encoded = text.strip_prefix(':')?.strip_suffix(':')?;
    Certificate::from_der(&BASE64.decode(encoded).ok()?).ok()
}

fn from_escaped_pem(value: &HeaderValue) -> Option<Certificate> {
    let pem: Vec<u8> = percent_decode(value.as_bytes()).collect();
    let mut found = Certificate::all_from_pem(&pem).ok()?;
    let first = found.pop();
    first.filter(|_| found.is_empty())
}

fn unreadable() -> Failure {
    needed().text("The client certificate cannot be read.")
}

/// The failure of a call that needs a certificate.
pub(crate) fn needed() -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED)
        .code("invalid_client")
        .header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Holder-of-key"),
        )
        .text("A client certificate is needed.")
}

fn peer(request: &http::Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip())
}

/// Takes the header off a request that is not of a trusted proxy, before
/// anything can look at it.
pub(crate) fn strip(hub: &Hub, request: &mut Request) {
    let Some(proxy) = &hub.settings.certificate_proxy else {
        return;
    };
    let trusted = peer(request.extensions()).is_some_and(|peer| proxy.is_at(peer));
    if !trusted {
        request.headers_mut().remove(&proxy.header);
    }
}

/// The certificate the caller shows, if it shows one. That it has the key is
/// proved in the TLS handshake, with the hub or with the proxy.
#[derive(Debug, Clone)]
pub struct ShownCertificate(pub Option<Certificate>);

impl FromRequestParts<Hub> for ShownCertificate {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        // What a proxy shows in its own name is not the caller's.
        if let Some(proxy) = &hub.settings.certificate_proxy
            && peer(&parts.extensions).is_some_and(|peer| proxy.is_at(peer))
        {
            return proxy.read(&parts.headers).map(Self);
        }
        let tls = parts.extensions.get::<Arc<TlsInfo>>();
        // The chain begins with the owner's (RFC 8446 section 4.4.2).
        let Some(der) = tls.and_then(|tls| tls.peer_certificates.first()) else {
            return Ok(Self(None));
        };
        let certificate = Certificate::from_der(der).map_err(|_| unreadable())?;
        Ok(Self(Some(certificate)))
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

    use super::*;

    const PEM: &str = include_str!("../../accounts/tests/accounts/saml/system.pem");

    fn proxy(format: CertificateFormat) -> CertificateProxy {
        CertificateProxy {
            networks: vec![
                "10.1.0.0/16".parse().unwrap(),
                "2001:db8::1/128".parse().unwrap(),
            ],
            header: HeaderName::from_static("client-cert"),
            format,
        }
    }

    fn read(format: CertificateFormat, values: &[&str]) -> Result<Option<String>, Failure> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("client-cert", value.parse().unwrap());
        }
        let read = proxy(format).read(&headers)?;
        Ok(read.map(|certificate| certificate.fingerprint().to_string()))
    }

    fn fingerprint() -> String {
        let read = Certificate::all_from_pem(PEM.as_bytes()).unwrap();
        read[0].fingerprint().to_string()
    }

    /// The base64 of a PEM file is that of its DER.
    fn structured() -> String {
        let body: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        format!(":{body}:")
    }

    fn escaped(pem: &str) -> String {
        percent_encode(pem.as_bytes(), NON_ALPHANUMERIC).to_string()
    }

    #[test]
    fn both_ways_of_writing_are_read() {
        let wanted = Ok(Some(fingerprint()));
        assert_eq!(read(CertificateFormat::Rfc9440, &[&structured()]), wanted);
        assert_eq!(
            read(CertificateFormat::EscapedPem, &[&escaped(PEM)]),
            wanted
        );
        // nginx leaves what may stand in an address.
        let nginx = PEM.replace(' ', "%20").replace('\n', "%0A");
        assert_eq!(read(CertificateFormat::EscapedPem, &[&nginx]), wanted);
        for format in [CertificateFormat::Rfc9440, CertificateFormat::EscapedPem] {
            for none in [&[][..], &[""]] {
                assert_eq!(read(format, none), Ok(None));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let (structured, escaped_two) = (structured(), escaped(&PEM.repeat(2)));
        for values in [
            &["x"][..],
            &[structured.trim_matches(':')],
            &["::"],
            &[&structured, &structured],
            &[&format!(":{}:", "A".repeat(MAX_HEADER))],
        ] {
            let refused = read(CertificateFormat::Rfc9440, values).unwrap_err();
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        }
        for value in [&structured, &escaped_two, "-----BEGIN%20CERTIFICATE-----"] {
            assert!(read(CertificateFormat::EscapedPem, &[value]).is_err());
        }
    }

    #[test]
    fn a_proxy_is_known_by_its_address() {
        let proxy = proxy(CertificateFormat::Rfc9440);
        for (address, is_one) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
        ] {
            assert_eq!(proxy.is_at(address.parse().unwrap()), is_one, "{address}");
        }
    }
}
