//! The linear model by a lasso path: lambda by inner cross-validation.

use super::cross_validated::{PathFit, cross_validate};
use super::network::NetworkFit;
use super::partial::{of_durations, without_inputs};
use crate::Result;
use crate::fit::config::Config;
use crate::fit::observer::Observer;
use crate::fit::sample::Sample;
use crate::fit::select::folds::{Resample, Scheme};
use crate::loss::RowTerms;
use crate::net::{Architecture, Network};
use crate::solve::{LinearFit, PathOptions, lambda_grid, lambda_max, linear_path};

const N_LAMBDA: usize = 60;

/// Lasso path over all rows and over inner folds; the lambda that `config` asks for.
pub fn fit(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    config: &Config,
    observer: &dyn Observer,
) -> Result<PathFit> {
    let offset = without_inputs(sample);
    let terms = RowTerms { offset: offset.as_ref().unwrap_or(&sample.offset), weight: &sample.weight };
    let largest = lambda_max(&sample.x, &sample.y, terms, sample.loss, 1.0).max(1e-12);
    let ratio = if sample.n_rows() > sample.n_inputs() { 1e-4 } else { 1e-2 };
    let lambdas = Some(lambda_grid(largest, ratio, N_LAMBDA));
    let options = PathOptions { lambdas, tol: 1e-6, ..PathOptions::default() };
    let path = |sample: &Sample| -> Result<Vec<NetworkFit>> {
        let fits = match of_durations(sample, &options)? {
            Some(fits) => fits,
            None => linear_path(&sample.x, &sample.y, sample.terms(), sample.loss, &options)?,
        };
        Ok(fits.into_iter().map(|fit| network(sample, fit)).collect())
    };
    cross_validate("lasso path", &path, sample, scheme, folds, config, observer)
}

/// A point of a path of lines as a network.
pub(super) fn network(sample: &Sample, fit: LinearFit) -> NetworkFit {
    let mut network = Network::zeros(Architecture::linear(sample.n_inputs(), sample.n_outputs()));
    let mut weights = network.weights_mut();
    weights.output_bias.copy_from_slice(&fit.intercept);
    weights.skip.values_mut().copy_from_slice(&fit.coef);
    NetworkFit { lambda: fit.lambda, termination: fit.termination, network }
}
