//! Contenders in inner folds, of which those that cannot win any more run no further.
//!
//! In the first folds everybody runs, but one start tells which width of the dense networks is worth the others, and networks
//! without a skip take over the width of those with one. What is then behind by more than the folds that are left are likely to
//! mend is given up. Only losses on rows that a fold has not seen decide, and every fold begins from nothing.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::folds::Resample;
use super::paired::{REQUIRED_GAIN, is_out_of_reach, paired_gain, weighted_mean};
use super::plan::{DenseKind, Plan};
use super::trials::{FoldRun, Task, Trial};
use crate::Result;
use crate::fit::contenders::dense;
use crate::fit::laplace::train::Member;
use crate::fit::laplace::work;
use crate::fit::observer::Event;
use crate::fit::path::elastic_net::{Paths, Point};
use crate::fit::summary::Form;

/// Standard errors by which a width has to be behind another, one start each, to be given up.
const CLEARLY: f64 = 1.0;
/// Share of the loss of a constant below which one start says nothing of the next: where hardly any noise is left starts differ by
/// more than widths do (*k401k* of R's wooldridge, a quotient of two columns).
const NEARLY_EXACT: f64 = 0.01;

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Constant,
    Linear,
    /// The line at this point of a path of the elastic net.
    OnPath(Point),
    Sparse,
    Dense(DenseKind),
}

impl Kind {
    pub fn is_network(self) -> bool {
        matches!(self, Self::Sparse | Self::Dense(_))
    }

    pub fn dense(self) -> Option<DenseKind> {
        match self {
            Self::Dense(kind) => Some(kind),
            _ => None,
        }
    }
}

/// A contender, and how it did in the folds that it has run in, which are the first ones.
pub struct Entry {
    pub kind: Kind,
    pub trials: Vec<Trial>,
    /// Dense starts in each fold.
    starts: Vec<Vec<Member>>,
    /// Dense starts that a fold is given.
    n_starts: usize,
}

impl Entry {
    fn new(kind: Kind, plan: &Plan) -> Self {
        Self { kind, trials: Vec::new(), starts: Vec::new(), n_starts: plan.fold_members }
    }

    /// [Work](work) of a dense start.
    pub fn work_of_start(&self) -> f64 {
        dense::mean_work(self.starts.iter().flatten())
    }

    pub fn has_converged(&self) -> bool {
        have_converged(&self.trials)
    }
}

fn have_converged(trials: &[Trial]) -> bool {
    trials.iter().all(|trial| trial.converged)
}

/// Rows that a fold holds out, and those that it trains on.
pub type Parts = (Vec<usize>, Vec<usize>);

/// A race, and then its result.
pub struct Race<'a> {
    task: Task<'a>,
    weight: &'a [f64],
    groups: Option<&'a [usize]>,
    folds: Vec<FoldRun>,
    n_folds: usize,
    pub entries: Vec<Entry>,
}

/// Runs the contenders over the folds `parts`: all of them in the first `n_first`, then those that may still win, and at last the lines on
/// `paths`.
pub fn run<'a>(
    parts: &[Parts],
    n_first: usize,
    resample: &'a dyn Resample,
    weight: &'a [f64],
    paths: &Paths,
    task: Task<'a>,
) -> Result<Race<'a>> {
    let Task { plan, config, .. } = task;
    let mut kinds = vec![Kind::Constant];
    if config.skip {
        kinds.push(Kind::Linear);
    }
    kinds.extend(plan.grows(config).then_some(Kind::Sparse));
    kinds.extend(plan.widths.iter().map(|&width| Kind::Dense(DenseKind { width, skip: config.skip })));
    let entries = kinds.into_iter().map(|kind| Entry::new(kind, plan)).collect();
    let n_folds = parts.len();
    let mut race = Race { task, weight, groups: resample.groups(), folds: Vec::new(), n_folds, entries };

    let (first, rest) = parts.split_at(n_first.min(n_folds));
    race.begin(first, resample)?;
    race.narrow();
    race.advance(|_| true);
    let leading = race.leading_dense(config.skip).and_then(|e| race.entries[e].kind.dense());
    if let Some(with_skip) = leading.filter(|_| plan.without_skip) {
        race.entries.push(Entry::new(Kind::Dense(DenseKind { skip: false, ..with_skip }), plan));
        race.advance(|_| true);
    }
    let is_lost: Vec<bool> = (0..race.entries.len()).map(|e| race.is_lost(e)).collect();
    for (entry, _) in race.entries.iter().zip(&is_lost).filter(|(_, is_lost)| **is_lost) {
        race.pass_over(rest.len() * race.n_steps(entry));
    }
    race.begin(rest, resample)?;
    race.advance(|e| !is_lost[e]);
    if !task.observer.interrupted() {
        race.enter_lines(paths)?;
    }
    Ok(race)
}

impl Race<'_> {
    fn begin(&mut self, parts: &[Parts], resample: &dyn Resample) -> Result<()> {
        let task = self.task;
        let begun = parts
            .par_iter()
            .map(|(test, train)| FoldRun::begin(test.clone(), resample.fold(train, test)?, task))
            .collect::<Result<Vec<FoldRun>>>()?;
        self.folds.extend(begun);
        Ok(())
    }

    /// One start of each dense network in the folds that have begun; widths that are clearly behind leave the race, and those whose
    /// starts are dear go on with fewer.
    fn narrow(&mut self) {
        let dense: Vec<(usize, DenseKind)> =
            self.entries.iter().enumerate().filter_map(|(e, entry)| Some((e, entry.kind.dense()?))).collect();
        if self.task.plan.fold_members < 2 {
            return;
        }
        let (task, folds) = (self.task, &self.folds);
        let firsts: Vec<Vec<(Vec<Member>, Trial)>> = dense
            .par_iter()
            .map(|&(_, kind)| {
                let first = |fold: &FoldRun| {
                    let start = fold.starts(kind, 0..1, task);
                    let trial = fold.dense(kind, &start, task);
                    (start, trial)
                };
                folds.par_iter().map(first).collect()
            })
            .collect();
        let (starts, trials): (Vec<Vec<Vec<Member>>>, Vec<Vec<Trial>>) =
            firsts.into_iter().map(|of_folds| of_folds.into_iter().unzip()).unzip();
        let behind = self.are_behind(&trials);
        for (&(e, _), starts) in dense.iter().zip(starts) {
            let entry = &mut self.entries[e];
            entry.starts = starts;
            entry.n_starts = work::affordable(entry.work_of_start(), (1, entry.n_starts), task.plan.limits.fold);
        }
        for (&(e, _), _) in dense.iter().zip(&behind).filter(|(_, behind)| **behind).rev() {
            let left_out = self.n_folds * self.task.plan.fold_members - self.folds.len();
            self.pass_over(left_out);
            self.entries.remove(e);
        }
        for entry in &self.entries {
            let fewer = if entry.kind.dense().is_some() { self.task.plan.fold_members - entry.n_starts } else { 0 };
            self.pass_over(self.n_folds * fewer);
        }
    }

    /// Which of the first starts of each width are clearly behind the best of them. Those that did not converge are not judged.
    fn are_behind(&self, of_width: &[Vec<Trial>]) -> Vec<bool> {
        let constant: Vec<Trial> = self.folds.iter().map(FoldRun::constant).collect();
        let best = of_width
            .iter()
            .filter(|trials| have_converged(trials))
            .min_by(|a, b| self.mean(a).total_cmp(&self.mean(b)))
            .filter(|best| self.mean(best) > NEARLY_EXACT * self.mean(&constant));
        let is_behind = |trials: &Vec<Trial>| {
            best.is_some_and(|best| {
                let (behind, error) = self.gain(trials, best);
                have_converged(trials) && behind > CLEARLY * error && behind > 0.0
            })
        };
        of_width.iter().map(is_behind).collect()
    }

    /// Runs the entries that `runs` says in all folds that have begun and that they have not run in.
    fn advance(&mut self, runs: impl Fn(usize) -> bool) {
        let (task, folds, entries) = (self.task, &self.folds, &self.entries);
        let work: Vec<(usize, usize)> = (0..entries.len())
            .filter(|&e| runs(e))
            .flat_map(|e| (entries[e].trials.len()..folds.len()).map(move |f| (e, f)))
            .collect();
        let done: Vec<Option<(Trial, Vec<Member>)>> = work
            .par_iter()
            .map(|&(e, f)| match entries[e].kind {
                Kind::Constant => Some((folds[f].constant(), Vec::new())),
                Kind::Linear => folds[f].linear().map(|trial| (trial, Vec::new())),
                // All points are judged together, when all folds have run.
                Kind::OnPath(_) => None,
                Kind::Sparse => folds[f].sparse(task).map(|trial| (trial, Vec::new())),
                Kind::Dense(kind) => {
                    let mut starts = entries[e].starts.get(f).cloned().unwrap_or_default();
                    starts.extend(folds[f].starts(kind, starts.len()..entries[e].n_starts, task));
                    Some((folds[f].dense(kind, &starts, task), starts))
                }
            })
            .collect();
        for ((e, f), (trial, starts)) in work.into_iter().zip(done).filter_map(|(at, done)| Some((at, done?))) {
            let entry = &mut self.entries[e];
            entry.trials.push(trial);
            entry.starts.truncate(f);
            entry.starts.push(starts);
        }
    }

    /// Enters the lasso and the mixture with ridge that are best over all folds, of those points on `paths` that converged.
    fn enter_lines(&mut self, paths: &Paths) -> Result<()> {
        let of_folds = self.folds.par_iter().map(|fold| fold.on_paths(paths)).collect::<Result<Vec<Vec<Trial>>>>()?;
        let of_point = |(i, point): (usize, Point)| {
            (point, of_folds.iter().map(|trials| trials[i].clone()).collect::<Vec<Trial>>())
        };
        let lines = paths.points().into_iter().enumerate().map(of_point).filter(|(_, trials)| have_converged(trials));
        let (lassos, mixtures): (Vec<_>, Vec<_>) = lines.partition(|(point, _)| point.form() == Form::Lasso);
        let mut beside = self.entries.iter().position(|entry| entry.kind == Kind::Linear).map_or(0, |line| line + 1);
        for lines in [lassos, mixtures] {
            let best = lines.into_iter().min_by(|(_, a), (_, b)| self.mean(a).total_cmp(&self.mean(b)));
            if let Some((point, trials)) = best {
                self.entries.insert(beside, Entry { trials, ..Entry::new(Kind::OnPath(point), self.task.plan) });
                beside += 1;
            }
        }
        Ok(())
    }

    /// Steps that an entry takes in a fold.
    fn n_steps(&self, entry: &Entry) -> usize {
        match entry.kind {
            Kind::Constant | Kind::Linear | Kind::OnPath(_) => 0,
            Kind::Sparse => 1,
            Kind::Dense(_) => entry.n_starts,
        }
    }

    /// Counts steps that will not be taken as done.
    fn pass_over(&self, steps: usize) {
        (0..steps).for_each(|_| self.task.observer.event(Event::Step));
    }

    /// Whether a network that has run in the first folds will hardly come in before some other contender.
    fn is_lost(&self, e: usize) -> bool {
        let entry = &self.entries[e];
        if !entry.kind.is_network() {
            return false;
        }
        // Without a skip some network is deployed, whatever a constant does.
        let has_line = self.task.config.skip;
        let is_rival = |r: usize| {
            let rival = &self.entries[r];
            r != e && rival.has_converged() && (has_line || rival.kind.is_network())
        };
        let mut rivals = (0..self.entries.len()).filter(|&r| is_rival(r)).map(|r| &self.entries[r]);
        if !entry.has_converged() {
            return rivals.next().is_some();
        }
        let seen = entry.trials.len() as f64 / self.n_folds as f64;
        rivals.any(|rival| {
            // Standard errors that it has to be ahead by at the end.
            let needed = match (entry.kind, rival.kind) {
                (_, Kind::Constant | Kind::Linear | Kind::OnPath(_)) | (Kind::Sparse, _) => REQUIRED_GAIN,
                (_, Kind::Sparse) => -REQUIRED_GAIN,
                (_, Kind::Dense(_)) => 0.0,
            };
            is_out_of_reach(self.gain(&entry.trials, &rival.trials), seen, needed)
        })
    }

    /// The dense network with or without a skip that has run in most folds, and of those the best; what did not converge comes last.
    pub fn leading_dense(&self, skip: bool) -> Option<usize> {
        let is_of_kind = |e: usize| self.entries[e].kind.dense().is_some_and(|kind| kind.skip == skip);
        let rank = |e: usize| (Reverse(self.entries[e].trials.len()), !self.entries[e].has_converged());
        let loss = |e: usize| self.mean(&self.entries[e].trials);
        (0..self.entries.len())
            .filter(|&e| is_of_kind(e))
            .min_by(|&a, &b| rank(a).cmp(&rank(b)).then_with(|| loss(a).total_cmp(&loss(b))))
    }

    /// Whether an entry has run in all folds.
    pub fn has_finished(&self, e: usize) -> bool {
        self.entries[e].trials.len() == self.n_folds
    }

    /// Mean loss in the folds of `trials`.
    pub fn mean(&self, trials: &[Trial]) -> f64 {
        let (losses, weight) = self.over_rows(trials);
        weighted_mean(&losses, &weight)
    }

    /// What `b` gains over `a` in the folds that both have run in, and its standard error.
    pub fn gain(&self, a: &[Trial], b: &[Trial]) -> (f64, f64) {
        let n_both = a.len().min(b.len());
        let (a, weight) = self.over_rows(&a[..n_both]);
        let (b, _) = self.over_rows(&b[..n_both]);
        paired_gain(&a, &b, &weight, self.groups)
    }

    /// Losses of the reduced mean of a dense entry that has finished, over all folds, for each share that it may be reduced by.
    pub fn reduced(&self, e: usize) -> Vec<Vec<Trial>> {
        let Entry { kind, starts, .. } = &self.entries[e];
        let Some(kind) = kind.dense() else { return Vec::new() };
        let of_folds: Vec<Vec<Trial>> =
            self.folds.par_iter().zip(starts).map(|(fold, starts)| fold.reduced(kind, starts, self.task)).collect();
        let n_shares = of_folds.first().map_or(0, Vec::len);
        (0..n_shares).map(|share| of_folds.iter().map(|trials| trials[share].clone()).collect()).collect()
    }

    /// Loss of each row over the first folds, as many as there are `trials`, averaged over repeats, and the weight of the row: 0 where
    /// it was not held out.
    fn over_rows(&self, trials: &[Trial]) -> (Vec<f64>, Vec<f64>) {
        let n = self.weight.len();
        let (mut losses, mut count) = (vec![0.0; n], vec![0.0_f64; n]);
        for (fold, trial) in self.folds.iter().zip(trials) {
            for (&i, loss) in fold.rows.iter().zip(&trial.losses) {
                losses[i] += loss;
                count[i] += 1.0;
            }
        }
        losses.iter_mut().zip(&count).for_each(|(loss, count)| *loss /= count.max(1.0));
        let weight = self.weight.iter().zip(&count).map(|(w, count)| if *count > 0.0 { *w } else { 0.0 }).collect();
        (losses, weight)
    }
}
