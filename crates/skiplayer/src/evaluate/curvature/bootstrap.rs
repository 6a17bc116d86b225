//! Studentised scores, and the same under random signs.

use faer::Mat;
use rayon::prelude::*;

use super::directions::{Directions, Families};
use super::linear_fit::{LinearFit, Output, basis};
use super::{DRAWS, test};
use crate::evaluate::record::Test;
use crate::fit::{Sample, Scheme};
use crate::random::Random;

/// Draws that are handled together: a matrix product of that width.
const CHUNK: usize = 50;
/// Largest leverage that residuals are corrected for.
const MAX_LEVERAGE: f64 = 0.98;

/// Which rows share a sign; `None`: each has its own.
pub struct Signs {
    clusters: Option<Vec<usize>>,
    n_clusters: usize,
}

impl Signs {
    /// One sign a group; in time one a stretch of about n^(1/3) rows.
    pub fn new(scheme: &Scheme, rows: &[usize]) -> Self {
        let clusters = match scheme {
            Scheme::Strata(_) => None,
            Scheme::Groups(groups) => Some(rows.iter().map(|&i| groups[i]).collect::<Vec<usize>>()),
            Scheme::Time(time) => {
                let mut order: Vec<usize> = (0..rows.len()).collect();
                order.sort_by(|&a, &b| time[rows[a]].total_cmp(&time[rows[b]]));
                let length = (rows.len() as f64).cbrt().ceil() as usize;
                let mut clusters = vec![0; rows.len()];
                order.iter().enumerate().for_each(|(place, &i)| clusters[i] = place / length);
                Some(clusters)
            }
        };
        let n_clusters = clusters.as_ref().map_or(rows.len(), |c| c.iter().max().map_or(0, |m| m + 1));
        Self { clusters, n_clusters }
    }

    fn draw(&self, n: usize, seed: u64, draw: usize) -> Vec<f64> {
        let mut random = Random::new(seed, (1 << 48) + draw as u64);
        let signs: Vec<f64> = (0..self.n_clusters).map(|_| if random.uniform() < 0.5 { -1.0 } else { 1.0 }).collect();
        match &self.clusters {
            None => signs,
            Some(clusters) => (0..n).map(|i| signs[clusters[i]]).collect(),
        }
    }

    /// (g'e)^2 over the robust estimate of its variance, for the columns of `g` (n, d) and of `e` (n, b): (d, b).
    fn scores(&self, g: &Mat<f64>, squares: &Mat<f64>, e: &Mat<f64>) -> Mat<f64> {
        let along = g.transpose() * e;
        let variance = match &self.clusters {
            None => squares.transpose() * Mat::from_fn(e.nrows(), e.ncols(), |i, b| e[(i, b)] * e[(i, b)]),
            Some(clusters) => {
                let mut sums = vec![0.0; self.n_clusters];
                Mat::from_fn(g.ncols(), e.ncols(), |d, b| {
                    sums.fill(0.0);
                    (0..e.nrows()).for_each(|i| sums[clusters[i]] += g[(i, d)] * e[(i, b)]);
                    sums.iter().map(|s| s * s).sum::<f64>()
                })
            }
        };
        Mat::from_fn(g.ncols(), e.ncols(), |d, b| {
            let score = along[(d, b)] * along[(d, b)] / variance[(d, b)];
            if score.is_finite() { score } else { 0.0 }
        })
    }
}

/// Residuals under the signs of the draws `range`, projected off the line again: the columns of (n, draws).
fn redrawn(
    residual: &[f64],
    leverage: &[f64],
    basis: &Mat<f64>,
    signs: &Signs,
    seed: u64,
    range: &[usize],
) -> Mat<f64> {
    let n = residual.len();
    let drawn: Vec<Vec<f64>> = range.iter().map(|&draw| signs.draw(n, seed, draw)).collect();
    let e = Mat::from_fn(n, range.len(), |i, b| drawn[b][i] * residual[i] / (1.0 - leverage[i].min(MAX_LEVERAGE)));
    let inside = basis.transpose() * &e;
    e - basis * inside
}

/// Family statistics of each column of scores (d, b): (families, b) and, for the first column, the largest set of each.
fn statistics(directions: &Directions, scores: &Mat<f64>) -> Vec<Vec<(f64, usize)>> {
    let of_set = |set: &[(usize, f64)], b: usize| set.iter().map(|&(at, weight)| weight * scores[(at, b)]).sum::<f64>();
    let of_family = |family: &super::directions::Family| {
        (0..scores.ncols())
            .map(|b| {
                let sets = family.sets.iter().enumerate().map(|(s, set)| (of_set(&set.directions, b), s));
                sets.fold((0.0, 0), |best, next| if next.0 > best.0 { next } else { best })
            })
            .collect()
    };
    directions.families.iter().map(of_family).collect()
}

/// The tests of the three families and the p-value of their combination.
pub fn battery(fit: &LinearFit, families: &Families, signs: &Signs, names: &[String], seed: u64) -> (Vec<Test>, f64) {
    let n_families = families.outputs[0].families.len();
    let squares: Vec<Mat<f64>> = families
        .outputs
        .iter()
        .map(|o| Mat::from_fn(o.columns.nrows(), o.columns.ncols(), |i, d| o.columns[(i, d)] * o.columns[(i, d)]))
        .collect();
    // Outputs share the signs of a draw, and their statistics are added.
    let of = |residuals: &dyn Fn(&Output) -> Mat<f64>| -> Vec<Vec<(f64, usize)>> {
        let mut total: Vec<Vec<(f64, usize)>> = Vec::new();
        for ((output, directions), squares) in fit.outputs.iter().zip(&families.outputs).zip(&squares) {
            let scores = signs.scores(&directions.columns, squares, &residuals(output));
            let own = statistics(directions, &scores);
            if total.is_empty() {
                total = own;
            } else {
                total.iter_mut().flatten().zip(own.iter().flatten()).for_each(|(t, o)| t.0 += o.0);
            }
        }
        total
    };
    let observed = of(&|output| Mat::from_fn(output.residual.len(), 1, |i, _| output.residual[i]));
    let draws: Vec<usize> = (0..DRAWS).collect();
    let chunks: Vec<Vec<Vec<(f64, usize)>>> = draws
        .par_chunks(CHUNK)
        .map(|range| of(&|o| redrawn(&o.residual, &o.leverage, &o.basis, signs, seed, range)))
        .collect();
    let drawn: Vec<Vec<f64>> =
        (0..n_families).map(|f| chunks.iter().flat_map(|chunk| chunk[f].iter().map(|s| s.0)).collect()).collect();
    let p_values: Vec<f64> = (0..n_families).map(|f| upper_tail(&drawn[f], observed[f][0].0)).collect();
    let tests = families.outputs[0]
        .families
        .iter()
        .enumerate()
        .filter(|(_, family)| !family.sets.is_empty())
        .map(|(f, family)| {
            let (statistic, set) = observed[f][0];
            let of = |inputs: &Vec<usize>| inputs.iter().map(|&j| names[j].as_str()).collect::<Vec<_>>().join(" x ");
            let driver = family.sets.get(set).map(|set| of(&set.inputs)).filter(|driver| !driver.is_empty());
            test(family.name, statistic, p_values[f], driver)
        })
        .collect();

    let present: Vec<usize> =
        (0..n_families).filter(|&f| families.outputs.iter().any(|o| !o.families[f].sets.is_empty())).collect();
    let combine = |p: &dyn Fn(usize) -> f64| -> f64 {
        present.iter().map(|&f| ((0.5 - p(f)) * std::f64::consts::PI).tan()).sum::<f64>()
    };
    // The p-value that each draw would have among the others.
    let ranks: Vec<Vec<f64>> = drawn.iter().map(|values| ranked(values)).collect();
    let combined: Vec<f64> = (0..DRAWS).map(|b| combine(&|f| ranks[f][b])).collect();
    (tests, upper_tail(&combined, combine(&|f| p_values[f])))
}

/// (1 + number of draws at least as large) / (1 + draws).
fn upper_tail(draws: &[f64], observed: f64) -> f64 {
    let reached = draws.iter().filter(|d| **d >= observed * (1.0 - 1e-12)).count();
    (1 + reached) as f64 / (1 + draws.len()) as f64
}

/// The upper tail of each draw among all.
fn ranked(draws: &[f64]) -> Vec<f64> {
    let mut sorted = draws.to_vec();
    sorted.sort_by(f64::total_cmp);
    let reached = |d: &f64| draws.len() - sorted.partition_point(|s| s < d);
    draws.iter().map(|d| (1 + reached(d)) as f64 / (1 + draws.len()) as f64).collect()
}

/// Are all slopes zero? Residuals from the mean along the span of the inputs.
pub fn slopes(sample: &Sample, signs: &Signs, seed: u64) -> Option<Test> {
    let n = sample.n_rows();
    let constant = sample.loss.constant_fit(sample.y.values(), &sample.weight);
    let mut mean = constant.clone();
    sample.loss.mean_in_place(&mut mean, 1);
    let root: Vec<f64> = sample.weight.iter().map(|w| w.sqrt()).collect();
    let line = basis(&sample.x, &root);
    let ones = Mat::from_fn(n, 1, |i, _| root[i] / root.iter().map(|r| r * r).sum::<f64>().sqrt());
    // The span of the inputs off the constant.
    let off = &line - &ones * (ones.transpose() * &line);
    let factor = off.col_piv_qr();
    let r = factor.thin_R();
    let rank = (0..r.ncols().min(r.nrows())).take_while(|&c| r[(c, c)].abs() > 1e-6).count();
    if rank == 0 || n < rank + 3 {
        return None;
    }
    let span = factor.compute_thin_Q().get(.., ..rank).to_owned();
    let squares = Mat::from_fn(n, rank, |i, c| span[(i, c)] * span[(i, c)]);
    let leverage = vec![1.0 / n as f64; n];
    let residuals: Vec<Vec<f64>> = (0..sample.n_outputs())
        .map(|o| {
            let raw = Mat::from_fn(n, 1, |i, _| root[i] * (sample.y.get(i, o) - mean[o]));
            let left = &raw - &ones * (ones.transpose() * &raw);
            (0..n).map(|i| left[(i, 0)]).collect()
        })
        .collect();
    let statistic = |e: &Mat<f64>| -> Vec<f64> {
        let scores = signs.scores(&span, &squares, e);
        (0..e.ncols()).map(|b| (0..rank).map(|d| scores[(d, b)]).sum()).collect()
    };
    let observed: f64 = residuals.iter().map(|r| statistic(&Mat::from_fn(n, 1, |i, _| r[i]))[0]).sum();
    let draws: Vec<usize> = (DRAWS..2 * DRAWS).collect();
    let drawn: Vec<f64> = draws
        .par_chunks(CHUNK)
        .flat_map_iter(|range| {
            let mut total = vec![0.0; range.len()];
            for residual in &residuals {
                let e = redrawn(residual, &leverage, &ones, signs, seed, range);
                total.iter_mut().zip(statistic(&e)).for_each(|(t, s)| *t += s);
            }
            total
        })
        .collect();
    Some(test("all slopes zero", observed, upper_tail(&drawn, observed), None))
}
