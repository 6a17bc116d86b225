//! Does the curvature battery keep its size, and what does it see? Rejections at 5% beside two classical tests, as JSON.
//!
//! `cargo run --release -p skiplayer --example calibration -- 1000 > benchmarks/records/calibration.json`
//!
//! The first argument is the number of runs a cell, the second and third the place of the first cell and of the one
//! after the last. The same data go to every test.

use rayon::prelude::*;
use serde_json::{Value, json};
use skiplayer::evaluate::{Dependence, LinearityData, curvature_battery, linearity_tests};
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::random::Random;
use skiplayer::solve::{PathOptions, linear_path};

const N_BOOTSTRAP: usize = 499;
const TESTS: [&str; 8] = ["battery", "coord", "poly", "reset", "slopes", "RESET F", "Terasvirta F", "LR squares"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Inputs {
    /// Standard normal, independent.
    Independent,
    /// Correlations of 0.9, and the last input is the sum of the first two.
    Collinear,
    /// Exponentials of standard normal numbers.
    Skewed,
    /// Student t with 3 degrees of freedom.
    HeavyTailed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mean {
    /// 2 x1 - x2 + .5 x3
    Linear,
    Constant,
    /// .3 x1 x2 added
    Product,
    /// tanh(2 x1) instead of 2 x1
    Tanh,
    /// .5 sin(3 x3) added
    Sine,
    /// Logistic growth in the first input, 4 / (1 + exp(-2 x1)).
    Growth,
    /// The power exp(x1)^0.5 of a skewed input that spans two powers of ten.
    Power,
    /// Nothing up to x1 = 0, then a line of slope 2.
    Threshold,
    /// Logits of -2: a class of 12%.
    Rare,
    /// Logits of -2 + x1.
    RareWithSignal,
    /// Logits of 2 x1.
    Slope,
    /// Logits of 2 - 2 x1²: a hill.
    Hill,
    /// Logits of -2, from x1 = 0 on rising by 5 a unit.
    Rise,
    /// Logits of 3 tanh(2 x1): a slope between two plateaus.
    Plateaus,
}

/// Noise, or the response's distribution about its mean.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Noise {
    Gaussian,
    /// Student t with 3 degrees of freedom.
    HeavyTailed,
    /// Standard deviation 0.2 + |x1|.
    Unequal,
    /// An effect of the same size for each group besides; inputs vary half between groups, half within.
    Grouped,
    /// Inputs and noise autoregressive, coefficient 0.5.
    Serial,
    /// Two classes, logit the mean.
    Logistic,
    /// Three classes, logits the mean, its negative, 0.
    Softmax,
    /// Counts with a log mean half the mean, times a gamma-like effect of variance 0.3.
    Overdispersed,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    n: usize,
    p: usize,
    inputs: Inputs,
    mean: Mean,
    noise: Noise,
    /// Of Gaussian noise; scales the others.
    sd: f64,
    n_groups: usize,
}

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let linear = |n, p, inputs, noise| Cell { n, p, inputs, mean: Mean::Linear, noise, sd: 0.5, n_groups: 20 };
    for n in [50, 200, 1000] {
        for p in [5, 20] {
            for noise in [Noise::Gaussian, Noise::HeavyTailed, Noise::Unequal] {
                cells.push(linear(n, p, Inputs::Independent, noise));
            }
        }
    }
    for n in [50, 200] {
        for p in [5, 20] {
            for noise in [Noise::Gaussian, Noise::Unequal] {
                cells.push(linear(n, p, Inputs::Collinear, noise));
            }
        }
    }
    for noise in [Noise::Gaussian, Noise::HeavyTailed, Noise::Unequal] {
        cells.push(Cell { mean: Mean::Constant, ..linear(200, 5, Inputs::Independent, noise) });
    }
    for noise in [Noise::Grouped, Noise::Serial, Noise::Logistic, Noise::Softmax, Noise::Overdispersed] {
        cells.push(linear(200, 5, Inputs::Independent, noise));
    }
    // Hardly more rows than coefficients.
    for noise in [Noise::Gaussian, Noise::Unequal] {
        cells.push(linear(50, 35, Inputs::Independent, noise));
    }
    for sd in [0.5, 1.0] {
        for mean in [Mean::Product, Mean::Tanh, Mean::Sine] {
            for n in [200, 400] {
                for p in [5, 20] {
                    cells.push(Cell { mean, sd, ..linear(n, p, Inputs::Independent, Noise::Gaussian) });
                }
            }
        }
    }
    // Cells stand in the order in which they were added: a cell's place is its seed.
    for (n, p) in [(16, 2), (32, 5)] {
        for noise in [Noise::Gaussian, Noise::HeavyTailed, Noise::Unequal] {
            cells.push(linear(n, p, Inputs::Independent, noise));
        }
    }
    for n_groups in [6, 8, 10] {
        cells.push(Cell { n_groups, ..linear(10 * n_groups, 3, Inputs::Independent, Noise::Grouped) });
    }
    for n in [50, 200] {
        for inputs in [Inputs::Skewed, Inputs::HeavyTailed] {
            for noise in [Noise::Gaussian, Noise::HeavyTailed, Noise::Unequal] {
                cells.push(linear(n, 5, inputs, noise));
            }
        }
    }
    for n in [50, 200] {
        for mean in [Mean::Rare, Mean::RareWithSignal] {
            cells.push(Cell { mean, ..linear(n, 3, Inputs::Independent, Noise::Logistic) });
        }
    }
    cells.push(linear(50, 80, Inputs::Independent, Noise::Gaussian));
    for mean in [Mean::Growth, Mean::Power, Mean::Threshold] {
        for n in [30, 60] {
            for p in [1, 4] {
                cells.push(Cell { mean, sd: 0.3, ..linear(n, p, Inputs::Independent, Noise::Gaussian) });
            }
        }
    }
    for mean in [Mean::Slope, Mean::Hill, Mean::Rise, Mean::Plateaus] {
        for n in [30, 60, 120] {
            for p in [2, 4] {
                cells.push(Cell { mean, ..linear(n, p, Inputs::Independent, Noise::Logistic) });
            }
        }
    }
    cells
}

/// Inputs (n, p), responses (n, K), groups (n).
fn draw(cell: &Cell, random: &mut Random) -> (Matrix, Matrix, Vec<usize>) {
    let Cell { n, p, .. } = *cell;
    let group: Vec<usize> = (0..n).map(|i| i % cell.n_groups).collect();
    let mut x = Matrix::from_fn(n, p, |_, _| random.normal());
    if cell.inputs == Inputs::Skewed || cell.mean == Mean::Power {
        (0..p).for_each(|j| x.column_mut(j).iter_mut().for_each(|x| *x = x.exp()));
    }
    if cell.inputs == Inputs::HeavyTailed {
        for j in 0..p {
            let spread: Vec<f64> =
                (0..n).map(|_| ((0..3).map(|_| random.normal().powi(2)).sum::<f64>() / 3.0).sqrt()).collect();
            x.column_mut(j).iter_mut().zip(&spread).for_each(|(x, spread)| *x /= spread);
        }
    }
    if cell.inputs == Inputs::Collinear {
        let common: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        for j in 0..p {
            x.column_mut(j).iter_mut().zip(&common).for_each(|(x, c)| *x = 0.1f64.sqrt() * *x + 0.9f64.sqrt() * c);
        }
        let sum: Vec<f64> = (0..n).map(|i| x.get(i, 0) + x.get(i, 1)).collect();
        x.column_mut(p - 1).copy_from_slice(&sum);
    }
    if cell.noise == Noise::Grouped {
        for j in 0..p {
            let between: Vec<f64> = (0..cell.n_groups).map(|_| random.normal()).collect();
            x.column_mut(j).iter_mut().zip(&group).for_each(|(x, g)| *x = 0.5f64.sqrt() * (*x + between[*g]));
        }
    }
    let autoregressive = |series: &mut [f64]| {
        for i in 1..series.len() {
            series[i] = 0.5 * series[i - 1] + 0.75f64.sqrt() * series[i];
        }
    };
    if cell.noise == Noise::Serial {
        (0..p).for_each(|j| autoregressive(x.column_mut(j)));
    }
    let mean: Vec<f64> = (0..n)
        .map(|i| {
            // Absent inputs have no effect.
            let input = |j: usize| if j < p { x.get(i, j) } else { 0.0 };
            let (a, b, c) = (input(0), input(1), input(2));
            let line = 2.0 * a - b + 0.5 * c;
            match cell.mean {
                Mean::Linear => line,
                Mean::Constant => 0.0,
                Mean::Product => line + 0.3 * a * b,
                Mean::Tanh => line - 2.0 * a + (2.0 * a).tanh(),
                Mean::Sine => line + 0.5 * (3.0 * c).sin(),
                Mean::Growth => 4.0 / (1.0 + (-2.0 * a).exp()),
                Mean::Power => a.sqrt(),
                Mean::Threshold => 2.0 * a.max(0.0),
                Mean::Rare => -2.0,
                Mean::RareWithSignal => -2.0 + a,
                Mean::Slope => 2.0 * a,
                Mean::Hill => 2.0 - 2.0 * a * a,
                Mean::Rise => -2.0 + 5.0 * a.max(0.0),
                Mean::Plateaus => 3.0 * (2.0 * a).tanh(),
            }
        })
        .collect();
    let mut noise: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    let of_rows = |y: Vec<f64>| Matrix::from_columns(n, &[y]);
    let y = match cell.noise {
        Noise::Gaussian => of_rows((0..n).map(|i| mean[i] + cell.sd * noise[i]).collect()),
        Noise::HeavyTailed => {
            let mut t = |z: f64| z / ((0..3).map(|_| random.normal().powi(2)).sum::<f64>() / 3.0).sqrt();
            of_rows((0..n).map(|i| mean[i] + cell.sd * t(noise[i])).collect())
        }
        Noise::Unequal => of_rows((0..n).map(|i| mean[i] + cell.sd * (0.2 + x.get(i, 0).abs()) * noise[i]).collect()),
        Noise::Grouped => {
            let effect: Vec<f64> = (0..cell.n_groups).map(|_| random.normal()).collect();
            of_rows((0..n).map(|i| mean[i] + cell.sd * (noise[i] + effect[group[i]])).collect())
        }
        Noise::Serial => {
            autoregressive(&mut noise);
            of_rows((0..n).map(|i| mean[i] + cell.sd * noise[i]).collect())
        }
        Noise::Logistic => {
            of_rows(mean.iter().map(|eta| f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (-eta).exp())))).collect())
        }
        Noise::Softmax => {
            let mut y = Matrix::zeros(n, 3);
            for (i, eta) in mean.iter().enumerate() {
                let odds = [eta.exp(), (-eta).exp(), 1.0];
                let at = random.uniform() * odds.iter().sum::<f64>();
                let class = if at < odds[0] {
                    0
                } else if at < odds[0] + odds[1] {
                    1
                } else {
                    2
                };
                y.column_mut(class)[i] = 1.0;
            }
            y
        }
        Noise::Overdispersed => of_rows(
            mean.iter()
                .map(|eta| {
                    // Exponential effects averaged three by three have mean 1 and variance 1/3.
                    let effect = (0..3).map(|_| -(1.0 - random.uniform()).ln()).sum::<f64>() / 3.0;
                    let (limit, mut count, mut product) = ((-(0.5 * eta).exp() * effect).exp(), 0.0, random.uniform());
                    while product > limit {
                        product *= random.uniform();
                        count += 1.0;
                    }
                    count
                })
                .collect(),
        ),
    };
    (x, y, group)
}

/// What a textbook would do for two classes: the likelihood-ratio test of the square of each input beside a logistic line, by the chi-squared
/// distribution, of an even number of inputs. `None` where a fit does not converge, as of separated classes.
fn likelihood_ratio_of_squares(x: &Matrix, y: &Matrix) -> Option<f64> {
    let (n, p) = (x.n_rows(), x.n_columns());
    let with_squares = Matrix::from_fn(n, 2 * p, |i, j| if j < p { x.get(i, j) } else { x.get(i, j - p).powi(2) });
    // Of a line that goes so far in logits, classes are separated.
    const SEPARATED: f64 = 30.0;
    let deviance = |x: &Matrix| -> Option<f64> {
        let options =
            PathOptions { lambdas: Some(vec![1e-4, 1e-9]), l1_ratio: 0.0, tol: 1e-8, ..PathOptions::default() };
        let fit = linear_path(x, y, &vec![1.0; n], Loss::Logistic, &options).ok()?.pop()?;
        let eta = |i: usize| fit.intercept[0] + (0..x.n_columns()).map(|j| fit.coef[j] * x.get(i, j)).sum::<f64>();
        let eta: Vec<f64> = (0..n).map(eta).collect();
        let of_row = |(i, eta): (usize, &f64)| 2.0 * (if y.get(i, 0) > 0.5 { -eta } else { *eta }).exp().ln_1p();
        let is_separated = eta.iter().all(|eta| eta.abs() > SEPARATED);
        (!is_separated).then(|| eta.iter().enumerate().map(of_row).sum())
    };
    Some(chi_squared_survival((deviance(x)? - deviance(&with_squares)?).max(0.0), p))
}

/// P(X > x) of the chi-squared distribution with an even number of degrees of freedom.
fn chi_squared_survival(x: f64, degrees: usize) -> f64 {
    assert!(degrees.is_multiple_of(2), "{degrees} degrees of freedom");
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 1..=degrees / 2 {
        sum += term;
        term *= 0.5 * x / k as f64;
    }
    sum * (-0.5 * x).exp()
}

/// p-values of `TESTS`; `None` where a test was not made.
fn run(cell: &Cell, seed: u64) -> [Option<f64>; TESTS.len()] {
    let mut random = Random::simulated(seed);
    let (x, y, group) = draw(cell, &mut random);
    let loss = match cell.noise {
        Noise::Logistic => Loss::Logistic,
        Noise::Softmax => Loss::Softmax,
        Noise::Overdispersed => Loss::Poisson,
        _ => Loss::Squared,
    };
    let dependence = match cell.noise {
        Noise::Grouped => Dependence::Groups(&group),
        Noise::Serial => Dependence::TimeOrder,
        _ => Dependence::Rows,
    };
    let data = LinearityData { x: &x, y: &y, weight: &vec![1.0; cell.n], offset: &[], loss, dependence, names: None };
    let battery = curvature_battery(&data, N_BOOTSTRAP, seed);
    let classical = linearity_tests(&data);
    TESTS.map(|name| match name {
        "battery" => battery.p_value,
        "slopes" => battery.slopes.as_ref().map(|test| test.p_value),
        "LR squares" => {
            (loss == Loss::Logistic && cell.p.is_multiple_of(2)).then(|| likelihood_ratio_of_squares(&x, &y)).flatten()
        }
        _ => {
            let tests = battery.tests.iter().chain(&classical);
            tests.filter(|test| test.name.starts_with(name)).map(|test| test.p_value).next()
        }
    })
}

fn main() {
    let argument = |at: usize| std::env::args().nth(at).and_then(|number| number.parse().ok());
    let (runs, first, end) = (argument(1).unwrap_or(300), argument(2).unwrap_or(0), argument(3).unwrap_or(u64::MAX));
    let cells: Vec<Value> = cells()
        .iter()
        .enumerate()
        .filter(|(at, _)| (first..end).contains(&(*at as u64)))
        .map(|(at, cell)| {
            let p_values: Vec<_> =
                (0..runs).into_par_iter().map(|run_at| run(cell, at as u64 * 1_000_000 + run_at)).collect();
            let rejected = |test: usize| {
                let made: Vec<f64> = p_values.iter().filter_map(|p| p[test]).collect();
                let share = made.iter().filter(|p| **p < 0.05).count() as f64 / made.len() as f64;
                if made.is_empty() { Value::Null } else { json!((share * 1e4).round() / 1e4) }
            };
            let mut row = json!({
                "n": cell.n, "p": cell.p, "inputs": format!("{:?}", cell.inputs), "mean": format!("{:?}", cell.mean),
                "noise": format!("{:?}", cell.noise), "sd": cell.sd,
            });
            TESTS.iter().enumerate().for_each(|(test, name)| row[*name] = rejected(test));
            eprintln!("{row}");
            row
        })
        .collect();
    let record = json!({ "runs": runs, "level": 0.05, "n_bootstrap": N_BOOTSTRAP, "cells": cells });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
