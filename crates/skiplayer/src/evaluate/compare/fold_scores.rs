//! What came out of the folds, put together by contender.

use std::collections::HashSet;

use super::calibration::calibration;
use super::gain::FoldLoss;
use super::metrics::{Predicted, headline, scores};
use super::survival::SurvivalTold;
use crate::encode::Task;
use crate::evaluate::record::{ContenderScores, RowPrediction};
use crate::evaluate::resample::nested::{ContenderKind, FoldResult};
use crate::fit::{Config, Encoded, Scheme};
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::random::{Purpose, Random};
use crate::schema::Dataset;
use crate::survival::{Durations, Horizon};

/// Out-of-fold rows that a record keeps, for plots.
const KEPT_ROWS: usize = 2_000;

/// Stretches of time whose errors are taken to be independent of each other.
const STRETCHES: usize = 20;

/// What was observed, in the target's units, for all usable rows.
pub struct Observed {
    /// (n, K)
    pub response: Matrix,
    pub weight: Vec<f64>,
    /// Of durations their times and strata, and up to when they are judged; the response says which ended with an event.
    pub durations: Option<(Durations, Horizon)>,
    /// Rows that vary together, for standard errors: groups, or stretches of time. `None`: each on its own.
    pub cluster: Option<Vec<usize>>,
}

impl Observed {
    /// From all usable rows, encoded.
    pub fn new(data: &Dataset, encoded: &Encoded, scheme: &Scheme) -> Self {
        let y = &encoded.sample.y;
        let response = match encoded.target.task {
            Task::Ordinal => {
                let is_of = |i: usize, class: usize| f64::from(u8::from(y.get(i, 0) == class as f64));
                Matrix::from_fn(y.n_rows(), encoded.target.classes.len(), is_of)
            }
            _ => Matrix::from_fn(y.n_rows(), y.n_columns(), |i, o| encoded.target.unit(o).invert(y.get(i, o))),
        };
        let cluster = match scheme {
            Scheme::Strata(_) => None,
            Scheme::Groups(groups) => Some(groups.clone()),
            Scheme::Time(_) => Some(scheme.assign(STRETCHES, &mut Random::of(0, Purpose::OuterFolds, 0)).0),
        };
        let weight = data.schema().weight.clone();
        let durations = encoded.sample.durations.as_ref().map(|own| {
            let horizon = Horizon::new(own, response.column(0), &weight);
            (own.clone(), horizon)
        });
        Self { response, weight, durations, cluster }
    }
}

/// The network that the folds of the others prefer, fold by fold.
pub struct BestNetwork {
    /// Which it is, if that is the same in all folds.
    pub kind: Option<ContenderKind>,
    /// The linear model (a) and the network (b).
    pub losses: Vec<FoldLoss>,
    /// Whether it had hidden units in any fold.
    pub has_units: bool,
}

/// The results of all folds, by contender.
#[derive(Clone, Copy)]
pub struct FoldScores<'a> {
    pub kinds: &'a [ContenderKind],
    pub config: &'a Config,
    pub results: &'a [FoldResult],
    pub observed: &'a Observed,
    pub loss: Loss,
    /// Rows on which losses are compared; `None`: all.
    pub kept: Option<&'a [bool]>,
}

impl FoldScores<'_> {
    fn task(&self) -> Task {
        Task::of_loss(self.loss.kind())
    }

    fn place(&self, kind: ContenderKind) -> Option<usize> {
        self.kinds.iter().position(|k| *k == kind)
    }

    fn fold_mean(&self, values: &[f64], test: &[usize]) -> f64 {
        let weight = |i: usize| if self.is_kept(i) { self.observed.weight[i] } else { 0.0 };
        let total: f64 = test.iter().map(|&i| weight(i)).sum();
        values.iter().zip(test).map(|(v, &i)| v * weight(i)).sum::<f64>() / total
    }

    /// Rows on which losses are compared.
    pub fn n_rows(&self) -> usize {
        (0..self.observed.weight.len()).filter(|&i| self.is_kept(i)).count()
    }

    fn is_kept(&self, row: usize) -> bool {
        self.kept.is_none_or(|kept| kept[row])
    }

    /// Mean losses of contenders a and b in every fold; `None` where one of them did not take part.
    pub fn fold_losses(&self, a: ContenderKind, b: ContenderKind) -> Option<Vec<FoldLoss>> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        let of = |r: &FoldResult| FoldLoss {
            a: self.fold_mean(&r.entries[a].deviance, &r.split.test),
            b: self.fold_mean(&r.entries[b].deviance, &r.split.test),
            n_train: r.split.train.len(),
            n_test: r.split.test.len(),
        };
        Some(self.tested().map(of).collect())
    }

    /// The losses of the linear model and of the best network, which is chosen in each fold by the losses of the folds that share no
    /// test row with it: what choosing costs is paid for (cf. Varma & Simon 2006, "Bias in error estimation when using
    /// cross-validation for model selection"). The deployed procedure stands unless another network saves a share `rope` more.
    pub fn best_network(&self, rope: f64) -> Option<BestNetwork> {
        let kinds = [ContenderKind::Network, ContenderKind::NoSkip, ContenderKind::Shallow];
        let losses: Vec<(ContenderKind, Vec<FoldLoss>)> =
            kinds.into_iter().filter_map(|kind| Some((kind, self.fold_losses(ContenderKind::Linear, kind)?))).collect();
        let n_folds = losses.first()?.1.len();
        let tests: Vec<&[usize]> = self.tested().map(|r| &r.split.test[..]).collect();
        let mut picked = Vec::with_capacity(n_folds);
        for fold in 0..n_folds {
            let own: HashSet<usize> = tests[fold].iter().copied().collect();
            let others: Vec<usize> =
                (0..n_folds).filter(|&f| f != fold && tests[f].iter().all(|i| !own.contains(i))).collect();
            let mean = |of: &[FoldLoss]| others.iter().map(|&f| of[f].b).sum::<f64>();
            let standing = mean(&losses[0].1);
            let best = (1..losses.len())
                .filter(|&at| mean(&losses[at].1) < (1.0 - rope) * standing)
                .min_by(|&a, &b| mean(&losses[a].1).total_cmp(&mean(&losses[b].1)))
                .unwrap_or(0);
            picked.push((best, losses[best].1[fold]));
        }
        let (first, _) = *picked.first()?;
        let is_one = picked.iter().all(|(best, _)| *best == first);
        let places: Vec<Option<usize>> = losses.iter().map(|(kind, _)| self.place(*kind)).collect();
        let has_units = self
            .tested()
            .zip(&picked)
            .any(|(result, (best, _))| places[*best].is_some_and(|at| result.entries[at].n_units > 0));
        let losses_picked = picked.into_iter().map(|(_, loss)| loss).collect();
        Some(BestNetwork { kind: is_one.then_some(losses[first].0), losses: losses_picked, has_units })
    }

    /// Shares of the loss of the mean that the linear model and the network of `losses` remove, out of fold.
    pub fn explained(&self, losses: &[FoldLoss]) -> Option<(f64, f64)> {
        let of_mean = self.fold_losses(ContenderKind::Linear, ContenderKind::Mean)?;
        let sum =
            |losses: &[FoldLoss], of: fn(&FoldLoss) -> f64| losses.iter().map(|f| f.n_test as f64 * of(f)).sum::<f64>();
        let null = sum(&of_mean, |f| f.b);
        (null > 0.0).then(|| (1.0 - sum(losses, |f| f.a) / null, 1.0 - sum(losses, |f| f.b) / null))
    }

    /// Folds in which some row is compared.
    fn tested(&self) -> impl Iterator<Item = &FoldResult> {
        self.results.iter().filter(|r| r.split.test.iter().any(|&i| self.is_kept(i)))
    }

    /// Out-of-fold shares of the loss of the mean that the projected linear part and the rest of the network remove.
    pub fn shares(&self) -> (f64, f64) {
        let (mean, network) = (self.place(ContenderKind::Mean), self.place(ContenderKind::Network));
        let (Some(mean), Some(network)) = (mean, network) else { return (0.0, 0.0) };
        let total = |of: &dyn Fn(&FoldResult) -> &[f64]| -> f64 {
            let sum = |r: &FoldResult| -> f64 {
                of(r).iter().zip(&r.split.test).map(|(v, &i)| v * self.observed.weight[i]).sum()
            };
            self.results.iter().map(sum).sum()
        };
        let null = total(&|r| &r.entries[mean].deviance).max(f64::MIN_POSITIVE);
        let (line, full) = (total(&|r| &r.linear_part), total(&|r| &r.entries[network].deviance));
        (1.0 - line / null, (line - full) / null)
    }

    /// The scores of a contender; a row counts once, however many repeats tested it.
    pub fn scores(&self, kind: ContenderKind) -> ContenderScores {
        let at = self.place(kind).unwrap_or(0);
        let n_outputs = self.observed.response.n_columns();
        // Each row's losses and predictions averaged over repeats.
        let n = self.observed.response.n_rows();
        let mut count = vec![0.0; n];
        let mut brier = vec![0.0; n];
        let mut deviance = vec![0.0; n];
        let mut mean = Matrix::zeros(n, n_outputs);
        for result in self.results {
            for (t, &i) in result.split.test.iter().enumerate() {
                count[i] += 1.0;
                deviance[i] += result.entries[at].deviance[t];
                brier[i] += result.entries[at].brier.get(t).copied().unwrap_or(0.0);
                (0..n_outputs).for_each(|o| mean.column_mut(o)[i] += result.entries[at].mean.get(t, o));
            }
        }
        let tested: Vec<usize> = (0..n).filter(|&i| count[i] > 0.0).collect();
        let averaged = Matrix::from_fn(tested.len(), n_outputs, |t, o| mean.get(tested[t], o) / count[tested[t]]);
        let of = |values: &[f64]| tested.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let cluster =
            self.observed.cluster.as_ref().map(|cluster| tested.iter().map(|&i| cluster[i]).collect::<Vec<usize>>());
        let durations = self.observed.durations.as_ref().map(|(own, horizon)| (own.select_rows(&tested), horizon));
        let brier: Vec<f64> = tested.iter().map(|&i| brier[i] / count[i]).collect();
        let survival =
            durations.as_ref().map(|(durations, horizon)| SurvivalTold { durations, horizon, brier: &brier });
        let predicted = Predicted {
            task: self.task(),
            levels: self.loss.levels(),
            observed: &self.observed.response.select_rows(&tested),
            mean: &averaged,
            weight: &of(&self.observed.weight),
            deviance: &tested.iter().map(|&i| deviance[i] / count[i]).collect::<Vec<f64>>(),
            cluster: cluster.as_deref(),
            survival,
        };
        let all = scores(&predicted);
        let fold_score = |r: &FoldResult| {
            let entry = &r.entries[at];
            let weight: Vec<f64> = r.split.test.iter().map(|&i| self.observed.weight[i]).collect();
            let observed = self.observed.response.select_rows(&r.split.test);
            let predicted = Predicted {
                task: self.task(),
                levels: self.loss.levels(),
                observed: &observed,
                mean: &entry.mean,
                weight: &weight,
                deviance: &entry.deviance,
                cluster: None,
                survival: None,
            };
            scores(&predicted)[0].mean
        };
        ContenderScores {
            name: kind.name(self.config),
            metric: headline(self.task(), self.loss.levels()).into(),
            mean: all[0].mean,
            se: all[0].se,
            folds: self.results.iter().map(fold_score).collect(),
            scores: all,
            units: self.results.iter().map(|r| r.entries[at].n_units).collect(),
            calibration: if kind == ContenderKind::Mean { None } else { calibration(&predicted) },
            quantiles: predicted.quantiles(),
        }
    }

    /// One an evaluated row of the first repeat, thinned evenly if there are many.
    pub fn row_predictions(&self, first: &[&FoldResult], table_rows: &[usize]) -> Vec<RowPrediction> {
        let (Some(linear), Some(network)) = (self.place(ContenderKind::Linear), self.place(ContenderKind::Network))
        else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (fold, result) in first.iter().enumerate() {
            for (t, &i) in result.split.test.iter().enumerate() {
                let class = (0..self.observed.response.n_columns()).find(|&c| self.observed.response.get(i, c) > 0.5);
                let value = |at: usize| {
                    let mean = &result.entries[at].mean;
                    match (self.task(), class) {
                        (Task::Binary, None) => 1.0 - mean.get(t, 0),
                        (Task::Multiclass | Task::Ordinal, Some(class)) => mean.get(t, class),
                        _ => mean.get(t, self.loss.middle_output()),
                    }
                };
                let observed = if self.task().is_classification() { 1.0 } else { self.observed.response.get(i, 0) };
                let (linear, network) = (value(linear), value(network));
                rows.push(RowPrediction { row: table_rows[i], fold, observed, linear, network });
            }
        }
        rows.sort_by_key(|r| r.row);
        let every = rows.len().div_ceil(KEPT_ROWS).max(1);
        rows.into_iter().step_by(every).collect()
    }
}
