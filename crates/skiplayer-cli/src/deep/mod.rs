//! `skiplayer deep`: networks for images.

mod args;
mod show;

use skiplayer::Result;

pub use args::{Job, LowDeep};

pub fn run(job: &Job) -> Result<()> {
    match job {
        Job::Show(job) => show::run(job),
    }
}
