//! Weights as safetensors, called and shaped as PyTorch and torchvision do: a file of either opens in the other.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use skiplayer::{Error, Result};

use crate::network::Array;

/// The only key of the header that is ours; what it holds is the writer's business.
const KEY: &str = "skiplayer";
/// How PyTorch ends the name of a count that it keeps beside the statistics of a batch norm.
const COUNT: &str = ".num_batches_tracked";

/// Named arrays and a note.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    pub arrays: BTreeMap<String, Array>,
    /// JSON about the arrays; empty in files that others wrote.
    pub note: String,
}

impl Weights {
    /// The bytes of a safetensors file: equal weights give equal bytes.
    ///
    /// # Errors
    /// An array whose shape does not fit its values.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.serialized(&[])
    }

    /// As [`to_bytes`](Self::to_bytes), with the counts of batches that PyTorch keeps beside the statistics of batch norms, all 0: its networks want
    /// them where they load with `strict=True`, and read them only where batch norms have no momentum.
    ///
    /// # Errors
    /// An array whose shape does not fit its values.
    pub fn to_bytes_for_pytorch(&self) -> Result<Vec<u8>> {
        let norms = self.arrays.keys().filter_map(|name| name.strip_suffix(".running_mean"));
        let counts: Vec<String> = norms.map(|norm| format!("{norm}{COUNT}")).collect();
        self.serialized(&counts)
    }

    fn serialized(&self, counts: &[String]) -> Result<Vec<u8>> {
        let failed = |error: safetensors::SafeTensorError| Error::failure("writing safetensors", error.to_string());
        let bytes: Vec<(&str, &[usize], Vec<u8>)> = self
            .arrays
            .iter()
            .map(|(name, array)| {
                (name.as_str(), &array.shape[..], array.values.iter().flat_map(|value| value.to_le_bytes()).collect())
            })
            .collect();
        let zero = 0i64.to_le_bytes();
        let counts = counts.iter().map(|name| Ok((name.as_str(), TensorView::new(Dtype::I64, Vec::new(), &zero)?)));
        let views = bytes
            .iter()
            .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes)?)))
            .chain(counts)
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(failed)?;
        let note = (!self.note.is_empty()).then(|| HashMap::from([(KEY.to_owned(), self.note.clone())]));
        serialize(views, note).map_err(failed)
    }

    /// Reads the bytes of a safetensors file. Double precision is rounded; counts of batches, which nothing reads, are left out.
    ///
    /// # Errors
    /// No safetensors file, a damaged one, or tensors of other types.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refused = |error: safetensors::SafeTensorError| {
            Error::input("weights", format!("bytes that are no whole safetensors file ({error})"))
                .hint("was the file cut off, or is it a pickle (.pt, .pth)? Save that one with safetensors first")
        };
        let file = SafeTensors::deserialize(bytes).map_err(refused)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(refused)?;
        let note = header.metadata().as_ref().and_then(|notes| notes.get(KEY).cloned()).unwrap_or_default();
        let mut arrays = BTreeMap::new();
        for (name, view) in file.tensors() {
            if name.ends_with(COUNT) {
                continue;
            }
            let values = match view.dtype() {
                Dtype::F32 => view.data().as_chunks().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect(),
                Dtype::F64 => view.data().as_chunks().0.iter().map(|chunk| f64::from_le_bytes(*chunk) as f32).collect(),
                other => {
                    return Err(Error::input(format!("tensor `{name}`"), format!("values of type {other:?}"))
                        .expected("F32 or F64")
                        .hint("convert the weights to single precision first"));
                }
            };
            arrays.insert(name, Array { shape: view.shape().to_vec(), values });
        }
        Ok(Self { arrays, note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights() -> Weights {
        let array = Array { shape: vec![2, 1], values: vec![1.5, f32::MIN_POSITIVE] };
        let arrays = BTreeMap::from([
            ("fc.weight".to_owned(), array),
            ("scalar".to_owned(), Array { shape: vec![], values: vec![-0.0] }),
        ]);
        Weights { arrays, note: "{\"step\":7}".to_owned() }
    }

    #[test]
    fn bytes_and_back() {
        let bytes = weights().to_bytes().unwrap();
        assert_eq!(Weights::from_bytes(&bytes).unwrap(), weights());
        assert_eq!(weights().to_bytes().unwrap(), bytes);
    }

    #[test]
    fn for_pytorch_there_is_a_count_for_each_batch_norm() {
        let mut weights = weights();
        weights.arrays.insert("bn1.running_mean".to_owned(), Array { shape: vec![1], values: vec![0.5] });
        let bytes = weights.to_bytes_for_pytorch().unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let count = file.tensor("bn1.num_batches_tracked").unwrap();
        assert_eq!((count.dtype(), count.shape(), count.data()), (Dtype::I64, &[][..], &[0u8; 8][..]));
        assert_eq!((file.len(), Weights::from_bytes(&bytes).unwrap()), (4, weights));
    }

    #[test]
    fn no_prefix_of_a_file_is_taken_for_the_file() {
        let bytes = weights().to_bytes().unwrap();
        for n in 0..bytes.len() {
            let message = Weights::from_bytes(&bytes[..n]).unwrap_err().to_string();
            assert!(message.contains("no whole safetensors file"), "{message}");
        }
        let mut wrong = weights();
        wrong.arrays.entry("scalar".to_owned()).and_modify(|array| array.shape = vec![3]);
        assert!(wrong.to_bytes().is_err());
    }

    #[test]
    fn other_types() {
        let doubles: Vec<u8> = [0.1f64, 2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let count = 9i64.to_le_bytes();
        let views = |name, dtype, shape, data| vec![(name, TensorView::new(dtype, shape, data).unwrap())];
        let mut both = views("a", Dtype::F64, vec![2], &doubles);
        both.extend(views("bn1.num_batches_tracked", Dtype::I64, vec![], &count));
        let read = Weights::from_bytes(&serialize(both, None).unwrap()).unwrap();
        assert_eq!(read.arrays, BTreeMap::from([("a".to_owned(), Array { shape: vec![2], values: vec![0.1, 2.0] })]));
        let ints = serialize(views("a", Dtype::I64, vec![], &count), None).unwrap();
        assert!(Weights::from_bytes(&ints).unwrap_err().to_string().contains("I64"));
    }
}
