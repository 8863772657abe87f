//! Who speaks: from loudness levels, with hysteresis. A pure rule.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::ParticipantId;

/// From this level on somebody speaks: -50 dBov on the scale 0 to 127 of
/// [`vdx_media::MediaEvent::Loudness`]. Speech is at -20 to -40, a quiet room at
/// -60 and below.
pub const SPEECH: u8 = 77;

/// How much louder somebody must be to take over from a speaker who goes on
/// speaking.
pub const MARGIN: u8 = 10;

/// How long somebody must be the loudest to follow a speaker who fell silent.
pub const AFTER_SILENCE: SignedDuration = SignedDuration::from_millis(400);

/// How long somebody must be louder by [`MARGIN`] to take over from a speaker
/// who goes on speaking.
pub const OVER_SPEECH: SignedDuration = SignedDuration::from_millis(1000);

/// How long a speaker may pause and still count as speaking.
pub const PAUSE: SignedDuration = SignedDuration::from_millis(1000);

/// Most speakers remembered in their order.
const REMEMBERED: usize = 64;

/// The loudness of everybody and the order in which they last held the floor.
#[derive(Debug, Default)]
pub struct Speakers {
    levels: HashMap<ParticipantId, u8>,
    /// The active speaker first, then those before.
    order: Vec<ParticipantId>,
    challenger: Option<(ParticipantId, Timestamp)>,
    last_speech: Option<Timestamp>,
    heard_at: Option<Timestamp>,
}

impl Speakers {
    /// Takes the levels of all who send sound now.
    pub fn hear(&mut self, now: Timestamp, levels: impl IntoIterator<Item = (ParticipantId, u8)>) {
        self.levels = levels.into_iter().collect();
        self.heard_at = Some(now);
        self.choose(now);
        if self.active().is_some_and(|id| self.level(id) >= SPEECH) {
            self.last_speech = Some(now);
        } else if self
            .last_speech
            .is_some_and(|last| now.duration_since(last) >= PAUSE)
        {
            self.last_speech = None;
        }
    }

    /// Notices that no levels come any more: then nobody sends sound.
    pub fn tick(&mut self, now: Timestamp) {
        if self
            .heard_at
            .is_some_and(|last| now.duration_since(last) >= PAUSE)
        {
            self.hear(now, []);
        }
    }

    fn choose(&mut self, now: Timestamp) {
        let loudest = self
            .levels
            .iter()
            .filter(|(_, level)| **level >= SPEECH)
            .max_by_key(|(id, level)| (**level, **id))
            .map(|(id, level)| (*id, *level));
        let Some((loudest, level)) = loudest else {
            self.challenger = None;
            return;
        };
        let Some(active) = self.active() else {
            self.give_floor(loudest);
            return;
        };
        let active_level = self.level(active);
        let patience = if active_level < SPEECH {
            AFTER_SILENCE
        } else {
            OVER_SPEECH
        };
        let challenges = loudest != active
            && (active_level < SPEECH || level >= active_level.saturating_add(MARGIN));
        if !challenges {
            self.challenger = None;
            return;
        }
        match self.challenger {
            Some((who, since)) if who == loudest => {
                if now.duration_since(since) >= patience {
                    self.give_floor(loudest);
                }
            }
            _ => self.challenger = Some((loudest, now)),
        }
    }

    /// Somebody left.
    pub fn forget(&mut self, who: ParticipantId) {
        self.levels.remove(&who);
        if self.active() == Some(who) {
            self.last_speech = None;
        }
        self.order.retain(|id| *id != who);
        if self.challenger.is_some_and(|(id, _)| id == who) {
            self.challenger = None;
        }
    }

    /// Who holds the floor: the last to have spoken.
    #[must_use]
    pub fn active(&self) -> Option<ParticipantId> {
        self.order.first().copied()
    }

    /// The active speaker first, then those who spoke before.
    #[must_use]
    pub fn order(&self) -> &[ParticipantId] {
        &self.order
    }

    /// How loud somebody is, 0 to 127.
    #[must_use]
    pub fn level(&self, who: ParticipantId) -> u8 {
        self.levels.get(&who).copied().unwrap_or(0)
    }

    /// Whether the active speaker is speaking, short pauses aside.
    #[must_use]
    pub fn is_active_talking(&self) -> bool {
        self.last_speech.is_some()
    }

    fn give_floor(&mut self, who: ParticipantId) {
        self.order.retain(|id| *id != who);
        self.order.insert(0, who);
        self.order.truncate(REMEMBERED);
        self.challenger = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: u8 = 100;
    const QUIET: u8 = 40;

    struct Rig {
        speakers: Speakers,
        millis: i64,
    }

    impl Rig {
        fn new() -> Self {
            Self {
                speakers: Speakers::default(),
                millis: 1_800_000_000_000,
            }
        }

        /// Levels for `millis`, told every 200 ms.
        fn hear(&mut self, millis: i64, levels: &[(ParticipantId, u8)]) -> Option<ParticipantId> {
            for _ in 0..millis / 200 {
                self.millis += 200;
                let now = Timestamp::from_millisecond(self.millis).unwrap();
                self.speakers.hear(now, levels.iter().copied());
            }
            self.speakers.active()
        }
    }

    #[test]
    fn the_first_to_speak_is_active_at_once_and_stays_in_silence() {
        let (a, b) = (ParticipantId::generate(), ParticipantId::generate());
        let mut rig = Rig::new();
        assert_eq!(rig.hear(1000, &[(a, QUIET), (b, QUIET)]), None);
        assert_eq!(rig.hear(200, &[(a, LOUD), (b, QUIET)]), Some(a));
        assert_eq!(rig.hear(5000, &[(a, QUIET), (b, QUIET)]), Some(a));
        assert!(!rig.speakers.is_active_talking());
    }

    #[test]
    fn a_cough_does_not_take_the_floor_but_a_sentence_does() {
        let (a, b) = (ParticipantId::generate(), ParticipantId::generate());
        let mut rig = Rig::new();
        rig.hear(1000, &[(a, LOUD), (b, QUIET)]);
        assert_eq!(rig.hear(400, &[(a, QUIET), (b, LOUD)]), Some(a));
        rig.hear(200, &[(a, QUIET), (b, QUIET)]);
        assert_eq!(rig.hear(400, &[(a, QUIET), (b, LOUD)]), Some(a));
        assert_eq!(rig.hear(200, &[(a, QUIET), (b, LOUD)]), Some(b));
        assert_eq!(rig.speakers.order(), [b, a]);
    }

    #[test]
    fn of_two_who_speak_at_once_the_first_keeps_the_floor_unless_drowned() {
        let (a, b) = (ParticipantId::generate(), ParticipantId::generate());
        let mut rig = Rig::new();
        rig.hear(1000, &[(a, 90), (b, QUIET)]);
        assert_eq!(rig.hear(10_000, &[(a, 90), (b, 99)]), Some(a));
        assert_eq!(rig.hear(1000, &[(a, 90), (b, 100)]), Some(a));
        assert_eq!(rig.hear(200, &[(a, 90), (b, 100)]), Some(b));
    }

    #[test]
    fn when_the_active_speaker_leaves_the_one_before_follows() {
        let (a, b) = (ParticipantId::generate(), ParticipantId::generate());
        let mut rig = Rig::new();
        rig.hear(200, &[(a, LOUD)]);
        rig.hear(1000, &[(b, LOUD)]);
        assert_eq!(rig.speakers.active(), Some(b));
        rig.speakers.forget(b);
        assert_eq!(rig.speakers.active(), Some(a));
    }
}
