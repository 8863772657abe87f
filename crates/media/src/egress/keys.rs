//! The keys of a call's SRTP, taken from its DTLS as they are exported
//! (RFC 5764 section 4.2), so that packets can be sealed here.
//!
//! str0m hands its DTLS implementation over to whoever configures it; ours is
//! its own one, wrapped: the wrapper notes what passes. A call is polled on one
//! thread, so what was exported during a poll is that call's.

use std::cell::RefCell;
use std::fmt;
use std::time::Instant;

use str0m::config::{CryptoProvider, DtlsCert, DtlsVersion};
use str0m::crypto::CryptoError;
use str0m::crypto::dtls::{
    DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion, SrtpProfile,
};

/// What a DTLS handshake agreed on for SRTP.
pub(crate) struct Exported {
    /// Keys and salts: client's key, server's key, client's salt, server's salt.
    pub(crate) material: Vec<u8>,
    pub(crate) profile: SrtpProfile,
    /// This side was the client.
    pub(crate) client: bool,
}

thread_local! {
    static EXPORTED: RefCell<Option<Exported>> = const { RefCell::new(None) };
}

/// What the call that was just polled on this thread exported.
pub(crate) fn take_exported() -> Option<Exported> {
    EXPORTED.take()
}

/// str0m's cryptography, with DTLS that tells its keys.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider {
        dtls_provider: &Watched,
        ..usual()
    }
}

/// What str0m would take by itself.
fn usual() -> CryptoProvider {
    CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(str0m::crypto::from_feature_flags)
}

#[derive(Debug)]
struct Watched;

impl DtlsProvider for Watched {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        usual().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let inner = usual()
            .dtls_provider
            .new_dtls(certificate, now, version, mtu)?;
        Ok(Box::new(WatchedDtls(inner)))
    }
}

struct WatchedDtls(Box<dyn DtlsInstance>);

impl fmt::Debug for WatchedDtls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatchedDtls")
    }
}

impl DtlsInstance for WatchedDtls {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.0.poll_output(buffer);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            EXPORTED.set(Some(Exported {
                material: material.as_ref().to_vec(),
                profile: *profile,
                client: self.0.is_active(),
            }));
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}
