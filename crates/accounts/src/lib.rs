//! Organisations, API clients, users, and the tokens they sign in with.

mod caller;
mod error;
mod issuer;
mod keys;
mod password;
mod secret;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use vdx_domain::{ApiRole, ClientId, Clock, OrganisationCode, Randomness};
use vdx_store::api_clients::ApiClient;
use vdx_store::{Db, Sealer, organisations};

pub use caller::{Caller, CallerRefused, Identity};
pub use error::{Error, TokenRefused};
pub use issuer::{ClaimNames, TrustedIssuer};
pub use password::{PasswordError, hash_password, password_matches};
pub use secret::{ClientSecret, hash_secret, secret_matches};
pub use tokens::IssuedToken;

use crate::keys::InstallationKeys;
use crate::tokens::TokenService;

/// How the hub issues and accepts tokens.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The hub's own issuer name: its public address without a slash at the end.
    pub issuer: String,
    /// How long an issued token is good for, in whole seconds.
    pub token_lifetime: Duration,
    /// Others whose tokens are accepted.
    pub trusted_issuers: Vec<TrustedIssuer>,
}

impl Settings {
    /// Default lifetime of a token: short, because a token is not looked up
    /// when it is used, so a client that is shut out keeps what it has.
    pub const TOKEN_LIFETIME: Duration = Duration::from_secs(600);
}

/// Who may call. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    tokens: TokenService,
    ticket_key: [u8; 32],
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
        randomness: &dyn Randomness,
    ) -> Result<Self, Error> {
        let InstallationKeys {
            signing_key,
            ticket_key,
        } = InstallationKeys::load(&db, sealer, clock.as_ref(), randomness).await?;
        Ok(Self(Arc::new(Inner {
            db,
            clock,
            tokens: TokenService::new(signing_key, settings)?,
            ticket_key,
        })))
    }

    /// Whether the keys of a trusted issuer can be read.
    ///
    /// # Errors
    /// [`Error::TrustedIssuer`].
    pub fn check_issuer(trusted: &TrustedIssuer) -> Result<(), Error> {
        issuer::IssuerKeys::read(trusted).map(drop)
    }

    /// A token for an API client that shows its secret (RFC 6749 section 4.4).
    ///
    /// # Errors
    /// [`TokenRefused::InvalidClient`] when there is no such client, the
    /// secret is another, or the client was shut out.
    pub async fn client_token(&self, id: &str, secret: &str) -> Result<IssuedToken, TokenRefused> {
        let client = self.authenticate(id, secret).await?;
        Ok(self.0.tokens.issue(&client, self.0.clock.now())?)
    }

    async fn authenticate(&self, id: &str, secret: &str) -> Result<ApiClient, TokenRefused> {
        let id: ClientId = id.parse().map_err(|_| TokenRefused::InvalidClient)?;
        let client = vdx_store::api_clients::by_id(&mut self.0.db.reader(), id)
            .await
            .map_err(Error::from)?
            .ok_or(TokenRefused::InvalidClient)?;
        let admitted = secret_matches(&client.secret_hash, secret) && client.active;
        admitted
            .then_some(client)
            .ok_or(TokenRefused::InvalidClient)
    }

    /// Who calls with this bearer token (RFC 6750), if the token is good and
    /// carries at least one of the five roles of the API.
    ///
    /// # Errors
    /// See [`CallerRefused`].
    pub async fn caller(&self, token: &str) -> Result<Caller, CallerRefused> {
        let caller = self.0.tokens.verify(token, self.0.clock.now())?;
        if let Some(identity) = &caller.identity {
            let known = organisations::exists(&mut self.0.db.reader(), &identity.organisation)
                .await
                .map_err(Error::from)?;
            if !known {
                return Err(CallerRefused::UnknownOrganisation);
            }
        }
        Ok(caller)
    }

    /// The public keys that check the hub's own tokens (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> &JwkSet {
        self.0.tokens.jwks()
    }

    /// The hub's own issuer name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.tokens.issuer()
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
    ) -> Result<Option<organisations::Organisation>, Error> {
        Ok(organisations::by_code(&mut self.0.db.reader(), code).await?)
    }
}

/// The roles that count at the APIs; the others are for the hub's own pages.
pub const API_ROLES: [ApiRole; 5] = [
    ApiRole::MeetingUser,
    ApiRole::MeetingPlanner,
    ApiRole::MeetingAdmin,
    ApiRole::MeetingProvisioner,
    ApiRole::MeetingProvisionerUser,
];
