//! Small things done to one participant: letting in, hands, spotlights, what is
//! received and what is written on the picture.

use serde::Deserialize;
use utoipa::ToSchema;
use vdx_conference::DisplayName;
use vdx_domain::ParticipantRole;

use super::extract::Target;
use super::reply::{Failed, Success, refusal};
use crate::{Failure, JsonBody};

on_participant! {
    tag: "Participants";
    /// A host lets in somebody who waits.
    admit = "/conferences/{alias}/participants/{participant}/unlock", |s, who| s.admit(who);
    /// Raises the own hand.
    buzz = "/conferences/{alias}/participants/{participant}/buzz", |s, who| s.raise_hand(who, true);
    /// Takes a hand down: the own, or as a host anybody's.
    clear_buzz = "/conferences/{alias}/participants/{participant}/clearbuzz", |s, who| s.raise_hand(who, false);
    /// A host has everybody see somebody.
    spotlight_on = "/conferences/{alias}/participants/{participant}/spotlighton", |s, who| s.spotlight(who, true);
    /// A host ends that.
    spotlight_off = "/conferences/{alias}/participants/{participant}/spotlightoff", |s, who| s.spotlight(who, false);
    /// A host lets somebody receive presentations.
    allow_presentation = "/conferences/{alias}/participants/{participant}/allowrxpresentation", |s, who| s.let_receive_presentation(who, true);
    /// A host lets somebody receive no presentation.
    deny_presentation = "/conferences/{alias}/participants/{participant}/denyrxpresentation", |s, who| s.let_receive_presentation(who, false);
}

/// What is written on a picture.
#[derive(Deserialize, ToSchema)]
pub(super) struct Overlay {
    /// Empty for the name; at most 100 characters are kept.
    text: String,
}

/// Writes another text than the name on a picture: the own, or as a host
/// anybody's.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/overlaytext",
    tag = "Participants",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "On whose picture."),
        ("token" = String, Header, description = "The participant's token."),
    ),
    request_body = Overlay,
    responses(
        (status = 200, description = "Done.", body = Success<bool>),
        (status = 400, description = "The body cannot be read.", body = Failed),
        (status = 403, description = "Not allowed, nobody there, or the token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn overlay_text(
    Target(session, target): Target,
    JsonBody(overlay): JsonBody<Overlay>,
) -> Result<Success<bool>, Failure> {
    let text = DisplayName::parse(&overlay.text);
    session.set_overlay_text(target, text).map_err(refusal)?;
    Ok(Success::new(true))
}

/// A role.
#[derive(Deserialize, ToSchema)]
pub(super) struct Role {
    role: RoleWord,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RoleWord {
    Chair,
    Guest,
}

/// A host makes somebody inside a host or a guest.
#[utoipa::path(
    post,
    path = "/conferences/{alias}/participants/{participant}/role",
    tag = "Participants",
    params(
        ("alias" = String, Path, description = "The room's address."),
        ("participant" = Uuid, Path, description = "Whom."),
        ("token" = String, Header, description = "A host's token."),
    ),
    request_body = Role,
    responses(
        (status = 200, description = "Done.", body = Success<bool>),
        (status = 400, description = "There is no such role.", body = Failed),
        (status = 403, description = "Not a host, nobody there, or the token is not good.", body = Failed),
        (status = 429, description = "Too much in too short a time.", body = Failed),
    ),
)]
pub(super) async fn role(
    Target(session, target): Target,
    JsonBody(wanted): JsonBody<Role>,
) -> Result<Success<bool>, Failure> {
    let role = match wanted.role {
        RoleWord::Chair => ParticipantRole::Host,
        RoleWord::Guest => ParticipantRole::Guest,
    };
    session.set_role(target, role).map_err(refusal)?;
    // Who stepped down is no host again, whatever happens to the hub next.
    session.kept().await;
    Ok(Success::new(true))
}
