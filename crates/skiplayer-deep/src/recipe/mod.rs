//! How a network is trained, as data: what papers did to the letter, and shorter ways.
//!
//! ```text
//!  Recipe::named("he2015", layers) ─ set("optimizer.weight_decay", "5e-4") ─> Recipe <─> JSON
//!                                                                              │ Plan::new(recipe, n training images)
//!                                        step, minutes, training error ──> learning rate, epoch, place in it, the end
//! ```

mod named;
mod overrides;
mod plan;
mod rule;
mod schedule;
mod warm_up;

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use crate::data::{Augment, Standard};
use crate::precision::Precision;

pub use named::NAMES;
pub use plan::{Elapsed, Origin, Place, Plan};
pub use rule::{Decays, OptimizerOptions, Rule, Velocity};
pub use schedule::Schedule;
pub use warm_up::{WarmUp, WarmUpState};

/// Everything about a training that is not the network and not the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Recipe {
    /// One of [`NAMES`], or the user's own.
    pub name: String,
    /// Where it is from, and what its source left open.
    pub source: String,
    /// Images a step.
    pub batch: usize,
    pub budget: Budget,
    /// The largest learning rate of the schedule.
    pub learning_rate: f64,
    pub schedule: Schedule,
    pub warm_up: WarmUp,
    pub optimizer: Optimizer,
    /// Probability that is taken from the right class and spread over all (Szegedy et al. 2016); 0 for none.
    pub label_smoothing: f64,
    /// Probability that the last residual branch survives a step, with earlier ones in a line up to 1; none
    /// for a network that is always whole.
    pub stochastic_depth: Option<f64>,
    pub standard: Standard,
    pub augment: Augment,
    /// Parts in which a batch goes through the network, one after the other: their gradients add up to those of the batch, in a fraction of
    /// the memory. Only batch norms see a difference, since they normalise by the part.
    #[serde(default = "one")]
    pub parts: usize,
    /// Whether maps are kept once and computed again where that takes less memory, see [`Pass::memory_efficient`](crate::network::Pass).
    #[serde(default)]
    pub memory_efficient: bool,
    /// What maps are made of.
    #[serde(default)]
    pub precision: Precision,
    /// Whether batch norms get the statistics of the training images under the final weights in place of running ones, which lag behind
    /// (what the authors of residual networks released).
    #[serde(default)]
    pub exact_statistics: bool,
    /// Share of the training images that is not learned from but chooses the epoch whose weights are used.
    #[serde(default)]
    pub validation: Option<f64>,
    /// Training ends when so many epochs have passed without a lower validation error.
    #[serde(default)]
    pub patience: Option<u64>,
    /// Epochs between evaluations; there is one at the end in any case.
    #[serde(default = "one")]
    pub evaluate_every: u64,
}

fn one<N: From<u8>>() -> N {
    N::from(1)
}

/// When training ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// Steps of one batch each.
    Iterations(u64),
    /// Passes over the training images; a part of a pass is possible.
    Epochs(f64),
    /// Time on the clock, which the caller reads. Such a run does not repeat itself exactly.
    Minutes(f64),
}

/// Stochastic gradient descent with momentum, or AdamW.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimizer {
    /// AdamW in place of momentum, which is then not looked at.
    #[serde(default)]
    pub adam: Option<Adam>,
    pub momentum: f64,
    /// Gradient at the point that momentum leads to (Nesterov 1983, in the form of Sutskever et al. 2013).
    pub nesterov: bool,
    pub velocity: Velocity,
    /// This times the weight is added to the gradient; by AdamW, times the learning rate, taken from the weight.
    pub weight_decay: f64,
    pub decays: Decays,
}

/// Constants of AdamW (Loshchilov & Hutter 2019, algorithm 2).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Adam {
    /// Of the mean of gradients.
    pub beta1: f64,
    /// Of the mean of their squares.
    pub beta2: f64,
    pub epsilon: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl Optimizer {
    /// What the optimizer is given; `scalar_rate` as in [`OptimizerOptions`].
    pub fn options(&self, scalar_rate: f64) -> OptimizerOptions {
        let Self { adam, momentum, nesterov, velocity, weight_decay, decays } = *self;
        let rule = match adam {
            Some(Adam { beta1, beta2, epsilon }) => Rule::AdamW { beta1, beta2, epsilon },
            None => Rule::Sgd { momentum, nesterov, velocity },
        };
        OptimizerOptions { rule, weight_decay, decays, scalar_rate }
    }

    /// How much of the last step is in the next one.
    pub fn inertia(&self) -> f64 {
        self.adam.map_or(self.momentum, |adam| adam.beta1)
    }
}

impl Recipe {
    /// As JSON, one field a line.
    pub fn to_json(&self) -> String {
        // Only a map with keys that are not text, or a number that is not finite, could fail: there is no such map, and JSON
        // writes such a number as null, which the check on reading refuses.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// From JSON, checked.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) with the line and column, or the field that makes no sense.
    pub fn from_json(text: &str) -> Result<Self> {
        let recipe: Self = serde_json::from_str(text).map_err(|error| {
            Error::input("recipe", format!("JSON that is not a recipe ({error})"))
                .expected("all fields of a recipe and no others")
                .hint("start from a named recipe and change what is different")
        })?;
        recipe.check()?;
        Ok(recipe)
    }

    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) that names the first field that does not.
    pub fn check(&self) -> Result<()> {
        require("batch", self.batch, self.batch >= 1, "at least 1 image")?;
        match self.budget {
            Budget::Iterations(n) => require("budget.iterations", n, n >= 1, "at least 1")?,
            Budget::Epochs(n) => require("budget.epochs", n, n > 0.0 && n.is_finite(), "a number above 0")?,
            Budget::Minutes(n) => require("budget.minutes", n, n > 0.0 && n.is_finite(), "a number above 0")?,
        }
        let rate = self.learning_rate;
        require("learning_rate", rate, rate > 0.0 && rate.is_finite(), "a number above 0; 0.1 is usual")?;
        self.schedule.check()?;
        self.warm_up.check()?;
        let Optimizer { momentum, nesterov, weight_decay, .. } = self.optimizer;
        require("optimizer.momentum", momentum, (0.0..1.0).contains(&momentum), "from 0 to below 1; 0.9 is usual")?;
        require("optimizer.nesterov", nesterov, !nesterov || momentum > 0.0, "false where there is no momentum")?;
        let is_decay = weight_decay >= 0.0 && weight_decay.is_finite();
        require("optimizer.weight_decay", weight_decay, is_decay, "0 or a number above; 1e-4 is usual")?;
        let smoothing = self.label_smoothing;
        require("label_smoothing", smoothing, (0.0..1.0).contains(&smoothing), "from 0 to below 1; 0.1 is usual")?;
        if let Some(p) = self.stochastic_depth {
            require("stochastic_depth", p, p > 0.0 && p <= 1.0, "above 0 and at most 1; 0.5 is usual")?;
        }
        if let Some(Adam { beta1, beta2, epsilon }) = self.optimizer.adam {
            let usual = "from 0 to below 1";
            require("optimizer.adam.beta1", beta1, (0.0..1.0).contains(&beta1), usual)?;
            require("optimizer.adam.beta2", beta2, (0.0..1.0).contains(&beta2), usual)?;
            require("optimizer.adam.epsilon", epsilon, epsilon > 0.0 && epsilon.is_finite(), "a number above 0")?;
        }
        let is_possible = (1..=self.batch).contains(&self.parts);
        require("parts", self.parts, is_possible, "from 1 to the images of a batch")?;
        if let Some(share) = self.validation {
            require("validation", share, share > 0.0 && share < 1.0, "a share between 0 and 1; 0.1 is usual")?;
        }
        if let Some(patience) = self.patience {
            require("patience", patience, patience >= 1, "at least 1 epoch")?;
            require("patience", patience, self.validation.is_some(), "a share of the images for validation too")?;
        }
        require("evaluate_every", self.evaluate_every, self.evaluate_every >= 1, "at least 1 epoch")
    }
}

/// An error that names `field` unless `is_right`.
fn require(field: &str, found: impl ToString, is_right: bool, expected: &str) -> Result<()> {
    if is_right {
        return Ok(());
    }
    Err(Error::input(format!("recipe, {field}"), found.to_string()).expected(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_survives_json() {
        for name in NAMES {
            let recipe = Recipe::named(name, 110).unwrap();
            assert_eq!(Recipe::from_json(&recipe.to_json()).unwrap(), recipe);
        }
    }

    #[test]
    fn files_may_leave_out_what_is_rarely_changed() {
        let recipe = Recipe::named("he2015", 20).unwrap();
        let mut file = serde_json::to_value(&recipe).unwrap();
        let fields = file.as_object_mut().unwrap();
        for field in
            ["parts", "memory_efficient", "precision", "exact_statistics", "validation", "patience", "evaluate_every"]
        {
            assert!(fields.remove(field).is_some());
        }
        assert!(fields["optimizer"].as_object_mut().unwrap().remove("adam").is_some());
        assert_eq!(Recipe::from_json(&file.to_string()).unwrap(), recipe);
    }

    #[test]
    fn what_is_not_a_recipe() {
        let message = |text: &str| Recipe::from_json(text).unwrap_err().to_string();
        assert!(message("{").contains("line 1 column 1"), "{}", message("{"));
        let json = Recipe::named("he2015", 20).unwrap().to_json();
        assert!(message(&json.replacen("batch", "bach", 1)).contains("unknown field `bach`"));
        assert!(message(&json.replacen("128", "0", 1)).contains("recipe, batch: found 0, expected at least 1 image"));
        assert!(
            message(&json.replacen("0.9", "1.0", 1)).contains("recipe, optimizer.momentum: found 1, expected from 0")
        );
    }

    type Spoil = fn(&mut Recipe);

    #[test]
    fn every_field_is_checked() {
        let ok = Recipe::named("short", 20).unwrap();
        let wrong: [(&str, Spoil); 21] = [
            ("batch", |r| r.batch = 0),
            ("budget.iterations", |r| r.budget = Budget::Iterations(0)),
            ("budget.epochs", |r| r.budget = Budget::Epochs(f64::INFINITY)),
            ("budget.minutes", |r| r.budget = Budget::Minutes(-1.0)),
            ("learning_rate", |r| r.learning_rate = f64::NAN),
            ("schedule.steps.at", |r| r.schedule = Schedule::Steps { at: vec![0.5, 0.4], factor: 0.1 }),
            ("schedule.steps.factor", |r| r.schedule = Schedule::Steps { at: vec![], factor: 0.0 }),
            ("schedule.cosine.last", |r| r.schedule = Schedule::Cosine { last: 1.5 }),
            ("schedule.one_cycle.peak_at", |r| {
                r.schedule = Schedule::OneCycle { first: 0.1, peak_at: 1.0, last: 0.0 };
            }),
            ("warm_up.until_training_error.below", |r| {
                r.warm_up = WarmUp::UntilTrainingError { learning_rate: 0.01, below: 80.0, window: 20 };
            }),
            ("warm_up.linear.iterations", |r| r.warm_up = WarmUp::Linear { iterations: 0 }),
            ("optimizer.nesterov", |r| r.optimizer.momentum = 0.0),
            ("optimizer.weight_decay", |r| r.optimizer.weight_decay = -1e-4),
            ("label_smoothing", |r| r.label_smoothing = 1.0),
            ("stochastic_depth", |r| r.stochastic_depth = Some(0.0)),
            ("optimizer.adam.beta2", |r| r.optimizer.adam = Some(Adam { beta2: 1.0, ..Adam::default() })),
            ("parts", |r| r.parts = 0),
            ("parts", |r| r.parts = r.batch + 1),
            ("validation", |r| r.validation = Some(1.0)),
            ("patience", |r| r.patience = Some(3)),
            ("evaluate_every", |r| r.evaluate_every = 0),
        ];
        for (field, spoil) in wrong {
            let mut recipe = ok.clone();
            spoil(&mut recipe);
            let message = recipe.check().unwrap_err().to_string();
            assert!(message.starts_with(&format!("recipe, {field}: found ")), "{message}");
        }
    }
}
