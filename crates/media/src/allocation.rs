//! What a receiver's bandwidth is spent on: a pure rule.
//!
//! Sound comes before all pictures and is not dealt with here. Of what is left,
//! every picture first gets its smallest layer, the most important picture
//! first; what is left then makes them larger, again the most important first.
//! So everybody is seen before anybody is seen sharply, and where not even that
//! fits, it is the least important picture that stands still.

/// A layer that could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offered {
    pub(crate) ssrc: u32,
    /// Rows of its picture, as far as they are known, else as layers usually go.
    pub(crate) height: u16,
    /// Bits a second, overhead included; what it last had if it rests.
    pub(crate) rate: u64,
    /// Whether packets come.
    pub(crate) flows: bool,
}

/// A picture a receiver wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish<'a> {
    /// The layers there are, smallest first.
    pub(crate) layers: &'a [Offered],
    /// How many of them are no larger than what is wanted.
    pub(crate) most: usize,
    /// How many of them the receiver has been getting: 0 when the picture stands
    /// still for want of bandwidth. `None` for a picture that is new.
    pub(crate) held: Option<usize>,
}

/// What a larger layer must have to spare, in percent of its rate, so that the
/// choice does not swing at the edge.
const HEADROOM_PERCENT: u64 = 20;

/// How many layers each wish may climb to, in the order of the wishes: 0 is
/// nothing. The rates of the chosen layers add up to `budget` at most. Unless
/// `may_climb`, no picture gets larger than it is; one that stands still gets its
/// smallest layer as soon as that fits.
pub(crate) fn allocate(mut budget: u64, wishes: &[Wish<'_>], may_climb: bool) -> Vec<usize> {
    let mut granted = vec![0; wishes.len()];
    for (granted, wish) in granted.iter_mut().zip(wishes) {
        if wish.fits(1, budget, may_climb) {
            budget -= wish.rate(1);
            *granted = 1;
        }
    }
    for (granted, wish) in granted.iter_mut().zip(wishes).filter(|(n, _)| **n > 0) {
        let spent = wish.rate(1);
        let larger = (2..=wish.most).rev();
        let mut fitting = larger.filter(|n| wish.fits(*n, budget + spent, may_climb));
        if let Some(count) = fitting.next() {
            budget = budget + spent - wish.rate(count);
            *granted = count;
        }
    }
    granted
}

impl Wish<'_> {
    /// The rate of the largest of the first `count` layers.
    fn rate(&self, count: usize) -> u64 {
        count
            .checked_sub(1)
            .and_then(|last| self.layers.get(last))
            .map_or(0, |layer| layer.rate)
    }

    fn fits(&self, count: usize, budget: u64, may_climb: bool) -> bool {
        if count > self.most.min(self.layers.len()) {
            return false;
        }
        let rate = self.rate(count);
        match self.held {
            Some(held) if count > held => {
                // To be seen again nobody waits.
                (may_climb || count == 1) && rate + rate * HEADROOM_PERCENT / 100 <= budget
            }
            _ => rate <= budget,
        }
    }
}

/// How many of `layers` (smallest first) are no larger than a picture of
/// `wanted` rows needs: the first that is large enough, and those below it. A
/// picture may be enlarged by a quarter before the next layer is worth its
/// bits. `tallest` is the room's ceiling; the smallest layer is under any.
pub(crate) fn large_enough(layers: &[Offered], wanted: u16, tallest: u16) -> usize {
    let allowed = layers.iter().take_while(|layer| layer.height <= tallest);
    let allowed = allowed.count().max(1).min(layers.len());
    let enough = |layer: &Offered| u32::from(layer.height) * 5 >= u32::from(wanted) * 4;
    let first = layers.iter().take(allowed).position(enough);
    first.map_or(allowed, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAYERS: [Offered; 3] = [
        layer(1, 180, 150_000),
        layer(2, 360, 500_000),
        layer(3, 720, 1_200_000),
    ];

    const fn layer(ssrc: u32, height: u16, rate: u64) -> Offered {
        Offered {
            ssrc,
            height,
            rate,
            flows: true,
        }
    }

    fn new(most: usize) -> Wish<'static> {
        Wish {
            layers: &LAYERS,
            most,
            held: None,
        }
    }

    #[test]
    fn everybody_is_seen_before_anybody_is_seen_sharply() {
        let wishes = [new(3), new(1), new(1)];
        assert_eq!(allocate(10_000_000, &wishes, true), [3, 1, 1]);
        assert_eq!(allocate(1_500_000, &wishes, true), [3, 1, 1]);
        assert_eq!(allocate(1_499_999, &wishes, true), [2, 1, 1]);
        assert_eq!(allocate(799_999, &wishes, true), [1, 1, 1]);
        assert_eq!(allocate(449_999, &wishes, true), [1, 1, 0]);
        assert_eq!(allocate(149_999, &wishes, true), [0, 0, 0]);
    }

    #[test]
    fn a_presentation_before_a_face_and_large_before_small() {
        let slides = [layer(9, 1080, 800_000)];
        let slides = Wish {
            layers: &slides,
            most: 1,
            held: None,
        };
        let wishes = [slides, new(2), new(2)];
        assert_eq!(allocate(1_100_000, &wishes, true), [1, 1, 1]);
        assert_eq!(allocate(1_450_000, &wishes, true), [1, 2, 1]);
        assert_eq!(allocate(900_000, &wishes, true), [1, 0, 0]);
        assert_eq!(allocate(700_000, &wishes, true), [0, 2, 1]);
    }

    #[test]
    fn the_choice_does_not_swing_at_the_edge() {
        let holds = |held| Wish {
            held: Some(held),
            ..new(3)
        };
        assert_eq!(allocate(1_250_000, &[holds(3)], true), [3], "keeps it");
        assert_eq!(allocate(1_250_000, &[holds(2)], true), [2], "too tight");
        assert_eq!(allocate(1_440_000, &[holds(2)], true), [3]);
        assert_eq!(allocate(1_440_000, &[holds(2)], false), [2], "not yet");
        assert_eq!(allocate(1_440_000, &[holds(0)], false), [1], "seen at once");
        assert_eq!(allocate(1_440_000, &[new(3)], false), [3], "new");
    }

    #[test]
    fn a_picture_gets_the_layer_that_is_large_enough() {
        let most = |wanted, tallest| large_enough(&LAYERS, wanted, tallest);
        assert_eq!(most(90, 1080), 1);
        assert_eq!(most(225, 1080), 1, "enlarged by a quarter");
        assert_eq!(most(226, 1080), 2);
        assert_eq!(most(451, 1080), 3);
        assert_eq!(most(2000, 1080), 3, "the best there is");
        assert_eq!(most(2000, 480), 2, "the room's ceiling");
        assert_eq!(most(2000, 100), 1, "there is nothing smaller");
        assert_eq!(large_enough(&[], 720, 1080), 0);
    }

    fn layers() -> impl Strategy<Value = Vec<Offered>> {
        prop::collection::vec((1..2_000_000u64, 1..1080u16), 0..5).prop_map(|sizes| {
            let mut sizes: Vec<_> = sizes;
            sizes.sort_unstable();
            let layers = (1..).zip(sizes);
            layers
                .map(|(ssrc, (rate, height))| layer(ssrc, height, rate))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_budget_is_kept(
            pictures in prop::collection::vec(
                (layers(), 0..5usize, prop::option::of(0..5usize)), 0..12),
            budget in 0..8_000_000u64,
            may_climb in any::<bool>(),
        ) {
            let wishes: Vec<Wish<'_>> = pictures.iter().map(|(layers, most, held)| Wish {
                layers,
                most: *most,
                held: *held,
            }).collect();
            let granted = allocate(budget, &wishes, may_climb);
            prop_assert_eq!(granted.len(), wishes.len());
            let mut spent = 0;
            for (count, wish) in granted.iter().zip(&wishes) {
                prop_assert!(*count <= wish.most.min(wish.layers.len()));
                spent += wish.rate(*count);
                if !may_climb {
                    prop_assert!(wish.held.is_none_or(|held| *count <= held.max(1)));
                }
            }
            prop_assert!(spent <= budget, "{} of {}", spent, budget);
            // Nobody waits for a layer that still fits.
            for (count, wish) in granted.iter().zip(&wishes) {
                let next = count + 1;
                let more = wish.rate(next).saturating_sub(wish.rate(*count));
                let fresh = wish.held.is_none() && next <= wish.most.min(wish.layers.len());
                prop_assert!(!fresh || *count == 0 || more > budget - spent);
            }
        }
    }
}
