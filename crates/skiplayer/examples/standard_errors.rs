//! Do the standard errors of coefficients keep their promise? Share of 95% intervals that cover the truth, as JSON.
//!
//! `cargo run --release -p skiplayer --example standard_errors -- 2000 > benchmarks/records/standard_errors.json`
//!
//! The argument is the number of runs a cell. The linear model is fitted without any penalty, as the errors assume; at the end stand
//! coefficients of inputs that the fit has chosen, with the errors of all rows and of split rows.

use rayon::prelude::*;
use serde_json::{Value, json};
use skiplayer::fit::{Config, Inference, Method, Silent, fit};
use skiplayer::linear_part::{Coefficient, LinearPart, Responses};
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::random::Random;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::stats::student_t_quantile;
use skiplayer::table::{Table, Values};

/// Of the linear predictor on four inputs, the last of which says nothing.
const TRUTH: [f64; 4] = [1.0, -0.5, 0.25, 0.0];
const N_INPUTS: usize = TRUTH.len();

/// The response's distribution about the line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Noise {
    Gaussian,
    /// Student t with 3 degrees of freedom.
    HeavyTailed,
    /// Standard deviation 0.2 + |x1|.
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

/// What the last input is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Last {
    Normal,
    /// The indicator of a level with so many rows.
    Level(usize),
    /// The one before plus a hundredth of its spread.
    Twin,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    n: usize,
    noise: Noise,
    n_groups: Option<usize>,
    last: Last,
}

fn cells() -> Vec<Cell> {
    use Noise::{Gaussian, Grouped, HeavyTailed, Logistic, Overdispersed, Softmax, Unequal};
    let single = [Gaussian, HeavyTailed, Unequal, Logistic, Softmax, Overdispersed];
    let rows =
        [100, 400].into_iter().flat_map(|n| single.map(|noise| Cell { n, noise, n_groups: None, last: Last::Normal }));
    let grouped = [(200, 10), (200, 20), (200, 50)].map(|(n, n_groups)| (n, Some(n_groups)));
    let grouped = grouped.map(|(n, n_groups)| Cell { n, noise: Grouped, n_groups, last: Last::Normal });
    // A level that may have one answer only, a row alone, a level within one group, equal columns. A cell's place is its seed.
    let level = |noise, rows| Cell { n: 100, noise, n_groups: None, last: Last::Level(rows) };
    let levels = [Gaussian, Logistic, Softmax, Overdispersed]
        .into_iter()
        .flat_map(|noise| [1, 5, 15].map(|rows| level(noise, rows)));
    let twins = [Gaussian, Logistic].map(|noise| Cell { last: Last::Twin, ..level(noise, 0) });
    let in_groups = [Grouped, Logistic].map(|noise| Cell { n: 200, n_groups: Some(50), ..level(noise, 4) });
    rows.chain(grouped).chain(levels).chain(twins).chain(in_groups).collect()
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
    match cell.last {
        Last::Normal => {}
        // Group 0 first: with as many groups as a quarter of the rows its rows are the level.
        Last::Level(rows) => {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by_key(|&i| group[i]);
            x.column_mut(N_INPUTS - 1).fill(0.0);
            order[..rows].iter().for_each(|&i| x.column_mut(N_INPUTS - 1)[i] = 1.0);
        }
        Last::Twin => {
            for i in 0..n {
                x.column_mut(N_INPUTS - 1)[i] = x.get(i, N_INPUTS - 2) + 0.01 * random.normal();
            }
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

/// Errors of the estimates and their standard errors, of each coefficient; `None` where no error is given.
fn run(cell: &Cell, seed: u64) -> Option<Vec<Option<(f64, f64)>>> {
    let (x, y, group) = draw(cell, &mut Random::simulated(seed));
    let (weight, loss) = (vec![1.0; cell.n], loss_of(cell.noise));
    // A hair of ridge where the last column says nothing of its own: classes may be separated by it.
    let lambdas = if cell.last == Last::Normal { vec![0.0] } else { vec![1e-6, 1e-10] };
    let options = PathOptions { lambdas: Some(lambdas), l1_ratio: 0.0, tol: 1e-9, ..PathOptions::default() };
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
    let responses = Responses { x: &x, y: &y, weight: &weight, offset: &[], loss, groups, durations: None };
    let errors = responses.standard_errors(&part, &[0, 1, 2, 3])?.values;
    if cell.last == Last::Normal && errors.contains(&None) {
        return None;
    }
    // Scores of the classes are the line times 1, -1 and 0, which add up to zero.
    let sign = |o: usize| if loss == Loss::Softmax { [1.0, -1.0, 0.0][o] } else { 1.0 };
    let one = |at: usize| Some((part.coef[at] - sign(at / N_INPUTS) * TRUTH[at % N_INPUTS], errors[at]?));
    Some((0..part.coef.len()).map(one).collect())
}

/// Of intervals that reach `reach` standard errors: how many there are, the share that covers, and the mean error over the true spread.
struct Coverage {
    n: usize,
    covered: f64,
    covered_normal: f64,
    error_over_spread: f64,
}

impl Coverage {
    fn of(all: &[(f64, f64)], reach: f64) -> Self {
        let round = |value: f64, steps: f64| (value * steps).round() / steps;
        let share = |reach: f64| {
            let count = all.iter().filter(|(error, se)| error.abs() <= reach * se).count();
            round(count as f64 / all.len() as f64, 1e4)
        };
        let (mean_square, squared_errors) =
            all.iter().fold((0.0, 0.0), |(a, b), (error, se)| (a + error * error, b + se * se));
        Self {
            n: all.len(),
            covered: share(reach),
            covered_normal: share(1.959964),
            error_over_spread: round((squared_errors / mean_square).sqrt(), 1e3),
        }
    }
}

/// Inputs of a table whose line is selected, and how many of them have an effect.
const SELECTED_INPUTS: usize = 20;
const EFFECTS: [f64; 4] = [0.8, -0.6, 0.4, 0.2];

/// Coefficients that a fit to `n` rows with many inputs has chosen, from all rows and by splitting: errors and standard errors.
fn selected(n: usize, seed: u64) -> [Vec<(f64, f64)>; 2] {
    let mut random = Random::simulated(seed);
    let columns: Vec<Vec<f64>> = (0..SELECTED_INPUTS).map(|_| (0..n).map(|_| random.normal()).collect()).collect();
    let y: Vec<f64> =
        (0..n).map(|i| EFFECTS.iter().zip(&columns).map(|(b, x)| b * x[i]).sum::<f64>() + random.normal()).collect();
    let table = Table::from_columns(columns).and_then(|table| table.with_column("y", Values::Numeric(y)));
    let data = table.and_then(|table| Dataset::new(table, ColumnRoles::new("y"))).expect("a table");
    let config =
        Config { method: Method::Evidence, n_units: Some(0), inference: Inference::Split, seed, ..Config::default() };
    let explanation = fit(&data, &config, &Silent).expect("a line").model.explanation;
    let split = explanation.split.expect("asked for");
    [&explanation.coefficients, &split.coefficients].map(|coefficients| {
        let one = |c: &Coefficient| {
            let j: usize = c.input[1..].parse().expect("x1, x2, ...");
            (c.value - EFFECTS.get(j - 1).copied().unwrap_or(0.0), c.standard_error.expect("an error"))
        };
        coefficients.iter().map(one).collect()
    })
}

fn main() {
    let runs: u64 = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(500);
    let cells: Vec<Value> = cells()
        .iter()
        .enumerate()
        .map(|(at, cell)| {
            let found: Vec<Vec<Option<(f64, f64)>>> =
                (0..runs).into_par_iter().filter_map(|r| run(cell, at as u64 * 1_000_000 + r)).collect();
            let degrees = cell.n_groups.unwrap_or(cell.n - N_INPUTS - 1) - usize::from(cell.n_groups.is_some());
            let reach = student_t_quantile(0.975, degrees as f64);
            let is_last = |at: usize| at % N_INPUTS == N_INPUTS - 1;
            let pick = |last: bool| -> Vec<(f64, f64)> {
                let apart = cell.last != Last::Normal;
                let wanted = |at: usize| !apart || is_last(at) == last;
                let of_run = |run: &Vec<Option<(f64, f64)>>| {
                    run.iter().enumerate().filter(|(at, _)| wanted(*at)).filter_map(|(_, one)| *one).collect::<Vec<_>>()
                };
                found.iter().flat_map(of_run).collect()
            };
            let others = Coverage::of(&pick(false), reach);
            let mut row = json!({
                "n": cell.n, "groups": cell.n_groups, "noise": format!("{:?}", cell.noise), "last": format!("{:?}", cell.last),
                "runs": found.len(), "covered": others.covered, "covered_normal": others.covered_normal,
                "se_over_sd": others.error_over_spread,
            });
            if cell.last != Last::Normal {
                let last = Coverage::of(&pick(true), reach);
                row["last_given"] = json!(last.n as f64 / found.iter().map(|run| run.len() / N_INPUTS).sum::<usize>() as f64);
                if last.n > 0 {
                    row["last_covered"] = json!(last.covered);
                    row["last_se_over_sd"] = json!(last.error_over_spread);
                }
            }
            eprintln!("{row}");
            row
        })
        .collect();
    let selection: Vec<Value> = [60, 120, 400]
        .into_iter()
        .map(|n| {
            let found: Vec<[Vec<(f64, f64)>; 2]> =
                (0..runs).into_par_iter().map(|r| selected(n, 77_000_000 + 1_000_000 * n as u64 + r)).collect();
            let [whole, split] = [0, 1].map(|at| {
                let all: Vec<(f64, f64)> = found.iter().flat_map(|run| run[at].iter().copied()).collect();
                Coverage::of(&all, 1.959964)
            });
            let row = json!({
                "n": n, "inputs": SELECTED_INPUTS, "effects": EFFECTS, "runs": runs,
                "whole": { "coefficients": whole.n, "covered": whole.covered, "se_over_sd": whole.error_over_spread },
                "split": { "coefficients": split.n, "covered": split.covered, "se_over_sd": split.error_over_spread },
            });
            eprintln!("{row}");
            row
        })
        .collect();
    let record = json!({
        "command": format!("cargo run --release -p skiplayer --example standard_errors -- {runs}"),
        "level": 0.95, "n_inputs": N_INPUTS, "truth": TRUTH, "cells": cells, "selection": selection,
    });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
