//! Constants of the exponential series in double and single precision.

/// What [`exp`](super::exp::exp) has to know of a type.
#[derive(Debug, Clone, Copy)]
pub struct ExpConstants<T> {
    /// Arguments are clamped to these, so that 2^k is a normal number.
    pub(super) smallest: T,
    pub(super) largest: T,
    pub(super) log2_e: T,
    /// Adding 1.5 x 2^(bits of the mantissa) leaves the nearest integer in its low bits.
    pub(super) round: T,
    /// ln 2 in two parts; the first ends in so many zero bits that its product with k is exact.
    pub(super) ln_2_high: T,
    pub(super) ln_2_low: T,
    pub(super) degree: usize,
}

/// Degree 13: remainder below 2^-57. The first part of ln 2 has 21 trailing zero bits.
pub const DOUBLE: ExpConstants<f64> = ExpConstants {
    smallest: -708.0,
    largest: 709.0,
    log2_e: std::f64::consts::LOG2_E,
    round: 6_755_399_441_055_744.0,
    ln_2_high: f64::from_bits(0x3fe6_2e42_fee0_0000),
    ln_2_low: f64::from_bits(0x3dea_39ef_3579_3c76),
    degree: 13,
};

/// Degree 7: remainder below 2^-27. The first part of ln 2 has 12 significant bits.
pub const SINGLE: ExpConstants<f32> = ExpConstants {
    smallest: -87.0,
    largest: 88.0,
    log2_e: std::f32::consts::LOG2_E,
    round: 12_582_912.0,
    ln_2_high: 0.693_359_4,
    ln_2_low: -2.121_944_4e-4,
    degree: 7,
};
