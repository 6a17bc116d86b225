//! Does the curvature test keep its size with classes in order, and what does it see? Rejections at 5%, as JSON.
//!
//! `cargo run --release -p skiplayer --example calibration_ordinal -- 1000 > benchmarks/records/calibration_ordinal.json`
//!
//! Five normal inputs, and a score with logistic noise that thresholds cut into four classes. The argument is the number of runs a cell.

use rayon::prelude::*;
use serde_json::json;
use skiplayer::evaluate::curvature;
use skiplayer::loss::LossKind;
use skiplayer::random::Random;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

const P: usize = 5;
/// Classes of about the same shares, and a large lowest class beside rare high ones.
const THRESHOLDS: [(&str, [f64; 3]); 2] = [("even", [-1.2, 0.0, 1.2]), ("rare", [1.0, 2.0, 3.0])];

fn table(n: usize, bend: f64, thresholds: &[f64], random: &mut Random) -> Table {
    let columns: Vec<Vec<f64>> = (0..P).map(|_| (0..n).map(|_| random.normal()).collect()).collect();
    let class = |i: usize| {
        let [a, b, c] = [0, 1, 2].map(|j| columns[j][i]);
        let u = random.uniform();
        let score = 0.5 * a - 0.3 * b + 0.2 * c + bend * (a * a - 1.0) + (u / (1.0 - u)).ln();
        thresholds.iter().filter(|threshold| score > **threshold).count() as f64
    };
    let y: Vec<f64> = (0..n).map(class).collect();
    Table::from_columns(columns)
        .and_then(|table| table.with_column("y", Values::Numeric(y)))
        .expect("columns of one length")
}

fn main() {
    let runs: u64 = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(300);
    let mut cells = Vec::new();
    for (bend, sizes) in [(0.0, [200, 1000]), (0.3, [200, 400])] {
        for (n, (shares, thresholds)) in sizes.into_iter().flat_map(|n| THRESHOLDS.map(|own| (n, own))) {
            let p_value = |run: u64| {
                let mut random = Random::simulated(1_000_000 * cells.len() as u64 + run);
                let table = table(n, bend, &thresholds, &mut random);
                let roles = ColumnRoles { loss: Some(LossKind::Ordinal), ..ColumnRoles::new("y") };
                let data = Dataset::new(&table, roles).ok()?;
                curvature(&data, run).ok()?.p_value
            };
            let p_values: Vec<f64> = (0..runs).into_par_iter().filter_map(p_value).collect();
            let rejected = p_values.iter().filter(|p| **p < 0.05).count() as f64 / p_values.len() as f64;
            let row = json!({
                "shares": shares, "n": n, "bend": bend, "tests": p_values.len(), "battery": (rejected * 1e4).round() / 1e4,
            });
            eprintln!("{row}");
            cells.push(row);
        }
    }
    let record = json!({ "runs": runs, "level": 0.05, "p": P, "cells": cells });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
