//! When packets arrived, as the receiver tells
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).

/// Microseconds of a tick of the receiver's clock.
const TICK: i64 = 250;
/// Ticks of a unit of the reference time.
const REFERENCE_TICKS: i64 = 256;

/// What a report says of packets. Numbers go on at 0 after 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// One arrived, at so many microseconds of the receiver's clock.
    Arrived(u16, i64),
    /// Of so many, from the first on, none did.
    Missing(u16, u16),
}

/// Reads a report from its base sequence number on, until `each` has had enough
/// and gives `None`. `None` then, and when the report ends too early; what was
/// read before counts. However many packets a run is about, it is one step.
pub(super) fn read(body: &[u8], mut each: impl FnMut(Status) -> Option<()>) -> Option<()> {
    let (head, rest) = body.split_first_chunk::<8>()?;
    let [base_high, base_low, count_high, count_low, r0, r1, r2, _] = *head;
    let base = u16::from_be_bytes([base_high, base_low]);
    let count = u16::from_be_bytes([count_high, count_low]);
    // 24 bits with a sign.
    let reference = i32::from_be_bytes([r0, r1, r2, 0]) >> 8;
    let mut clock = i64::from(reference) * REFERENCE_TICKS;
    let mut deltas = Deltas {
        rest: rest.get(chunks(rest, count)? * 2..)?,
    };
    let mut told = 0;
    for chunk in rest.chunks_exact(2) {
        let chunk = u16::from_be_bytes([*chunk.first()?, *chunk.get(1)?]);
        let mut left = length(chunk).min(count - told);
        let mut symbols = symbols(chunk);
        while left > 0 {
            let number = base.wrapping_add(told);
            let (status, about) = match symbols.next()? {
                Symbol::NotReceived if is_run(chunk) => (Status::Missing(number, left), left),
                Symbol::NotReceived => (Status::Missing(number, 1), 1),
                symbol => {
                    clock += deltas.next(symbol)?;
                    (Status::Arrived(number, clock * TICK), 1)
                }
            };
            each(status)?;
            left -= about;
            told += about;
        }
        if told == count {
            return Some(());
        }
    }
    (told == count).then_some(())
}

#[derive(Clone, Copy)]
enum Symbol {
    NotReceived,
    Small,
    Large,
}

impl Symbol {
    fn of(bits: u16) -> Self {
        match bits & 3 {
            1 => Self::Small,
            2 => Self::Large,
            _ => Self::NotReceived,
        }
    }
}

/// The same of all its packets.
fn is_run(chunk: u16) -> bool {
    chunk >> 15 == 0
}

/// How many packets a chunk is about.
fn length(chunk: u16) -> u16 {
    match (chunk >> 15, chunk >> 14 & 1) {
        (0, _) => chunk & 0x1fff,
        (_, 0) => 14,
        _ => 7,
    }
}

fn symbols(chunk: u16) -> impl Iterator<Item = Symbol> {
    (0..length(chunk)).map(move |place| match (chunk >> 15, chunk >> 14 & 1) {
        (0, _) => Symbol::of(chunk >> 13),
        (_, 0) => Symbol::of(chunk >> (13 - place) & 1),
        _ => Symbol::of(chunk >> (12 - 2 * place)),
    })
}

/// How many chunks `count` packets take.
fn chunks(rest: &[u8], count: u16) -> Option<usize> {
    let mut told = 0;
    let mut used = 0;
    for chunk in rest.chunks_exact(2) {
        if told >= u32::from(count) {
            break;
        }
        told += u32::from(length(u16::from_be_bytes([
            *chunk.first()?,
            *chunk.get(1)?,
        ])));
        used += 1;
    }
    (told >= u32::from(count)).then_some(used)
}

struct Deltas<'a> {
    rest: &'a [u8],
}

impl Deltas<'_> {
    /// Ticks since the packet before.
    fn next(&mut self, symbol: Symbol) -> Option<i64> {
        match symbol {
            Symbol::NotReceived => Some(0),
            Symbol::Small => {
                let (first, rest) = self.rest.split_first()?;
                self.rest = rest;
                Some(i64::from(*first))
            }
            Symbol::Large => {
                let (first, rest) = self.rest.split_first_chunk::<2>()?;
                self.rest = rest;
                Some(i64::from(i16::from_be_bytes(*first)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Status::{Arrived, Missing};

    fn all(body: &[u8]) -> (Vec<Status>, bool) {
        let mut told = Vec::new();
        let whole = read(body, |status| {
            told.push(status);
            Some(())
        });
        (told, whole.is_some())
    }

    #[test]
    fn runs_and_vectors_are_read() {
        // From 65534: a run of two small deltas, then a vector of two-bit
        // symbols: not received, large, small.
        let body = [
            0xff,
            0xfe,
            0,
            5,
            0,
            0,
            1,
            7,
            0x20,
            2,
            0b1100_1001,
            0,
            4,
            8,
            0xff,
            0xfc,
            40,
        ];
        let at = |ticks: i64| (256 + ticks) * 250;
        let expected = vec![
            Arrived(65_534, at(4)),
            Arrived(65_535, at(12)),
            Missing(0, 1),
            Arrived(1, at(8)),
            Arrived(2, at(48)),
        ];
        assert_eq!(all(&body), (expected, true));
    }

    #[test]
    fn one_bit_vectors_are_read() {
        let body = [0, 1, 0, 3, 0, 0, 0, 0, 0b1010_1000, 0, 4];
        assert_eq!(
            all(&body),
            (vec![Arrived(1, 1000), Missing(2, 1)], false),
            "the second delta is missing"
        );
    }

    #[test]
    fn reports_that_end_early_or_lie_do_no_harm() {
        assert_eq!(all(&[]), (vec![], false));
        assert_eq!(all(&[0; 8]), (vec![], true), "about nothing");
        assert_eq!(
            all(&[0, 0, 0xff, 0xff, 0, 0, 0, 0, 0x1f, 0xff]),
            (vec![], false)
        );
        let body = [0, 0, 0, 9, 0, 0, 0, 0, 0x20, 9, 1, 1];
        assert_eq!(all(&body).0.len(), 2);
    }

    #[test]
    fn a_run_is_one_step_however_long_and_who_has_enough_reads_no_further() {
        let runs = [0x1f, 0xff].repeat(9);
        let body = [&[0, 1, 0xff, 0xff, 0, 0, 0, 0], &runs[..]].concat();
        let (told, whole) = all(&body);
        assert!(whole && told.len() == 9, "{told:?}");
        assert_eq!(told[0], Missing(1, 8191));
        assert_eq!(told[8], Missing(65_529, 7), "no more than are reported on");
        let mut steps = 0;
        let enough = read(&body, |_| {
            steps += 1;
            (steps < 3).then_some(())
        });
        assert_eq!((enough, steps), (None, 3));
    }
}
