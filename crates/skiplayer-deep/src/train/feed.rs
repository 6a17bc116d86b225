//! Batches of a data set by step, as a recipe wants them.

use std::sync::Mutex;

use skiplayer::Result;

use super::{Batch, Loss, Score, Source, Targets, evaluate};
use crate::data::{Batcher, ImageBatch, Images, Layout, Normalisation, epoch_order};
use crate::network::Network;
use crate::recipe::Plan;

/// Images that go through a network together where nothing is learned.
const EVALUATED: usize = 200;

/// Training images in the order, and with the augmentation, that seed and step determine.
pub struct Feed<'a> {
    images: &'a Images,
    indices: Vec<u32>,
    normalisation: Normalisation,
    plan: Plan,
    seed: u64,
    /// The order of the last epoch that was asked for.
    order: Mutex<Option<(u32, Vec<u32>)>>,
}

impl<'a> Feed<'a> {
    /// The images `indices` of `images`, on which the normalisation is fitted.
    ///
    /// # Errors
    /// A recipe that does not fit the images.
    pub fn new(images: &'a Images, indices: Vec<u32>, plan: Plan, seed: u64) -> Result<Self> {
        plan.recipe().augment.check(images.shape())?;
        let normalisation = Normalisation::fit(plan.recipe().standard, images, &indices)?;
        Ok(Self { images, indices, normalisation, plan, seed, order: Mutex::new(None) })
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn normalisation(&self) -> &Normalisation {
        &self.normalisation
    }
}

impl Source for Feed<'_> {
    fn batch(&self, step: u64) -> Result<Batch> {
        let place = self.plan.place(step);
        // A thread that panicked left either nothing or a whole order.
        let mut order = self.order.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if order.as_ref().is_none_or(|(epoch, _)| *epoch != place.epoch) {
            *order = Some((place.epoch, epoch_order(&self.indices, self.seed, place.epoch)));
        }
        let chosen = order.as_ref().map(|(_, order)| self.plan.images(order, place)).unwrap_or_default();
        let batcher = batcher(self.images, &self.normalisation);
        Ok(batch(batcher.augmented(chosen, &self.plan.recipe().augment, self.seed, place.epoch)))
    }
}

/// The score of `network` on `images` as they are, by the cross-entropy without smoothing.
///
/// # Errors
/// Images that do not fit the network.
pub fn score(network: &Network, images: &Images, normalisation: &Normalisation) -> Result<Score> {
    let indices = images.indices();
    let batcher = batcher(images, normalisation);
    let batches = indices.chunks(EVALUATED).map(|chosen| Ok(batch(batcher.plain(chosen))));
    evaluate(network, Loss::CrossEntropy { smoothing: 0.0 }, batches)
}

fn batcher<'a>(images: &'a Images, normalisation: &'a Normalisation) -> Batcher<'a> {
    Batcher { images, normalisation, layout: Layout::ChannelsFirst }
}

fn batch(batch: ImageBatch) -> Batch {
    Batch { values: batch.values, shape: batch.shape, targets: Targets::Classes(batch.labels) }
}
