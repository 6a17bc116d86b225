//! Arguments that say by which rules networks learn: rows of the table of options, and what is behind them.

use std::path::Path;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Value, json};
use skiplayer::error::Setting;
use skiplayer::{Error, Result};
use skiplayer_deep::options::{EPOCHS, MINUTES, PATIENCE, PRECISION, RECIPE, VALIDATION};
use skiplayer_deep::precision::Precision;
use skiplayer_deep::recipe::{NAMES, Recipe};

use crate::flags::{add, given};

/// Share that is held out where there has to be something to be patient about.
const HELD_OUT: f64 = 0.1;

/// What is said to be the default, where recipes have the same.
fn default_of(row: &Setting) -> Value {
    if *row == PRECISION { json!(Precision::default()) } else { Value::Null }
}

/// By which rules networks learn.
pub struct LowRecipe {
    base: LowBase,
    /// What was given for rows of the table.
    given: Vec<(&'static Setting, Value)>,
}

#[derive(Args)]
struct LowBase {
    /// A named recipe, or a file of JSON
    #[arg(long, value_name = "R", default_value = "short", help_heading = "Recipe")]
    recipe: String,
    /// Any field of the recipe, such as schedule.cosine.last=0; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Recipe")]
    set: Vec<String>,
}

impl Args for LowRecipe {
    fn augment_args(command: Command) -> Command {
        RECIPE.into_iter().fold(LowBase::augment_args(command), |command, row| add(command, row, &default_of(row)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LowRecipe {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let value = |row: &'static Setting| Some((row, given(matches, row, &default_of(row))?));
        Ok(Self { base: LowBase::from_arg_matches(matches)?, given: RECIPE.into_iter().filter_map(value).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl LowRecipe {
    /// What was given for an option, if it was.
    pub fn value(&self, row: &Setting) -> Option<&Value> {
        self.given.iter().find(|(other, _)| *other == row).map(|(_, value)| value)
    }

    /// Whether it was said how long to train.
    pub fn has_length(&self) -> bool {
        self.value(&EPOCHS).or(self.value(&MINUTES)).is_some()
    }

    /// The recipe for a network of `n_layers` layers.
    pub fn check(&self, n_layers: usize) -> Result<Recipe> {
        let mut recipe = recipe(&self.base.recipe, n_layers)?;
        // Patience needs something to be patient about, whichever of the two comes first.
        if self.value(&PATIENCE).is_some() && self.value(&VALIDATION).is_none() && recipe.validation.is_none() {
            recipe.validation = Some(HELD_OUT);
        }
        let is_validation = |row: &Setting| *row != VALIDATION;
        let mut given: Vec<_> = self.given.iter().collect();
        given.sort_by_key(|(row, _)| is_validation(row));
        for (row, value) in given {
            let field = row.field.strip_prefix("Recipe::").unwrap_or(row.name);
            recipe = recipe.set(field, &value.to_string())?;
        }
        for change in &self.base.set {
            let (key, value) = change.split_once('=').ok_or_else(|| {
                Error::input("--set", format!("`{change}`")).expected("FIELD=VALUE, such as optimizer.momentum=0.8")
            })?;
            recipe = recipe.set(key, value)?;
        }
        Ok(recipe)
    }

    /// Whether the augmentation is brought to the size and colour of the images.
    pub fn suits(&self) -> bool {
        !self.base.set.iter().any(|change| change.starts_with("augment"))
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
