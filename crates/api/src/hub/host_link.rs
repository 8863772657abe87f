//! `POST rooms/{address}/host-link`: a host's own link.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_conference::Validity;
use vdx_domain::RoomAddress;

use super::HubError;
use super::access::Reader;
use crate::{Failure, Hub};

/// A host's own link.
#[derive(Serialize, ToSchema)]
pub(super) struct HostLink {
    /// Leads into the room as its host, without a PIN. Whoever has it is a host:
    /// it is for the host alone.
    link: String,
    /// From when on the link is worth nothing. It moves with the meeting's end.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Makes a link that leads its holder into a room as a host, without a PIN.
///
/// It is good until the meeting ends, to a permanent room for 24 hours, and no
/// longer than the room keeps its host PIN. It works also while the room's PINs
/// are not read because too many wrong ones were tried. For who may read the
/// room with its PINs: `GET /videoapi/v2/scheduling-info/{uuid}`.
#[utoipa::path(
    post,
    path = "/rooms/{address}/host-link",
    tag = "Links",
    security(("oauth2" = [])),
    params(("address" = String, Path, description = "The room's address.")),
    responses(
        (status = 200, description = "The link.", body = HostLink),
        (status = 401, description = "No good token.", body = HubError),
        (status = 403, description = "Not for this caller.", body = HubError),
        (status = 404, description = "No such room, or its meeting is over.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Reader(actor): Reader,
    Path(address): Path<String>,
) -> Result<Json<HostLink>, Failure> {
    let unknown = || Failure::new(StatusCode::NOT_FOUND).text("There is no such room.");
    let address: RoomAddress = address.parse().map_err(|_| unknown())?;
    let entry = hub.booking.host_entry(&actor, &address).await?;
    let validity = match entry.room.ends_at {
        Some(_) => Validity::Meeting,
        None => Validity::Until(entry.expires_at),
    };
    let ticket = hub.conferences.host_ticket(&entry.room, validity);
    Ok(Json(HostLink {
        // Behind the `#`, so that neither servers nor other sites read it.
        link: format!("{}#/?ticket={ticket}", entry.page),
        expires_at: entry.expires_at,
    }))
}
