//! Apps in browsers: public clients that people sign in to.

use std::collections::BTreeSet;

use jiff::Timestamp;
use reqwest::Url;
use serde_json::{Value, json};
use uuid::Uuid;
use vdx_domain::{Agent, ApiRole, AuditOperation, ClientId};
use vdx_store::Tx;
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::audit::change;
use vdx_store::client_uris::{self, Purpose};

use super::clients::{record, snapshot};
use super::{RegistryError, fits};

/// The hub's own apps for staff.
pub const STAFF_APPS: ClientId =
    ClientId(Uuid::from_u128(0x5b1f_9a6e_0c4d_4e7a_9d5c_7a64_786d_7661));
/// The page of text messages that are kept instead of being sent, under the
/// hub's address.
pub const MESSAGES_PATH: &str = "/development/messages";
/// Where they are, under the hub's address.
const STAFF_PATHS: [&str; 4] = ["/booking/", "/sms/", "/management/", MESSAGES_PATH];
/// Most addresses of one kind.
const MAX_URIS: usize = 20;
/// Longest address, in bytes.
const MAX_URI: usize = 500;

/// Where an app is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppUris {
    /// Where people are sent back to after signing in; at least one.
    pub redirect: Vec<String>,
    /// Where they may be sent after signing out.
    pub logout: Vec<String>,
    /// From where pages may call the token endpoint, where it is not the hub's
    /// own address: `https://app.example`.
    pub origins: Vec<String>,
}

/// Makes an app. What people do through it is bounded by their roles and by
/// those of the app.
///
/// # Errors
/// [`RegistryError::Unfit`], [`RegistryError::Uri`], [`RegistryError::Store`].
pub async fn add_app(
    tx: &mut Tx,
    name: &str,
    roles: BTreeSet<ApiRole>,
    uris: &AppUris,
    agent: &Agent,
    now: Timestamp,
) -> Result<ApiClient, RegistryError> {
    check(uris)?;
    let app = app(ClientId(Uuid::new_v4()), name, roles)?;
    add(tx, &app, uris, agent, now).await?;
    Ok(app)
}

/// Makes the hub's own apps for staff, once, and keeps their addresses under
/// the hub's own.
///
/// # Errors
/// [`RegistryError::Store`].
pub async fn keep_staff_apps(
    tx: &mut Tx,
    public_url: &str,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let uris: Vec<String> = STAFF_PATHS
        .iter()
        .map(|path| format!("{public_url}{path}"))
        .collect();
    tx.lock("staff_apps").await?;
    let agent = Agent::hub("start");
    let Some(app) = api_clients::by_id(tx, STAFF_APPS).await? else {
        let roles = ApiRole::ALL.iter().copied().collect();
        let app = app(STAFF_APPS, "VDX", roles)?;
        let uris = AppUris {
            redirect: uris.clone(),
            logout: uris,
            origins: Vec::new(),
        };
        return add(tx, &app, &uris, &agent, now).await;
    };
    let mut before = client_uris::of(tx, STAFF_APPS, Purpose::Redirect).await?;
    let mut after = uris.clone();
    before.sort();
    after.sort();
    if before == after {
        return Ok(());
    }
    client_uris::replace(tx, STAFF_APPS, Purpose::Redirect, &uris).await?;
    client_uris::replace(tx, STAFF_APPS, Purpose::Logout, &uris).await?;
    let changed = change(Some(&json!(before)), Some(&json!(after)));
    record(tx, &app, AuditOperation::Update, changed, &agent, now);
    Ok(())
}

fn app(id: ClientId, name: &str, roles: BTreeSet<ApiRole>) -> Result<ApiClient, RegistryError> {
    if !fits(name) {
        return Err(RegistryError::Unfit(
            "an app needs a name of 1 to 100 characters",
        ));
    }
    if roles.is_empty() {
        return Err(RegistryError::Unfit("an app needs a role"));
    }
    Ok(ApiClient {
        id,
        name: name.to_owned(),
        organisation: None,
        email: None,
        roles,
        active: true,
        public: true,
        keys: None,
    })
}

async fn add(
    tx: &mut Tx,
    app: &ApiClient,
    uris: &AppUris,
    agent: &Agent,
    now: Timestamp,
) -> Result<(), RegistryError> {
    api_clients::add(tx, app, now).await?;
    for (purpose, uris) in [
        (Purpose::Redirect, &uris.redirect),
        (Purpose::Logout, &uris.logout),
        (Purpose::Origin, &uris.origins),
    ] {
        client_uris::replace(tx, app.id, purpose, uris).await?;
    }
    let mut made = snapshot(app);
    made["redirectUris"] = Value::from(uris.redirect.clone());
    record(
        tx,
        app,
        AuditOperation::Create,
        change(None, Some(&made)),
        agent,
        now,
    );
    Ok(())
}

fn check(uris: &AppUris) -> Result<(), RegistryError> {
    if uris.redirect.is_empty() {
        return Err(RegistryError::Unfit("an app needs a redirect URI"));
    }
    for list in [&uris.redirect, &uris.logout, &uris.origins] {
        if list.len() > MAX_URIS {
            return Err(RegistryError::Unfit("an app has at most 20 addresses"));
        }
        let distinct: BTreeSet<_> = list.iter().collect();
        if distinct.len() < list.len() {
            return Err(RegistryError::Unfit("an address is named twice"));
        }
    }
    let wrong = |uri: &String, reason: Option<&'static str>| match reason {
        None => Ok(()),
        Some(reason) => Err(RegistryError::Uri {
            uri: uri.clone(),
            reason,
        }),
    };
    for uri in uris.redirect.iter().chain(&uris.logout) {
        wrong(uri, wrong_with_uri(uri))?;
    }
    for origin in &uris.origins {
        let parsed = Url::parse(origin).ok();
        let same = parsed.is_some_and(|url| url.origin().ascii_serialization() == *origin);
        let reason = (!same).then_some("is no origin, as https://app.example");
        wrong(origin, reason.or_else(|| wrong_with_uri(origin)))?;
    }
    Ok(())
}

/// What is wrong with an address to which people, and codes, are sent.
fn wrong_with_uri(uri: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(uri) else {
        return Some("is no address");
    };
    let host = url.host_str().unwrap_or_default();
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    if uri.len() > MAX_URI || uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Some("is too long, or holds white space")
    } else if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        Some("must be https (or http on the person's own machine)")
    } else if url.fragment().is_some() {
        Some("must have no fragment (#…)")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("must have no user name or password")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(redirect: &[&str], origins: &[&str]) -> Result<(), RegistryError> {
        let owned = |uris: &[&str]| uris.iter().map(ToString::to_string).collect();
        check(&AppUris {
            redirect: owned(redirect),
            logout: Vec::new(),
            origins: owned(origins),
        })
    }

    #[test]
    fn codes_are_sent_to_safe_addresses_only() {
        for good in [
            "https://app.example/",
            "https://app.example/back?x=1",
            "http://localhost:5173/back",
            "http://127.0.0.1:5173/",
        ] {
            of(&[good], &[]).unwrap();
        }
        for wrong in [
            "http://app.example/",
            "app.example",
            "javascript:alert(1)",
            "https://app.example/#x",
            "https://me:secret@app.example/",
            "https://app.example/a b",
            "/back",
            "",
        ] {
            assert!(of(&[wrong], &[]).is_err(), "{wrong}");
        }
        assert!(of(&[], &[]).is_err());
        assert!(of(&["https://a.example/", "https://a.example/"], &[]).is_err());
    }

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        let app = ["https://app.example/"];
        of(&app, &["https://app.example", "http://localhost:5173"]).unwrap();
        for wrong in [
            "https://app.example/",
            "https://app.example:443",
            "*",
            "null",
        ] {
            assert!(of(&app, &[wrong]).is_err(), "{wrong}");
        }
    }
}
