//! Times the engine's pieces in process and prints one JSON object a line. `benchmarks/speed.py` runs it beside other programs.
//!
//!     cargo run --release -p skiplayer --example speed -- JOB ARGUMENTS
//!
//!     dense FILE UNITS DECAY ENOUGH SEEDS newton|quasi-newton   columns of FILE standardised, target last; stops at the value ENOUGH
//!     gradient single|double ROWS INPUTS UNITS [UNITS]   one pass over normal data
//!     epoch single|double ROWS INPUTS UNITS BATCH        Adam steps over normal data
//!     path FILE UNITS dense|linear                       25 lambdas of a network, target last
//!     lasso FILE TOLERANCE                               100 lambdas, target last
//!
//! FILE holds numbers with commas and one header line.

use std::time::Instant;

use serde_json::json;
use skiplayer::fit::fixed::{FixedOptions, FixedProblem, Solver};
use skiplayer::fit::{NetworkPathOptions, PathStart, network_path};
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::net::{Activation, Architecture};
use skiplayer::random::Random;
use skiplayer::simd::Scalar;
use skiplayer::solve::prox_adam::ProxAdam;
use skiplayer::solve::{LinearFit, PathOptions, linear_path};

const REPEATS: usize = 7;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |at: usize| words[at].parse::<usize>().expect("a whole number");
    match words[0] {
        "dense" => dense(&words),
        "gradient" => {
            let hidden = words[4..].iter().map(|w| w.parse().expect("units")).collect();
            match words[1] {
                "single" => gradient::<f32>(number(2), number(3), hidden),
                _ => gradient::<f64>(number(2), number(3), hidden),
            }
        }
        "epoch" => match words[1] {
            "single" => epoch::<f32>(number(2), number(3), number(4), number(5)),
            _ => epoch::<f64>(number(2), number(3), number(4), number(5)),
        },
        "path" => path(words[1], number(2), words[3]),
        "lasso" => lasso(words[1], words[2].parse().expect("a tolerance")),
        other => panic!("no job {other}"),
    }
}

fn dense(words: &[&str]) {
    let (x, y) = read(words[1]);
    let units = words[2].parse().expect("units");
    let decay = words[3].parse().expect("decay");
    let enough = words[4].parse().expect("a value");
    let seeds: u64 = words[5].parse().expect("seeds");
    let solver = if words[6] == "newton" { Solver::Newton } else { Solver::QuasiNewton };
    let architecture =
        Architecture { n_inputs: x.n_columns(), n_outputs: 1, hidden: vec![units], activation: Activation::Tanh };
    for seed in 0..seeds {
        let begin = Instant::now();
        let weight = vec![1.0; x.n_rows()];
        let problem = FixedProblem::new(architecture.clone(), &x, &y, &weight, Loss::Squared, decay).expect("data");
        let start = problem.start(seed);
        let (_, end) = problem
            .minimise(start, &FixedOptions { solver, max_iterations: 3000, stop_below: enough, ..Default::default() });
        let seconds = begin.elapsed().as_secs_f64();
        let reached = end.objective <= enough;
        println!(
            "{}",
            json!({ "seed": seed, "seconds": seconds, "value": end.objective, "iterations": end.iterations, "reached": reached })
        );
    }
}

fn normal(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut random = Random::simulated(seed);
    Matrix::from_fn(rows, columns, |_, _| random.normal())
}

fn problem<T: Scalar>(rows: usize, inputs: usize, hidden: Vec<usize>) -> FixedProblem<T> {
    let architecture = Architecture { n_inputs: inputs, n_outputs: 1, hidden, activation: Activation::Tanh };
    let (x, y) = (normal(rows, inputs, 1), normal(rows, 1, 2));
    FixedProblem::new(architecture, &x, &y, &vec![1.0; rows], Loss::Squared, 0.0).expect("data")
}

fn gradient<T: Scalar>(rows: usize, inputs: usize, hidden: Vec<usize>) {
    let problem: FixedProblem<T> = problem(rows, inputs, hidden);
    let theta = problem.start(1);
    let mut gradient = vec![0.0; theta.len()];
    report(|| {
        problem.value_gradient(&theta, &mut gradient);
    });
}

fn epoch<T: Scalar>(rows: usize, inputs: usize, units: usize, batch: usize) {
    let problem: FixedProblem<T> = problem(rows, inputs, vec![units]);
    let mut theta = problem.start(1);
    let mut adam = ProxAdam::new(theta.len());
    report(|| problem.epoch(&mut theta, &mut adam, batch.div_ceil(64), 1e-3));
}

fn path(file: &str, units: usize, start: &str) {
    let (x, y) = read(file);
    let weight = vec![1.0; x.n_rows()];
    let start = if start == "linear" { PathStart::Linear } else { PathStart::Dense };
    let options = NetworkPathOptions { units, start, ..NetworkPathOptions::default() };
    let run = || network_path(&x, &y, &weight, Loss::Squared, &options).expect("a path");
    let fits = run();
    let converged = fits.iter().filter(|fit| fit.termination.converged()).count();
    let seconds = seconds_of(|| drop(run()));
    let units: Vec<usize> = fits.iter().map(|fit| fit.network.n_units()).collect();
    println!("{}", json!({ "seconds": seconds, "lambdas": fits.len(), "converged": converged, "units": units }));
}

fn lasso(file: &str, tol: f64) {
    let (x, y) = read(file);
    let weight = vec![1.0; x.n_rows()];
    let options = PathOptions { tol, ..PathOptions::default() };
    let path = linear_path(&x, &y, &weight, Loss::Squared, &options).expect("a path");
    let seconds = seconds_of(|| {
        linear_path(&x, &y, &weight, Loss::Squared, &options).expect("a path");
    });
    let off = path.iter().map(|fit| violation(&x, &y, fit)).fold(0.0, f64::max);
    println!("{}", json!({ "seconds": seconds, "kkt": off / path[0].lambda, "lambdas": path.len() }));
}

/// The largest violation of the optimality conditions of 1/(2n) |y - a - Xb|^2 + lambda |b|_1.
fn violation(x: &Matrix, y: &Matrix, fit: &LinearFit) -> f64 {
    let (n, p) = (x.n_rows(), x.n_columns());
    let mut residual: Vec<f64> = (0..n).map(|i| y.get(i, 0) - fit.intercept[0]).collect();
    for j in (0..p).filter(|&j| fit.coef[j] != 0.0) {
        residual.iter_mut().zip(x.column(j)).for_each(|(r, x)| *r -= x * fit.coef[j]);
    }
    let off = |j: usize| {
        let slope = x.column(j).iter().zip(&residual).map(|(x, r)| x * r).sum::<f64>() / n as f64;
        match fit.coef[j] {
            0.0 => (slope.abs() - fit.lambda).max(0.0),
            b => (slope - fit.lambda * b.signum()).abs(),
        }
    };
    (0..p).map(off).fold(0.0, f64::max)
}

/// Seconds of some runs, after one to warm up.
fn seconds_of(mut run: impl FnMut()) -> Vec<f64> {
    run();
    (0..REPEATS)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed().as_secs_f64()
        })
        .collect()
}

fn report(run: impl FnMut()) {
    println!("{}", json!({ "seconds": seconds_of(run) }));
}

/// Inputs and the last column, standardised.
fn read(file: &str) -> (Matrix, Matrix) {
    let text = std::fs::read_to_string(file).expect("a file");
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    let n = rows.len();
    let columns: Vec<Vec<f64>> = (0..rows[0].len())
        .map(|j| {
            let mean = rows.iter().map(|r| r[j]).sum::<f64>() / n as f64;
            let scale = (rows.iter().map(|r| (r[j] - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
            rows.iter().map(|r| (r[j] - mean) / scale).collect()
        })
        .collect();
    let p = columns.len() - 1;
    (Matrix::from_columns(n, &columns[..p]), Matrix::from_columns(n, &columns[p..]))
}
