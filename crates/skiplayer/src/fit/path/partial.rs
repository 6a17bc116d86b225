//! The lasso of durations: the path of the partial likelihood, as glmnet has it.
//!
//! For each lambda the Poisson form is fitted and its exposures are made from that fit, in turns until neither moves: the point where
//! they agree is the solution of the partial likelihood with the same penalty.

use crate::Result;
use crate::fit::baseline::{balanced_constant, of_log_hazards};
use crate::fit::sample::Sample;
use crate::loss::RowTerms;
use crate::solve::{LinearFit, PathOptions, Reason, linear_path};

/// Turns; some ten are enough but where few events meet many inputs.
const MAX_TURNS: usize = 100;
/// Largest change of a log hazard that ends them.
const STILL: f64 = 1e-7;

/// Solutions at each lambda of `options`, their constants beside the exposures of `sample`; `None` but for durations.
pub fn of_durations(sample: &Sample, options: &PathOptions) -> Result<Option<Vec<LinearFit>>> {
    let Some(lambdas) = options.lambdas.as_ref().filter(|_| sample.durations.is_some()) else { return Ok(None) };
    let mut eta = vec![0.0; sample.n_rows()];
    let fits = lambdas.iter().map(|lambda| at_lambda(sample, *lambda, options, &mut eta));
    fits.collect::<Result<Option<Vec<LinearFit>>>>()
}

/// The solution at `lambda`, begun at log hazards `eta` (n) and leaving its own.
fn at_lambda(sample: &Sample, lambda: f64, options: &PathOptions, eta: &mut Vec<f64>) -> Result<Option<LinearFit>> {
    let Some((sets, durations)) = sample.risk_sets() else { return Ok(None) };
    let options = PathOptions { lambdas: Some(vec![lambda]), ..options.clone() };
    let mut last = None;
    for _ in 0..MAX_TURNS {
        let offset = of_log_hazards(&sets, sample, &durations.whole(eta)).offset;
        let terms = RowTerms { weight: &sample.weight, offset: &offset };
        let Some(mut fit) = linear_path(&sample.x, &sample.y, terms, sample.loss, &options)?.pop() else { break };
        let mut next = vec![0.0; eta.len()];
        for (j, coef) in fit.coef.iter().enumerate().filter(|(_, coef)| **coef != 0.0) {
            next.iter_mut().zip(sample.x.column(j)).for_each(|(eta, x)| *eta += coef * x);
        }
        let moved = next.iter().zip(&*eta).map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
        *eta = next;
        fit.intercept = vec![balanced_constant(sample, eta)];
        if moved <= STILL {
            return Ok(Some(fit));
        }
        fit.termination.reason = Reason::NoProgress;
        last = Some(fit);
    }
    Ok(last)
}

/// The offset of the rows with the exposures of a constant: those at which the path begins; `None` but for durations.
pub fn without_inputs(sample: &Sample) -> Option<Vec<f64>> {
    let (sets, durations) = sample.risk_sets()?;
    Some(of_log_hazards(&sets, sample, &durations.whole(&vec![0.0; sample.n_rows()])).offset)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::encode::Standard;
    use crate::loss::{Cox, Loss, Ties};
    use crate::matrix::Matrix;
    use crate::penalty::InputRules;
    use crate::survival::Durations;

    /// The rows of `benchmarks/reference/survival.R`.
    fn sample() -> Sample {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/diabetes.csv");
        let text = fs::read_to_string(path).unwrap();
        let rows: Vec<Vec<f64>> =
            text.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
        let n = rows.len();
        let columns: Vec<Vec<f64>> = (0..10)
            .filter(|j| *j != 1)
            .map(|j| {
                let column: Vec<f64> = rows.iter().map(|row| row[j]).collect();
                let standard = Standard::learn(&column, &vec![1.0; n]);
                column.iter().map(|v| standard.apply(*v)).collect()
            })
            .collect();
        let time = rows.iter().map(|row| (row[10] / 10.0).round_ties_even()).collect();
        let event = (0..n).map(|i| f64::from(u8::from(i % 3 != 0))).collect();
        let durations = Durations { time, stratum: Vec::new(), offset: Vec::new() };
        let mut sample = Sample {
            x: Matrix::from_columns(n, &columns),
            y: Matrix::from_columns(n, &[event]),
            weight: vec![1.0; n],
            offset: Vec::new(),
            loss: Loss::Cox(Cox { ties: Ties::Breslow }),
            rules: InputRules::default(),
            durations: Some(durations),
        };
        sample.offset = without_inputs(&sample).unwrap();
        sample
    }

    #[test]
    fn coefficients_are_those_of_glmnet() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/losses/survival.json");
        let reference: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let lambdas = Some(numbers(&reference["glmnet"]["lambda"]));
        let options = PathOptions { lambdas, tol: 1e-9, ..PathOptions::default() };
        let fits = of_durations(&sample(), &options).unwrap().unwrap();
        for (fit, expected) in fits.iter().zip(reference["glmnet"]["coef"].as_array().unwrap()) {
            for (found, expected) in fit.coef.iter().zip(numbers(expected)) {
                assert!((found - expected).abs() < 1e-6, "lambda {}: {found}, glmnet has {expected}", fit.lambda);
            }
        }
    }
}
