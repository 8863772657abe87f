//! `GET links/{shortId}`: where a short link leads.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_booking::{CancelledLink, Link, LinkState, MeetingLink};
use vdx_conference::Validity;
use vdx_domain::{GuestMicrophone, RoomKey, ShortId};

use super::HubError;
use super::themes::ThemeShape;
use crate::{Failure, Hub, PeerAddress};

/// Where a short link leads. Holds no PIN.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = link)]
pub(super) enum LinkShape {
    Meeting(Box<MeetingShape>),
    Cancelled(Box<CancelledShape>),
}

/// A meeting and its room.
#[derive(Serialize, ToSchema)]
#[schema(as = meetingLink)]
pub(super) struct MeetingShape {
    /// `not_yet`, `open` or `over`.
    state: &'static str,
    /// The room's address.
    address: String,
    /// From when on people can come in.
    #[schema(value_type = String, format = DateTime)]
    opens_at: Timestamp,
    /// When the meeting begins.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When the meeting ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// When it was to begin before its start was changed, the last time. Left out
    /// where it was not, and where it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    moved_from: Option<Timestamp>,
    /// Whether the page asks guests for their PIN.
    pin_required: bool,
    /// `on`, `muted` or `off`.
    #[schema(value_type = String)]
    guest_microphone: GuestMicrophone,
    /// Which media the page negotiates.
    call_type: Option<String>,
    /// Where the page goes afterwards.
    return_url: Option<String>,
    /// Entry as a guest without a PIN, while the room is open and none is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
    /// What the page looks like and says.
    theme: ThemeShape,
}

/// A meeting that will not be: it was deleted, or closed before it began. Of one
/// that was deleted the hub says so until a day after it would have ended.
#[derive(Serialize, ToSchema)]
#[schema(as = cancelledLink)]
pub(super) struct CancelledShape {
    /// `cancelled`.
    state: &'static str,
    /// When it would have begun.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When it would have ended; where it was closed, when.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// What the page looks like and says.
    theme: ThemeShape,
}

/// Where a short link leads, and what the page needs to take its guest there.
#[utoipa::path(
    get,
    path = "/links/{shortId}",
    tag = "Links",
    params(("shortId" = String, Path, description = "The 12 characters of the link.")),
    responses(
        (status = 200, description = "The meeting behind the link.", body = LinkShape),
        (status = 404, description = "No such link.", body = HubError),
        (status = 429, description = "Too many look-ups from this address; `Retry-After` says how long to wait.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    Path(short_id): Path<String>,
) -> Result<Json<LinkShape>, Failure> {
    hub.look_up_limit.count(address)?;
    let unknown = || Failure::new(StatusCode::NOT_FOUND).text("There is no such link.");
    let short_id: ShortId = short_id.parse().map_err(|_| unknown())?;
    let link = hub.booking.link(&short_id).await?.ok_or_else(unknown)?;
    let organisation = match &link {
        Link::Meeting(link) => &link.organisation,
        Link::Cancelled(link) => &link.organisation,
    };
    let theme = hub.organisations.theme_of(organisation).await?.into();
    Ok(Json(match link {
        Link::Meeting(link) => LinkShape::Meeting(Box::new(meeting(&hub, *link, theme))),
        Link::Cancelled(link) => LinkShape::Cancelled(Box::new(cancelled(&link, theme))),
    }))
}

fn meeting(hub: &Hub, link: MeetingLink, theme: ThemeShape) -> MeetingShape {
    let enters = link.state == LinkState::Open && !link.guest_pin_required;
    let ticket = enters.then(|| {
        hub.conferences
            .ticket(RoomKey::Meeting(link.meeting), Validity::Meeting)
    });
    MeetingShape {
        state: match link.state {
            LinkState::NotYet => "not_yet",
            LinkState::Open => "open",
            LinkState::Over => "over",
        },
        address: link.address.to_string(),
        opens_at: link.opens_at,
        starts_at: link.starts_at,
        ends_at: link.ends_at,
        moved_from: link.moved_from,
        pin_required: link.guest_pin_required,
        guest_microphone: link.guest_microphone,
        call_type: link.call_type,
        return_url: link.return_url,
        ticket,
        theme,
    }
}

fn cancelled(link: &CancelledLink, theme: ThemeShape) -> CancelledShape {
    CancelledShape {
        state: "cancelled",
        starts_at: link.starts_at,
        ends_at: link.ends_at,
        theme,
    }
}
