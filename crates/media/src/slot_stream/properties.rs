//! Whatever sources send and networks lose, a receiver keeps up with a slot.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// Packets a receiver may miss in a row.
const MISSED: u32 = 700;

#[derive(Debug, Clone)]
enum Act {
    /// This source shall be in the slot.
    Want(Option<usize>),
    /// A source sends packets whose numbers are `step` apart.
    Send {
        source: usize,
        count: u16,
        step: u64,
        /// Every second packet comes before the one before it.
        reordered: bool,
        /// The receiver gets none of them.
        lost: bool,
    },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let step = prop_oneof![
        4 => Just(1u64),
        1 => 2..20u64,
        2 => 20..4_000u64,
        2 => 4_000..70_000u64,
    ];
    let send = (0..3usize, 1..400u16, step, any::<bool>(), any::<bool>());
    let send = send.prop_map(|(source, count, step, reordered, lost)| Act::Send {
        source,
        count,
        step,
        reordered,
        lost,
    });
    let want = prop::option::weighted(0.9, 0..3usize).prop_map(Act::Want);
    prop::collection::vec(prop_oneof![1 => want, 2 => send], 1..40)
}

/// What a receiver of SRTP knows of the numbers.
#[derive(Default)]
struct Receiver {
    newest: Option<u64>,
    missed: u32,
}

impl Receiver {
    /// The whole of a number, as RFC 3711 section 3.3.1 has it guessed.
    fn guess(&self, sequence: u16) -> u64 {
        let Some(newest) = self.newest else {
            return sequence.into();
        };
        let (rolled, last) = (newest >> 16, newest as u16);
        let rolled = match last.checked_sub(0x8000) {
            None if i32::from(sequence) - i32::from(last) > 0x8000 => rolled.wrapping_sub(1),
            Some(lowest) if lowest > sequence => rolled + 1,
            None | Some(_) => rolled,
        };
        rolled << 16 | u64::from(sequence)
    }

    fn takes(&mut self, lost: bool) -> bool {
        let takes = !lost || self.missed == MISSED;
        self.missed = if takes { 0 } else { self.missed + 1 };
        takes
    }
}

/// A slot that three sources of sound may be in, and who receives it.
struct World {
    stream: SlotStream,
    receiver: Receiver,
    now: Instant,
    next: [u64; 3],
    /// The newest number that each source has sent, and that the slot has.
    sent: [u64; 3],
    newest: u64,
    seen: HashSet<u64>,
}

impl World {
    fn new(first: u16) -> Self {
        Self {
            stream: SlotStream::new(48_000, first),
            receiver: Receiver::default(),
            now: Instant::now(),
            next: [1, 30_000, 65_530],
            sent: [0; 3],
            newest: u64::from(first),
            seen: HashSet::new(),
        }
    }

    fn layer(source: usize) -> Layer {
        Layer {
            source: CallId(uuid::Uuid::from_u128(source as u128)),
            ssrc: 7,
        }
    }

    fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        match *act {
            Act::Want(source) => self.stream.want(source.map(Self::layer), self.now),
            Act::Send {
                source,
                count,
                step,
                reordered,
                lost,
            } => {
                let first = self.next[source];
                for place in 0..u64::from(count) {
                    let place = if reordered { place ^ 1 } else { place };
                    self.send(source, first + place * step, lost)?;
                }
                self.next[source] = first + (u64::from(count) + 1) * step;
            }
        }
        Ok(())
    }

    fn send(&mut self, source: usize, sequence: u64, lost: bool) -> Result<(), TestCaseError> {
        self.now += Duration::from_millis(1);
        let in_order = sequence > self.sent[source];
        self.sent[source] = self.sent[source].max(sequence);
        let rewritten = self.stream.forward(&Incoming {
            layer: Self::layer(source),
            sequence,
            timestamp: sequence as u32,
            head: None,
            arrived: self.now,
        });
        let Some(Rewritten { sequence, .. }) = rewritten else {
            return Ok(());
        };
        prop_assert!(self.seen.insert(sequence), "{} twice", sequence);
        prop_assert!(!in_order || sequence > self.newest, "back to {}", sequence);
        let leap = sequence.saturating_sub(self.newest);
        prop_assert!(leap <= MOST_LEFT_OUT + 1, "a leap of {}", leap);
        self.newest = self.newest.max(sequence);
        if self.receiver.takes(lost) {
            let guess = self.receiver.guess(sequence as u16);
            prop_assert_eq!(guess, sequence, "guessed wrong");
            self.receiver.newest = self.receiver.newest.max(Some(sequence));
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn numbers_go_on_and_a_receiver_can_follow(first in 0..0x8000u16, acts in acts()) {
        let mut world = World::new(first);
        for act in &acts {
            world.act(act)?;
        }
    }
}

#[test]
fn what_is_lost_on_the_way_in_is_missed_and_what_leaps_too_far_begins_anew() {
    let mut world = World::new(1_000);
    world.stream.want(Some(World::layer(0)), world.now);
    let mut out = Vec::new();
    for sequence in [10, 11, 14, 12, 2_000, 2_001, 40_000, 40_001, 39_999] {
        world.now += Duration::from_millis(20);
        let rewritten = world.stream.forward(&Incoming {
            layer: World::layer(0),
            sequence,
            timestamp: 0,
            head: None,
            arrived: world.now,
        });
        out.push(rewritten.map(|rewritten| rewritten.sequence));
    }
    let expected = [1_001, 1_002, 1_005, 1_003, 2_991, 2_992, 2_994, 2_995];
    assert_eq!(out[..8], expected.map(Some));
    assert_eq!(out[8], None, "from before it began anew");
}
