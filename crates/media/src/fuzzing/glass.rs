//! Cryptography one can see through: every signature is right, nothing is
//! encrypted, and the DTLS handshake is over before it begins. With it a fuzzer's
//! bytes reach what stands behind the signatures and ciphers.

use std::time::{Duration, Instant};

use str0m::config::{CryptoProvider, DtlsCert, DtlsVersion, KeyingMaterial};
use str0m::crypto::dtls::{
    DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion, SrtpProfile,
};
use str0m::crypto::{
    AeadAes128GcmCipher, AeadAes256GcmCipher, Aes128CmSha1_80Cipher, CryptoError, Sha1HmacProvider,
    Sha1Provider, Sha256Provider, SrtpProvider, SupportedAeadAes128Gcm, SupportedAeadAes256Gcm,
    SupportedAes128CmSha1_80,
};

/// Bytes of an AES-GCM tag (RFC 7714).
pub(super) const TAG: usize = 16;

/// Has all calls of this process use it.
pub(super) fn install() {
    CryptoProvider {
        srtp_provider: &Glass,
        sha1_hmac_provider: &Glass,
        sha1_provider: &Glass,
        sha256_provider: &Glass,
        dtls_provider: &Glass,
    }
    .install_process_default();
}

/// A certificate for it.
pub(super) fn certificate() -> DtlsCert {
    DtlsCert {
        certificate: vec![0],
        private_key: vec![0],
    }
}

#[derive(Debug)]
struct Glass;

impl Sha1HmacProvider for Glass {
    fn sha1_hmac(&self, _key: &[u8], _payloads: &[&[u8]]) -> [u8; 20] {
        [0; 20]
    }
}

impl Sha1Provider for Glass {
    fn sha1(&self, _data: &[u8]) -> [u8; 20] {
        [0; 20]
    }
}

impl Sha256Provider for Glass {
    fn sha256(&self, _data: &[u8]) -> [u8; 32] {
        [0; 32]
    }
}

impl SrtpProvider for Glass {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        &Self
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        &Self
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        &Self
    }

    fn srtp_aes_128_ecb_round(&self, _key: &[u8], _input: &[u8], output: &mut [u8]) {
        output.fill(0);
    }

    fn srtp_aes_256_ecb_round(&self, _key: &[u8], _input: &[u8], output: &mut [u8]) {
        output.fill(0);
    }
}

impl SupportedAes128CmSha1_80 for Glass {
    fn create_cipher(&self, _key: [u8; 16], _encrypt: bool) -> Box<dyn Aes128CmSha1_80Cipher> {
        Box::new(Self)
    }
}

impl SupportedAeadAes128Gcm for Glass {
    fn create_cipher(&self, _key: [u8; 16], _encrypt: bool) -> Box<dyn AeadAes128GcmCipher> {
        Box::new(Self)
    }
}

impl SupportedAeadAes256Gcm for Glass {
    fn create_cipher(&self, _key: [u8; 32], _encrypt: bool) -> Box<dyn AeadAes256GcmCipher> {
        Box::new(Self)
    }
}

impl Aes128CmSha1_80Cipher for Glass {
    fn encrypt(
        &mut self,
        _iv: &[u8; 16],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        copy(input, output)
    }

    fn decrypt(
        &mut self,
        _iv: &[u8; 16],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        copy(input, output)
    }
}

macro_rules! see_through {
    ($($cipher:ty)+) => {$(
        impl $cipher for Glass {
            fn encrypt(
                &mut self,
                _iv: &[u8; 12],
                _aad: &[u8],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<(), CryptoError> {
                copy(input, output)
            }

            fn decrypt(
                &mut self,
                _iv: &[u8; 12],
                _aads: &[&[u8]],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<usize, CryptoError> {
                let length = input.len().checked_sub(TAG).ok_or_else(too_short)?;
                copy(&input[..length], output)?;
                Ok(length)
            }
        }
    )+};
}
see_through!(AeadAes128GcmCipher AeadAes256GcmCipher);

fn too_short() -> CryptoError {
    CryptoError::Other("too short".to_owned())
}

fn copy(input: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
    let output = output.get_mut(..input.len()).ok_or_else(too_short)?;
    output.copy_from_slice(input);
    Ok(())
}

impl DtlsProvider for Glass {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        Some(certificate())
    }

    fn new_dtls(
        &self,
        _cert: &DtlsCert,
        now: Instant,
        _version: DtlsVersion,
        _mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        Ok(Box::new(Handshake {
            told: 0,
            is_active: false,
            now,
        }))
    }
}

/// A handshake that only has to be told.
#[derive(Debug)]
struct Handshake {
    told: u8,
    is_active: bool,
    now: Instant,
}

impl DtlsInstance for Handshake {
    fn set_active(&mut self, active: bool) {
        self.is_active = active;
    }

    fn handle_packet(&mut self, _packet: &[u8]) -> Result<(), DtlsImplError> {
        Ok(())
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        self.told = self.told.saturating_add(1);
        match self.told {
            1 => DtlsOutput::PeerCert(&buf[..1]),
            2 => {
                // Two keys of 16 bytes and two salts of 12 (RFC 7714).
                let keys = KeyingMaterial::new(&[0; 56]);
                DtlsOutput::KeyingMaterial(keys, SrtpProfile::AEAD_AES_128_GCM)
            }
            3 => DtlsOutput::Connected,
            _ => DtlsOutput::Timeout(self.now + Duration::from_secs(3600)),
        }
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.now = now;
        Ok(())
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        Ok(data.len())
    }

    fn is_active(&self) -> bool {
        self.is_active
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        None
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        Ok(())
    }
}
