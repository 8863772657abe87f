//! Who may still come in while the node is nearly full.
//!
//! A pure rule over what was measured: the rim measures, asks at each join, and
//! tells the newcomer. Only joins are asked about: whoever is in stays in.

use std::time::Duration;

/// What a node has a limited amount of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Seats: each participant may have one call.
    Participants,
    /// The busiest media thread: a room's packets run on one thread, so one
    /// that is full drops packets while the others are idle.
    MediaThread,
    /// All threads of the hub together.
    Process,
    /// The way out of the machine.
    Egress,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Participants,
        Self::MediaThread,
        Self::Process,
        Self::Egress,
    ];

    /// A word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Participants => "participants",
            Self::MediaThread => "media_thread",
            Self::Process => "process",
            Self::Egress => "egress",
        }
    }
}

/// How much a node may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most participants at once.
    pub participants: u32,
    /// Most use of a media thread's processor, and of the processors the process
    /// may use: above 0, to 1; `None` = as much as there is.
    pub cpu: Option<f64>,
    /// Most bits a second to participants; `None` = as many as there are.
    pub egress_bits: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            participants: 2_000,
            cpu: Some(0.85),
            egress_bits: None,
        }
    }
}

/// What was measured in one interval.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Load {
    /// The busiest media thread's time on a processor or waiting for one, as a
    /// share of the interval.
    pub media_thread: f64,
    /// The time of all threads, as a share of what the processors had.
    pub process: f64,
    /// Bits a second to participants.
    pub egress_bits: u64,
}

/// Who comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doors {
    /// Everybody.
    Open,
    /// Those who join a conference with somebody in it; no further conference
    /// begins.
    Joining,
    /// Nobody new.
    Closed,
}

impl Doors {
    /// A word for people and programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Joining => "joining",
            Self::Closed => "closed",
        }
    }
}

/// From this use of a limit on no further conference begins: the last tenth is
/// for those who are awaited in one, so that a doctor finds the patient who waits.
const NEARLY_FULL: f64 = 0.9;
const FULL: f64 = 1.0;
/// Use has to fall this far below a mark before what was shut there opens again.
const HYSTERESIS: f64 = 0.05;
/// Measurements fade with this time constant: a moment's peak shuts nobody out.
const MEMORY: Duration = Duration::from_secs(5);
/// Of fewer participants nobody can say what each costs.
const FEW: f64 = 20.0;

/// The state of a node's capacity.
#[derive(Debug, Clone)]
pub struct Capacity {
    limits: Limits,
    /// Faded means.
    load: Load,
    /// Participants, faded like the load they caused.
    participants: f64,
    doors: Doors,
}

impl Capacity {
    /// Of an idle node.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            load: Load::default(),
            participants: 0.0,
            doors: Doors::Open,
        }
    }

    /// What may be used.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes in what was measured over the last `interval`, while `participants`
    /// were there.
    pub fn measured(&mut self, load: Load, interval: Duration, participants: u32) {
        let weight = 1.0 - (-interval.as_secs_f64() / MEMORY.as_secs_f64()).exp();
        let fade = |mean: &mut f64, now: f64| *mean += (now - *mean) * weight;
        fade(&mut self.load.media_thread, load.media_thread);
        fade(&mut self.load.process, load.process);
        fade(&mut self.participants, f64::from(participants));
        let mut egress = to_f64(self.load.egress_bits);
        fade(&mut egress, to_f64(load.egress_bits));
        self.load.egress_bits = to_u64(egress);
        self.look(participants);
    }

    /// 1 is all of the limit.
    fn use_of(&self, resource: Resource, participants: u32) -> f64 {
        let growth = self.growth(participants);
        match resource {
            Resource::Participants => {
                f64::from(participants) / f64::from(self.limits.participants.max(1))
            }
            Resource::MediaThread => self.share_of_cpu(self.load.media_thread * growth),
            Resource::Process => self.share_of_cpu(self.load.process * growth),
            Resource::Egress => self.limits.egress_bits.map_or(0.0, |most| {
                to_f64(self.load.egress_bits) * growth / to_f64(most.max(1))
            }),
        }
    }

    fn share_of_cpu(&self, used: f64) -> f64 {
        self.limits.cpu.map_or(0.0, |most| used / most)
    }

    /// What was measured lags behind who has come since: many come at the full
    /// hour. Each is taken to cost what the others do.
    fn growth(&self, participants: u32) -> f64 {
        (f64::from(participants) / self.participants.max(FEW)).max(1.0)
    }

    /// How much of each limit is in use with `participants`.
    #[must_use]
    pub fn used(&self, participants: u32) -> [(Resource, f64); 4] {
        Resource::ALL.map(|resource| (resource, self.use_of(resource, participants)))
    }

    /// Who comes in, as of the last look.
    #[must_use]
    pub fn doors(&self) -> Doors {
        self.doors
    }

    /// Whether one more may come in beside `participants`, into a conference
    /// with somebody in it or to `begin` one.
    pub fn may_enter(&mut self, participants: u32, begin: bool) -> bool {
        self.look(participants);
        match self.doors {
            Doors::Open => true,
            Doors::Joining => !begin,
            Doors::Closed => false,
        }
    }

    fn look(&mut self, participants: u32) {
        let (_, used) = scarcest(self.used(participants));
        let shut = |mark: f64, doors: Doors, before: Doors| {
            let mark = if before >= doors {
                mark - HYSTERESIS
            } else {
                mark
            };
            used >= mark
        };
        self.doors = if shut(FULL, Doors::Closed, self.doors) {
            Doors::Closed
        } else if shut(NEARLY_FULL, Doors::Joining, self.doors) {
            Doors::Joining
        } else {
            Doors::Open
        };
    }
}

/// The resource of which most is in use, and how much of its limit.
#[must_use]
pub fn scarcest(used: [(Resource, f64); 4]) -> (Resource, f64) {
    let [first, rest @ ..] = used;
    let more = |most: (Resource, f64), other: (Resource, f64)| match other.1 > most.1 {
        true => other,
        false => most,
    };
    rest.into_iter().fold(first, more)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate; its last bits do not matter"
)]
fn to_f64(bits: u64) -> f64 {
    bits as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of rates, which are not negative"
)]
fn to_u64(bits: f64) -> u64 {
    bits as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn capacity() -> Capacity {
        Capacity::new(Limits {
            participants: 1_000,
            cpu: Some(0.8),
            egress_bits: Some(1_000_000_000),
        })
    }

    fn busy(media_thread: f64) -> Load {
        Load {
            media_thread,
            ..Load::default()
        }
    }

    /// Lets a load last.
    fn hold(capacity: &mut Capacity, load: Load, seconds: u32, participants: u32) {
        for _ in 0..seconds {
            capacity.measured(load, SECOND, participants);
        }
    }

    #[test]
    fn the_last_tenth_of_the_seats_is_for_those_who_are_awaited() {
        let mut capacity = capacity();
        assert!(capacity.may_enter(899, true));
        assert!(!capacity.may_enter(900, true));
        assert!(capacity.may_enter(999, false));
        assert!(!capacity.may_enter(1_000, false));
        assert!(!capacity.may_enter(950, false), "it opens further down");
        assert!(capacity.may_enter(949, false));
        assert!(!capacity.may_enter(850, true));
        assert!(capacity.may_enter(849, true));
    }

    #[test]
    fn a_busy_thread_shuts_the_doors_and_a_moment_does_not() {
        let mut capacity = capacity();
        hold(&mut capacity, busy(0.3), 60, 500);
        capacity.measured(busy(1.0), SECOND, 500);
        assert_eq!(capacity.doors(), Doors::Open);
        hold(&mut capacity, busy(0.75), 60, 500);
        assert_eq!(capacity.doors(), Doors::Joining);
        assert_eq!(scarcest(capacity.used(500)).0, Resource::MediaThread);
        hold(&mut capacity, busy(0.85), 60, 500);
        assert_eq!(capacity.doors(), Doors::Closed);
        hold(&mut capacity, busy(0.77), 60, 500);
        assert_eq!(capacity.doors(), Doors::Closed, "hysteresis");
        hold(&mut capacity, busy(0.3), 60, 500);
        assert_eq!(capacity.doors(), Doors::Open);
    }

    #[test]
    fn processors_count_only_where_they_are_limited() {
        let mut capacity = Capacity::new(Limits {
            cpu: None,
            ..Limits::default()
        });
        hold(&mut capacity, busy(1.0), 60, 500);
        assert_eq!(capacity.doors(), Doors::Open);
    }

    #[test]
    fn who_came_since_the_measurement_counts_already() {
        let mut capacity = capacity();
        hold(&mut capacity, busy(0.4), 60, 400);
        assert!(capacity.may_enter(400, true));
        // Half of the limit for 400: twice as many would use all of it.
        assert!(capacity.may_enter(719, true));
        assert!(!capacity.may_enter(721, true));
        assert!(capacity.may_enter(799, false));
        assert!(!capacity.may_enter(801, false));
    }

    #[test]
    fn a_few_do_not_tell_what_many_cost() {
        let mut capacity = capacity();
        hold(&mut capacity, busy(0.02), 60, 1);
        assert!(
            capacity.may_enter(300, true),
            "300 × 2 % would be six times all"
        );
    }

    #[test]
    fn the_way_out_has_a_limit_where_one_is_set() {
        let load = Load {
            egress_bits: 950_000_000,
            ..Load::default()
        };
        let mut limited = capacity();
        hold(&mut limited, load, 60, 500);
        assert_eq!(limited.doors(), Doors::Joining);
        let mut unlimited = Capacity::new(Limits::default());
        hold(&mut unlimited, load, 60, 500);
        assert_eq!(unlimited.doors(), Doors::Open);
    }
}
