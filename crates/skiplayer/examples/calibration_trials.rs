//! Does the curvature test keep its size with successes out of trials, and what does it see? Rejections at 5%, as JSON.
//!
//! `cargo run --release -p skiplayer --example calibration_trials -- 1000 > benchmarks/records/calibration_trials.json`
//!
//! Five normal inputs, 1 to 20 trials a row, and successes that are binomial, or whose probability varies about that of the row (beta
//! distributed): more than the loss says. The argument is the number of runs a cell.

use rayon::prelude::*;
use serde_json::json;
use skiplayer::evaluate::curvature;
use skiplayer::random::Random;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

const P: usize = 5;
const MOST_TRIALS: usize = 20;
/// The sum of the two parameters of the beta distribution: trials of a row are correlated by 1 / (this + 1). None of the binomial.
const NOISES: [(&str, Option<usize>); 2] = [("binomial", None), ("beta-binomial", Some(4))];

/// Of a gamma distribution of this shape, by Marsaglia & Tsang (2000).
fn gamma(shape: f64, random: &mut Random) -> f64 {
    if shape < 1.0 {
        return gamma(shape + 1.0, random) * random.uniform().powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    loop {
        let z = random.normal();
        let v = (1.0 + z / (9.0 * d).sqrt()).powi(3);
        if v > 0.0 && (1.0 - random.uniform()).ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

fn table(n: usize, bend: f64, spread: Option<usize>, random: &mut Random) -> Table {
    let columns: Vec<Vec<f64>> = (0..P).map(|_| (0..n).map(|_| random.normal()).collect()).collect();
    let mut row = |i: usize| {
        let [a, b, c] = [0, 1, 2].map(|j| columns[j][i]);
        let mean = 1.0 / (1.0 + (-(0.5 * a - 0.3 * b + 0.2 * c + bend * (a * a - 1.0))).exp());
        let probability = spread.map_or(mean, |sum| {
            let [up, down] = [mean, 1.0 - mean].map(|share| gamma(sum as f64 * share, random));
            up / (up + down)
        });
        let trials = 1 + (random.uniform() * MOST_TRIALS as f64) as usize;
        let successes = (0..trials).filter(|_| random.uniform() < probability).count();
        (successes as f64, trials as f64)
    };
    let (successes, trials) = (0..n).map(&mut row).unzip();
    Table::from_columns(columns)
        .and_then(|table| table.with_column("y", Values::Numeric(successes)))
        .and_then(|table| table.with_column("trials", Values::Numeric(trials)))
        .expect("columns of one length")
}

fn main() {
    let runs: u64 = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(300);
    let mut cells = Vec::new();
    for (bend, sizes) in [(0.0, [200, 1000]), (0.1, [200, 400])] {
        for (n, (noise, spread)) in sizes.into_iter().flat_map(|n| NOISES.map(|own| (n, own))) {
            let p_value = |run: u64| {
                let mut random = Random::simulated(1_000_000 * cells.len() as u64 + run);
                let table = table(n, bend, spread, &mut random);
                let roles = ColumnRoles { trials: Some("trials".into()), ..ColumnRoles::new("y") };
                curvature(&Dataset::new(&table, roles).ok()?, run).ok()?.p_value
            };
            let p_values: Vec<f64> = (0..runs).into_par_iter().filter_map(p_value).collect();
            let rejected = p_values.iter().filter(|p| **p < 0.05).count() as f64 / p_values.len() as f64;
            let row = json!({
                "noise": noise, "n": n, "bend": bend, "tests": p_values.len(), "battery": (rejected * 1e4).round() / 1e4,
            });
            eprintln!("{row}");
            cells.push(row);
        }
    }
    let record = json!({ "runs": runs, "level": 0.05, "p": P, "cells": cells });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
