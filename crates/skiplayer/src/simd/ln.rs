//! `ln(1 + x)` written so that a compiler turns a loop over it into vector instructions: no branches, no tables.
//!
//! 1 + x = 2^k m with m between the square roots of 1/2 and 2, and ln m = 2 artanh(s) with s = (m - 1)/(m + 1), |s| < 0.172, by its series.

use pulp::Simd;

use super::scalar::Scalar;

/// ln(1 + x) for finite x >= 0 to three units in the last place, however small x is. NaN stays NaN.
#[inline(always)]
pub fn ln_1p<T: Scalar, S: Simd>(x: T) -> T {
    let sum = T::ONE + x;
    // What rounding took from the sum: all of a small x.
    let lost = if x < T::ONE { x - (sum - T::ONE) } else { T::ONE - (sum - x) };
    let (k, scale) = sum.exponent();
    let f = Scalar::multiply_add::<S>(sum, scale, -T::ONE) + lost * scale;
    let s = f / (T::of(2.0) + f);
    let square = s * s;
    let mut degree = T::ARTANH_TERMS;
    let mut p = T::of(1.0 / (2 * degree + 1) as f64);
    while degree > 1 {
        degree -= 1;
        p = Scalar::multiply_add::<S>(p, square, T::of(1.0 / (2 * degree + 1) as f64));
    }
    let twice = s + s;
    let tail = Scalar::multiply_add::<S>(twice * square, p, k * T::EXP.ln_2_low);
    Scalar::multiply_add::<S>(k, T::EXP.ln_2_high, twice + tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fuses multiply and add.
    type Fused = pulp::Scalar512b;

    fn arguments() -> impl Iterator<Item = f64> {
        let by_powers = (-3000..3000).map(|i| 10f64.powf(f64::from(i) / 100.0));
        by_powers.chain((0..40_000).map(|i| f64::from(i) * 1e-4)).chain([0.0, f64::MIN_POSITIVE, f64::EPSILON, 1e300])
    }

    #[test]
    fn close_to_the_standard_library() {
        for x in arguments() {
            let expected = x.ln_1p();
            for ours in [ln_1p::<f64, Fused>(x), ln_1p::<f64, pulp::Scalar>(x)] {
                assert!(
                    (ours - expected).abs() <= 3.0 * f64::EPSILON * expected,
                    "ln(1 + {x}) = {ours}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn single_precision_is_close_to_double() {
        for x in arguments().map(|x| x as f32).filter(|x| x.is_finite()) {
            let expected = f64::from(x).ln_1p();
            for ours in [ln_1p::<f32, Fused>(x), ln_1p::<f32, pulp::Scalar>(x)] {
                let error = (f64::from(ours) - expected).abs();
                assert!(error <= 3.0 * f64::from(f32::EPSILON) * expected, "ln(1 + {x}) = {ours}, expected {expected}");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        assert!(ln_1p::<f64, Fused>(f64::NAN).is_nan() && ln_1p::<f32, Fused>(f32::NAN).is_nan());
    }
}
