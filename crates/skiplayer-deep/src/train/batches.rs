//! Batches of a data set by step, as a recipe wants them.

use std::sync::Mutex;

use burn::tensor::activation::softmax;
use skiplayer::{Error, Result};

use super::loss::{Loss, predicted_classes};
use super::run::BatchSource;
use super::score::{Score, evaluate};
use crate::data::{Augment, Batch, Batcher, Examples, Images, Normalisation, epoch_order, rows_batch};
use crate::describe::shape::Shape;
use crate::network::{Network, Pass};
use crate::recipe::{Origin, Plan};
use crate::tensor::numbers;

/// Examples that go through a network together where nothing is learned, at most.
const EVALUATED: usize = 200;
/// Pixels of all of them, about: as many as 200 images of CIFAR have.
const EVALUATED_PIXELS: usize = EVALUATED * 32 * 32;

/// Training examples in the order, and with the augmentation, that seed and step determine.
pub struct Batches<'a> {
    examples: &'a Examples,
    indices: Vec<u32>,
    normalisation: Normalisation,
    plan: Plan,
    seed: u64,
    /// The order of the last epoch that was asked for.
    order: Mutex<Option<(u32, Vec<u32>)>>,
}

impl<'a> Batches<'a> {
    /// The examples `indices` of `examples`, by `normalisation`, or by one that is fitted on them.
    ///
    /// # Errors
    /// A recipe or a normalisation that does not fit them.
    pub fn new(
        examples: &'a Examples,
        indices: Vec<u32>,
        plan: Plan,
        seed: u64,
        normalisation: Option<Normalisation>,
    ) -> Result<Self> {
        if let Examples::Images(images) = examples {
            plan.recipe().augment.check(images.shape())?;
        }
        let normalisation = match (normalisation, examples) {
            (Some(known), _) if known.shape() == examples.shape() => known,
            (Some(known), _) => {
                return Err(Error::input("normalisation", format!("one of images of {}", known.shape()))
                    .expected(format!("one of {}, as these {} are", examples.shape(), examples.word())));
            }
            (None, Examples::Images(images)) => Normalisation::fit(plan.recipe().standard, images, &indices)?,
            (None, Examples::Rows(_)) => Normalisation::none(examples.shape()),
        };
        Ok(Self { examples, indices, normalisation, plan, seed, order: Mutex::new(None) })
    }

    /// The same batches by another normalisation.
    ///
    /// # Errors
    /// One of other images.
    pub fn with_normalisation(self, normalisation: Normalisation) -> Result<Self> {
        let Self { examples, indices, plan, seed, .. } = self;
        Self::new(examples, indices, plan, seed, Some(normalisation))
    }

    /// The same batches with epochs counted from `origin`.
    #[must_use]
    pub fn counted_from(self, origin: Origin) -> Self {
        Self { plan: self.plan.counted_from(origin), ..self }
    }

    /// The examples that are learned from.
    pub fn examples(&self) -> (&'a Examples, &[u32]) {
        (self.examples, &self.indices)
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn normalisation(&self) -> &Normalisation {
        &self.normalisation
    }
}

impl BatchSource for Batches<'_> {
    fn batch(&self, step: u64) -> Result<Batch> {
        let place = self.plan.place(step);
        // A thread that panicked left either nothing or a whole order.
        let mut order = self.order.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if order.as_ref().is_none_or(|(epoch, _)| *epoch != place.epoch) {
            *order = Some((place.epoch, epoch_order(&self.indices, self.seed, place.epoch)));
        }
        let chosen = order.as_ref().map(|(_, order)| self.plan.images(order, place)).unwrap_or_default();
        Ok(match self.examples {
            Examples::Rows(rows) => rows_batch(rows, chosen),
            Examples::Images(images) => {
                let augment = &self.plan.recipe().augment;
                images_batch(images, &self.normalisation, chosen, Some((augment, self.seed, place.epoch)))
            }
        })
    }
}

/// The examples `chosen` as they are.
pub fn plain_batch(examples: &Examples, normalisation: &Normalisation, chosen: &[u32]) -> Batch {
    match examples {
        Examples::Rows(rows) => rows_batch(rows, chosen),
        Examples::Images(images) => images_batch(images, normalisation, chosen, None),
    }
}

/// The images `chosen` as they are.
pub fn plain_batch_of_images(images: &Images, normalisation: &Normalisation, chosen: &[u32]) -> Batch {
    images_batch(images, normalisation, chosen, None)
}

/// The score of `network` on the examples `chosen` as they are: by the cross-entropy without smoothing, or the squared error.
///
/// # Errors
/// Examples that do not fit the network, or factors in `pass` that do not.
pub fn score(
    network: &Network,
    examples: &Examples,
    normalisation: &Normalisation,
    chosen: &[u32],
    pass: Pass<'_>,
) -> Result<Score> {
    let batches =
        chosen.chunks(together(examples.shape())).map(|chosen| Ok(plain_batch(examples, normalisation, chosen)));
    evaluate(network, loss_for(examples, 0.0), batches, pass)
}

/// The probability of each class for every one of `images` as they are, row by row.
///
/// # Errors
/// Images that do not fit the network.
pub fn probabilities(network: &Network, images: &Images, normalisation: &Normalisation) -> Result<Vec<Vec<f64>>> {
    let network = network.valid();
    let mut all = Vec::new();
    for chosen in images.indices().chunks(together(images.shape())) {
        let x = images_batch(images, normalisation, chosen, None).tensor(network.device())?;
        let (outputs, _) = network.forward(x, Pass::EVALUATION)?;
        let [n, n_outputs, ..] = outputs.dims();
        let shares = numbers(&softmax(outputs.reshape([n, n_outputs]), 1))?;
        all.extend(shares.chunks_exact(n_outputs).map(|row| row.iter().map(|p| f64::from(*p)).collect()));
    }
    Ok(all)
}

/// The class of every pixel of `images` as they are, image by image, by a network whose outputs are maps.
///
/// # Errors
/// Images that do not fit the network.
pub fn predicted_masks(network: &Network, images: &Images, normalisation: &Normalisation) -> Result<Vec<u16>> {
    let network = network.valid();
    let mut all = Vec::new();
    for chosen in images.indices().chunks(together(images.shape())) {
        let x = images_batch(images, normalisation, chosen, None).tensor(network.device())?;
        all.extend(predicted_classes(&network.forward(x, Pass::EVALUATION)?.0)?);
    }
    Ok(all)
}

/// What is lowered where `examples` are learned: by their kind of answers.
pub fn loss_for(examples: &Examples, smoothing: f64) -> Loss {
    match examples.are_numbers() {
        true => Loss::SquaredError,
        false => Loss::CrossEntropy { smoothing },
    }
}

/// How many examples of `shape` go through a network together where nothing is learned.
fn together(shape: Shape) -> usize {
    (EVALUATED_PIXELS / (shape.positions() as usize).max(1)).clamp(1, EVALUATED)
}

fn images_batch(
    images: &Images,
    normalisation: &Normalisation,
    chosen: &[u32],
    augment: Option<(&Augment, u64, u32)>,
) -> Batch {
    let batcher = Batcher { images, normalisation };
    match augment {
        Some((augment, seed, epoch)) => batcher.augmented(chosen, augment, seed, epoch),
        None => batcher.plain(chosen),
    }
}
