//! Callers who show a certificate instead of a token of the hub.

mod certificate;
mod sessions;

use std::collections::{BTreeSet, HashMap, HashSet};

use vdx_domain::{ApiRole, OrganisationCode};
use vdx_store::organisations as stored;

pub use certificate::{
    Certificate, CertificateError, Fingerprint, MAX_CERTIFICATE, NoFingerprint, Validity,
};
pub use sessions::{CertificateToken, ExchangeRefused};

use crate::{API_ROLES, Accounts, Caller, CallerRefused, Error};

/// What the hub is told about a certificate by its settings.
#[derive(Debug, Clone)]
pub struct KnownCertificate {
    /// Which.
    pub certificate: Fingerprint,
    /// As whom its owner calls.
    pub holder: Holder,
}

/// As whom somebody calls, and what they may do.
#[derive(Clone)]
pub struct Holder {
    /// On whose behalf; `None` is enough for a machine that makes rooms.
    pub organisation: Option<OrganisationCode>,
    /// As whom.
    pub email: Option<String>,
    /// What they may do.
    pub roles: BTreeSet<ApiRole>,
}

// An e-mail names a person, so it stays out of logs.
impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder")
            .field("organisation", &self.organisation)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// The certificates of the settings.
pub(crate) struct KnownCertificates {
    holders: HashMap<Fingerprint, Holder>,
    refused: HashSet<Fingerprint>,
}

impl KnownCertificates {
    pub(crate) fn new(known: Vec<KnownCertificate>, refused: Vec<Fingerprint>) -> Self {
        let pairs = known.into_iter().map(|one| (one.certificate, one.holder));
        Self {
            holders: pairs.collect(),
            refused: refused.into_iter().collect(),
        }
    }
}

impl Accounts {
    /// Who calls with this certificate and nothing else: the caller the
    /// settings name for it (`auth.certificates`).
    ///
    /// # Errors
    /// [`CallerRefused::InvalidCertificate`] when it is not in the settings or
    /// not good at this time; [`CallerRefused::UnknownOrganisation`];
    /// [`CallerRefused::Failed`].
    pub async fn caller_with_certificate(
        &self,
        certificate: &Certificate,
    ) -> Result<Caller, CallerRefused> {
        self.check_certificate(certificate)
            .map_err(CallerRefused::InvalidCertificate)?;
        let holder = self.0.certificates.holders.get(&certificate.fingerprint());
        let holder = holder.ok_or(CallerRefused::InvalidCertificate("it is not known here"))?;
        let caller = holder.caller(certificate)?;
        if let Some(identity) = &caller.identity {
            let known = stored::exists(&mut self.0.db.reader(), &identity.organisation).await;
            if !known.map_err(Error::from)? {
                return Err(CallerRefused::UnknownOrganisation);
            }
        }
        Ok(caller)
    }

    /// `Err`: why the certificate is not good for anything here and now.
    fn check_certificate(&self, certificate: &Certificate) -> Result<(), &'static str> {
        let refused = &self.0.certificates.refused;
        if refused.contains(&certificate.fingerprint()) {
            return Err("it is shut out");
        }
        match certificate.validity(self.0.clock.now()) {
            Validity::Now => Ok(()),
            Validity::NotYet => Err("it is not valid yet"),
            Validity::Over => Err("it has expired"),
        }
    }
}

impl Holder {
    fn caller(&self, certificate: &Certificate) -> Result<Caller, CallerRefused> {
        let roles: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        Caller::from_claims(
            caller_id(certificate),
            self.organisation.as_ref().map(|code| code.0.as_str()),
            self.email.as_deref(),
            &roles,
            &API_ROLES,
        )
    }
}

/// What calls, for the audit trail.
fn caller_id(certificate: &Certificate) -> String {
    format!("certificate:{}", certificate.fingerprint())
}
