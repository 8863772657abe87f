//! The authorization endpoint: what an app in a browser asks for, and the code
//! it gets (RFC 6749 section 4.1, RFC 7636, RFC 9207, OpenID Connect Core).

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vdx_domain::ClientId;
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::client_uris::{self, Purpose};
use vdx_store::grants::{self, Code, UserGrant};
use vdx_store::{sessions, users};

use crate::registry::STAFF_APPS;
use crate::sign_in::Session;
use crate::{Accounts, Error, opaque};

/// How long a code is good for.
const CODE: SignedDuration = SignedDuration::from_secs(60);
/// Longest `state` and `nonce`, in bytes.
const MAX_TEXT: usize = 2000;
/// The scopes that mean something here; others are passed over.
pub const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// What is asked for, not yet checked.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationRequest {
    /// Which app.
    pub client_id: Option<String>,
    /// Where the answer goes.
    pub redirect_uri: Option<String>,
    /// Must be `code`.
    pub response_type: Option<String>,
    /// Must be `query` where it is there.
    pub response_mode: Option<String>,
    /// What the app wants to know of the person.
    pub scope: Option<String>,
    /// Comes back with the answer.
    pub state: Option<String>,
    /// Comes back in the id token.
    pub nonce: Option<String>,
    /// The hash of what the app will show with the code.
    pub code_challenge: Option<String>,
    /// Must be `S256`.
    pub code_challenge_method: Option<String>,
    /// For what the tokens are to be good (RFC 8707).
    pub resources: Vec<String>,
    /// `none`: ask nothing; `login`: ask for the password in any case.
    pub prompt: Option<String>,
    /// Seconds since the person signed in, at most.
    pub max_age: Option<String>,
    /// Whether there is a `request` or `request_uri` (RFC 9101), which is not supported.
    pub is_object: bool,
}

/// What is asked for, and may be.
#[derive(Debug, Clone)]
pub struct Authorization {
    client: ApiClient,
    redirect_uri: String,
    state: Option<String>,
    scope: String,
    nonce: Option<String>,
    challenge: String,
    audience: String,
    ask: Ask,
    max_age: Option<SignedDuration>,
}

/// Whether the person is asked for the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Never,
    WhereNeeded,
    Always,
}

/// An answer to the app: where, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationAnswer {
    /// A redirect URI of the app.
    pub redirect_uri: String,
    /// What comes back to it.
    pub parameters: Vec<(&'static str, String)>,
}

/// Why nothing is given.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationRefused {
    /// App or redirect URI are wrong, so nobody is redirected anywhere: it is
    /// told to the person.
    #[error("{0}")]
    Untold(&'static str),
    /// It is told to the app.
    #[error("the app is told what is wrong")]
    Told(AuthorizationAnswer),
    /// The hub failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<vdx_store::Error> for AuthorizationRefused {
    fn from(error: vdx_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Authorization {
    /// What people call the app, unless it is the hub's own.
    #[must_use]
    pub fn app_name(&self) -> Option<&str> {
        (self.client.id != STAFF_APPS).then_some(&self.client.name)
    }

    /// Where the answer goes.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Whether the app wants an answer without anybody being asked.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.ask == Ask::Never
    }

    /// Whether this session is enough, or the person has to sign in.
    #[must_use]
    pub fn is_met_by(&self, session: &Session, now: Timestamp) -> bool {
        let age = now.duration_since(session.signed_in_at);
        self.ask != Ask::Always && self.max_age.is_none_or(|most| age <= most)
    }
}

/// What is wrong with a request, as the app is told.
type Wrong = (&'static str, &'static str);

impl Accounts {
    /// Checks a request of an app.
    ///
    /// # Errors
    /// See [`AuthorizationRefused`].
    pub async fn check_authorization(
        &self,
        request: &AuthorizationRequest,
    ) -> Result<Authorization, AuthorizationRefused> {
        let untold = AuthorizationRefused::Untold;
        let id = request.client_id.as_ref().and_then(|id| id.parse().ok());
        let id: ClientId = id.ok_or(untold("client_id is missing or of no app"))?;
        let mut reader = self.0.db.reader();
        let client = api_clients::by_id(&mut reader, id).await?;
        let client = client.filter(|client| client.active);
        let client = client.ok_or(untold("client_id is missing or of no app"))?;
        // Letter by letter (RFC 9700 section 4.1.3).
        let registered = client_uris::of(&mut reader, client.id, Purpose::Redirect).await?;
        let redirect_uri = request.redirect_uri.clone();
        let redirect_uri = redirect_uri.filter(|uri| registered.contains(uri));
        let redirect_uri = redirect_uri.ok_or(untold("redirect_uri is none of the app's"))?;
        let answer = (redirect_uri.clone(), request.state.clone());
        self.check_rest(request, client, redirect_uri)
            .map_err(|wrong| AuthorizationRefused::Told(self.refusal(answer, wrong)))
    }

    fn check_rest(
        &self,
        request: &AuthorizationRequest,
        client: ApiClient,
        redirect_uri: String,
    ) -> Result<Authorization, Wrong> {
        let invalid = |text| ("invalid_request", text);
        let is = |value: &Option<String>, wanted| value.as_deref() == Some(wanted);
        if request.is_object {
            return Err(("request_not_supported", "request objects are not supported"));
        }
        if !is(&request.response_type, "code") {
            return Err(("unsupported_response_type", "response_type must be code"));
        }
        if request.response_mode.is_some() && !is(&request.response_mode, "query") {
            return Err(invalid("response_mode must be query"));
        }
        let too_long = |text: &Option<String>| text.as_ref().is_some_and(|t| t.len() > MAX_TEXT);
        if too_long(&request.state) || too_long(&request.nonce) {
            return Err(invalid("state or nonce is too long"));
        }
        if !is(&request.code_challenge_method, "S256") {
            return Err(invalid("code_challenge_method must be S256"));
        }
        let challenge = request.code_challenge.clone();
        let challenge = challenge.filter(|challenge| is_challenge(challenge));
        let challenge =
            challenge.ok_or(invalid("code_challenge must be a SHA-256 in base64url"))?;
        let audience = match &request.resources[..] {
            [] => self.0.tokens.audiences.of_resource(None),
            [one] => self.0.tokens.audiences.of_resource(Some(one)),
            _ => None,
        };
        let audience =
            audience.ok_or(("invalid_target", "no tokens are issued for this resource"))?;
        let max_age = request.max_age.as_ref().map(|text| text.parse::<u32>());
        let max_age = max_age
            .transpose()
            .map_err(|_| invalid("max_age is no number"))?;
        Ok(Authorization {
            ask: ask(request.prompt.as_deref()).ok_or(invalid("prompt is not known"))?,
            scope: granted_scope(request.scope.as_deref()),
            max_age: max_age.map(|seconds| SignedDuration::from_secs(seconds.into())),
            audience: audience.to_owned(),
            state: request.state.clone(),
            nonce: request.nonce.clone(),
            client,
            redirect_uri,
            challenge,
        })
    }

    /// What the app is told when nobody may be asked, or nothing may be given.
    #[must_use]
    pub fn refuse_authorization(
        &self,
        authorization: &Authorization,
        error: &'static str,
        text: &'static str,
    ) -> AuthorizationAnswer {
        let answer = (
            authorization.redirect_uri.clone(),
            authorization.state.clone(),
        );
        self.refusal(answer, (error, text))
    }

    fn refusal(
        &self,
        (redirect_uri, state): (String, Option<String>),
        (error, text): Wrong,
    ) -> AuthorizationAnswer {
        let parameters = vec![
            ("error", error.to_owned()),
            ("error_description", text.to_owned()),
        ];
        self.answer(redirect_uri, state, parameters)
    }

    /// With what every answer carries: the app's state, and who answers (RFC 9207).
    fn answer(
        &self,
        redirect_uri: String,
        state: Option<String>,
        mut parameters: Vec<(&'static str, String)>,
    ) -> AuthorizationAnswer {
        parameters.extend(state.map(|state| ("state", state)));
        parameters.push(("iss", self.issuer().to_owned()));
        AuthorizationAnswer {
            redirect_uri,
            parameters,
        }
    }

    /// Gives the app a code in the name of the person of this session.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn authorize(
        &self,
        authorization: &Authorization,
        session: &Session,
    ) -> Result<AuthorizationAnswer, Error> {
        let now = self.0.clock.now();
        let user = users::by_id(&mut self.0.db.reader(), session.user).await?;
        let may = |user: &users::User| {
            user.active && !user.roles.is_disjoint(&authorization.client.roles)
        };
        if !user.as_ref().is_some_and(may) {
            let text = "the person has no role that the app can use";
            return Ok(self.refuse_authorization(authorization, "access_denied", text));
        }
        let code = opaque::draw(self.0.randomness.as_ref());
        let grant = UserGrant {
            id: Uuid::new_v4(),
            client: authorization.client.id,
            user: session.user,
            session: session.id,
            audience: authorization.audience.clone(),
            scope: authorization.scope.clone(),
            nonce: authorization.nonce.clone(),
            signed_in_at: session.signed_in_at,
            expires_at: session.expires_at,
        };
        let row = Code {
            grant: grant.id,
            redirect_uri: authorization.redirect_uri.clone(),
            challenge: authorization.challenge.clone(),
            expires_at: now + CODE,
        };
        let mut tx = self.0.db.begin().await?;
        // The person may have signed out meanwhile, in another window.
        if !sessions::hold(&mut tx, session.id).await? {
            let text = "the person has signed out";
            return Ok(self.refuse_authorization(authorization, "login_required", text));
        }
        grants::add(&mut tx, &grant).await?;
        grants::add_code(&mut tx, &opaque::hash(&code), &row).await?;
        tx.commit().await?;
        Ok(self.answer(
            authorization.redirect_uri.clone(),
            authorization.state.clone(),
            vec![("code", code)],
        ))
    }

    /// Whether pages of this origin may call the token endpoint.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn is_origin(&self, origin: &str) -> Result<bool, Error> {
        Ok(client_uris::exists(&mut self.0.db.reader(), Purpose::Origin, origin).await?)
    }
}

fn is_challenge(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == opaque::HASH_LENGTH && text.bytes().all(plain)
}

/// `consent` and `select_account` have nothing to ask here.
fn ask(prompt: Option<&str>) -> Option<Ask> {
    let mut ask = Ask::WhereNeeded;
    let words: Vec<&str> = prompt.unwrap_or_default().split_whitespace().collect();
    for word in &words {
        match *word {
            "none" if words.len() == 1 => ask = Ask::Never,
            "login" => ask = Ask::Always,
            "consent" | "select_account" => {}
            _ => return None,
        }
    }
    Some(ask)
}

fn granted_scope(asked: Option<&str>) -> String {
    let asked: Vec<&str> = asked.unwrap_or_default().split_whitespace().collect();
    let granted = SCOPES.iter().filter(|scope| asked.contains(scope));
    granted.copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts() {
        for (prompt, expected) in [
            (None, Some(Ask::WhereNeeded)),
            (Some("none"), Some(Ask::Never)),
            (Some("login"), Some(Ask::Always)),
            (Some("consent login"), Some(Ask::Always)),
            (Some("select_account"), Some(Ask::WhereNeeded)),
            (Some("none login"), None),
            (Some("create"), None),
        ] {
            assert_eq!(ask(prompt), expected, "{prompt:?}");
        }
    }

    #[test]
    fn unknown_scopes_are_passed_over() {
        assert_eq!(
            granted_scope(Some("profile x openid openid")),
            "openid profile"
        );
        assert_eq!(granted_scope(None), "");
    }

    #[test]
    fn only_s256_makes_challenges() {
        assert!(is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        for wrong in [
            "",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
        ] {
            assert!(!is_challenge(wrong), "{wrong}");
        }
    }
}
