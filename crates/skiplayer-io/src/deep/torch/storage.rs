//! Numbers of a storage, and tensors as parts of it.

use half::{bf16, f16};
use skiplayer::{Error, Result};
use skiplayer_deep::network::Array;

use super::cut_off;
use super::pickle::TensorView;

/// What a number of a storage is, and how many bytes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Double,
    Float,
    Half,
    Brain,
    /// Whole numbers and truth values, of so many bytes: counts, never weights.
    Count(usize),
}

impl Kind {
    /// By the name of its type in PyTorch.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "DoubleStorage" => Kind::Double,
            "FloatStorage" => Kind::Float,
            "HalfStorage" => Kind::Half,
            "BFloat16Storage" => Kind::Brain,
            "LongStorage" => Kind::Count(8),
            "IntStorage" => Kind::Count(4),
            "ShortStorage" => Kind::Count(2),
            "CharStorage" | "ByteStorage" | "BoolStorage" => Kind::Count(1),
            _ => return None,
        })
    }

    /// Bytes of a number.
    pub fn size(self) -> usize {
        match self {
            Kind::Double => 8,
            Kind::Float => 4,
            Kind::Half | Kind::Brain => 2,
            Kind::Count(size) => size,
        }
    }

    /// The numbers in `bytes`, little endian; none of counts.
    pub fn numbers(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Kind::Double => bytes.as_chunks().0.iter().map(|chunk| f64::from_le_bytes(*chunk) as f32).collect(),
            Kind::Float => bytes.as_chunks().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect(),
            Kind::Half => bytes.as_chunks().0.iter().map(|chunk| f16::from_le_bytes(*chunk).to_f32()).collect(),
            Kind::Brain => bytes.as_chunks().0.iter().map(|chunk| bf16::from_le_bytes(*chunk).to_f32()).collect(),
            Kind::Count(_) => Vec::new(),
        }
    }
}

/// The numbers of `view` in row-major order, from all `numbers` of its storage.
///
/// # Errors
/// A view beyond its storage, or larger than it.
pub fn array(name: &str, view: &TensorView, numbers: &[f32]) -> Result<Array> {
    let TensorView { offset, sizes, strides, .. } = view;
    let beyond = || cut_off(format!("the tensor `{name}` beyond its numbers"));
    let count = sizes.iter().try_fold(1usize, |count, size| count.checked_mul(*size)).ok_or_else(beyond)?;
    let is_repeated = sizes.iter().zip(strides).any(|(size, stride)| *size > 1 && *stride == 0);
    if is_repeated || count > numbers.len() {
        return Err(Error::input(format!("tensor `{name}`"), "numbers that stand for several places of a tensor")
            .expected("a number for each place")
            .hint("save it again after `.contiguous()`"));
    }
    let last = sizes
        .iter()
        .zip(strides)
        .try_fold(*offset, |last, (size, stride)| last.checked_add(size.saturating_sub(1).checked_mul(*stride)?));
    if count > 0 && last.is_none_or(|last| last >= numbers.len()) {
        return Err(beyond());
    }
    let mut values = Vec::with_capacity(count);
    let mut place = vec![0usize; sizes.len()];
    for _ in 0..count {
        values.push(numbers[offset + place.iter().zip(strides).map(|(at, stride)| at * stride).sum::<usize>()]);
        for axis in (0..sizes.len()).rev() {
            place[axis] += 1;
            if place[axis] < sizes[axis] {
                break;
            }
            place[axis] = 0;
        }
    }
    Ok(Array { shape: sizes.clone(), values })
}

#[cfg(test)]
mod tests {
    use super::super::pickle::StorageKey;
    use super::*;

    fn view(offset: usize, sizes: &[usize], strides: &[usize]) -> TensorView {
        let storage = StorageKey { key: "0".to_owned(), kind: "FloatStorage".to_owned(), count: 6 };
        TensorView { storage, offset, sizes: sizes.to_vec(), strides: strides.to_vec() }
    }

    #[test]
    fn strides_and_offsets_are_followed() {
        let numbers = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let values = |offset, sizes: &[usize], strides: &[usize]| {
            array("w", &view(offset, sizes, strides), &numbers).map(|array| array.values)
        };
        assert_eq!(values(0, &[2, 3], &[3, 1]).unwrap(), numbers);
        assert_eq!(values(0, &[3, 2], &[1, 3]).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0], "transposed");
        assert_eq!(values(1, &[2], &[2]).unwrap(), [1.0, 3.0]);
        assert_eq!(values(5, &[], &[]).unwrap(), [5.0], "a scalar");
        assert!(values(6, &[0], &[1]).unwrap().is_empty());
        for (offset, sizes, strides) in
            [(1, [2, 3], [3, 1]), (0, [2, usize::MAX], [1, 1]), (0, [2, 3], [usize::MAX, 1]), (0, [2, 3], [0, 1])]
        {
            assert!(values(offset, &sizes, &strides).is_err(), "{offset} {sizes:?} {strides:?}");
        }
    }

    #[test]
    fn half_precision_is_widened() {
        assert_eq!(Kind::Half.numbers(&f16::from_f32(-1.5).to_le_bytes()), [-1.5]);
        assert_eq!(Kind::Brain.numbers(&bf16::from_f32(3.0).to_le_bytes()), [3.0]);
        assert_eq!(Kind::Double.numbers(&0.25f64.to_le_bytes()), [0.25]);
    }
}
