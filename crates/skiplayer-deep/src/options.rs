//! Options and commands of deep networks: a row for each, with its name, limits and description.

use skiplayer::error::{Action, Choice, Kind, Setting};

const RECIPE_SECTION: &str = "Recipe";
const PICTURES_SECTION: &str = "Pictures";

/// Any number above zero.
const POSITIVE: Kind = Kind::Number { above: 0.0, below: f64::INFINITY };
/// A share that is neither nothing nor all.
const SHARE: Kind = Kind::Number { above: 0.0, below: 1.0 };

/// How long a training is.
pub static EPOCHS: Setting = Setting::new("Recipe::budget.epochs", "epochs", POSITIVE)
    .section(RECIPE_SECTION)
    .excludes(&["minutes"])
    .help("Passes over the training images");
/// How long a training is, by the clock.
pub static MINUTES: Setting =
    Setting::new("Recipe::budget.minutes", "minutes", POSITIVE).section(RECIPE_SECTION).help("Time to spend");
/// Examples of a step.
pub static BATCH: Setting = Setting::new("Recipe::batch", "batch", Kind::Count { least: 1, most: u64::MAX })
    .section(RECIPE_SECTION)
    .help("Images a step");
/// The learning rate.
pub static LEARNING_RATE: Setting = Setting::new("Recipe::learning_rate", "lr", POSITIVE)
    .section(RECIPE_SECTION)
    .help("Largest learning rate of the schedule");
/// Parts of a batch.
pub static PARTS: Setting = Setting::new("Recipe::parts", "parts", Kind::Count { least: 1, most: u64::MAX })
    .section(RECIPE_SECTION)
    .help("Pass a batch through the network in this many parts, to use less memory; batch norms then see one part at a time");
/// Memory of training.
pub static MEMORY_EFFICIENT: Setting = Setting::new("Recipe::memory_efficient", "memory_efficient", Kind::Switch)
    .section(RECIPE_SECTION)
    .help("Compute maps again that batch norms have made, and keep each of a dense network once: less memory for more time");
/// What maps are made of.
pub static PRECISION: Setting = Setting::new("Recipe::precision", "precision", Kind::Choice(PRECISIONS))
    .section(RECIPE_SECTION)
    .help("What maps are made of; weights and sums are in single precision in any case");
/// Smoothing of labels.
pub static LABEL_SMOOTHING: Setting =
    Setting::new("Recipe::label_smoothing", "label_smoothing", Kind::Number { above: 0.0, below: 1.0 })
        .section(RECIPE_SECTION)
        .help("Take this probability from the true class and spread it over all classes");
/// What chooses an epoch.
pub static VALIDATION: Setting = Setting::new("Recipe::validation", "validation", SHARE)
    .section(RECIPE_SECTION)
    .help("Hold out this share of the training data; the epoch with the lowest error on it is the one that is used");
/// When a training ends early.
pub static PATIENCE: Setting = Setting::new("Recipe::patience", "patience", Kind::Count { least: 1, most: u64::MAX })
    .section(RECIPE_SECTION)
    .help("Stop after this many epochs without a lower validation error; holds out a tenth unless told otherwise");
/// How often a network is evaluated.
pub static EVALUATE_EVERY: Setting =
    Setting::new("Recipe::evaluate_every", "evaluate_every", Kind::Count { least: 1, most: u64::MAX })
        .section(RECIPE_SECTION)
        .help("Evaluate only once in this many epochs, and at the end");
/// Statistics of batch norms.
pub static EXACT_STATISTICS: Setting = Setting::new("Recipe::exact_statistics", "exact_statistics", Kind::Switch)
    .section(RECIPE_SECTION)
    .help("Give batch norms the exact statistics of the training data at the end");

/// Fields of a recipe that have options of their own: a field is what stands behind `Recipe::`.
pub static RECIPE: [&Setting; 12] = [
    &EPOCHS,
    &MINUTES,
    &BATCH,
    &LEARNING_RATE,
    &PARTS,
    &MEMORY_EFFICIENT,
    &PRECISION,
    &LABEL_SMOOTHING,
    &VALIDATION,
    &PATIENCE,
    &EVALUATE_EVERY,
    &EXACT_STATISTICS,
];

/// Height and width that pictures are brought to.
pub static SIZE: Setting = Setting::new("PictureOptions::size", "size", Kind::Text)
    .section(PICTURES_SECTION)
    .help("Bring all pictures to this size: N, or HEIGHTxWIDTH");
/// How pictures are brought to a size.
pub static FIT: Setting = Setting::new("PictureOptions::fit", "fit", Kind::Choice(FITS))
    .section(PICTURES_SECTION)
    .help("How pictures of another shape are brought to it");
/// Grey values of masks that are classes.
pub static CLASSES: Setting = Setting::new("PictureOptions::masks", "classes", Kind::Text)
    .section(PICTURES_SECTION)
    .excludes(&["threshold"])
    .help("Grey values of masks that are classes, such as 0,255; others are taken for the nearest");
/// The grey value that divides masks into two classes.
pub static THRESHOLD: Setting = Setting::new("MaskValues::Threshold", "threshold", Kind::Count { least: 1, most: 255 })
    .section(PICTURES_SECTION)
    .help("Two classes of masks: below this grey value, and from it on");

/// The words of [`PRECISION`].
const PRECISIONS: &[Choice] = &[
    Choice { name: "f32", help: "Single precision" },
    Choice { name: "bf16", help: "16 bits: half the memory, and much faster on processors with AMX" },
];
/// The words of [`FIT`].
const FITS: &[Choice] = &[
    Choice { name: "crop", help: "Scale the shorter side and cut off what is too long" },
    Choice { name: "pad", help: "Scale the longer side and pad what is too short" },
];

/// How folders of pictures are read.
pub static PICTURES: [&Setting; 4] = [&SIZE, &FIT, &CLASSES, &THRESHOLD];

/// Whether added plain blocks begin as identities.
pub static DIRAC: Setting = Setting::new("NewBlocks::Dirac", "dirac", Kind::Switch)
    .help("Start new plain blocks with convolutions that pass their input on (Dirac)");
/// Checkpoints that a training keeps.
pub static KEEP: Setting = Setting::new("RunFolder::keep", "keep", Kind::Count { least: 1, most: u64::MAX })
    .help("Checkpoints to keep, one an epoch; `deep inspect` shows the gradients in each of them");
/// Where weights come from.
pub static SOURCE: Setting = Setting::new("import::Settings::source", "source", Kind::Text)
    .help("Where the weights come from, if their names do not show it");
/// Means of channels.
pub static MEAN: Setting = Setting::new("import::Settings::mean_std", "mean", Kind::Text).help(
    "Mean of each channel of the images that it was trained on, on the scale from 0 to 1, such as 0.49,0.48,0.45",
);
/// Standard deviations of channels.
pub static STD: Setting = Setting::new("import::Settings::mean_std.1", "std", Kind::Text)
    .help("Standard deviation of each channel, in the same way");
/// Whose names exported weights have.
pub static NAMES: Setting = Setting::new("import::Names", "names", Kind::Text)
    .help("Whose names the weights have, and in whose network they load with strict=True");
/// Whether batch norms become part of convolutions.
pub static FOLD: Setting = Setting::new("surgery::fold", "fold", Kind::Switch)
    .help("Put batch norms into the convolutions before them: the same outputs with fewer operations");
/// What describes a network.
pub static SHOW: Action = Action::new("Family::architecture", "deep show");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Fit, PictureOptions};
    use crate::recipe::Recipe;

    /// Each row of the table is a field that a recipe has.
    #[test]
    fn options_of_recipes_are_fields_of_recipes() {
        let recipe = Recipe::named("short", 20).unwrap().set("validation", "0.1").unwrap();
        for setting in RECIPE {
            let field = setting.field.strip_prefix("Recipe::").unwrap();
            let value = match setting.kind {
                Kind::Switch => "true",
                Kind::Count { .. } => "1",
                Kind::Choice(words) => words[words.len() - 1].name,
                _ => "0.5",
            };
            recipe.set(field, value).unwrap();
        }
    }

    #[test]
    fn words_for_fitting_are_those_of_files() {
        let word = |fit: Fit| {
            serde_json::to_value(PictureOptions { fit, ..PictureOptions::default() }).unwrap()["fit"].clone()
        };
        assert_eq!([word(Fit::Crop), word(Fit::Pad)], [FITS[0].name, FITS[1].name]);
    }
}
