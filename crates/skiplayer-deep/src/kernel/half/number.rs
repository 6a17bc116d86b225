//! Numbers of 16 bits: those of single precision without the last 16 (bfloat16).

use burn::tensor::bf16;

use crate::kernel::pool::Pooled;

/// The same number in single precision.
#[inline(always)]
pub fn wide(x: bf16) -> f32 {
    f32::from_bits(u32::from(x.to_bits()) << 16)
}

/// The nearest of 16 bits; of two the even one. What is no number stays none.
#[inline(always)]
pub fn rounded(x: f32) -> bf16 {
    let bits = x.to_bits();
    let nearest = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    // Quiet, and without a carry that would make infinity of it.
    let none = (bits >> 16) | 0x40;
    bf16::from_bits(if x.is_nan() { none } else { nearest } as u16)
}

/// What maps are made of: single precision, channel by channel, or 16 bits, with all channels of a pixel side by side.
pub trait Number: Pooled + Send + Sync {
    /// Whether channels of a pixel are side by side.
    const CHANNELS_LAST: bool;

    fn single(self) -> f32;

    fn nearest(x: f32) -> Self;
}

impl Number for f32 {
    const CHANNELS_LAST: bool = false;

    #[inline(always)]
    fn single(self) -> f32 {
        self
    }

    #[inline(always)]
    fn nearest(x: f32) -> Self {
        x
    }
}

impl Number for bf16 {
    const CHANNELS_LAST: bool = true;

    #[inline(always)]
    fn single(self) -> f32 {
        wide(self)
    }

    #[inline(always)]
    fn nearest(x: f32) -> Self {
        rounded(x)
    }
}

/// Zero for what is too small to be a normal number, as tiles take it.
#[inline(always)]
pub fn flushed(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0f32.copysign(x) } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roundings_are_those_of_the_definition() {
        let mut x = 0x0000_1234u32;
        for _ in 0..200_000 {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            for bits in [x, x & 0xffff_8000, x | 0x7f80_0000, x & 0x807f_ffff] {
                let value = f32::from_bits(bits);
                assert_eq!(rounded(value).to_bits(), bf16::from_f32(value).to_bits(), "{bits:x}");
            }
        }
        for bits in 0..=u16::MAX {
            let x = bf16::from_bits(bits);
            assert!(x.is_nan() || wide(x).to_bits() == x.to_f32().to_bits());
            assert!(if x.is_nan() { rounded(wide(x)).is_nan() } else { rounded(wide(x)) == x });
        }
    }
}
