//! The call type of a room: which media its guests send and receive.

/// Which kinds of media pass, one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaKinds {
    /// Microphones.
    pub audio: bool,
    /// Cameras.
    pub video: bool,
    /// Presentations.
    pub presentation: bool,
}

impl MediaKinds {
    /// Everything passes.
    pub const ALL: Self = Self {
        audio: true,
        video: true,
        presentation: true,
    };
}

/// What guests send and receive. One-way video is a call type: guests send
/// their camera, and receive a presentation and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallType {
    /// From the guest to the hub.
    pub send: MediaKinds,
    /// From the hub to the guest.
    pub receive: MediaKinds,
}

impl CallType {
    /// Everything, both ways.
    pub const ALL: Self = Self {
        send: MediaKinds::ALL,
        receive: MediaKinds::ALL,
    };

    /// Reads a call type as bookings carry it: kinds with their directions
    /// written together, such as `AudioSendRecvVideoSendOnlyPresentationRecvOnly`
    /// or, with the directions shortened, `AudioSendVideoSendOnly`. A kind without
    /// a direction goes both ways, one that is not named goes nowhere. A text that
    /// names no kind at all limits nothing: it is free text, and a room that can
    /// be used beats one that cannot.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let [audio, video, presentation] =
            ["audio", "video", "presentation"].map(|kind| directions(&text, kind));
        if [audio, video, presentation]
            .iter()
            .all(|one| *one == Directions::default())
        {
            return Self::ALL;
        }
        Self {
            send: MediaKinds {
                audio: audio.send,
                video: video.send,
                presentation: presentation.send,
            },
            receive: MediaKinds {
                audio: audio.receive,
                video: video.receive,
                presentation: presentation.receive,
            },
        }
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Directions {
    send: bool,
    receive: bool,
}

/// The directions of one kind in a lower-case text.
fn directions(text: &str, kind: &str) -> Directions {
    let Some(at) = text.find(kind) else {
        return Directions::default();
    };
    let rest = &text[at + kind.len()..];
    let sends = rest.starts_with("send");
    let receives = rest.starts_with("recv") || rest.starts_with("sendrecv");
    Directions {
        send: sends || !receives,
        receive: receives || !sends,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(audio: bool, video: bool, presentation: bool) -> MediaKinds {
        MediaKinds {
            audio,
            video,
            presentation,
        }
    }

    #[test]
    fn call_types_are_read_in_all_their_spellings() {
        let (t, f) = (true, false);
        let none = kinds(f, f, f);
        for (text, send, receive) in [
            (
                "AudioSendRecvVideoSendRecvPresentationSendRecv",
                MediaKinds::ALL,
                MediaKinds::ALL,
            ),
            (
                "VideoSendOnlyPresentationRecvOnly",
                kinds(f, t, f),
                kinds(f, f, t),
            ),
            ("AudioSendVideoSendOnly", kinds(t, t, f), none),
            (
                "AudioRecvVideoRecvOnlyPresentation",
                kinds(f, f, t),
                MediaKinds::ALL,
            ),
            ("AudioSendrecv", kinds(t, f, f), kinds(t, f, f)),
            ("Audio", kinds(t, f, f), kinds(t, f, f)),
            ("", MediaKinds::ALL, MediaKinds::ALL),
            ("none of these", MediaKinds::ALL, MediaKinds::ALL),
        ] {
            assert_eq!(CallType::parse(text), CallType { send, receive }, "{text}");
        }
    }
}
