//! `GET links/{shortId}`: where a short link leads.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use governor::Quota;
use governor::clock::DefaultClock;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_booking::LinkState;
use vdx_conference::Validity;
use vdx_domain::{GuestMicrophone, RoomKey, ShortId};

use super::HubError;
use crate::limits::{KeyedLimit, network, non_zero, too_many};
use crate::{Failure, Hub, PeerAddress};

/// Links an address may look up at once, and then each second: a hospital is
/// behind one address, and whoever tries links out gets nowhere with so few: a
/// link has 48 random bits.
const LOOK_UPS: (NonZeroU32, NonZeroU32) = (non_zero(200), non_zero(50));

/// How often links may be looked up from one address.
pub(crate) struct LinkLimit(KeyedLimit);

impl LinkLimit {
    pub(crate) fn new() -> Self {
        let quota = Quota::per_second(LOOK_UPS.1).allow_burst(LOOK_UPS.0);
        Self(KeyedLimit::new(quota, DefaultClock::default()))
    }

    /// Counts a look-up. `Err` is how long to wait.
    fn look_up(&self, address: IpAddr) -> Result<(), Duration> {
        self.0.count(network(address))
    }
}

/// Where a short link leads. Holds no PIN.
#[derive(Serialize, ToSchema)]
pub(super) struct Link {
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
}

/// Where a short link leads, and what the page needs to take its guest there.
#[utoipa::path(
    get,
    path = "/links/{shortId}",
    tag = "Links",
    params(("shortId" = String, Path, description = "The 12 characters of the link.")),
    responses(
        (status = 200, description = "The meeting behind the link.", body = Link),
        (status = 404, description = "No such link.", body = HubError),
        (status = 429, description = "Too many look-ups from this address; `Retry-After` says how long to wait.", body = HubError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    PeerAddress(address): PeerAddress,
    Path(short_id): Path<String>,
) -> Result<Json<Link>, Failure> {
    hub.link_limit
        .look_up(address)
        .map_err(|wait| too_many(wait).text("Too many look-ups."))?;
    let unknown = || Failure::new(StatusCode::NOT_FOUND).text("There is no such link.");
    let short_id: ShortId = short_id.parse().map_err(|_| unknown())?;
    let link = hub.booking.link(&short_id).await?.ok_or_else(unknown)?;
    let enters = link.state == LinkState::Open && !link.guest_pin_required;
    let ticket = enters.then(|| {
        hub.conferences
            .ticket(RoomKey::Meeting(link.meeting), Validity::Meeting)
    });
    Ok(Json(Link {
        state: match link.state {
            LinkState::NotYet => "not_yet",
            LinkState::Open => "open",
            LinkState::Over => "over",
        },
        address: link.address.to_string(),
        opens_at: link.opens_at,
        starts_at: link.starts_at,
        ends_at: link.ends_at,
        pin_required: link.guest_pin_required,
        guest_microphone: link.guest_microphone,
        call_type: link.call_type,
        return_url: link.return_url,
        ticket,
    }))
}
