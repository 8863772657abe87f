//! `/development/messages`: the text messages that the development gateway
//! keeps instead of sending them.
//!
//! Numbers and texts are personal, and in a trial they may be of real people,
//! so the page is for operators who have signed in at the hub, also on the
//! hub's own machine and in the demo: an address in a private network proves
//! nothing behind a proxy. Each look at it is in the audit trail. With any
//! other gateway there is no such page.

mod page;
mod texts;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, Uri, header};
use vdx_accounts::registry::{MESSAGES_PATH, STAFF_APPS};
use vdx_domain::ApiRole;

use crate::oauth::{Language, Parameters, current, language};
use crate::{Failure, Hub, PeerAddress};
use page::View;

/// Most messages on the page.
const MOST: u32 = 100;
/// A code challenge (RFC 7636) to which nobody has the verifier: SHA-256 of
/// nothing known. The page asks for a sign-in and has no use for the code that
/// comes back; nobody else has either.
const NO_VERIFIER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The page and its style sheet.
pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route(MESSAGES_PATH, get(messages))
        .route("/development/messages.css", get(style))
}

async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        page::STYLE,
    )
}

async fn messages(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    if !hub.sms.keeps_messages() {
        return Err(Failure::new(StatusCode::NOT_FOUND));
    }
    let parameters = Parameters::from_query(&uri)?;
    let language = language(&parameters, &headers);
    let comes_back = ["code", "error"]
        .iter()
        .any(|name| parameters.all(name).next().is_some());
    let session = current(&hub, &headers).await?;
    let person = match &session {
        Some(session) => hub.accounts.person(session, address).await?,
        None => None,
    };
    let Some(person) = person else {
        // Who comes back from signing in and is not signed in would go round
        // for ever.
        return Ok(match comes_back {
            true => page::refused(language, &View::NotSignedIn),
            false => Redirect::to(&sign_in(&hub, language)).into_response(),
        });
    };
    if !person.roles.contains(&ApiRole::Operator) {
        return Ok(page::refused(language, &View::NotForThem));
    }
    if comes_back {
        // The code does not stay in the address.
        return Ok(
            Redirect::to(&format!("{}{}", hub.settings.public_url, own(language))).into_response(),
        );
    }
    let kept = hub.sms.kept_here(&person.agent, MOST).await?;
    Ok(page::messages(&hub, language, &kept))
}

fn own(language: Language) -> String {
    format!("{MESSAGES_PATH}?ui_locales={}", language.code())
}

/// Where to sign in, and come back from.
fn sign_in(hub: &Hub, language: Language) -> String {
    let back = format!("{}{MESSAGES_PATH}", hub.settings.public_url);
    let asked = Parameters::from_pairs(&[
        ("client_id", STAFF_APPS.to_string()),
        ("redirect_uri", back),
        ("response_type", "code".to_owned()),
        ("code_challenge", NO_VERIFIER.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
        ("ui_locales", language.code().to_owned()),
    ]);
    format!(
        "{}/oauth2/authorize?{}",
        hub.settings.public_url,
        asked.encoded()
    )
}
