//! `skiplayer deep`: networks for images.

mod args;
mod compare;
mod degrade;
mod evaluate;
mod export;
mod grow;
mod import;
mod inspect;
mod monitor;
mod predict;
mod prune;
mod show;
mod study;
mod train;
mod training;

use skiplayer::Result;

pub use args::{Job, LowDeep};

pub fn run(job: &Job) -> Result<()> {
    match job {
        Job::Show(job) => show::run(job),
        Job::Degrade(job) => degrade::run(job),
        Job::Predict(job) => predict::run(job),
        Job::Prune(job) => prune::run(job),
        Job::Grow(job) => grow::run(job),
        Job::Import(job) => import::run(job),
        Job::Export(job) => export::run(job),
        Job::Compare(job) => compare::run(job),
        Job::Inspect(job) => inspect::run(job),
        Job::Train(job) => train::run(job),
        Job::Evaluate(job) => evaluate::run(job),
    }
}
