//! What training lowers.
//!
//! Outputs are `(n, outputs, height, width)`, and `(n, outputs, 1, 1)` where there is one answer an image: cross-entropy has a class for
//! each position, and is the mean over all positions that have one.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use crate::data::{IGNORED, Targets};
use crate::describe::shape::Shape;
use crate::tensor::numbers;

/// A loss, averaged over the rows of a batch, or over the pixels of their maps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// -sum_k t_k log softmax(y)_k with t = (1 - s) onehot + s / K (Szegedy et al. 2016, section 7); s = 0 is the usual one.
    CrossEntropy { smoothing: f64 },
    /// Mean of (y - t)² over rows and outputs.
    SquaredError,
}

/// What the outputs of some rows are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// As the outputs are, `(n, outputs, height, width)`: numbers, or the probabilities of classes, all zero where nothing counts.
    values: Vec<f32>,
    /// Rows, or pixels that count.
    pub n: usize,
}

fn count(found: usize, expected: usize) -> Error {
    Error::input("targets of a batch", found.to_string()).expected(expected.to_string())
}

impl Loss {
    /// What the outputs of `n` images, of shape `output` each, are compared with.
    ///
    /// # Errors
    /// Targets of another kind or number, or a class that there is not.
    pub fn expected_outputs(&self, targets: &Targets, n: usize, output: Shape) -> Result<Expected> {
        let (n_classes, n_numbers) = (n * output.positions() as usize, n * output.size() as usize);
        match (self, targets) {
            (Self::CrossEntropy { smoothing }, Targets::Classes(classes)) if classes.len() == n_classes => {
                probabilities(classes, output, *smoothing)
            }
            (Self::SquaredError, Targets::Numbers(numbers)) if numbers.len() == n_numbers => {
                Ok(Expected { values: numbers.clone(), n })
            }
            (Self::CrossEntropy { .. }, Targets::Classes(classes)) => Err(count(classes.len(), n_classes)),
            (Self::SquaredError, Targets::Numbers(numbers)) => Err(count(numbers.len(), n_numbers)),
            (Self::CrossEntropy { .. }, _) => Err(Error::input("targets of a batch", "numbers").expected("classes")),
            (Self::SquaredError, _) => Err(Error::input("targets of a batch", "classes").expected("numbers")),
        }
    }

    /// Its value for `outputs` where `wanted` should have come out; one number, 0 where nothing counts.
    ///
    /// # Errors
    /// What is expected of other outputs.
    pub fn value(&self, outputs: Tensor<4>, expected: Expected) -> Result<Tensor<1>> {
        let [n, n_outputs, height, width] = outputs.dims();
        let dims = [n, n_outputs, height * width];
        if expected.values.len() != dims.iter().product::<usize>() {
            return Err(Error::input("outputs of the network", format!("{n} of {n_outputs}x{height}x{width}"))
                .expected(format!("{} numbers", expected.values.len())));
        }
        let outputs: Tensor<3> = outputs.reshape(dims);
        let values = Tensor::<3>::from_data(TensorData::new(expected.values, dims), &outputs.device());
        Ok(match self {
            // Map by map first: sums of millions of numbers would depend on the number of threads.
            Self::CrossEntropy { .. } => {
                (log_softmax(outputs, 1) * values).sum_dim(2).sum().div_scalar(-(expected.n.max(1) as f64))
            }
            Self::SquaredError => (outputs - values).square().mean(),
        })
    }
}

fn probabilities(classes: &[u16], output: Shape, smoothing: f64) -> Result<Expected> {
    let (n_outputs, n_positions) = (output.channels, output.positions() as usize);
    let other = smoothing / n_outputs as f64;
    let (right, other) = ((1.0 - smoothing + other) as f32, other as f32);
    let mut values = vec![0.0; classes.len() * n_outputs];
    let images = values.chunks_exact_mut(n_outputs * n_positions).zip(classes.chunks_exact(n_positions));
    for (i, (values, classes)) in images.enumerate() {
        for (position, class) in classes.iter().enumerate().filter(|(_, class)| **class != IGNORED) {
            let k = usize::from(*class);
            if k >= n_outputs {
                return Err(Error::input(format!("label of image {i}"), format!("class {k}"))
                    .expected(format!("one of the {n_outputs} classes of the network, from 0"))
                    .hint("build the network for as many classes as the data has"));
            }
            values[position..].iter_mut().step_by(n_positions).for_each(|value| *value = other);
            values[k * n_positions + position] = right;
        }
    }
    Ok(Expected { values, n: classes.iter().filter(|class| **class != IGNORED).count() })
}

/// The class of the largest output, for each position of each row.
///
/// # Errors
/// The device does not hand out its numbers.
pub fn predicted_classes(outputs: &Tensor<4>) -> Result<Vec<u16>> {
    let [_, n_outputs, height, width] = outputs.dims();
    let n_positions = height * width;
    let mut all = Vec::new();
    for row in numbers(outputs)?.chunks_exact(n_outputs * n_positions) {
        let at = |class: usize, position: usize| row[class * n_positions + position];
        let largest = |p: usize| (0..n_outputs).max_by(|a, b| at(*a, p).total_cmp(&at(*b, p))).unwrap_or_default();
        all.extend((0..n_positions).map(|position| largest(position) as u16));
    }
    Ok(all)
}

/// How many of the `predicted` are of the right class.
pub(super) fn n_correct_of(classes: &[u16], predicted: &[u16]) -> usize {
    classes.iter().zip(predicted).filter(|(class, predicted)| class == predicted).count()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    const ROW: Shape = Shape::row(3);
    const ENTROPY: Loss = Loss::CrossEntropy { smoothing: 0.0 };

    fn outputs() -> Tensor<4> {
        let values = vec![1.0f32, 2.0, 0.5, -1.0, 0.0, 3.0];
        Tensor::from_data(TensorData::new(values, [2, 3, 1, 1]), &Device::flex())
    }

    fn value(loss: Loss, outputs: Tensor<4>, targets: Targets) -> f64 {
        let [n, channels, height, width] = outputs.dims();
        let expected = loss.expected_outputs(&targets, n, Shape::new(channels, height, width)).unwrap();
        f64::from(numbers(&loss.value(outputs, expected).unwrap()).unwrap()[0])
    }

    #[test]
    fn values_by_hand() {
        let value = |loss, targets| value(loss, outputs(), targets);
        let total = |row: [f64; 3]| row.iter().map(|v| v.exp()).sum::<f64>().ln();
        let (first, second) = (total([1.0, 2.0, 0.5]), total([-1.0, 0.0, 3.0]));
        let plain = value(ENTROPY, Targets::Classes(vec![1, 0]));
        assert!((plain - ((first - 2.0) + (second + 1.0)) / 2.0).abs() < 1e-6);
        // With smoothing 1 every class is equally right.
        let even = value(Loss::CrossEntropy { smoothing: 1.0 }, Targets::Classes(vec![1, 0]));
        assert!((even - ((first - 3.5 / 3.0) + (second - 2.0 / 3.0)) / 2.0).abs() < 1e-6);
        let squared = value(Loss::SquaredError, Targets::Numbers(vec![1.0, 2.0, 0.5, 0.0, 0.0, 0.0]));
        assert!((squared - 10.0 / 6.0).abs() < 1e-6);
        assert_eq!(predicted_classes(&outputs()).unwrap(), [1, 2]);
        assert_eq!(n_correct_of(&[1, 0], &[1, 2]), 1);
    }

    /// Two maps of 2 x 2 with three classes.
    fn maps() -> Tensor<4> {
        let values: Vec<f32> = (0..24).map(|i| ((7 * i * i) % 23) as f32 / 6.0 - 2.0).collect();
        Tensor::from_data(TensorData::new(values, [2, 3, 2, 2]), &Device::flex())
    }

    const CLASSES: [u16; 8] = [0, 2, IGNORED, 1, 1, 1, 0, IGNORED];

    /// Pixels are rows: the mean over those that count.
    #[test]
    fn a_map_is_many_rows() {
        for smoothing in [0.0, 0.2] {
            let loss = Loss::CrossEntropy { smoothing };
            let rows = maps().permute([0, 2, 3, 1]).reshape([8, 3, 1, 1]);
            let row = |i: usize| rows.clone().slice([i..i + 1, 0..3, 0..1, 0..1]);
            let counted = (0..8).filter(|&i| CLASSES[i] != IGNORED);
            let each: Vec<f64> = counted.map(|i| value(loss, row(i), Targets::Classes(vec![CLASSES[i]]))).collect();
            let mean = each.iter().sum::<f64>() / 6.0;
            assert!((value(loss, maps(), Targets::Classes(CLASSES.to_vec())) - mean).abs() < 1e-6);
        }
        let (of_maps, of_rows) =
            (predicted_classes(&maps()).unwrap(), maps().permute([0, 2, 3, 1]).reshape([8, 3, 1, 1]));
        assert_eq!(of_maps, predicted_classes(&of_rows).unwrap());
        assert_eq!(value(ENTROPY, maps(), Targets::Classes(vec![IGNORED; 8])), 0.0);
    }

    /// Central differences of every output.
    #[test]
    fn gradients_of_maps() {
        let loss = Loss::CrossEntropy { smoothing: 0.1 };
        let targets = || Targets::Classes(CLASSES.to_vec());
        let x = maps().autodiff().require_grad();
        let expected = loss.expected_outputs(&targets(), 2, Shape::new(3, 2, 2)).unwrap();
        let gradients = loss.value(x.clone(), expected).unwrap().backward();
        let gradient = numbers(&x.grad(&gradients).unwrap()).unwrap();
        let values = numbers(&maps()).unwrap();
        for i in 0..24 {
            let moved = |by: f32| {
                let mut values = values.clone();
                values[i] += by;
                value(loss, Tensor::from_data(TensorData::new(values, [2, 3, 2, 2]), &Device::flex()), targets())
            };
            let slope = (moved(0.05) - moved(-0.05)) / 0.1;
            assert!((slope - f64::from(gradient[i])).abs() < 1e-4, "{i}: {slope}, {}", gradient[i]);
            let is_ignored = CLASSES[i / 12 * 4 + i % 4] == IGNORED;
            assert_eq!(gradient[i] == 0.0, is_ignored, "{i}");
        }
    }

    #[test]
    fn targets_that_do_not_fit() {
        let refused = |loss: Loss, targets| loss.expected_outputs(&targets, 2, ROW).unwrap_err().to_string();
        assert!(refused(ENTROPY, Targets::Classes(vec![1, 3])).contains("label of image 1: found class 3"));
        assert!(refused(ENTROPY, Targets::Classes(vec![1])).contains("found 1, expected 2"));
        assert!(refused(ENTROPY, Targets::Numbers(vec![0.0; 6])).contains("found numbers, expected classes"));
        assert!(refused(Loss::SquaredError, Targets::Numbers(vec![0.0; 5])).contains("found 5, expected 6"));
        let one = ENTROPY.expected_outputs(&Targets::Classes(vec![1]), 1, ROW).unwrap();
        assert!(ENTROPY.value(outputs(), one.clone()).is_err() && ENTROPY.value(maps(), one).is_err());
        let mask = ENTROPY.expected_outputs(&Targets::Classes(vec![1; 7]), 2, Shape::new(3, 2, 2)).unwrap_err();
        assert!(mask.to_string().contains("found 7, expected 8"));
    }
}
