//! `skiplayer predict`: model and table in, predictions out.

use std::path::PathBuf;

use skiplayer::encode::{InputEncoding, Part, Remark, TargetEncoding, Task};
use skiplayer::evaluate::options::EVALUATE;
use skiplayer::evaluate::{IntervalModel, PredictedIntervals};
use skiplayer::table::{CHUNK, TableSource};
use skiplayer::{Error, Model, PredictedColumn, Result, message};
use skiplayer_io::{
    LongTable, ModelFile, OutputColumn, ReadOptions, ReadingRules, TableFile, load_model, logarithm_of,
    read_long_tables, rows_to_csv, to_csv, write_atomic_with,
};

use serde_json::{Map, Value, json};

use crate::args::PredictJob;
use crate::output::{self, Warnings};

/// Columns of predictions by their names.
type Predicted = Vec<(String, PredictedColumn)>;

pub fn run(job: &PredictJob) -> Result<()> {
    let file = load_model(&job.model)?;
    let data = read_as_in_training(&job.data, &job.read, &file)?;
    let warnings = Warnings::new(job.output.quiet);
    warnings.extend(&data.notes);
    let n_rows = data.table.n_rows();
    let intervals = intervals(job, &file)?;
    // From 1 on it is no level, which is an error of its own.
    if let Some((intervals, level)) = intervals
        && level < 1.0
        && level > intervals.highest_level()
    {
        warnings.add(&beyond(level, intervals.highest_level(), file.model.task));
    }
    let parts = Parts {
        model: &file.model,
        intervals,
        times: &job.times,
        table: &data.table,
        logarithms: &file.provenance.reading.logarithms,
    };
    let mut remarks = Vec::new();

    let mut whole: Option<Predicted> = None;
    let mut csv = |predicted: Predicted, is_first: bool| -> Result<String> {
        let columns = columns(&predicted);
        if job.output.json {
            match &mut whole {
                Some(whole) => {
                    whole.iter_mut().zip(predicted).for_each(|((_, own), (_, more))| own.append(more));
                }
                None => whole = Some(predicted),
            }
        }
        if is_first { to_csv(&columns) } else { rows_to_csv(&columns) }
    };
    match &job.csv {
        Some(path) => write_atomic_with(path, |write| {
            parts.each(&mut remarks, |predicted, is_first| {
                write(csv(predicted, is_first)?.as_bytes())?;
                Ok(true)
            })
        })?,
        None => parts.each(&mut remarks, |predicted, is_first| {
            let text = csv(predicted, is_first)?;
            if job.output.json { Ok(true) } else { output::print_part(&text) }
        })?,
    }
    warnings.extend(&remarks.iter().map(Remark::to_string).collect::<Vec<_>>());
    let warnings = warnings.finish();
    if let Some(predicted) = whole {
        let mut result = to_json(&predicted);
        result.insert("n_rows".to_owned(), json!(n_rows));
        result.insert("warnings".to_owned(), json!(warnings));
        return output::print_json(&result.into());
    }
    match &job.csv {
        Some(path) if !job.output.quiet => {
            output::print(&format!("wrote {n_rows} predictions to {}\n", path.display()))
        }
        _ => Ok(()),
    }
}

/// The intervals that were asked for, and their level.
fn intervals<'a>(job: &PredictJob, file: &'a ModelFile) -> Result<Option<(&'a IntervalModel, f64)>> {
    let Some(level) = job.interval else { return Ok(None) };
    let Some(intervals) = &file.intervals else {
        return Err(Error::input(format!("--interval with {}", job.model.display()), "a model without intervals")
            .expected("a model that was evaluated")
            .hint(message!["fit it again without ", EVALUATE.to(false)]));
    };
    Ok(Some((intervals, level)))
}

/// What is said where too few rows were left out for the level.
fn beyond(level: f64, highest: f64, task: Task) -> String {
    let what = match task {
        Task::Survival => "the bounds are 0",
        _ if task.is_classification() => "every set holds all classes",
        _ => "the ends of the intervals are infinite",
    };
    // Rounded down, so that it can be asked for.
    let highest = (highest * 1000.0).floor() / 1000.0;
    format!(
        "--interval {level}: the model was evaluated on too few rows to vouch for that share, and {what}; ask for {highest} or less, or \
         fit it on more rows"
    )
}

/// A table that is predicted part by part: no more than one is in memory.
struct Parts<'a> {
    model: &'a Model,
    intervals: Option<(&'a IntervalModel, f64)>,
    /// At which survival is wanted.
    times: &'a [f64],
    table: &'a dyn TableSource,
    /// Columns that training read as their logarithms.
    logarithms: &'a [String],
}

impl Parts<'_> {
    /// Calls `work` with the predictions of each part, and whether it is the first, until it says that no more are wanted.
    fn each(&self, remarks: &mut Vec<Remark>, mut work: impl FnMut(Predicted, bool) -> Result<bool>) -> Result<()> {
        let n = self.table.n_rows();
        for start in (0..n).step_by(CHUNK) {
            let part = self.table.rows(start..n.min(start + CHUNK), &|_| true)?;
            let predictions = match self.times {
                [] => self.model.predict(&part)?,
                times => self.model.predict_survival(&part, times)?,
            };
            let mut predicted = predictions.columns();
            if let Some((intervals, level)) = self.intervals {
                let intervals = intervals.predict(self.model, &part, level)?;
                predicted.extend(intervals.iter().flat_map(PredictedIntervals::columns));
            }
            Remark::gather(remarks, predictions.remarks);
            predicted.extend(in_own_units(&predicted, &self.model.target, self.logarithms));
            if !work(written(predicted, &self.model.target), start == 0)? {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Categories that look like numbers are read as the text that they were in training (`007`), if they are there at all.
pub fn read_as_in_training(paths: &[PathBuf], options: &ReadOptions, file: &ModelFile) -> Result<TableFile<LongTable>> {
    let model = &file.model;
    let options = as_in_training(options, &file.provenance.reading, model);
    let mut data = read_long_tables(paths, &options)?;
    let categorical: Vec<String> = model
        .encoding
        .inputs
        .iter()
        .filter(|input| matches!(input, InputEncoding::Categorical { .. }) && input.source().part == Part::Whole)
        .filter(|input| data.table.is_numeric(input.name()) == Some(true))
        .map(|input| input.name().to_owned())
        .collect();
    if !categorical.is_empty() {
        data = read_long_tables(paths, &options.with_categorical(categorical))?;
    }
    let inputs: Vec<String> = model.encoding.inputs.iter().map(|input| input.name().to_owned()).collect();
    let numeric: Vec<String> = inputs.into_iter().filter(|name| data.table.is_numeric(name) == Some(true)).collect();
    file.provenance.reading.check_units(&data.rules, &listed_paths(paths), &numeric)?;
    Ok(data)
}

/// Which target a predicted column is of, and what of it: "prediction", "lower" or "upper".
fn target_of(column: &str, target: &TargetEncoding) -> Option<(usize, &'static str)> {
    let of = |(at, name): (usize, &String)| {
        let is_named = |kind: &str| {
            column == kind || column.strip_prefix(kind).and_then(|rest| rest.strip_prefix('_')) == Some(name)
        };
        let kind = ["prediction", "lower", "upper"].into_iter().find(|kind| is_named(kind))?;
        Some((at, kind))
    };
    target.names.iter().enumerate().find_map(of)
}

/// Numbers of a target of dates or times as such cells are written.
fn written(predicted: Predicted, target: &TargetEncoding) -> Predicted {
    let as_text = |column: &str, numbers: &[f64]| -> Option<Vec<String>> {
        let (at, _) = target_of(column, target)?;
        numbers.iter().map(|&value| target.written(at, value)).collect()
    };
    let one = |(name, column): (String, PredictedColumn)| {
        let text = match &column {
            PredictedColumn::Numbers(numbers) => as_text(&name, numbers),
            _ => None,
        };
        (name, text.map_or(column, PredictedColumn::Text))
    };
    predicted.into_iter().map(one).collect()
}

/// Targets whose logarithms are predicted, in their own units beside them: the exponential, a median where errors are symmetric.
fn in_own_units(predicted: &Predicted, target: &TargetEncoding, logarithms: &[String]) -> Predicted {
    let own = |(column, values): &(String, PredictedColumn)| {
        let (at, kind) = target_of(column, target)?;
        let name = logarithms.iter().find(|name| logarithm_of(name) == target.names[at])?;
        let PredictedColumn::Numbers(numbers) = values else { return None };
        let name = if kind == "prediction" { name.clone() } else { format!("{name}_{kind}") };
        Some((name, PredictedColumn::Numbers(numbers.iter().map(|number| number.exp()).collect())))
    };
    predicted.iter().filter_map(own).collect()
}

fn listed_paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Where the caller leaves it open, by the rules of the training file.
fn as_in_training(options: &ReadOptions, rules: &ReadingRules, model: &Model) -> ReadOptions {
    let inputs = model.encoding.inputs.iter();
    let mut options = options.clone().with_rules_of(rules);
    let columns: Vec<String> = inputs.map(|input| input.column().to_owned()).collect();
    // The target need not be there, nor columns that no input was made of.
    let logarithms = rules.logarithms.iter().filter(|name| columns.contains(&logarithm_of(name)));
    options.logarithms = logarithms.cloned().collect();
    let stored =
        |name: String| options.logarithms.iter().find(|own| logarithm_of(own) == name).cloned().unwrap_or(name);
    options.known = columns.into_iter().map(stored).collect();
    options
}

fn columns(predicted: &Predicted) -> Vec<(String, OutputColumn)> {
    let cells = |column: &PredictedColumn| match column {
        PredictedColumn::Numbers(numbers) => OutputColumn::Numeric(numbers.clone()),
        PredictedColumn::Labels { codes, classes } => OutputColumn::Text(labels(codes, classes)),
        PredictedColumn::Text(texts) => OutputColumn::Text(texts.clone()),
    };
    predicted.iter().map(|(name, column)| (name.clone(), cells(column))).collect()
}

/// One list a column.
fn to_json(predicted: &Predicted) -> Map<String, Value> {
    let cells = |column: &PredictedColumn| match column {
        PredictedColumn::Numbers(numbers) => json!(numbers),
        PredictedColumn::Labels { codes, classes } => json!(labels(codes, classes)),
        PredictedColumn::Text(texts) => json!(texts),
    };
    predicted.iter().map(|(name, column)| (name.clone(), cells(column))).collect()
}

fn labels(codes: &[usize], classes: &[String]) -> Vec<String> {
    codes.iter().map(|&code| classes.get(code).cloned().unwrap_or_default()).collect()
}
