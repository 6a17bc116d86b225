//! What training lowers.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use crate::network::numbers;

/// A loss, averaged over the rows of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// -sum_k t_k log softmax(y)_k with t = (1 - s) onehot + s / K (Szegedy et al. 2016, section 7); s = 0 is the usual one.
    CrossEntropy { smoothing: f64 },
    /// Mean of (y - t)² over rows and outputs.
    SquaredError,
}

/// What the outputs should have been.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// One class a row.
    Classes(Vec<u16>),
    /// As many numbers a row as the network has outputs, row by row.
    Numbers(Vec<f32>),
}

fn count(found: usize, expected: usize) -> Error {
    Error::input("targets of a batch", found.to_string()).expected(expected.to_string())
}

impl Loss {
    /// What the outputs of `n` images are compared with, `(n, n_outputs)` row by row: numbers, or the probabilities of classes.
    ///
    /// # Errors
    /// Targets of another kind or number, or a class that there is not.
    pub fn rows(&self, targets: &Targets, n: usize, n_outputs: usize) -> Result<Vec<f32>> {
        match (self, targets) {
            (Self::CrossEntropy { smoothing }, Targets::Classes(classes)) if classes.len() == n => {
                probabilities(classes, n_outputs, *smoothing)
            }
            (Self::SquaredError, Targets::Numbers(numbers)) if numbers.len() == n * n_outputs => Ok(numbers.clone()),
            (Self::CrossEntropy { .. }, Targets::Classes(classes)) => Err(count(classes.len(), n)),
            (Self::SquaredError, Targets::Numbers(numbers)) => Err(count(numbers.len(), n * n_outputs)),
            (Self::CrossEntropy { .. }, _) => Err(Error::input("targets of a batch", "numbers").expected("classes")),
            (Self::SquaredError, _) => Err(Error::input("targets of a batch", "classes").expected("numbers")),
        }
    }

    /// Its value for `outputs`, `(n, outputs, 1, 1)`, where `rows` should have come out; one number.
    ///
    /// # Errors
    /// Outputs that are maps, or rows for other outputs.
    pub fn value(&self, outputs: Tensor<4>, rows: Vec<f32>) -> Result<Tensor<1>> {
        let [n, n_outputs, height, width] = outputs.dims();
        if height * width != 1 || rows.len() != n * n_outputs {
            return Err(Error::input("outputs of the network", format!("{n} of {n_outputs}x{height}x{width}"))
                .expected(format!("{} numbers", rows.len())));
        }
        let outputs: Tensor<2> = outputs.reshape([n, n_outputs]);
        let rows = Tensor::<2>::from_data(TensorData::new(rows, [n, n_outputs]), &outputs.device());
        Ok(match self {
            Self::CrossEntropy { .. } => (log_softmax(outputs, 1) * rows).sum().div_scalar(-(n as f64)),
            Self::SquaredError => (outputs - rows).square().mean(),
        })
    }
}

fn probabilities(classes: &[u16], n_outputs: usize, smoothing: f64) -> Result<Vec<f32>> {
    let other = smoothing / n_outputs as f64;
    let mut rows = vec![other as f32; classes.len() * n_outputs];
    for (i, class) in classes.iter().enumerate() {
        let k = usize::from(*class);
        if k >= n_outputs {
            return Err(Error::input(format!("label of image {i}"), format!("class {k}"))
                .expected(format!("one of the {n_outputs} classes of the network, from 0"))
                .hint("build the network for as many classes as the data has"));
        }
        rows[i * n_outputs + k] = (1.0 - smoothing + other) as f32;
    }
    Ok(rows)
}

/// Rows whose largest output is that of their class.
///
/// # Errors
/// The device does not hand out its numbers.
pub fn n_correct(outputs: &Tensor<4>, classes: &[u16]) -> Result<usize> {
    let n_outputs = outputs.dims()[1];
    let values = numbers(outputs)?;
    let is_right = |(row, class): (&[f32], &u16)| {
        let largest = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        largest.is_some_and(|(k, _)| k == usize::from(*class))
    };
    Ok(values.chunks_exact(n_outputs).zip(classes).filter(|pair| is_right(*pair)).count())
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn outputs() -> Tensor<4> {
        let values = vec![1.0f32, 2.0, 0.5, -1.0, 0.0, 3.0];
        Tensor::from_data(TensorData::new(values, [2, 3, 1, 1]), &Device::flex())
    }

    #[test]
    fn values_by_hand() {
        let value = |loss: Loss, targets| {
            let rows = loss.rows(&targets, 2, 3).unwrap();
            f64::from(numbers(&loss.value(outputs(), rows).unwrap()).unwrap()[0])
        };
        let total = |row: [f64; 3]| row.iter().map(|v| v.exp()).sum::<f64>().ln();
        let (first, second) = (total([1.0, 2.0, 0.5]), total([-1.0, 0.0, 3.0]));
        let plain = value(Loss::CrossEntropy { smoothing: 0.0 }, Targets::Classes(vec![1, 0]));
        assert!((plain - ((first - 2.0) + (second + 1.0)) / 2.0).abs() < 1e-6);
        // With smoothing 1 every class is equally right.
        let even = value(Loss::CrossEntropy { smoothing: 1.0 }, Targets::Classes(vec![1, 0]));
        assert!((even - ((first - 3.5 / 3.0) + (second - 2.0 / 3.0)) / 2.0).abs() < 1e-6);
        let squared = value(Loss::SquaredError, Targets::Numbers(vec![1.0, 2.0, 0.5, 0.0, 0.0, 0.0]));
        assert!((squared - 10.0 / 6.0).abs() < 1e-6);
        assert_eq!(n_correct(&outputs(), &[1, 0]).unwrap(), 1);
    }

    #[test]
    fn targets_that_do_not_fit() {
        let refused = |loss: Loss, targets| loss.rows(&targets, 2, 3).unwrap_err().to_string();
        let entropy = Loss::CrossEntropy { smoothing: 0.0 };
        assert!(refused(entropy, Targets::Classes(vec![1, 3])).contains("label of image 1: found class 3"));
        assert!(refused(entropy, Targets::Classes(vec![1])).contains("found 1, expected 2"));
        assert!(refused(entropy, Targets::Numbers(vec![0.0; 6])).contains("found numbers, expected classes"));
        assert!(refused(Loss::SquaredError, Targets::Numbers(vec![0.0; 5])).contains("found 5, expected 6"));
        assert!(entropy.value(outputs(), vec![0.0; 4]).is_err());
        assert!(entropy.value(outputs().reshape([1, 3, 2, 1]), vec![0.0; 6]).is_err());
    }
}
