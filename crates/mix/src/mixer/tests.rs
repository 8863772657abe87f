use super::*;
use crate::testing::{Ear, Sender, amplitude, biggest_step, quietest};
use crate::types::Joining;

const TONES: [f32; 3] = [400.0, 700.0, 1_100.0];

fn id(n: u128) -> CallId {
    CallId(uuid::Uuid::from_u128(n))
}

/// A room in which three talk, each on a tone of its own.
struct Story {
    mixer: Mixer,
    room: ConferenceId,
    now: Instant,
    senders: Vec<Sender>,
}

impl Story {
    fn new() -> Self {
        Self {
            mixer: Mixer::default(),
            room: ConferenceId::generate(),
            now: Instant::now(),
            senders: TONES.map(|hertz| Sender::new(hertz, 0.3)).into(),
        }
    }

    /// The first two have been heard, and mixes begin.
    fn tune(&mut self, mixes: Vec<Mix>, joining: &[usize]) {
        let joining = joining.iter().map(|voice| Joining {
            voice: id(*voice as u128),
            before: self.senders[*voice].packets(5),
            going_on: true,
        });
        self.mixer.tune(Tune {
            room: self.room,
            mixes,
            joining: joining.collect(),
            first_due: self.now,
        });
    }

    fn tick(&mut self) -> Mixed {
        for (voice, sender) in self.senders.iter_mut().enumerate() {
            let packet = sender.packet(960);
            self.mixer.hear(self.room, id(voice as u128), packet);
        }
        assert_eq!(self.mixer.due(self.now), Some(self.room));
        let mixed = self.mixer.mix(self.room, self.now).unwrap();
        self.now += TICK;
        mixed
    }
}

fn mix(n: u128, voices: &[u128]) -> Mix {
    Mix {
        id: id(n),
        voices: voices.iter().copied().map(id).collect(),
    }
}

#[test]
fn everybody_hears_the_others_and_never_oneself() {
    let mut story = Story::new();
    let own = |without: u128| {
        let others: Vec<u128> = (0..3).filter(|voice| *voice != without).collect();
        mix(10 + without, &others)
    };
    story.tune(
        vec![own(0), own(1), own(2), mix(20, &[0, 1, 2])],
        &[0, 1, 2],
    );
    let mut heard = vec![(Ear::new(), Vec::new()), (Ear::new(), Vec::new())];
    heard.extend([(Ear::new(), Vec::new()), (Ear::new(), Vec::new())]);
    for _ in 0..50 {
        let mixed = story.tick();
        assert_eq!(mixed.frames.len(), 4);
        assert_eq!(mixed.played.len(), 3);
        for (frame, (ear, heard)) in mixed.frames.iter().zip(&mut heard) {
            heard.extend(ear.hear(&frame.payload));
        }
    }
    for (receiver, (_, heard)) in heard.iter().enumerate() {
        for (voice, hertz) in TONES.into_iter().enumerate() {
            let amplitude = amplitude(&heard[4_800..], hertz);
            if receiver == voice {
                assert!(amplitude < 0.01, "{receiver} hears itself: {amplitude}");
            } else {
                assert!(amplitude > 0.2, "{receiver} hears {voice}: {amplitude}");
            }
        }
    }
}

#[test]
fn a_mix_goes_on_where_the_one_voice_stopped() {
    let mut story = Story::new();
    let mut ear = Ear::new();
    let mut heard = Vec::new();
    let before: Vec<Packet> = story.senders[0].packets(25);
    for packet in &before {
        heard.extend(ear.hear(&packet.payload));
    }
    story.mixer.tune(Tune {
        room: story.room,
        mixes: vec![mix(9, &[0, 1])],
        joining: vec![Joining {
            voice: id(0),
            before: before[20..].to_vec(),
            going_on: true,
        }],
        first_due: story.now,
    });
    let first = story.tick();
    assert_eq!(
        first.played,
        [(id(0), before[24].timestamp.wrapping_add(960))]
    );
    heard.extend(ear.hear(&first.frames[0].payload));
    for _ in 0..25 {
        let mixed = story.tick();
        heard.extend(ear.hear(&mixed.frames[0].payload));
    }
    let steady = &heard[4_800..24 * 960];
    let around = &heard[24 * 960..30 * 960];
    assert!(quietest(around) > 0.7 * quietest(steady), "a gap");
    let (usual, found) = (biggest_step(steady), biggest_step(around));
    assert!(found < 2.0 * usual, "a click: {found}, usually {usual}");
}

#[test]
fn frames_are_numbered_without_a_gap_while_voices_come_and_go() {
    let mut story = Story::new();
    story.tune(vec![mix(9, &[0, 1])], &[0, 1]);
    let mut last = None;
    for turn in 0..40 {
        match turn {
            10 => story.tune(vec![mix(9, &[0, 1, 2])], &[2]),
            20 => story.tune(vec![mix(9, &[1, 2]), mix(8, &[0, 1])], &[0]),
            30 => story.tune(vec![mix(9, &[1, 2])], &[]),
            _ => {}
        }
        let mixed = story.tick();
        let frame = mixed
            .frames
            .iter()
            .find(|frame| frame.mix == id(9))
            .unwrap();
        let now = (frame.sequence, mixed.timestamp);
        if let Some((sequence, timestamp)) = last.replace(now) {
            assert_eq!(now, (sequence + 1, timestamp + 960_u32));
        }
        assert!(frame.level > -30, "{}", frame.level);
    }
    story.tune(Vec::new(), &[]);
    assert_eq!(story.mixer.next_due(), None);
}

#[test]
fn a_thread_that_was_held_up_leaves_out_what_is_too_late() {
    let mut story = Story::new();
    story.tune(vec![mix(9, &[0, 1])], &[0, 1]);
    let before = story.tick();
    story.now += Duration::from_secs(1);
    let after = story.tick();
    assert_eq!(after.timestamp - before.timestamp, 51 * 960);
    assert_eq!(after.frames[0].sequence, before.frames[0].sequence + 1);
    assert!(story.mixer.next_due().unwrap() > story.now - TICK);
}

#[test]
fn a_voice_that_cannot_be_decoded_leaves_the_others_alone() {
    let mut story = Story::new();
    story.tune(vec![mix(9, &[0, 1])], &[0, 1]);
    let mut ear = Ear::new();
    let mut heard = Vec::new();
    for n in 0..100_u32 {
        let packet = story.senders[0].packet(960);
        story.mixer.hear(story.room, id(0), packet);
        let garbage = Packet {
            sequence: 1_000_000 + u64::from(n),
            timestamp: n * 960,
            payload: vec![0xff; 40].into(),
        };
        story.mixer.hear(story.room, id(1), garbage);
        let mixed = story.mixer.mix(story.room, story.now).unwrap();
        story.now += TICK;
        heard.extend(ear.hear(&mixed.frames[0].payload));
    }
    assert!(quietest(&heard[9_600..]) > 0.1);
    assert!(amplitude(&heard[9_600..], TONES[0]) > 0.2);
}

#[test]
fn the_number_of_voices_in_a_mix_is_bounded() {
    let mut story = Story::new();
    let many: Vec<u128> = (0..100).collect();
    story.tune(vec![mix(9, &many)], &[0, 1, 2]);
    let room = story.mixer.rooms.get(&story.room).unwrap();
    assert_eq!(room.mixes[0].mix.voices.len(), MAX_VOICES);
}

#[test]
fn a_room_that_nothing_comes_from_is_forgotten() {
    let mut story = Story::new();
    story.tune(vec![mix(9, &[0, 1])], &[0, 1]);
    let mut ticks = 0;
    while story.mixer.mix(story.room, story.now).is_some() {
        story.now += TICK;
        ticks += 1;
    }
    assert_eq!(ticks, SILENT_TICKS);
    assert_eq!(story.mixer.next_due(), None);
}
