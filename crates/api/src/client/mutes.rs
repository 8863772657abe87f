//! `POST participants/{participant}/mute` and its neighbours: microphones and
//! cameras off and on.

use vdx_conference::state::Mute;

use super::extract::Target;
use super::reply::{Failed, Success, refusal};
use crate::Failure;

/// The six operations differ in a word and in what they switch.
macro_rules! switches {
    ($($(#[$doc:meta])* $name:ident = $path:literal, $what:expr, $off:literal;)+) => {
        $(
            $(#[$doc])*
            #[utoipa::path(
                post,
                path = $path,
                tag = "Microphones and cameras",
                params(
                    ("alias" = String, Path, description = "The room's address."),
                    ("participant" = Uuid, Path, description = "Whose."),
                    ("token" = String, Header, description = "The participant's token."),
                ),
                responses(
                    (status = 200, description = "Done.", body = Success<bool>),
                    (status = 403, description = "Not allowed, or the token is not good.", body = Failed),
                ),
            )]
            pub(super) async fn $name(
                Target(session, target): Target,
            ) -> Result<Success<bool>, Failure> {
                session.mute(target, $what, $off).map_err(refusal)?;
                Ok(Success::new(true))
            }
        )+
    };
}

switches! {
    /// Nobody hears the microphone from now on. Hosts anybody's, guests their own.
    mute = "/conferences/{alias}/participants/{participant}/mute", Mute::Audio, true;
    /// The microphone is heard again.
    unmute = "/conferences/{alias}/participants/{participant}/unmute", Mute::Audio, false;
    /// Tells the others that one has muted oneself in the own client.
    client_mute = "/conferences/{alias}/participants/{participant}/client_mute", Mute::OwnAudio, true;
    /// Tells the others that one's own microphone is on again.
    client_unmute = "/conferences/{alias}/participants/{participant}/client_unmute", Mute::OwnAudio, false;
    /// Nobody sees the camera from now on. Hosts anybody's, guests their own.
    video_muted = "/conferences/{alias}/participants/{participant}/video_muted", Mute::Video, true;
    /// The camera is seen again.
    video_unmuted = "/conferences/{alias}/participants/{participant}/video_unmuted", Mute::Video, false;
}
