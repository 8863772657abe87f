//! The token endpoint: who gets a token, and on what ground.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vdx_store::api_clients::ApiClient;
use vdx_store::grants::{self, RefreshToken, UserGrant};
use vdx_store::users::{self, User};
use vdx_store::{Tx, token_standing};

use crate::access::Subject;
use crate::decision::{Decision, GrantKind};
use crate::{Accounts, Credentials, Error, TokenRefused, opaque};

/// How long a refresh token is good for without being used.
const REFRESH: SignedDuration = SignedDuration::from_hours(2);

/// What is asked of the token endpoint.
#[derive(Debug)]
pub struct TokenRequest {
    /// What the client shows.
    pub credentials: Credentials,
    /// On what ground it asks.
    pub grant: Grant,
    /// For what the token is to be good (RFC 8707); the whole hub if nothing is named.
    pub resource: Option<String>,
    /// From where it asks.
    pub address: IpAddr,
}

/// On what ground a token is asked for.
pub enum Grant {
    /// The client acts for itself (RFC 6749 section 4.4).
    ClientCredentials,
    /// Somebody signed in (section 4.1.3).
    Code {
        /// The code.
        code: String,
        /// Where it was sent.
        redirect_uri: String,
        /// What was hashed for the challenge (RFC 7636).
        verifier: String,
    },
    /// Somebody signed in a while ago (section 6).
    Refresh {
        /// The refresh token.
        token: String,
    },
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind().as_str())
    }
}

/// Tokens just issued.
pub struct IssuedTokens {
    /// The access token.
    pub access_token: String,
    /// How long it is good for.
    pub lifetime: Duration,
    /// With which the next one is got, where a person gave the grant.
    pub refresh_token: Option<String>,
    /// Who signed in, where the app asked for `openid`.
    pub id_token: Option<String>,
    /// What was granted, where a person gave the grant.
    pub scope: Option<String>,
}

impl std::fmt::Debug for IssuedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedTokens(…)")
    }
}

impl Grant {
    fn kind(&self) -> GrantKind {
        match self {
            Self::ClientCredentials => GrantKind::ClientCredentials,
            Self::Code { .. } => GrantKind::AuthorizationCode,
            Self::Refresh { .. } => GrantKind::RefreshToken,
        }
    }
}

impl Accounts {
    /// Tokens, if there is ground for them.
    ///
    /// # Errors
    /// See [`TokenRefused`].
    pub async fn token(&self, request: &TokenRequest) -> Result<IssuedTokens, TokenRefused> {
        let mut decision = Decision::new(request.grant.kind(), request.address);
        let outcome = self.grant(request, &mut decision).await;
        self.tell(decision, outcome).await
    }

    async fn grant(
        &self,
        request: &TokenRequest,
        decision: &mut Decision,
    ) -> Result<IssuedTokens, TokenRefused> {
        let client = self.authenticated(&request.credentials, decision).await?;
        let resource = request.resource.as_deref();
        match &request.grant {
            // A program in a browser has nothing to act with by itself.
            Grant::ClientCredentials if client.public => Err(TokenRefused::UnauthorizedClient),
            Grant::ClientCredentials => self.grant_to_client(&client, resource).await,
            Grant::Code {
                code,
                redirect_uri,
                verifier,
            } => {
                let shown = (code.as_str(), redirect_uri.as_str(), verifier.as_str());
                let (grant, refresh_token) = self.redeem_code(&client, shown, resource).await?;
                self.grant_to_user(&client, &grant, resource, refresh_token, decision)
                    .await
            }
            Grant::Refresh { token } => {
                let (grant, refresh_token) =
                    self.redeem_refresh_token(&client, token, resource).await?;
                self.grant_to_user(&client, &grant, resource, refresh_token, decision)
                    .await
            }
        }
    }

    async fn grant_to_client(
        &self,
        client: &ApiClient,
        resource: Option<&str>,
    ) -> Result<IssuedTokens, TokenRefused> {
        let tokens = &self.0.tokens;
        let audience = tokens.audiences.of_resource(resource);
        let audience = audience.ok_or(TokenRefused::InvalidTarget)?;
        let subject = Subject {
            id: client.id.to_string(),
            client: client.id,
            organisation: client.organisation.as_ref(),
            email: client.email.as_deref(),
            roles: client.roles.clone(),
            grant: None,
        };
        let (access_token, lifetime) = tokens.issue(&subject, audience, self.0.clock.now()).await?;
        Ok(IssuedTokens {
            access_token,
            lifetime,
            refresh_token: None,
            id_token: None,
            scope: None,
        })
    }

    async fn grant_to_user(
        &self,
        client: &ApiClient,
        grant: &UserGrant,
        resource: Option<&str>,
        refresh_token: String,
        decision: &mut Decision,
    ) -> Result<IssuedTokens, TokenRefused> {
        let now = self.0.clock.now();
        let tokens = &self.0.tokens;
        let audience = self.audience(grant, resource)?;
        let user = users::by_id(&mut self.0.db.reader(), grant.user).await?;
        decision.user(user.as_ref());
        let user = user.filter(|user| user.active);
        let user = user.ok_or(TokenRefused::InvalidGrant("the person is shut out"))?;
        let (access_token, lifetime) = tokens
            .issue(&of_user(client, grant, &user), audience, now)
            .await?;
        let wants_id = grant.scope.split(' ').any(|scope| scope == "openid");
        let id_token = match wants_id {
            true => Some(tokens.id_token(grant, &user, now).await?),
            false => None,
        };
        Ok(IssuedTokens {
            access_token,
            lifetime,
            refresh_token: Some(refresh_token),
            id_token,
            scope: Some(grant.scope.clone()),
        })
    }

    /// For whom a token from this grant is.
    fn audience<'a>(
        &'a self,
        grant: &'a UserGrant,
        resource: Option<&'a str>,
    ) -> Result<&'a str, TokenRefused> {
        let audiences = &self.0.tokens.audiences;
        audiences
            .narrowed(&grant.audience, resource)
            .ok_or(TokenRefused::InvalidTarget)
    }

    /// What a code stands for, with a first refresh token. A code is good for
    /// one try; a second one takes back what the first one gave (RFC 6749
    /// section 4.1.2).
    async fn redeem_code(
        &self,
        client: &ApiClient,
        (code, redirect_uri, verifier): (&str, &str, &str),
        resource: Option<&str>,
    ) -> Result<(UserGrant, String), TokenRefused> {
        const NO_CODE: TokenRefused = TokenRefused::InvalidGrant("there is no such code");
        let now = self.0.clock.now();
        let hash = opaque::hash(code);
        let mut tx = self.0.db.begin().await?;
        let code = grants::code(&mut tx, &hash).await?.ok_or(NO_CODE)?;
        let grant = grants::by_id(&mut tx, code.grant).await?.ok_or(NO_CODE)?;
        if grant.client != client.id {
            return Err(NO_CODE);
        }
        self.audience(&grant, resource)?;
        let first = grants::use_code(&mut tx, &hash, now).await?;
        let wrong = if !first {
            "the code was used before; what it gave is taken back"
        } else if now >= code.expires_at {
            "the code has ended"
        } else if redirect_uri != code.redirect_uri {
            "redirect_uri is not the one the code was sent to"
        } else if opaque::hash(verifier) != code.challenge {
            "code_verifier does not fit the challenge"
        } else {
            let token = self.add_refresh_token(&mut tx, &grant, now).await?;
            tx.commit().await?;
            return Ok((grant, token));
        };
        grants::remove(&mut tx, grant.id).await?;
        tx.commit().await?;
        Err(TokenRefused::InvalidGrant(wrong))
    }

    /// What a refresh token stands for, with the one that takes its place. One
    /// that was used before was copied: everything is taken back, because
    /// nobody can tell who has the copy (RFC 9700 section 4.14.2).
    async fn redeem_refresh_token(
        &self,
        client: &ApiClient,
        token: &str,
        resource: Option<&str>,
    ) -> Result<(UserGrant, String), TokenRefused> {
        const NO_TOKEN: TokenRefused =
            TokenRefused::InvalidGrant("the refresh token does not count");
        let now = self.0.clock.now();
        let hash = opaque::hash(token);
        let mut tx = self.0.db.begin().await?;
        let token = grants::refresh_token(&mut tx, &hash).await?;
        let token = token.ok_or(NO_TOKEN)?;
        let grant = grants::by_id(&mut tx, token.grant).await?.ok_or(NO_TOKEN)?;
        if grant.client != client.id || now >= token.expires_at || now >= grant.expires_at {
            return Err(NO_TOKEN);
        }
        self.audience(&grant, resource)?;
        if !grants::use_refresh_token(&mut tx, &hash, now).await? {
            grants::remove(&mut tx, grant.id).await?;
            tx.commit().await?;
            let text = "the refresh token was used before; everything is taken back";
            return Err(TokenRefused::InvalidGrant(text));
        }
        let next = self.add_refresh_token(&mut tx, &grant, now).await?;
        tx.commit().await?;
        Ok((grant, next))
    }

    async fn add_refresh_token(
        &self,
        tx: &mut Tx,
        grant: &UserGrant,
        now: Timestamp,
    ) -> Result<String, Error> {
        let token = opaque::draw(self.0.randomness.as_ref());
        let row = RefreshToken {
            grant: grant.id,
            expires_at: grant.expires_at.min(now + REFRESH),
        };
        grants::add_refresh_token(tx, &opaque::hash(&token), &row).await?;
        Ok(token)
    }

    /// Takes a token back (RFC 7009), an access token alone, or a refresh token
    /// with all that came from the same sign-in. One that does not count anyway
    /// is no error.
    ///
    /// # Errors
    /// [`TokenRefused::InvalidClient`]; [`TokenRefused::InvalidGrant`] when
    /// the token was given to another client.
    pub async fn revoke(
        &self,
        credentials: &Credentials,
        token: &str,
        address: IpAddr,
    ) -> Result<(), TokenRefused> {
        let mut decision = Decision::new(GrantKind::Revocation, address);
        let outcome = self.take_back(credentials, token, &mut decision).await;
        self.tell(decision, outcome).await
    }

    async fn take_back(
        &self,
        credentials: &Credentials,
        token: &str,
        decision: &mut Decision,
    ) -> Result<(), TokenRefused> {
        const NOT_YOURS: TokenRefused =
            TokenRefused::InvalidGrant("the token was given to another client");
        let client = self.authenticated(credentials, decision).await?;
        let now = self.0.clock.now();
        let own = self.0.tokens.own(token, now).await;
        let mut tx = self.0.db.begin().await?;
        if let Some(own) = own {
            if own.client != client.id {
                return Err(NOT_YOURS);
            }
            token_standing::revoke(&mut tx, &own.jti, own.expires_at).await?;
        } else if let Some(grant) = grant_of(&mut tx, token).await? {
            if grant.client != client.id {
                return Err(NOT_YOURS);
            }
            grants::remove(&mut tx, grant.id).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn authenticated(
        &self,
        credentials: &Credentials,
        decision: &mut Decision,
    ) -> Result<ApiClient, TokenRefused> {
        decision.client = credentials.client_id().parse().ok();
        let client = self.authenticate(credentials).await?;
        decision.identity(client.organisation.as_ref(), client.email.as_deref());
        Ok(client)
    }

    /// Records what was decided, before anybody learns of it.
    async fn tell<T>(
        &self,
        decision: Decision,
        outcome: Result<T, TokenRefused>,
    ) -> Result<T, TokenRefused> {
        let reason = match &outcome {
            Ok(_) => None,
            Err(TokenRefused::Failed(_)) => return outcome,
            Err(refused) => Some(refused.to_string()),
        };
        self.decided(&decision, reason.as_deref()).await?;
        outcome
    }
}

/// What a person does through an app: no more than the app is there for.
fn of_user<'a>(client: &ApiClient, grant: &'a UserGrant, user: &'a User) -> Subject<'a> {
    Subject {
        id: user.id.to_string(),
        client: client.id,
        organisation: Some(&user.organisation),
        email: Some(&user.email),
        roles: user.roles.intersection(&client.roles).copied().collect(),
        grant: Some(grant),
    }
}

async fn grant_of(tx: &mut Tx, token: &str) -> Result<Option<UserGrant>, vdx_store::Error> {
    match grants::refresh_token(tx, &opaque::hash(token)).await? {
        Some(token) => grants::by_id(tx, token.grant).await,
        None => Ok(None),
    }
}
