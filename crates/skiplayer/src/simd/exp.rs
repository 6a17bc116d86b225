//! `exp` written so that a compiler turns a loop over it into vector instructions: no branches, no tables.
//!
//! Range reduction x = k ln 2 + r with |r| <= (ln 2)/2, Taylor polynomial in r, 2^k built in the exponent bits.

use pulp::Simd;

use super::scalar::Scalar;

/// e^x to one or two units in the last place on [-708, 709], in f32 on [-87, 88]; clamped outside, so never zero, infinite or NaN
/// for finite x.
#[inline(always)]
pub fn exp<T: Scalar, S: Simd>(x: T) -> T {
    let c = T::EXP;
    let x = Scalar::clamp(x, c.smallest, c.largest);
    let shifted = Scalar::multiply_add::<S>(x, c.log2_e, c.round);
    let k = shifted - c.round;
    let r = Scalar::multiply_add::<S>(-k, c.ln_2_high, x);
    let r = Scalar::multiply_add::<S>(-k, c.ln_2_low, r);
    const TERMS: [f64; 14] = taylor();
    let mut p = T::of(TERMS[c.degree]);
    let mut degree = c.degree;
    while degree > 0 {
        degree -= 1;
        p = Scalar::multiply_add::<S>(p, r, T::of(TERMS[degree]));
    }
    p * shifted.power_of_two()
}

/// e^2x for [`tanh`], which needs it to an absolute error only, up to |x| = 20.
///
/// 2x log2 e is rounded once, where its error is as large as that of x: the range needs no second part of ln 2, and the
/// polynomial one degree less.
#[inline(always)]
pub fn exp_of_double<T: Scalar, S: Simd>(x: T) -> T {
    let c = T::EXP;
    let bound = T::of(20.0);
    let x = Scalar::clamp(x, -bound, bound);
    let scale = T::of(2.0 * std::f64::consts::LOG2_E);
    let shifted = Scalar::multiply_add::<S>(x, scale, c.round);
    let r = Scalar::multiply_add::<S>(x, scale, -(shifted - c.round));
    const TERMS: [f64; 14] = taylor_of_powers_of_two();
    let mut degree = c.degree - 1;
    let mut p = T::of(TERMS[degree]);
    while degree > 0 {
        degree -= 1;
        p = Scalar::multiply_add::<S>(p, r, T::of(TERMS[degree]));
    }
    p.times_power_of_two(shifted)
}

/// (ln 2)^k / k!
const fn taylor_of_powers_of_two() -> [f64; 14] {
    let mut c = [1.0; 14];
    let mut i = 1;
    while i < 14 {
        c[i] = c[i - 1] * std::f64::consts::LN_2 / i as f64;
        i += 1;
    }
    c
}

const fn taylor() -> [f64; 14] {
    let mut c = [1.0; 14];
    let mut i = 1;
    while i < 14 {
        c[i] = c[i - 1] / i as f64;
        i += 1;
    }
    c
}

/// 1 - 2/(e^2x + 1): tanh to an absolute error of two units in the last place of 1.
///
/// Relative accuracy is lost near 0, where the absolute error is all that a hidden unit feels.
#[inline(always)]
pub fn tanh<T: Scalar, S: Simd>(x: T) -> T {
    T::ONE - T::of(2.0) / (exp_of_double::<T, S>(x) + T::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fuses multiply and add.
    type Fused = pulp::Scalar512b;

    #[test]
    fn close_to_the_standard_library() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) / 100.0;
            for ours in [exp::<f64, Fused>(x), exp::<f64, pulp::Scalar>(x)] {
                assert!((ours / x.exp() - 1.0).abs() < 5e-16, "exp({x}) = {ours}, expected {}", x.exp());
            }
            let x = x / 30.0;
            for ours in [tanh::<_, Fused>(x), tanh::<_, pulp::Scalar>(x)] {
                assert!((ours - x.tanh()).abs() < 4e-16, "tanh({x}) = {ours}, expected {}", x.tanh());
            }
        }
    }

    #[test]
    fn single_precision_is_close_to_double() {
        for i in -86_900..=87_900 {
            let x = i as f32 / 1000.0;
            for ours in [exp::<f32, Fused>(x), exp::<f32, pulp::Scalar>(x)] {
                let ratio = f64::from(ours) / f64::from(x).exp();
                assert!((ratio - 1.0).abs() < 2.5e-7, "exp({x}) = {ours}, {ratio} of what is expected");
            }
            let x = x / 6.0;
            for ours in [tanh::<_, Fused>(x), tanh::<_, pulp::Scalar>(x)] {
                let expected = f64::from(x).tanh();
                assert!((f64::from(ours) - expected).abs() < 2.5e-7, "tanh({x}) = {ours}, expected {expected}");
            }
        }
    }

    /// A solver that has lost its way must see it.
    #[test]
    fn what_is_not_a_number_stays_so() {
        assert!(exp::<f64, Fused>(f64::NAN).is_nan() && exp::<f32, Fused>(f32::NAN).is_nan());
        assert!(tanh::<_, Fused>(f64::NAN).is_nan() && tanh::<_, Fused>(f32::NAN).is_nan());
    }

    #[test]
    fn finite_for_every_finite_argument() {
        for x in [f64::MAX, f64::MIN, 1e300, -1e300, 710.0, -750.0, 0.0, f64::MIN_POSITIVE] {
            assert!(exp::<f64, Fused>(x).is_finite() && exp::<f64, Fused>(x) > 0.0);
            assert!(tanh::<_, Fused>(x).abs() <= 1.0);
        }
        for x in [f32::MAX, f32::MIN, 89.0, -105.0, 0.0, f32::MIN_POSITIVE] {
            assert!(exp::<f32, Fused>(x).is_finite() && exp::<f32, Fused>(x) > 0.0);
            assert!(tanh::<_, Fused>(x).abs() <= 1.0);
        }
    }
}
