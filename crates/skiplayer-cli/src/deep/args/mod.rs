//! Arguments of `skiplayer deep`: what was written, and what it means.

mod analysis;
mod backend;
mod import;
mod pictures;
mod recipe;
mod show;
mod study;
mod train;
mod trained;

use std::path::Path;

use clap::{Args, Subcommand};
use skiplayer::Result;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::describe::shape::Shape;

use self::analysis::{LowGrow, LowInspect, LowPrune};
use self::import::{LowExport, LowImport};
use self::show::LowShow;
use self::study::{LowCompare, LowDegrade};
use self::train::LowTrain;
use self::trained::{LowEvaluate, LowPredict};
use super::compare::CompareJob;
use super::degrade::DegradeJob;
use super::evaluate::EvaluateJob;
use super::export::ExportJob;
use super::grow::GrowJob;
use super::import::ImportJob;
use super::inspect::InspectJob;
use super::predict::PredictJob;
use super::prune::PruneJob;
use super::train::TrainJob;

/// What to do.
pub enum Job {
    Show(ShowJob),
    Train(TrainJob),
    Evaluate(EvaluateJob),
    Degrade(DegradeJob),
    Inspect(InspectJob),
    Prune(PruneJob),
    Predict(PredictJob),
    Grow(GrowJob),
    Import(Box<ImportJob>),
    Export(ExportJob),
    Compare(CompareJob),
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
  skiplayer deep degrade --data digits
  skiplayer deep train --help";

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
    Degrade(LowDegrade),
    Inspect(LowInspect),
    Prune(LowPrune),
    Predict(LowPredict),
    Grow(LowGrow),
    Import(LowImport),
    Export(LowExport),
    Compare(LowCompare),
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
            LowCommand::Evaluate(low) => low.check().map(Job::Evaluate),
            LowCommand::Degrade(low) => low.check().map(Job::Degrade),
            LowCommand::Inspect(low) => low.check().map(Job::Inspect),
            LowCommand::Prune(low) => low.check().map(Job::Prune),
            LowCommand::Predict(low) => low.check().map(Job::Predict),
            LowCommand::Grow(low) => low.check().map(Job::Grow),
            LowCommand::Import(low) => low.check().map(|job| Job::Import(Box::new(job))),
            LowCommand::Export(low) => low.check().map(Job::Export),
            LowCommand::Compare(low) => low.check().map(Job::Compare),
        }
    }
}

/// The last part of a path, without its ending.
fn stem(data: &str) -> String {
    Path::new(data).file_stem().map_or_else(|| data.to_owned(), |name| name.to_string_lossy().into_owned())
}
