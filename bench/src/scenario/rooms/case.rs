//! The rooms that are measured.

use std::time::Duration;

use crate::endpoint::Plan;
use crate::source::{Audio, SendPlan, VideoPlan};

/// Rooms of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) rooms: usize,
    /// People in a room who send.
    pub(super) speakers: usize,
    /// People in a room who only receive.
    pub(super) viewers: usize,
    pub(super) send: SendPlan,
    /// Sections in which pictures of others are received.
    pub(super) video_slots: u8,
    /// Sections in which sound of others is received.
    pub(super) audio_slots: u8,
}

/// What the hub's own page takes: pictures, sounds.
const PAGE: (u8, u8) = (9, 3);

/// Bitrates at which the slower of the two servers keeps well below a core on
/// a small machine, the clients' work being on another core.
pub(super) const CASES: [Case; 6] = [
    Case {
        name: "two_party",
        rooms: 30,
        speakers: 2,
        viewers: 0,
        send: SendPlan::CONSULTATION,
        video_slots: 1,
        audio_slots: 1,
    },
    Case {
        name: "twenty_party",
        rooms: 1,
        speakers: 20,
        viewers: 0,
        send: TWENTY,
        video_slots: 19,
        audio_slots: 19,
    },
    Case {
        name: "twenty_party_as_used",
        rooms: 1,
        speakers: 20,
        viewers: 0,
        send: TWENTY,
        video_slots: PAGE.0,
        audio_slots: PAGE.1,
    },
    Case {
        name: "one_to_500",
        rooms: 1,
        speakers: 1,
        viewers: 500,
        send: SendPlan {
            video: Some(VideoPlan {
                bitrate: 150_000,
                frame_rate: 10,
                small: None,
            }),
            audio: false,
            audio_interval: Audio::INTERVAL,
        },
        video_slots: 1,
        audio_slots: 0,
    },
    Case {
        name: "fifty_voices",
        rooms: 1,
        speakers: 50,
        viewers: 0,
        send: VOICE,
        video_slots: 0,
        audio_slots: 49,
    },
    Case {
        name: "fifty_voices_as_used",
        rooms: 1,
        speakers: 50,
        viewers: 0,
        send: VOICE,
        video_slots: 0,
        audio_slots: PAGE.1,
    },
];

const TWENTY: SendPlan = SendPlan {
    video: Some(VideoPlan {
        bitrate: 150_000,
        frame_rate: 20,
        small: None,
    }),
    audio: true,
    audio_interval: Duration::from_millis(60),
};

/// Long packets, as 50 open microphones would else be 122,000 packets a second.
const VOICE: SendPlan = SendPlan {
    video: None,
    audio: true,
    audio_interval: Duration::from_millis(120),
};

impl Case {
    pub(super) fn participants(&self) -> usize {
        self.rooms * (self.speakers + self.viewers)
    }

    /// The hub's layout that leaves nobody out, where the usual one would.
    pub(super) fn layout(&self) -> Option<&'static str> {
        (self.video_slots > PAGE.0).then_some("25:0")
    }

    pub(super) fn sender(&self) -> Plan {
        Plan {
            send: self.send,
            video_slots: self.video_slots,
            audio_slots: self.audio_slots,
        }
    }

    pub(super) fn viewer(&self) -> Plan {
        Plan {
            send: SendPlan::NOTHING,
            ..self.sender()
        }
    }

    /// What one person sends, kbit/s of payload.
    pub(super) fn bitrate(&self) -> f64 {
        let video = self.send.video.map_or(0, |video| video.bitrate);
        let packets = 1.0 / self.send.audio_interval.as_secs_f64();
        let audio = f64::from(u8::from(self.send.audio)) * packets * Audio::PAYLOAD as f64 * 8.0;
        (f64::from(video) + audio) / 1e3
    }

    /// Streams that somebody receives, when nothing is left out.
    pub(super) fn streams(&self) -> usize {
        let senders = self.speakers;
        let others = senders * (senders - 1) + senders * self.viewers;
        let kinds = usize::from(self.send.audio) + usize::from(self.send.video.is_some());
        self.rooms * others * kinds
    }
}
