//! The verdict again under other conditions: without the rows that pull most on a line, and on another scale of the target.

use std::collections::HashSet;

use super::assess::{Assessment, Rule, assess};
use crate::Result;
use crate::encode::Task;
use crate::evaluate::compare::fold_scores::{FoldScores, Observed};
use crate::evaluate::curvature::{Question, influences, leverages, share_off_line};
use crate::evaluate::record::{Evaluation, Sensitivity, VerdictCode};
use crate::evaluate::resample::nested;
use crate::evaluate::resample::nested::ContenderKind;
use crate::evaluate::resample::split::splits;
use crate::evaluate::verdict::rule::p_value_text;
use crate::fit::{Config, Encoded, Event, Observer, Scheme};
use crate::schema::{ColumnRoles, Dataset};
use crate::stats::student_t_quantile;
use crate::table::{Column, MISSING, Table, Values};

/// Skewness from which the scale of a positive target is doubted.
const SKEWED: f64 = 1.0;
/// Largest over smallest value from which the scale of a positive column is doubted, and that of an input beside a target that is.
const WIDE: f64 = 10.0;
const WIDE_BESIDE_TARGET: f64 = 2.0;
/// Share of rows that are left out for their leverage, and the least number of rows of which this is one at least.
const FAR_SHARE: f64 = 0.01;
const MIN_ROWS: usize = 100;
/// Rows from which single ones are named, how many at most, and the level of the test that a row lies far off (Bonferroni).
const MIN_ROWS_OF_INFLUENCE: usize = 12;
const MOST_NAMED: usize = 5;
const OUTLIER_LEVEL: f64 = 0.01;
/// Outer folds on the logarithmic scale, and the rows up to which networks are trained for it.
const LOG_FOLDS: usize = 5;
const MOST_LOG_ROWS: usize = 5_000;

/// What was evaluated, and what came out.
pub struct SensitivityAnalysis<'a> {
    pub data: &'a Dataset<'a>,
    pub encoded: &'a Encoded,
    pub names: &'a [String],
    pub scheme: &'a Scheme,
    /// Of copies, which stay in one fold.
    pub identity: Option<&'a [usize]>,
    pub scores: &'a FoldScores<'a>,
    pub assessment: &'a Assessment,
    pub rule: Rule,
    /// Of fits in outer folds.
    pub config: &'a Config,
}

impl SensitivityAnalysis<'_> {
    /// All conditions that apply.
    ///
    /// # Errors
    /// Those of fits in folds.
    pub fn all(&self, observer: &dyn Observer) -> Result<Vec<Sensitivity>> {
        let mut found = Vec::new();
        if self.encoded.sample.n_rows() >= MIN_ROWS {
            found.push(self.without_highest_leverage());
        }
        found.extend(self.without_influential());
        if !observer.interrupted() {
            found.extend(self.on_other_scales(observer)?);
        }
        Ok(found)
    }

    /// The verdict without the rows that decide a line or lie far off it, each by name.
    fn without_influential(&self) -> Option<Sensitivity> {
        let sample = &self.encoded.sample;
        let n = sample.n_rows();
        let influences = influences(sample).filter(|_| n >= MIN_ROWS_OF_INFLUENCE)?;
        let far = student_t_quantile(1.0 - OUTLIER_LEVEL / (2.0 * n as f64), influences[0].degrees_of_freedom);
        let weight = |i: usize| influences[i].distance.max((influences[i].deleted_residual / far).powi(2));
        let mut rows: Vec<usize> = (0..n).filter(|&i| weight(i) > 1.0).collect();
        rows.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)));
        rows.truncate(MOST_NAMED);
        if rows.is_empty() {
            return None;
        }
        let named: Vec<String> = rows.iter().map(|&i| self.name_of_row(i)).collect();
        let order: Vec<usize> = (0..n).filter(|i| !rows.contains(i)).collect();
        let condition = format!("without {} (influential by Cook's distance, or outliers)", named.join(", "));
        let compared = self.without(&order, &condition);
        let advice = if compared.verdict == Some(self.assessment.verdict.code) { "" } else { "; check these rows" };
        Some(Sensitivity { text: compared.text.clone() + advice, ..compared })
    }

    /// "row 21", with what an identifying column calls it.
    fn name_of_row(&self, i: usize) -> String {
        let (schema, table) = (self.data.schema(), self.data.table());
        let row = schema.rows[i];
        let label = table.columns().iter().find_map(|column| match &column.values {
            Values::Categorical { codes, levels } if codes[row] != MISSING => {
                let different = schema.rows.iter().map(|&i| codes[i]).collect::<HashSet<_>>().len();
                (different == schema.rows.len()).then(|| levels[codes[row] as usize].clone())
            }
            _ => None,
        });
        let number = table.row_number(row);
        label.map_or_else(|| format!("row {number}"), |label| format!("row {number} (`{label}`)"))
    }

    fn without_highest_leverage(&self) -> Sensitivity {
        let n = self.encoded.sample.n_rows();
        let sample = &self.encoded.sample;
        let leverage = leverages(sample);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| leverage[a].total_cmp(&leverage[b]));
        order.truncate(n - (FAR_SHARE * n as f64).ceil() as usize);
        order.sort_unstable();
        self.without(&order, "without the 1% of rows with the highest leverage")
    }

    /// The battery of the rows `order` alone, and the losses that were measured on them.
    fn without(&self, order: &[usize], condition: &str) -> Sensitivity {
        let sample = &self.encoded.sample;
        let mut kept = vec![false; sample.n_rows()];
        order.iter().for_each(|&i| kept[i] = true);
        let question = Question::new(&sample.select_rows(order), self.names, &only_scheme(self.scheme, order));
        let curvature = question.curvature(self.config.seed);
        let scores = FoldScores { kept: Some(&kept), ..*self.scores };
        let other = assess(&scores, &curvature, self.rule, false);
        self.compared(condition, curvature.p_value, &other)
    }

    /// The numbers of a column in the rows that take part.
    fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        match &self.data.table().column(name)?.values {
            Values::Numeric(values) => Some(self.data.schema().rows.iter().map(|&i| values[i]).collect()),
            Values::Categorical { .. } => None,
        }
    }

    /// Whether a target is positive and skewed, so that its scale is in doubt.
    fn target_in_doubt(&self) -> bool {
        let schema = self.data.schema();
        let [name] = &schema.targets[..] else { return false };
        let Some(y) = self.numbers(name).filter(|_| schema.task == Task::Regression) else { return false };
        y.iter().all(|y| *y > 0.0) && (skewness(&y) > SKEWED || spans(&y, WIDE))
    }

    /// Inputs that are positive and whose largest value is `ratio` times the smallest.
    fn inputs_that_span(&self, ratio: f64) -> Vec<String> {
        let inputs = self.data.schema().inputs.iter();
        inputs.filter(|name| self.numbers(name).is_some_and(|x| spans(&x, ratio))).cloned().collect()
    }

    /// The table with logarithms of these columns.
    fn with_logarithms(&self, names: &[String]) -> Option<Table> {
        let columns = self.data.table().columns().iter().map(|column| match &column.values {
            // Rows that take no part may hold anything.
            Values::Numeric(values) if names.contains(&column.name) => {
                let logs = values.iter().map(|y| if *y > 0.0 { y.ln() } else { f64::NAN }).collect();
                Column::new(column.name.clone(), Values::Numeric(logs))
            }
            _ => column.clone(),
        });
        Table::new(columns.collect()).ok()
    }

    /// The verdict on other scales: of the target where that is skewed, and of the inputs that span a power of ten, with the target as it
    /// is or on its other scale, whichever a line fits better.
    fn on_other_scales(&self, observer: &dyn Observer) -> Result<Vec<Sensitivity>> {
        let target = if self.target_in_doubt() { self.data.schema().targets.clone() } else { Vec::new() };
        let mut found = Vec::new();
        if !target.is_empty() {
            found.extend(self.for_logarithms(&target, observer)?);
        }
        let is_settled = |code: Option<VerdictCode>| code == Some(VerdictCode::Linear);
        let is_linear =
            self.assessment.verdict.code == VerdictCode::Linear || found.iter().any(|s| is_settled(s.verdict));
        if !is_linear && !observer.interrupted() {
            let beside_target = |ratio: f64| {
                let inputs = if target.is_empty() { Vec::new() } else { self.inputs_that_span(ratio) };
                if inputs.is_empty() { inputs } else { [&target[..], &inputs[..]].concat() }
            };
            let candidates = [self.inputs_that_span(WIDE), beside_target(WIDE), beside_target(WIDE_BESIDE_TARGET)];
            // Without a numeric target there is one candidate, whatever its likelihood.
            let likelihood = |names: &Vec<String>| self.line_log_likelihood(names).unwrap_or(f64::NEG_INFINITY);
            let offered = candidates.into_iter().filter(|names| !names.is_empty());
            if let Some(names) = offered.max_by(|a, b| likelihood(a).total_cmp(&likelihood(b))) {
                found.extend(self.for_logarithms(&names, observer)?);
            }
        }
        Ok(found)
    }

    /// Log-likelihood of a Gaussian line with logarithms of these columns, of the target as it is in the table (Box & Cox 1964, equation 8),
    /// up to a constant.
    fn line_log_likelihood(&self, names: &[String]) -> Option<f64> {
        let data = self.with_table(self.with_logarithms(names)?).ok()?;
        let encoded = data.encode(&data.all()).ok()?;
        let [target] = &self.data.schema().targets[..] else { return None };
        let y = self.numbers(target)?;
        let n = y.len() as f64;
        let is_logarithm = names.contains(target);
        let scaled: Vec<f64> = if is_logarithm { y.iter().map(|y| y.ln()).collect() } else { y };
        let mean = scaled.iter().sum::<f64>() / n;
        let variance = scaled.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
        let log_jacobian = if is_logarithm { -scaled.iter().sum::<f64>() } else { 0.0 };
        Some(log_jacobian - n / 2.0 * (variance * share_off_line(&encoded.sample)).ln())
    }

    /// The data with another table of the same columns.
    fn with_table(&self, table: Table) -> Result<Dataset<'static>> {
        Dataset::new(table, ColumnRoles { task: Some(self.data.schema().task), ..self.data.roles().clone() })
    }

    /// The battery, and for tables of some size nested cross-validation with half the folds, of line and network alone.
    fn for_logarithms(&self, names: &[String], observer: &dyn Observer) -> Result<Option<Sensitivity>> {
        let Some(table) = self.with_logarithms(names) else { return Ok(None) };
        let data = self.with_table(table)?;
        if data.n_rows() != self.data.n_rows() {
            return Ok(None);
        }
        let encoded = data.encode(&data.all())?;
        let curvature = Question::new(&encoded.sample, self.names, self.scheme).curvature(self.config.seed);
        let condition = self.scale_in_words(names);
        if data.n_rows() > MOST_LOG_ROWS {
            return Ok(Some(self.without_networks(&condition, curvature.p_value)));
        }
        let kinds = [ContenderKind::Mean, ContenderKind::Linear, ContenderKind::Network];
        let parts = splits(self.scheme, self.identity, LOG_FOLDS, self.config.seed, 0);
        let name = format!("logarithms: {} outer folds", parts.len());
        observer.event(Event::Stage { name, steps: parts.len() });
        let results = nested::run(&data, &parts, &kinds, self.config, observer)?;
        if results.len() < parts.len() || results.len() < 2 {
            return Ok(Some(self.without_networks(&condition, curvature.p_value)));
        }
        let observed = Observed::new(&data, &encoded, self.scheme);
        let scores = FoldScores {
            kinds: &kinds,
            results: &results,
            observed: &observed,
            kept: None,
            config: self.scores.config,
            ..*self.scores
        };
        let other = assess(&scores, &curvature, Rule { folds: parts.len(), ..self.rule }, false);
        let sensitivity = self.compared(&condition, curvature.p_value, &other);
        Ok(Some(Sensitivity { logarithms: names.to_vec(), ..sensitivity }))
    }

    /// "for the logarithm of the target", "for logarithms of the target, `x` and `z`".
    fn scale_in_words(&self, names: &[String]) -> String {
        let is_target = |name: &String| self.data.schema().targets.contains(name);
        let words: Vec<String> =
            names.iter().map(|name| if is_target(name) { "the target".into() } else { format!("`{name}`") }).collect();
        match &words[..] {
            [only] => format!("for the logarithm of {only}"),
            [first @ .., last] => format!("for logarithms of {} and {last}", first.join(", ")),
            [] => String::new(),
        }
    }

    fn compared(&self, condition: &str, p_value: Option<f64>, other: &Assessment) -> Sensitivity {
        let (before, after) = (self.assessment.verdict.code, other.verdict.code);
        let gain = other.gain.map(|gain| gain.mean);
        let seen = match (p_value, gain) {
            (Some(p), Some(gain)) => format!(" (curvature p = {}, gain {:.1}%)", p_value_text(p), 100.0 * gain),
            (None, Some(gain)) => format!(" (gain {:.1}%)", 100.0 * gain),
            _ => String::new(),
        };
        let text = if before == after {
            format!("the verdict stays the same{seen}")
        } else {
            format!("the verdict would be {}{seen}", after.words())
        };
        let logarithms = Vec::new();
        Sensitivity {
            condition: condition.into(),
            curvature_p_value: p_value,
            gain,
            verdict: Some(after),
            text,
            logarithms,
        }
    }

    /// Where no network was trained.
    fn without_networks(&self, condition: &str, p_value: Option<f64>) -> Sensitivity {
        let text = match p_value {
            None => "not tested".to_owned(),
            Some(p) => format!("curvature p = {}; no networks were trained", p_value_text(p)),
        };
        let logarithms = Vec::new();
        Sensitivity {
            condition: condition.into(),
            curvature_p_value: p_value,
            gain: None,
            verdict: None,
            text,
            logarithms,
        }
    }
}

/// The logarithmic scale that comes first, and why: a line is enough there and not here, or there is a signal only there.
fn better_scale(found: &[Sensitivity], code: VerdictCode) -> Option<(&'static str, &Sensitivity)> {
    let on_logarithms = |wanted: fn(VerdictCode) -> bool| {
        found
            .iter()
            .find(|s| !s.logarithms.is_empty() && s.verdict.is_some_and(wanted) && s.curvature_p_value.is_some())
    };
    match code {
        VerdictCode::Linear => None,
        VerdictCode::NoSignal => Some(("There is a signal", on_logarithms(|code| code != VerdictCode::NoSignal)?)),
        _ => Some(("A linear model is enough", on_logarithms(|code| code == VerdictCode::Linear)?)),
    }
}

/// The columns whose logarithms the first paragraph advises to take, if it does.
pub fn advised_logarithms(evaluation: &Evaluation) -> Option<&[String]> {
    let (_, scale) = better_scale(&evaluation.sensitivity, evaluation.verdict.code)?;
    Some(&scale.logarithms)
}

/// The sentences that come first where another scale is the answer.
pub fn scale_first(found: &[Sensitivity], code: VerdictCode) -> Option<String> {
    let (what, scale) = better_scale(found, code)?;
    let p = scale.curvature_p_value.map_or(String::new(), |p| format!(" (curvature p = {})", p_value_text(p)));
    let columns: Vec<String> = scale.logarithms.iter().map(|name| format!("`{name}`")).collect();
    Some(format!(
        "{what} on another scale: {} the verdict is \"{}\"{p}. Take logarithms of {} before the fit. On the scale of the table: ",
        scale.condition,
        scale.verdict.map_or("", VerdictCode::words),
        columns.join(", ")
    ))
}

/// Third standardised moment.
fn skewness(y: &[f64]) -> f64 {
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let moment = |k: i32| y.iter().map(|y| (y - mean).powi(k)).sum::<f64>() / n;
    moment(3) / moment(2).powf(1.5)
}

/// Whether all numbers are positive and the largest is more than `ratio` times the smallest.
fn spans(x: &[f64], ratio: f64) -> bool {
    let (lo, hi) = x.iter().fold((f64::INFINITY, 0.0_f64), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    x.iter().all(|v| *v > 0.0) && hi > ratio * lo
}

fn only_scheme(scheme: &Scheme, rows: &[usize]) -> Scheme {
    match scheme {
        Scheme::Strata(strata) => Scheme::Strata(rows.iter().map(|&i| strata[i]).collect()),
        Scheme::Groups(groups) => Scheme::Groups(rows.iter().map(|&i| groups[i]).collect()),
        Scheme::Time(time) => Scheme::Time(rows.iter().map(|&i| time[i]).collect()),
    }
}
