//! Training: a run is a network, an optimizer and a place in time. What is random derives from the seed and that place, so a run
//! that is stopped and taken up again goes on as if nothing had happened.

pub mod checkpoint;
mod confusion;
mod feed;
mod loss;
mod optimizer;
mod price;
mod session;
mod thread;

use std::collections::BTreeMap;

use burn::tensor::{Device, Gradients, Tensor, TensorData, s};
use skiplayer::random::Random;
use skiplayer::{Error, Result};

pub use self::confusion::Confusion;
pub use self::feed::{Feed, loss_for, masks, plain_batch, probabilities, score};
pub use self::loss::{Loss, Targets, Wanted, told};
pub use self::optimizer::{Decays, Optimizer, OptimizerOptions, Rule, Velocity};
pub use self::price::Scales;
pub use self::session::{Best, EpochRecord, Request, Session, output_names, trained};
pub use self::thread::on_training_thread;
use crate::network::{Network, Pass, Trace, numbers};
use crate::shape::Shape;

/// Rows that go through the network together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `(n, channels, height, width)`, row by row.
    pub values: Vec<f32>,
    /// Of one image.
    pub shape: Shape,
    pub targets: Targets,
}

/// Where batches come from. The batch of a step depends on the step alone (and on the seed of the source): whatever is drawn for it
/// derives from there.
pub trait Source {
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
}

impl Run {
    /// A run that begins.
    ///
    /// # Errors
    /// Options that make no sense.
    pub fn new(network: Network, options: OptimizerOptions, loss: Loss, seed: u64) -> Result<Self> {
        let optimizer = Optimizer::new(options, &network)?;
        Ok(Self { network, optimizer, loss, seed, step: 0, parts: 1, memory_efficient: false })
    }

    /// Goes on to step `until`. After each step `observe` says whether to go on; the learning rate may depend on all it has seen.
    ///
    /// # Errors
    /// Batches that do not fit the network, or a loss that is no number any more.
    pub fn train(
        &mut self,
        source: &dyn Source,
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
        let memory_efficient = self.memory_efficient;
        let pass = Pass { branches: Some(&branches), memory_efficient, ..Pass::TRAINING };
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
            parts.push((rows.clone(), self.loss.wanted(&targets, rows.len(), output)?, targets));
        }
        let n: usize = parts.iter().map(|(_, wanted, _)| wanted.n).sum();
        let tracked = self.network.trainable();
        let all = batch.tensor(self.network.device())?;
        let mut sums = BTreeMap::new();
        let (mut loss, mut n_correct) = (0.0, None);
        for (rows, wanted, targets) in parts {
            let share = wanted.n as f64 / n.max(1) as f64;
            let x = if rows.len() == n_rows { all.clone() } else { all.clone().slice(s![rows]) };
            let (outputs, trace) = tracked.forward(x.autodiff(), pass)?;
            let value = self.loss.value(outputs.clone(), wanted)?;
            let gradients = value.backward();
            add_gradients(&mut sums, &tracked, &gradients, share);
            self.network.update_statistics(&trace)?;
            see(Part { trace: &trace, gradients: &gradients, share })?;
            loss += share * f64::from(numbers(&value.inner())?[0]);
            if let Targets::Classes(classes) = &targets {
                *n_correct.get_or_insert(0) += loss::n_correct(classes, &told(&outputs.inner())?);
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
        let mut random = Random::new(self.seed, self.step);
        let kept = |survival: f64| if random.uniform() < survival { 1.0 } else { 0.0 };
        self.network.architecture().blocks().map(|block| block.survival).map(kept).collect()
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

/// How well a network does on rows that it does not learn from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// Mean over rows, or where outputs are maps over pixels that count.
    pub loss: f64,
    /// So many of them.
    pub n: usize,
    /// None where there are no classes.
    pub n_correct: Option<usize>,
    /// Which classes were told where, if outputs are maps.
    pub confusion: Option<Confusion>,
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
        let wanted = loss.wanted(&batch.targets, batch.len(), output)?;
        let n = wanted.n;
        total += f64::from(numbers(&loss.value(outputs.clone(), wanted)?)?[0]) * n as f64;
        score.n += n;
        if let Targets::Classes(classes) = &batch.targets {
            let told = told(&outputs)?;
            *score.n_correct.get_or_insert(0) += loss::n_correct(classes, &told);
            if let Some(confusion) = &mut score.confusion {
                confusion.add(classes, &told);
            }
        }
    }
    score.loss = total / score.n.max(1) as f64;
    Ok(score)
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

impl Batch {
    /// Rows.
    pub fn len(&self) -> usize {
        self.values.len() / (self.shape.size() as usize).max(1)
    }

    /// Are there no rows?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As the network takes it, `(n, channels, height, width)`.
    ///
    /// # Errors
    /// No whole images, or none.
    pub fn tensor(&self, device: &Device) -> Result<Tensor<4>> {
        let Shape { channels, height, width } = self.shape;
        let n = self.len();
        if n == 0 || self.values.len() != n * self.shape.size() as usize {
            return Err(Error::input("batch", format!("{} numbers", self.values.len()))
                .expected(format!("a number of whole images of {}", self.shape)));
        }
        Ok(Tensor::from_data(TensorData::new(self.values.clone(), [n, channels, height, width]), device))
    }
}
