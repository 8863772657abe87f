//! What the hub gives a browser to keep.

use http::{HeaderMap, HeaderValue, header};

use crate::{Failure, Hub};

/// A cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Somebody is signed in.
    Session,
    /// Forms are for this browser.
    Form,
    /// Somebody signed in here before.
    Note,
}

/// How long a note is kept: half a year.
const NOTE_AGE: u32 = 180 * 24 * 3600;

impl Cookie {
    fn name(self, secure: bool) -> &'static str {
        // With this prefix, no other host of the domain can set it (RFC 6265bis).
        match (self, secure) {
            (Self::Session, true) => "__Host-vdx-session",
            (Self::Form, true) => "__Host-vdx-form",
            (Self::Note, true) => "__Host-vdx-note",
            (Self::Session, false) => "vdx-session",
            (Self::Form, false) => "vdx-form",
            (Self::Note, false) => "vdx-note",
        }
    }

    /// Its value, if the browser shows it.
    pub(super) fn read(self, hub: &Hub, headers: &HeaderMap) -> Option<String> {
        let name = self.name(is_secure(hub));
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    }

    /// The header that makes the browser keep it; not readable by scripts, and
    /// not sent along by other sites' forms.
    pub(super) fn set(self, hub: &Hub, value: &str) -> Result<HeaderValue, Failure> {
        let age = (self == Self::Note).then(|| format!("; Max-Age={NOTE_AGE}"));
        self.header(hub, value, &age.unwrap_or_default())
    }

    /// The header that makes the browser forget it.
    pub(super) fn remove(self, hub: &Hub) -> Result<HeaderValue, Failure> {
        self.header(hub, "", "; Max-Age=0")
    }

    fn header(self, hub: &Hub, value: &str, age: &str) -> Result<HeaderValue, Failure> {
        let secure = is_secure(hub);
        let name = self.name(secure);
        let flag = if secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{flag}{age}");
        HeaderValue::from_str(&text).map_err(|error| Failure::internal(&error))
    }
}

fn is_secure(hub: &Hub) -> bool {
    hub.settings.public_url.starts_with("https://")
}
