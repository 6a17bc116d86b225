//! `exp` written so that a compiler turns a loop over it into vector instructions: no branches, no tables.
//!
//! Range reduction x = k ln 2 + r with |r| <= (ln 2)/2, Taylor polynomial in r, 2^k built in the exponent bits.

use pulp::Simd;

use super::scalar::Scalar;

/// ln 2 in two parts; the first has 21 trailing zero bits, so that `k * LN_2_HIGH` is exact for |k| < 2^21.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
/// Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// e^x to 1 unit in the last place or so on [-708, 709]; clamped outside, so never zero, infinite or NaN for finite x.
///
/// Degree 13: remainder below 2^-57.
#[inline(always)]
pub fn exp<S: Simd>(x: f64) -> f64 {
    let x = x.clamp(-708.0, 709.0);
    let shifted = multiply_add::<_, S>(x, std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = multiply_add::<_, S>(-k, LN_2_HIGH, x);
    let r = multiply_add::<_, S>(-k, LN_2_LOW, r);
    const C: [f64; 14] = taylor();
    let mut p = C[13];
    let mut degree = 13;
    while degree > 0 {
        degree -= 1;
        p = multiply_add::<_, S>(p, r, C[degree]);
    }
    // The low bits of `shifted` hold k; moving them to the exponent adds k to it.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    p * power
}

/// As [`LN_2_HIGH`], with 12 significant bits: exact products for |k| < 2^12.
const SINGLE_LN_2_HIGH: f32 = 0.693_359_4;
const SINGLE_LN_2_LOW: f32 = -2.121_944_4e-4;
/// 1.5 * 2^23
const SINGLE_ROUND: f32 = 12_582_912.0;

/// e^x to 2 units in the last place on [-87, 88]; clamped outside.
///
/// Degree 7: remainder below 2^-27.
#[inline(always)]
pub fn exp_single<S: Simd>(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let shifted = multiply_add::<_, S>(x, std::f32::consts::LOG2_E, SINGLE_ROUND);
    let k = shifted - SINGLE_ROUND;
    let r = multiply_add::<_, S>(-k, SINGLE_LN_2_HIGH, x);
    let r = multiply_add::<_, S>(-k, SINGLE_LN_2_LOW, r);
    const C: [f64; 14] = taylor();
    let mut p = C[7] as f32;
    let mut degree = 7;
    while degree > 0 {
        degree -= 1;
        p = multiply_add::<_, S>(p, r, C[degree] as f32);
    }
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    p * power
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

/// `a * b + c`. A function and not a closure, which could not be told to be inlined into the code for a processor.
#[inline(always)]
fn multiply_add<T: Scalar, S: Simd>(a: T, b: T, c: T) -> T {
    a.multiply_add::<S>(b, c)
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
            for ours in [exp::<Fused>(x), exp::<pulp::Scalar>(x)] {
                assert!((ours / x.exp() - 1.0).abs() < 5e-16, "exp({x}) = {ours}, expected {}", x.exp());
            }
            let x = x / 30.0;
            for ours in [Scalar::tanh::<Fused>(x), Scalar::tanh::<pulp::Scalar>(x)] {
                assert!((ours - x.tanh()).abs() < 4e-16, "tanh({x}) = {ours}, expected {}", x.tanh());
            }
        }
    }

    #[test]
    fn single_precision_is_close_to_double() {
        for i in -86_900..=87_900 {
            let x = i as f32 / 1000.0;
            for ours in [exp_single::<Fused>(x), exp_single::<pulp::Scalar>(x)] {
                let ratio = f64::from(ours) / f64::from(x).exp();
                assert!((ratio - 1.0).abs() < 2.5e-7, "exp({x}) = {ours}, {ratio} of what is expected");
            }
            let x = x / 6.0;
            for ours in [Scalar::tanh::<Fused>(x), Scalar::tanh::<pulp::Scalar>(x)] {
                let expected = f64::from(x).tanh();
                assert!((f64::from(ours) - expected).abs() < 2.5e-7, "tanh({x}) = {ours}, expected {expected}");
            }
        }
    }

    #[test]
    fn finite_for_every_finite_argument() {
        for x in [f64::MAX, f64::MIN, 1e300, -1e300, 710.0, -750.0, 0.0, f64::MIN_POSITIVE] {
            assert!(exp::<Fused>(x).is_finite() && exp::<Fused>(x) > 0.0);
            assert!(Scalar::tanh::<Fused>(x).abs() <= 1.0);
        }
        for x in [f32::MAX, f32::MIN, 89.0, -105.0, 0.0, f32::MIN_POSITIVE] {
            assert!(exp_single::<Fused>(x).is_finite() && exp_single::<Fused>(x) > 0.0);
            assert!(Scalar::tanh::<Fused>(x).abs() <= 1.0);
        }
    }
}
