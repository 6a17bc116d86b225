//! Exposures of durations to the baseline hazard, in place of a parameter of the loss.
//!
//! With the exposures of a line the Poisson form of Cox's model has that line as its optimum, and all that is fitted to it afterwards,
//! hidden units and less of the line, is told by one loss, row by row, whatever contender predicts it. The line is that of largest partial
//! likelihood under a normal prior whose width the rows tell (MacKay 1992): without a signal there is no line, and the exposures
//! are Nelson and Aalen's. Inputs that are not penalised have no prior, so that a line of these alone is that of Cox. The deployed model gets the baseline of its own log hazards.

use faer::Side;
use faer::linalg::solvers::DenseSolveCore;

use super::prior_width::{MAX_TURNS, MOST_INPUTS, NO_LINE, is_still, next_precision};
use super::sample::Sample;
use crate::encode::TargetEncoding;
use crate::matrix::Matrix;
use crate::net::Network;
use crate::survival::{Baseline, NO_EXPOSURE, RiskSets, information, line_of_expected, partial_line};

/// A baseline hazard, and what the rows' exposures to it add to their linear predictors.
pub struct Exposures {
    pub baseline: Baseline,
    /// (n), the offset of the rows included.
    pub offset: Vec<f64>,
}

/// Those of the line on all inputs; `None` but for durations. O(n p²) a step.
pub fn of_the_line(sample: &Sample) -> Option<Exposures> {
    let (sets, durations) = sample.risk_sets()?;
    let event = sample.y.column(0);
    let p = sample.n_inputs();
    let constant = durations.whole(&vec![0.0; sample.n_rows()]);
    if p == 0 || p > MOST_INPUTS {
        return Some(of_log_hazards(&sets, sample, &constant));
    }
    let observed: Vec<f64> = event.iter().zip(sets.weights()).map(|(event, weight)| event * weight).collect();
    let mut has_prior = vec![true; p];
    sample.rules.free_inputs().for_each(|j| has_prior[j] = false);
    let with_prior: Vec<usize> = (0..p).filter(|&j| has_prior[j]).collect();
    let mut precision = 1.0;
    let mut eta = constant.clone();
    for _ in 0..MAX_TURNS {
        let ridge: Vec<f64> = has_prior.iter().map(|has| if *has { precision } else { 0.0 }).collect();
        let line = line_of_expected(&sets, &sample.x, &observed, &durations.offset, &ridge);
        if with_prior.is_empty() {
            eta = line.eta;
            break;
        }
        let mut curvature = information(&sets, &sample.x, &line.eta);
        (0..p).for_each(|j| curvature[(j, j)] += ridge[j]);
        let Ok(factor) = curvature.llt(Side::Lower) else { break };
        eta = line.eta;
        let inverse = factor.inverse();
        let (coef, diagonal): (Vec<f64>, Vec<f64>) =
            with_prior.iter().map(|&j| (line.coef[j], inverse[(j, j)])).unzip();
        let next = next_precision(precision, &coef, &diagonal);
        if next.is_nan() || (next >= NO_LINE && with_prior.len() == p) {
            eta = constant;
            break;
        }
        let next = next.min(NO_LINE);
        if is_still(precision, next) {
            break;
        }
        precision = next;
    }
    Some(of_log_hazards(&sets, sample, &eta))
}

/// Those of log hazards `eta` (n), the offset of the rows included.
pub fn of_log_hazards(sets: &RiskSets, sample: &Sample, eta: &[f64]) -> Exposures {
    let durations = sample.durations.as_ref();
    let time = durations.map_or(&[][..], |own| &own.time);
    let known = durations.map_or(&[][..], |own| &own.offset);
    let exposure = sets.exposures(eta);
    let of_row = |(i, exposure): (usize, &f64)| {
        let known = known.get(i).copied().unwrap_or(0.0);
        known + if *exposure > 0.0 { exposure.ln().max(NO_EXPOSURE) } else { NO_EXPOSURE }
    };
    let offset = exposure.iter().enumerate().map(of_row).collect();
    Exposures { baseline: Baseline::estimate(sets, time, eta), offset }
}

/// The mean loss of log hazards `eta` (n, 1), the offset not included, with exposures of their own; `None` but for durations.
pub fn profiled_loss(sample: &Sample, eta: &Matrix) -> Option<f64> {
    let (sets, durations) = sample.risk_sets()?;
    let whole = durations.whole(eta.column(0));
    let found = of_log_hazards(&sets, sample, &whole);
    Some(Sample { offset: found.offset, ..sample.clone() }.mean_loss(eta))
}

/// Beside the exposures of `sample` the constant that suits log hazards `eta` (n): as many events as are expected.
pub fn balanced_constant(sample: &Sample, eta: &[f64]) -> f64 {
    let events: f64 = sample.y.column(0).iter().zip(&sample.weight).map(|(d, w)| d * w).sum();
    let expected = |i: usize| sample.weight[i] * (eta[i] + sample.offset[i]).exp();
    (events / (0..eta.len()).map(expected).sum::<f64>()).ln()
}

/// Of the training rows `sample` the mean log hazard (weighted, without the offset) that `network` gives them.
pub(crate) fn centre(network: &Network, sample: &Sample) -> f64 {
    let eta = network.forward(&sample.x);
    // Off the first, so that a constant is its own mean to the last bit.
    let first = eta.get(0, 0);
    let moved = eta.column(0).iter().zip(&sample.weight).map(|(eta, weight)| (eta - first) * weight);
    first + moved.sum::<f64>() / sample.n()
}

/// The baseline of the training rows `sample` under `network`, whose mean log hazard is moved to 0; `None` but for durations.
pub(crate) fn centred(network: &mut Network, sample: &Sample) -> Option<Exposures> {
    let (sets, durations) = sample.risk_sets()?;
    network.weights_mut().output_bias[0] -= centre(network, sample);
    let eta = durations.whole(network.forward(&sample.x).column(0));
    Some(of_log_hazards(&sets, sample, &eta))
}

/// Of a line on inputs of which none is penalised: the one of largest partial likelihood, which solvers come near. Others stay.
fn to_the_partial_line(network: &mut Network, sample: &Sample) {
    let p = sample.n_inputs();
    if network.n_units() > 0 || p == 0 || p > MOST_INPUTS || sample.rules.free_inputs().count() < p {
        return;
    }
    let Some((sets, durations)) = sample.risk_sets() else { return };
    let mut weights = network.weights_mut();
    if weights.skip.values_mut().len() == p {
        let line = partial_line(&sets, &sample.x, sample.y.column(0), &durations.offset, 0.0);
        weights.skip.row_mut(0).copy_from_slice(&line.coef);
    }
}

/// The last step of durations: the mean log hazard of the training rows is 0, and the baseline is that of the network. A line without any
/// penalty is Cox's. Nothing for other targets. O(n log n), and for that line O(n p²) a step.
pub fn settle_baseline(network: &mut Network, sample: &mut Sample, target: &mut TargetEncoding) {
    to_the_partial_line(network, sample);
    if let (Some(found), Some(own)) = (centred(network, sample), &mut target.survival) {
        own.baseline = found.baseline;
        sample.offset = found.offset;
    }
}
