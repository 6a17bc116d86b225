//! Random numbers: the seed is an argument, and equal seeds give equal numbers on every machine.
//!
//! A stream belongs to what it is drawn for: two purposes, or two items of one purpose, never share numbers.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// What a stream is drawn for, in all crates. The codes are part of every result: they never change, and none is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// The order of an epoch of a deep network.
    Shuffle = 1,
    /// Crop and flip of one image in one epoch.
    Augment = 2,
    /// Which branches a step leaves out.
    StochasticDepth = 3,
    /// Which images are held out.
    Split = 4,
    /// Which images a small experiment uses.
    Subset = 5,
    /// First weights of a deep network: a stream for each name of a parameter.
    Weights = 6,
    /// Which blocks are left out or exchanged to see what they do.
    Lesions = 7,
    /// Which paths of each length carry a gradient.
    Paths = 8,
    /// Lines of inputs along which gradients are compared.
    Lines = 9,
    /// Directions of a loss landscape.
    Directions = 10,
    /// What data sets that are built in are put together from.
    BuiltIn = 11,
    /// Numbers for tests and benchmarks, of which no result depends.
    Noise = 12,
    /// Weights of a dense start; items are starts.
    Start = 16,
    /// Rows to inner folds.
    InnerFolds = 17,
    /// Rows to outer folds; items are repeats.
    OuterFolds = 18,
    /// Candidate directions of units that a sparse network may take in.
    UnitSearch = 19,
    /// Candidate directions of units that enter along a path.
    PathUnitSearch = 20,
    /// Multipliers of the wild bootstrap; items are chunks of draws.
    Bootstrap = 21,
    /// Rows that the tests of curvature look at.
    CurvatureRows = 22,
    /// Places of rows in the tiles of a large table.
    Tiles = 23,
    /// Rows of smaller training sets; items are folds.
    LearningCurve = 24,
    /// The direction along which near copies of rows are looked for.
    NearCopies = 25,
    /// Rows whose effects are computed.
    EffectRows = 26,
    /// Rows of a table that is not in memory.
    SomeRows = 27,
    /// Cells that rows borrow where the importance of inputs is measured.
    Importance = 28,
    /// Classes in another order; items are chunks of draws.
    PermutedClasses = 29,
    /// Rows to the half that chooses inputs and the half that estimates coefficients.
    SplitInference = 30,
    /// Responses in another order, which inputs cannot say anything of.
    Signal = 31,
}

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Random(Pcg64);

impl Random {
    /// The numbers of `seed` for item `item` of `purpose`.
    ///
    /// Purpose and item are the increment of the generator (O'Neill 2014, PCG64), so that no two of them share a sequence, whatever
    /// their seeds; the state is mixed from all three, since generators that begin alike are alike for a while.
    pub fn of(seed: u64, purpose: Purpose, item: u64) -> Self {
        let purpose = purpose as u64;
        let high = mixed(mixed(seed) ^ purpose);
        let low = mixed(high ^ item);
        let (state, stream) = (u128::from(high) << 64 | u128::from(low), u128::from(purpose) << 64 | u128::from(item));
        Self(Pcg64::new(state, stream))
    }

    /// Numbers for made-up data: tests, benchmarks and examples.
    pub fn simulated(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }

    /// Stream `stream` of `seed`: different streams are independent, whatever is drawn from the others.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Uniform on [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal (Box & Muller 1958; the second of the pair is not kept).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// 1 or -1 with equal odds.
    pub fn sign(&mut self) -> f64 {
        if self.0.next_u64() >> 63 == 0 { 1.0 } else { -1.0 }
    }

    /// Uniform on 0..n.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n - 1)
    }

    /// 0..n in random order (Fisher & Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

/// A bijection of 64 bits without structure that shows (SplitMix64; Steele, Lea & Flood 2014).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal() {
        let mut random = Random::simulated(1);
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let moment = |k: i32| draws.iter().map(|z| z.powi(k)).sum::<f64>() / f64::from(n);
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02 && (moment(4) - 3.0).abs() < 0.1);
    }

    #[test]
    fn a_permutation_holds_every_index_once() {
        let mut order = Random::simulated(3).permutation(57);
        order.sort_unstable();
        assert_eq!(order, (0..57).collect::<Vec<_>>());
    }

    /// Old results can be had again only if a purpose keeps its code.
    #[test]
    fn purposes_keep_their_codes() {
        use Purpose as P;
        let deep = [
            P::Shuffle,
            P::Augment,
            P::StochasticDepth,
            P::Split,
            P::Subset,
            P::Weights,
            P::Lesions,
            P::Paths,
            P::Lines,
            P::Directions,
            P::BuiltIn,
            P::Noise,
        ];
        let tables = [
            P::Start,
            P::InnerFolds,
            P::OuterFolds,
            P::UnitSearch,
            P::PathUnitSearch,
            P::Bootstrap,
            P::CurvatureRows,
            P::Tiles,
            P::LearningCurve,
            P::NearCopies,
            P::EffectRows,
            P::SomeRows,
            P::Importance,
            P::PermutedClasses,
            P::SplitInference,
        ];
        assert!(deep.into_iter().map(|purpose| purpose as u64).eq(1..=12));
        assert!(tables.into_iter().map(|purpose| purpose as u64).eq(16..=30));
    }

    #[test]
    fn purposes_and_items_share_no_numbers() {
        let mut seen = std::collections::HashSet::new();
        let mut n_drawn = 0;
        for seed in [0, 1, 2, u64::MAX] {
            for purpose in [Purpose::Start, Purpose::InnerFolds, Purpose::Bootstrap, Purpose::Tiles] {
                for item in [0, 1, 2, 1 << 32] {
                    let mut random = Random::of(seed, purpose, item);
                    seen.extend((0..200).map(|_| random.uniform().to_bits()));
                    n_drawn += 200;
                }
            }
        }
        // Of 12,800 numbers of 53 bits two agree by chance once in a hundred million.
        assert_eq!(seen.len(), n_drawn);
    }

    #[test]
    fn neighbouring_streams_are_uncorrelated() {
        let n = 20_000;
        let (mut a, mut b) = (Random::of(1, Purpose::Start, 0), Random::of(1, Purpose::Start, 1));
        let product = (0..n).map(|_| a.normal() * b.normal()).sum::<f64>() / f64::from(n);
        assert!(product.abs() < 4.0 / f64::from(n).sqrt(), "{product}");
    }
}
