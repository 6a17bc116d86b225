//! The command `skiplayer`.
//!
//! ```text
//!  args ──> fit ────> model file, summary     progress, warnings ──> stderr
//!       ├─> inspect ─> what each column is taken for
//!       ├─> predict ─> CSV or JSON            results ─────────────> stdout
//!       ├─> explain ─> what adds up to each prediction
//!       ├─> export ─> ONNX, SQL or JSON
//!       ├─> merge ──> the mean of models as one
//!       ├─> show ───> the model in words      errors ──────────────> stderr, exit code 2 (input) or 1 (failure)
//!       └─> deep ───> networks for images
//! ```

#![forbid(unsafe_code)]

mod args;
#[cfg(feature = "deep")]
mod deep;
mod explain;
mod export;
mod fit;
mod flags;
mod inspect;
mod merge;
mod output;
mod predict;
mod progress;
mod render;
mod show;
mod spelling;

use std::process::ExitCode;

use clap::Parser;
use skiplayer::{ErrorKind, Result};

use args::{Command, LowArgs};

/// Solvers take and give back matrices of some hundred kilobytes thousands of times a second; glibc hands such memory back to
/// the system each time, which costs an eighth of a fit.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(LowArgs::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(output::Label::Error, &error.spelled(&spelling::CommandLine).to_string());
            match error.kind() {
                ErrorKind::Input => ExitCode::from(2),
                ErrorKind::Failure => ExitCode::from(1),
            }
        }
    }
}

fn run(args: LowArgs) -> Result<()> {
    match args.check()? {
        Command::Fit(job) => fit::run(&job),
        Command::Inspect(job) => inspect::run(&job),
        Command::Predict(job) => predict::run(&job),
        Command::Explain(job) => explain::run(&job),
        Command::Export(job) => export::run(&job),
        Command::Merge(job) => merge::run(&job),
        Command::Show(job) => show::run(&job),
        Command::Completions(job) => job.run(),
        Command::Man(job) => job.run(),
        #[cfg(feature = "deep")]
        Command::Deep(job) => deep::run(&job),
    }
}
