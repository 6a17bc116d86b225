//! Thresholds of ordered classes: those of the line on all inputs while a fit goes on, and each contender's own where it is told.
//!
//! Thresholds and coefficients of the line are found together, coefficients under a normal prior whose width the rows tell (MacKay 1992), so
//! that many inputs do not drive thresholds apart; inputs that are not penalised have no prior. Contenders are trained beside the
//! thresholds of the line, as beside other parameters of losses; but thresholds are the intercepts of the classes, so that what is
//! compared, chosen by and deployed has those of largest likelihood for its own predictors.

use faer::Side;
use faer::linalg::solvers::DenseSolveCore;

use super::prior_width::{MAX_TURNS, MOST_INPUTS, NO_LINE, is_still, next_precision};
use super::sample::Sample;
use crate::encode::TargetEncoding;
use crate::loss::{Loss, Ordinal, RowTerms};
use crate::matrix::Matrix;
use crate::net::Network;
use crate::solve::ordered_line::{OrderedLine, derivatives, has_all_classes, of_shares, ordered_line};

/// With the thresholds of the line on all inputs; `None` but for ordered classes. O(n p²) a step.
pub fn of_the_line(sample: &Sample) -> Option<Loss> {
    let Loss::Ordinal(own) = sample.loss else { return None };
    let (y, p) = (sample.y.column(0), sample.n_inputs());
    let constant = of_a_constant(y, sample.terms(), own.n_classes());
    if p == 0 || p > MOST_INPUTS {
        return Some(Loss::Ordinal(constant));
    }
    let mut has_prior = vec![true; p];
    sample.rules.free_inputs().for_each(|j| has_prior[j] = false);
    let with_prior: Vec<usize> = (0..p).filter(|&j| has_prior[j]).collect();
    let mut line = OrderedLine { loss: constant, coef: vec![0.0; p] };
    let mut precision = 1.0;
    for _ in 0..MAX_TURNS {
        let ridge: Vec<f64> = has_prior.iter().map(|has| if *has { precision } else { 0.0 }).collect();
        line = ordered_line(&sample.x, y, sample.terms(), line, &ridge);
        if with_prior.is_empty() {
            break;
        }
        let (_, mut curvature) = derivatives(&sample.x, y, sample.terms(), &line);
        let place = |j: usize| own.n_classes() - 1 + j;
        (0..p).for_each(|j| curvature[(place(j), place(j))] += ridge[j]);
        let Ok(factor) = curvature.llt(Side::Lower) else { break };
        let inverse = factor.inverse();
        let (coef, diagonal): (Vec<f64>, Vec<f64>) =
            with_prior.iter().map(|&j| (line.coef[j], inverse[(place(j), place(j))])).unzip();
        let next = next_precision(precision, &coef, &diagonal).min(NO_LINE);
        if is_still(precision, next) {
            break;
        }
        precision = next;
    }
    Some(Loss::Ordinal(line.loss))
}

/// The thresholds of largest likelihood without inputs, beside the offset; those of the shares where some class has no row.
fn of_a_constant(y: &[f64], terms: RowTerms, n_classes: usize) -> Ordinal {
    let start = OrderedLine { loss: of_shares(y, terms.weight, n_classes), coef: Vec::new() };
    ordered_line(&Matrix::zeros(y.len(), 0), y, terms, start, &[]).loss
}

/// With the thresholds of largest likelihood at the predictors `eta` (n, 1) of the rows, their offset not included; `None` but for ordered
/// classes. O(n K) a step.
pub fn own_loss(sample: &Sample, eta: &Matrix) -> Option<Loss> {
    let Loss::Ordinal(of_the_line) = sample.loss else { return None };
    let mut offset = eta.column(0).to_vec();
    sample.terms().add_offset(&mut offset);
    let terms = RowTerms { weight: &sample.weight, offset: &offset };
    let y = sample.y.column(0);
    // From thresholds beside which such predictors were found it is not far.
    let loss = if has_all_classes(y, terms.weight, of_the_line.n_classes()) {
        let start = OrderedLine { loss: of_the_line, coef: Vec::new() };
        ordered_line(&Matrix::zeros(y.len(), 0), y, terms, start, &[]).loss
    } else {
        of_shares(y, terms.weight, of_the_line.n_classes())
    };
    Some(Loss::Ordinal(loss))
}

/// A line none of whose inputs is penalised has its coefficients and thresholds together, as the classical model. Nothing for other networks.
fn without_penalty(network: &mut Network, sample: &Sample) {
    let skip = network.weights().skip.row(0).to_vec();
    let used: Vec<usize> = (0..skip.len()).filter(|&j| skip[j] != 0.0).collect();
    let is_free = |j: &usize| sample.rules.free_inputs().any(|free| free == *j);
    if network.n_units() > 0 || used.is_empty() || !used.iter().all(is_free) {
        return;
    }
    network.weights_mut().output_bias[0] = 0.0;
    let Some(Loss::Ordinal(loss)) = own_loss(sample, &network.forward(&sample.x)) else { return };
    let start = OrderedLine { loss, coef: used.iter().map(|&j| skip[j]).collect() };
    let x = sample.x.select_columns(&used);
    let line = ordered_line(&x, sample.y.column(0), sample.terms(), start, &vec![0.0; used.len()]);
    let mut weights = network.weights_mut();
    used.iter().zip(&line.coef).for_each(|(&j, coef)| weights.skip.row_mut(0)[j] = *coef);
}

/// The last step of ordered classes: the mean predictor of the training rows `sample` is 0, and thresholds are those of the network.
/// Nothing for other targets.
pub fn settle_thresholds(network: &mut Network, sample: &mut Sample, target: &mut TargetEncoding) {
    if !matches!(sample.loss, Loss::Ordinal(_)) {
        return;
    }
    without_penalty(network, sample);
    network.weights_mut().output_bias[0] -= super::baseline::centre(network, sample);
    if let Some(loss) = own_loss(sample, &network.forward(&sample.x)) {
        (sample.loss, target.loss) = (loss, Some(loss));
    }
}
