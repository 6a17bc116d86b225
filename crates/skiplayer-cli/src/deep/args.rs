//! Arguments of `skiplayer deep`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use skiplayer::{Error, Result};
use skiplayer_deep::family::Family;
use skiplayer_deep::recipe::{NAMES, Recipe};
use skiplayer_deep::shape::Shape;
use skiplayer_deep::train::Request;

use super::evaluate::EvaluateJob;
use super::train::{Start, TrainJob};

/// What to do.
pub enum Job {
    Show(ShowJob),
    Train(TrainJob),
    Evaluate(EvaluateJob),
}

pub struct ShowJob {
    pub family: Family,
    pub input: Shape,
    pub n_outputs: usize,
    pub json: bool,
}

const DEEP_EXAMPLES: &str = "\
Examples:
  skiplayer deep show resnet-110
  skiplayer deep train resnet-20 --data digits --epochs 10
  skiplayer deep train --help";

const SHOW_EXAMPLES: &str = "\
Examples:
  skiplayer deep show resnet-110
  skiplayer deep show densenet-bc-100-12 --outputs 100
  skiplayer deep show resnet-20 --input 1x28x28 --json

Names:
  plain-N, resnet-N            He et al. 2015. 18, 34, 50, 101, 152: ImageNet; any other 6n+2: CIFAR
                               (cifar-resnet-50 where both exist). Options: -a, -b, -c for the
                               shortcuts, -v1.5, -bottleneck
  preact-N, wrn-N-K            full pre-activation, wide
  densenet-N-K, densenet-bc-N-K, densenet-121, -161, -169, -201
  highway-N, rezero-N, fixup-N without batch norm
  unet, unet-LEVELS-WIDTH      long skips by concatenation
  mlp-N-WIDTH, resmlp-N-WIDTH  for tables
  …-sd, …-sd0.8                stochastic depth, survival probability of the last branch";

/// Deep networks with skip connections.
#[derive(Args)]
#[command(after_help = DEEP_EXAMPLES, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct LowDeep {
    #[command(subcommand)]
    command: LowCommand,
}

#[derive(Subcommand)]
enum LowCommand {
    Show(LowShow),
    Train(LowTrain),
    Evaluate(LowEvaluate),
}

/// Print a network: its layers by stage, its skips, its parameters, multiply-adds and memory.
#[derive(Args)]
#[command(after_help = SHOW_EXAMPLES)]
struct LowShow {
    /// Name of the network
    #[arg(value_name = "NAME")]
    name: String,
    /// Channels, height and width of one image, or a number of features [default: the paper's]
    #[arg(long, value_name = "CxHxW")]
    input: Option<String>,
    /// Classes, or numbers to predict [default: the paper's]
    #[arg(long, value_name = "N")]
    outputs: Option<usize>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

const TRAIN_EXAMPLES: &str = "\
Examples:
  skiplayer deep train resnet-20 --data digits --epochs 10
  skiplayer deep train plain-56 --data cifar-10 --recipe he2015 --out plain-56
  skiplayer deep train resnet-20 --data cifar-10 --minutes 30 --set optimizer.weight_decay=5e-4
  skiplayer deep train --resume plain-56

Data: `digits` (1,797 images of 8x8 that come with the program), or a folder with the binary files of
CIFAR-10 or CIFAR-100, with files in the format of MNIST, or with one folder of pictures a class.

Crops are padded by an eighth of the image, and grey images are not flipped, unless --set augment.…
says otherwise. What is random derives from the seed, the epoch and the image: a run that was stopped goes on to the
same numbers, unless `--minutes` lets the clock decide.";

/// Train a network on images. Ctrl-C stops after the current step and keeps a checkpoint.
#[derive(Args)]
#[command(after_help = TRAIN_EXAMPLES)]
struct LowTrain {
    /// Name of the network, see `skiplayer deep show --help`
    #[arg(value_name = "NAME", required_unless_present = "resume")]
    name: Option<String>,
    /// `digits`, a folder of images, or a table (CSV, Parquet, Arrow)
    #[arg(long, value_name = "DATA", required_unless_present = "resume")]
    data: Option<String>,
    /// Column of the table to tell from the others [default: the last]
    #[arg(long, value_name = "COL")]
    target: Option<String>,
    /// A named recipe, or a file of JSON
    #[arg(long, value_name = "R", default_value = "short", help_heading = "Recipe")]
    recipe: String,
    /// Passes over the training images
    #[arg(long, value_name = "N", conflicts_with = "minutes", help_heading = "Recipe")]
    epochs: Option<f64>,
    /// Time to spend
    #[arg(long, value_name = "M", help_heading = "Recipe")]
    minutes: Option<f64>,
    /// Images a step
    #[arg(long, value_name = "B", help_heading = "Recipe")]
    batch: Option<usize>,
    /// Largest learning rate of the schedule
    #[arg(long, value_name = "RATE", help_heading = "Recipe")]
    lr: Option<f64>,
    /// Any field of the recipe, such as schedule.cosine.last=0; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Recipe")]
    set: Vec<String>,
    /// Train on so many images only, drawn evenly from the classes
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Seed of all random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The run folder to make [default: NAME-DATA in the current folder]
    #[arg(long, value_name = "RUN", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Go on with the training of this run folder
    #[arg(long, value_name = "RUN", conflicts_with_all = ["name", "data", "target", "recipe", "epochs", "minutes", "batch", "lr", "set", "images", "seed", "out"], help_heading = "Output")]
    resume: Option<PathBuf>,
    /// Print one JSON object at the end, and nothing else
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

/// Tell the error of a trained network on test images.
#[derive(Args)]
struct LowEvaluate {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Other images than those of the training
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

impl LowEvaluate {
    fn check(self) -> EvaluateJob {
        EvaluateJob { folder: self.run, data: self.data, json: self.json }
    }
}

impl LowTrain {
    fn check(self) -> Result<TrainJob> {
        let (quiet, json) = (self.quiet, self.json);
        if let Some(folder) = self.resume {
            return Ok(TrainJob { start: Start::Resume { folder }, quiet, json });
        }
        let (Some(name), Some(data)) = (&self.name, &self.data) else {
            return Err(Error::input("deep train", "no network or no data").expected("both, or `--resume RUN`"));
        };
        let family: Family = name.parse()?;
        let n_layers = family.build_default()?.cost()?.n_layers;
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
        let folder = self.out.unwrap_or_else(|| {
            let source = Path::new(data).file_name().map_or_else(|| data.into(), |name| name.to_string_lossy());
            PathBuf::from(format!("{name}-{source}"))
        });
        let request =
            Request {
                network: family.to_string(),
                data: data.clone(),
                target: self.target,
                n_train: self.images,
                recipe,
                seed: self.seed,
            };
        let suits = !self.set.iter().any(|change| change.starts_with("augment"));
        Ok(TrainJob { start: Start::New { request: Box::new(request), folder, suits }, quiet, json })
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

impl LowDeep {
    /// What the arguments mean.
    ///
    /// # Errors
    /// A name that means no network, or a shape that is none.
    pub fn check(self) -> Result<Job> {
        match self.command {
            LowCommand::Show(low) => low.check().map(Job::Show),
            LowCommand::Train(low) => low.check().map(Job::Train),
            LowCommand::Evaluate(low) => Ok(Job::Evaluate(low.check())),
        }
    }
}

impl LowShow {
    fn check(self) -> Result<ShowJob> {
        let family: Family = self.name.parse()?;
        let input = self.input.map_or(Ok(family.default_input()), |text| text.parse())?;
        let n_outputs = self.outputs.unwrap_or(family.default_outputs());
        Ok(ShowJob { family, input, n_outputs, json: self.json })
    }
}
