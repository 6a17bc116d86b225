//! Arguments that say by which rules networks learn.

use std::path::Path;

use clap::Args;
use skiplayer::{Error, Result};
use skiplayer_deep::recipe::{NAMES, Recipe};

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
    /// Any field of the recipe, such as schedule.cosine.last=0; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Recipe")]
    pub set: Vec<String>,
}

impl LowRecipe {
    /// The recipe for a network of `n_layers` layers.
    pub fn check(&self, n_layers: usize) -> Result<Recipe> {
        let mut recipe = recipe(&self.recipe, n_layers)?;
        let text = |value: Option<f64>| value.map(|value| value.to_string());
        let changes = [
            ("budget.epochs", text(self.epochs)),
            ("budget.minutes", text(self.minutes)),
            ("batch", self.batch.map(|batch| batch.to_string())),
            ("learning_rate", text(self.lr)),
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
