//! Certificates the settings point to: whose callers' are, and whose signatures
//! count.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use vdx_accounts::certificates::{Certificate, Fingerprint, Holder, KnownCertificate, Validity};
use vdx_accounts::{AttributeNames, TokenService};
use vdx_domain::OrganisationCode;

use crate::config::{Config, Sts};

/// Days before its end from which on a certificate is worth a warning.
pub(crate) const SOON: i64 = 30;
const SECONDS_OF_A_DAY: i64 = 24 * 3600;

/// All certificates of a PEM file.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let name = || file.display().to_string();
    Certificate::all_from_pem(&fs::read(file).with_context(name)?).with_context(name)
}

/// The callers `auth.certificates` names. All certificates of a file stand for
/// the same one.
pub(crate) fn known(config: &Config) -> anyhow::Result<Vec<KnownCertificate>> {
    let mut known = Vec::new();
    let mut seen = HashSet::new();
    for entry in &config.auth.certificates {
        let holder = Holder {
            organisation: set(&entry.organisation).map(OrganisationCode),
            email: set(&entry.email),
            roles: entry.roles.iter().copied().collect(),
        };
        for certificate in fingerprints(&entry.certificate).context("auth.certificates")? {
            if !seen.insert(certificate) {
                bail!("auth.certificates: {certificate} is there twice");
            }
            let holder = holder.clone();
            known.push(KnownCertificate {
                certificate,
                holder,
            });
        }
    }
    Ok(known)
}

/// The certificates that are shut out.
pub(crate) fn refused(config: &Config) -> anyhow::Result<Vec<Fingerprint>> {
    let mut refused = Vec::new();
    for text in &config.auth.refused_certificates {
        refused.extend(fingerprints(text).context("auth.refused_certificates")?);
    }
    Ok(refused)
}

/// A fingerprint, or those of the certificates in a file.
fn fingerprints(text: &str) -> anyhow::Result<Vec<Fingerprint>> {
    if let Ok(fingerprint) = text.parse() {
        return Ok(vec![fingerprint]);
    }
    let read = read(Path::new(text)).context("neither a SHA-256 fingerprint nor a PEM file")?;
    Ok(read.iter().map(Certificate::fingerprint).collect())
}

/// The service whose assertions are taken, if one is named.
pub(crate) fn token_service(sts: &Sts) -> anyhow::Result<Option<TokenService>> {
    if sts.certificates.is_empty() {
        return Ok(None);
    }
    let mut certificates = Vec::new();
    for file in &sts.certificates {
        certificates.extend(read(file).context("auth.sts.certificates")?);
    }
    Ok(Some(TokenService {
        certificates,
        issuer: set(&sts.issuer),
        audience: sts.audience.clone(),
        attributes: AttributeNames {
            organisation: sts.organisation_attribute.clone(),
            email: sts.email_attribute.clone(),
            roles: sts.roles_attribute.clone(),
            parent: set(&sts.parent_attribute),
        },
        role_names: sts
            .role_names
            .iter()
            .map(|named| (named.name.clone(), named.role))
            .collect(),
        session: Duration::from_secs(sts.session_seconds.into()),
    }))
}

fn set(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// The files with certificates, each with its setting.
pub(crate) fn files(config: &Config) -> Vec<(&'static str, PathBuf)> {
    let server = &config.server;
    let known = config
        .auth
        .certificates
        .iter()
        .map(|entry| &entry.certificate);
    let known = known.filter(|text| text.parse::<Fingerprint>().is_err());
    let mut files = vec![
        ("server.tls_certificate", server.tls_certificate.clone()),
        ("server.client_ca", server.client_ca.clone()),
        ("turn.tls_certificate", config.turn.tls_certificate.clone()),
    ];
    files.extend(known.map(|file| ("auth.certificates", PathBuf::from(file))));
    let sts = config.auth.sts.certificates.iter().cloned();
    files.extend(sts.map(|file| ("auth.sts.certificates", file)));
    files.retain(|(_, file)| !file.as_os_str().is_empty());
    files
}

/// How the certificates of a file stand, judged by the one that ends first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Good for a while.
    Good(String),
    /// Ends within [`SOON`] days, or is over or to come.
    Worrying(String),
}

/// Looks at the times of certificates.
pub(crate) fn standing(certificates: &[Certificate], now: Timestamp) -> Standing {
    let first = certificates.iter().min_by_key(|one| one.not_after());
    let Some(first) = first else {
        return Standing::Worrying("none".to_owned());
    };
    let end = first.not_after();
    let days = end.duration_since(now).as_secs() / SECONDS_OF_A_DAY;
    if certificates
        .iter()
        .any(|one| one.validity(now) == Validity::NotYet)
    {
        return Standing::Worrying("one is not valid yet".to_owned());
    }
    match first.validity(now) {
        Validity::Over => Standing::Worrying(format!("one has expired ({end})")),
        _ if days < SOON => Standing::Worrying(format!("ends in {days} days ({end})")),
        _ => Standing::Good(format!("until {end}")),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn made(from: i32, until: i32) -> Certificate {
        let mut params = CertificateParams::new(vec!["x.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 31);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Certificate::from_der(made.der()).unwrap()
    }

    #[test]
    fn the_one_that_ends_first_decides() {
        let certificates = [made(2020, 2050), made(2020, 2030)];
        let at = |time: &str| match standing(&certificates, time.parse().unwrap()) {
            Standing::Good(text) => format!("good {text}"),
            Standing::Worrying(text) => text,
        };
        assert_eq!(
            at("2030-01-01T00:00:00Z"),
            "good until 2030-01-31T00:00:00Z"
        );
        assert_eq!(
            at("2030-01-01T00:00:01Z"),
            "ends in 29 days (2030-01-31T00:00:00Z)"
        );
        assert_eq!(
            at("2030-01-31T00:00:00Z"),
            "ends in 0 days (2030-01-31T00:00:00Z)"
        );
        assert_eq!(
            at("2030-02-01T00:00:00Z"),
            "one has expired (2030-01-31T00:00:00Z)"
        );
        assert_eq!(at("2019-01-01T00:00:00Z"), "one is not valid yet");
    }
}
