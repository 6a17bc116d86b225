//! `skiplayer export`: a model for other programs.

use skiplayer::Result;
use skiplayer_io::{export_model, load_model, write_atomic};

use crate::args::ExportJob;
use crate::output;

pub fn run(job: &ExportJob) -> Result<()> {
    let file = load_model(&job.model)?;
    let bytes = export_model(&file, &job.options)?;
    let Some(path) = &job.file else {
        return output::print(&String::from_utf8_lossy(&bytes));
    };
    write_atomic(path, &bytes)?;
    if job.is_quiet { Ok(()) } else { output::print(&format!("wrote {}\n", path.display())) }
}
