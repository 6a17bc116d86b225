//! Encodings learned from summaries of parts: what [`Encoding::learn`] and [`TargetEncoding::learn`] find, up to rounding.

use super::calendar::Source;
use super::features::{Encoding, InputEncoding, MAX_LEVELS, below_precision, rarer_levels};
use super::gaps;
use super::standardise::Standard;
use super::summary::{Cells, ColumnSummary, Levels, Numbers};
use super::target::{TargetColumns, TargetEncoding, Task};
use crate::loss::Loss;

impl Encoding {
    /// Learns the encoding of inputs from their summaries, over rows of so much `weight`; also says what a reader should know.
    pub(crate) fn of_summaries(inputs: &[&ColumnSummary], weight: f64) -> (Self, Vec<String>) {
        let mut messages = Vec::new();
        let encodings = inputs.iter().map(|column| match &column.cells {
            Cells::Numbers(numbers) => numeric(column, numbers, weight, &mut messages),
            Cells::Levels(levels) => categorical(column, levels, weight, &mut messages),
        });
        let encodings = encodings.collect();
        let hardly_any = inputs.iter().filter(|column| column.missing.0 > 0 && !gaps::are_told_apart(column.missing.0));
        messages.extend(gaps::filled(&hardly_any.map(|column| &column.name).collect::<Vec<_>>()));
        (Self { inputs: encodings }, messages)
    }
}

impl TargetEncoding {
    /// Learns scales from the summaries of the targets.
    pub(crate) fn of_summaries(columns: TargetColumns, targets: &[&ColumnSummary], weight: f64) -> Self {
        let TargetColumns { task, loss, names, classes, offset, trials, survival } = columns;
        let unit = |target: &&ColumnSummary| match (task, &target.cells) {
            (Task::Regression, Cells::Numbers(numbers)) => {
                Some(standard(numbers, weight).unwrap_or_else(|mean| Standard { mean, scale: 1.0 }))
            }
            (Task::Amount, Cells::Numbers(numbers)) => {
                Some(Standard { mean: 0.0, scale: numbers.spread.mean().max(f64::MIN_POSITIVE) })
            }
            _ => None,
        };
        let copies = loss.levels().len().max(1);
        let standard = targets.iter().filter_map(unit).flat_map(|own| std::iter::repeat_n(own, copies)).collect();
        let meanings = targets.iter().map(|target| target.meaning.clone()).collect();
        let loss: Option<Loss> = (loss != task.loss()).then_some(loss);
        let (names, classes, offset) = (names.to_vec(), classes.to_vec(), offset.clone());
        let (trials, survival) = (trials.map(str::to_owned), survival.cloned());
        Self { task, names, classes, standard, loss, meanings, offset, trials, survival }
    }
}

/// Mean and scale over a `weight` of which missing cells lie at the mean; the mean alone where cells do not vary.
fn standard(numbers: &Numbers, weight: f64) -> Result<Standard, f64> {
    let Some([(low, _), (high, _)]) = numbers.range else { return Err(0.0) };
    Standard::if_varying(numbers.spread.mean(), numbers.spread.deviation(weight), low.abs().max(high.abs()))
}

fn missing(column: &ColumnSummary, weight: f64) -> Option<Standard> {
    gaps::are_told_apart(column.missing.0).then(|| Standard::of_indicator(column.missing.1 / weight))
}

fn numeric(column: &ColumnSummary, numbers: &Numbers, weight: f64, messages: &mut Vec<String>) -> InputEncoding {
    let ends = numbers.range.map(|[(low, _), (high, _)]| (low, high));
    let (standard, range) = match (standard(numbers, weight), ends) {
        (Ok(standard), Some(ends)) => (standard, ends),
        (Ok(Standard { mean, .. }) | Err(mean), ends) => {
            let varies = ends.filter(|(low, high)| low < high);
            messages.extend(varies.map(|(low, high)| below_precision(&column.name, low, high)));
            (Standard { mean, scale: 1.0 }, (mean, mean))
        }
    };
    InputEncoding::Numeric {
        name: column.name.clone(),
        standard,
        missing: missing(column, weight),
        range,
        source: Source { meaning: column.meaning.clone(), ..Source::default() },
    }
}

fn categorical(column: &ColumnSummary, found: &Levels, weight: f64, messages: &mut Vec<String>) -> InputEncoding {
    let mut present: Vec<(&String, usize, f64)> = found.levels.iter().map(|(level, (n, w))| (level, *n, *w)).collect();
    // Levels come by the alphabet, and those as frequent as each other stay in it.
    present.sort_by_key(|(_, n, _)| std::cmp::Reverse(*n));
    let reference = present.first().map_or_else(String::new, |(level, ..)| (*level).clone());
    let others = present.get(1..).unwrap_or_default();
    let (own, rarer) = others.split_at(others.len().min(MAX_LEVELS));
    if !rarer.is_empty() {
        messages.push(rarer_levels(&column.name, &reference, present.len(), rarer.len()));
    }
    let mut levels: Vec<(String, Standard)> =
        own.iter().map(|(level, _, own)| ((*level).clone(), Standard::of_indicator(own / weight))).collect();
    levels.sort_by(|a, b| a.0.cmp(&b.0));
    let weight_of_rarer: f64 = rarer.iter().map(|(.., own)| own).sum();
    InputEncoding::Categorical {
        name: column.name.clone(),
        reference,
        levels,
        other: (!rarer.is_empty()).then(|| Standard::of_indicator(weight_of_rarer / weight)),
        missing: missing(column, weight),
        source: Source { meaning: column.meaning.clone(), ..Source::default() },
    }
}
