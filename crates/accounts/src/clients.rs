//! How API clients show who they are.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vdx_domain::ClientId;
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::{client_secrets, token_standing};

use crate::assertion::{self, Statement};
use crate::secret::secret_matches;
use crate::{Accounts, Error, TokenRefused};

/// How exactly it is remembered when a secret was shown last.
const USE_IS_NEWS: SignedDuration = SignedDuration::from_hours(1);

/// What a client shows (RFC 6749 section 2.3). Not yet checked.
pub enum Credentials {
    /// Id and secret.
    Secret {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: String,
    },
    /// A statement signed with the client's key (RFC 7523 section 2.2).
    Assertion {
        /// The client's id, where it is told besides.
        id: Option<String>,
        /// The statement, a JWT.
        assertion: String,
    },
    /// The id alone: a program in a browser.
    Public {
        /// The client's id.
        id: String,
    },
}

impl Credentials {
    /// The client that is named, before anything is checked.
    #[must_use]
    pub fn client_id(&self) -> String {
        match self {
            Self::Secret { id, .. } | Self::Public { id } => id.clone(),
            Self::Assertion { assertion, .. } => {
                assertion::named_client(assertion).unwrap_or_default()
            }
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Accounts {
    /// The client that shows this, if it may get tokens.
    pub(crate) async fn authenticate(
        &self,
        credentials: &Credentials,
    ) -> Result<ApiClient, TokenRefused> {
        let id: ClientId = credentials
            .client_id()
            .parse()
            .map_err(|_| TokenRefused::InvalidClient)?;
        let client = api_clients::by_id(&mut self.0.db.reader(), id)
            .await?
            .filter(|client| client.active)
            .ok_or(TokenRefused::InvalidClient)?;
        let admitted = match credentials {
            Credentials::Secret { secret, .. } => self.shows_secret(&client, secret).await?,
            Credentials::Assertion { id, assertion } => {
                let same = id.as_ref().is_none_or(|id| *id == client.id.to_string());
                same && self.shows_assertion(&client, assertion).await?
            }
            Credentials::Public { .. } => client.public,
        };
        admitted
            .then_some(client)
            .ok_or(TokenRefused::InvalidClient)
    }

    async fn shows_secret(&self, client: &ApiClient, attempt: &str) -> Result<bool, Error> {
        let now = self.0.clock.now();
        let live = client_secrets::live(&mut self.0.db.reader(), client.id, now).await?;
        let shown = live
            .iter()
            .find(|secret| secret_matches(&secret.hash, attempt));
        let Some(shown) = shown else {
            return Ok(false);
        };
        let is_news = |at| now.duration_since(at) >= USE_IS_NEWS;
        if shown.last_used_at.is_none_or(is_news) {
            self.remember_use(shown.id, now).await?;
        }
        Ok(true)
    }

    async fn remember_use(&self, secret: Uuid, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.0.db.begin().await?;
        client_secrets::used(&mut tx, secret, now).await?;
        Ok(tx.commit().await?)
    }

    async fn shows_assertion(&self, client: &ApiClient, attempt: &str) -> Result<bool, Error> {
        let now = self.0.clock.now();
        let hub = self.issuer();
        let Some(statement) = assertion::check(client, attempt, hub, now) else {
            return Ok(false);
        };
        let Statement { jti, ends } = statement;
        let mut tx = self.0.db.begin().await?;
        match token_standing::use_assertion(&mut tx, client.id, &jti, ends).await {
            Ok(()) => tx.commit().await?,
            Err(vdx_store::Error::Duplicate) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }
}
