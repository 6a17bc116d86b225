//! `skiplayer merge`: models that were fitted on different rows, as one.

use skiplayer::Result;
use skiplayer_io::{ModelFile, check_model_path, load_model, merge_models, save_model};

use crate::args::MergeJob;
use crate::output::{self, Warnings};
use crate::render::{count, shell_word};

pub fn run(job: &MergeJob) -> Result<()> {
    check_model_path(&job.output)?;
    let names: Vec<String> = job.models.iter().map(|path| path.display().to_string()).collect();
    let files = job.models.iter().map(|path| load_model(path)).collect::<Result<Vec<ModelFile>>>()?;
    let named: Vec<(&str, &ModelFile)> = names.iter().map(String::as_str).zip(&files).collect();
    let merged = merge_models(&named)?;
    save_model(&job.output, &merged)?;
    let warnings = Warnings::new(job.is_quiet);
    warnings.extend_with(&merged.summary.warnings);
    warnings.finish();
    if job.is_quiet {
        return Ok(());
    }
    let path = shell_word(&job.output.display().to_string());
    let rows = count(merged.summary.n_rows, "row");
    output::print(&format!("wrote {path}, the mean of {} models of {rows} together\n", files.len()))
}
