//! Numbers of a storage, and tensors as parts of it.

use std::io::{self, Read};

use half::{bf16, f16};
use skiplayer::{Error, Result};
use skiplayer_deep::network::Array;

use super::cut_off;
use super::pickle::TensorView;

/// Bytes that are read at once.
const BUFFER: usize = 1 << 16;
/// Numbers that room is made for before any of them was read: a file may promise what it does not have.
const MOST_ON_TRUST: usize = 1 << 24;

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

    /// `count` numbers of `reader`, little endian; none of counts. Bytes and numbers are not in memory together.
    ///
    /// # Errors
    /// The reader ends before, or fails.
    pub fn read(self, reader: &mut dyn Read, count: usize) -> io::Result<Vec<f32>> {
        let mut numbers = Vec::with_capacity(count.min(MOST_ON_TRUST));
        let mut buffer = vec![0; BUFFER];
        let mut left = count;
        while left > 0 {
            let n = left.min(BUFFER / self.size());
            let bytes = &mut buffer[..n * self.size()];
            reader.read_exact(bytes)?;
            self.widen(bytes, &mut numbers);
            left -= n;
        }
        Ok(numbers)
    }

    fn widen(self, bytes: &[u8], numbers: &mut Vec<f32>) {
        match self {
            Kind::Double => numbers.extend(bytes.as_chunks().0.iter().map(|chunk| f64::from_le_bytes(*chunk) as f32)),
            Kind::Float => numbers.extend(bytes.as_chunks().0.iter().map(|chunk| f32::from_le_bytes(*chunk))),
            Kind::Half => numbers.extend(bytes.as_chunks().0.iter().map(|chunk| f16::from_le_bytes(*chunk).to_f32())),
            Kind::Brain => numbers.extend(bytes.as_chunks().0.iter().map(|chunk| bf16::from_le_bytes(*chunk).to_f32())),
            Kind::Count(_) => {}
        }
    }
}

/// Whether `view` has all of the `count` numbers of its storage, in their order.
pub fn is_whole(view: &TensorView, count: usize) -> bool {
    let TensorView { offset, sizes, strides, .. } = view;
    let mut next = 1;
    let in_order = sizes.iter().zip(strides).rev().all(|(size, stride)| {
        let fits = *size == 1 || *stride == next;
        next *= size;
        fits
    });
    *offset == 0 && in_order && next == count
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
        let one = |kind: Kind, bytes: &[u8]| kind.read(&mut &*bytes, 1).unwrap();
        assert_eq!(one(Kind::Half, &f16::from_f32(-1.5).to_le_bytes()), [-1.5]);
        assert_eq!(one(Kind::Brain, &bf16::from_f32(3.0).to_le_bytes()), [3.0]);
        assert_eq!(one(Kind::Double, &0.25f64.to_le_bytes()), [0.25]);
    }

    #[test]
    fn numbers_are_read_in_parts_that_fit_together() {
        let numbers: Vec<f32> = (0..40_000).map(|i| i as f32).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(Kind::Float.read(&mut &bytes[..], 40_000).unwrap(), numbers);
        assert!(Kind::Float.read(&mut &bytes[1..], 40_000).is_err());
        assert!(Kind::Float.read(&mut &bytes[..], usize::MAX).is_err(), "room is made for what is there");
    }

    #[test]
    fn whole_storages_are_known() {
        for (offset, sizes, strides, is) in [
            (0, vec![2, 3], vec![3, 1], true),
            (0, vec![2, 1, 3], vec![3, 77, 1], true),
            (0, vec![6], vec![1], true),
            (0, vec![3, 2], vec![1, 3], false),
            (1, vec![2, 3], vec![3, 1], false),
            (0, vec![5], vec![1], false),
            (0, vec![], vec![], false),
        ] {
            assert_eq!(is_whole(&view(offset, &sizes, &strides), 6), is, "{offset} {sizes:?} {strides:?}");
        }
    }
}
