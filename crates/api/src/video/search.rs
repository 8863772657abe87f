//! What meetings are searched by, as both versions of the API ask it.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use vdx_booking::MeetingSearch;

use super::refusal::invalid;
use super::time;
use super::version::Version;
use crate::{Failure, Hub};

/// The query of an address.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Hub> for Parameters<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, hub).await;
        query
            .map(|Query(parameters)| Self(parameters))
            .map_err(|rejection| invalid("query", &rejection.body_text()))
    }
}

/// One criterion: the first of these that is there and not empty.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParameters {
    /// The end of a short link; finds one meeting.
    #[serde(rename = "short-id")]
    #[param(min_length = 12, max_length = 12)]
    short_id: Option<String>,
    /// A label, exactly.
    label: Option<String>,
    /// The subject, exactly.
    subject: Option<String>,
    /// The organiser's e-mail, exactly.
    #[serde(rename = "organizedBy")]
    organized_by: Option<String>,
    /// Part of the subject or the description, in any case; or exactly a label,
    /// the organiser's e-mail or the room's address. With both times only
    /// meetings that begin between them.
    search: Option<String>,
    /// With offset, whose plus sign is written `%2B`. Goes together with
    /// `to-start-time`.
    #[serde(rename = "from-start-time")]
    #[param(format = DateTime)]
    from_start_time: Option<String>,
    /// With offset, whose plus sign is written `%2B`. Goes together with
    /// `from-start-time`.
    #[serde(rename = "to-start-time")]
    #[param(format = DateTime)]
    to_start_time: Option<String>,
    /// The room's address, in any case.
    #[serde(rename = "uriWithDomain")]
    uri_with_domain: Option<String>,
}

impl SearchParameters {
    pub(crate) fn into_search(self, version: Version) -> Result<MeetingSearch, Failure> {
        let instant = |field: &str, text: Option<String>| {
            text.filter(|text| !text.is_empty())
                .map(|text| time::parse(version, field, &text))
                .transpose()
        };
        Ok(MeetingSearch {
            from: instant("from-start-time", self.from_start_time)?,
            to: instant("to-start-time", self.to_start_time)?,
            short_id: self.short_id,
            label: self.label,
            subject: self.subject,
            organized_by: self.organized_by,
            text: self.search,
            address: self.uri_with_domain,
        })
    }
}

/// The name of a room to look up.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UriParameter {
    /// As it stands in the room's scheduling-info, in any case.
    #[param(required)]
    uri: Option<String>,
}

impl UriParameter {
    pub(crate) fn required(self) -> Result<String, Failure> {
        self.uri.ok_or_else(|| invalid("uri", "must be given"))
    }
}
