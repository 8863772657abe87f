//! How many bits a second fit towards a receiver, estimated from when its
//! packets arrive (Google congestion control, draft-ietf-rmcat-gcc-02), or as
//! the receiver estimates it (REMB) where it does not tell arrivals.

mod arrivals;
mod delay;
mod filling;
mod history;
mod probe;
mod rate;

use std::time::{Duration, Instant};

use self::delay::{DelayTrend, Usage};
use self::filling::Filler;
pub(crate) use self::history::Allowance;
use self::history::{History, Told};
pub(crate) use self::probe::Padding;
use self::probe::Prober;
use self::rate::{DelayRate, LossRate, Throughput};

/// What is assumed to fit until the network was measured.
const FIRST: f64 = 1.5e6;
const FIRST_RTT: Duration = Duration::from_millis(100);

/// The estimate for one receiver.
#[derive(Debug)]
pub(crate) struct Estimator {
    history: History,
    told: Told,
    trend: DelayTrend,
    throughput: Throughput,
    delay: DelayRate,
    loss: LossRate,
    prober: Prober,
    filler: Filler,
    rtt: Option<Duration>,
    queue: Queue,
    /// Bits a second without which nothing gets better, and that would be welcome.
    needed: f64,
    desired: f64,
    measured: bool,
    /// Packets lost, and packets that arrived, since this was last asked.
    fates: (u32, u32),
    /// As the receiver says.
    remb: Option<u64>,
}

impl Default for Estimator {
    fn default() -> Self {
        Self {
            history: History::default(),
            told: Told::default(),
            trend: DelayTrend::default(),
            throughput: Throughput::default(),
            delay: DelayRate::new(FIRST),
            loss: LossRate::default(),
            prober: Prober::default(),
            filler: Filler::default(),
            rtt: None,
            queue: Queue::default(),
            needed: 0.0,
            desired: 0.0,
            measured: false,
            fates: (0, 0),
            remb: None,
        }
    }
}

/// How long packets wait on the way, against those that waited least.
#[derive(Debug, Default)]
struct Queue {
    origin: Option<Instant>,
    /// The shortest way in this period and in the one before, microseconds
    /// between two clocks that drift apart.
    shortest: (Option<i64>, Option<i64>),
    since: Option<Instant>,
}

impl Queue {
    const PERIOD: Duration = Duration::from_secs(30);
    /// Microseconds of a queue that is too long for talking.
    const LONG: i64 = 120_000;

    /// Whether even the quickest of these packets waited long.
    fn stands(&mut self, arrived: &[history::Arrived], now: Instant) -> bool {
        let Some(first) = arrived.first() else {
            return false;
        };
        let origin = *self.origin.get_or_insert(first.sent);
        let ways = arrived.iter().map(|packet| {
            let sent = packet.sent.saturating_duration_since(origin).as_micros();
            packet.at - i64::try_from(sent).unwrap_or(i64::MAX)
        });
        let quickest = ways.min().unwrap_or_default();
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) > Self::PERIOD {
            self.since = Some(now);
            self.shortest = (None, self.shortest.0);
        }
        let shortest = self
            .shortest
            .0
            .map_or(quickest, |least| least.min(quickest));
        self.shortest.0 = Some(shortest);
        let baseline = self
            .shortest
            .1
            .map_or(shortest, |least| least.min(shortest));
        quickest - baseline > Self::LONG
    }
}

impl Estimator {
    /// Notes that a packet of `bytes` leaves now; gives the transport-wide
    /// sequence number it carries.
    pub(crate) fn sent(&mut self, bytes: usize, now: Instant) -> u16 {
        self.filler.sent(bytes, now);
        self.history.push(now, bytes, self.prober.current())
    }

    /// Notes that padding leaves now; gives its sequence number.
    pub(crate) fn sent_padding(&mut self, padding: Padding, bytes: usize, now: Instant) -> u16 {
        // What was sent for nothing but itself the filler has counted.
        if padding.probe != 0 {
            self.filler.sent(bytes, now);
        }
        self.history.push(now, bytes, padding.probe)
    }

    /// Takes the body of a transport-wide report, from its base sequence number
    /// on, as far as what the datagram's reports may cost allows.
    pub(crate) fn arrivals(&mut self, body: &[u8], allowance: &mut Allowance, now: Instant) {
        let mut told = std::mem::take(&mut self.told);
        self.history.apply(body, allowance, &mut told);
        let before = self.bits();
        let mut over = false;
        let mut proven = None;
        for packet in &told.arrived {
            self.throughput.note(packet.at, packet.bytes);
            self.trend.note(packet);
            over |= self.trend.usage() == Usage::Over;
            proven = self.prober.note(packet, before, now).or(proven);
        }
        let arrived = u32::try_from(told.arrived.len()).unwrap_or(u32::MAX);
        self.fates.0 = self.fates.0.saturating_add(told.lost);
        self.fates.1 = self.fates.1.saturating_add(arrived);
        if arrived > 0 || told.lost > 0 {
            self.measured = true;
            let rtt = self.rtt.unwrap_or(FIRST_RTT);
            // A queue that is full grows no more; that it stands and overflows tells.
            over |= self.queue.stands(&told.arrived, now) && told.lost > 0;
            let usage = if over {
                Usage::Over
            } else {
                self.trend.usage()
            };
            if usage != Usage::Normal {
                self.filler.rest(now);
            }
            let arriving = match usage {
                Usage::Over => self.throughput.recent(),
                Usage::Normal | Usage::Under => self.throughput.bits(),
            };
            self.delay.update(usage, arriving, rtt, now);
            self.loss.update(told.lost, arrived, before, rtt, now);
        }
        if let Some(rate) = proven {
            self.delay.bits = self.delay.bits.max(rate);
            self.loss.prove(rate);
        }
        self.told = told;
        self.try_out(now);
    }

    /// The share of packets that were lost since this was last asked, 0 to 1;
    /// `None` where nothing was told.
    pub(crate) fn take_loss(&mut self) -> Option<f32> {
        let (lost, arrived) = std::mem::take(&mut self.fates);
        let all = lost as f32 + arrived as f32;
        (all > 0.0).then(|| lost as f32 / all)
    }

    /// Takes the receiver's own estimate, bits a second.
    pub(crate) fn receiver_says(&mut self, bits: u64) {
        self.remb = Some(bits);
    }

    /// Takes a measured round trip time.
    pub(crate) fn round_trip(&mut self, rtt: Duration) {
        self.rtt = Some(rtt);
    }

    /// Says how many bits a second would be welcome: so far the network is tried
    /// out; and how many are needed before anything gets better: so far, and as far
    /// as is thought to fit, padding makes up for what media does not take.
    pub(crate) fn desire(&mut self, needed: u64, welcome: u64, now: Instant) {
        self.needed = needed.min(welcome) as f64;
        self.desired = welcome as f64;
        self.try_out(now);
    }

    fn try_out(&mut self, now: Instant) {
        if self.measured {
            let lowered = self.delay.backed_off().max(self.loss.lowered());
            let bits = self.bits();
            self.prober
                .consider(bits, (self.needed, self.desired), lowered, now);
            self.filler.sustain(self.needed.min(bits), now);
        }
    }

    /// Padding to send now, to try out whether more fits.
    pub(crate) fn padding(&mut self, now: Instant) -> Option<Padding> {
        let probe = self.prober.next(now);
        let quiet = probe.is_none() && self.prober.current() == 0;
        probe.or_else(|| quiet.then(|| self.filler.next(now)).flatten())
    }

    /// Says that padding had no place to go.
    pub(crate) fn rest(&mut self, now: Instant) {
        self.filler.rest(now);
    }

    /// When [`Self::padding`] is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        let filling = self.filler.due().filter(|_| self.prober.current() == 0);
        [self.prober.due(), filling].into_iter().flatten().min()
    }

    fn bits(&self) -> f64 {
        let loss = self.loss.limit().unwrap_or(f64::INFINITY);
        self.delay.bits.min(loss).max(rate::LEAST)
    }

    /// Bits a second that fit; `None` for a receiver that tells nothing.
    pub(crate) fn estimate(&self) -> Option<u64> {
        let measured = self.measured.then(|| self.bits() as u64);
        measured.or(self.remb)
    }
}

#[cfg(test)]
mod tests;
