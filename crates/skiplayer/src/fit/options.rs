//! The options of a fit: a row for each field of [`Config`](super::Config), with its name, limits and description.

use super::choices::{Inference, LambdaChoice, Method, PathStart, Penalty};
use crate::error::{Action, Choices, Kind, Setting};
use crate::net::Activation;

const METHOD_SECTION: &str = "Method";
const NETWORK_SECTION: &str = "Network";
const EFFORT_SECTION: &str = "Effort";

/// How the model is found.
pub static METHOD: Setting = Setting::new("Config::method", "method", Kind::Choice(Method::CHOICES))
    .section(METHOD_SECTION)
    .help("How the model is found");
/// What lambda is on.
pub static PENALTY: Setting = Setting::new("Config::penalty", "penalty", Kind::Choice(Penalty::CHOICES))
    .section(METHOD_SECTION)
    .help("What the penalty of a path is on");
/// Where a path begins.
pub static PATH_START: Setting = Setting::new("Config::path_start", "path_start", Kind::Choice(PathStart::CHOICES))
    .section(METHOD_SECTION)
    .help("Where a path begins");
/// Which lambda becomes the model.
pub static LAMBDA_CHOICE: Setting =
    Setting::new("Config::lambda_choice", "lambda_choice", Kind::Choice(LambdaChoice::CHOICES))
        .section(METHOD_SECTION)
        .help("Which lambda of a path becomes the model");
/// Folds of the inner cross-validation.
pub static INNER_FOLDS: Setting =
    Setting::new("Config::inner_folds", "inner_folds", Kind::Count { least: 2, most: 50 })
        .section(METHOD_SECTION)
        .help("Folds of the inner cross-validation");
/// Rows above which fits are stochastic.
pub static STOCHASTIC_ABOVE: Setting =
    Setting::new("Config::stochastic_above", "stochastic_above", Kind::Count { least: 1_000, most: 1_000_000_000 })
        .section(METHOD_SECTION)
        .help("Rows above which networks are fitted by stochastic steps on a copy of the table in single precision");
/// What standard errors account for.
pub static INFERENCE: Setting = Setting::new("Config::inference", "inference", Kind::Choice(Inference::CHOICES))
    .section(METHOD_SECTION)
    .help("What the standard errors of coefficients account for");
/// Seed of all random numbers.
pub static SEED: Setting = Setting::new("Config::seed", "seed", Kind::Count { least: 0, most: u64::MAX })
    .section(METHOD_SECTION)
    .help("Seed of all random numbers: the same seed gives the same model, whatever the number of threads");
/// Hidden units offered.
pub static N_UNITS: Setting = Setting::new("Config::n_units", "n_units", Kind::Count { least: 0, most: 1000 })
    .section(NETWORK_SECTION)
    .formerly(&["hidden"])
    .help("Hidden units offered in each layer [default: from the numbers of rows and inputs]");
/// Hidden layers.
pub static DEPTH: Setting = Setting::new("Config::depth", "depth", Kind::Count { least: 1, most: 20 })
    .section(NETWORK_SECTION)
    .help("Hidden layers; those after the first are residual blocks");
/// Function of the hidden units.
pub static ACTIVATION: Setting = Setting::new("Config::activation", "activation", Kind::Choice(Activation::CHOICES))
    .section(NETWORK_SECTION)
    .help("Function of the hidden units");
/// Whether there is a linear skip.
pub static SKIP: Setting = Setting::new("Config::skip", "skip", Kind::Switch)
    .section(NETWORK_SECTION)
    .help("A linear skip from inputs to outputs")
    .off("No linear skip from inputs to outputs: hidden units only");
/// Starts of dense networks.
pub static N_STARTS: Setting = Setting::new("Config::n_starts", "n_starts", Kind::Count { least: 1, most: 100 })
    .section(NETWORK_SECTION)
    .formerly(&["ensemble", "n_init"])
    .help("Random starts; the dense model is the mean of the best networks");
/// The limit on time, which an [`Observer`](super::Observer) keeps.
pub static MAX_SECONDS: Setting = Setting::new(
    "Observer::interrupted",
    "max_seconds",
    Kind::Number { above: 0.0, below: f64::INFINITY },
)
.section(EFFORT_SECTION)
.help("Stop after about this many seconds, with the best model found by then; with an evaluation, the fit gets two fifths of the time");

/// What fits a model.
pub static FIT: Action = Action::new("fit::fit", "fit");

/// The fields of a `Config`, in the order of the help.
pub static CONFIG: [&Setting; 13] = [
    &METHOD,
    &PENALTY,
    &PATH_START,
    &LAMBDA_CHOICE,
    &INNER_FOLDS,
    &STOCHASTIC_ABOVE,
    &INFERENCE,
    &SEED,
    &N_UNITS,
    &DEPTH,
    &ACTIVATION,
    &SKIP,
    &N_STARTS,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fit::Config;

    #[test]
    fn every_field_of_a_config_has_a_row() {
        let fields = serde_json::to_value(Config::default()).unwrap();
        let fields: BTreeSet<&str> = fields.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, CONFIG.iter().map(|setting| setting.name).collect());
        assert!(CONFIG.iter().all(|setting| setting.field == format!("Config::{}", setting.name)));
    }

    #[test]
    fn options_of_earlier_model_files_are_read() {
        let old = r#"{"method": "path", "penalty": "l1", "lambda_choice": "one_standard_error", "hidden": 3, "depth": 1,
                      "activation": "tanh", "skip": true, "ensemble": 4, "folds": 3, "seed": 9}"#;
        let expected = Config {
            method: Method::Path,
            lambda_choice: LambdaChoice::OneStandardError,
            n_units: Some(3),
            n_starts: 4,
            inner_folds: 3,
            seed: 9,
            ..Config::default()
        };
        assert_eq!(serde_json::from_str::<Config>(old).unwrap(), expected);
    }
}
