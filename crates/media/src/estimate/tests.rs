//! The estimator over made-up networks.

use std::collections::VecDeque;

use super::*;

/// A way of limited rate with a queue of up to 300 ms, a delay of 25 ms each
/// way, and random loss.
struct Way {
    estimator: Estimator,
    capacity: f64,
    /// Every n-th packet is lost; 0 = none.
    lose: u64,
    now: Instant,
    start: Instant,
    busy: f64,
    count: u64,
    /// Bytes of padding sent.
    padding: usize,
    base: Option<u16>,
    /// Arrivals not yet reported, in ticks of 250 µs; `None` = lost.
    waiting: VecDeque<Option<i64>>,
}

impl Way {
    fn new(capacity: f64) -> Self {
        let now = Instant::now();
        Self {
            estimator: Estimator::default(),
            capacity,
            lose: 0,
            now,
            start: now,
            busy: 0.0,
            count: 0,
            padding: 0,
            base: None,
            waiting: VecDeque::new(),
        }
    }

    fn carry(&mut self, number: u16, bytes: usize) {
        self.base.get_or_insert(number);
        self.count += 1;
        let at = self.now.duration_since(self.start).as_secs_f64();
        let queue = self.busy - at;
        let lost = self.lose > 0 && self.count.is_multiple_of(self.lose);
        if queue > 0.3 || lost {
            self.waiting.push_back(None);
            return;
        }
        self.busy = self.busy.max(at) + bytes as f64 * 8.0 / self.capacity;
        let ticks = ((self.busy + 0.025) * 4000.0) as i64;
        self.waiting.push_back(Some(ticks));
    }

    /// Reports everything sent so far.
    fn report(&mut self) {
        let Some(base) = self.base.take() else { return };
        let mut body = Vec::new();
        body.extend(base.to_be_bytes());
        body.extend((self.waiting.len() as u16).to_be_bytes());
        let first = self.waiting.iter().flatten().next().copied().unwrap_or(0);
        let reference = first / 256;
        body.extend(&(reference as u32).to_be_bytes()[1..]);
        body.push(0);
        let mut clock = reference * 256;
        let mut deltas = Vec::new();
        for arrived in &self.waiting {
            body.extend([if arrived.is_some() { 0x40 } else { 0 }, 1]);
            if let Some(at) = arrived {
                deltas.extend(((at - clock) as i16).to_be_bytes());
                clock = *at;
            }
        }
        body.extend(deltas);
        self.waiting.clear();
        let at = self.now + Duration::from_millis(25);
        self.estimator
            .arrivals(&body, &mut Allowance::default(), at);
    }

    /// Sends `bits` a second for `seconds`, or as much as is thought to fit.
    fn run(&mut self, seconds: u64, bits: f64) {
        let end = self.now + Duration::from_secs(seconds);
        let mut next_frame = self.now;
        let mut next_report = self.now + Duration::from_millis(50);
        while self.now < end {
            if self.now >= next_frame {
                next_frame += Duration::from_millis(33);
                let fits = self.estimator.estimate().unwrap_or(u64::MAX) as f64;
                let mut left = (bits.min(fits) / 8.0 * 0.033) as usize;
                while left > 0 {
                    let bytes = left.min(1100);
                    let number = self.estimator.sent(bytes, self.now);
                    self.carry(number, bytes);
                    left -= bytes;
                }
            }
            while let Some(padding) = self.estimator.padding(self.now) {
                let bytes = padding.bytes.clamp(100, 1200);
                let number = self.estimator.sent_padding(padding, bytes, self.now);
                self.padding += bytes;
                self.carry(number, bytes);
            }
            if self.now >= next_report {
                next_report += Duration::from_millis(50);
                self.report();
            }
            self.now += Duration::from_millis(1);
        }
    }

    fn estimate(&self) -> f64 {
        self.estimator.estimate().unwrap() as f64
    }
}

#[test]
fn nothing_is_known_without_reports() {
    let mut estimator = Estimator::default();
    estimator.sent(1000, Instant::now());
    assert_eq!(estimator.estimate(), None);
    estimator.receiver_says(300_000);
    assert_eq!(estimator.estimate(), Some(300_000));
}

#[test]
fn a_wide_way_stays_open() {
    let mut way = Way::new(20e6);
    way.estimator.desire(0, 800_000, way.now);
    way.run(10, 600_000.0);
    assert!(way.estimate() >= 1.4e6, "{}", way.estimate());
}

#[test]
fn a_narrow_way_is_found_and_its_queue_drained() {
    let mut way = Way::new(500_000.0);
    way.estimator.desire(0, 2_000_000, way.now);
    way.run(10, 2_000_000.0);
    let estimate = way.estimate();
    assert!((250_000.0..600_000.0).contains(&estimate), "{estimate}");
    let at = way.now.duration_since(way.start).as_secs_f64();
    assert!(way.busy - at < 0.25, "queue of {} s", way.busy - at);
}

#[test]
fn a_way_that_becomes_wide_again_is_used_within_ten_seconds() {
    let mut way = Way::new(300_000.0);
    way.estimator.desire(0, 1_500_000, way.now);
    way.run(10, 1_000_000.0);
    assert!(way.estimate() < 400_000.0, "{}", way.estimate());
    way.capacity = 5e6;
    way.run(12, 1_000_000.0);
    assert!(way.estimate() > 900_000.0, "{}", way.estimate());
}

#[test]
fn random_loss_of_a_twentieth_is_borne() {
    let mut way = Way::new(5e6);
    way.lose = 20;
    way.estimator.desire(0, 1_000_000, way.now);
    way.run(10, 800_000.0);
    assert!(way.estimate() > 800_000.0, "{}", way.estimate());
}

#[test]
fn heavy_loss_lowers_and_a_clean_way_brings_back() {
    let mut way = Way::new(5e6);
    way.lose = 3;
    way.estimator.desire(0, 1_000_000, way.now);
    way.run(10, 800_000.0);
    assert!(way.estimate() < 500_000.0, "{}", way.estimate());
    way.lose = 0;
    way.run(10, 800_000.0);
    assert!(way.estimate() > 700_000.0, "{}", way.estimate());
}

#[test]
fn where_a_small_picture_is_all_that_fits_padding_finds_room_for_a_larger_one() {
    let mut way = Way::new(200_000.0);
    way.estimator.desire(600_000, 1_500_000, way.now);
    way.run(15, 150_000.0);
    assert!(way.estimate() < 300_000.0, "{}", way.estimate());
    way.capacity = 5e6;
    way.run(15, 150_000.0);
    assert!(way.estimate() > 600_000.0, "{}", way.estimate());
}

#[test]
fn padding_stops_where_it_is_no_longer_needed_and_fills_no_queue() {
    let mut way = Way::new(400_000.0);
    way.estimator.desire(600_000, 700_000, way.now);
    let mut longest = 0.0f64;
    for _ in 0..30 {
        way.run(1, 100_000.0);
        let at = way.now.duration_since(way.start).as_secs_f64();
        longest = longest.max(way.busy - at);
    }
    assert!(way.padding > 300_000, "{} bytes in 30 s", way.padding);
    assert!(longest < 0.25, "a queue of {longest} s");
    way.estimator.desire(0, 90_000, way.now);
    way.padding = 0;
    way.run(5, 100_000.0);
    assert_eq!(way.padding, 0);
}
