//! `POST participants/{participant}/mute` and its neighbours: microphones and
//! cameras off and on.

use vdx_conference::state::Mute;

use super::extract::Target;
use super::reply::{Failed, Success, refusal};
use crate::Failure;

on_participant! {
    tag: "Microphones and cameras";
    /// Nobody hears the microphone from now on. Hosts anybody's, guests their own.
    mute = "/conferences/{alias}/participants/{participant}/mute", |s, who| s.mute(who, Mute::Audio, true);
    /// The microphone is heard again.
    unmute = "/conferences/{alias}/participants/{participant}/unmute", |s, who| s.mute(who, Mute::Audio, false);
    /// Tells the others that one has muted oneself in the own client.
    client_mute = "/conferences/{alias}/participants/{participant}/client_mute", |s, who| s.mute(who, Mute::OwnAudio, true);
    /// Tells the others that one's own microphone is on again.
    client_unmute = "/conferences/{alias}/participants/{participant}/client_unmute", |s, who| s.mute(who, Mute::OwnAudio, false);
    /// Nobody sees the camera from now on. Hosts anybody's, guests their own.
    video_muted = "/conferences/{alias}/participants/{participant}/video_muted", |s, who| s.mute(who, Mute::Video, true);
    /// The camera is seen again.
    video_unmuted = "/conferences/{alias}/participants/{participant}/video_unmuted", |s, who| s.mute(who, Mute::Video, false);
}
