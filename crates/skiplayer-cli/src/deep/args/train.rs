//! Arguments of `deep train`.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use skiplayer::{Error, Result};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::options::{BATCH, EPOCHS, KEEP, PRECISION};
use skiplayer_deep::train::Request;

use super::backend::LowBackend;
use super::pictures::LowPictures;
use super::recipe::LowRecipe;
use super::stem;
use crate::deep::train::{Start, TrainJob};
use crate::deep::training::{KEPT, lasting};

const TRAIN_EXAMPLES: &str = "\
Examples:
  skiplayer deep train resnet-20 --data digits --epochs 10
  skiplayer deep train plain-56 --data cifar-10 --recipe he2015 --out plain-56
  skiplayer deep train resnet-20 --data cifar-10 --minutes 30 --set optimizer.weight_decay=5e-4
  skiplayer deep train unet-3-16 --data digit-scenes --recipe adamw --batch 32
  skiplayer deep train --resume plain-56

Data: `digits` (1,797 images of 8x8 that come with the program), a folder with the binary files of
CIFAR-10 or CIFAR-100, with files in the format of MNIST, or with one folder of pictures a class,
perhaps inside of `train`, `val` and `test` (pictures of several sizes need --size); or a table,
of which a fifth of the rows is kept for testing. A U-Net predicts the class of every pixel: it learns from a folder with the folders `images` and `masks` (PNG files of the same names,
in grey or with a palette, whose values are numbers of classes unless --classes says otherwise; 255
counts for nothing), or from `digit-scenes` (four digits on a noisy ground, made of `digits`).

Crops are padded by an eighth of the image, and grey images are not flipped, unless
--set augment.… says otherwise. What is random derives from the seed, the epoch and the image: a
run that was stopped goes on to the same numbers, unless `--minutes` lets the clock decide.";

/// Train a network on images or a table. Ctrl-C stops after the current step and keeps a checkpoint.
#[derive(Args)]
#[command(after_help = TRAIN_EXAMPLES)]
pub struct LowTrain {
    /// Name of the network, see `skiplayer deep show --help`
    #[arg(value_name = "NAME", required_unless_present = "resume")]
    name: Option<String>,
    /// `digits`, `digit-scenes`, a folder of images, or a table (CSV, Parquet, Arrow)
    #[arg(long, value_name = "DATA", required_unless_present = "resume")]
    data: Option<String>,
    /// Column of the table to predict from the others [default: the last]
    #[arg(long, value_name = "COL")]
    target: Option<String>,
    #[command(flatten)]
    recipe: LowRecipe,
    #[command(flatten)]
    pictures: LowPictures,
    /// Begin with the weights of this training of the same network and with its normalisation, or with those in a safetensors
    /// file of PyTorch; for other classes the last layer begins anew
    #[arg(long, value_name = "RUN")]
    init: Option<PathBuf>,
    /// Look for a learning rate instead: a hundred steps, each at a larger one, until the loss explodes
    #[arg(long, conflicts_with_all = ["resume", "out"])]
    find_rate: bool,
    /// Train on this many images only, drawn evenly from the classes
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Seed of all random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    backend: LowBackend,
    /// The run folder to make [default: NAME-DATA in the current folder]
    #[arg(long, value_name = "RUN", help_heading = "Output")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "N", default_value_t = KEPT, help = KEEP.help, help_heading = "Output")]
    keep: usize,
    /// Go on with the training of this run folder; with --epochs to a later end, with --precision in another one, with --data where its data are now
    #[arg(long, value_name = "RUN", conflicts_with_all = ["name", "target", "init", "size", "classes", "threshold", "recipe", "minutes", "batch", "lr", "parts", "memory_efficient", "label_smoothing", "validation", "patience", "evaluate_every", "exact_statistics", "set", "images", "seed", "out"], help_heading = "Output")]
    resume: Option<PathBuf>,
    /// Print one JSON object at the end, and nothing else
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

impl LowTrain {
    pub fn check(self) -> Result<TrainJob> {
        let (quiet, json, keep) = (self.quiet, self.json, self.keep);
        let backend = self.backend.check()?;
        if keep == 0 {
            return Err(Error::input("--keep", "0").expected("at least 1 checkpoint"));
        }
        if let Some(folder) = self.resume {
            let epochs = self.recipe.value(&EPOCHS).and_then(Value::as_f64);
            let precision = self.recipe.value(&PRECISION).and_then(Value::as_str);
            let precision = precision.map(str::parse).transpose()?;
            let start = Start::Resume { folder, epochs, precision, data: self.data };
            return Ok(TrainJob { start, backend, keep, finds_rate: false, quiet, json });
        }
        let (Some(name), Some(data)) = (&self.name, &self.data) else {
            return Err(Error::input("deep train", "no network or no data").expected("both, or `--resume RUN`"));
        };
        let family: Family = name.parse()?;
        let n_layers = family.build_default()?.cost()?.n_layers;
        let recipe = self.recipe.check(n_layers)?;
        let suits = self.recipe.suits();
        let suits_batch = self.recipe.value(&BATCH).is_none();
        let folder = self.out.unwrap_or_else(|| PathBuf::from(format!("{name}-{}", stem(data))));
        let mut request = Request::new(family.to_string(), lasting(data), recipe);
        (request.target, request.pictures) = (self.target, self.pictures.check()?);
        (request.n_train, request.seed) = (self.images, self.seed);
        let start = Start::New { request: Box::new(request), folder, suits, suits_batch, init: self.init };
        Ok(TrainJob { start, backend, keep, finds_rate: self.find_rate, quiet, json })
    }
}
