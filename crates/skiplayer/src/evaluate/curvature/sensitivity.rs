//! The question of curvature asked again under other conditions.

use super::Question;
use crate::data::{Prepared, Table, Task, Values};
use crate::evaluate::record::Sensitivity;
use crate::fit::{Sample, Scheme};

const LEVEL: f64 = 0.05;
/// Skewness from which the scale of a positive target is doubted.
const SKEWED: f64 = 1.0;
/// Share of rows that are left out for their leverage, and the least number of rows of which this is one at least.
const FAR_SHARE: f64 = 0.01;
const MIN_ROWS: usize = 100;

/// Without the rows of highest leverage, and for log y where y is positive and skewed; nothing where there was no answer (`p_value`).
pub fn sensitivity(
    sample: &Sample,
    names: &[String],
    scheme: &Scheme,
    table: &Table,
    prepared: &Prepared,
    p_value: Option<f64>,
    seed: u64,
) -> Vec<Sensitivity> {
    let Some(p) = p_value else { return Vec::new() };
    let ask = |condition: &str, question: &Question| {
        let again = question.curvature(seed).p_value;
        let text = match again {
            None => "not tested".to_owned(),
            Some(again) if (again < LEVEL) == (p < LEVEL) => "the answer stays the same".to_owned(),
            Some(again) if again < LEVEL => format!("curvature is seen here (p = {again:.3})"),
            Some(again) => format!("no curvature is seen here (p = {again:.3})"),
        };
        Sensitivity { condition: condition.into(), curvature_p_value: again, text }
    };
    let mut found = Vec::new();
    if sample.n_rows() >= MIN_ROWS {
        let question = Question::new(sample, names, scheme).without_highest_leverage(FAR_SHARE);
        found.push(ask("without the 1% of rows with the highest leverage", &question));
    }
    if let Some(logs) = logs(table, prepared) {
        let mut of_log = sample.clone();
        of_log.y.column_mut(0).copy_from_slice(&logs);
        found.push(ask("for the logarithm of the target", &Question::new(&of_log, names, scheme)));
    }
    found
}

/// log y of a single regression target that is positive and skewed.
fn logs(table: &Table, prepared: &Prepared) -> Option<Vec<f64>> {
    if prepared.task != Task::Regression || prepared.targets.len() != 1 {
        return None;
    }
    let Values::Numeric(values) = &table.column(&prepared.targets[0])?.values else { return None };
    let y: Vec<f64> = prepared.rows.iter().map(|&i| values[i]).collect();
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let moment = |k: i32| y.iter().map(|y| (y - mean).powi(k)).sum::<f64>() / n;
    let skewness = moment(3) / moment(2).powf(1.5);
    (y.iter().all(|y| *y > 0.0) && skewness > SKEWED).then(|| y.iter().map(|y| y.ln()).collect())
}
