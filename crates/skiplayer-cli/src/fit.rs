//! `skiplayer fit`: table in, model file and summary out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use skiplayer::evaluate::{evaluate, leaks, outlook};
use skiplayer::explain::{Curve, Effects, EffectsOptions};
use skiplayer::fit::{Fitted, Outlook, fit, fit_source};
use skiplayer::schema::Dataset;
use skiplayer::table::{RowLines, TableSource};
use skiplayer::{Error, Result};
use skiplayer_io::{
    ColumnSummary, ModelFile, Provenance, ReportInput, check_model_path, read_long_tables, save_model, write_report,
};

use crate::args::FitJob;
use crate::output::{self, Warnings};
use crate::progress::Progress;
use crate::render;
use crate::spelling::CommandLine;

/// Rows that are evaluated and looked at for effects: of longer tables, so many taken at random. More would change no verdict.
const MOST_EVALUATED: usize = 100_000;
/// Share of `--max-seconds` that the fit may take where an evaluation follows.
const FIT_SHARE: f64 = 0.4;

pub fn run(job: &FitJob) -> Result<()> {
    let start = Instant::now();
    // Better now than after an hour of fitting.
    check_model_path(&job.model)?;
    if let Some(threads) = job.threads {
        let failed = |error: rayon::ThreadPoolBuildError| Error::failure("--threads", error.to_string());
        ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(failed)?;
    }
    let warnings = Warnings::new(job.output.quiet);
    warnings.extend(&job.notes);
    let deadline = job.limit.and_then(|limit| start.checked_add(limit));
    let progress = Progress::new(&warnings, job.output.quiet, deadline);
    let share = if job.evaluation.is_some() { FIT_SHARE } else { 1.0 };
    let fit_deadline = job.limit.and_then(|limit| start.checked_add(limit.mul_f64(share)));
    let result = read_and_fit(job, &warnings, &progress, fit_deadline);
    progress.finish();
    let Done { expected, file, columns, effects } = result?;
    save_model(&job.model, &file)?;
    if let Some(path) = &job.report {
        let command = command();
        write_report(
            path,
            &ReportInput {
                file: &file,
                evaluation: file.evaluation.as_ref(),
                effects: &effects,
                command: &command,
                columns: &columns,
                spelling: &CommandLine,
            },
        )?;
    }
    let seconds = start.elapsed().as_secs_f64();

    let warnings = warnings.finish();
    if job.output.json {
        let mut json = to_json(&file, &effects, &job.model, seconds, warnings)?;
        json["expected_seconds"] = json!(expected.map(|Outlook { least, most }| [least, most]));
        output::print_json(&json)
    } else if job.output.quiet {
        Ok(())
    } else {
        output::print(&render::fitted(&file, &job.model, seconds))
    }
}

/// What needs the data.
struct Done {
    /// Seconds that the fit and its evaluation were expected to take, where that can be said.
    expected: Option<Outlook>,
    file: ModelFile,
    /// For the report; empty where there is none.
    columns: Vec<ColumnSummary>,
    effects: Effects,
}

fn read_and_fit(job: &FitJob, warnings: &Warnings, progress: &Progress, fit_deadline: Option<Instant>) -> Result<Done> {
    progress.begin(&format!("reading {}", names(&job.data)));
    let data = read_long_tables(&job.data, &job.read)?;
    warnings.extend(&data.notes);
    let mut roles = job.target.clone();
    roles.lines = data.lines;
    progress.begin("fitting");
    let n = data.table.n_rows();
    let looks_at_rows = job.evaluation.is_some() || job.report.is_some() || job.output.json;
    let observer = progress.until(fit_deadline);
    // A table that is too long to be in memory is fetched in parts, and looked at by a sample of its rows.
    let (fitted, columns, dataset) = if n > MOST_EVALUATED {
        let fitted = fit_source(&data.table, &roles, &job.config, &observer)?;
        roles.lines = RowLines::default();
        let source: &dyn TableSource = &data.table;
        let sample = looks_at_rows.then(|| source.at_random(MOST_EVALUATED, job.config.seed)).transpose()?;
        let dataset = sample.map(|sample| Dataset::new(sample.into_owned(), roles)).transpose()?;
        if dataset.is_some() {
            let rows = format!("{MOST_EVALUATED} rows taken at random from {n}");
            warnings.add(&format!("the evaluation and effects use {rows}"));
        }
        (fitted, summaries(job, source)?, dataset)
    } else {
        let dataset = Dataset::new(data.table.into_table()?, roles)?;
        progress.expect(expectation(job, &dataset)?);
        (fit(&dataset, &job.config, &observer)?, summaries(job, dataset.table())?, Some(dataset))
    };
    let Fitted { model, summary } = fitted;
    warnings.extend_with(&summary.warnings);
    let (evaluation, intervals) = match job.evaluation.as_ref().zip(dataset.as_ref()) {
        Some((options, dataset)) => match evaluate(dataset, &job.config, options, progress) {
            Ok((evaluation, intervals)) => (Some(evaluation), intervals),
            // The model is there: a table too small to be divided, or too little time, is no reason to withhold it.
            Err(error) => {
                warnings.add(&format!("no evaluation: {}", error.spelled(&CommandLine)));
                (None, None)
            }
        },
        None => (None, None),
    };
    match (&evaluation, &dataset) {
        (Some(evaluation), _) => warnings.extend_with(&evaluation.warnings),
        // What makes scores look better than they are is worth knowing before somebody scores the model elsewhere.
        (None, Some(dataset)) if n <= MOST_EVALUATED => warnings.extend_with(&leaks(dataset)?),
        _ => {}
    }
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: job.config.seed,
        options: job.config.clone(),
        data: names(&job.data),
        fingerprint: data.fingerprint,
        rows: n,
        reading: data.rules,
        members: Vec::new(),
    };
    let effects = match &dataset {
        Some(dataset) if job.report.is_some() || job.output.json => {
            progress.begin("effects of inputs");
            Effects::of(&model, dataset, &EffectsOptions::default())?
        }
        _ => Effects::default(),
    };
    Ok(Done {
        expected: progress.expected(),
        file: ModelFile { model, summary, provenance, evaluation, intervals, labels: None },
        columns,
        effects,
    })
}

/// Seconds that a fit and its evaluation are likely to take on the threads at hand. Of tables that are not in memory this is known part by
/// part, when each begins.
fn expectation(job: &FitJob, dataset: &Dataset) -> Result<Option<Outlook>> {
    let of_fit = Outlook::of_fit(dataset, &job.config)?;
    let total = match &job.evaluation {
        // What cannot be evaluated is said after the fit.
        Some(options) => of_fit.zip(outlook(dataset, &job.config, options).ok().flatten()).map(|(a, b)| a.and(b)),
        None => of_fit,
    };
    Ok(total.map(|of_one| of_one.on_cores(rayon::current_num_threads())))
}

/// What the columns hold, for the report.
fn summaries(job: &FitJob, table: &dyn TableSource) -> Result<Vec<ColumnSummary>> {
    if job.report.is_none() {
        return Ok(Vec::new());
    }
    (0..table.names().len()).map(|at| table.column_at(at).map(|column| ColumnSummary::of(&column))).collect()
}

/// This run as it can be typed again.
fn command() -> String {
    let words = std::env::args().skip(1).map(|word| render::shell_word(&word));
    std::iter::once("skiplayer".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// Names of files without their folders.
fn names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| {
        path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
    };
    paths.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The summary as it is, and around it what only the command line knows.
fn to_json(file: &ModelFile, effects: &Effects, path: &Path, seconds: f64, warnings: Vec<String>) -> Result<Value> {
    let mut result =
        serde_json::to_value(&file.summary).map_err(|error| Error::failure("--json", error.to_string()))?;
    if let [only] = file.summary.intercept[..] {
        result["intercept"] = json!(only);
    }
    // The outer contenders are what people mean by the word.
    result["inner_contenders"] = std::mem::replace(&mut result["contenders"], json!([]));
    if let Some(evaluation) = &file.evaluation {
        let evaluation =
            serde_json::to_value(evaluation).map_err(|error| Error::failure("--json", error.to_string()))?;
        if let (Value::Object(result), Value::Object(evaluation)) = (&mut result, evaluation) {
            result.extend(evaluation.into_iter().filter(|(key, _)| key != "rows"));
        }
    }
    result["effects"] = compact(effects)?;
    result["warnings"] = json!(warnings);
    result["formulas"] = json!(file.model.explanation.formulas);
    if let Some(split) = &file.model.explanation.split {
        result["split"] = json!(split);
    }
    result["reading"] = json!(file.model.explanation.reading);
    result["units"] = json!(file.model.explanation.units.iter().map(|unit| &unit.text).collect::<Vec<_>>());
    result["model"] = json!(path.display().to_string());
    result["data"] = json!(file.provenance.data);
    result["fingerprint"] = json!(file.provenance.fingerprint);
    result["seconds"] = json!(seconds);
    Ok(result)
}

/// Effects without the curves of single rows.
fn compact(effects: &Effects) -> Result<Value> {
    let mut effects = effects.clone();
    for effect in &mut effects.inputs {
        if let Curve::Numeric { individual, .. } = &mut effect.curve {
            individual.clear();
        }
    }
    serde_json::to_value(effects).map_err(|error| Error::failure("--json", error.to_string()))
}
