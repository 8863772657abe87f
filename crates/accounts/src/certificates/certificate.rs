//! X.509 certificates (RFC 5280), as far as the hub reads them.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::time::Time;

/// Longest certificate that is looked at, in bytes of DER.
pub const MAX_CERTIFICATE: usize = 16 * 1024;
/// Most certificates in one PEM file.
const MAX_IN_FILE: usize = 100;

/// A certificate. Whether its owner is on the other end, and who vouches for
/// it, is for others to find out.
#[derive(Clone)]
pub struct Certificate {
    fingerprint: Fingerprint,
    public_key: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// SHA-256 over the DER of a certificate, which names it and nothing else
/// (RFC 8705 section 3.1 binds tokens by the same).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Why something is no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is longer than [`MAX_CERTIFICATE`].
    #[error("it is longer than {MAX_CERTIFICATE} bytes")]
    TooLong,
    /// It is not DER of a certificate.
    #[error("it is not a certificate in DER")]
    Malformed,
    /// A PEM file cannot be read as one.
    #[error("it is not PEM")]
    Pem,
    /// A PEM file holds none, or more than a hundred.
    #[error("the PEM file must hold 1 to {MAX_IN_FILE} certificates")]
    Number,
}

/// Where in its life a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Its first instant is still to come.
    NotYet,
    /// It is good.
    Now,
    /// Its last instant is over.
    Over,
}

impl Certificate {
    /// Reads a certificate from DER.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(CertificateError::TooLong);
        }
        let malformed = |_| CertificateError::Malformed;
        let read = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let read = read.tbs_certificate();
        let public_key = read.subject_public_key_info().to_der().map_err(malformed)?;
        Ok(Self {
            fingerprint: Fingerprint::of(der),
            public_key,
            not_before: instant(read.validity().not_before)?,
            not_after: instant(read.validity().not_after)?,
        })
    }

    /// Reads all certificates of a PEM file (RFC 7468), at least one.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let mut found = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem) {
            if found.len() == MAX_IN_FILE {
                return Err(CertificateError::Number);
            }
            found.push(Self::from_der(&der.map_err(|_| CertificateError::Pem)?)?);
        }
        match found.is_empty() {
            true => Err(CertificateError::Number),
            false => Ok(found),
        }
    }

    /// What names it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Its last instant.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether it is good at this instant; both ends of its time belong to it
    /// (RFC 5280 section 4.1.2.5).
    #[must_use]
    pub fn validity(&self, now: Timestamp) -> Validity {
        if now < self.not_before {
            Validity::NotYet
        } else if now >= self.not_after + SignedDuration::from_secs(1) {
            Validity::Over
        } else {
            Validity::Now
        }
    }

    /// Its public key: DER of a `SubjectPublicKeyInfo`.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

// A certificate names persons; its fingerprint says which it is.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint)
    }
}

fn instant(time: Time) -> Result<Timestamp, CertificateError> {
    // 9999-12-31T23:59:59Z, "no end", is beyond the last instant of jiff.
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    let last = Timestamp::MAX - SignedDuration::from_secs(2);
    Timestamp::from_second(seconds.min(last.as_second())).map_err(|_| CertificateError::Malformed)
}

impl Fingerprint {
    pub(crate) fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 fingerprint has 64 hexadecimal digits")]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    /// 64 hexadecimal digits in either case, with colons between the bytes as
    /// OpenSSL prints them or without.
    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digits: Vec<u8> = match text.len() {
            64 => text.bytes().collect(),
            95 if text.bytes().skip(2).step_by(3).all(|byte| byte == b':') => {
                let pairs = text.as_bytes().chunks(3);
                pairs
                    .flat_map(|pair| pair.iter().take(2).copied())
                    .collect()
            }
            _ => return Err(NoFingerprint),
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let value = |at: usize| {
                pair.get(at)
                    .and_then(|digit| char::from(*digit).to_digit(16))
            };
            let (Some(high), Some(low)) = (value(0), value(1)) else {
                return Err(NoFingerprint);
            };
            *byte = u8::try_from(high * 16 + low).map_err(|_| NoFingerprint)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(from: (i32, u8, u8), to: (i32, u8, u8)) -> rcgen::Certificate {
        let mut params = CertificateParams::new(vec!["system.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(to.0, to.1, to.2);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn both_ends_of_its_time_belong_to_it() {
        let made = certificate((2026, 1, 1), (2027, 1, 1));
        let read = Certificate::from_der(made.der()).unwrap();
        let at = |text: &str| read.validity(text.parse().unwrap());
        assert_eq!(at("2025-12-31T23:59:59.999Z"), Validity::NotYet);
        assert_eq!(at("2026-01-01T00:00:00Z"), Validity::Now);
        assert_eq!(at("2027-01-01T00:00:00.999Z"), Validity::Now);
        assert_eq!(at("2027-01-01T00:00:01Z"), Validity::Over);
        assert_eq!(read.not_after(), "2027-01-01T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn one_without_an_end_has_none() {
        let made = certificate((2026, 1, 1), (9999, 12, 31));
        let read = Certificate::from_der(made.der()).unwrap();
        assert_eq!(
            read.validity("9000-01-01T00:00:00Z".parse().unwrap()),
            Validity::Now
        );
    }

    #[test]
    fn a_pem_file_holds_some() {
        let (one, other) = (
            certificate((2026, 1, 1), (2027, 1, 1)),
            certificate((2026, 1, 1), (2027, 1, 1)),
        );
        let file = format!("Bag Attributes\n{}{}", one.pem(), other.pem());
        let read = Certificate::all_from_pem(file.as_bytes()).unwrap();
        assert_eq!(read[0].fingerprint(), Fingerprint::of(one.der()));
        assert_eq!(read[1].fingerprint(), Fingerprint::of(other.der()));
        for (file, error) in [
            (String::new(), CertificateError::Number),
            (one.pem().repeat(101), CertificateError::Number),
            (one.pem().replace("END", "ENDE"), CertificateError::Pem),
        ] {
            let refused = Certificate::all_from_pem(file.as_bytes()).unwrap_err();
            assert_eq!(refused, error);
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let made = certificate((2026, 1, 1), (2027, 1, 1));
        let mut longer = made.der().to_vec();
        longer.push(0);
        for der in [&b""[..], b"x", &longer, &made.der()[1..]] {
            assert_eq!(
                Certificate::from_der(der).unwrap_err(),
                CertificateError::Malformed
            );
        }
        let long = vec![0; MAX_CERTIFICATE + 1];
        let refused = Certificate::from_der(&long).unwrap_err();
        assert_eq!(refused, CertificateError::TooLong);
    }

    #[test]
    fn a_fingerprint_is_written_as_openssl_does_or_plainly() {
        let plain = "00ff".repeat(16);
        let fingerprint: Fingerprint = plain.parse().unwrap();
        assert_eq!(fingerprint.to_string(), plain);
        let openssl = ["00:FF"; 16].join(":");
        assert_eq!(openssl.parse(), Ok(fingerprint));
        for wrong in [
            "",
            "00ff",
            &"0g".repeat(32),
            &openssl.replacen(':', "-", 1),
            &"é".repeat(32),
            &"00:ff:".repeat(16),
        ] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NoFingerprint), "{wrong}");
        }
    }
}
