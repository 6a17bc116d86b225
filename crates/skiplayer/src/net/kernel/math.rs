//! `exp` and `tanh` written so that a compiler turns a loop over them into vector instructions: no branches, no tables.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// ln 2 in two parts; the first has 21 trailing zero bits, so that `k * LN_2_HIGH` is exact for |k| < 2^21.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
/// Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// `a * b + c`, fused where `FMA` says that the processor can (a fused multiply-add in software is a hundred times slower).
#[inline(always)]
pub fn multiply_add<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// e^x to 1 unit in the last place or so on [-708, 709]; clamped outside, so never zero, infinite or NaN for finite x.
///
/// Range reduction x = k ln 2 + r with |r| <= (ln 2)/2, Taylor polynomial of degree 13 in r (remainder below 2^-57),
/// 2^k built in the exponent bits.
#[inline(always)]
pub fn exp<const FMA: bool>(x: f64) -> f64 {
    let x = x.clamp(-708.0, 709.0);
    let shifted = multiply_add::<FMA>(x, LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = multiply_add::<FMA>(-k, LN_2_HIGH, x);
    let r = multiply_add::<FMA>(-k, LN_2_LOW, r);
    const C: [f64; 14] = taylor();
    let mut p = C[13];
    let mut degree = 13;
    while degree > 0 {
        degree -= 1;
        p = multiply_add::<FMA>(p, r, C[degree]);
    }
    // The low bits of `shifted` hold k; moving them to the exponent adds k to it.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    p * power
}

/// tanh x to 2e-16 absolute: 1 - 2/(e^2x + 1).
///
/// Relative accuracy is lost near 0, where the absolute error of 2e-16 is all that a hidden unit feels.
#[inline(always)]
pub fn tanh<const FMA: bool>(x: f64) -> f64 {
    1.0 - 2.0 / (exp::<FMA>(2.0 * x.clamp(-20.0, 20.0)) + 1.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_to_the_standard_library() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) / 100.0;
            for ours in [exp::<true>(x), exp::<false>(x)] {
                assert!((ours / x.exp() - 1.0).abs() < 5e-16, "exp({x}) = {ours}, expected {}", x.exp());
            }
            let x = x / 30.0;
            for ours in [tanh::<true>(x), tanh::<false>(x)] {
                assert!((ours - x.tanh()).abs() < 4e-16, "tanh({x}) = {ours}, expected {}", x.tanh());
            }
        }
    }

    #[test]
    fn finite_for_every_finite_argument() {
        for x in [f64::MAX, f64::MIN, 1e300, -1e300, 710.0, -750.0, 0.0, f64::MIN_POSITIVE] {
            assert!(exp::<true>(x).is_finite() && exp::<true>(x) > 0.0);
            assert!(tanh::<true>(x).abs() <= 1.0);
        }
    }
}
