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
    /// How often each class was predicted where each was right, if outputs are maps.
    pub confusion: Option<Confusion>,
}

impl Score {
    /// Share of rows, or of pixels, that are classified wrongly; of numbers the loss, the mean squared error.
    pub fn error(&self) -> f64 {
        self.n_correct.map_or(self.loss, |n_correct| (self.n - n_correct) as f64 / self.n.max(1) as f64)
    }

    /// Mean intersection over union of classes, if outputs are maps.
    pub fn mean_iou(&self) -> Option<f64> {
        self.confusion.as_ref().and_then(Confusion::mean_overlap)
    }
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
    let mut score = Score::default();
    if output.positions() > 1 {
        score.confusion = Some(Confusion::new(output.channels));
    }
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
            if let Some(confusion) = &mut score.confusion {
                confusion.add(classes, &predicted);
            }
        }
    }
    score.loss = total / score.n.max(1) as f64;
    Ok(score)
}
