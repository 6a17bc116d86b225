//! Random numbers that likelihoods are made of.

use crate::random::Random;

/// Means from which on a count is drawn as a sum of two: e^-mean is then far above the smallest double.
const LARGEST_DRAWN_AT_ONCE: f64 = 500.0;

/// A Poisson count with this mean, by inversion. O(mean).
pub fn count(mean: f64, random: &mut Random) -> f64 {
    if mean > LARGEST_DRAWN_AT_ONCE {
        return count(0.5 * mean, random) + count(0.5 * mean, random);
    }
    let mut probability = (-mean).exp();
    let mut left = random.uniform() - probability;
    let mut drawn = 0.0;
    while left >= 0.0 && probability > 0.0 {
        drawn += 1.0;
        probability *= mean / drawn;
        left -= probability;
    }
    drawn
}

/// A gamma variate with this shape and scale 1 (Marsaglia & Tsang 2000; shapes below 1 by their section 6).
pub fn gamma(shape: f64, random: &mut Random) -> f64 {
    if shape < 1.0 {
        // ln of a uniform number in (0, 1].
        let boost = (1.0 - random.uniform()).ln() / shape;
        return gamma(shape + 1.0, random) * boost.exp();
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = random.normal();
        let v = (1.0 + c * x).powi(3);
        let u = 1.0 - random.uniform();
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}
