//! A smaller network that says nearly the same: units of an ensemble are pruned again after concatenation.
//!
//! The units' outputs, projected off [1, x], compete in a lasso path for the ensemble's own perturbation; skip and output
//! weights are then refitted by least squares with a small ridge. The hidden weights stay as they are, so the problem is
//! convex, the same for every loss, and cheap. How far to go is decided by the caller on held-out rows.

use faer::Mat;
use faer::Side;
use faer::linalg::solvers::Solve;

use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::net::Network;
use crate::penalty::InputRules;
use crate::solve::{PathOptions, linear_path};

/// lambda of the unit lasso relative to the smallest that removes all units, from no reduction to much.
pub const SHARES: [f64; 8] = [0.0003, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06];
/// Ridge of the refit, relative to the mean squared size of a column: enough where units are nearly copies of each other.
const RIDGE: f64 = 1e-6;
/// Rows that the reduction looks at.
const MAX_ROWS: usize = 20_000;

/// The network reduced at each of [`SHARES`], most units first. Only networks with one hidden layer are reduced; others
/// come back as they are, and so do those whose refit would break the `rules`.
///
/// Several outputs keep the union of what each needs. O(n U^2) for U units.
pub fn reductions(network: &Network, x: &Matrix, weight: &[f64], rules: &InputRules) -> Vec<Network> {
    if network.architecture.depth() != 1 {
        return vec![network.clone(); SHARES.len()];
    }
    let every = x.n_rows().div_ceil(MAX_ROWS);
    let rows: Vec<usize> = (0..x.n_rows()).step_by(every).collect();
    let x = &x.select_rows(&rows);
    let weight: Vec<f64> = rows.iter().map(|&i| weight[i]).collect();
    let (n, p, k) = (x.n_rows(), x.n_columns(), network.architecture.n_outputs);
    let units = network.hidden(x);
    let eta = network.forward(x);
    let root: Vec<f64> = weight.iter().map(|w| w.max(0.0).sqrt()).collect();
    let q = Mat::from_fn(n, p + 1, |i, j| root[i] * if j == 0 { 1.0 } else { x.get(i, j - 1) }).qr().compute_thin_Q();
    let off_the_line = |columns: &Matrix| {
        let scaled = Mat::from_fn(n, columns.n_columns(), |i, j| root[i] * columns.get(i, j));
        let inside = q.transpose() * &scaled;
        let left = scaled - &q * inside;
        Matrix::from_fn(n, columns.n_columns(), |i, j| left[(i, j)])
    };
    let mut bent = off_the_line(&units);
    let left = off_the_line(&eta);
    let sizes: Vec<f64> =
        (0..bent.n_columns()).map(|h| (bent.column(h).iter().map(|b| b * b).sum::<f64>() / n as f64).sqrt()).collect();
    for (h, size) in sizes.iter().enumerate() {
        // A unit that is straight over the rows has nothing to offer beyond the skip.
        let scale = if *size > 1e-9 { 1.0 / size } else { 0.0 };
        bent.column_mut(h).iter_mut().for_each(|b| *b *= scale);
    }
    let ones = vec![1.0; n];
    let mut kept: Vec<Vec<bool>> = vec![vec![false; units.n_columns()]; SHARES.len()];
    for o in 0..k {
        let target = left.select_columns(&[o]);
        let largest = crate::solve::lambda_max(&bent, &target, &ones, Loss::Squared, 1.0);
        if largest <= 0.0 {
            continue;
        }
        let lambdas = SHARES.iter().rev().map(|share| share * largest).collect();
        let options = PathOptions { lambdas: Some(lambdas), tol: 1e-5, ..PathOptions::default() };
        let Ok(path) = linear_path(&bent, &target, &ones, Loss::Squared, &options) else {
            return vec![network.clone(); SHARES.len()];
        };
        for (kept, fit) in kept.iter_mut().rev().zip(&path) {
            kept.iter_mut().zip(&fit.coef).for_each(|(kept, c)| *kept |= *c != 0.0);
        }
    }
    kept.iter()
        .map(|kept| {
            let few: Vec<usize> = (0..kept.len()).filter(|&h| kept[h]).collect();
            let all = few.len() == kept.len();
            let smaller = if all { None } else { refit(network, x, &weight, &units, &eta, &few) };
            let keeps = |network: &Network| rules.hold(&network.layout(), &network.parameters);
            smaller.filter(keeps).unwrap_or_else(|| network.clone())
        })
        .collect()
}

/// The network with only the units `few`; biases, skip weights in use and output weights by least squares on `eta`.
fn refit(
    network: &Network,
    x: &Matrix,
    weight: &[f64],
    units: &Matrix,
    eta: &Matrix,
    few: &[usize],
) -> Option<Network> {
    let mut smaller = network.select_units(few, &[]);
    let (n, k) = (x.n_rows(), network.architecture.n_outputs);
    // Inputs that the network does not use stay unused.
    let used = smaller.inputs_in_use();
    let has_skip = network.skip().values().iter().any(|a| *a != 0.0);
    let straight: &[usize] = if has_skip { &used } else { &[] };
    let width = 1 + straight.len() + few.len();
    let columns = Mat::from_fn(n, width, |i, c| {
        weight[i].sqrt()
            * match c {
                0 => 1.0,
                c if c <= straight.len() => x.get(i, straight[c - 1]),
                c => units.get(i, few[c - 1 - straight.len()]),
            }
    });
    let mut gram = columns.transpose() * &columns;
    let mean = (0..width).map(|c| gram[(c, c)]).sum::<f64>() / width as f64;
    (1..width).for_each(|c| gram[(c, c)] += RIDGE * mean);
    let target = Mat::from_fn(n, k, |i, o| weight[i].sqrt() * eta.get(i, o));
    let mut solution = columns.transpose() * &target;
    gram.llt(Side::Lower).ok()?.solve_in_place(solution.as_mut());

    let mut weights = smaller.weights_mut();
    weights.skip.values_mut().fill(0.0);
    for o in 0..k {
        weights.output_bias[o] = solution[(0, o)];
        for (c, &j) in straight.iter().enumerate() {
            weights.skip[(o, j)] = solution[(1 + c, o)];
        }
        for h in 0..few.len() {
            weights.head[(o, h)] = solution[(1 + straight.len() + h, o)];
        }
    }
    Some(smaller)
}
