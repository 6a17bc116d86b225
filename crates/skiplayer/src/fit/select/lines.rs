//! What networks are measured by: the linear model and a constant.

use crate::Result;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::Fit;
use crate::fit::dispersion::{dispersion, quasi_design};
use crate::fit::laplace::train::Problem;
use crate::fit::sample::Sample;
use crate::fit::settle::settle;
use crate::net::{Architecture, Network, prune};
use crate::solve::StopRule;

/// The linear model of a sample: all inputs, or those that a lasso path selects where there are too many to judge.
pub fn fit_linear(problem: &Problem, sample: &Sample, rule: StopRule) -> Result<Fit> {
    let support = screen::inputs(sample)?;
    Ok(sparse::linear(problem, sample, &support, rule))
}

/// The constant that predicts a sample best.
pub fn constant(sample: &Sample) -> Network {
    let mut network = Network::zeros(Architecture::linear(sample.n_inputs(), sample.n_outputs()));
    let best = sample.loss.constant_fit(sample.y.values(), sample.terms());
    network.weights_mut().output_bias.copy_from_slice(&best);
    network
}

/// The linear model of a sample by the evidence, without the inputs that it does not need; counts by their quasi-likelihood.
pub fn line_by_evidence(sample: &Sample) -> Result<Network> {
    let design = quasi_design(sample, dispersion(sample));
    let never = || false;
    let problem = Problem::new(sample, &design, &never);
    let fit = fit_linear(&problem, sample, StopRule { tolerance: 1e-2, max_iterations: 1500 })?;
    let mut network = prune(&fit.network());
    settle(&mut network, sample);
    Ok(network)
}
