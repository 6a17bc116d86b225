//! The two types that a network can be computed in, and their vectors on the processor at hand.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

use pulp::Simd;

use super::lanes::{LANES, Lanes};
use super::series::{self, ExpConstants};

/// f64, which the evidence and Newton steps need, or f32, which serves stochastic steps at twice the speed and half the memory.
///
/// `S` is the processor's kind; everything that takes it belongs into code compiled for that kind (see `dispatch`).
pub trait Scalar:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + MulAssign
    + sealed::Sealed
    + 'static
{
    const ZERO: Self;
    const ONE: Self;
    /// What e^x is computed from.
    #[doc(hidden)]
    const EXP: ExpConstants<Self>;
    /// Terms after the first of the series of artanh that [`ln_1p`](super::ln_1p()) needs.
    #[doc(hidden)]
    const ARTANH_TERMS: usize;
    /// Fills up where a block of rows is not full.
    #[doc(hidden)]
    const ZEROS: &'static Lanes<Self>;

    /// As many values as the processor works on at once.
    type Vector<S: Simd>: Copy;

    /// The nearest value.
    fn of(value: f64) -> Self;
    fn to_f64(self) -> f64;
    fn abs(self) -> Self;
    fn max(self, other: Self) -> Self;
    /// NaN stays NaN.
    fn clamp(self, smallest: Self, largest: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn ln(self) -> Self;
    /// `self * b + c`, fused where the processor can (a fused multiply-add in software is a hundred times slower).
    fn multiply_add<S: Simd>(self, b: Self, c: Self) -> Self;
    /// 2^k, where `self` is an integer k after adding the constant that rounds (see [`exp`](super::exp())).
    #[doc(hidden)]
    fn power_of_two(self) -> Self;
    /// k and 2^-k with `self` 2^-k between the square roots of 1/2 and 2, of a `self` from 1 on.
    #[doc(hidden)]
    fn exponent(self) -> (Self, Self);
    /// `self` 2^k, a normal number as `self` is, with k as in [`power_of_two`](Self::power_of_two).
    #[doc(hidden)]
    fn times_power_of_two(self, shifted: Self) -> Self;

    /// All values, if their number is a multiple of the vector's length; else those before the last, incomplete vector.
    fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>];
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>];
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// a * b + c
    fn multiply_add_vectors<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    fn add_vectors<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum of a vector's values.
    fn total<S: Simd>(simd: S, vector: Self::Vector<S>) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

macro_rules! scalar {
    (
        $type:ident, $vector:ident, $exp:path, $artanh_terms:literal, $bias:literal,
        $as_simd:ident, $as_mut_simd:ident, $splat:ident, $multiply_add:ident, $add:ident, $total:ident
    ) => {
        impl Scalar for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EXP: ExpConstants<Self> = $exp;
            const ARTANH_TERMS: usize = $artanh_terms;
            const ZEROS: &'static Lanes<Self> = &Lanes([0.0; LANES]);

            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.max(other)
            }
            #[inline(always)]
            fn clamp(self, smallest: Self, largest: Self) -> Self {
                self.clamp(smallest, largest)
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                self.min(other)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                self.ln()
            }
            #[inline(always)]
            fn multiply_add<S: Simd>(self, b: Self, c: Self) -> Self {
                if S::IS_SCALAR { self * b + c } else { self.mul_add(b, c) }
            }
            #[inline(always)]
            fn power_of_two(self) -> Self {
                // The low bits hold k; moving them to the exponent adds k to it.
                $type::from_bits(self.to_bits().wrapping_add($bias) << ($type::MANTISSA_DIGITS - 1))
            }
            #[inline(always)]
            fn exponent(self) -> (Self, Self) {
                const BITS: u32 = $type::MANTISSA_DIGITS - 1;
                let k = self.to_bits().wrapping_sub(std::$type::consts::FRAC_1_SQRT_2.to_bits()) >> BITS;
                let scale = $type::from_bits((Self::ONE.to_bits() >> BITS).wrapping_sub(k) << BITS);
                // The low bits of 2^BITS count ones: not every processor has vectors that convert integers.
                let base = (1u64 << BITS) as $type;
                ($type::from_bits(base.to_bits() | k) - base, scale)
            }
            #[inline(always)]
            fn times_power_of_two(self, shifted: Self) -> Self {
                $type::from_bits(self.to_bits().wrapping_add(shifted.to_bits() << ($type::MANTISSA_DIGITS - 1)))
            }
            #[inline(always)]
            fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>] {
                S::$as_simd(values).0
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>] {
                S::$as_mut_simd(values).0
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
                simd.$splat(value)
            }
            #[inline(always)]
            fn multiply_add_vectors<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                c: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$multiply_add(a, b, c)
            }
            #[inline(always)]
            fn add_vectors<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn total<S: Simd>(simd: S, vector: Self::Vector<S>) -> Self {
                simd.$total(vector)
            }
        }
    };
}

scalar!(
    f64,
    f64s,
    series::DOUBLE,
    9,
    1023,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    mul_add_e_f64s,
    add_f64s,
    reduce_sum_f64s
);
scalar!(
    f32,
    f32s,
    series::SINGLE,
    4,
    127,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    mul_add_e_f32s,
    add_f32s,
    reduce_sum_f32s
);
