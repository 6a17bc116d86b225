//! Does the curvature test keep its size under each loss, and what does it see? Rejections at 5%, as JSON.
//!
//! `cargo run --release -p skiplayer --example calibration_losses -- 1000 > benchmarks/records/calibration_losses.json`
//!
//! Everything as a user has it: from a table, with the loss's parameter estimated. The argument is the number of runs a cell.

use rayon::prelude::*;
use serde_json::json;
use skiplayer::evaluate::curvature;
use skiplayer::loss::LossKind;
use skiplayer::random::Random;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

const P: usize = 5;

/// What responses vary like about their means.
#[derive(Debug, Clone, Copy)]
enum Noise {
    /// Gamma variates of this shape.
    Gamma(usize),
    /// Tweedie's distribution of power 1.5 with this dispersion: exponential variates, as many as a Poisson variate.
    Tweedie(f64),
    /// Exponential variates, as many as a Poisson variate of this times the mean: the variance is proportional to the mean, which is not
    /// what the loss says.
    CompoundPoisson(f64),
    /// Counts whose mean is multiplied by a gamma variate of this shape.
    MixedPoisson(usize),
    /// Student t with 3 degrees of freedom.
    StudentT,
    /// Normal, one row in twenty ten times as wide.
    Contaminated,
    /// Normal, one row in twenty raised by 20.
    Raised,
}

/// Of a gamma distribution of mean 1.
fn gamma(random: &mut Random, shape: usize) -> f64 {
    -(0..shape).map(|_| (1.0 - random.uniform()).ln()).sum::<f64>() / shape as f64
}

fn poisson(random: &mut Random, mean: f64) -> usize {
    let (mut left, mut count) = (mean, 0);
    loop {
        left -= gamma(random, 1);
        if left < 0.0 {
            return count;
        }
        count += 1;
    }
}

/// A response with the linear predictor `eta`.
fn response(eta: f64, noise: Noise, random: &mut Random) -> f64 {
    match noise {
        Noise::Gamma(shape) => eta.exp() * gamma(random, shape),
        Noise::Tweedie(dispersion) => {
            let root = (0.5 * eta).exp();
            (0..poisson(random, 2.0 * root / dispersion)).map(|_| 0.5 * dispersion * root * gamma(random, 1)).sum()
        }
        Noise::CompoundPoisson(rate) => (0..poisson(random, rate * eta.exp())).map(|_| gamma(random, 1)).sum(),
        Noise::MixedPoisson(shape) => {
            let mean = 2.0 * eta.exp() * gamma(random, shape);
            poisson(random, mean) as f64
        }
        Noise::StudentT => {
            let spread = ((0..3).map(|_| random.normal().powi(2)).sum::<f64>() / 3.0).sqrt();
            2.0 * eta + random.normal() / spread
        }
        Noise::Contaminated => {
            let width = if random.uniform() < 0.05 { 10.0 } else { 1.0 };
            2.0 * eta + width * random.normal()
        }
        Noise::Raised => {
            let raised = if random.uniform() < 0.05 { 20.0 } else { 0.0 };
            2.0 * eta + raised + random.normal()
        }
    }
}

fn table(n: usize, bend: f64, noise: Noise, random: &mut Random) -> Table {
    let columns: Vec<Vec<f64>> = (0..P).map(|_| (0..n).map(|_| random.normal()).collect()).collect();
    let y = (0..n)
        .map(|i| {
            let [a, b, c] = [0, 1, 2].map(|j| columns[j][i]);
            response(0.5 * a - 0.3 * b + 0.2 * c + bend * (a * a - 1.0), noise, random)
        })
        .collect();
    Table::from_columns(columns)
        .and_then(|table| table.with_column("y", Values::Numeric(y)))
        .expect("columns of one length")
}

fn main() {
    let runs: u64 = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(300);
    let noises = [
        (LossKind::Gamma, vec![Noise::Gamma(1), Noise::Gamma(4)]),
        (LossKind::Tweedie, vec![Noise::Tweedie(0.5), Noise::Tweedie(2.0), Noise::CompoundPoisson(1.0)]),
        (LossKind::NegativeBinomial, vec![Noise::MixedPoisson(1), Noise::MixedPoisson(4)]),
        (LossKind::Huber, vec![Noise::StudentT, Noise::Contaminated, Noise::Raised]),
    ];
    let mut cells = Vec::new();
    for (loss, noises) in noises {
        for (bend, sizes) in [(0.0, [200, 1000]), (0.1, [200, 400])] {
            for n in sizes {
                for &noise in &noises {
                    let p_value = |run: u64| {
                        let mut random = Random::simulated(1_000_000 * cells.len() as u64 + run);
                        let table = table(n, bend, noise, &mut random);
                        let roles = ColumnRoles { loss: Some(loss), ..ColumnRoles::new("y") };
                        let data = Dataset::new(&table, roles).ok()?;
                        let found = curvature(&data, run).ok()?;
                        let of = |name: &str| found.tests.iter().find(|t| t.name == name).map(|t| t.p_value);
                        Some([found.p_value, of("coord"), of("poly"), of("reset")])
                    };
                    let p_values: Vec<[Option<f64>; 4]> = (0..runs).into_par_iter().filter_map(p_value).collect();
                    let rejected = |test: usize| {
                        let made: Vec<f64> = p_values.iter().filter_map(|p| p[test]).collect();
                        let share = made.iter().filter(|p| **p < 0.05).count() as f64 / made.len() as f64;
                        (share * 1e4).round() / 1e4
                    };
                    let row = json!({
                        "loss": loss.name(), "noise": format!("{noise:?}"), "n": n, "bend": bend, "tests": p_values.len(),
                        "battery": rejected(0), "coord": rejected(1), "poly": rejected(2), "reset": rejected(3),
                    });
                    eprintln!("{row}");
                    cells.push(row);
                }
            }
        }
    }
    let record = json!({ "runs": runs, "level": 0.05, "p": P, "cells": cells });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
