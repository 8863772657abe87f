//! `GET /oauth2/authorize` and the form it shows: `POST /oauth2/sign-in`.

use std::net::IpAddr;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use vdx_accounts::{
    Authorization, AuthorizationAnswer, AuthorizationRefused, AuthorizationRequest, Session,
    SignIn, SignInRefused,
};

use super::cookies::Cookie;
use super::pages::{self, Frame, Language, Problem, SignInPage};
use super::parameters::{FormParameters, Parameters};
use super::token::{OAuthError, slow_down};
use crate::{Failure, Hub, PeerAddress};

const AUTHORIZE: &str = "/oauth2/authorize";
const SIGN_IN: &str = "/oauth2/sign-in";

/// What an app asks for. Each parameter at most once.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the query; it is read parameter by parameter"
)]
pub(super) struct AuthorizationQuery {
    /// Which app.
    client_id: String,
    /// Where the answer goes: one of the app's registered addresses, letter by letter.
    redirect_uri: String,
    /// `code`.
    response_type: String,
    /// The SHA-256 of the code verifier in base64url (RFC 7636).
    code_challenge: String,
    /// `S256`.
    code_challenge_method: String,
    /// Comes back with the answer; at most 2000 bytes.
    state: Option<String>,
    /// `openid`, `email`, `profile`; others are passed over.
    scope: Option<String>,
    /// Comes back in the id token; at most 2000 bytes.
    nonce: Option<String>,
    /// For what the tokens are to be good (RFC 8707).
    resource: Option<String>,
    /// `none`: answer without asking anybody; `login`: ask for the password in any case.
    prompt: Option<String>,
    /// Seconds since the person signed in, at most.
    max_age: Option<String>,
    /// Languages of the page, best first: `da`, `en`.
    ui_locales: Option<String>,
    /// The user name, if the app knows it.
    login_hint: Option<String>,
    /// `query`.
    response_mode: Option<String>,
}

/// Asks a person to sign in for an app, unless they are signed in already, and
/// sends them back to it with a code (RFC 6749 section 4.1).
#[utoipa::path(
    get,
    path = "/oauth2/authorize",
    tag = "Signing in",
    params(AuthorizationQuery),
    responses(
        (status = 200, description = "The page for signing in", content_type = "text/html"),
        (status = 303, description = "Back to the app, with `code` or `error`, with `state` and `iss`"),
        (status = 400, description = "A page that tells that app or redirect URI are not known", content_type = "text/html"),
        (status = 429, description = "Too many requests; `Retry-After` says how long to wait", body = OAuthError),
    )
)]
pub(super) async fn authorize(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let asked = match Asked::read(&hub, &headers, &uri).await {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let session = current(&hub, &headers).await?;
    let now = hub.clock.now();
    let enough = session.filter(|session| asked.authorization.is_met_by(session, now));
    if let Some(session) = enough {
        let answer = hub.accounts.authorize(&asked.authorization, &session);
        return redirect(&answer.await?);
    }
    if asked.authorization.is_silent() {
        let answer = hub.accounts.refuse_authorization(
            &asked.authorization,
            "login_required",
            "the person has to sign in",
        );
        return redirect(&answer);
    }
    let hint = asked.parameters.one("login_hint").ok().flatten();
    asked.page(&hub, &headers, hint.unwrap_or_default(), None)
}

/// The form of the page.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the form; it is read member by member")]
pub(super) struct SignInForm {
    /// From the page: shows that it was made for this browser.
    form_token: String,
    /// The user name.
    username: String,
    /// The password.
    password: String,
}

/// Signs a person in for the app in the query and sends them back to it with a code.
#[utoipa::path(
    post,
    path = "/oauth2/sign-in",
    tag = "Signing in",
    params(AuthorizationQuery),
    request_body(content = SignInForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Back to the app, with `code` or `error`, with `state` and `iss`"),
        (status = 400, description = "The page again: something is missing or too old", content_type = "text/html"),
        (status = 403, description = "The page again: user name or password are wrong", content_type = "text/html"),
        (status = 413, description = "The body is too large", body = OAuthError),
        (status = 429, description = "The page again: too many attempts; `Retry-After` says how long to wait", content_type = "text/html"),
        (status = 503, description = "The page again: too many people sign in at this moment", content_type = "text/html"),
    )
)]
pub(super) async fn sign_in(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    uri: Uri,
    FormParameters(form): FormParameters,
) -> Result<Response, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let asked = match Asked::read(&hub, &headers, &uri).await {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let username = form.one("username")?.unwrap_or_default();
    let again = |problem| asked.page(&hub, &headers, username, Some(problem));
    let cookie = Cookie::Form.read(&hub, &headers).unwrap_or_default();
    let token = form.one("form_token")?.unwrap_or_default();
    if !hub.accounts.is_form_token(&cookie, token) {
        return again(Problem::Stale);
    }
    let password = form.raw("password")?.unwrap_or_default();
    if username.trim().is_empty() || password.is_empty() {
        return again(Problem::Missing);
    }
    let attempt = attempt(&hub, &headers, address, (username, password)).await?;
    let signed_in = match hub.accounts.sign_in(&attempt).await {
        Ok(signed_in) => signed_in,
        Err(SignInRefused::Wrong) => return again(Problem::Wrong),
        Err(SignInRefused::Wait(wait)) => return again(Problem::Wait(wait)),
        Err(SignInRefused::Busy) => return again(Problem::Busy),
        Err(SignInRefused::Failed(error)) => return Err(Failure::internal(&error)),
    };
    let answer = hub
        .accounts
        .authorize(&asked.authorization, &signed_in.session);
    let mut response = redirect(&answer.await?)?;
    for cookie in [
        Cookie::Session.set(&hub, &signed_in.secret)?,
        Cookie::Note.set(&hub, &signed_in.note)?,
    ] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn attempt(
    hub: &Hub,
    headers: &HeaderMap,
    address: IpAddr,
    (username, password): (&str, &str),
) -> Result<SignIn, Failure> {
    Ok(SignIn {
        username: username.to_owned(),
        password: password.to_owned(),
        address,
        note: Cookie::Note.read(hub, headers),
        session: current(hub, headers).await?,
    })
}

/// The session the browser shows, if it lasts.
pub(crate) async fn current(hub: &Hub, headers: &HeaderMap) -> Result<Option<Session>, Failure> {
    match Cookie::Session.read(hub, headers) {
        Some(secret) => Ok(hub.accounts.session(&secret).await?),
        None => Ok(None),
    }
}

/// What an app asks for, read and checked.
struct Asked {
    parameters: Parameters,
    authorization: Authorization,
    language: Language,
}

impl Asked {
    /// Otherwise the answer: a page, or back to the app.
    async fn read(
        hub: &Hub,
        headers: &HeaderMap,
        uri: &Uri,
    ) -> Result<Self, Box<Result<Response, Failure>>> {
        let parameters = Parameters::from_query(uri).unwrap_or_default();
        let language = language(&parameters, headers);
        let broken = |detail: &str| {
            let switch = switched(AUTHORIZE, &parameters, language);
            let frame = Frame {
                language,
                switch: &switch,
                form_target: None,
            };
            Box::new(pages::broken(&frame, detail))
        };
        let request = match request(&parameters) {
            Ok(request) => request,
            Err(failure) => {
                let text = failure.text.unwrap_or_default();
                return Err(broken(&text));
            }
        };
        match hub.accounts.check_authorization(&request).await {
            Ok(authorization) => Ok(Self {
                parameters,
                authorization,
                language,
            }),
            Err(AuthorizationRefused::Untold(detail)) => Err(broken(detail)),
            Err(AuthorizationRefused::Told(answer)) => Err(Box::new(redirect(&answer))),
            Err(AuthorizationRefused::Failed(error)) => {
                Err(Box::new(Err(Failure::internal(&error))))
            }
        }
    }

    /// The page for signing in.
    fn page(
        &self,
        hub: &Hub,
        headers: &HeaderMap,
        username: &str,
        problem: Option<Problem>,
    ) -> Result<Response, Failure> {
        let kept = Cookie::Form.read(hub, headers);
        let cookie = kept.unwrap_or_else(|| hub.accounts.form_cookie());
        let switch = switched(AUTHORIZE, &self.parameters, self.language);
        let origin = origin(self.authorization.redirect_uri());
        let frame = Frame {
            language: self.language,
            switch: &switch,
            form_target: Some(&origin),
        };
        let page = SignInPage {
            app: self.authorization.app_name(),
            action: &format!("{SIGN_IN}?{}", self.parameters.encoded()),
            form_token: &hub.accounts.form_token(&cookie),
            username,
            problem,
        };
        let mut response = pages::sign_in(&frame, &page)?;
        let cookie = Cookie::Form.set(hub, &cookie)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(response)
    }
}

fn request(parameters: &Parameters) -> Result<AuthorizationRequest, Failure> {
    let owned = |name| parameters.owned(name);
    Ok(AuthorizationRequest {
        client_id: owned("client_id")?,
        redirect_uri: owned("redirect_uri")?,
        response_type: owned("response_type")?,
        response_mode: owned("response_mode")?,
        scope: owned("scope")?,
        state: owned("state")?,
        nonce: owned("nonce")?,
        code_challenge: owned("code_challenge")?,
        code_challenge_method: owned("code_challenge_method")?,
        resources: parameters.all("resource").map(str::to_owned).collect(),
        prompt: owned("prompt")?,
        max_age: owned("max_age")?,
        is_object: ["request", "request_uri"]
            .iter()
            .any(|name| parameters.all(name).next().is_some()),
    })
}

pub(crate) fn language(parameters: &Parameters, headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    Language::choose(
        parameters.one("ui_locales").ok().flatten(),
        accepted.and_then(|value| value.to_str().ok()),
    )
}

/// The same page in the other language.
pub(super) fn switched(path: &str, parameters: &Parameters, language: Language) -> String {
    let other = parameters.with("ui_locales", language.other().code());
    format!("{path}?{}", other.encoded())
}

/// Scheme, host and port of an address that was registered.
pub(super) fn origin(uri: &str) -> String {
    let after_scheme = uri.find("://").map_or(0, |at| at + 3);
    let end = uri[after_scheme..]
        .find(['/', '?', '#'])
        .map_or(uri.len(), |at| after_scheme + at);
    uri[..end].to_owned()
}

/// Back to the app. 303, so that no browser sends the form along (RFC 9700
/// section 4.12).
pub(super) fn redirect(answer: &AuthorizationAnswer) -> Result<Response, Failure> {
    let uri = &answer.redirect_uri;
    let joint = if uri.contains('?') { '&' } else { '?' };
    let query = Parameters::from_pairs(&answer.parameters).encoded();
    let location = HeaderValue::from_str(&format!("{uri}{joint}{query}"))
        .map_err(|error| Failure::internal(&error))?;
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_scheme_host_and_port() {
        for (uri, expected) in [
            (
                "https://app.example/back?x=https://y",
                "https://app.example",
            ),
            ("http://localhost:5173", "http://localhost:5173"),
            ("https://app.example?x", "https://app.example"),
        ] {
            assert_eq!(origin(uri), expected);
        }
    }
}
