//! A training on its way: a network, an optimizer and a place in time.

use std::collections::BTreeMap;

use burn::tensor::{Gradients, Tensor, s};
use skiplayer::{Error, Result};

use super::loss::{Loss, n_correct_of, predicted_classes};
use super::optimizer::Optimizer;
use crate::data::{Batch, Targets};
use crate::network::{Network, Pass, Trace};
use crate::precision::Precision;
use crate::recipe::OptimizerOptions;
use crate::rng::{Purpose, Stream};
use crate::tensor::numbers;

/// Where batches come from. The batch of a step depends on the step alone (and on the seed of the source): whatever is drawn for it
/// derives from there.
pub trait BatchSource {
    /// The batch of step `step`, counted from 0.
    ///
    /// # Errors
    /// The data cannot be had.
    fn batch(&self, step: u64) -> Result<Batch>;
}

/// What one step saw, before it moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepRecord {
    pub step: u64,
    pub learning_rate: f64,
    pub loss: f64,
    /// Rows in the batch, or where outputs are maps pixels that count.
    pub n: usize,
    /// Those whose largest output is the right class; none where there are no classes.
    pub n_correct: Option<usize>,
}

/// A training on its way.
#[derive(Debug, Clone)]
pub struct Run {
    pub network: Network,
    pub optimizer: Optimizer,
    pub loss: Loss,
    pub seed: u64,
    /// Steps taken.
    pub step: u64,
    /// Parts in which batches go through the network, see [`Recipe::parts`](crate::recipe::Recipe::parts).
    pub parts: usize,
    /// See [`Pass::memory_efficient`].
    pub memory_efficient: bool,
    pub precision: Precision,
}

impl Run {
    /// A run that begins.
    ///
    /// # Errors
    /// Options that make no sense.
    pub fn new(network: Network, options: OptimizerOptions, loss: Loss, seed: u64) -> Result<Self> {
        let optimizer = Optimizer::new(options, &network)?;
        Ok(Self {
            network,
            optimizer,
            loss,
            seed,
            step: 0,
            parts: 1,
            memory_efficient: false,
            precision: Precision::F32,
        })
    }

    /// Goes on to step `until`. After each step `observe` says whether to go on; the learning rate may depend on all it has seen.
    ///
    /// # Errors
    /// Batches that do not fit the network, or a loss that is no number any more.
    pub fn train(
        &mut self,
        source: &dyn BatchSource,
        until: u64,
        learning_rate: &mut dyn FnMut(u64) -> f64,
        observe: &mut dyn FnMut(&Self, StepRecord) -> bool,
    ) -> Result<()> {
        while self.step < until {
            let record = self.take_step(&source.batch(self.step)?, learning_rate(self.step))?;
            if !observe(self, record) {
                break;
            }
        }
        Ok(())
    }

    /// One step down the gradient of one batch.
    ///
    /// # Errors
    /// A batch that does not fit the network, or a loss that is no number any more.
    pub fn take_step(&mut self, batch: &Batch, learning_rate: f64) -> Result<StepRecord> {
        let branches = self.branches();
        let (memory_efficient, precision) = (self.memory_efficient, self.precision);
        let pass = Pass { branches: Some(&branches), memory_efficient, precision, ..Pass::TRAINING };
        self.descend(batch, learning_rate, pass, &mut |_| Ok(()))
    }

    /// As [`Self::take_step`] by the pass `pass`; `see` what each part of the batch left before the step is taken.
    pub(super) fn descend(
        &mut self,
        batch: &Batch,
        learning_rate: f64,
        pass: Pass<'_>,
        see: &mut dyn FnMut(Part<'_>) -> Result<()>,
    ) -> Result<StepRecord> {
        // All checks come before the forward pass: one that no backward pass follows keeps its maps.
        let (n_rows, output) = (batch.len(), self.network.architecture().output()?);
        let part = n_rows.div_ceil(self.parts.max(1)).max(1);
        let mut parts = Vec::new();
        for first in (0..n_rows).step_by(part) {
            let rows = first..(first + part).min(n_rows);
            let targets = batch.targets.of_rows(rows.clone(), n_rows);
            parts.push((rows.clone(), self.loss.expected_outputs(&targets, rows.len(), output)?, targets));
        }
        let n: usize = parts.iter().map(|(_, expected, _)| expected.n).sum();
        let tracked = self.network.trainable();
        let all = batch.tensor(self.network.device())?;
        let mut sums = BTreeMap::new();
        let (mut loss, mut n_correct) = (0.0, None);
        for (rows, expected, targets) in parts {
            let share = expected.n as f64 / n.max(1) as f64;
            let x = if rows.len() == n_rows { all.clone() } else { all.clone().slice(s![rows]) };
            let (outputs, trace) = tracked.forward(x.autodiff(), pass)?;
            let value = self.loss.value(outputs.clone(), expected)?;
            let gradients = value.backward();
            add_gradients(&mut sums, &tracked, &gradients, share);
            self.network.update_statistics(&trace)?;
            see(Part { trace: &trace, gradients: &gradients, share })?;
            loss += share * f64::from(numbers(&value.inner())?[0]);
            if let Targets::Classes(classes) = &targets {
                *n_correct.get_or_insert(0) += n_correct_of(classes, &predicted_classes(&outputs.inner())?);
            }
        }
        self.optimizer.step(&mut self.network, &sums, learning_rate)?;
        let record = StepRecord { step: self.step, learning_rate, loss, n, n_correct };
        if !record.loss.is_finite() {
            return Err(Error::failure("training", format!("the loss is {} in step {}", record.loss, record.step))
                .hint("try a smaller learning rate, or a warm-up"));
        }
        self.step += 1;
        Ok(record)
    }

    /// Which branches this step keeps: one draw for each block and step (Huang et al. 2016, section 3), a function of seed, step and
    /// block.
    fn branches(&self) -> Vec<f64> {
        // No training takes 2^32 steps.
        let mut stream = Stream::new(self.seed, Purpose::StochasticDepth, self.step as u32, 0);
        let mut kept = |survival: f64| if stream.bernoulli(survival) { 1.0 } else { 0.0 };
        self.network.architecture().blocks().map(|block| kept(block.survival)).collect()
    }
}

/// What a part of a batch left.
pub(super) struct Part<'a> {
    pub trace: &'a Trace,
    pub gradients: &'a Gradients,
    /// Of what counts in the batch.
    pub share: f64,
}

/// Adds `share` times the gradient of each parameter to its sum; there is none where a branch was left out.
fn add_gradients(sums: &mut BTreeMap<String, Tensor<1>>, tracked: &Network, gradients: &Gradients, share: f64) {
    for (name, parameter) in tracked.parameters() {
        let Some(gradient) = parameter.value.grad(gradients) else { continue };
        let gradient = if share == 1.0 { gradient } else { gradient.mul_scalar(share) };
        let sum = match sums.remove(name) {
            Some(sum) => sum + gradient,
            None => gradient,
        };
        sums.insert(name.clone(), sum);
    }
}
