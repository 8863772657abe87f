//! Organisations, API clients, users, and the tokens they sign in with.

mod access;
mod assertion;
mod audience;
mod authorization;
mod browser;
mod caller;
pub mod certificates;
mod claims;
mod clients;
mod decision;
mod error;
mod grants;
mod issuers;
mod key_set;
mod keys;
mod opaque;
pub mod organisations;
mod password;
pub mod registry;
mod saml;
mod secret;
mod sign_in;
mod signing;
mod throttle;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use vdx_domain::{Agent, ApiRole, Clock, OrganisationCode, Randomness};
use vdx_store::audit::ReadLog;
use vdx_store::token_standing::{self, Claimed};
use vdx_store::{Db, Sealer, organisations as stored};

pub use authorization::{
    Authorization, AuthorizationAnswer, AuthorizationRefused, AuthorizationRequest, SCOPES,
};
pub use caller::{Caller, CallerRefused, Identity};
pub use clients::Credentials;
pub use error::{Error, TokenRefused};
pub use grants::{Grant, IssuedTokens, TokenRequest};
pub use issuers::{ClaimNames, KeySource, TrustedIssuer};
pub use key_set::ALGORITHMS;
pub use password::{PasswordError, hash_password, password_matches};
pub use saml::{AttributeNames, MAX_ASSERTION, TokenService};
pub use secret::{ClientSecret, hash_secret, secret_matches};
pub use sign_in::{Person, Session, SignIn, SignInRefused, SignOutHint, SignedIn};

use crate::access::AccessTokens;
use crate::audience::Audiences;
use crate::browser::BrowserKey;
use crate::certificates::{Fingerprint, KnownCertificate, KnownCertificates};
use crate::decision::Decisions;
use crate::sign_in::SignInLimits;
use crate::signing::{KeyRing, Rotation};

/// Where the token endpoint is, behind the issuer's name.
pub const TOKEN_PATH: &str = "/oauth2/token";

/// How the hub issues and accepts tokens.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The hub's own issuer name: its public address without a slash at the end.
    pub issuer: String,
    /// How long an issued token is good for, in whole seconds.
    pub token_lifetime: Duration,
    /// How long a key signs tokens before another takes over.
    pub key_age: Duration,
    /// Addresses of the hub's APIs that take tokens, under the issuer's name.
    pub apis: Vec<String>,
    /// Other systems that trust tokens of this hub, as they are called in the
    /// `aud` claim.
    pub audiences: Vec<String>,
    /// Others whose tokens are accepted.
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// Certificates that are enough to call the VDX API v1 and the SMS API.
    pub certificates: Vec<KnownCertificate>,
    /// Certificates that are shut out, alone and with a token for them.
    pub refused_certificates: Vec<Fingerprint>,
    /// Whose assertions are exchanged for tokens of that API.
    pub token_service: Option<TokenService>,
}

impl Settings {
    /// Default lifetime of a token.
    pub const TOKEN_LIFETIME: Duration = Duration::from_secs(600);
    /// Default time for which a key signs.
    pub const KEY_AGE: Duration = Duration::from_secs(30 * 24 * 3600);

    /// The defaults, under this name.
    #[must_use]
    pub fn new(issuer: String) -> Self {
        Self {
            issuer,
            token_lifetime: Self::TOKEN_LIFETIME,
            key_age: Self::KEY_AGE,
            apis: Vec::new(),
            audiences: Vec::new(),
            trusted_issuers: Vec::new(),
            certificates: Vec::new(),
            refused_certificates: Vec::new(),
            token_service: None,
        }
    }
}

/// Who may call. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    tokens: AccessTokens,
    ticket_key: [u8; 32],
    browsers: BrowserKey,
    sign_in_limits: SignInLimits,
    decisions: Decisions,
    certificates: KnownCertificates,
    token_service: Option<TokenService>,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accounts(…)")
    }
}

impl Accounts {
    /// Reads the installation's keys, and makes them at the first start.
    ///
    /// # Errors
    /// [`Error::Store`] when the database fails or the keys were sealed with
    /// another key, [`Error::Key`] when a key cannot be made or read.
    pub async fn open(
        db: Db,
        sealer: &Sealer,
        settings: Settings,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, Error> {
        let now = clock.now();
        let random = randomness.as_ref();
        let ticket_key = keys::ticket_key(&db, sealer, clock.as_ref(), random).await?;
        let browser_key = keys::browser_key(&db, sealer, clock.as_ref(), random).await?;
        // Whether it is done is of no matter: it is done again when it is needed.
        let _ = tokio::task::spawn_blocking(sign_in::prepare).await;
        let rotation = Rotation {
            key_age: settings.key_age,
            token_lifetime: settings.token_lifetime,
        };
        let keys = KeyRing::open(db.clone(), sealer.clone(), rotation, now).await?;
        let audiences = Audiences::new(settings.issuer, settings.apis, settings.audiences);
        let tokens = AccessTokens::open(
            keys,
            audiences,
            settings.token_lifetime,
            settings.trusted_issuers,
            now,
        )
        .await?;
        Ok(Self(Arc::new(Inner {
            decisions: Decisions::new(ReadLog::start(db.clone())),
            db,
            clock,
            randomness,
            tokens,
            ticket_key,
            browsers: BrowserKey::new(&browser_key),
            sign_in_limits: SignInLimits::new(),
            certificates: KnownCertificates::new(
                settings.certificates,
                settings.refused_certificates,
            ),
            token_service: settings.token_service,
        })))
    }

    /// Asks a trusted issuer for its keys and tells how many it has.
    ///
    /// # Errors
    /// [`Error::TrustedIssuer`].
    pub async fn check_issuer(trusted: &TrustedIssuer, clock: &dyn Clock) -> Result<usize, Error> {
        let issuer = issuers::Issuer::open(trusted.clone(), clock.now()).await?;
        issuer.read(clock.now()).await
    }

    /// Who calls the operation at `url` (without its query) with this bearer
    /// token (RFC 6750), if the token is good there and carries at least one of
    /// the roles that count there, such as [`API_ROLES`].
    ///
    /// # Errors
    /// See [`CallerRefused`].
    pub async fn caller(
        &self,
        token: &str,
        url: &str,
        counting: &[ApiRole],
    ) -> Result<Caller, CallerRefused> {
        let now = self.0.clock.now();
        let checked = self.0.tokens.check(token, url, counting, now).await?;
        let organisation = checked
            .caller
            .identity
            .as_ref()
            .map(|identity| &identity.organisation);
        let mut reader = self.0.db.reader();
        let known = match (&checked.own, organisation) {
            (Some(own), organisation) => {
                let claimed = Claimed {
                    jti: &own.jti,
                    client: own.client,
                    grant: own.grant,
                    organisation,
                };
                let standing = token_standing::of(&mut reader, claimed).await;
                let standing = standing.map_err(Error::from)?;
                if !standing.counts {
                    return Err(CallerRefused::InvalidToken("it was taken back"));
                }
                standing.organisation_known
            }
            (None, Some(organisation)) => {
                stored::exists(&mut reader, organisation)
                    .await
                    .map_err(Error::from)?
                    || self.take_in(&checked).await?
            }
            (None, None) => true,
        };
        known
            .then_some(checked.caller)
            .ok_or(CallerRefused::UnknownOrganisation)
    }

    /// Makes the organisation of a caller that nobody knew, where the caller's
    /// token names the one above it. `false`: it cannot be made there.
    async fn take_in(&self, checked: &access::Checked) -> Result<bool, CallerRefused> {
        let (Some(identity), Some(parent)) = (&checked.caller.identity, &checked.parent) else {
            return Ok(false);
        };
        let agent = Agent {
            id: checked.caller.id.clone(),
            email: Some(identity.email.clone()),
            organisation: Some(identity.organisation.clone()),
            address: None,
        };
        let now = self.0.clock.now();
        organisations::take_in(&self.0.db, &identity.organisation, parent, agent, now)
            .await
            .map_err(|error| Error::from(error).into())
    }

    /// The public keys that check the hub's own tokens (RFC 7517), one that
    /// will sign soon among them.
    pub async fn jwks(&self) -> JwkSet {
        let now = self.0.clock.now();
        self.0.tokens.keys.ring(now).await.published(now)
    }

    /// Publishes a new signing key that takes over a day later; gives its id
    /// and when it begins. Where one waits already, that one.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Key`].
    pub async fn rotate_keys(&self) -> Result<(String, Timestamp), Error> {
        self.0.tokens.keys.rotate(self.0.clock.now()).await
    }

    /// Replaces all signing keys at once, for when one became known: every
    /// token issued so far stops counting. Gives the new key's id.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Key`].
    pub async fn replace_keys(&self) -> Result<String, Error> {
        self.0.tokens.keys.replace(self.0.clock.now()).await
    }

    /// The hub's own issuer name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.tokens.audiences.hub()
    }

    /// The key that signs the tokens of rooms and the tickets of links: a
    /// random secret of this installation.
    #[must_use]
    pub fn ticket_key(&self) -> [u8; 32] {
        self.0.ticket_key
    }

    /// The organisation of this code.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn organisation(
        &self,
        code: &OrganisationCode,
    ) -> Result<Option<stored::Organisation>, Error> {
        Ok(stored::by_code(&mut self.0.db.reader(), code).await?)
    }
}

/// The roles that count at the meetings' APIs; the others are for the hub's own.
pub const API_ROLES: [ApiRole; 5] = [
    ApiRole::MeetingUser,
    ApiRole::MeetingPlanner,
    ApiRole::MeetingAdmin,
    ApiRole::MeetingProvisioner,
    ApiRole::MeetingProvisionerUser,
];
