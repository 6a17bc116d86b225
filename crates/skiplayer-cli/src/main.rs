//! The command `skiplayer`: arguments, progress, exit codes. No arithmetic.

#![forbid(unsafe_code)]

mod args;
mod fit;
mod predict;
mod progress;
mod render;
mod show;

use std::process::ExitCode;

use clap::Parser;
use skiplayer::ErrorKind;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Fit(args) => fit::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Show(args) => show::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let style = render::Style::for_stderr();
            eprintln!("{} {error}", style.red("error:"));
            match error.kind() {
                ErrorKind::Input => ExitCode::from(2),
                ErrorKind::Failure => ExitCode::from(1),
            }
        }
    }
}
