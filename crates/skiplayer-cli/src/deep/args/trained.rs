//! Arguments of `deep evaluate` and `deep predict`.

use std::path::PathBuf;

use clap::Args;
use skiplayer::Result;

use super::backend::LowBackend;
use crate::deep::evaluate::EvaluateJob;
use crate::deep::predict::PredictJob;

/// The error of a trained network on test images, class by class.
#[derive(Args)]
pub struct LowEvaluate {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Other images than those of the training
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Judge the newest checkpoint, and not the one that validation chose
    #[arg(long)]
    last: bool,
    /// Write the matrix of what each class is taken for as CSV
    #[arg(long, value_name = "FILE")]
    confusion: Option<PathBuf>,
    #[command(flatten)]
    backend: LowBackend,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

/// Predict the classes of pictures, or of their pixels.
#[derive(Args)]
pub struct LowPredict {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Pictures, or folders of them; they are brought to the size that the network was trained on, unless it predicts masks
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// The folder for the masks of a network that predicts the class of each pixel: grey PNG files, named like the pictures,
    /// whose values are numbers of classes
    #[arg(long, value_name = "DIR")]
    masks: Option<PathBuf>,
    /// The folder for PNG files that show where in each picture the network sees the class that it predicts
    #[arg(long, value_name = "DIR", conflicts_with = "masks")]
    maps: Option<PathBuf>,
    /// List this many classes of each picture, the likeliest first
    #[arg(long, value_name = "K", default_value_t = 1)]
    top: usize,
    #[command(flatten)]
    backend: LowBackend,
    /// Write CSV to a file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object with the probabilities of all classes instead, or with the share of pixels of each
    #[arg(long)]
    json: bool,
}

impl LowPredict {
    pub fn check(self) -> Result<PredictJob> {
        let Self { run, images, masks, maps, top, backend, output, json } = self;
        let backend = backend.check()?;
        Ok(PredictJob { run, pictures: images, n_top: top.max(1), masks, maps, backend, csv: output, json })
    }
}

impl LowEvaluate {
    pub fn check(self) -> Result<EvaluateJob> {
        let Self { run, data, last, confusion, backend, json } = self;
        Ok(EvaluateJob { folder: run, data, is_last: last, confusion, backend: backend.check()?, json })
    }
}
