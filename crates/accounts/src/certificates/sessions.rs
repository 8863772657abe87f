//! Tokens that are got for an assertion, and count only together with the
//! certificate they were got with (as RFC 8705 section 3 does it for OAuth).

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{Agent, OrganisationCode};
use vdx_store::certificate_sessions::{self, CertificateSession};
use vdx_store::organisations as stored;

use super::{Certificate, Holder};
use crate::decision::{Decision, GrantKind};
use crate::saml::{MAX_ASSERTION, Vouched};
use crate::{API_ROLES, Accounts, Caller, CallerRefused, Error, opaque, organisations};

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 100;
/// Longest `saml-token` that is looked at: base64, with some line breaks.
const MAX_ENCODED: usize = MAX_ASSERTION / 2 * 3;

/// A token for the holder of a certificate.
pub struct CertificateToken {
    /// The token: a UUID, as in the original.
    pub token: String,
    /// How long it is good for.
    pub lifetime: Duration,
}

impl std::fmt::Debug for CertificateToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CertificateToken(…)")
    }
}

/// Why an assertion is not exchanged for a token.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeRefused {
    /// The operator has named no security token service.
    #[error("this hub takes no assertions")]
    NotOffered,
    /// The certificate shown is not good now.
    #[error("the certificate is not valid: {0}")]
    InvalidCertificate(&'static str),
    /// The assertion does not count, or does not say enough.
    #[error("{0}")]
    InvalidAssertion(&'static str),
    /// The organisation is not known and cannot be made.
    #[error("the organisation is not known")]
    UnknownOrganisation,
    /// The hub failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<vdx_store::Error> for ExchangeRefused {
    fn from(error: vdx_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Accounts {
    /// Exchanges an assertion (`saml-token`: base64 of its XML) for a token of
    /// this hub that counts together with the certificate. An assertion that
    /// says so is exchanged once. The organisation it names is made where it is not known
    /// and the assertion names a known one above it.
    ///
    /// # Errors
    /// See [`ExchangeRefused`].
    pub async fn exchange_assertion(
        &self,
        saml_token: &str,
        certificate: &Certificate,
        address: IpAddr,
    ) -> Result<CertificateToken, ExchangeRefused> {
        let mut decision = Decision::new(GrantKind::Assertion, address);
        decision.certificate = Some(certificate.fingerprint());
        let outcome = self.exchange(saml_token, certificate, &mut decision).await;
        let reason = match &outcome {
            Ok(_) => None,
            Err(ExchangeRefused::Failed(_)) => return outcome,
            Err(refused) => Some(refused.to_string()),
        };
        self.decided(&decision, reason.as_deref()).await?;
        outcome
    }

    async fn exchange(
        &self,
        saml_token: &str,
        certificate: &Certificate,
        decision: &mut Decision,
    ) -> Result<CertificateToken, ExchangeRefused> {
        let now = self.0.clock.now();
        let service = self.0.token_service.as_ref();
        let service = service.ok_or(ExchangeRefused::NotOffered)?;
        self.check_certificate(certificate)
            .map_err(ExchangeRefused::InvalidCertificate)?;
        let text = decoded(saml_token).map_err(ExchangeRefused::InvalidAssertion)?;
        let vouched = service.read(&text, certificate, now);
        let vouched = vouched.map_err(ExchangeRefused::InvalidAssertion)?;
        let caller = vouched_caller(&vouched, certificate)?;
        let (organisation, email) = match &caller.identity {
            Some(identity) => (Some(&identity.organisation), Some(&*identity.email)),
            None => (None, None),
        };
        decision.identity(organisation, email);
        let parent = vouched.parent.as_ref();
        if !self.is_at_home(&caller, parent, decision.address).await? {
            return Err(ExchangeRefused::UnknownOrganisation);
        }
        let expires_at = vouched.session_ends.min(now + service.session);
        let lifetime = Duration::try_from(expires_at.duration_since(now)).unwrap_or_default();
        if lifetime.as_secs() == 0 {
            return Err(ExchangeRefused::InvalidAssertion(
                "the assertion has expired",
            ));
        }
        let token = Uuid::from_bytes(self.random_uuid()).to_string();
        let session = CertificateSession {
            certificate: certificate.fingerprint().to_string(),
            organisation: organisation.cloned(),
            email: email.map(str::to_owned),
            roles: caller.roles.clone(),
            expires_at,
        };
        self.keep(&token, &session, &vouched, now).await?;
        Ok(CertificateToken { token, lifetime })
    }

    /// Begins the session, and uses up an assertion that counts once: both or
    /// neither.
    async fn keep(
        &self,
        token: &str,
        session: &CertificateSession,
        vouched: &Vouched,
        now: Timestamp,
    ) -> Result<(), ExchangeRefused> {
        let mut tx = self.0.db.begin().await?;
        if let Some(until) = vouched.once_until {
            let (issuer, id) = (&vouched.issuer, &vouched.id);
            match certificate_sessions::use_assertion(&mut tx, issuer, id, until).await {
                Err(vdx_store::Error::Duplicate) => {
                    return Err(ExchangeRefused::InvalidAssertion(
                        "the assertion was used before",
                    ));
                }
                used => used?,
            }
        }
        certificate_sessions::add(&mut tx, &opaque::hash(token), session, now).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the caller's organisation is known, or could be made.
    async fn is_at_home(
        &self,
        caller: &Caller,
        parent: Option<&OrganisationCode>,
        address: IpAddr,
    ) -> Result<bool, Error> {
        let Some(identity) = &caller.identity else {
            return Ok(true);
        };
        let organisation = &identity.organisation;
        if stored::exists(&mut self.0.db.reader(), organisation).await? {
            return Ok(true);
        }
        let Some(parent) = parent else {
            return Ok(false);
        };
        let agent = Agent {
            id: caller.id.clone(),
            email: Some(identity.email.clone()),
            organisation: Some(organisation.clone()),
            address: Some(address),
        };
        let now = self.0.clock.now();
        Ok(organisations::take_in(&self.0.db, organisation, parent, agent, now).await?)
    }

    /// A version 4 UUID (RFC 9562) from the hub's own randomness.
    fn random_uuid(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.randomness.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .into_bytes()
    }

    /// Who calls with this token of [`Accounts::exchange_assertion`] and shows
    /// this certificate.
    ///
    /// # Errors
    /// [`CallerRefused::InvalidToken`] when the token does not count, or not
    /// with this certificate; [`CallerRefused::InvalidCertificate`];
    /// [`CallerRefused::UnknownOrganisation`]; [`CallerRefused::Failed`].
    pub async fn caller_with_certificate_token(
        &self,
        token: &str,
        certificate: &Certificate,
    ) -> Result<Caller, CallerRefused> {
        let now = self.0.clock.now();
        self.check_certificate(certificate)
            .map_err(CallerRefused::InvalidCertificate)?;
        let hash = match token.len() <= MAX_TOKEN {
            true => opaque::hash(token),
            false => return Err(CallerRefused::InvalidToken("it is too long")),
        };
        let found = certificate_sessions::by_token(&mut self.0.db.reader(), &hash).await;
        let found = found.map_err(Error::from)?;
        let found = found.ok_or(CallerRefused::InvalidToken("it is not known"))?;
        let session = found.session;
        if session.certificate != certificate.fingerprint().to_string() {
            return Err(CallerRefused::InvalidToken("it is for another certificate"));
        }
        if now >= session.expires_at {
            return Err(CallerRefused::InvalidToken("it has expired"));
        }
        if !found.organisation_known {
            return Err(CallerRefused::UnknownOrganisation);
        }
        let holder = Holder {
            organisation: session.organisation,
            email: session.email,
            roles: session.roles,
        };
        holder.caller(certificate)
    }
}

fn decoded(saml_token: &str) -> Result<String, &'static str> {
    if saml_token.len() > MAX_ENCODED {
        return Err("the assertion is too long");
    }
    // Encoders of mail break lines.
    let text: String = saml_token.split_ascii_whitespace().collect();
    let octets = BASE64
        .decode(text)
        .map_err(|_| "saml-token is not base64")?;
    String::from_utf8(octets).map_err(|_| "the assertion is not in UTF-8")
}

fn vouched_caller(vouched: &Vouched, certificate: &Certificate) -> Result<Caller, ExchangeRefused> {
    let roles: Vec<&str> = vouched.roles.iter().map(String::as_str).collect();
    let (organisation, email) = (vouched.organisation.as_deref(), vouched.email.as_deref());
    let id = super::caller_id(certificate);
    Caller::from_claims(id, organisation, email, &roles, &API_ROLES).map_err(|refused| {
        ExchangeRefused::InvalidAssertion(match refused {
            CallerRefused::NoRole => "the assertion carries no role of this API",
            _ => "the assertion carries no organisation or no e-mail",
        })
    })
}
