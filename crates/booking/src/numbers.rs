//! Drawing room numbers and PINs from a template's ranges.

use std::ops::Range;

use vdx_domain::{Pin, Randomness};

/// How often a taken number is drawn again before the booking is refused.
pub(crate) const NUMBER_ATTEMPTS: usize = 100;

/// PINs have 4 to 9 digits and no leading zero, because the API carries them as
/// whole numbers and the rooms ask for at least 4 digits.
pub(crate) const PINS: Range<i64> = 1_000..1_000_000_000;

/// The range from `low` to below `high`, when it holds at least one number.
pub(crate) fn range(low: i64, high: i64) -> Option<Range<u64>> {
    let low = u64::try_from(low).ok()?;
    let high = u64::try_from(high).ok()?;
    (low < high).then_some(low..high)
}

/// The PINs from `low` to below `high`; `None` when a bound is missing, the range
/// is empty, or it holds numbers that are no PINs.
pub(crate) fn pins(low: Option<i64>, high: Option<i64>) -> Option<Range<u64>> {
    let (low, high) = (low?, high?);
    if low < PINS.start || high > PINS.end {
        return None;
    }
    range(low, high)
}

/// One of these PINs; `None` when there are none.
pub(crate) fn draw_pin(
    low: Option<i64>,
    high: Option<i64>,
    randomness: &dyn Randomness,
) -> Option<Pin> {
    let number = randomness.number(pins(low, high)?)?;
    number.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use vdx_domain::SystemRandomness;

    use super::*;

    fn pin(low: i64, high: i64) -> Option<String> {
        draw_pin(Some(low), Some(high), &SystemRandomness).map(|pin| pin.reveal().to_owned())
    }

    #[test]
    fn a_range_of_one_number_gives_it() {
        assert_eq!(pin(1000, 1001).as_deref(), Some("1000"));
        assert_eq!(
            pin(999_999_999, 1_000_000_000).as_deref(),
            Some("999999999")
        );
    }

    #[test]
    fn empty_and_unfit_ranges_give_nothing() {
        for (low, high) in [
            (1000, 1000),
            (2000, 1000),
            (999, 2000),
            (1000, 1_000_000_001),
            (-5, -1),
        ] {
            assert_eq!(pin(low, high), None, "{low}..{high}");
        }
        assert!(draw_pin(None, Some(2000), &SystemRandomness).is_none());
        assert!(draw_pin(Some(1000), None, &SystemRandomness).is_none());
    }

    #[test]
    fn a_number_range_needs_low_below_high_and_nothing_negative() {
        assert_eq!(range(7, 8), Some(7..8));
        assert_eq!(range(8, 8), None);
        assert_eq!(range(9, 8), None);
        assert_eq!(range(-1, 8), None);
    }
}
