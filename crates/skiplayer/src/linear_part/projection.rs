//! The linear part and the perturbation, made unique.
//!
//! Hidden units can imitate a line, so the split of a network into "linear + perturbation" means something only after the
//! perturbation has been projected off the line. Identity link: weighted least squares of the units' contribution on
//! [1, x] over the training rows, by rank-revealing QR on the inputs that the network uses. Other links: the best linear
//! predictor depends on the metric, and the metric is the likelihood: beta is the line that would be fitted to the network's means mu,
//! where the derivatives of the loss balance, which for canonical links is X' W (mu - g^-1(X beta)) = 0.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;
use serde::{Deserialize, Serialize};

use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::net::Network;
use crate::solve::{PathOptions, linear_path};

/// Means of the network and of the line are balanced to this much, in means per standard deviation of an input.
const BALANCED: f64 = 1e-7;

/// The best linear approximation of a network over some rows, in network units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearPart {
    /// (K)
    pub intercept: Vec<f64>,
    /// (K, p), zero for inputs that the network does not use.
    pub coef: Vec<f64>,
    /// (H, p + 1), constant first: the line that was taken from each unit's output; `None` where the projection has no such
    /// parts (several classes), or there are no units.
    #[serde(default)]
    pub unit_lines: Option<Vec<f64>>,
    /// Inputs that could be told apart, of those in use.
    pub rank: usize,
    pub n_used: usize,
    /// Whether the projection is as exact as it is meant to be.
    pub converged: bool,
}

impl LinearPart {
    /// Linear predictors (n, K) of the linear part alone.
    pub fn forward(&self, x: &Matrix) -> Matrix {
        let p = x.n_columns();
        let mut eta = Matrix::zeros(x.n_rows(), self.intercept.len());
        for (o, b) in self.intercept.iter().enumerate() {
            let out = eta.column_mut(o);
            out.fill(*b);
            for j in (0..p).filter(|&j| self.coef[o * p + j] != 0.0) {
                out.iter_mut().zip(x.column(j)).for_each(|(out, x)| *out += self.coef[o * p + j] * x);
            }
        }
        eta
    }

    /// The skip of `network` as it stands, with nothing projected and units as they are.
    pub fn of_the_skip(network: &Network) -> Self {
        let layout = network.layout();
        let (n_used, weights) = (network.inputs_in_use().len(), network.weights());
        Self {
            intercept: weights.output_bias.to_vec(),
            coef: weights.skip.values().to_vec(),
            unit_lines: (layout.width > 0).then(|| vec![0.0; layout.width * (layout.n_inputs + 1)]),
            rank: n_used,
            n_used,
            converged: true,
        }
    }

    /// Whether the sizes are those of `network`.
    pub fn fits(&self, network: &Network) -> bool {
        let layout = network.layout();
        let (p, k) = (layout.n_inputs, layout.n_outputs);
        let lines = self.unit_lines.as_ref().is_none_or(|lines| lines.len() == layout.width * (p + 1));
        self.intercept.len() == k && self.coef.len() == k * p && lines
    }

    /// Subtracts what all outputs have in common: scores of classes are unique only up to that.
    pub fn centre_outputs(&mut self) {
        let k = self.intercept.len();
        let p = self.coef.len() / k.max(1);
        let mean = self.intercept.iter().sum::<f64>() / k as f64;
        self.intercept.iter_mut().for_each(|b| *b -= mean);
        for j in 0..p {
            let mean = (0..k).map(|o| self.coef[o * p + j]).sum::<f64>() / k as f64;
            (0..k).for_each(|o| self.coef[o * p + j] -= mean);
        }
    }
}

/// Projects `network` on [1, x] over the rows of `x` (n, p) with their weights and offset; the offset is in neither.
///
/// O(n p (p + H)) time for p inputs in use and H units, and for other links than the identity a linear fit besides.
pub fn linear_part<'a>(network: &Network, x: &Matrix, terms: impl Into<RowTerms<'a>>, loss: Loss) -> LinearPart {
    let terms = terms.into();
    let weight = terms.weight;
    let layout = network.layout();
    let used = network.inputs_in_use();
    let mut skip = LinearPart::of_the_skip(network);
    if layout.width == 0 {
        if loss.couples_outputs() {
            skip.centre_outputs();
        }
        return skip;
    }
    if loss.has_identity_link() {
        return project_units(network, x, &used, weight);
    }
    if let Loss::Ordinal(_) = loss {
        // No mean is a class: the predictors are projected, each as much as its row says of it.
        let mut full = network.forward(x);
        terms.add_offset(full.column_mut(0));
        let information = loss.expected_curvature(full.column(0), &[], weight);
        return project_units(network, x, &used, &information);
    }
    let Some(part) = likelihood_line(network, x, &used, terms, loss) else {
        return LinearPart { converged: false, ..skip };
    };
    if loss.couples_outputs() {
        return part;
    }
    // With the slopes of secants as weights, mu - g^-1(X beta) is linear in eta - X beta, and so beta is a weighted least
    // squares projection: each unit has its own share of it.
    let (mut full, mut line) = (network.forward(x), part.forward(x));
    terms.add_offset(full.column_mut(0));
    terms.add_offset(line.column_mut(0));
    let slopes = full.values().iter().zip(line.values()).zip(weight);
    let slopes: Vec<f64> = slopes.map(|((full, line), w)| w * secant(loss, *full, *line)).collect();
    let projected = project_units(network, x, &used, &slopes);
    let mut again = projected.forward(x);
    terms.add_offset(again.column_mut(0));
    let is_same = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-6 * (1.0 + b.abs());
    if again.values().iter().zip(line.values()).all(is_same) {
        LinearPart { converged: part.converged, ..projected }
    } else {
        part
    }
}

/// The skip and, by weighted least squares, the best line through each unit.
fn project_units(network: &Network, x: &Matrix, used: &[usize], weight: &[f64]) -> LinearPart {
    let weights = network.weights();
    let (p, k, width) = (x.n_columns(), weights.head.n_rows(), weights.head.n_columns());
    let (solutions, rank) = least_squares(x, used, &network.hidden(x), weight);
    let mut unit_lines = vec![0.0; width * (p + 1)];
    let mut intercept = weights.output_bias.to_vec();
    let mut coef = weights.skip.values().to_vec();
    for (h, solution) in solutions.iter().enumerate() {
        let line = &mut unit_lines[h * (p + 1)..][..p + 1];
        line[0] = solution[0];
        used.iter().zip(&solution[1..]).for_each(|(&j, slope)| line[j + 1] = *slope);
        for o in 0..k {
            let v = weights.head[(o, h)];
            intercept[o] += v * line[0];
            coef[o * p..][..p].iter_mut().zip(&line[1..]).for_each(|(a, slope)| *a += v * slope);
        }
    }
    let rank = rank.saturating_sub(1);
    LinearPart { intercept, coef, unit_lines: Some(unit_lines), rank, n_used: used.len(), converged: true }
}

/// The linear predictor whose means balance those of the network: X' W (mu - g^-1(X beta)) = 0.
fn likelihood_line(network: &Network, x: &Matrix, used: &[usize], terms: RowTerms, loss: Loss) -> Option<LinearPart> {
    let (n, p, k) = (x.n_rows(), x.n_columns(), network.architecture.n_outputs);
    let mut mean = network.forward(x).values().to_vec();
    terms.add_offset(&mut mean);
    loss.mean_in_place(&mut mean, n);
    let target = Matrix::from_fn(n, k, |i, o| mean[o * n + i]);
    // A hair of ridge where classes are separable or inputs collinear.
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-6, 1e-10]), tol: 1e-9, ..PathOptions::default() };
    let fit = linear_path(&x.select_columns(used), &target, terms, loss, &options).ok()?.pop()?;
    let mut coef = vec![0.0; k * p];
    for o in 0..k {
        let row = &fit.coef[o * used.len()..][..used.len()];
        used.iter().zip(row).for_each(|(&j, c)| coef[o * p + j] = *c);
    }
    let (rank, n_used) = (used.len(), used.len());
    let mut part = LinearPart { intercept: fit.intercept, coef, unit_lines: None, rank, n_used, converged: true };
    if loss.couples_outputs() {
        part.centre_outputs();
    }
    // By the equation itself: optimality of the fit is told in units of its lambda, which is next to nothing.
    let mut of_line = part.forward(x).values().to_vec();
    terms.add_offset(&mut of_line);
    let weight = terms.weight;
    let total: f64 = weight.iter().sum();
    let mut slope = vec![0.0; n * k];
    loss.value_gradient::<f64, pulp::Scalar>(&of_line, target.values(), weight, &mut slope);
    let score = |o: usize, j: usize| (0..n).map(|i| slope[o * n + i] * x.get(i, j)).sum::<f64>() / total;
    part.converged = (0..k).all(|o| used.iter().all(|&j| score(o, j).abs() < BALANCED));
    Some(part)
}

/// The derivative of the loss at the predictor `b`, of a response that is the mean of predictor `a`, over b - a: positive for every loss
/// of one output, and where its link is canonical the slope of a secant of the inverse link. The curvature where a and b are close.
fn secant(loss: Loss, a: f64, b: f64) -> f64 {
    let close = (a - b).abs() < 1e-5;
    // Over a short way around the middle the secant is the curvature, to 1e-10 where the link is canonical and else to 1e-5.
    let (from, to) = if close { (0.5 * (a + b) - 5e-6, 0.5 * (a + b) + 5e-6) } else { (a, b) };
    let mut mean = [from];
    loss.mean_in_place(&mut mean, 1);
    let mut slope = [0.0];
    loss.value_gradient::<f64, pulp::Scalar>(&[to], &mean, &[1.0], &mut slope);
    slope[0] / (to - from)
}

/// Weighted least squares of the columns of `target` on [1, x_used]: one solution an output, constant first, and the rank.
///
/// Columns that the others determine (to 1e-10 of the largest pivot) get coefficient 0.
fn least_squares(x: &Matrix, used: &[usize], target: &Matrix, weight: &[f64]) -> (Vec<Vec<f64>>, usize) {
    let (n, width) = (x.n_rows(), used.len() + 1);
    let root: Vec<f64> = weight.iter().map(|w| w.max(0.0).sqrt()).collect();
    let entry = |i: usize, c: usize| root[i] * if c == 0 { 1.0 } else { x.get(i, used[c - 1]) };
    let columns = Mat::from_fn(n, width, entry);
    let pivoted = columns.col_piv_qr();
    let r = pivoted.thin_R();
    let largest = r[(0, 0)].abs();
    let rank = (0..n.min(width)).take_while(|&c| r[(c, c)].abs() > 1e-10 * largest).count();
    let order: Vec<usize> = pivoted.P().arrays().0.to_vec();
    let independent = &order[..rank];
    let right = Mat::from_fn(n, target.n_columns(), |i, o| root[i] * target.get(i, o));
    let solved = Mat::from_fn(n, rank, |i, c| entry(i, independent[c])).qr().solve_lstsq(&right);
    let solutions = (0..target.n_columns())
        .map(|o| {
            let mut solution = vec![0.0; width];
            independent.iter().enumerate().for_each(|(c, &at)| solution[at] = solved[(c, o)]);
            solution
        })
        .collect();
    (solutions, rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Activation, Architecture};
    use crate::random::Random;

    fn network(k: usize, random: &mut Random) -> Network {
        let architecture = Architecture { n_inputs: 3, n_outputs: k, hidden: vec![4], activation: Activation::Tanh };
        let count = Network::n_parameters(&architecture);
        Network::new(architecture, (0..count).map(|_| random.normal()).collect())
    }

    #[test]
    fn what_is_left_is_orthogonal_to_the_line() {
        let mut random = Random::simulated(6);
        let network = network(2, &mut random);
        let mut x = Matrix::from_fn(200, 3, |_, _| random.normal());
        // The third input is the sum of the others: rank 3 with the constant.
        let sum: Vec<f64> = (0..200).map(|i| x.get(i, 0) + x.get(i, 1)).collect();
        x.column_mut(2).copy_from_slice(&sum);
        let weight: Vec<f64> = (0..200).map(|_| 2.0 * random.uniform()).collect();
        let part = linear_part(&network, &x, &weight, Loss::Squared);
        assert_eq!((part.rank, part.n_used), (2, 3));
        let (full, line) = (network.forward(&x), part.forward(&x));
        for o in 0..2 {
            for j in 0..4 {
                let dot: f64 = (0..200)
                    .map(|i| weight[i] * (full.get(i, o) - line.get(i, o)) * if j == 3 { 1.0 } else { x.get(i, j) })
                    .sum();
                assert!(dot.abs() < 1e-9, "output {o}, column {j}: {dot}");
            }
        }
    }

    #[test]
    fn the_likelihood_metric_balances_the_means() {
        let mut random = Random::simulated(7);
        for (loss, k) in [(Loss::Logistic, 1), (Loss::Poisson, 1), (Loss::Softmax, 3)] {
            let mut network = network(k, &mut random);
            network.parameters.iter_mut().for_each(|w| *w *= 0.5);
            let x = Matrix::from_fn(300, 3, |_, _| random.normal());
            let weight = vec![1.0; 300];
            let part = linear_part(&network, &x, &weight, loss);
            let mean = |eta: Matrix| {
                let mut mean = eta.values().to_vec();
                loss.mean_in_place(&mut mean, 300);
                mean
            };
            let (full, line) = (mean(network.forward(&x)), mean(part.forward(&x)));
            for o in 0..k {
                for j in 0..3 {
                    let dot: f64 = (0..300).map(|i| (full[o * 300 + i] - line[o * 300 + i]) * x.get(i, j)).sum();
                    assert!(dot.abs() < 1e-5, "{loss:?} output {o}, input {j}: {dot}");
                }
            }
        }
    }

    /// Whatever the units are: where skip and bias are refitted freely beside them, the scores X'(y - mu) are zero, and so the
    /// best line through the network is the best line through the data.
    #[test]
    fn after_a_free_refit_the_line_is_that_of_the_data() {
        let mut random = Random::simulated(8);
        let (n, p) = (150, 3);
        let x = Matrix::from_fn(n, p, |_, _| random.normal());
        let weight: Vec<f64> = (0..n).map(|_| 0.3 + random.uniform()).collect();
        let used = [0, 1, 2];
        for loss in [Loss::Squared, Loss::Logistic, Loss::Poisson] {
            let mut network = network(1, &mut random);
            // Small, so that Newton's method needs no line search.
            network.parameters.iter_mut().for_each(|w| *w *= 0.5);
            let y = Matrix::from_fn(n, 1, |i, _| match loss {
                Loss::Squared => x.get(i, 0) + x.get(i, 1).powi(2) + random.normal(),
                Loss::Logistic => f64::from(u8::from(x.get(i, 0) + 2.0 * random.normal() > 0.3)),
                _ => (x.get(i, 0).exp() * random.uniform() * 3.0).floor(),
            });
            // Newton's method over intercept and skip, by weighted least squares.
            let free_fit = |network: &mut Network| {
                for _ in 0..60 {
                    let eta = network.forward(&x);
                    let mut mean = eta.values().to_vec();
                    loss.mean_in_place(&mut mean, n);
                    let slope: Vec<f64> = eta.values().iter().map(|eta| secant(loss, *eta, *eta)).collect();
                    let working = Matrix::from_fn(n, 1, |i, _| (y.get(i, 0) - mean[i]) / slope[i]);
                    let weights: Vec<f64> = slope.iter().zip(&weight).map(|(s, w)| s * w).collect();
                    let (step, _) = least_squares(&x, &used, &working, &weights);
                    let mut weights = network.weights_mut();
                    weights.output_bias[0] += step[0][0];
                    (0..p).for_each(|j| weights.skip[(0, j)] += step[0][j + 1]);
                }
            };
            free_fit(&mut network);
            let part = linear_part(&network, &x, &weight, loss);
            let mut line = Network::zeros(Architecture::linear(p, 1));
            free_fit(&mut line);
            assert!(part.converged && part.unit_lines.is_some(), "{loss:?}");
            let found = part.intercept.iter().chain(&part.coef);
            for (found, plain) in found.zip(&line.parameters) {
                assert!((found - plain).abs() < 1e-8, "{loss:?}: {found}, expected {plain}");
            }
        }
    }
}
