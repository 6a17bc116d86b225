//! A training from its request to its end: a run, the recipe's place in time, and what an epoch added up to.

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skiplayer::{Error, ErrorKind, Result};

use super::batches::{Batches, loss_for, score};
use super::branch_scales::BranchScales;
use super::check::{check_batch_norms, check_classes};
use super::checkpoint::head_of_a_start;
use super::loss::Loss;
use super::rate_test::RateTest;
use super::request::Request;
use super::run::{BatchSource, Run, StepRecord};
use super::score::Score;
use super::start::Start;
use crate::data::{Examples, Normalisation, Split, TrainingData, listed};
use crate::describe::architecture::Architecture;
use crate::describe::family::Family;
use crate::kernel::has_tiles;
use crate::network::{Array, Network, Pass};
use crate::precision::Precision;
use crate::recipe::{Elapsed, Origin, Plan, WarmUpState};

/// A training on its way.
pub struct Session<'a> {
    run: Run,
    batches: Batches<'a>,
    validation: Option<HeldOut<'a>>,
    test: Option<&'a Examples>,
    /// Of the columns of a table.
    encoding: Option<&'a Value>,
    progress: Progress,
}

/// Examples that are not learned from but choose the epoch that is used.
struct HeldOut<'a> {
    examples: &'a Examples,
    chosen: Vec<u32>,
}

/// Batches that the statistics of batch norms are estimated from before an evaluation, at most.
const ESTIMATED: u64 = 16;

/// What a session remembers beside the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    warm_up: WarmUpState,
    /// Of the steps since the last record.
    loss: f64,
    n_wrong: Option<usize>,
    n: usize,
    /// Spent by earlier processes.
    minutes: f64,
    /// Where branches pay.
    #[serde(default)]
    scales: Option<BranchScales>,
    /// Of all evaluations, the one with the lowest validation error; the first of equals.
    #[serde(default)]
    best: Option<Best>,
    /// Whether patience is at its end.
    #[serde(default)]
    is_given_up: bool,
    /// The epoch up to which the learning rate rose: patience begins there.
    #[serde(default)]
    rose_until: f64,
    /// Of the last epoch.
    #[serde(default)]
    last_rate: Option<f64>,
    /// Steps of an epoch: of other data there may be others.
    #[serde(default)]
    steps_per_epoch: Option<u64>,
    /// Where epochs are counted from.
    #[serde(default)]
    origin: Origin,
}

impl Progress {
    /// The same progress, after `step` steps, of a training whose epochs have `steps_per_epoch` steps from now on. An epoch that was
    /// interrupted begins again if that is another number.
    fn for_epochs_of(self, steps_per_epoch: u64, step: u64) -> Self {
        match self.steps_per_epoch {
            Some(known) if known != steps_per_epoch => {
                let over = step.saturating_sub(self.origin.step) / known.max(1);
                let origin = Origin { step, epoch: self.origin.epoch + over as u32 };
                Self { origin, loss: 0.0, n_wrong: None, n: 0, ..self }
            }
            _ => self,
        }
    }
}

/// The epoch that validation chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    pub validation_error: f64,
    pub epoch: f64,
}

/// What is said at the end of an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Steps done.
    pub step: u64,
    pub epoch: f64,
    /// Of the last step.
    pub learning_rate: f64,
    /// Means over the steps of the epoch, while the network moved, on augmented images.
    pub train_loss: f64,
    /// Share of wrong classes, of images or of pixels; of numbers the mean squared error, as everywhere.
    pub train_error: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error: Option<f64>,
    /// Where this epoch was evaluated and there are test examples.
    pub test_loss: Option<f64>,
    pub test_error: Option<f64>,
    /// Mean intersection over union of classes, where each pixel has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_mean_iou: Option<f64>,
    /// Branches that are left, where they pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_branches: Option<usize>,
    /// Since the beginning.
    pub minutes: f64,
}

impl<'a> Session<'a> {
    /// The first step is the next.
    ///
    /// # Errors
    /// A request that makes no sense for `data`.
    pub fn begin(request: &Request, data: &'a TrainingData, device: &Device) -> Result<Self> {
        // Another network may be what is wrong with the rest.
        let architecture = request.architecture(&data.train)?;
        check_classes(&data.train, &data.name)?;
        let (batches, validation) = batches(request, data, None)?;
        check_batch_norms(&architecture, request.recipe.batch, request.recipe.parts)?;
        let options = request.recipe.optimizer.options(request.network.parse::<Family>()?.scalar_rate());
        let loss = loss_for(&data.train, request.recipe.label_smoothing);
        if request.lambda.is_some() && architecture.blocks().any(|block| block.survival < 1.0) {
            return Err(Error::input("lambda of branches", "a network whose branches are dropped at random")
                .expected("one whose branches are always there: a scale cannot tell chance from use"));
        }
        let momentum = request.recipe.optimizer.inertia();
        let scales = request.lambda.map(|lambda| BranchScales::new(&architecture, lambda, momentum));
        let mut run = Run::new(Network::new(architecture, request.seed, device)?, options, loss, request.seed)?;
        run.parts = request.recipe.parts;
        run.memory_efficient = request.recipe.memory_efficient;
        run.precision = request.recipe.precision;
        let progress = Progress { scales, ..Progress::default() };
        Ok(Self { run, batches, validation, test: data.test.as_ref(), encoding: data.encoding.as_ref(), progress })
    }

    /// The same beginning with other weights than those that the seed draws, and the normalisation that they were trained with.
    ///
    /// # Errors
    /// Another network, or a normalisation of other images.
    pub fn starting_from(mut self, network: &Network, normalisation: &Normalisation) -> Result<Self> {
        let (ours, theirs) = (self.run.network.architecture(), network.architecture());
        if (&ours.stem, &ours.stages, &ours.head) != (&theirs.stem, &theirs.stages, &theirs.head) {
            return Err(Error::input("start of a training", format!("weights of {}", theirs.name))
                .expected(format!("those of {}", ours.name)));
        }
        self.run.network = network.valid();
        self.with_normalisation(normalisation)
    }

    /// The same beginning with the weights of `start` in all layers, or in all but the last if that is for other outputs; whether it is.
    ///
    /// # Errors
    /// Another network, or a normalisation of other images.
    pub fn initialised(mut self, start: &Start) -> Result<(Self, bool)> {
        let (network, has_new_head) = start.in_place_of(&self.run.network)?;
        self.run.network = network.valid();
        let session = match &start.normalisation {
            Some(normalisation) => self.with_normalisation(normalisation)?,
            None => self,
        };
        Ok((session, has_new_head))
    }

    /// The same beginning with the normalisation of another training.
    ///
    /// # Errors
    /// A normalisation of other images.
    pub fn with_normalisation(mut self, normalisation: &Normalisation) -> Result<Self> {
        self.batches = self.batches.with_normalisation(normalisation.clone())?;
        Ok(self)
    }

    /// Goes on from [`to_parts`](Self::to_parts): to the same numbers as without the break, bit for bit on the same device, unless
    /// the clock decides.
    ///
    /// # Errors
    /// Parts of another request, or none that were made by a session.
    pub fn resume(
        request: &Request,
        data: &'a TrainingData,
        state: Value,
        arrays: BTreeMap<String, Array>,
        device: &Device,
    ) -> Result<Self> {
        let refused =
            |what: &str| Error::input("checkpoint", what).expected("one of a training that this program began");
        let Value::Object(mut state) = state else { return Err(refused("no state of a training")) };
        let progress = state.remove("progress").unwrap_or_default();
        let progress: Progress = serde_json::from_value(progress).map_err(|error| refused(&error.to_string()))?;
        // The network was trained with this one: what the data at hand would say does not matter any more.
        let normalisation = serde_json::from_value(state.remove("normalisation").unwrap_or_default())
            .map_err(|error| refused(&error.to_string()))?;
        let run = Run::from_parts(state.remove("run").unwrap_or_default(), arrays, device)?;
        let expected = request.architecture(&data.train)?;
        if *run.network.architecture() != expected {
            return Err(Error::input("checkpoint", format!("a network that is not {}", expected.name))
                .expected("the network of this run folder")
                .hint("was the folder or its data changed since?"));
        }
        if let Some(names) =
            state.get("outputs").and_then(|names| serde_json::from_value::<Vec<String>>(names.clone()).ok())
        {
            check_outputs(&names, data)?;
        }
        let (batches, validation) = batches(request, data, Some(normalisation))?;
        check_batch_norms(run.network.architecture(), request.recipe.batch, run.parts)?;
        let progress = progress.for_epochs_of(batches.plan().steps_per_epoch(), run.step);
        let batches = batches.counted_from(progress.origin);
        Ok(Self { run, batches, validation, test: data.test.as_ref(), encoding: data.encoding.as_ref(), progress })
    }

    /// All that has to be kept: JSON, and tensors by name. `minutes` is what this process has spent.
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn to_parts(&self, minutes: f64) -> Result<(Value, BTreeMap<String, Array>)> {
        let (run, arrays) = self.run.to_parts()?;
        let progress = Progress {
            minutes: self.progress.minutes + minutes,
            steps_per_epoch: Some(self.plan().steps_per_epoch()),
            ..self.progress.clone()
        };
        let progress = serde_json::to_value(progress).map_err(|e| Error::failure("checkpoint", e.to_string()))?;
        let normalisation = serde_json::to_value(self.batches.normalisation())
            .map_err(|e| Error::failure("checkpoint", e.to_string()))?;
        let outputs = self.batches.examples().0.output_names();
        let state = serde_json::json!({
            "run": run, "progress": progress, "normalisation": normalisation, "outputs": outputs,
            "encoding": self.encoding,
        });
        Ok((state, arrays))
    }

    /// As [`to_parts`](Self::to_parts), of a session that has not begun, with a network that was trained elsewhere: what looks at trainings
    /// looks at it, and trainings go on from it.
    ///
    /// # Errors
    /// A recipe that makes no sense for the network.
    pub fn state_of(
        request: &Request,
        architecture: Architecture,
        normalisation: &Normalisation,
        outputs: Option<&[String]>,
    ) -> Result<Value> {
        let options = request.recipe.optimizer.options(request.network.parse::<Family>()?.scalar_rate());
        let loss = Loss::CrossEntropy { smoothing: request.recipe.label_smoothing };
        let run = head_of_a_start(architecture, options, loss, request)?;
        Ok(serde_json::json!({
            "run": run, "progress": Progress::default(), "normalisation": normalisation, "outputs": outputs, "encoding": null,
        }))
    }

    /// What maps are made of: what the checkpoint says that the training goes on from, unless asked otherwise.
    pub fn precision(&self) -> Precision {
        self.run.precision
    }

    /// What there is to say about the processor that maps of 16 bits are computed on, if it is slow.
    pub fn note(&self) -> Option<&'static str> {
        let is_slow = self.run.precision == Precision::Bf16 && !has_tiles();
        is_slow.then_some(
            "products of bf16 are computed by loops, with the same results and slower than in f32: this processor has no registers \
             for them (AMX), or the system does not let this program use them",
        )
    }

    /// The same training with maps made of something else from now on.
    #[must_use]
    pub fn in_precision(mut self, precision: Precision) -> Self {
        self.run.precision = precision;
        self
    }

    pub fn network(&self) -> &Network {
        &self.run.network
    }

    /// What branches pay, where they do.
    pub fn scales(&self) -> Option<&BranchScales> {
        self.progress.scales.as_ref()
    }

    /// Whether the network predicts the class of each pixel.
    pub fn predicts_masks(&self) -> bool {
        self.batches.examples().0.answer().positions() > 1
    }

    /// Learned from the training images.
    pub fn normalisation(&self) -> &Normalisation {
        self.batches.normalisation()
    }

    pub fn plan(&self) -> &Plan {
        self.batches.plan()
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.run.step
    }

    /// Whether the budget is spent, or patience; `minutes` by this process.
    pub fn is_over(&self, minutes: f64) -> bool {
        self.progress.is_given_up || self.plan().is_over(self.elapsed(minutes))
    }

    /// Whether training ended before its budget, since the validation error did not fall any more.
    pub fn is_given_up(&self) -> bool {
        self.progress.is_given_up
    }

    /// Whether there are examples that choose the epoch that is used.
    pub fn validates(&self) -> bool {
        self.validation.is_some()
    }

    /// Brings the statistics of batch norms up to the weights, as the end of an epoch does: before a network is kept that is in the middle
    /// of one.
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn settle(&mut self) -> Result<()> {
        self.measure_statistics(ESTIMATED)
    }

    /// The epoch that validation has chosen so far.
    pub fn best(&self) -> Option<Best> {
        self.progress.best
    }

    /// Whether the last step was the last of an epoch.
    pub fn is_between_epochs(&self) -> bool {
        self.plan().is_between_epochs(self.run.step)
    }

    /// One step.
    ///
    /// # Errors
    /// A loss that is no number any more.
    pub fn take_step(&mut self, minutes: f64) -> Result<StepRecord> {
        let rate = self.plan().learning_rate(self.elapsed(minutes), &self.progress.warm_up);
        let batch = self.batches.batch(self.run.step)?;
        let record = match &mut self.progress.scales {
            Some(scales) => scales.take_step(&mut self.run, &batch, rate)?,
            None => self.run.take_step(&batch, rate)?,
        };
        let n_wrong = record.n_correct.map(|n_correct| record.n - n_correct);
        let error = n_wrong.map_or(record.loss, |n_wrong| n_wrong as f64 / record.n.max(1) as f64);
        let warm_up = self.batches.plan().recipe().warm_up.clone();
        self.progress.warm_up.observe(&warm_up, error);
        self.progress.loss += record.loss * record.n as f64;
        if let Some(n_wrong) = n_wrong {
            *self.progress.n_wrong.get_or_insert(0) += n_wrong;
        }
        self.progress.n += record.n;
        Ok(record)
    }

    /// One step of a learning rate test; false if that was the last. The network has moved: another session is for training.
    ///
    /// # Errors
    /// Batches that do not fit the network.
    pub fn take_test_step(&mut self, test: &mut RateTest) -> Result<bool> {
        let Some(rate) = test.next_rate() else { return Ok(false) };
        match self.run.take_step(&self.batches.batch(self.run.step)?, rate) {
            Ok(record) => test.add(rate, record.loss),
            // The loss is no number any more, which is how such a test may end.
            Err(error) if error.kind() == ErrorKind::Failure && !test.points.is_empty() => test.add(rate, f64::NAN),
            Err(error) => return Err(error),
        }
        Ok(test.next_rate().is_some())
    }

    /// What the steps since the last record added up to, and scores of the network now, if it is time for them.
    ///
    /// # Errors
    /// Test examples that do not fit the network.
    pub fn close_epoch(&mut self, learning_rate: f64, minutes: f64) -> Result<EpochRecord> {
        let epoch = self.plan().epoch(self.run.step);
        let is_last = self.is_over(minutes);
        let is_due = is_last || (epoch as u64).is_multiple_of(self.plan().recipe().evaluate_every);
        // With validation any evaluated epoch may be the one that is used.
        let wants_all = self.plan().recipe().exact_statistics && is_due && (is_last || self.validates());
        self.measure_statistics(if wants_all { u64::MAX } else { ESTIMATED })?;
        let validation = match (&self.validation, is_due) {
            (Some(HeldOut { examples, chosen }), true) => Some(self.score(examples, chosen)?),
            _ => None,
        };
        if self.progress.last_rate.replace(learning_rate).is_some_and(|last| last < learning_rate) {
            self.progress.rose_until = epoch;
        }
        if let Some(score) = &validation {
            self.consider(score.error(), epoch);
        }
        let test = if is_due { self.test_score()? } else { None };
        let Progress { loss, n_wrong, n, .. } = self.progress;
        let n = n.max(1) as f64;
        let record = EpochRecord {
            step: self.run.step,
            epoch,
            learning_rate,
            train_loss: loss / n,
            train_error: n_wrong.map_or(loss / n, |n_wrong| n_wrong as f64 / n),
            validation_loss: validation.as_ref().map(|score| score.loss),
            validation_error: validation.as_ref().map(Score::error),
            test_loss: test.as_ref().map(|test| test.loss),
            test_error: test.as_ref().map(Score::error),
            test_mean_iou: test.as_ref().and_then(Score::mean_iou),
            n_branches: self.progress.scales.as_ref().map(|s| s.values.iter().filter(|scale| **scale > 0.0).count()),
            minutes: self.progress.minutes + minutes,
        };
        self.progress = Progress { loss: 0.0, n_wrong: None, n: 0, ..std::mem::take(&mut self.progress) };
        Ok(record)
    }

    /// Takes note of a validation error; patience ends when none was lower for long enough. While the learning rate rises, as it does at
    /// the beginning of many schedules, it waits: errors may rise with it.
    fn consider(&mut self, error: f64, epoch: f64) {
        match self.progress.best {
            Some(best) if error >= best.validation_error || error.is_nan() => {
                let (patience, waits_until) = (self.plan().recipe().patience, self.progress.rose_until);
                self.progress.is_given_up =
                    patience.is_some_and(|patience| epoch - best.epoch.max(waits_until) >= patience as f64);
            }
            _ => self.progress.best = Some(Best { validation_error: error, epoch }),
        }
    }

    /// Gives batch norms the statistics of the first batches of the training, `n` of them or one epoch at most, by the weights as they are
    /// now. Running ones lag behind: over a few steps at a large rate by so much that errors judged by them mean nothing. The batches are
    /// the same after every epoch, so that errors of two epochs differ by their weights alone. Branches that are dropped at random count by
    /// the probability that they are there, as they do in evaluation.
    fn measure_statistics(&mut self, n: u64) -> Result<()> {
        if self.run.step == 0 || self.run.network.statistics().is_empty() {
            return Ok(());
        }
        let network = self.run.network.valid();
        let survivals: Vec<f64> = network.architecture().blocks().map(|block| block.survival).collect();
        let factors = self.progress.scales.as_ref().map_or(survivals, |scales| scales.values.clone());
        let pass = Pass { branches: Some(&factors), precision: self.run.precision, ..Pass::TRAINING };
        let mut traces = Vec::new();
        let first = self.plan().origin().step;
        for step in first..first + n.min(self.plan().steps_per_epoch()) {
            let x = self.batches.batch(step)?.tensor(network.device())?;
            let part = x.dims()[0].div_ceil(self.run.parts);
            for x in x.split(part, 0) {
                traces.push(network.forward(x, pass)?.1);
            }
        }
        self.run.network = self.run.network.with_exact_statistics(&traces)?;
        Ok(())
    }

    /// The score on the test examples as they are, where there are some.
    ///
    /// # Errors
    /// Test examples that do not fit the network.
    pub fn test_score(&self) -> Result<Option<Score>> {
        let score = |test: &Examples| self.score(test, &test.indices());
        self.test.map(score).transpose()
    }

    /// The score on the training examples as they are, by the finished network and not while it moved.
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn training_score(&self) -> Result<Score> {
        let (examples, chosen) = self.batches.examples();
        self.score(examples, chosen)
    }

    fn score(&self, examples: &Examples, chosen: &[u32]) -> Result<Score> {
        let branches = self.progress.scales.as_ref().map(|scales| scales.values.as_slice());
        let pass = Pass { branches, precision: self.run.precision, ..Pass::EVALUATION };
        score(&self.run.network, examples, self.batches.normalisation(), chosen, pass)
    }

    fn elapsed(&self, minutes: f64) -> Elapsed {
        Elapsed { step: self.run.step, minutes: self.progress.minutes + minutes }
    }
}

/// Whether `data` have the outputs `names`, in this order.
fn check_outputs(names: &[String], data: &TrainingData) -> Result<()> {
    let found = data.train.output_names();
    if names == found {
        return Ok(());
    }
    Err(Error::input(&data.name, listed(found))
        .expected(format!("what the network was trained on: {}", listed(names)))
        .hint("were classes added, renamed or taken out since the training began?"))
}

/// Batches of what is learned from, and what chooses the epoch that is used.
fn batches<'a>(
    request: &Request,
    data: &'a TrainingData,
    normalisation: Option<Normalisation>,
) -> Result<(Batches<'a>, Option<HeldOut<'a>>)> {
    let Split { train: indices, held_out } = request.learned(data)?;
    let validation = match (&data.validation, held_out.is_empty()) {
        (Some(examples), _) => Some(HeldOut { examples, chosen: examples.indices() }),
        (None, false) => Some(HeldOut { examples: &data.train, chosen: held_out }),
        (None, true) => None,
    };
    let plan = Plan::new(&request.recipe, indices.len())?;
    Ok((Batches::new(&data.train, indices, plan, request.seed, normalisation)?, validation))
}
