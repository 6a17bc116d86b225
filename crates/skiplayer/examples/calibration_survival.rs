//! Do the tests of curvature and of slopes keep their size for durations, some of them censored? Rejections at 5%, as JSON.
//!
//! `cargo run --release -p skiplayer --example calibration_survival -- 1000 > benchmarks/records/calibration_survival.json`
//!
//! Weibull durations of five normal inputs, censored after exponential times; in every second cell rows of higher risk are censored
//! earlier. Everything as a user has it, with exposures from the line of each run. Beside it the likelihood ratio test of a squared term in
//! Cox's partial likelihood, told which of the five inputs it is. The argument is the number of runs a cell.

use rayon::prelude::*;
use serde_json::json;
use skiplayer::evaluate::curvature;
use skiplayer::loss::Ties;
use skiplayer::matrix::Matrix;
use skiplayer::random::Random;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::stats::chi_squared_tail;
use skiplayer::survival::{Durations, RiskSets, partial_line};
use skiplayer::table::{Table, Values};

const P: usize = 5;

fn exponential(random: &mut Random) -> f64 {
    -(1.0 - random.uniform()).ln()
}

/// What a cell draws.
#[derive(Debug, Clone, Copy)]
struct Cell {
    n: usize,
    /// Factor of the linear part of the log hazard.
    slope: f64,
    /// Of the square of the first input.
    bend: f64,
    /// Rate of censoring where the log hazard is 0.
    censoring: f64,
    /// Whether rows of higher risk are censored earlier.
    informative: bool,
}

/// Inputs, durations and whether they ended with an event.
fn draw(cell: Cell, random: &mut Random) -> (Vec<Vec<f64>>, Vec<f64>, Vec<f64>) {
    let n = cell.n;
    let columns: Vec<Vec<f64>> = (0..P).map(|_| (0..n).map(|_| random.normal()).collect()).collect();
    let (mut time, mut event) = (Vec::new(), Vec::new());
    for ((a, b), c) in columns[0].iter().zip(&columns[1]).zip(&columns[2]) {
        let line = cell.slope * (a - 0.6 * b + 0.4 * c);
        let end = (exponential(random) / (line + cell.bend * (a * a - 1.0)).exp()).powf(1.0 / 1.5);
        let censored = exponential(random) / (cell.censoring * if cell.informative { (0.7 * a).exp() } else { 1.0 });
        time.push(end.min(censored));
        event.push(f64::from(u8::from(end <= censored)));
    }
    (columns, time, event)
}

fn table(columns: Vec<Vec<f64>>, time: Vec<f64>, event: Vec<f64>) -> Table {
    Table::from_columns(columns)
        .and_then(|table| table.with_column("time", Values::Numeric(time)))
        .and_then(|table| table.with_column("event", Values::Numeric(event)))
        .expect("columns of one length")
}

/// P-value of the square of the first input beside a line of all, by the ratio of partial likelihoods.
fn p_of_square(columns: &[Vec<f64>], time: &[f64], event: &[f64]) -> f64 {
    let durations = Durations { time: time.to_vec(), stratum: Vec::new(), offset: Vec::new() };
    let sets = RiskSets::new(&durations, event, &vec![1.0; time.len()], Ties::Efron);
    let likelihood = |columns: &[Vec<f64>]| {
        let line = partial_line(&sets, &Matrix::from_columns(time.len(), columns), event, &[], 0.0);
        sets.log_likelihood(&line.eta)
    };
    let square = columns[0].iter().map(|x| x * x).collect();
    chi_squared_tail(2.0 * (likelihood(&[columns, &[square]].concat()) - likelihood(columns)), 1.0)
}

fn main() {
    let runs: u64 = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(300);
    let mut all = Vec::new();
    for (slope, bend) in [(0.0, 0.0), (0.8, 0.0), (0.8, 0.3)] {
        for n in [100, 200, 1000] {
            for (censoring, informative) in [(0.3, false), (1.5, false), (0.8, true)] {
                all.push(Cell { n, slope, bend, censoring, informative });
            }
        }
    }
    let mut cells = Vec::new();
    for cell in all {
        let p_value = |run: u64| {
            let mut random = Random::simulated(1_000_000 * cells.len() as u64 + run);
            let (columns, time, event) = draw(cell, &mut random);
            let square = p_of_square(&columns, &time, &event);
            let table = table(columns, time, event);
            let roles = ColumnRoles { event: Some("event".into()), ..ColumnRoles::new("time") };
            let data = Dataset::new(&table, roles).ok()?;
            let found = curvature(&data, run).ok()?;
            let of = |name: &str| found.tests.iter().find(|t| t.name == name).map(|t| t.p_value);
            let slopes = found.slopes.as_ref().map(|t| t.p_value);
            Some([found.p_value, of("coord"), of("poly"), of("reset"), slopes, Some(square)])
        };
        let p_values: Vec<[Option<f64>; 6]> = (0..runs).into_par_iter().filter_map(p_value).collect();
        let rejected = |test: usize| {
            let made: Vec<f64> = p_values.iter().filter_map(|p| p[test]).collect();
            let share = made.iter().filter(|p| **p < 0.05).count() as f64 / made.len() as f64;
            (share * 1e4).round() / 1e4
        };
        let row = json!({
            "n": cell.n, "slope": cell.slope, "bend": cell.bend, "censoring": cell.censoring, "informative": cell.informative,
            "tests": p_values.len(), "battery": rejected(0), "coord": rejected(1), "poly": rejected(2), "reset": rejected(3),
            "slopes": rejected(4), "square": rejected(5),
        });
        eprintln!("{row}");
        cells.push(row);
    }
    let record = json!({ "runs": runs, "level": 0.05, "p": P, "cells": cells });
    println!("{}", serde_json::to_string_pretty(&record).expect("numbers and strings"));
}
