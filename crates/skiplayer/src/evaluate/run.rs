//! The whole of an evaluation.

use super::conformal::{IntervalModel, cv_plus, quantile};
use super::curvature::{Question, sensitivity};
use super::gain::{FoldLoss, compare};
use super::leakage;
use super::metrics::{Predicted, headline, scores};
use super::nested::{self, FoldResult, Kind, contenders};
use super::options::EvaluationOptions;
use super::record::{Comparison, ContenderScores, Design, Evaluation, Gain, Intervals, RowPrediction, SplitKind};
use super::split::{self, Split, splits};
use super::verdict::{self, Evidence};
use crate::data::{Matrix, Table, TargetSpec, Task, prepare};
use crate::fit::{Config, Event, Observer, Rows, target_scales};
use crate::{Error, Result};

/// Out-of-fold rows that a record keeps, for plots.
const KEPT_ROWS: usize = 2_000;

/// Evaluates the procedure that `fit` with `config` is, on the same table: nested cross-validation of the contenders, tests
/// of curvature, the verdict, and the models behind prediction intervals.
///
/// # Errors
/// Those of [`fit`](crate::fit::fit()), and options that cannot be meant.
pub fn evaluate(
    table: &Table,
    target: &TargetSpec,
    config: &Config,
    options: &EvaluationOptions,
    observer: &dyn Observer,
) -> Result<(Evaluation, Option<IntervalModel>)> {
    config.check()?;
    options.check()?;
    let prepared = prepare(table, target)?;
    let scales = target_scales(table, &prepared);
    let rows = Rows { table, prepared: &prepared, scales: &scales };
    let n = prepared.rows.len();
    let scheme = rows.scheme()?;
    let kinds = contenders(config);
    let fold_config = options.fold_config(config);
    let (folds, repeats) = (options.folds_for(n), options.repeats_for(n));
    let in_time = split::kind(&scheme) == SplitKind::ForwardInTime;
    let repeats = if in_time { 1 } else { repeats };
    let divided: Vec<Vec<Split>> = (0..repeats).map(|r| splits(&scheme, folds, config.seed, r)).collect();
    let k = divided[0].len();
    if k < 2 {
        return Err(Error::input("--folds", format!("{k} usable fold from {n} rows"))
            .expected("at least two folds")
            .hint("more rows, more groups or times, or `--no-evaluate`"));
    }
    let all: Vec<Split> = divided.into_iter().flatten().collect();
    let name = format!("evaluation: {} outer folds, {} contenders", all.len(), kinds.len());
    observer.event(Event::Stage { name, steps: all.len() });
    let results = nested::run(&rows, &all, &kinds, &fold_config, observer)?;
    let finished = results.len();
    if finished < 2 {
        return Err(Error::failure("evaluation", format!("time ran out after {finished} of {} folds", all.len()))
            .hint("a larger `--max-seconds`, fewer `--folds`, or `--no-evaluate`"));
    }
    let whole: Vec<usize> = (0..n).collect();
    let encoded = rows.encode(&whole)?;
    let names = encoded.encoding.feature_names();
    let question = Question::new(&encoded.sample, &names, &scheme);
    let curvature = question.curvature(config.seed);
    let linearity_tests = question.classical();

    let truth = Truth::new(table, &rows)?;
    let board = Board { kinds: &kinds, config, results: &results, truth: &truth, task: prepared.task };
    let losses = |a: Kind, b: Kind| board.fold_losses(a, b);
    let versus = |a: Kind, b: Kind| -> Option<Comparison> {
        compare(&a.name(config), &b.name(config), &losses(a, b)?, k, options.rope, !in_time)
    };
    let comparisons: Vec<Comparison> = [
        (Kind::Mean, Kind::Linear),
        (Kind::Linear, Kind::Network),
        (Kind::NoSkip, Kind::Network),
        (Kind::Shallow, Kind::Network),
    ]
    .into_iter()
    .filter_map(|(a, b)| versus(a, b))
    .collect();
    let gain_of = |a: Kind, b: Kind| -> Option<Gain> { versus(a, b).map(|c| c.gain) };
    let gain = gain_of(Kind::Linear, Kind::Network);
    let verdict = verdict::decide(&Evidence {
        curvature: &curvature,
        gain: gain.as_ref(),
        linear_over_mean: gain_of(Kind::Mean, Kind::Linear).as_ref(),
        skip: gain_of(Kind::NoSkip, Kind::Network).as_ref(),
    });
    let (linear_share, nonlinear_share) = board.shares();

    let first = &results[..results.iter().position(|r| r.split == all[k - 1]).map_or(finished.min(k), |at| at + 1)];
    let intervals = interval_model(first, prepared.task, &truth, in_time);
    let summary = intervals.as_ref().map(|model| interval_summary(model, first, &truth, prepared.task, options.level));
    let mut warnings = leakage::warnings(table, &prepared, &encoded);
    if finished < all.len() {
        warnings.push(format!("the evaluation was stopped after {finished} of {} folds", all.len()));
    }
    let sensitivity = sensitivity(&encoded.sample, &names, &scheme, table, &prepared, curvature.p_value, config.seed);
    let evaluation = Evaluation {
        verdict,
        sensitivity,
        curvature,
        gain,
        linear_share,
        nonlinear_share,
        contenders: kinds.iter().map(|&kind| board.scores(kind)).collect(),
        comparisons,
        linearity_tests,
        design: Design {
            split: split::kind(&scheme),
            folds: k,
            repeats,
            finished,
            column: target.group.clone().or_else(|| target.time.clone()),
        },
        intervals: summary,
        rows: board.row_predictions(first, &prepared.rows),
        warnings,
    };
    Ok((evaluation, intervals))
}

/// What was observed, in the target's units, for all usable rows.
struct Truth {
    /// (n, K)
    observed: Matrix,
    weight: Vec<f64>,
}

impl Truth {
    fn new(table: &Table, rows: &Rows) -> Result<Self> {
        let whole: Vec<usize> = (0..rows.prepared.rows.len()).collect();
        let encoded = rows.encode(&whole)?;
        let y = encoded.target.encode(table, &rows.prepared.rows)?;
        let observed = Matrix::from_fn(y.n_rows(), y.n_columns(), |i, o| match encoded.target.task {
            Task::Regression => encoded.target.standard[o].invert(y.get(i, o)),
            _ => y.get(i, o),
        });
        Ok(Self { observed, weight: rows.prepared.weight.clone() })
    }
}

/// The results of all folds, by contender.
struct Board<'a> {
    kinds: &'a [Kind],
    config: &'a Config,
    results: &'a [FoldResult],
    truth: &'a Truth,
    task: Task,
}

impl Board<'_> {
    fn place(&self, kind: Kind) -> Option<usize> {
        self.kinds.iter().position(|k| *k == kind)
    }

    fn fold_mean(&self, values: &[f64], test: &[usize]) -> f64 {
        let total: f64 = test.iter().map(|&i| self.truth.weight[i]).sum();
        values.iter().zip(test).map(|(v, &i)| v * self.truth.weight[i]).sum::<f64>() / total
    }

    fn fold_losses(&self, a: Kind, b: Kind) -> Option<Vec<FoldLoss>> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        let of = |r: &FoldResult| FoldLoss {
            a: self.fold_mean(&r.entries[a].deviance, &r.split.test),
            b: self.fold_mean(&r.entries[b].deviance, &r.split.test),
            n_train: r.split.train.len(),
            n_test: r.split.test.len(),
        };
        Some(self.results.iter().map(of).collect())
    }

    /// Out-of-fold shares of the loss of the mean that the projected linear part and the rest of the network remove.
    fn shares(&self) -> (f64, f64) {
        let (mean, network) = (self.place(Kind::Mean), self.place(Kind::Network));
        let (Some(mean), Some(network)) = (mean, network) else { return (0.0, 0.0) };
        let total = |of: &dyn Fn(&FoldResult) -> &[f64]| -> f64 {
            let sum = |r: &FoldResult| -> f64 {
                of(r).iter().zip(&r.split.test).map(|(v, &i)| v * self.truth.weight[i]).sum()
            };
            self.results.iter().map(sum).sum()
        };
        let null = total(&|r| &r.entries[mean].deviance).max(f64::MIN_POSITIVE);
        let (line, full) = (total(&|r| &r.linear_part), total(&|r| &r.entries[network].deviance));
        (1.0 - line / null, (line - full) / null)
    }

    fn scores(&self, kind: Kind) -> ContenderScores {
        let at = self.place(kind).unwrap_or(0);
        let n_outputs = self.truth.observed.n_columns();
        // Each row's losses and predictions averaged over repeats: a row counts once.
        let n = self.truth.observed.n_rows();
        let mut count = vec![0.0; n];
        let mut deviance = vec![0.0; n];
        let mut mean = Matrix::zeros(n, n_outputs);
        for result in self.results {
            for (t, &i) in result.split.test.iter().enumerate() {
                count[i] += 1.0;
                deviance[i] += result.entries[at].deviance[t];
                (0..n_outputs).for_each(|o| mean.column_mut(o)[i] += result.entries[at].mean.get(t, o));
            }
        }
        let tested: Vec<usize> = (0..n).filter(|&i| count[i] > 0.0).collect();
        let averaged = Matrix::from_fn(tested.len(), n_outputs, |t, o| mean.get(tested[t], o) / count[tested[t]]);
        let of = |values: &[f64]| tested.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let predicted = Predicted {
            task: self.task,
            observed: &self.truth.observed.select_rows(&tested),
            mean: &averaged,
            weight: &of(&self.truth.weight),
            deviance: &tested.iter().map(|&i| deviance[i] / count[i]).collect::<Vec<f64>>(),
        };
        let scores = scores(&predicted);
        let fold_score = |r: &FoldResult| {
            let entry = &r.entries[at];
            let weight: Vec<f64> = r.split.test.iter().map(|&i| self.truth.weight[i]).collect();
            let observed = self.truth.observed.select_rows(&r.split.test);
            let predicted = Predicted {
                task: self.task,
                observed: &observed,
                mean: &entry.mean,
                weight: &weight,
                deviance: &entry.deviance,
            };
            super::metrics::scores(&predicted)[0].mean
        };
        ContenderScores {
            name: kind.name(self.config),
            metric: headline(self.task).into(),
            mean: scores[0].mean,
            se: scores[0].se,
            folds: self.results.iter().map(fold_score).collect(),
            scores,
            units: self.results.iter().map(|r| r.entries[at].n_units).collect(),
            seconds: None,
        }
    }

    /// One an evaluated row of the first repeat, thinned evenly if there are many.
    fn row_predictions(&self, first: &[FoldResult], table_rows: &[usize]) -> Vec<RowPrediction> {
        let (Some(linear), Some(network)) = (self.place(Kind::Linear), self.place(Kind::Network)) else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (fold, result) in first.iter().enumerate() {
            for (t, &i) in result.split.test.iter().enumerate() {
                let class = (0..self.truth.observed.n_columns()).find(|&c| self.truth.observed.get(i, c) > 0.5);
                let value = |at: usize| {
                    let mean = &result.entries[at].mean;
                    match (self.task, class) {
                        (Task::Binary, None) => 1.0 - mean.get(t, 0),
                        (Task::Multiclass, Some(class)) => mean.get(t, class),
                        _ => mean.get(t, 0),
                    }
                };
                let observed = if self.task.is_classification() { 1.0 } else { self.truth.observed.get(i, 0) };
                let (linear, network) = (value(linear), value(network));
                rows.push(RowPrediction { row: table_rows[i], fold, observed, linear, network });
            }
        }
        rows.sort_by_key(|r| r.row);
        let every = rows.len().div_ceil(KEPT_ROWS).max(1);
        rows.into_iter().step_by(every).collect()
    }
}

/// The models behind intervals, from the folds of one repeat; `None` if too few of them were finished.
fn interval_model(first: &[FoldResult], task: Task, truth: &Truth, in_time: bool) -> Option<IntervalModel> {
    let last = first.last()?;
    let network = |r: &FoldResult| r.entries.len() - 1;
    let lowest = (task == Task::Count).then_some(0.0);
    let residuals = |r: &FoldResult, o: usize| -> Vec<f64> {
        let mean = &r.entries[network(r)].mean;
        r.split.test.iter().enumerate().map(|(t, &i)| (truth.observed.get(i, o) - mean.get(t, o)).abs()).collect()
    };
    let n_outputs = truth.observed.n_columns();
    if task.is_classification() {
        let score = |r: &FoldResult, t: usize, i: usize| {
            let mean = &r.entries[network(r)].mean;
            match (task, (0..n_outputs).find(|&c| truth.observed.get(i, c) > 0.5)) {
                (Task::Binary, None) => mean.get(t, 0),
                (Task::Binary, Some(_)) => 1.0 - mean.get(t, 0),
                (_, class) => 1.0 - mean.get(t, class.unwrap_or(0)),
            }
        };
        let of = |r: &FoldResult| r.split.test.iter().enumerate().map(|(t, &i)| score(r, t, i)).collect::<Vec<f64>>();
        return Some(IntervalModel::Lac { scores: first.iter().flat_map(of).collect() });
    }
    if in_time {
        let residuals = (0..n_outputs).map(|o| residuals(last, o)).collect();
        return Some(IntervalModel::SplitInTime { residuals, lowest });
    }
    Some(IntervalModel::CvPlus {
        folds: first.iter().map(|r| r.model.clone()).collect(),
        residuals: (0..n_outputs).map(|o| first.iter().map(|r| residuals(r, o)).collect()).collect(),
        lowest,
    })
}

/// Coverage and width where each row is predicted by what did not see it: its interval rests on the residuals of the other
/// folds around its own fold's prediction.
fn interval_summary(model: &IntervalModel, first: &[FoldResult], truth: &Truth, task: Task, level: f64) -> Intervals {
    let (mut covered, mut width, mut count, mut plain_width) = (0.0, 0.0, 0.0, None);
    match model {
        IntervalModel::CvPlus { residuals, lowest, .. } => {
            for (f, result) in first.iter().enumerate() {
                let others: Vec<Vec<f64>> =
                    (0..first.len()).filter(|g| *g != f).map(|g| residuals[0][g].clone()).collect();
                let mean = &result.entries[result.entries.len() - 1].mean;
                for (t, &i) in result.split.test.iter().enumerate() {
                    let (low, high) = cv_plus(others.iter().map(|r| (mean.get(t, 0), r)), level);
                    let low = lowest.map_or(low, |lowest| low.max(lowest));
                    let y = truth.observed.get(i, 0);
                    covered += f64::from(u8::from(low <= y && y <= high));
                    width += high - low;
                    count += 1.0;
                }
            }
            let mut pooled: Vec<f64> = residuals[0].iter().flatten().copied().collect();
            plain_width = Some(2.0 * quantile(&mut pooled, level)).filter(|w| w.is_finite());
        }
        IntervalModel::SplitInTime { residuals, .. } => {
            // The stretch before the last calibrates, the last tests.
            if let [.., before, last] = first {
                let mean = &before.entries[before.entries.len() - 1].mean;
                let mut earlier: Vec<f64> = before
                    .split
                    .test
                    .iter()
                    .enumerate()
                    .map(|(t, &i)| (truth.observed.get(i, 0) - mean.get(t, 0)).abs())
                    .collect();
                let reach = quantile(&mut earlier, level);
                covered = residuals[0].iter().filter(|r| **r <= reach).count() as f64;
                width = 2.0 * reach * residuals[0].len() as f64;
                count = last.split.test.len() as f64;
            }
        }
        IntervalModel::Lac { scores } => {
            let bar = model.least_probability(level).unwrap_or(0.0);
            for result in first {
                let mean = &result.entries[result.entries.len() - 1].mean;
                for t in 0..mean.n_rows() {
                    let size = match task {
                        Task::Binary => [mean.get(t, 0), 1.0 - mean.get(t, 0)].iter().filter(|p| **p >= bar).count(),
                        _ => (0..mean.n_columns()).filter(|&c| mean.get(t, c) >= bar).count(),
                    };
                    width += size as f64;
                    count += 1.0;
                }
            }
            covered = scores.iter().filter(|s| 1.0 - **s >= bar).count() as f64;
        }
    }
    let count = if count > 0.0 { count } else { 1.0 };
    Intervals { method: model.name().into(), level, coverage: covered / count, mean_width: width / count, plain_width }
}
