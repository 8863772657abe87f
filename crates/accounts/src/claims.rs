//! What tokens say, and what is read of it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How far the clock of somebody else may be from ours, in seconds.
pub(crate) const SKEW: f64 = 60.0;

/// The registered claims (RFC 7519 section 4.1) that are checked; all others
/// are looked up by name.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) exp: f64,
    pub(crate) nbf: Option<f64>,
    #[serde(default)]
    pub(crate) aud: Audience,
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

/// For whom a token is: nobody in particular, one, or several.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    #[default]
    Nobody,
    One(String),
    Several(Vec<String>),
}

impl Audience {
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::Nobody => &[],
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// Why the times of a token do not fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Untimely {
    Expired,
    NotYet,
}

impl Claims {
    /// Whether the token is good at this instant, with clocks that differ by
    /// at most `skew` seconds.
    pub(crate) fn check_times(&self, now: Timestamp, skew: f64) -> Result<(), Untimely> {
        let now = now.as_duration().as_secs_f64();
        if now >= self.exp + skew {
            return Err(Untimely::Expired);
        }
        if self.nbf.is_some_and(|from| now + skew < from) {
            return Err(Untimely::NotYet);
        }
        Ok(())
    }

    /// When the token ends, if that is an instant at all.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        let seconds = jiff::SignedDuration::try_from_secs_f64(self.exp).ok()?;
        Timestamp::from_duration(seconds).ok()
    }

    /// A claim by its name: as it stands, or with dots that lead into objects
    /// (`realm_access.roles`).
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        if let Some(claim) = self.others.get(name) {
            return Some(claim);
        }
        let mut parts = name.split('.');
        let first = self.others.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    }

    /// A claim that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.named(name).and_then(Value::as_str)
    }

    /// A claim that is a list of words, or one word alone.
    pub(crate) fn words(&self, name: &str) -> Vec<&str> {
        match self.named(name) {
            Some(Value::String(word)) => vec![word],
            Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn names_lead_into_objects() {
        let claims = claims(json!({
            "exp": 1,
            "realm_access": { "roles": ["a", 1, "b"] },
            "https://id.example/org": "x",
            "a.b": "whole",
            "a": { "b": "inner" },
            "role": "one",
        }));
        assert_eq!(claims.words("realm_access.roles"), ["a", "b"]);
        assert_eq!(claims.words("role"), ["one"]);
        assert_eq!(claims.text("https://id.example/org"), Some("x"));
        assert_eq!(claims.text("a.b"), Some("whole"));
        for nothing in ["realm_access", "realm_access.x", "x.y", "", ".", "role.x"] {
            assert_eq!(claims.text(nothing), None, "{nothing}");
            assert!(claims.words(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn an_audience_is_one_or_several() {
        let names = |aud: Value| claims(json!({ "exp": 1, "aud": aud })).aud.names().to_vec();
        assert_eq!(names(json!("a")), ["a"]);
        assert_eq!(names(json!(["a", "b"])), ["a", "b"]);
        assert!(claims(json!({ "exp": 1 })).aud.names().is_empty());
        assert!(serde_json::from_value::<Claims>(json!({ "exp": 1, "aud": 7 })).is_err());
    }

    #[test]
    fn times_are_checked_to_the_second() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let claims = claims(json!({ "exp": 100, "nbf": 50 }));
        assert_eq!(claims.check_times(at(49), 0.0), Err(Untimely::NotYet));
        assert_eq!(claims.check_times(at(50), 0.0), Ok(()));
        assert_eq!(claims.check_times(at(99), 0.0), Ok(()));
        assert_eq!(claims.check_times(at(100), 0.0), Err(Untimely::Expired));
        assert_eq!(claims.check_times(at(159), SKEW), Ok(()));
        assert_eq!(claims.check_times(at(160), SKEW), Err(Untimely::Expired));
    }
}
