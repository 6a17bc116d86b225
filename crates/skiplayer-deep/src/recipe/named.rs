//! The recipes of papers.

use skiplayer::table::nearest_name;
use skiplayer::{Error, Result};

use super::{Adam, Budget, Decays, Optimizer, Recipe, Schedule, Velocity, WarmUp};
use crate::data::Standard;
use crate::data::{Augment, Padding};
use crate::precision::Precision;

/// What [`Recipe::named`] knows.
pub const NAMES: &[&str] = &["he2015", "preact", "densenet", "wide", "stochastic-depth", "short", "adamw"];

impl Recipe {
    /// The recipe `name` for a network of `n_layers` layers.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) with the names that there are.
    pub fn named(name: &str, n_layers: usize) -> Result<Self> {
        match name {
            "he2015" => Ok(he2015(n_layers)),
            "preact" => Ok(preact()),
            "densenet" => Ok(densenet()),
            "wide" => Ok(wide()),
            "stochastic-depth" => Ok(stochastic_depth()),
            "short" => Ok(short()),
            "adamw" => Ok(adamw()),
            _ => {
                let unknown = Error::input("recipe", format!("`{name}`"))
                    .expected(format!("one of {}, or a file of JSON", NAMES.join(", ")));
                Err(unknown.did_you_mean(nearest_name(name, NAMES.iter().copied())))
            }
        }
    }
}

/// Where all others start from.
fn he2015(n_layers: usize) -> Recipe {
    let warm_up = WarmUp::UntilTrainingError { learning_rate: 0.01, below: 0.8, window: 20 };
    Recipe {
        name: "he2015".to_owned(),
        source: "He, Zhang, Ren & Sun 2015, Deep residual learning for image recognition, section 4.2; momentum as in Caffe; \
                 the window of the training error is not in the paper"
            .to_owned(),
        batch: 128,
        budget: Budget::Iterations(64_000),
        learning_rate: 0.1,
        schedule: Schedule::Steps { at: vec![0.5, 0.75], factor: 0.1 },
        // The paper found 0.1 too large to start 110 layers with, and not 56.
        warm_up: if n_layers >= 110 { warm_up } else { WarmUp::None },
        optimizer: Optimizer {
            adam: None,
            momentum: 0.9,
            nesterov: false,
            velocity: Velocity::Steps,
            weight_decay: 1e-4,
            decays: Decays::Weights,
        },
        label_smoothing: 0.0,
        stochastic_depth: None,
        standard: Standard::PixelMean,
        augment: Augment::HE_2015,
        parts: 1,
        memory_efficient: false,
        precision: Precision::F32,
        exact_statistics: false,
        validation: None,
        patience: None,
        evaluate_every: 1,
    }
}

fn preact() -> Recipe {
    let base = he2015(0);
    Recipe {
        name: "preact".to_owned(),
        source:
            "He, Zhang, Ren & Sun 2016, Identity mappings in deep residual networks, appendix; what is decayed and how \
                 images are centred as in the authors' Torch code"
                .to_owned(),
        warm_up: WarmUp::Constant { iterations: 400, learning_rate: 0.01 },
        optimizer: Optimizer { velocity: Velocity::Gradients, decays: Decays::All, ..base.optimizer },
        standard: Standard::Channel,
        ..base
    }
}

fn densenet() -> Recipe {
    let base = preact();
    Recipe {
        name: "densenet".to_owned(),
        source:
            "Huang, Liu, van der Maaten & Weinberger 2017, Densely connected convolutional networks, section 4.2, with \
                 augmentation and so without dropout"
                .to_owned(),
        batch: 64,
        budget: Budget::Epochs(300.0),
        warm_up: WarmUp::None,
        optimizer: Optimizer { nesterov: true, ..base.optimizer },
        ..base
    }
}

fn wide() -> Recipe {
    let base = preact();
    Recipe {
        name: "wide".to_owned(),
        source: "Zagoruyko & Komodakis 2016, Wide residual networks, section 3, without dropout".to_owned(),
        budget: Budget::Epochs(200.0),
        schedule: Schedule::Steps { at: vec![0.3, 0.6, 0.8], factor: 0.2 },
        warm_up: WarmUp::None,
        optimizer: Optimizer { nesterov: true, weight_decay: 5e-4, ..base.optimizer },
        augment: Augment { padding: Padding::Reflect, ..base.augment },
        ..base
    }
}

fn stochastic_depth() -> Recipe {
    Recipe {
        name: "stochastic-depth".to_owned(),
        source:
            "Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth, section 4, for 110 layers"
                .to_owned(),
        batch: 128,
        budget: Budget::Epochs(500.0),
        stochastic_depth: Some(0.5),
        ..densenet()
    }
}

fn short() -> Recipe {
    let base = densenet();
    Recipe {
        name: "short".to_owned(),
        source: "our own, for experiments of minutes: one cycle in whatever the budget is; not tuned".to_owned(),
        batch: 128,
        budget: Budget::Epochs(30.0),
        schedule: Schedule::OneCycle { first: 0.1, peak_at: 0.25, last: 0.0 },
        optimizer: Optimizer { weight_decay: 5e-4, decays: Decays::Weights, ..base.optimizer },
        ..base
    }
}

fn adamw() -> Recipe {
    let base = short();
    Recipe {
        name: "adamw".to_owned(),
        source: "our own: AdamW (Loshchilov & Hutter 2019) with its usual constants and a cosine; not tuned".to_owned(),
        learning_rate: 1e-3,
        schedule: Schedule::Cosine { last: 0.0 },
        optimizer: Optimizer { adam: Some(Adam::default()), weight_decay: 0.05, ..base.optimizer },
        ..base
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{Elapsed, Plan, WarmUpState};

    #[test]
    fn every_name_gives_a_recipe_of_that_name_that_makes_sense() {
        for name in NAMES {
            let recipe = Recipe::named(name, 20).unwrap();
            assert_eq!(recipe.name, *name);
            recipe.check().unwrap();
        }
        let error = Recipe::named("he2016", 20).unwrap_err().to_string();
        assert!(
            error.ends_with("did you mean `he2015`?") && error.contains("one of he2015, preact, densenet"),
            "{error}"
        );
    }

    /// Epochs at which the papers change the rate, on 50,000 images.
    #[test]
    fn papers_that_count_in_epochs() {
        let papers: [(&str, &[(u64, f64)]); 3] = [
            ("densenet", &[(0, 0.1), (149, 0.1), (150, 0.01), (225, 0.001), (299, 0.001)]),
            ("wide", &[(0, 0.1), (59, 0.1), (60, 0.02), (120, 0.004), (160, 0.0008), (199, 0.0008)]),
            ("stochastic-depth", &[(249, 0.1), (250, 0.01), (374, 0.01), (375, 0.001)]),
        ];
        for (name, rates) in papers {
            let plan = Plan::new(&Recipe::named(name, 110).unwrap(), 50_000).unwrap();
            for &(epoch, expected) in rates {
                let elapsed = Elapsed { step: epoch * plan.steps_per_epoch(), minutes: 0.0 };
                let rate = plan.learning_rate(elapsed, &WarmUpState::default());
                assert!((rate - expected).abs() < 1e-15, "{name}, epoch {epoch}: {rate}");
            }
        }
    }

    #[test]
    fn only_deep_networks_warm_up() {
        assert_eq!(Recipe::named("he2015", 56).unwrap().warm_up, WarmUp::None);
        assert!(matches!(Recipe::named("he2015", 110).unwrap().warm_up, WarmUp::UntilTrainingError { .. }));
    }
}
