//! Random numbers without a state: each is a function of the seed and of what it is drawn for.
//!
//! ```text
//!  key      seed (64 bits)
//!  counter  purpose | time (epoch or step) | item (image, block, class) | how many were drawn so far
//! ```
//!
//! So the numbers of an image do not depend on which thread prepares it, on the size of a batch, or on whether the run was
//! interrupted on the way. The function is Philox4x32 with ten rounds: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011),
//! "Parallel random numbers: as easy as 1, 2, 3", SC '11.

pub use skiplayer::random::Purpose;

/// A stream of random numbers: those drawn for one purpose, at one time, for one item.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// `time` is an epoch or a step, `item` an image, a block or a class: whatever the purpose counts. Different arguments give
    /// independent numbers.
    pub fn new(seed: u64, purpose: Purpose, time: u32, item: u32) -> Self {
        let key = [seed as u32, (seed >> 32) as u32];
        Self { key, counter: [0, item, time, purpose as u32], words: [0; 4], used: 4 }
    }

    /// Uniform on all of u32.
    pub fn word(&mut self) -> u32 {
        if self.used == self.words.len() {
            self.words = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Uniform on [0, 1), in steps of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        let (high, low) = (u64::from(self.word()), u64::from(self.word()));
        (((high << 32) | low) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform on 0..n, exactly (Lemire 2019, "Fast random integer generation in an interval", algorithm 5). 0 for n = 0.
    pub fn below(&mut self, n: u32) -> u32 {
        let mut product = u64::from(self.word()) * u64::from(n);
        if (product as u32) < n {
            // 2^32 mod n words would make some numbers more likely than others.
            let surplus = n.wrapping_neg() % n;
            while (product as u32) < surplus {
                product = u64::from(self.word()) * u64::from(n);
            }
        }
        (product >> 32) as u32
    }

    /// True with probability `p`.
    pub fn bernoulli(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// 1 or -1 with equal odds.
    pub fn sign(&mut self) -> f64 {
        if self.word() >> 31 == 0 { 1.0 } else { -1.0 }
    }

    /// Standard normal (Box & Muller 1958; the second of the pair is not kept).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// 0..n in random order.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// Puts `items` in random order (Fisher & Yates), every order being equally likely.
    ///
    /// # Complexity
    /// One draw an item.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            // More than 2^32 items do not fit into the memory of labels, let alone images.
            let j = self.below(i as u32 + 1) as usize;
            items.swap(i, j);
        }
    }
}

/// One block of four words.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let (a, b) = (0xd251_1f53 * u64::from(counter[0]), 0xcd9e_8d57 * u64::from(counter[2]));
        counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that the authors of Philox publish with their library (Random123, `kat_vectors`).
    #[test]
    fn known_answers_of_the_authors() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let digits_of_pi = philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        assert_eq!(digits_of_pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    /// Results of old runs depend on these: they may never change.
    #[test]
    fn the_streams_stay_what_they_are() {
        let words = |seed, purpose, time, item| {
            let mut stream = Stream::new(seed, purpose, time, item);
            [(); 5].map(|()| stream.word())
        };
        assert_eq!(words(0, Purpose::Shuffle, 0, 0), [768504805, 323543615, 4244168940, 2726800091, 3914554339]);
        assert_eq!(
            words(1 << 40, Purpose::Augment, 7, 49_999),
            [3232715959, 1450519165, 348543929, 2090992014, 4238165305]
        );
        let mut order: Vec<u32> = (0..10).collect();
        Stream::new(1, Purpose::Shuffle, 3, 0).shuffle(&mut order);
        assert_eq!(order, [2, 8, 1, 4, 7, 6, 9, 0, 3, 5]);
    }

    #[test]
    fn every_argument_matters() {
        let first = |seed, purpose, time, item| Stream::new(seed, purpose, time, item).word();
        let all = [
            first(0, Purpose::Shuffle, 0, 0),
            first(1, Purpose::Shuffle, 0, 0),
            first(1 << 32, Purpose::Shuffle, 0, 0),
            first(0, Purpose::Split, 0, 0),
            first(0, Purpose::Shuffle, 1, 0),
            first(0, Purpose::Shuffle, 0, 1),
        ];
        for (i, word) in all.iter().enumerate() {
            assert!(!all[..i].contains(word), "{i}");
        }
    }

    #[test]
    fn moments_of_the_normal() {
        let mut stream = Stream::new(1, Purpose::Weights, 0, 0);
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let moment = |k: i32| draws.iter().map(|z| z.powi(k)).sum::<f64>() / f64::from(n);
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02 && (moment(4) - 3.0).abs() < 0.1);
    }

    /// 97 does not divide 2^32, and 3 * 2^30 would show a bias of a quarter if surplus words were kept.
    #[test]
    fn integers_are_uniform() {
        let n_draws = 97_000;
        let mut counts = [0u32; 97];
        let mut stream = Stream::new(11, Purpose::Subset, 0, 0);
        (0..n_draws).for_each(|_| counts[stream.below(97) as usize] += 1);
        let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - 1000.0).powi(2) / 1000.0).sum();
        // 96 degrees of freedom: mean 96, standard deviation 13.9.
        assert!((60.0..140.0).contains(&chi_square), "{chi_square}");
        let third = 1 << 30;
        let low = (0..30_000).filter(|_| stream.below(3 * third) < third).count() as f64 / 30_000.0;
        assert!((low - 1.0 / 3.0).abs() < 0.01, "{low}");
        assert_eq!((stream.below(1), stream.below(0)), (0, 0));
    }

    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = [0u32; 24];
        for time in 0..24_000 {
            let mut order = [0usize, 1, 2, 3];
            Stream::new(5, Purpose::Shuffle, time, 0).shuffle(&mut order);
            let rank = |i: usize| order[i + 1..].iter().filter(|&&x| x < order[i]).count();
            counts[6 * rank(0) + 2 * rank(1) + rank(2)] += 1;
        }
        let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - 1000.0).powi(2) / 1000.0).sum();
        // 23 degrees of freedom: mean 23, standard deviation 6.8.
        assert!((5.0..48.0).contains(&chi_square), "{chi_square}");
    }
}
