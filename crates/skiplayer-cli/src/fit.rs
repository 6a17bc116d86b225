//! `skiplayer fit`

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skiplayer::data::TargetSpec;
use skiplayer::fit::{Summary, fit};
use skiplayer::{Error, Result};
use skiplayer_io::{ModelFile, Provenance, ReadOptions, read_table, save_model};

use crate::args::FitArgs;
use crate::progress::Progress;
use crate::render;

/// Reads the table, fits, writes the model, tells the story.
pub fn run(args: &FitArgs) -> Result<()> {
    let started = Instant::now();
    let config = args.config();
    config.check()?;
    let limit = time_limit(args)?;
    if let Some(threads) = args.threads {
        use_threads(threads)?;
    }
    let options = ReadOptions {
        categorical: args.categorical.clone(),
        header: args.no_header.then_some(false),
        ..ReadOptions::default()
    };
    let file = read_table(&args.file, &options)?;
    let spec = TargetSpec {
        columns: args.target.clone(),
        task: args.task.task(),
        weight: args.weight.clone(),
        drop: args.drop.clone(),
        first_line: file.first_data_line,
    };
    let progress = Progress::new(args.quiet, limit);
    let fitted = fit(&file.table, &spec, &config, &progress);
    progress.finish();
    let mut fitted = fitted?;
    let mut warnings = file.notes;
    warnings.append(&mut fitted.summary.warnings);
    fitted.summary.warnings = warnings;

    let path = args.output.clone().unwrap_or_else(|| default_path(&args.file));
    let name = args.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: config,
        data: name,
        fingerprint: file.fingerprint,
    };
    let model = ModelFile { model: fitted.model, summary: fitted.summary, provenance };
    save_model(&path, &model)?;
    let seconds = started.elapsed().as_secs_f64();
    if !args.quiet {
        render::warnings(&model.summary.warnings);
    }
    if args.json {
        render::print(&format!("{}\n", as_json(&model.summary, &path, seconds)?))
    } else {
        render::print(&render::summary::text(&model.summary, &path, seconds))
    }
}

fn time_limit(args: &FitArgs) -> Result<Option<Duration>> {
    let Some(seconds) = args.max_seconds else { return Ok(None) };
    Duration::try_from_secs_f64(seconds)
        .map(Some)
        .map_err(|_| Error::input("--max-seconds", seconds.to_string()).expected("a number of seconds, zero or more"))
}

fn use_threads(threads: usize) -> Result<()> {
    if threads == 0 {
        return Err(Error::input("--threads", "0").expected("1 or more"));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| Error::failure("--threads", e.to_string()))
}

/// `data/concrete.csv.gz` becomes `concrete.safetensors`.
fn default_path(file: &Path) -> PathBuf {
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or("model");
    PathBuf::from(format!("{stem}.safetensors"))
}

fn as_json(summary: &Summary, path: &Path, seconds: f64) -> Result<String> {
    let failed = |e: serde_json::Error| Error::failure("--json", e.to_string());
    let mut value = serde_json::to_value(summary).map_err(failed)?;
    if let Value::Object(map) = &mut value {
        if let [only] = summary.intercept.as_slice() {
            map.insert("intercept".into(), json!(only));
        }
        map.insert("seconds".into(), json!(seconds));
        map.insert("model".into(), json!(path.display().to_string()));
    }
    serde_json::to_string(&value).map_err(failed)
}
