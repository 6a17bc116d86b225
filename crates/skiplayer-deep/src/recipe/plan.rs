//! A recipe for so many training images: what each step does.

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result, message};

use super::{Budget, Recipe, WarmUpState};
use crate::options::BATCH;

/// A checked recipe and the number of steps an epoch has.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    recipe: Recipe,
    steps_per_epoch: u64,
    origin: Origin,
}

/// Where epochs are counted from: the beginning, or the step at which a training went on with another number of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub step: u64,
    /// Epochs that were over at that step.
    pub epoch: u32,
}

/// How far a training is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elapsed {
    /// Steps that are done, which is the number of the next one.
    pub step: u64,
    /// Time spent on them; only a budget in minutes looks at it.
    pub minutes: f64,
}

/// Which images a step takes: the `batch`-th part of the order of epoch `epoch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub epoch: u32,
    pub batch: usize,
}

impl Plan {
    /// An epoch has as many whole batches as fit: batch normalisation sees batches of one size, and the images left over are
    /// others in every epoch.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if the recipe makes no sense or a batch has more images than there are.
    pub fn new(recipe: &Recipe, n_train: usize) -> Result<Self> {
        recipe.check()?;
        if recipe.batch > n_train {
            return Err(Error::input("recipe, batch", format!("{} for {n_train} training images", recipe.batch))
                .expected("no more than there are")
                .hint(message!["use more images, or ", BATCH.to(n_train as u64)]));
        }
        let steps_per_epoch = (n_train / recipe.batch) as u64;
        Ok(Self { recipe: recipe.clone(), steps_per_epoch, origin: Origin::default() })
    }

    /// The same plan with epochs counted from `origin`.
    #[must_use]
    pub fn counted_from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    pub fn origin(&self) -> Origin {
        self.origin
    }

    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub fn steps_per_epoch(&self) -> u64 {
        self.steps_per_epoch
    }

    /// Steps of the whole training; none if the clock decides.
    pub fn n_steps(&self) -> Option<u64> {
        match self.recipe.budget {
            Budget::Iterations(n) => Some(n),
            Budget::Epochs(n) => Some(self.origin.step + self.steps_of(n).saturating_sub(self.steps_before())),
            Budget::Minutes(_) => None,
        }
    }

    /// Steps that `n` epochs of this length have, at least one.
    fn steps_of(&self, n: f64) -> u64 {
        ((n * self.steps_per_epoch as f64).round() as u64).max(1)
    }

    /// Steps that the epochs before the origin would have had at this length.
    fn steps_before(&self) -> u64 {
        u64::from(self.origin.epoch) * self.steps_per_epoch
    }

    /// The fraction of the budget that is spent, from 0 to 1.
    pub fn progress(&self, elapsed: Elapsed) -> f64 {
        let spent = match self.recipe.budget {
            Budget::Minutes(budget) => elapsed.minutes / budget,
            Budget::Iterations(n) => elapsed.step as f64 / n as f64,
            Budget::Epochs(n) => {
                let done = self.steps_before() + elapsed.step.saturating_sub(self.origin.step);
                done as f64 / self.steps_of(n) as f64
            }
        };
        spent.clamp(0.0, 1.0)
    }

    /// Epochs that are over after `step` steps, with the part of the current one.
    pub fn epoch(&self, step: u64) -> f64 {
        let since = step.saturating_sub(self.origin.step);
        f64::from(self.origin.epoch) + since as f64 / self.steps_per_epoch as f64
    }

    /// Whether step `step` is the first of an epoch.
    pub fn is_between_epochs(&self, step: u64) -> bool {
        step.saturating_sub(self.origin.step).is_multiple_of(self.steps_per_epoch)
    }

    /// Whether the budget is spent.
    pub fn is_over(&self, elapsed: Elapsed) -> bool {
        self.progress(elapsed) >= 1.0
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self, elapsed: Elapsed, warm_up: &WarmUpState) -> f64 {
        let scheduled = self.recipe.learning_rate * self.recipe.schedule.factor(self.progress(elapsed));
        self.recipe.warm_up.learning_rate(elapsed.step, warm_up, scheduled)
    }

    /// Which images step `step` takes.
    pub fn place(&self, step: u64) -> Place {
        let since = step.saturating_sub(self.origin.step);
        let epoch = self.origin.epoch + (since / self.steps_per_epoch) as u32;
        Place { epoch, batch: (since % self.steps_per_epoch) as usize }
    }

    /// The images of a step, out of the [`epoch_order`](crate::data::epoch_order) of its epoch.
    ///
    /// # Panics
    /// If `order` is of fewer images than the plan is for.
    pub fn images<'a>(&self, order: &'a [u32], place: Place) -> &'a [u32] {
        &order[place.batch * self.recipe.batch..][..self.recipe.batch]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{NAMES, Schedule, WarmUp};
    use proptest::prelude::*;

    fn rate(plan: &Plan, step: u64) -> f64 {
        plan.learning_rate(Elapsed { step, minutes: 0.0 }, &WarmUpState::default())
    }

    /// A training of ten epochs of four steps that goes on after three of them, with two steps an epoch.
    #[test]
    fn epochs_are_counted_on_when_their_length_changes() {
        let recipe = Recipe { budget: Budget::Epochs(10.0), batch: 10, ..Recipe::named("short", 20).unwrap() };
        let before = Plan::new(&recipe, 40).unwrap();
        let origin = Origin { step: 12, epoch: 3 };
        let plan = Plan::new(&recipe, 20).unwrap().counted_from(origin);
        let progress = |plan: &Plan, step| plan.progress(Elapsed { step, minutes: 0.0 });
        assert_eq!(before.n_steps(), Some(40));
        assert_eq!((plan.n_steps(), plan.epoch(12), plan.epoch(15)), (Some(12 + 14), 3.0, 4.5));
        assert_eq!(progress(&plan, 12), progress(&before, 12));
        assert_eq!((progress(&plan, 26), plan.is_between_epochs(14), plan.is_between_epochs(15)), (1.0, true, false));
        assert_eq!(plan.place(15), Place { epoch: 4, batch: 1 });
    }

    #[test]
    fn the_schedule_of_the_paper_to_the_step() {
        let plan = Plan::new(&Recipe::named("he2015", 56).unwrap(), 50_000).unwrap();
        let expected = [
            (0, 0.1),
            (31_999, 0.1),
            (32_000, 0.01),
            (47_999, 0.01),
            (48_000, 0.001),
            (63_999, 0.001),
            (70_000, 0.001),
        ];
        for (step, expected) in expected {
            assert!((rate(&plan, step) - expected).abs() < 1e-15, "{step}");
        }
        assert!(!plan.is_over(Elapsed { step: 63_999, minutes: 1e9 }));
        assert!(plan.is_over(Elapsed { step: 64_000, minutes: 0.0 }));
        assert_eq!(plan.steps_per_epoch(), 390);
        assert_eq!(plan.place(391), Place { epoch: 1, batch: 1 });
    }

    #[test]
    fn deep_networks_warm_up_until_they_learn() {
        let plan = Plan::new(&Recipe::named("he2015", 110).unwrap(), 45_000).unwrap();
        let mut state = WarmUpState::default();
        let mut rates = Vec::new();
        for step in 0..600 {
            rates.push(plan.learning_rate(Elapsed { step, minutes: 0.0 }, &state));
            state.observe(&plan.recipe().warm_up, if step < 400 { 0.9 } else { 0.71 });
        }
        let first = rates.iter().position(|&rate| rate == 0.1).unwrap();
        // Half of the window has to be better batches.
        assert_eq!(first, 411);
        assert!(rates[..first].iter().all(|&rate| rate == 0.01) && rates[first..].iter().all(|&rate| rate == 0.1));
    }

    #[test]
    fn minutes_are_the_callers() {
        let mut recipe = Recipe::named("short", 20).unwrap();
        recipe.budget = Budget::Minutes(10.0);
        recipe.schedule = Schedule::Cosine { last: 0.0 };
        recipe.warm_up = WarmUp::None;
        let plan = Plan::new(&recipe, 1000).unwrap();
        let at = |minutes| plan.learning_rate(Elapsed { step: 3, minutes }, &WarmUpState::default());
        assert!((at(5.0) - recipe.learning_rate / 2.0).abs() < 1e-12 && at(12.0).abs() < 1e-12);
        assert_eq!(plan.n_steps(), None);
        assert!(plan.is_over(Elapsed { step: 1, minutes: 10.0 }));
    }

    #[test]
    fn a_batch_larger_than_the_data_is_refused() {
        let error = Plan::new(&Recipe::named("he2015", 20).unwrap(), 100).unwrap_err().to_string();
        assert!(error.starts_with("recipe, batch: found 128 for 100 training images, expected no more"), "{error}");
    }

    proptest! {
        #[test]
        fn every_epoch_uses_each_image_at_most_once(n in 1usize..300, batch in 1usize..40, epoch in 0u64..5) {
            prop_assume!(batch <= n);
            let mut recipe = Recipe::named("short", 20).unwrap();
            recipe.batch = batch;
            let plan = Plan::new(&recipe, n).unwrap();
            let order: Vec<u32> = (0..n as u32).collect();
            let steps = epoch * plan.steps_per_epoch()..(epoch + 1) * plan.steps_per_epoch();
            let mut used = Vec::new();
            for step in steps {
                let place = plan.place(step);
                prop_assert_eq!(u64::from(place.epoch), epoch);
                used.extend_from_slice(plan.images(&order, place));
            }
            prop_assert!(used.len() <= n && n - used.len() < batch);
            prop_assert_eq!(&used[..], &order[..used.len()]);
        }

        #[test]
        fn rates_are_positive_and_never_above_the_peak(step in 0u64..64_000, name in prop::sample::select(NAMES)) {
            let recipe = Recipe::named(name, 110).unwrap();
            let plan = Plan::new(&recipe, 50_000).unwrap();
            let rate = rate(&plan, step);
            let is_over = plan.is_over(Elapsed { step, minutes: 0.0 });
            prop_assert!((rate > 0.0 || is_over) && rate <= recipe.learning_rate * (1.0 + 1e-12));
        }
    }
}
