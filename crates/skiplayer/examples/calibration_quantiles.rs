//! Does the curvature test keep its size with quantiles, and what does it see? Rejections at 5%, as JSON.
//!
//! `cargo run --release -p skiplayer --example calibration_quantiles -- 1000 > benchmarks/records/calibration_quantiles.json`
//!
//! Five inputs, and noise with linear quantiles: of one spread, or of a spread that grows with the first input. Beside the test of three
//! levels stands that of the median alone, and He & Zhu's (2003) test of the median. The argument is the number of runs a cell.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;
use skiplayer::evaluate::curvature;
use skiplayer::loss::{Loss, LossKind, Quantile, RowTerms};
use skiplayer::matrix::Matrix;
use skiplayer::random::Random;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::table::{Table, Values};

const P: usize = 5;
/// Draws of the reference.
const DRAWS: usize = 199;

/// What responses vary like about the line.
#[derive(Debug, Clone, Copy)]
enum Noise {
    Normal,
    /// Student t with 3 degrees of freedom.
    StudentT,
    /// Normal, of a standard deviation from 0.2 to 1.8.
    Growing,
    /// Exponential, of a standard deviation from 0.03 to 1.97.
    GrowingSkew,
}

impl Noise {
    /// Whether inputs are uniform, so that a spread that is linear in one stays positive.
    fn grows(self) -> bool {
        matches!(self, Noise::Growing | Noise::GrowingSkew)
    }

    fn of(self, first: f64, random: &mut Random) -> f64 {
        match self {
            Noise::Normal => random.normal(),
            Noise::StudentT => {
                let spread = ((0..3).map(|_| random.normal().powi(2)).sum::<f64>() / 3.0).sqrt();
                random.normal() / spread
            }
            Noise::Growing => (1.0 + 0.47 * first) * random.normal(),
            Noise::GrowingSkew => -(1.0 + 0.57 * first) * (1.0 - random.uniform()).ln(),
        }
    }
}

fn sample(n: usize, bend: f64, noise: Noise, random: &mut Random) -> (Vec<Vec<f64>>, Vec<f64>) {
    let input = |random: &mut Random| if noise.grows() { 3.4 * random.uniform() - 1.7 } else { random.normal() };
    let columns: Vec<Vec<f64>> = (0..P).map(|_| (0..n).map(|_| input(random)).collect()).collect();
    let y = (0..n)
        .map(|i| {
            let [a, b, c] = [0, 1, 2].map(|j| columns[j][i]);
            0.5 * a - 0.3 * b + 0.2 * c + bend * (a * a - 1.0) + noise.of(a, random)
        })
        .collect();
    (columns, y)
}

fn p_value(columns: &[Vec<f64>], y: &[f64], levels: &[f64], seed: u64) -> Option<f64> {
    let table = Table::from_columns(columns.to_vec()).ok()?.with_column("y", Values::Numeric(y.to_vec())).ok()?;
    let roles = ColumnRoles { loss: Some(LossKind::Quantile), quantiles: levels.to_vec(), ..ColumnRoles::new("y") };
    curvature(&Dataset::new(&table, roles).ok()?, seed).ok()?.p_value
}

/// The largest eigenvalue of the mean of R(x_i) R(x_i)', R(t) = n^(-1/2) sum of psi(e_j) x_j over the rows j with x_j <= t, and its p-value by
/// draws of the signs, off which the estimated line is taken.
fn he_zhu(columns: &[Vec<f64>], y: &[f64], random: &mut Random) -> Option<f64> {
    let n = y.len();
    let x = Matrix::from_columns(n, columns);
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-6, 0.0]), ..PathOptions::default() };
    let loss = Loss::Quantile(Quantile::new(&[0.5]).ok()?);
    let weight = vec![1.0; n];
    let fit = linear_path(&x, &Matrix::from_columns(n, &[y.to_vec()]), RowTerms::from(&weight), loss, &options);
    let fit = fit.ok()?.pop()?;
    let rows: Vec<[f64; P + 1]> =
        (0..n).map(|i| std::array::from_fn(|c| if c == 0 { 1.0 } else { columns[c - 1][i] })).collect();
    let on_line = fit.predictor(&x, 0);
    let below = |t: usize| -> Vec<usize> { (0..n).filter(|&j| columns.iter().all(|x| x[j] <= x[t])).collect() };
    let below: Arc<[Vec<usize>]> = (0..n).map(below).collect();
    let outer = |rows_of: &mut dyn Iterator<Item = usize>| {
        let mut sum = [[0.0; P + 1]; P + 1];
        for j in rows_of {
            (0..=P).for_each(|a| (0..=P).for_each(|b| sum[a][b] += rows[j][a] * rows[j][b] / n as f64));
        }
        sum
    };
    let whole = outer(&mut (0..n));
    let parts: Vec<[[f64; P + 1]; P + 1]> = below.iter().map(|own| outer(&mut own.iter().copied())).collect();
    let statistic = |psi: &[f64], is_drawn: bool| {
        let mut total = [0.0; P + 1];
        (0..n).for_each(|j| (0..=P).for_each(|c| total[c] += psi[j] * rows[j][c]));
        let moved = if is_drawn { solve(whole, total) } else { [0.0; P + 1] };
        let mut sum = [[0.0; P + 1]; P + 1];
        for (own, part) in below.iter().zip(&parts) {
            let mut r = [0.0; P + 1];
            own.iter().for_each(|&j| (0..=P).for_each(|c| r[c] += psi[j] * rows[j][c]));
            (0..=P).for_each(|a| r[a] -= (0..=P).map(|b| part[a][b] * moved[b]).sum::<f64>());
            (0..=P).for_each(|a| (0..=P).for_each(|b| sum[a][b] += r[a] * r[b] / (n * n) as f64));
        }
        largest_eigenvalue(sum)
    };
    let psi = |residual: f64| if residual.abs() < 1e-9 { 0.0 } else { 0.5 * residual.signum() };
    let observed = statistic(&(0..n).map(|j| psi(y[j] - on_line[j])).collect::<Vec<f64>>(), false);
    let as_large = (0..DRAWS)
        .filter(|_| statistic(&(0..n).map(|_| 0.5 * random.sign()).collect::<Vec<f64>>(), true) >= observed)
        .count();
    Some((1 + as_large) as f64 / (1 + DRAWS) as f64)
}

/// By Gauss and Jordan; the matrix is positive definite.
fn solve(mut a: [[f64; P + 1]; P + 1], mut b: [f64; P + 1]) -> [f64; P + 1] {
    for k in 0..=P {
        let pivot = a[k][k];
        a[k].iter_mut().for_each(|v| *v /= pivot);
        b[k] /= pivot;
        for r in (0..=P).filter(|&r| r != k) {
            let factor = a[r][k];
            (0..=P).for_each(|c| a[r][c] -= factor * a[k][c]);
            b[r] -= factor * b[k];
        }
    }
    b
}

/// By powers of the matrix.
fn largest_eigenvalue(a: [[f64; P + 1]; P + 1]) -> f64 {
    let (mut v, mut value) = ([1.0; P + 1], 0.0);
    for _ in 0..200 {
        let next: [f64; P + 1] = std::array::from_fn(|r| (0..=P).map(|c| a[r][c] * v[c]).sum());
        value = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        if value == 0.0 {
            return 0.0;
        }
        v = next.map(|x| x / value);
    }
    value
}

fn main() {
    let runs: u64 = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(300);
    let noises = [Noise::Normal, Noise::StudentT, Noise::Growing, Noise::GrowingSkew];
    let mut cells = Vec::new();
    for (bend, sizes) in [(0.0, vec![100, 200, 1000]), (0.2, vec![200, 400])] {
        for (n, noise) in sizes.into_iter().flat_map(|n| noises.map(|noise| (n, noise))) {
            let p_values = |run: u64| {
                let mut random = Random::simulated(1_000_000 * cells.len() as u64 + run);
                let (columns, y) = sample(n, bend, noise, &mut random);
                let with_reference = n < 1000;
                Some([
                    p_value(&columns, &y, &Quantile::DEFAULT_LEVELS, run),
                    p_value(&columns, &y, &[0.5], run),
                    with_reference.then(|| he_zhu(&columns, &y, &mut random)).flatten(),
                ])
            };
            let p_values: Vec<[Option<f64>; 3]> = (0..runs).into_par_iter().filter_map(p_values).collect();
            let rejected = |test: usize| {
                let made: Vec<f64> = p_values.iter().filter_map(|p| p[test]).collect();
                let share = made.iter().filter(|p| **p < 0.05).count() as f64 / made.len() as f64;
                (!made.is_empty()).then(|| (share * 1e4).round() / 1e4)
            };
            let row = json!({
                "noise": format!("{noise:?}"), "n": n, "bend": bend, "tests": p_values.len(),
                "battery": rejected(0), "median": rejected(1), "he_zhu_median": rejected(2),
            });
            eprintln!("{row}");
            cells.push(row);
        }
    }
    let record = json!({ "runs": runs, "level": 0.05, "p": P, "cells": cells });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
