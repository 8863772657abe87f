//! Parameters behind the question mark.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use jiff::Timestamp;

use super::refusal::invalid;
use super::time;
use super::version::Version;
use crate::{Failure, Hub};

/// The parameters of a request. One that comes twice counts as it came first;
/// one that is empty is as if it were not there.
pub(crate) struct Parameters(Vec<(String, String)>);

impl FromRequestParts<Hub> for Parameters {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let Query(pairs) = Query::from_request_parts(parts, hub)
            .await
            .map_err(|_| invalid("query", "cannot be read"))?;
        Ok(Self(pairs))
    }
}

impl Parameters {
    /// The value of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// An instant that must be given.
    pub(crate) fn instant(&self, version: Version, name: &str) -> Result<Timestamp, Failure> {
        let text = self
            .text(name)
            .ok_or_else(|| invalid(name, "must be given"))?;
        time::parse(version, name, text)
    }

    /// A word of a fixed set; `reason` says which there are.
    pub(crate) fn word<T: FromStr>(&self, name: &str, reason: &str) -> Result<Option<T>, Failure> {
        self.text(name)
            .map(|text| text.parse().map_err(|_| invalid(name, reason)))
            .transpose()
    }
}
