//! Arguments of `deep evaluate` and `deep predict`: what a trained network says.

use std::path::PathBuf;

use clap::Args;

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
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

/// Tell the classes of pictures.
#[derive(Args)]
pub struct LowPredict {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// PNG or JPEG files; they are brought to the size that the network was trained on
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// Write CSV to a file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object with the probabilities of all classes instead
    #[arg(long)]
    json: bool,
}

impl LowPredict {
    pub fn check(self) -> PredictJob {
        let Self { run, images, output, json } = self;
        PredictJob { run, pictures: images, csv: output, json }
    }
}

impl LowEvaluate {
    pub fn check(self) -> EvaluateJob {
        EvaluateJob { folder: self.run, data: self.data, json: self.json }
    }
}
