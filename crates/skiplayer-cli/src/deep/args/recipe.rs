//! Arguments that say by which rules networks learn.

use std::path::Path;

use clap::Args;
use skiplayer::{Error, Result};
use skiplayer_deep::recipe::{NAMES, Recipe};

/// Share that is held out where there has to be something to be patient about.
const VALIDATION: f64 = 0.1;

/// By which rules networks learn.
#[derive(Args)]
pub struct LowRecipe {
    /// A named recipe, or a file of JSON
    #[arg(long, value_name = "R", default_value = "short", help_heading = "Recipe")]
    pub recipe: String,
    /// Passes over the training images
    #[arg(long, value_name = "N", conflicts_with = "minutes", help_heading = "Recipe")]
    pub epochs: Option<f64>,
    /// Time to spend
    #[arg(long, value_name = "M", help_heading = "Recipe")]
    pub minutes: Option<f64>,
    /// Images a step
    #[arg(long, value_name = "B", help_heading = "Recipe")]
    pub batch: Option<usize>,
    /// Largest learning rate of the schedule
    #[arg(long, value_name = "RATE", help_heading = "Recipe")]
    pub lr: Option<f64>,
    /// Let a batch through the network in so many parts, which takes a fraction of the memory; batch norms then see a part at a time
    #[arg(long, value_name = "N", help_heading = "Recipe")]
    pub parts: Option<usize>,
    /// Keep each map of a dense network once: less memory for more time
    #[arg(long, help_heading = "Recipe")]
    pub memory_efficient: bool,
    /// Take this probability from the right class and spread it over all
    #[arg(long, value_name = "P", help_heading = "Recipe")]
    pub label_smoothing: Option<f64>,
    /// Hold out this share of the training data; the epoch with the lowest error on it is the one that is used
    #[arg(long, value_name = "SHARE", help_heading = "Recipe")]
    pub validation: Option<f64>,
    /// Stop when so many epochs have not lowered the validation error; holds out a tenth if --validation does not say how much
    #[arg(long, value_name = "EPOCHS", help_heading = "Recipe")]
    pub patience: Option<u64>,
    /// Evaluate every so many epochs only, and at the end
    #[arg(long, value_name = "EPOCHS", help_heading = "Recipe")]
    pub evaluate_every: Option<u64>,
    /// Give batch norms the exact statistics of the training data at the end
    #[arg(long, help_heading = "Recipe")]
    pub exact_statistics: bool,
    /// Any field of the recipe, such as schedule.cosine.last=0; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Recipe")]
    pub set: Vec<String>,
}

impl LowRecipe {
    /// The recipe for a network of `n_layers` layers.
    pub fn check(&self, n_layers: usize) -> Result<Recipe> {
        let mut recipe = recipe(&self.recipe, n_layers)?;
        fn text<N: ToString>(value: Option<N>) -> Option<String> {
            value.map(|value| value.to_string())
        }
        let needs_validation = self.patience.is_some() && recipe.validation.is_none();
        let changes = [
            ("budget.epochs", text(self.epochs)),
            ("budget.minutes", text(self.minutes)),
            ("batch", text(self.batch)),
            ("learning_rate", text(self.lr)),
            ("parts", text(self.parts)),
            ("memory_efficient", text(self.memory_efficient.then_some(true))),
            ("label_smoothing", text(self.label_smoothing)),
            ("validation", text(self.validation.or(needs_validation.then_some(VALIDATION)))),
            ("patience", text(self.patience)),
            ("evaluate_every", text(self.evaluate_every)),
            ("exact_statistics", text(self.exact_statistics.then_some(true))),
        ];
        for (key, value) in changes {
            if let Some(value) = value {
                recipe = recipe.set(key, &value)?;
            }
        }
        for change in &self.set {
            let (key, value) = change.split_once('=').ok_or_else(|| {
                Error::input("--set", format!("`{change}`")).expected("FIELD=VALUE, such as optimizer.momentum=0.8")
            })?;
            recipe = recipe.set(key, value)?;
        }
        Ok(recipe)
    }

    /// Whether the augmentation is brought to the size and colour of the images.
    pub fn suits(&self) -> bool {
        !self.set.iter().any(|change| change.starts_with("augment"))
    }
}

/// A name, or a file where there is one.
fn recipe(word: &str, n_layers: usize) -> Result<Recipe> {
    if NAMES.contains(&word) || !Path::new(word).is_file() {
        return Recipe::named(word, n_layers);
    }
    let text = std::fs::read_to_string(word)
        .map_err(|error| Error::input(format!("--recipe {word}"), error.to_string()).expected("a file of JSON"))?;
    Recipe::from_json(&text)
}
