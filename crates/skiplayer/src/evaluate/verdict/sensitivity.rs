//! The verdict again under other conditions: without the rows that pull most on a line, and on another scale of the target.

use super::judge::{Judgement, Rule, judge};
use crate::Result;
use crate::encode::Task;
use crate::evaluate::compare::fold_scores::{Board, Truth};
use crate::evaluate::curvature::{Question, leverages};
use crate::evaluate::record::{Sensitivity, VerdictCode};
use crate::evaluate::resample::nested;
use crate::evaluate::resample::nested::Kind;
use crate::evaluate::resample::split::splits;
use crate::fit::{Config, Encoded, Event, Observer, Rows, Sample, Scheme, target_scales};
use crate::schema::{TargetSpec, prepare};
use crate::table::{Column, Table, Values};

/// Skewness from which the scale of a positive target is doubted.
const SKEWED: f64 = 1.0;
/// Share of rows that are left out for their leverage, and the least number of rows of which this is one at least.
const FAR_SHARE: f64 = 0.01;
const MIN_ROWS: usize = 100;
/// Outer folds on the logarithmic scale, and the rows up to which networks are trained for it.
const LOG_FOLDS: usize = 5;
const MOST_LOG_ROWS: usize = 5_000;

/// What was evaluated, and what came out.
pub struct Again<'a> {
    pub rows: &'a Rows<'a>,
    pub target: &'a TargetSpec,
    pub encoded: &'a Encoded,
    pub names: &'a [String],
    pub scheme: &'a Scheme,
    /// Of copies, which stay in one fold.
    pub identity: Option<&'a [usize]>,
    pub board: &'a Board<'a>,
    pub judgement: &'a Judgement,
    pub rule: Rule,
    /// Of fits in outer folds.
    pub config: &'a Config,
}

impl Again<'_> {
    /// All conditions that apply.
    ///
    /// # Errors
    /// Those of fits in folds.
    pub fn all(&self, observer: &dyn Observer) -> Result<Vec<Sensitivity>> {
        let mut found = Vec::new();
        if self.encoded.sample.n_rows() >= MIN_ROWS {
            found.push(self.without_highest_leverage());
        }
        if !observer.interrupted()
            && let Some(table) = self.log_target()
        {
            found.push(self.for_logarithm(&table, observer)?);
        }
        Ok(found)
    }

    /// The battery without these rows, and the losses that were measured on the others.
    fn without_highest_leverage(&self) -> Sensitivity {
        let sample = &self.encoded.sample;
        let n = sample.n_rows();
        let leverage = leverages(sample);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| leverage[a].total_cmp(&leverage[b]));
        order.truncate(n - (FAR_SHARE * n as f64).ceil() as usize);
        order.sort_unstable();
        let mut kept = vec![false; n];
        order.iter().for_each(|&i| kept[i] = true);
        let question = Question::new(&only(sample, &order), self.names, &only_scheme(self.scheme, &order));
        let curvature = question.curvature(self.config.seed);
        let board = Board { kept: Some(&kept), ..*self.board };
        let again = judge(&board, &curvature, self.rule);
        self.told("without the 1% of rows with the highest leverage", curvature.p_value, &again)
    }

    /// The table with the logarithm of its target, where that is positive and skewed.
    fn log_target(&self) -> Option<Table> {
        let prepared = self.rows.prepared;
        if prepared.task != Task::Regression || prepared.targets.len() != 1 {
            return None;
        }
        let name = &prepared.targets[0];
        let Values::Numeric(values) = &self.rows.table.column(name)?.values else { return None };
        let y: Vec<f64> = prepared.rows.iter().map(|&i| values[i]).collect();
        let n = y.len() as f64;
        let mean = y.iter().sum::<f64>() / n;
        let moment = |k: i32| y.iter().map(|y| (y - mean).powi(k)).sum::<f64>() / n;
        let skewness = moment(3) / moment(2).powf(1.5);
        if skewness <= SKEWED || !y.iter().all(|y| *y > 0.0) {
            return None;
        }
        let columns = self.rows.table.columns().iter().map(|column| match &column.values {
            // Rows that take no part may hold anything.
            Values::Numeric(values) if column.name == *name => {
                let logs = values.iter().map(|y| if *y > 0.0 { y.ln() } else { f64::NAN }).collect();
                Column::new(name.clone(), Values::Numeric(logs))
            }
            _ => column.clone(),
        });
        Table::new(columns.collect()).ok()
    }

    /// The battery, and for tables of some size nested cross-validation with half the folds, of line and network alone.
    fn for_logarithm(&self, table: &Table, observer: &dyn Observer) -> Result<Sensitivity> {
        let target = TargetSpec { task: Some(Task::Regression), ..self.target.clone() };
        let prepared = prepare(table, &target)?;
        let scales = target_scales(table, &prepared);
        let rows = Rows { table, prepared: &prepared, scales: &scales };
        let encoded = rows.encode(&(0..prepared.rows.len()).collect::<Vec<usize>>())?;
        let curvature = Question::new(&encoded.sample, self.names, self.scheme).curvature(self.config.seed);
        let condition = "for the logarithm of the target";
        if prepared.rows.len() > MOST_LOG_ROWS {
            return Ok(self.asked(condition, curvature.p_value));
        }
        let kinds = [Kind::Mean, Kind::Linear, Kind::Network];
        let parts = splits(self.scheme, self.identity, LOG_FOLDS, self.config.seed, 0);
        let name = format!("the logarithm of the target: {} outer folds", parts.len());
        observer.event(Event::Stage { name, steps: parts.len() });
        let results = nested::run(&rows, &parts, &kinds, self.config, observer)?;
        if results.len() < parts.len() {
            return Ok(self.asked(condition, curvature.p_value));
        }
        let truth = Truth::new(&rows, &encoded, self.scheme);
        let board = Board {
            kinds: &kinds,
            results: &results,
            truth: &truth,
            kept: None,
            config: self.board.config,
            ..*self.board
        };
        let again = judge(&board, &curvature, Rule { folds: parts.len(), ..self.rule });
        Ok(self.told(condition, curvature.p_value, &again))
    }

    fn told(&self, condition: &str, p_value: Option<f64>, again: &Judgement) -> Sensitivity {
        let (before, after) = (self.judgement.verdict.code, again.verdict.code);
        let gain = again.gain.map(|gain| gain.mean);
        let seen = match (p_value, gain) {
            (Some(p), Some(gain)) => format!(" (curvature p = {p:.3}, gain {:.1}%)", 100.0 * gain),
            (None, Some(gain)) => format!(" (gain {:.1}%)", 100.0 * gain),
            _ => String::new(),
        };
        let text = if before == after {
            format!("the verdict stays the same{seen}")
        } else {
            format!("the verdict would be {}{seen}", words(after))
        };
        Sensitivity { condition: condition.into(), curvature_p_value: p_value, gain, verdict: Some(after), text }
    }

    /// Where no network was trained.
    fn asked(&self, condition: &str, p_value: Option<f64>) -> Sensitivity {
        let text = match p_value {
            None => "not tested".to_owned(),
            Some(p) => format!("curvature p = {p:.3}; no networks were trained"),
        };
        Sensitivity { condition: condition.into(), curvature_p_value: p_value, gain: None, verdict: None, text }
    }
}

fn words(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::Linear => "linear",
        VerdictCode::LinearPlusUnits => "linear plus hidden units",
        VerdictCode::Nonlinear => "nonlinear",
        VerdictCode::NoSignal => "no signal",
        VerdictCode::Undecided => "undecided",
    }
}

fn only(sample: &Sample, rows: &[usize]) -> Sample {
    Sample {
        x: sample.x.select_rows(rows),
        y: sample.y.select_rows(rows),
        weight: rows.iter().map(|&i| sample.weight[i]).collect(),
        loss: sample.loss,
    }
}

fn only_scheme(scheme: &Scheme, rows: &[usize]) -> Scheme {
    match scheme {
        Scheme::Strata(strata) => Scheme::Strata(rows.iter().map(|&i| strata[i]).collect()),
        Scheme::Groups(groups) => Scheme::Groups(rows.iter().map(|&i| groups[i]).collect()),
        Scheme::Time(time) => Scheme::Time(rows.iter().map(|&i| time[i]).collect()),
    }
}
