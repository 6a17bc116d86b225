//! Arguments of `deep evaluate` and `deep predict`: what a trained network says.

use std::path::PathBuf;

use clap::Args;
use skiplayer::Result;

use super::backend::LowBackend;
use crate::deep::evaluate::EvaluateJob;
use crate::deep::predict::PredictJob;

/// Tell the error of a trained network on test images.
#[derive(Args)]
pub struct LowEvaluate {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Other images than those of the training
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    #[command(flatten)]
    backend: LowBackend,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

/// Tell the classes of pictures, or of their pixels.
#[derive(Args)]
pub struct LowPredict {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Pictures, or folders of them; they are brought to the size that the network was trained on, unless it tells masks
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// The folder for the masks of a network that tells the class of each pixel: grey PNG files, named like the pictures,
    /// whose values are numbers of classes
    #[arg(long, value_name = "DIR")]
    masks: Option<PathBuf>,
    /// List so many classes of each picture, the likeliest first
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
        let Self { run, images, masks, top, backend, output, json } = self;
        Ok(PredictJob { run, pictures: images, n_top: top.max(1), masks, backend: backend.check()?, csv: output, json })
    }
}

impl LowEvaluate {
    pub fn check(self) -> Result<EvaluateJob> {
        Ok(EvaluateJob { folder: self.run, data: self.data, backend: self.backend.check()?, json: self.json })
    }
}
