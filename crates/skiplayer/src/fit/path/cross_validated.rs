//! Regularisation paths over inner folds, and the lambda that they choose.

use rayon::prelude::*;

use super::network;
use super::network::{NetworkFit, NetworkPathOptions};
use crate::Result;
use crate::fit::choices::LambdaChoice;
use crate::fit::config::Config;
use crate::fit::observer::{Event, Observer};
use crate::fit::sample::Sample;
use crate::fit::select::folds::{Resample, Scheme};
use crate::fit::summary::PathPoint;
use crate::net::Network;
use crate::random::{Purpose, Random};
use crate::solve::Termination;

/// What a path with cross-validation ends with.
#[derive(Debug, Clone)]
pub struct PathFit {
    pub network: Network,
    pub lambda: f64,
    pub termination: Termination,
    /// Largest lambda first.
    pub points: Vec<PathPoint>,
}

/// The networks' path over all rows and over inner folds, and the lambda that `config` asks for.
pub fn fit(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    width: usize,
    config: &Config,
    observer: &dyn Observer,
) -> Result<PathFit> {
    let options = NetworkPathOptions {
        units: width,
        depth: config.depth,
        activation: config.activation,
        skip: config.skip,
        penalty: config.penalty,
        start: config.path_start,
        seed: config.seed,
        ..NetworkPathOptions::default()
    };
    let lambdas = options.lambdas(sample);
    let interrupted = || observer.interrupted();
    let path =
        |sample: &Sample| -> Result<Vec<NetworkFit>> { Ok(network::run(sample, &lambdas, &options, &interrupted)) };
    cross_validate("regularisation path", &path, sample, scheme, folds, config, observer)
}

/// `path` (solutions at the same lambdas for every sample, largest lambda first) over all rows and over inner folds, and the lambda
/// that `config` asks for. `name` is that of the stage.
pub fn cross_validate(
    name: &str,
    path: &(dyn Fn(&Sample) -> Result<Vec<NetworkFit>> + Sync),
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    config: &Config,
    observer: &dyn Observer,
) -> Result<PathFit> {
    let k = config.inner_folds.min(sample.n_rows());
    let (fold_of, k) = scheme.assign(k, &mut Random::of(config.seed, Purpose::InnerFolds, 0));
    observer.event(Event::Stage { name: format!("{name} in {k} inner folds"), steps: k + 1 });
    // (mean loss of the fold at each lambda, weight of the fold)
    let fold_losses = (0..k)
        .into_par_iter()
        .map(|f| {
            let (test, train): (Vec<usize>, Vec<usize>) = (0..sample.n_rows()).partition(|&i| fold_of[i] == f);
            let fold = folds.fold(&train, &test)?;
            let points = path(&fold.train)?;
            observer.event(Event::Step);
            let total: f64 = fold.test.weight.iter().sum();
            let losses = points.iter().map(|point| {
                let losses = fold.losses_of(&point.network);
                losses.iter().zip(&fold.test.weight).map(|(l, w)| l * w).sum::<f64>() / total
            });
            Ok((losses.collect::<Vec<f64>>(), total))
        })
        .collect::<Result<Vec<(Vec<f64>, f64)>>>()?;
    let mut points = path(sample)?;
    observer.event(Event::Step);

    let total: f64 = fold_losses.iter().map(|(_, w)| w).sum();
    let record = |(i, point): (usize, &NetworkFit)| {
        let mean = fold_losses.iter().map(|(l, w)| l[i] * w).sum::<f64>() / total;
        let variance = fold_losses.iter().map(|(l, w)| w * (l[i] - mean).powi(2)).sum::<f64>() / total;
        PathPoint {
            lambda: point.lambda,
            n_units: point.network.n_units(),
            n_inputs: point.network.inputs_in_use().len(),
            n_weights: point.network.n_weights(),
            train_loss: sample.mean_loss(&point.network.forward(&sample.x)),
            cv_loss: mean,
            cv_standard_error: (variance / (k as f64 - 1.0)).sqrt(),
            termination: point.termination,
        }
    };
    let records: Vec<PathPoint> = points.iter().enumerate().map(record).collect();
    let NetworkFit { network, lambda, termination } = points.swap_remove(choose(&records, config.lambda_choice));
    Ok(PathFit { network, lambda, termination, points: records })
}

/// Index of lambda_min or lambda_1se among points that run from the largest lambda to the smallest.
fn choose(points: &[PathPoint], choice: LambdaChoice) -> usize {
    let min = (0..points.len()).min_by(|&a, &b| points[a].cv_loss.total_cmp(&points[b].cv_loss)).unwrap_or(0);
    match choice {
        LambdaChoice::Min => min,
        LambdaChoice::OneStandardError => {
            let limit = points[min].cv_loss + points[min].cv_standard_error;
            (0..=min).find(|&i| points[i].cv_loss <= limit).unwrap_or(min)
        }
    }
}
