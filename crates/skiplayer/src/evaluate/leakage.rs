//! What makes an evaluation look better than it is: rows seen twice, things measured several times, columns that know the answer.

use std::collections::{HashMap, HashSet};

use crate::encode::Task;
use crate::error::Message;
use crate::fit::Encoded;
use crate::message;
use crate::random::{Purpose, Random};
use crate::schema::Prepared;
use crate::schema::options::{DROP, GROUP, TIME};
use crate::table::dates::is_date;
use crate::table::{MISSING, Table, Values};

/// Share of rows with a copy from which the copies are worth a word.
const COPIES: f64 = 0.02;
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

/// Warnings, each naming what it is about.
pub fn warnings(table: &Table, prepared: &Prepared, encoded: &Encoded) -> Vec<Message> {
    let mut warnings = Vec::new();
    warnings.extend(copies(encoded));
    warnings.extend(near_copies(encoded));
    if prepared.groups.is_none() {
        warnings.extend(repeated_names(table, prepared));
    }
    warnings.extend(giveaways(encoded));
    warnings
}

/// A number for each row that is the same for rows whose inputs and target are the same; `None` where no two are.
pub fn identities(encoded: &Encoded) -> Option<Vec<usize>> {
    let sample = &encoded.sample;
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    let of_row = |i: usize| {
        let inputs = (0..sample.n_inputs()).map(|j| sample.x.get(i, j).to_bits());
        let key: Vec<u64> = inputs.chain((0..sample.n_outputs()).map(|o| sample.y.get(i, o).to_bits())).collect();
        let next = seen.len();
        *seen.entry(key).or_insert(next)
    };
    let identity: Vec<usize> = (0..sample.n_rows()).map(of_row).collect();
    (seen.len() < sample.n_rows()).then_some(identity)
}

/// Whether copies are accidents, and not what tables of few different rows are made of: then they belong into one fold.
pub fn are_accidents(identity: &[usize]) -> bool {
    2 * (identity.iter().max().map_or(0, |last| last + 1)) > identity.len()
}

/// Rows whose inputs and target are the same as another's: on both sides of a fold, they would be predicted from memory.
fn copies(encoded: &Encoded) -> Option<Message> {
    let identity = identities(encoded)?;
    let n = identity.len();
    let n_copies = n - identity.iter().max().map_or(0, |last| last + 1);
    (n_copies as f64 > COPIES * n as f64).then(|| {
        let treatment = if are_accidents(&identity) {
            "copies are kept in one fold here, but a random split elsewhere would predict them from memory"
        } else {
            "where copies are on both sides of a fold, scores look better than they are"
        };
        format!("{n_copies} of {n} rows are exact copies of others: {treatment}").into()
    })
}

/// Rows that differ from another by next to nothing in every cell, such as repeated readings.
///
/// Rows are compared with the few that are closest along a random direction: O(n log n).
fn near_copies(encoded: &Encoded) -> Option<Message> {
    let sample = &encoded.sample;
    let (n, p, k) = (sample.n_rows(), sample.n_inputs(), sample.n_outputs());
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
        inputs.chain((0..k).map(|o| (sample.y.get(a, o) - sample.y.get(b, o)).abs())).fold(0.0, f64::max)
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
fn dates(prepared: &Prepared, name: &str, different: usize) -> Option<Message> {
    (prepared.time.is_none() && different >= FEWEST_THINGS).then(|| {
        let dates = format!(
            "column `{name}` holds {different} dates: random folds tell the past from the future; if rows to come are to be predicted, \
             evaluate with "
        );
        message![dates, TIME.to(name)]
    })
}

/// Text columns that name things measured several times: the same text in several rows, or in front of the last `_`, `-` or
/// `.` of texts that differ. Columns that somebody dropped tell it as well.
fn repeated_names(table: &Table, prepared: &Prepared) -> Vec<Message> {
    let n = prepared.rows.len();
    let columns = table.columns().iter().filter(|column| !prepared.targets.contains(&column.name));
    columns
        .filter_map(|column| {
            let is_input = prepared.inputs.contains(&column.name);
            let (codes, levels) = match &column.values {
                Values::Numeric(values) if column.meaning.is_calendar() => {
                    let different: HashSet<u64> =
                        prepared.rows.iter().map(|&i| values[i]).filter(|v| !v.is_nan()).map(f64::to_bits).collect();
                    return dates(prepared, &column.name, different.len());
                }
                Values::Numeric(_) => return None,
                Values::Categorical { codes, levels } => (codes, levels),
            };
            let present: Vec<&str> =
                prepared.rows.iter().filter(|&&i| codes[i] != MISSING).map(|&i| levels[codes[i] as usize].as_str()).collect();
            if !present.is_empty() && present.iter().all(|text| is_date(text)) {
                return dates(prepared, &column.name, present.iter().collect::<HashSet<_>>().len());
            }
            let count = |of: &dyn Fn(&'_ str) -> Option<String>| -> Option<usize> {
                let keys = present.iter().map(|text| of(text)).collect::<Option<Vec<String>>>()?;
                let mut counts: HashMap<String, usize> = HashMap::new();
                keys.into_iter().for_each(|key| *counts.entry(key).or_insert(0) += 1);
                let repeated = counts.values().filter(|c| **c > 1).count();
                (counts.len() >= FEWEST_THINGS.max(n / 100) && 2 * repeated > counts.len()).then_some(counts.len())
            };
            let warning = |n_things: usize, whose: &str| {
                let things = format!(
                    "column `{}` names {n_things} things that {whose} in {n} rows: random folds put the same thing on both \
                     sides; evaluate with ",
                    column.name
                );
                message![things, &GROUP, " on a column of these names"]
            };
            if let Some(n_things) = count(&|text| Some(text.to_owned())) {
                return Some(warning(n_things, "repeat"));
            }
            let front = |text: &str| text.rsplit_once(['_', '-', '.']).map(|(front, _)| front.to_owned());
            if !is_input && let Some(n_things) = count(&|text| front(text)) {
                return Some(warning(n_things, "share the front of their name"));
            }
            None
        })
        .collect()
}

/// Inputs that say nearly everything about the target: one alone, or some that add up to it.
fn giveaways(encoded: &Encoded) -> Vec<Message> {
    let sample = &encoded.sample;
    if sample.n_inputs() < 2 {
        return Vec::new();
    }
    let names = encoded.encoding.feature_names();
    let of_input = |j: usize| {
        let share =
            (0..sample.n_outputs()).map(|o| explained(sample.x.column(j), sample.y.column(o))).fold(0.0, f64::max);
        if share > SUSPICIOUS {
            let alone = format!("`{}` alone explains {:.1}% of the target", names[j], 100.0 * share);
            return Some(message![alone, ": is it known before the target is? (", &DROP, ")"]);
        }
        let is_binary = encoded.target.task == Task::Binary && sample.n_rows() >= MIN_SEPARATED;
        (is_binary && separates(sample.x.column(j), sample.y.column(0))).then(|| {
            let alone = format!("`{}` alone separates the classes", names[j]);
            message![alone, ": is it known before the target is? (", &DROP, ")"]
        })
    };
    let mut warnings: Vec<Message> = (0..sample.n_inputs()).filter_map(of_input).collect();
    if warnings.is_empty() && encoded.target.task != Task::Binary && encoded.target.task != Task::Multiclass {
        warnings.extend((0..sample.n_outputs()).filter_map(|o| sum_of(encoded, o)).map(|summands| {
            let summands: Vec<String> = summands.into_iter().map(|j| format!("`{}`", names[j])).collect();
            let sum = format!("{} add up to the target exactly", summands.join(" and "));
            message![sum, ": is it computed from them? (", &DROP, ")"]
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

/// Two or more inputs of which output `o` is a linear combination, by orthogonal matching pursuit (Pati, Rezaiifar &
/// Krishnaprasad 1993); `None` if a few are not enough. O(n p) a summand.
fn sum_of(encoded: &Encoded, o: usize) -> Option<Vec<usize>> {
    let sample = &encoded.sample;
    let mut left = centred(sample.y.column(o));
    let whole = dot(&left, &left);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut chosen: Vec<usize> = Vec::new();
    // With hardly more rows than summands anything adds up.
    while chosen.len() < MOST_SUMMANDS && sample.n_rows() > 4 * (chosen.len() + 1) {
        let best = (0..sample.n_inputs())
            .filter(|j| !chosen.contains(j))
            .map(|j| (j, explained(sample.x.column(j), &left)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let mut direction = centred(sample.x.column(best.0));
        for _ in 0..2 {
            for b in &basis {
                let along = dot(b, &direction);
                direction.iter_mut().zip(b).for_each(|(d, b)| *d -= along * b);
            }
        }
        let length = dot(&direction, &direction).sqrt();
        if length < 1e-6 * (sample.n_rows() as f64).sqrt() {
            return None;
        }
        direction.iter_mut().for_each(|d| *d /= length);
        let along = dot(&direction, &left);
        left.iter_mut().zip(&direction).for_each(|(l, d)| *l -= along * d);
        basis.push(direction);
        chosen.push(best.0);
        if dot(&left, &left) < ROUNDING * whole {
            chosen.sort_unstable();
            return Some(chosen).filter(|chosen| chosen.len() > 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Rows, target_scales};
    use crate::schema::{TargetSpec, prepare};

    /// Three inputs of noise, a target, and what else there is.
    fn warned(spec: &TargetSpec, n: usize, more: &[(&str, Values)], y: impl Fn(usize, &Table) -> f64) -> Vec<String> {
        let mut random = Random::simulated(7);
        let mut table =
            Table::from_columns((0..3).map(|_| (0..n).map(|_| random.normal()).collect()).collect()).unwrap();
        for (name, values) in more {
            table = table.with_column(*name, values.clone()).unwrap();
        }
        let y = (0..n).map(|i| y(i, &table)).collect();
        let table = table.with_column("y", Values::Numeric(y)).unwrap();
        let prepared = prepare(&table, spec).unwrap();
        let scales = target_scales(&table, &prepared);
        let rows = Rows { table: &table, prepared: &prepared, scales: &scales };
        let encoded = rows.encode(&(0..prepared.rows.len()).collect::<Vec<usize>>()).unwrap();
        warnings(&table, &prepared, &encoded).iter().map(Message::to_string).collect()
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
        assert_eq!(warned(&TargetSpec::new("y"), 200, &[], |i, _| noise(i)), Vec::<String>::new());
    }

    #[test]
    fn columns_that_add_up_to_the_target_are_named() {
        let sum = |i: usize, table: &Table| 2.0 * cell(table, "x1", i) + cell(table, "x3", i);
        let found = warned(&TargetSpec::new("y"), 100, &[], sum);
        assert!(found.len() == 1 && found[0].starts_with("`x1` and `x3` add up to the target exactly"), "{found:?}");
        let noisy = |i: usize, table: &Table| sum(i, table) + 0.01 * noise(i);
        assert!(warned(&TargetSpec::new("y"), 100, &[], noisy).is_empty());
    }

    #[test]
    fn an_input_that_separates_the_classes_is_named() {
        let spec = TargetSpec { task: Some(Task::Binary), ..TargetSpec::new("y") };
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
        let spec = TargetSpec { drop: ["x1", "x2", "x3"].map(String::from).to_vec(), ..TargetSpec::new("y") };
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
            let spec = TargetSpec { drop, ..TargetSpec::new("y") };
            let found = warned(&spec, 200, &[("id", values.clone())], |i, _| noise(i));
            assert!(found.len() == 1 && found[0].starts_with("column `id` names 25 things"), "{found:?}");
        }
    }

    #[test]
    fn dates_ask_for_time_unless_folds_follow_it() {
        let days: Vec<String> = (0..200).map(|i| format!("2024-{:02}-{:02}", 1 + i / 28 % 12, 1 + i % 28)).collect();
        let values = Values::from_text(days.iter().map(|day| Some(day.as_str())));
        let of = |time: Option<String>| {
            let drop = if time.is_none() { vec!["day".to_owned()] } else { Vec::new() };
            warned(&TargetSpec { drop, time, ..TargetSpec::new("y") }, 200, &[("day", values.clone())], |i, _| noise(i))
        };
        let found = of(None);
        assert!(found.len() == 1 && found[0].contains("`ColumnRoles::time = \"day\"`"), "{found:?}");
        assert_eq!(of(Some("day".into())), Vec::<String>::new());
    }
}
