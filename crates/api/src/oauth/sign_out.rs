//! `/oauth2/logout`: signing out, also when an app asks for it (OpenID Connect
//! RP-Initiated Logout 1.0).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use vdx_domain::ClientId;

use super::authorize::{current, language, origin, switched};
use super::cookies::Cookie;
use super::pages::{self, Frame};
use super::parameters::{FormParameters, Parameters, invalid_request};
use super::token::{OAuthError, slow_down};
use crate::{Failure, Hub, PeerAddress};

const SIGN_OUT: &str = "/oauth2/logout";

/// What an app asks for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the query; it is read parameter by parameter"
)]
pub(super) struct SignOutQuery {
    /// An id token of the session; with it nobody is asked.
    id_token_hint: Option<String>,
    /// Which app, where there is no `id_token_hint`.
    client_id: Option<String>,
    /// Where to go afterwards: one of the app's registered addresses, letter by letter.
    post_logout_redirect_uri: Option<String>,
    /// Comes back with it.
    state: Option<String>,
    /// Languages of the page, best first: `da`, `en`.
    ui_locales: Option<String>,
}

/// Signs a person out, after asking them unless the app shows an id token of
/// the session. Everything given to apps in the session is taken back.
#[utoipa::path(
    get,
    path = "/oauth2/logout",
    tag = "Signing in",
    params(SignOutQuery),
    responses(
        (status = 200, description = "A page that asks, or tells that it is done", content_type = "text/html"),
        (status = 303, description = "Signed out; on to `post_logout_redirect_uri`"),
        (status = 400, description = "A parameter is there twice or cannot be read", body = OAuthError),
        (status = 429, description = "Too many requests; `Retry-After` says how long to wait", body = OAuthError),
    )
)]
pub(super) async fn ask(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let parameters = Parameters::from_query(&uri)?;
    let wish = Wish::read(&hub, &parameters).await?;
    let session = current(&hub, &headers).await?;
    if let Some(hinted) = wish.session {
        hub.accounts.sign_out(hinted).await?;
        let same = session.is_none_or(|session| session.id == hinted);
        return wish.done(&hub, &parameters, &headers, same);
    }
    if session.is_none() {
        return wish.done(&hub, &parameters, &headers, true);
    }
    let kept = Cookie::Form.read(&hub, &headers);
    let cookie = kept.unwrap_or_else(|| hub.accounts.form_cookie());
    let target = wish.target.as_deref().map(origin);
    let language = language(&parameters, &headers);
    let frame = Frame {
        language,
        switch: &switched(SIGN_OUT, &parameters, language),
        form_target: target.as_deref(),
    };
    let action = format!("{SIGN_OUT}?{}", parameters.encoded());
    let mut response = pages::sign_out(&frame, &action, &hub.accounts.form_token(&cookie))?;
    let cookie = Cookie::Form.set(&hub, &cookie)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// The form of the page that asks.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the form; it is read member by member")]
pub(super) struct SignOutForm {
    /// From the page: shows that it was made for this browser.
    form_token: String,
}

/// Signs the person of this browser out.
#[utoipa::path(
    post,
    path = "/oauth2/logout",
    tag = "Signing in",
    params(SignOutQuery),
    request_body(content = SignOutForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A page that tells that it is done", content_type = "text/html"),
        (status = 303, description = "Signed out; on to `post_logout_redirect_uri`"),
        (status = 400, description = "The form was not made for this browser, or cannot be read", body = OAuthError),
        (status = 413, description = "The body is too large", body = OAuthError),
        (status = 429, description = "Too many requests; `Retry-After` says how long to wait", body = OAuthError),
    )
)]
pub(super) async fn confirm(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    uri: Uri,
    FormParameters(form): FormParameters,
) -> Result<Response, Failure> {
    hub.token_limits.request(address).map_err(slow_down)?;
    let cookie = Cookie::Form.read(&hub, &headers).unwrap_or_default();
    let token = form.one("form_token")?.unwrap_or_default();
    if !hub.accounts.is_form_token(&cookie, token) {
        return Err(invalid_request("The form was not made for this browser."));
    }
    let parameters = Parameters::from_query(&uri)?;
    let wish = Wish::read(&hub, &parameters).await?;
    if let Some(session) = current(&hub, &headers).await? {
        hub.accounts.sign_out(session.id).await?;
    }
    wish.done(&hub, &parameters, &headers, true)
}

/// What the app may have of what it asks for.
struct Wish {
    /// The session its id token names.
    session: Option<uuid::Uuid>,
    /// Where to go afterwards.
    target: Option<String>,
    state: Option<String>,
}

impl Wish {
    async fn read(hub: &Hub, parameters: &Parameters) -> Result<Self, Failure> {
        let named = parameters.one("client_id")?;
        let named: Option<ClientId> = named.and_then(|id| id.parse().ok());
        let hint = match parameters.one("id_token_hint")? {
            Some(token) => hub.accounts.sign_out_hint(token).await,
            None => None,
        };
        let hint = hint.filter(|hint| named.is_none_or(|named| named == hint.client));
        let client = hint.map(|hint| hint.client).or(named);
        let mut target = None;
        if let (Some(client), Some(uri)) = (client, parameters.one("post_logout_redirect_uri")?)
            && hub.accounts.is_sign_out_target(client, uri).await?
        {
            target = Some(uri.to_owned());
        }
        Ok(Self {
            session: hint.map(|hint| hint.session),
            target,
            state: parameters.owned("state")?,
        })
    }

    fn done(
        self,
        hub: &Hub,
        parameters: &Parameters,
        headers: &HeaderMap,
        forget: bool,
    ) -> Result<Response, Failure> {
        let mut response = match self.target {
            Some(uri) => {
                let state = self.state.map(|state| ("state", state));
                let query = Parameters::from_pairs(state.as_slice()).encoded();
                let joint = match (query.is_empty(), uri.contains('?')) {
                    (true, _) => "",
                    (false, true) => "&",
                    (false, false) => "?",
                };
                let location = HeaderValue::from_str(&format!("{uri}{joint}{query}"))
                    .map_err(|error| Failure::internal(&error))?;
                (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
            }
            None => {
                let language = language(parameters, headers);
                let frame = Frame {
                    language,
                    switch: &switched(SIGN_OUT, parameters, language),
                    form_target: None,
                };
                pages::signed_out(&frame)?
            }
        };
        if forget {
            let cookie = Cookie::Session.remove(hub)?;
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }
}
