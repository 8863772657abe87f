//! `POST …/calls/{call}/ack` and `…/new_candidate`: what a client says of its end
//! of a call. Of a call through the hub the hub needs to know nothing of it: it
//! answers ICE checks from wherever they come (ICE-lite, RFC 8445 section 2.5),
//! and media flows as soon as it can. In direct media it is for the other client.

use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use vdx_conference::candidate::Candidate;
use vdx_conference::state::PeerAnswer;
use vdx_media::RelayedDescription;

use super::extract::{MaybeJson, OwnCall};
use super::reply::{Failed, Success, call_failure, refusal};
use crate::Failure;

/// What a client says of an offer or an answer that it got.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct Ack {
    /// In direct media: the answer to the offer of `new_offer` or `update_sdp`.
    sdp: Option<String>,
    /// In direct media: that offer is not answered, the own one counts.
    #[serde(default)]
    offer_ignored: bool,
}

/// The client has the answer; or, in direct media, answers an offer.
///
/// The result of an answer to an offer is `false` where no offer waits for one.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/ack",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Option<Ack>,
    responses(
        (status = 200, description = "Noted.", body = Success<bool>),
        (status = 400, description = "The body or the answer cannot be used.", body = Failed),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
    ),
)]
pub(super) async fn ack(
    OwnCall(session, call): OwnCall,
    MaybeJson(ack): MaybeJson<Ack>,
) -> Result<Success<bool>, Failure> {
    let answer = match ack.sdp {
        // Whoever ignores says so in place of the answer, too.
        _ if ack.offer_ignored => PeerAnswer::Ignored,
        Some(sdp) => {
            let sdp = RelayedDescription::read(&sdp);
            PeerAnswer::Answered(sdp.map_err(|unusable| call_failure(unusable.into()))?)
        }
        None => return Ok(Success::new(true)),
    };
    let awaited = session.answer_peer(call, answer).map_err(refusal)?;
    Ok(Success::new(awaited))
}

/// Where a client may be reached.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct Found {
    /// An ICE candidate (RFC 8839 section 5.1), at most 512 bytes; empty when no
    /// more come.
    candidate: Option<String>,
    /// The media section it is for.
    #[serde(default)]
    mid: String,
    /// The user fragment of the credentials it belongs to.
    ufrag: Option<String>,
}

/// The client found an address of its own. In direct media the other client is
/// told by `new_candidate`.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/calls/{call}/new_candidate",
    tag = "Calls",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Oneself."),
        ("call" = Uuid, Path, description = "The call."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Option<Found>,
    responses(
        (status = 200, description = "Relayed, or not needed.", body = Success<Option<bool>>),
        (status = 400, description = "The body cannot be read, or is no candidate.", body = Failed),
        (status = 403, description = "No such call, or the token is not good.", body = Failed),
        (status = 429, description = "Too many candidates.", body = Failed),
    ),
)]
pub(super) async fn new_candidate(
    OwnCall(session, call): OwnCall,
    MaybeJson(found): MaybeJson<Found>,
) -> Result<Success<Option<bool>>, Failure> {
    if let Some(line) = found.candidate {
        let candidate = Candidate::new(line, found.mid, found.ufrag)
            .map_err(|invalid| Failure::new(StatusCode::BAD_REQUEST).text(invalid.to_string()))?;
        session.relay_candidate(call, candidate).map_err(refusal)?;
    }
    Ok(Success::new(None))
}
