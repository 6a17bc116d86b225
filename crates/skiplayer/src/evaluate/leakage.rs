//! What makes an evaluation look better than it is: rows seen twice, things measured several times, columns that know the answer.

use std::collections::HashMap;

use crate::data::{MISSING, Prepared, Table, Values};
use crate::fit::Encoded;

/// Share of rows with a copy from which the copies are worth a word.
const COPIES: f64 = 0.02;
/// Share of the target's variance that one column alone may explain before it is suspected.
const SUSPICIOUS: f64 = 0.98;

/// Warnings, each naming what it is about.
pub fn warnings(table: &Table, prepared: &Prepared, encoded: &Encoded) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(copies(encoded));
    if prepared.groups.is_none() {
        warnings.extend(repeated_names(table, prepared));
    }
    warnings.extend(giveaways(encoded));
    warnings
}

/// Rows whose inputs and target are the same as another's: on both sides of a fold, they are predicted from memory.
fn copies(encoded: &Encoded) -> Option<String> {
    let sample = &encoded.sample;
    let n = sample.n_rows();
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    for i in 0..n {
        let inputs = (0..sample.n_inputs()).map(|j| sample.x.get(i, j).to_bits());
        let key: Vec<u64> = inputs.chain((0..sample.n_outputs()).map(|o| sample.y.get(i, o).to_bits())).collect();
        *seen.entry(key).or_insert(0) += 1;
    }
    let n_copies = n - seen.len();
    (n_copies as f64 > COPIES * n as f64).then(|| {
        format!(
            "{n_copies} of {n} rows are exact copies of others: where copies are on both sides of a fold, scores look better \
             than they are"
        )
    })
}

/// Text columns that name things measured several times: the same text in several rows, or in front of the last `_`, `-` or
/// `.` of texts that differ.
fn repeated_names(table: &Table, prepared: &Prepared) -> Vec<String> {
    let n = prepared.rows.len();
    let aside = prepared.set_aside.iter().filter_map(|s| table.column(&s.column).map(|c| (c, true)));
    let inputs = prepared.inputs.iter().filter_map(|name| table.column(name).map(|c| (c, false)));
    aside
        .chain(inputs)
        .filter_map(|(column, is_aside)| {
            let Values::Categorical { codes, levels } = &column.values else { return None };
            let present: Vec<&str> =
                prepared.rows.iter().filter(|&&i| codes[i] != MISSING).map(|&i| levels[codes[i] as usize].as_str()).collect();
            let count = |of: &dyn Fn(&'_ str) -> Option<String>| -> Option<usize> {
                let keys = present.iter().map(|text| of(text)).collect::<Option<Vec<String>>>()?;
                let mut counts: HashMap<String, usize> = HashMap::new();
                keys.into_iter().for_each(|key| *counts.entry(key).or_insert(0) += 1);
                let repeated = counts.values().filter(|c| **c > 1).count();
                // Few levels are categories, not names.
                (counts.len() >= 20.max(n / 100) && 2 * repeated > counts.len()).then_some(counts.len())
            };
            let warning = |n_things: usize, whose: &str| {
                format!(
                    "column `{}` names {n_things} things that {whose} in {n} rows: random folds put the same thing on both \
                     sides; evaluate with `--group` on a column of these names",
                    column.name
                )
            };
            if let Some(n_things) = count(&|text| Some(text.to_owned())) {
                return Some(warning(n_things, "repeat"));
            }
            let front = |text: &str| text.rsplit_once(['_', '-', '.']).map(|(front, _)| front.to_owned());
            if is_aside && let Some(n_things) = count(&|text| front(text)) {
                return Some(warning(n_things, "share the front of their name"));
            }
            None
        })
        .collect()
}

/// Inputs of which one alone says nearly everything about the target.
fn giveaways(encoded: &Encoded) -> Vec<String> {
    let sample = &encoded.sample;
    let names = encoded.encoding.feature_names();
    let n = sample.n_rows() as f64;
    let centred = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|v| v - mean).collect::<Vec<f64>>()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let targets: Vec<Vec<f64>> = (0..sample.n_outputs()).map(|o| centred(sample.y.column(o))).collect();
    (0..sample.n_inputs())
        .filter_map(|j| {
            let x = centred(sample.x.column(j));
            let share = |y: &Vec<f64>| dot(&x, y).powi(2) / (dot(&x, &x) * dot(y, y));
            let largest = targets.iter().map(share).filter(|s| s.is_finite()).fold(0.0, f64::max);
            (largest > SUSPICIOUS && sample.n_inputs() > 1).then(|| {
                format!(
                    "`{}` alone explains {:.1}% of the target: is it known before the target is? (`--drop`)",
                    names[j],
                    100.0 * largest
                )
            })
        })
        .collect()
}
