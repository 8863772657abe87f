//! When packets arrived, as the receiver tells
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).

/// Most packets one report is read for.
const MAX_STATUSES: u16 = 8192;
/// Microseconds of a tick of the receiver's clock.
const TICK: i64 = 250;
/// Ticks of a unit of the reference time.
const REFERENCE_TICKS: i64 = 256;

/// Reads a report from its base sequence number on: for each packet its number
/// and when it arrived, microseconds of the receiver's clock, or that it did
/// not. `None` when the report ends too early; what was read before counts.
pub(super) fn read(body: &[u8], mut each: impl FnMut(u16, Option<i64>)) -> Option<()> {
    let (head, rest) = body.split_first_chunk::<8>()?;
    let [base_high, base_low, count_high, count_low, r0, r1, r2, _] = *head;
    let base = u16::from_be_bytes([base_high, base_low]);
    let count = u16::from_be_bytes([count_high, count_low]).min(MAX_STATUSES);
    // 24 bits with a sign.
    let reference = i32::from_be_bytes([r0, r1, r2, 0]) >> 8;
    let mut clock = i64::from(reference) * REFERENCE_TICKS;
    let mut deltas = Deltas {
        rest: rest.get(chunks(rest, count)? * 2..)?,
    };
    let mut number = 0;
    for chunk in rest.chunks_exact(2) {
        let chunk = u16::from_be_bytes([*chunk.first()?, *chunk.get(1)?]);
        for symbol in symbols(chunk) {
            if number == count {
                return Some(());
            }
            let arrived = match symbol {
                Symbol::NotReceived => None,
                Symbol::Small => Some(deltas.small()?),
                Symbol::Large => Some(deltas.large()?),
            };
            clock += arrived.unwrap_or(0);
            each(base.wrapping_add(number), arrived.map(|_| clock * TICK));
            number += 1;
        }
    }
    (number == count).then_some(())
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
    fn small(&mut self) -> Option<i64> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(i64::from(*first))
    }

    fn large(&mut self) -> Option<i64> {
        let (first, rest) = self.rest.split_first_chunk::<2>()?;
        self.rest = rest;
        Some(i64::from(i16::from_be_bytes(*first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(body: &[u8]) -> (Vec<(u16, Option<i64>)>, bool) {
        let mut packets = Vec::new();
        let whole = read(body, |number, at| packets.push((number, at)));
        (packets, whole.is_some())
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
        let at = |ticks: i64| Some((256 + ticks) * 250);
        let expected = vec![
            (65_534, at(4)),
            (65_535, at(12)),
            (0, None),
            (1, at(8)),
            (2, at(48)),
        ];
        assert_eq!(all(&body), (expected, true));
    }

    #[test]
    fn one_bit_vectors_are_read() {
        let body = [0, 1, 0, 3, 0, 0, 0, 0, 0b1010_1000, 0, 4];
        assert_eq!(
            all(&body),
            (vec![(1, Some(1000)), (2, None)], false),
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
}
