//! `GET /info`: is the API there, and which build is it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::access::Reader;
use super::failure::DetailedError;
use crate::{Failure, Hub};

/// What there is to say about this hub.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = info)]
struct InfoShape {
    info: Vec<InfoEntry>,
}

/// One thing to say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = infoType)]
struct InfoEntry {
    /// What it is about.
    #[schema(max_length = 100)]
    key: &'static str,
    /// What there is to say.
    #[schema(value_type = Object)]
    value: Value,
}

/// Tells which build of the hub answers; good for a first try of a token.
#[utoipa::path(
    get,
    path = "/info",
    tag = "Info",
    responses(
        (status = 200, description = "The API is there.", body = InfoShape),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    _: Reader,
) -> Result<Json<impl Serialize>, Failure> {
    Ok(Json(InfoShape {
        info: vec![InfoEntry {
            key: "build",
            value: json!({ "name": "vdx", "version": hub.settings.version }),
        }],
    }))
}
