//! Do the standard errors of coefficients keep their promise? Share of 95% intervals that cover the truth, as JSON.
//!
//! `cargo run --release -p skiplayer --example standard_errors -- 2000 > benchmarks/records/standard_errors.json`
//!
//! The argument is the number of runs a cell. The linear model is fitted without any penalty, as the errors assume.

use rayon::prelude::*;
use serde_json::{Value, json};
use skiplayer::linear_part::{LinearPart, Responses};
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::random::Random;
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::stats::student_t_quantile;

/// Of the linear predictor on four inputs, the last of which says nothing.
const TRUTH: [f64; 4] = [1.0, -0.5, 0.25, 0.0];
const N_INPUTS: usize = TRUTH.len();

/// The response's distribution about the line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Noise {
    Gaussian,
    /// Student t with 3 degrees of freedom.
    HeavyTailed,
    /// Standard deviation .2 + |x1|.
    Unequal,
    /// An effect of the same size for each group besides; inputs vary half between groups, half within.
    Grouped,
    /// Two classes.
    Logistic,
    /// Three classes, scores the line, its negative, 0.
    Softmax,
    /// Counts with an effect of variance 1/3 on their means.
    Overdispersed,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    n: usize,
    noise: Noise,
    n_groups: Option<usize>,
}

fn cells() -> Vec<Cell> {
    use Noise::{Gaussian, Grouped, HeavyTailed, Logistic, Overdispersed, Softmax, Unequal};
    let single = [Gaussian, HeavyTailed, Unequal, Logistic, Softmax, Overdispersed];
    let rows = [100, 400].into_iter().flat_map(|n| single.map(|noise| Cell { n, noise, n_groups: None }));
    let grouped = [(200, 10), (200, 20), (200, 50)].map(|(n, n_groups)| (n, Some(n_groups)));
    rows.chain(grouped.map(|(n, n_groups)| Cell { n, noise: Grouped, n_groups })).collect()
}

/// Inputs (n, 4), responses (n, K), groups (n).
fn draw(cell: &Cell, random: &mut Random) -> (Matrix, Matrix, Vec<usize>) {
    let n = cell.n;
    let n_groups = cell.n_groups.unwrap_or(n);
    let group: Vec<usize> = (0..n).map(|i| i % n_groups).collect();
    let mut x = Matrix::from_fn(n, N_INPUTS, |_, _| random.normal());
    if cell.noise == Noise::Grouped {
        for j in 0..N_INPUTS {
            let between: Vec<f64> = (0..n_groups).map(|_| random.normal()).collect();
            x.column_mut(j).iter_mut().zip(&group).for_each(|(x, g)| *x = 0.5f64.sqrt() * (*x + between[*g]));
        }
    }
    let eta: Vec<f64> = (0..n).map(|i| (0..N_INPUTS).map(|j| TRUTH[j] * x.get(i, j)).sum()).collect();
    let effect: Vec<f64> = (0..n_groups).map(|_| random.normal()).collect();
    let k = if cell.noise == Noise::Softmax { 3 } else { 1 };
    let mut y = Matrix::zeros(n, k);
    for i in 0..n {
        let value = match cell.noise {
            Noise::Gaussian => eta[i] + random.normal(),
            Noise::HeavyTailed => {
                let spread = ((0..3).map(|_| random.normal().powi(2)).sum::<f64>() / 3.0).sqrt();
                eta[i] + random.normal() / spread
            }
            Noise::Unequal => eta[i] + (0.2 + x.get(i, 0).abs()) * random.normal(),
            Noise::Grouped => eta[i] + random.normal() + effect[group[i]],
            Noise::Logistic => f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (-eta[i]).exp()))),
            Noise::Softmax => {
                let odds = [eta[i].exp(), (-eta[i]).exp(), 1.0];
                let at = random.uniform() * odds.iter().sum::<f64>();
                let class = usize::from(at >= odds[0]) + usize::from(at >= odds[0] + odds[1]);
                y.column_mut(class)[i] = 1.0;
                continue;
            }
            Noise::Overdispersed => {
                // Exponential effects averaged three by three have mean 1 and variance 1/3.
                let effect = (0..3).map(|_| -(1.0 - random.uniform()).ln()).sum::<f64>() / 3.0;
                poisson(eta[i].exp() * effect, random)
            }
        };
        y.column_mut(0)[i] = value;
    }
    (x, y, group)
}

/// A Poisson count with this mean, by products of uniform numbers.
fn poisson(mean: f64, random: &mut Random) -> f64 {
    let (limit, mut count, mut product) = ((-mean).exp(), 0.0, random.uniform());
    while product > limit {
        product *= random.uniform();
        count += 1.0;
    }
    count
}

fn loss_of(noise: Noise) -> Loss {
    match noise {
        Noise::Logistic => Loss::Logistic,
        Noise::Softmax => Loss::Softmax,
        Noise::Overdispersed => Loss::Poisson,
        _ => Loss::Squared,
    }
}

/// Errors of the estimates and their standard errors, of each coefficient; `None` where classes were separated.
fn run(cell: &Cell, seed: u64) -> Option<Vec<(f64, f64)>> {
    let (x, y, group) = draw(cell, &mut Random::simulated(seed));
    let (weight, loss) = (vec![1.0; cell.n], loss_of(cell.noise));
    let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-9, ..PathOptions::default() };
    let fit = linear_path(&x, &y, &weight, loss, &options).ok()?.pop()?;
    let mut part = LinearPart {
        intercept: fit.intercept,
        coef: fit.coef,
        unit_lines: None,
        rank: N_INPUTS,
        n_used: N_INPUTS,
        converged: true,
    };
    if loss == Loss::Softmax {
        part.centre_outputs();
    }
    let groups = cell.n_groups.map(|_| &group[..]);
    let responses = Responses { x: &x, y: &y, weight: &weight, loss, groups };
    let errors: Vec<f64> =
        responses.standard_errors(&part, &[0, 1, 2, 3])?.values.into_iter().collect::<Option<_>>()?;
    // Scores of the classes are the line times 1, -1 and 0, which add up to zero.
    let sign = |o: usize| if loss == Loss::Softmax { [1.0, -1.0, 0.0][o] } else { 1.0 };
    let one = |at: usize| (part.coef[at] - sign(at / N_INPUTS) * TRUTH[at % N_INPUTS], errors[at]);
    Some((0..part.coef.len()).map(one).collect())
}

fn main() {
    let runs: u64 = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(500);
    let cells: Vec<Value> = cells()
        .iter()
        .enumerate()
        .map(|(at, cell)| {
            let told: Vec<Vec<(f64, f64)>> =
                (0..runs).into_par_iter().filter_map(|r| run(cell, at as u64 * 1_000_000 + r)).collect();
            let degrees = cell.n_groups.unwrap_or(cell.n - N_INPUTS - 1) - usize::from(cell.n_groups.is_some());
            let reach = student_t_quantile(0.975, degrees as f64);
            let all: Vec<(f64, f64)> = told.iter().flatten().copied().collect();
            let share = |covered: &dyn Fn(&(f64, f64)) -> bool| {
                let count = all.iter().filter(|one| covered(one)).count();
                (count as f64 / all.len() as f64 * 1e4).round() / 1e4
            };
            let (mean_square, squared_errors) =
                all.iter().fold((0.0, 0.0), |(a, b), (error, se)| (a + error * error, b + se * se));
            let row = json!({
                "n": cell.n, "groups": cell.n_groups, "noise": format!("{:?}", cell.noise), "runs": told.len(),
                "covered": share(&|(error, se)| error.abs() <= reach * se),
                "covered_normal": share(&|(error, se)| error.abs() <= 1.959964 * se),
                "se_over_sd": ((squared_errors / mean_square).sqrt() * 1e3).round() / 1e3,
            });
            eprintln!("{row}");
            row
        })
        .collect();
    let record = json!({
        "command": format!("cargo run --release -p skiplayer --example standard_errors -- {runs}"),
        "level": 0.95, "n_inputs": N_INPUTS, "truth": TRUTH, "cells": cells,
    });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
