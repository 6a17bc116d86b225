//! The linear model by a lasso path: lambda by inner cross-validation.

use rayon::prelude::*;

use super::cross_validated::{PathFit, choose};
use crate::Result;
use crate::fit::config::Config;
use crate::fit::observer::{Event, Observer};
use crate::fit::sample::Sample;
use crate::fit::select::folds::{Resample, Scheme};
use crate::fit::summary::PathPoint;
use crate::net::{Architecture, Network};
use crate::random::Random;
use crate::solve::{LinearFit, PathOptions, lambda_max, linear_path};

const N_LAMBDA: usize = 60;

/// Lasso path over all rows and over inner folds; the lambda that `config` asks for.
pub fn fit(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    config: &Config,
    observer: &dyn Observer,
) -> Result<PathFit> {
    let largest = lambda_max(&sample.x, &sample.y, &sample.weight, sample.loss, 1.0).max(1e-12);
    let ratio: f64 = if sample.n_rows() > sample.n_inputs() { 1e-4 } else { 1e-2 };
    let lambdas: Vec<f64> = (0..N_LAMBDA).map(|i| largest * ratio.powf(i as f64 / (N_LAMBDA - 1) as f64)).collect();
    let options = PathOptions { lambdas: Some(lambdas.clone()), tol: 1e-6, ..PathOptions::default() };
    let path = |sample: &Sample| linear_path(&sample.x, &sample.y, &sample.weight, sample.loss, &options);
    let k = config.inner_folds.min(sample.n_rows());
    let (fold_of, k) = scheme.assign(k, &mut Random::new(config.seed, 0));
    observer.event(Event::Stage { name: format!("lasso path in {k} inner folds"), steps: k });
    let losses = (0..k)
        .into_par_iter()
        .map(|f| {
            let (test, train): (Vec<usize>, Vec<usize>) = (0..sample.n_rows()).partition(|&i| fold_of[i] == f);
            let fold = folds.fold(&train, &test)?;
            let total: f64 = fold.test.weight.iter().sum();
            let fits = path(&fold.train)?;
            let losses = fits.iter().map(|fit| {
                let losses = fold.row_losses(&network(&fold.train, fit).forward(&fold.test.x));
                losses.iter().zip(&fold.test.weight).map(|(l, w)| l * w).sum::<f64>() / total
            });
            let losses: Vec<f64> = losses.collect();
            observer.event(Event::Step);
            Ok((losses, total))
        })
        .collect::<Result<Vec<(Vec<f64>, f64)>>>()?;
    let fits = path(sample)?;
    let total: f64 = losses.iter().map(|(_, w)| w).sum();
    let points: Vec<PathPoint> = fits
        .iter()
        .enumerate()
        .map(|(i, fit)| {
            let mean = losses.iter().map(|(l, w)| l[i] * w).sum::<f64>() / total;
            let variance = losses.iter().map(|(l, w)| w * (l[i] - mean).powi(2)).sum::<f64>() / total;
            let network = network(sample, fit);
            PathPoint {
                lambda: fit.lambda,
                n_units: 0,
                n_inputs: network.inputs_in_use().len(),
                n_weights: network.n_weights(),
                train_loss: sample.mean_loss(&network.forward(&sample.x)),
                cv_loss: mean,
                cv_standard_error: (variance / (k as f64 - 1.0)).sqrt(),
                termination: fit.termination,
            }
        })
        .collect();
    let chosen = choose(&points, config.lambda_choice);
    Ok(PathFit {
        network: network(sample, &fits[chosen]),
        lambda: fits[chosen].lambda,
        termination: fits[chosen].termination,
        points,
    })
}

fn network(sample: &Sample, fit: &LinearFit) -> Network {
    let mut parameters = fit.intercept.clone();
    parameters.extend_from_slice(&fit.coef);
    Network::new(Architecture::linear(sample.n_inputs(), sample.n_outputs()), parameters)
}
