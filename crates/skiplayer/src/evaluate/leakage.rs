//! What makes an evaluation look better than it is: rows seen twice, things measured several times, columns that know the answer.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::Result;
use crate::encode::Task;
use crate::error::Message;
use crate::fit::{Encoded, Sample};
use crate::message;
use crate::random::{Purpose, Random};
use crate::schema::options::{DROP, GROUP, TIME};
use crate::schema::{Dataset, Schema};
use crate::table::dates::is_date;
use crate::table::{MISSING, Table, Values};

/// Share of rows with a copy from which the copies are worth a word.
const COPIES: f64 = 0.02;
/// Share of pairs of rows with the same answer from which rows of the same inputs repeat by chance.
const FEW_ANSWERS: f64 = 0.02;
/// Cells of near copies differ by less than this, in standard deviations.
const NEAR: f64 = 1e-3;
/// With fewer inputs than this rows are neighbours by chance.
const MIN_INPUTS_OF_NEIGHBOURS: usize = 3;
/// Rows that are compared with each, the closest along one random direction.
const COMPARED: usize = 30;
/// Share of the target's variance that one column alone may explain before it is suspected.
const SUSPICIOUS: f64 = 0.98;
/// Columns of which the target may be made up; a share of its variance below the second number is rounding.
const MOST_SUMMANDS: usize = 6;
const ROUNDING: f64 = 1e-9;
/// Fewer names are categories, fewer dates waves of a survey.
const FEWEST_THINGS: usize = 20;
/// Rows from which a single input that separates two classes is no accident.
const MIN_SEPARATED: usize = 50;

/// Whole numbers that name things: how many different ones at least, and how many where the name of the column does not say so.
const FEWEST_NUMBERED: usize = 5;
const FEWEST_BLOCKS: usize = 10;
/// Names, or last words of names, of columns that number things which are measured several times.
const THINGS: [&str; 26] = [
    "id",
    "ids",
    "subject",
    "subj",
    "patient",
    "person",
    "participant",
    "respondent",
    "child",
    "animal",
    "mouse",
    "rat",
    "chick",
    "tree",
    "plant",
    "family",
    "household",
    "school",
    "pupil",
    "student",
    "shop",
    "store",
    "customer",
    "user",
    "batch",
    "seed",
];
/// Names of columns that number times, which are for folds forward in time if for any.
const TIMES: [&str; 9] = ["year", "month", "week", "day", "date", "hour", "time", "age", "period"];
/// Rank correlation from which an input orders rows as the target does, and rows from which that is no accident.
const SAME_ORDER: f64 = 0.9999;
const MIN_ORDERED: usize = 30;
/// Share of the variance of the target's logarithm that may be left where columns multiply to it: rounding to the cent.
const ROUNDED_PRODUCT: f64 = 1e-6;

/// What makes scores of `data` look better than they are, each warning naming what it is about: as an evaluation tells it, without one.
///
/// # Errors
/// Those of encoding.
pub fn leaks(data: &Dataset) -> Result<Vec<Message>> {
    Ok(warnings(data, &data.encode(&data.all())?))
}

/// Warnings, each naming what it is about.
pub(super) fn warnings(data: &Dataset, encoded: &Encoded) -> Vec<Message> {
    let (table, schema) = (data.table(), data.schema());
    let mut warnings = Vec::new();
    warnings.extend(copies(schema, encoded));
    warnings.extend(near_copies(encoded));
    if schema.groups.is_none() {
        warnings.extend(repeated_names(table, schema));
        warnings.extend(repeated_numbers(table, schema));
    }
    let known = giveaways(encoded);
    if known.is_empty() {
        warnings.extend(bent_giveaways(table, schema));
    }
    warnings.extend(known);
    warnings
}

/// A number for each row that is the same for rows whose inputs and target are the same; `None` where no two are.
pub fn identities(encoded: &Encoded) -> Option<Vec<usize>> {
    let sample = &encoded.sample;
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    let of_row = |i: usize| {
        let inputs = (0..sample.n_inputs()).map(|j| sample.x.get(i, j).to_bits());
        let key: Vec<u64> = inputs.chain(answers(sample).map(|answer| answer[i].to_bits())).collect();
        let next = seen.len();
        *seen.entry(key).or_insert(next)
    };
    let identity: Vec<usize> = (0..sample.n_rows()).map(of_row).collect();
    (seen.len() < sample.n_rows()).then_some(identity)
}

/// What is predicted of each row: the responses (n), and of durations the times, too.
fn answers(sample: &Sample) -> impl Iterator<Item = &[f64]> {
    let times = sample.durations.iter().map(|own| &own.time[..]);
    (0..sample.n_outputs()).map(|o| sample.y.column(o)).chain(times)
}

/// The same, where copies belong into one fold: not in a table that is made of few different rows.
pub fn accidental(encoded: &Encoded) -> Option<Vec<usize>> {
    unexpected(encoded).filter(|identity| are_few(identity))
}

/// Whether rows with a copy are the exception.
fn are_few(identity: &[usize]) -> bool {
    2 * (identity.iter().max().map_or(0, |last| last + 1)) > identity.len()
}

/// The identities of rows, where there are more copies than chance makes of cells like these: in designed experiments and
/// questionnaires rows repeat because cells do.
fn unexpected(encoded: &Encoded) -> Option<Vec<usize>> {
    let sample = &encoded.sample;
    let n = sample.n_rows();
    let inputs: Vec<&[f64]> = (0..sample.n_inputs()).map(|j| sample.x.column(j)).collect();
    // Share of pairs of rows with equal cells.
    let equal = |column: &[f64]| -> f64 {
        let mut counts: HashMap<u64, f64> = HashMap::new();
        column.iter().for_each(|v| *counts.entry(v.to_bits()).or_insert(0.0) += 1.0);
        counts.values().map(|c| c * (c - 1.0)).sum::<f64>() / (n as f64 * (n as f64 - 1.0))
    };
    let of_target: f64 = answers(sample).map(equal).product();
    let row = |i: usize| inputs.iter().map(|column| column[i].to_bits()).collect::<Vec<u64>>();
    let n_different = (0..n).map(row).collect::<HashSet<_>>().len();
    if 2 * n_different <= n && (of_target > FEW_ANSWERS || ties_are_roundings(sample)) {
        return None;
    }
    let identity = identities(encoded)?;
    let n_copies = n - identity.iter().max().map_or(0, |last| last + 1);
    // Pairs of equal rows that there would be if every cell were drawn on its own.
    let share = inputs.iter().map(|column| equal(column)).product::<f64>() * of_target;
    let by_chance = 0.5 * n as f64 * (n as f64 - 1.0) * share;
    // Inputs that go with each other meet more often.
    (n_copies as f64 > 3.0 * by_chance + 2.0 * by_chance.sqrt()).then_some(identity)
}

/// Whether equal answers to equal inputs are about as frequent as answers that differ by the last digit: a measured number that is
/// rounded meets itself as often as its neighbour on either side. One numeric answer only.
fn ties_are_roundings(sample: &Sample) -> bool {
    if sample.n_outputs() != 1 {
        return false;
    }
    let y = sample.y.column(0);
    let mut different = y.to_vec();
    different.sort_by(f64::total_cmp);
    let gaps = different.windows(2).map(|pair| pair[1] - pair[0]);
    let reach = different.last().zip(different.first()).map_or(0.0, |(last, first)| last - first);
    // Differences below this are those of sums in another order.
    let Some(unit) = gaps.filter(|gap| *gap > 1e-9 * reach).min_by(f64::total_cmp) else { return false };
    let mut cells: HashMap<Vec<u64>, BTreeMap<i64, f64>> = HashMap::new();
    for (i, y) in y.iter().enumerate() {
        let inputs = (0..sample.n_inputs()).map(|j| sample.x.get(i, j).to_bits()).collect();
        let steps = ((y - different[0]) / unit).round() as i64;
        *cells.entry(inputs).or_default().entry(steps).or_insert(0.0) += 1.0;
    }
    let (mut ties, mut neighbours) = (0.0, 0.0);
    for counts in cells.values() {
        for (steps, count) in counts {
            ties += 0.5 * count * (count - 1.0);
            neighbours += count * counts.get(&(steps + 1)).copied().unwrap_or(0.0);
        }
    }
    ties <= 2.0 * neighbours + 2.0 * f64::sqrt(neighbours)
}

/// Rows whose inputs and target are the same as another's: on both sides of a fold, they would be predicted from memory.
fn copies(schema: &Schema, encoded: &Encoded) -> Option<Message> {
    let identity = unexpected(encoded)?;
    let n = identity.len();
    let n_copies = n - identity.iter().max().map_or(0, |last| last + 1);
    if n_copies as f64 <= COPIES * n as f64 {
        return None;
    }
    let told = match (&schema.groups, &schema.time) {
        (Some(groups), _) => {
            let apart: HashSet<(usize, usize)> = identity.iter().copied().zip(groups.iter().copied()).collect();
            let apart = apart.len() - (n - n_copies);
            format!(
                "{apart} of them in another group than their copy, so that folds of groups predict them from memory"
            )
        }
        (None, Some(_)) => "those from another time are predicted from memory".to_owned(),
        (None, None) if are_few(&identity) => {
            "copies are kept in one fold here, but a random split elsewhere would predict them from memory".to_owned()
        }
        (None, None) => "where copies are on both sides of a fold, scores look better than they are".to_owned(),
    };
    Some(format!("{n_copies} of {n} rows are exact copies of others: {told}").into())
}

/// Rows that differ from another by next to nothing in every cell, such as repeated readings.
///
/// Rows are compared with the few that are closest along a random direction: O(n log n).
fn near_copies(encoded: &Encoded) -> Option<Message> {
    let sample = &encoded.sample;
    let (n, p) = (sample.n_rows(), sample.n_inputs());
    if p < MIN_INPUTS_OF_NEIGHBOURS {
        return None;
    }
    let mut random = Random::of(0, Purpose::NearCopies, 0);
    let direction: Vec<f64> = (0..p).map(|_| random.normal()).collect();
    let place = |i: usize| (0..p).map(|j| direction[j] * sample.x.get(i, j)).sum::<f64>();
    let places: Vec<f64> = (0..n).map(place).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    let reach = NEAR * direction.iter().map(|d| d.abs()).sum::<f64>();
    let distance = |a: usize, b: usize| {
        let inputs = (0..p).map(|j| (sample.x.get(a, j) - sample.x.get(b, j)).abs());
        inputs.chain(answers(sample).map(|answer| (answer[a] - answer[b]).abs())).fold(0.0, f64::max)
    };
    let mut is_near = vec![false; n];
    for (at, &a) in order.iter().enumerate() {
        let close = order[at + 1..].iter().take(COMPARED).take_while(|&&b| places[b] - places[a] <= reach);
        for &b in close {
            let distance = distance(a, b);
            if 0.0 < distance && distance < NEAR {
                (is_near[a], is_near[b]) = (true, true);
            }
        }
    }
    let count = is_near.iter().filter(|near| **near).count();
    (count as f64 > COPIES * n as f64).then(|| {
        let same = format!(
            "{count} of {n} rows are the same as another but for less than a thousandth of a standard deviation in each cell: \
             the same thing measured again? evaluate with "
        );
        message![same, &GROUP, " on a column that tells which rows belong together"]
    })
}

/// Rows that have their dates and are not divided by them.
fn dates(schema: &Schema, name: &str, different: usize) -> Option<Message> {
    (schema.time.is_none() && different >= FEWEST_THINGS).then(|| {
        let dates = format!(
            "column `{name}` holds {different} dates: random folds predict earlier rows from later ones; if rows to come are to be predicted, \
             evaluate with "
        );
        message![dates, TIME.to(name)]
    })
}

/// Text columns that name things measured several times: the same text in several rows, or in front of the last `_`, `-` or
/// `.` of texts that differ. Columns that somebody dropped tell it as well.
fn repeated_names(table: &Table, schema: &Schema) -> Vec<Message> {
    let n = schema.rows.len();
    let columns = table.columns().iter().filter(|column| !schema.targets.contains(&column.name));
    columns
        .filter_map(|column| {
            let is_input = schema.inputs.contains(&column.name);
            let (codes, levels) = match &column.values {
                Values::Numeric(values) if column.meaning.is_calendar() => {
                    let different: HashSet<u64> =
                        schema.rows.iter().map(|&i| values[i]).filter(|v| !v.is_nan()).map(f64::to_bits).collect();
                    return dates(schema, &column.name, different.len());
                }
                Values::Numeric(_) => return None,
                Values::Categorical { codes, levels } => (codes, levels),
            };
            let present: Vec<&str> =
                schema.rows.iter().filter(|&&i| codes[i] != MISSING).map(|&i| levels[codes[i] as usize].as_str()).collect();
            if !present.is_empty() && present.iter().all(|text| is_date(text)) {
                return dates(schema, &column.name, present.iter().collect::<HashSet<_>>().len());
            }
            let count = |of: &dyn Fn(&'_ str) -> Option<String>| -> Option<usize> {
                let keys = present.iter().map(|text| of(text)).collect::<Option<Vec<String>>>()?;
                let mut counts: HashMap<String, usize> = HashMap::new();
                keys.into_iter().for_each(|key| *counts.entry(key).or_insert(0) += 1);
                let repeated = counts.values().filter(|c| **c > 1).count();
                (counts.len() >= FEWEST_THINGS.max(n / 100) && 2 * repeated > counts.len()).then_some(counts.len())
            };
            let name = &column.name;
            if let Some(n_things) = count(&|text| Some(text.to_owned())) {
                let things = format!(
                    "column `{name}` has {n_things} different names in {n} rows, most of them in several rows: random folds put rows of \
                     the same name on both sides; evaluate with "
                );
                return Some(message![things, GROUP.to(name.as_str())]);
            }
            let front = |text: &str| text.rsplit_once(['_', '-', '.']).map(|(front, _)| front.to_owned());
            if !is_input && let Some(n_things) = count(&|text| front(text)) {
                let things = format!(
                    "column `{name}` has names with {n_things} different beginnings in {n} rows, most of them in several rows: random \
                     folds put rows of the same beginning on both sides; make a column of the beginnings and evaluate with "
                );
                return Some(message![things, &GROUP]);
            }
            None
        })
        .collect()
}

/// Columns of whole numbers that number things measured several times: their name says so, or each number has one block of rows and
/// the blocks are of one length.
fn repeated_numbers(table: &Table, schema: &Schema) -> Vec<Message> {
    let n = schema.rows.len();
    let columns = table.columns().iter().filter(|column| !schema.targets.contains(&column.name));
    columns
        .filter_map(|column| {
            let Values::Numeric(values) = &column.values else { return None };
            let numbers: Vec<f64> = schema.rows.iter().map(|&i| values[i]).collect();
            if !numbers.iter().all(|v| v.fract() == 0.0) {
                return None;
            }
            let blocks: Vec<usize> = numbers.chunk_by(|a, b| a == b).map(<[f64]>::len).collect();
            let n_things = numbers.iter().map(|v| v.to_bits()).collect::<HashSet<_>>().len();
            let lower = column.name.to_lowercase();
            let word = lower.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let is_named = THINGS.contains(&word) && n_things >= FEWEST_NUMBERED;
            let is_in_blocks = blocks.len() == n_things && n_things >= FEWEST_BLOCKS && !TIMES.contains(&word) && {
                let mut lengths = blocks.clone();
                lengths.sort_unstable();
                let median = lengths[lengths.len() / 2];
                median > 1 && 4 * lengths.iter().filter(|length| **length == median).count() >= 3 * lengths.len()
            };
            (2 * n_things <= n && (is_named || is_in_blocks)).then(|| {
                let (name, is_input) = (&column.name, schema.inputs.contains(&column.name));
                let as_input = if is_input { ", and the numbers are taken as an amount" } else { "" };
                let things = format!(
                    "column `{name}` has {n_things} different numbers in {n} rows, as if they stood for persons or things: random folds \
                     put rows of the same number on both sides{as_input}; evaluate with "
                );
                message![things, GROUP.to(name.as_str())]
            })
        })
        .collect()
}

/// Inputs that tell the target along a curve: in the same order as the target, or multiplied with each other.
fn bent_giveaways(table: &Table, schema: &Schema) -> Vec<Message> {
    let [target] = &schema.targets[..] else { return Vec::new() };
    let numbers = |name: &str| match &table.column(name)?.values {
        Values::Numeric(values) => Some(schema.rows.iter().map(|&i| values[i]).collect::<Vec<f64>>()),
        Values::Categorical { .. } => None,
    };
    let is_number = matches!(schema.task, Task::Regression | Task::Count | Task::Amount | Task::Survival);
    let Some(y) = numbers(target).filter(|y| is_number && y.len() >= MIN_ORDERED && schema.inputs.len() > 1) else {
        return Vec::new();
    };
    let inputs: Vec<(&String, Vec<f64>)> = schema
        .inputs
        .iter()
        .filter_map(|name| Some((name, numbers(name)?)))
        .filter(|(_, values)| values.iter().all(|v| v.is_finite()))
        .collect();
    let y_ranks = ranks(&y);
    let ordered = inputs.iter().filter(|(_, x)| explained(&ranks(x), &y_ranks) > SAME_ORDER * SAME_ORDER);
    let mut warnings: Vec<Message> = ordered
        .map(|(name, _)| {
            let order = format!(
                "`{name}` puts the rows in the order of the target (rank correlation 1.00), as a logarithm or a reciprocal of it would"
            );
            message![order, ": is it known before the target is? (", DROP.to(*name), ")"]
        })
        .collect();
    let logarithms = |values: &[f64]| -> Option<Vec<f64>> {
        values.iter().all(|v| *v > 0.0).then(|| values.iter().map(|v| v.ln()).collect())
    };
    if let (true, Some(y)) = (warnings.is_empty(), logarithms(&y)) {
        let (names, logs): (Vec<&String>, Vec<Vec<f64>>) =
            inputs.iter().filter_map(|(name, x)| Some((*name, logarithms(x)?))).unzip();
        let columns: Vec<&[f64]> = logs.iter().map(Vec::as_slice).collect();
        if let Some(factors) = sum_of(&columns, &y, ROUNDED_PRODUCT) {
            let columns: Vec<&String> = factors.iter().map(|&j| names[j]).collect();
            let factors: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
            let product = format!("{} multiply or divide to the target", factors.join(" and "));
            warnings.push(message![product, ": is it computed from them? (", DROP.to(columns.as_slice()), ")"]);
        }
    }
    warnings
}

/// Ranks, their means where values are equal.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        equal.iter().for_each(|&i| ranks[i] = first as f64 + 0.5 * (equal.len() - 1) as f64);
        first += equal.len();
    }
    ranks
}

/// Inputs that say nearly everything about the target: one alone, or some that add up to it.
fn giveaways(encoded: &Encoded) -> Vec<Message> {
    let sample = &encoded.sample;
    if sample.n_inputs() < 2 {
        return Vec::new();
    }
    let names = encoded.encoding.feature_names();
    let input_of = encoded.encoding.input_of_feature();
    let column = |j: usize| encoded.encoding.inputs[input_of[j]].column();
    let of_input = |j: usize| {
        let share =
            (0..sample.n_outputs()).map(|o| explained(sample.x.column(j), sample.y.column(o))).fold(0.0, f64::max);
        if share > SUSPICIOUS {
            let alone = format!("`{}` alone explains {:.1}% of the target", names[j], 100.0 * share);
            return Some(message![alone, ": is it known before the target is? (", DROP.to(column(j)), ")"]);
        }
        let is_binary = encoded.target.task == Task::Binary && sample.n_rows() >= MIN_SEPARATED;
        (is_binary && separates(sample.x.column(j), sample.y.column(0))).then(|| {
            let alone = format!("`{}` alone separates the classes", names[j]);
            message![alone, ": is it known before the target is? (", DROP.to(column(j)), ")"]
        })
    };
    let mut warnings: Vec<Message> = (0..sample.n_inputs()).filter_map(of_input).collect();
    if warnings.is_empty() && !encoded.target.task.is_classification() {
        let columns: Vec<&[f64]> = (0..sample.n_inputs()).map(|j| sample.x.column(j)).collect();
        let sums = (0..sample.n_outputs()).filter_map(|o| sum_of(&columns, sample.y.column(o), ROUNDING));
        warnings.extend(sums.map(|summands| {
            let columns: Vec<&str> = summands.iter().map(|&j| column(j)).collect();
            let summands: Vec<String> = summands.iter().map(|&j| format!("`{}`", names[j])).collect();
            let sum = format!("{} add up to the target exactly", summands.join(" and "));
            message![sum, ": is it computed from them? (", DROP.to(columns.as_slice()), ")"]
        }));
    }
    warnings
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn centred(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| v - mean).collect()
}

/// Share of the variance of y that a line through x explains; 0 where one of them does not vary.
fn explained(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (centred(x), centred(y));
    let share = dot(&x, &y).powi(2) / (dot(&x, &x) * dot(&y, &y));
    if share.is_finite() { share } else { 0.0 }
}

/// Whether all x of one class lie below all x of the other.
fn separates(x: &[f64], y: &[f64]) -> bool {
    let ends = |wanted: bool| {
        let of_class = x.iter().zip(y).filter(|(_, y)| (**y > 0.5) == wanted).map(|(x, _)| *x);
        of_class.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)))
    };
    let (none, event) = (ends(false), ends(true));
    none.1 < event.0 || event.1 < none.0
}

/// Two or more of `columns` of which `y` is a linear combination but for a share `left_over` of its variance, by orthogonal matching pursuit (Pati, Rezaiifar &
/// Krishnaprasad 1993); `None` if a few are not enough. O(n p) a summand.
fn sum_of(columns: &[&[f64]], y: &[f64], left_over: f64) -> Option<Vec<usize>> {
    let mut left = centred(y);
    let whole = dot(&left, &left);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut chosen: Vec<usize> = Vec::new();
    // With hardly more rows than summands anything adds up.
    while chosen.len() < MOST_SUMMANDS && y.len() > 4 * (chosen.len() + 1) {
        let best = (0..columns.len())
            .filter(|j| !chosen.contains(j))
            .map(|j| (j, explained(columns[j], &left)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let mut direction = centred(columns[best.0]);
        for _ in 0..2 {
            for b in &basis {
                let along = dot(b, &direction);
                direction.iter_mut().zip(b).for_each(|(d, b)| *d -= along * b);
            }
        }
        let length = dot(&direction, &direction).sqrt();
        if length < 1e-6 * length_of(columns[best.0]) {
            return None;
        }
        direction.iter_mut().for_each(|d| *d /= length);
        let along = dot(&direction, &left);
        left.iter_mut().zip(&direction).for_each(|(l, d)| *l -= along * d);
        basis.push(direction);
        chosen.push(best.0);
        if dot(&left, &left) < left_over * whole {
            chosen.sort_unstable();
            return Some(chosen).filter(|chosen| chosen.len() > 1);
        }
    }
    None
}

/// Length of a column about its mean.
fn length_of(column: &[f64]) -> f64 {
    let column = centred(column);
    dot(&column, &column).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ColumnRoles;

    /// Three inputs of noise, a target, and what else there is.
    fn warned(spec: &ColumnRoles, n: usize, more: &[(&str, Values)], y: impl Fn(usize, &Table) -> f64) -> Vec<String> {
        let mut random = Random::simulated(7);
        let mut table =
            Table::from_columns((0..3).map(|_| (0..n).map(|_| random.normal()).collect()).collect()).unwrap();
        for (name, values) in more {
            table = table.with_column(*name, values.clone()).unwrap();
        }
        let y = (0..n).map(|i| y(i, &table)).collect();
        let table = table.with_column("y", Values::Numeric(y)).unwrap();
        leaks(&Dataset::new(table, spec.clone()).unwrap()).unwrap().iter().map(Message::to_string).collect()
    }

    fn cell(table: &Table, name: &str, row: usize) -> f64 {
        match &table.column(name).unwrap().values {
            Values::Numeric(values) => values[row],
            Values::Categorical { codes, .. } => f64::from(codes[row]),
        }
    }

    fn noise(i: usize) -> f64 {
        (i as f64 * 12.9898).sin() * 43_758.545_3 % 1.0
    }

    #[test]
    fn noise_is_above_suspicion() {
        assert_eq!(warned(&ColumnRoles::new("y"), 200, &[], |i, _| noise(i)), Vec::<String>::new());
    }

    #[test]
    fn columns_that_add_up_to_the_target_are_named() {
        let sum = |i: usize, table: &Table| 2.0 * cell(table, "x1", i) + cell(table, "x3", i);
        let found = warned(&ColumnRoles::new("y"), 100, &[], sum);
        assert!(found.len() == 1 && found[0].starts_with("`x1` and `x3` add up to the target exactly"), "{found:?}");
        let noisy = |i: usize, table: &Table| sum(i, table) + 0.01 * noise(i);
        assert!(warned(&ColumnRoles::new("y"), 100, &[], noisy).is_empty());
    }

    #[test]
    fn an_input_that_separates_the_classes_is_named() {
        let spec = ColumnRoles { task: Some(Task::Binary), ..ColumnRoles::new("y") };
        let class = |i: usize, table: &Table| f64::from(u8::from(cell(table, "x2", i) > 0.3));
        let found = warned(&spec, 100, &[], class);
        assert!(found.len() == 1 && found[0].starts_with("`x2` alone separates the classes"), "{found:?}");
    }

    #[test]
    fn rows_that_are_nearly_the_same_are_counted() {
        // Every tenth row is the row before it, measured again.
        let column = |j: usize| {
            let value = |i: usize| noise(3 * if i % 10 == 9 { i - 1 } else { i } + 1000 * j) + 1e-5 * noise(7 * i + j);
            Values::Numeric((0..200).map(value).collect())
        };
        let spec = ColumnRoles { drop: ["x1", "x2", "x3"].map(String::from).to_vec(), ..ColumnRoles::new("y") };
        let more = [("a", column(1)), ("b", column(2)), ("c", column(3))];
        let found = warned(&spec, 200, &more, |i, table| cell(table, "a", i) + cell(table, "b", i).powi(2));
        assert!(
            found.len() == 1 && found[0].starts_with("40 of 200 rows are the same as another but for"),
            "{found:?}"
        );
    }

    #[test]
    fn names_tell_what_belongs_together_even_if_they_are_dropped() {
        let names: Vec<String> = (0..200).map(|i| format!("mouse{}_{}", i / 8, i % 8)).collect();
        let values = Values::from_text(names.iter().map(|name| Some(name.as_str())));
        for drop in [vec![], vec!["id".to_owned()]] {
            let spec = ColumnRoles { drop, ..ColumnRoles::new("y") };
            let found = warned(&spec, 200, &[("id", values.clone())], |i, _| noise(i));
            assert!(
                found.len() == 1 && found[0].starts_with("column `id` has names with 25 different beginnings in "),
                "{found:?}"
            );
        }
    }

    #[test]
    fn dates_ask_for_time_unless_folds_follow_it() {
        let days: Vec<String> = (0..200).map(|i| format!("2024-{:02}-{:02}", 1 + i / 28 % 12, 1 + i % 28)).collect();
        let values = Values::from_text(days.iter().map(|day| Some(day.as_str())));
        let of = |time: Option<String>| {
            let drop = if time.is_none() { vec!["day".to_owned()] } else { Vec::new() };
            warned(&ColumnRoles { drop, time, ..ColumnRoles::new("y") }, 200, &[("day", values.clone())], |i, _| {
                noise(i)
            })
        };
        let found = of(None);
        assert!(found.len() == 1 && found[0].contains("`ColumnRoles::time = \"day\"`"), "{found:?}");
        assert_eq!(of(Some("day".into())), Vec::<String>::new());
    }

    #[test]
    fn numbers_that_name_things_are_noticed_like_texts() {
        let of = |name: &str, values: Vec<f64>| {
            warned(&ColumnRoles::new("y"), 240, &[(name, Values::Numeric(values))], |i, _| noise(i))
        };
        let blocks: Vec<f64> = (0..240).map(|i| f64::from(486 + i / 6)).collect();
        let found = of("code", blocks.clone());
        assert!(found.len() == 1 && found[0].starts_with("column `code` has 40 different numbers in "), "{found:?}");
        // A name says it in any order of rows; years and amounts are no things.
        let mixed: Vec<f64> = (0..240).map(|i| f64::from(i * 7 % 12)).collect();
        assert!(of("subject", mixed.clone())[0].contains("12 different numbers"));
        assert_eq!(of("dose", mixed), Vec::<String>::new());
        assert_eq!(of("year", blocks), Vec::<String>::new());
    }

    #[test]
    fn giveaways_that_bend_are_named() {
        let (price, number) = (|i: usize| 20.0 + 15.0 * noise(i + 5), |i: usize| 12.0 + 10.0 * noise(3 * i + 1));
        let of = |more: &[(&str, Values)], y: fn(f64, f64) -> f64| {
            warned(&ColumnRoles::new("y"), 100, more, |i, _| y(price(i), number(i)))
        };
        let column = |of: &dyn Fn(usize) -> f64| Values::Numeric((0..100).map(of).collect());
        for bent in [column(&|i| price(i).ln()), column(&|i| 235.2 / price(i))] {
            let found = of(&[("bent", bent)], |price, _| price);
            assert!(found.len() == 1 && found[0].starts_with("`bent` "), "{found:?}");
        }
        let factors = [("price", column(&price)), ("n", column(&number))];
        let found = of(&factors, |price, n| (100.0 * price * n).round() / 100.0);
        assert!(found.len() == 1 && found[0].starts_with("`price` and `n` multiply or divide"), "{found:?}");
    }

    #[test]
    fn replicates_of_a_design_are_no_copies() {
        // Six treatments and small whole numbers, as counts of insects are: rows repeat as cells do.
        let spec = ColumnRoles { drop: ["x1", "x2", "x3"].map(String::from).to_vec(), ..ColumnRoles::new("y") };
        let spray = Values::Numeric((0..72).map(|i| f64::from(i / 12)).collect());
        let found =
            warned(&spec, 72, &[("spray", spray)], |i, table| (cell(table, "spray", i) + 2.0 + 2.0 * noise(i)).round());
        assert!(found.iter().all(|warning| !warning.contains("exact copies")), "{found:?}");
    }

    #[test]
    fn rounded_answers_to_few_different_inputs_meet_by_chance() {
        // Weights of 50 animals in whole grams at 12 times, from a start that all have in common.
        let of = |answer: &dyn Fn(usize, f64) -> f64| {
            let drop = ["x1", "x2", "x3"].map(String::from).to_vec();
            let spec = ColumnRoles { drop, ..ColumnRoles::new("y") };
            let day = Values::Numeric((0..600).map(|i| f64::from(i / 50)).collect());
            let found = warned(&spec, 600, &[("day", day)], |i, table| answer(i, cell(table, "day", i)));
            found.into_iter().filter(|warning| warning.contains("exact copies")).count()
        };
        let grams = |i: usize, day: f64| (41.0 + 8.0 * day + (1.0 + 3.0 * day) * noise(i)).round();
        assert_eq!(of(&grams), 0);
        // Each measured twice in the same table.
        let twice = |i: usize, day: f64| 41.0 + 8.0 * day + (1.0 + 3.0 * day) * noise(i - i % 2);
        assert_eq!(of(&twice), 1);
    }

    #[test]
    fn copies_in_other_groups_are_said_to_be_there() {
        let twice = |j: usize| Values::Numeric((0..200).map(|i| noise(3 * (i % 180) + 1000 * j)).collect());
        let shop = Values::Numeric((0..200).map(|i| f64::from(i / 20)).collect());
        let drop = ["x1", "x2", "x3"].map(String::from).to_vec();
        let spec = ColumnRoles { drop, group: Some("shop".into()), ..ColumnRoles::new("y") };
        let more = [("a", twice(1)), ("b", twice(2)), ("shop", shop)];
        let found = warned(&spec, 200, &more, |i, _| noise(7 * (i % 180)));
        assert!(found.len() == 1 && found[0].contains("20 of them in another group than their copy"), "{found:?}");
    }
}
