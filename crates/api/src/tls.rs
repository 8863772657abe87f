//! What the hub's own HTTPS is set up with.

use std::path::Path;
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};

/// The protocols that are spoken (RFC 7301).
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why HTTPS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("{file}: {source}")]
    File {
        /// Which.
        file: String,
        /// Why.
        source: pem::Error,
    },
    /// The certificate, its key or the roots are of no use.
    #[error(transparent)]
    Unusable(#[from] rustls::Error),
    /// The roots are of no use.
    #[error("the certificates for clients: {0}")]
    Roots(#[from] VerifierBuilderError),
}

/// HTTPS with this certificate and key (PEM). With `client_ca` (PEM) clients are
/// asked for a certificate that one of these vouches for; they need not have
/// one, but one that nobody vouches for, or that has expired, ends the
/// handshake.
///
/// # Errors
/// See [`TlsError`].
pub fn config(
    certificate: &Path,
    key: &Path,
    client_ca: Option<&Path>,
) -> Result<RustlsConfig, TlsError> {
    let builder = ServerConfig::builder();
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for root in certificates(file)? {
                roots.add(root)?;
            }
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots));
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build()?)
        }
    };
    let private = PrivateKeyDer::from_pem_file(key).map_err(|source| told(key, source))?;
    let mut config = builder.with_single_cert(certificates(certificate)?, private)?;
    config.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|source| told(file, source))
}

fn told(file: &Path, source: pem::Error) -> TlsError {
    TlsError::File {
        file: file.display().to_string(),
        source,
    }
}
