//! How well a network does.

use skiplayer::Result;

use super::confusion::Confusion;
use super::loss::{Loss, n_correct_of, predicted_classes};
use crate::data::{Batch, Targets};
use crate::network::{Network, Pass};
use crate::tensor::numbers;

/// How well a network does on rows that it does not learn from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// Mean over rows, or where outputs are maps over pixels that count.
    pub loss: f64,
    /// So many of them.
    pub n: usize,
    /// None where there are no classes.
    pub n_correct: Option<usize>,
    /// How often each class was predicted where each was right; none where there are no classes.
    pub confusion: Option<Confusion>,
    /// Whether outputs are maps: then pixels are counted.
    pub is_map: bool,
}

impl Score {
    /// Share of rows, or of pixels, that are classified wrongly; of numbers the loss, the mean squared error.
    pub fn error(&self) -> f64 {
        self.n_correct.map_or(self.loss, |n_correct| (self.n - n_correct) as f64 / self.n.max(1) as f64)
    }

    /// Confidence interval of the error at 95%, where every row has a class. Pixels of one image are no independent draws: of masks there
    /// is none.
    pub fn error_interval(&self) -> Option<(f64, f64)> {
        self.n_correct.filter(|_| !self.is_map).and_then(|_| wilson(self.error(), self.n))
    }

    /// Mean intersection over union of classes, if outputs are maps.
    pub fn mean_iou(&self) -> Option<f64> {
        self.confusion.as_ref().filter(|_| self.is_map).and_then(Confusion::mean_overlap)
    }
}

/// Confidence interval at 95% of a probability that was seen as `share` in `n` draws (Wilson 1927); none without draws.
pub fn wilson(share: f64, n: usize) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_963_984_540_054;
    if n == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let n = n as f64;
    let (centre, scale) = (share + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some((((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0)))
}

/// The score of `network` over `batches`, without differentiation; usually by [`Pass::EVALUATION`].
///
/// # Errors
/// Batches that do not fit the network, or factors in `pass` that do not.
pub fn evaluate(
    network: &Network,
    loss: Loss,
    batches: impl IntoIterator<Item = Result<Batch>>,
    pass: Pass<'_>,
) -> Result<Score> {
    let network = network.valid();
    let output = network.architecture().output()?;
    let mut score = Score { is_map: output.positions() > 1, ..Score::default() };
    let mut total = 0.0;
    for batch in batches {
        let batch = batch?;
        let (outputs, _) = network.forward(batch.tensor(network.device())?, pass)?;
        let expected = loss.expected_outputs(&batch.targets, batch.len(), output)?;
        let n = expected.n;
        total += f64::from(numbers(&loss.value(outputs.clone(), expected)?)?[0]) * n as f64;
        score.n += n;
        if let Targets::Classes(classes) = &batch.targets {
            let predicted = predicted_classes(&outputs)?;
            *score.n_correct.get_or_insert(0) += n_correct_of(classes, &predicted);
            score.confusion.get_or_insert_with(|| Confusion::new(output.channels)).add(classes, &predicted);
        }
    }
    score.loss = total / score.n.max(1) as f64;
    Ok(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R: `prop.test(5, 100, correct = FALSE)$conf.int`, `prop.test(0, 20, correct = FALSE)$conf.int`.
    #[test]
    fn wilson_intervals() {
        let near = |found: Option<(f64, f64)>, lo: f64, hi: f64| {
            let (a, b) = found.unwrap();
            assert!((a - lo).abs() < 1e-6 && (b - hi).abs() < 1e-6, "{a} {b}");
        };
        near(wilson(0.05, 100), 0.021_543_6, 0.111_750_5);
        near(wilson(0.0, 20), 0.0, 0.161_125_2);
        assert_eq!((wilson(0.5, 0), wilson(f64::NAN, 3)), (None, None));
    }
}
