//! Arguments of `deep inspect`, `deep prune` and `deep grow`: what is done to a trained network.

use std::path::PathBuf;

use clap::Args;
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::inspection::Analysis;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::options::DIRAC;

use super::stem;
use crate::deep::grow::GrowJob;
use crate::deep::inspect::InspectJob;
use crate::deep::prune::PruneJob;

/// Examples used for errors, and for the loss of the landscape: it takes a pass over all of them for each of its places.
const EXAMPLES: usize = 500;
const LANDSCAPE_EXAMPLES: usize = 200;

const INSPECT_EXAMPLES: &str = "\
Examples:
  skiplayer deep inspect resnet-20-digits
  skiplayer deep inspect plain-56-digits resnet-56-digits --report out.html
  skiplayer deep inspect resnet-20-digits --only landscape,lesions --examples 200 --json

Analyses: responses, gradients, shattered, lesions, paths, mixing, and landscape where it is asked for.
Gradients are those at the start, in every checkpoint that was kept, and now.";

/// Look inside trained networks: layer responses, gradients, lesions, paths, depth mixing, loss landscape.
#[derive(Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub struct LowInspect {
    /// Folders of trainings, to be put side by side
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Other data than those of the trainings
    #[arg(long, value_name = "DATA")]
    data: Option<String>,
    /// These analyses only [default: all but landscape]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Examples used for errors, and for the loss of the landscape [default: 500, of the landscape 200]
    #[arg(long, value_name = "N")]
    examples: Option<usize>,
    /// Grid points on each side of the landscape
    #[arg(long, value_name = "N", default_value_t = 11)]
    grid: usize,
    /// Draw the landscape on the plane in which training moved most, instead of a random one
    #[arg(long)]
    trajectory: bool,
    /// Write a page of HTML
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

impl LowInspect {
    pub fn check(self) -> Result<InspectJob> {
        let analyses = match self.only.is_empty() {
            true => {
                Analysis::ALL.map(|(_, analysis)| analysis).into_iter().filter(|a| *a != Analysis::Landscape).collect()
            }
            false => self.only.iter().map(|word| word.parse()).collect::<Result<Vec<Analysis>>>()?,
        };
        if self.examples == Some(0) {
            return Err(Error::input("--examples", "0").expected("at least 1"));
        }
        if !(2..=201).contains(&self.grid) {
            return Err(Error::input("--grid", self.grid.to_string()).expected("from 2 to 201 places a side"));
        }
        Ok(InspectJob {
            runs: self.runs,
            data: self.data,
            analyses,
            n_examples: self.examples.unwrap_or(EXAMPLES),
            n_landscape: self.examples.unwrap_or(LANDSCAPE_EXAMPLES),
            grid: self.grid,
            follows_training: self.trajectory,
            report: self.report,
            json: self.json,
        })
    }
}

const PRUNE_EXAMPLES: &str = "\
Examples:
  skiplayer deep prune resnet-56-digits --epochs 6
  skiplayer deep prune resmlp-64-32-concrete --lambda 0.05 --epochs 30 --fine-tune 10

A branch is kept if scaling it down a little would raise the loss by more than the penalty. Three trainings
go into the folder: `penalised`, `pruned` (fine-tuned without the branches that went) and
`scratch` (the pruned network trained from the start, as the control). The same command with
--resume goes on where it was interrupted.";

/// Prune a trained network: an L1 penalty on the scale of every branch shows which branches it needs.
#[derive(Args)]
#[command(after_help = PRUNE_EXAMPLES)]
pub struct LowPrune {
    /// Folder of a training
    #[arg(value_name = "RUN", required_unless_present = "resume")]
    run: Option<PathBuf>,
    /// Penalty on a whole branch, in units of the loss [default: removes a useless branch after a quarter of the epochs]
    #[arg(long, value_name = "LAMBDA", alias = "price")]
    lambda: Option<f64>,
    /// Epochs with the penalty
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    epochs: f64,
    /// Epochs of fine-tuning without the pruned branches [default: as many]
    #[arg(long, value_name = "N")]
    fine_tune: Option<f64>,
    /// Largest learning rate of both [default: a fifth of the recipe's]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// The folder to make [default: RUN-pruned]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["run", "out"])]
    resume: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

impl LowPrune {
    pub fn check(self) -> Result<PruneJob> {
        let above = |option: &str, value: Option<f64>| match value {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                Err(Error::input(option, value.to_string()).expected("a number above 0"))
            }
            _ => Ok(()),
        };
        above("--lambda", self.lambda)?;
        above("--epochs", Some(self.epochs))?;
        above("--fine-tune", self.fine_tune)?;
        above("--lr", self.lr)?;
        let fine_tune = self.fine_tune.unwrap_or(self.epochs);
        let Self { run, lambda, epochs, lr, out, resume, json, .. } = self;
        Ok(PruneJob { run, lambda, epochs, fine_tune, lr, out, resume, json })
    }
}

const GROW_EXAMPLES: &str = "\
Examples:
  skiplayer deep grow resnet-20-digits --to resnet-32
  skiplayer deep grow plain-20-digits --to plain-32 --dirac
  skiplayer deep train --resume resnet-32-from-resnet-20-digits";

/// Embed a trained network in a deeper one that computes the same, for further training.
#[derive(Args)]
#[command(after_help = GROW_EXAMPLES)]
pub struct LowGrow {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Name of the deeper network
    #[arg(long, value_name = "NET")]
    to: String,
    #[arg(long, help = DIRAC.help)]
    dirac: bool,
    /// Passes over the training images that the deeper network is for [default: those of RUN]
    #[arg(long, value_name = "N")]
    epochs: Option<f64>,
    /// The run folder to make [default: NET-from-RUN]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

impl LowGrow {
    pub fn check(self) -> Result<GrowJob> {
        let Self { run, to, dirac, epochs, out, json } = self;
        let to: Family = to.parse()?;
        let folder = out.unwrap_or_else(|| PathBuf::from(format!("{to}-from-{}", stem(&run.to_string_lossy()))));
        Ok(GrowJob { run, to, is_dirac: dirac, epochs, folder, json })
    }
}
