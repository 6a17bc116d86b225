//! The Laplace prior with evidence: how large the penalty of a weight is, and what a network is worth.
//!
//! Williams (1995), "Bayesian regularization and pruning using a Laplace prior"; the scale of the prior is integrated out
//! under a Gamma(a, b) hyperprior, as Cawley & Talbot (2006) do for the logistic case, whose b > 0 keeps the empty network
//! from being infinitely probable. Inputs may have [rules](InputRules): a weight whose penalty has a factor f counts as f|w|, one that may have
//! one sign only has half of the prior's room, and one without a penalty is as free as an output bias.

use faer::Side;

use crate::fit::objective::{HIDDEN_BIAS_PRECISION, NetworkObjective};
use crate::loss::Loss;
use crate::net::{Layout, Role, Weights};
use crate::penalty::InputRules;
use crate::solve::Curved;

/// Shape and rate of the Gamma prior on lambda.
const SHAPE: f64 = 1.0;
const RATE: f64 = 0.01;
/// Residual variance is never taken below this share of the target's variance: data without noise would otherwise drive the
/// precision to infinity. At 1e-8 none of twelve starts converged on a target that is the exponential of an input or its reciprocal
/// (150 rows); at 1e-6 eight do, in a third of the time and with 27 and 30 units instead of 44 and 66.
const SMALLEST_VARIANCE: f64 = 1e-6;

/// Number of non-zero weights that have a penalty, and the sum of their sizes, each times the `factor` of its penalty.
pub fn weight_sums(factor: &[f64], theta: &[f64]) -> (usize, f64) {
    let priced = theta.iter().zip(factor).filter(|(w, factor)| **factor > 0.0 && **w != 0.0);
    priced.fold((0, 0.0), |(count, sum), (w, factor)| (count + 1, sum + factor * w.abs()))
}

/// Number of non-zero weights; biases are none.
pub fn n_weights(layout: &Layout, theta: &[f64]) -> usize {
    theta.iter().zip(layout.roles()).filter(|(w, role)| role.is_penalised() && **w != 0.0).count()
}

/// The most probable lambda: (W + a) / (sum |w| + b).
pub fn lambda_for(n_weights: usize, sum: f64) -> f64 {
    (n_weights as f64 + SHAPE) / (sum + RATE)
}

/// The most probable precision of each output: (N - W) / (2 E_D) for squared error, 1 where the likelihood fixes the noise. For other
/// losses with a precision the noise exponent stands in the place of 1/2 ([`Loss::noise_exponent`]).
///
/// Williams (1995) has N. MacKay (1992), "Bayesian interpolation", equation 2.21, counts the parameters that the data
/// determine off N; taking all W live weights for those is cautious, and measured better where noise is large (mean test
/// RMSE wine .645 against .655, boston 2.58 against 2.66; no difference within a standard error on concrete and yacht).
pub fn precision(loss: Loss, losses: &[f64], n: f64, n_weights: usize) -> Vec<f64> {
    // A network that could interpolate says nothing about the noise.
    let degrees = (n - n_weights as f64 / losses.len() as f64).max(0.3 * n);
    let has_precision = loss.has_noise_precision();
    let of_output = |(o, e): (usize, &f64)| loss.noise_exponent(o) * degrees / e.max(0.5 * n * SMALLEST_VARIANCE);
    losses.iter().enumerate().map(|output| if has_precision { of_output(output) } else { 1.0 }).collect()
}

/// Whether what is left of every output is below the [`SMALLEST_VARIANCE`].
pub fn is_nearly_exact(loss: Loss, losses: &[f64], n: f64) -> bool {
    loss.has_noise_precision() && losses.iter().all(|e| 2.0 * e <= n * SMALLEST_VARIANCE)
}

/// -log of likelihood times prior in nats, with lambda and precision integrated out: [`negative_log_evidence`] without the
/// volume around the point. O(W), given the losses.
pub fn negative_log_posterior(objective: &NetworkObjective, losses: &[f64], theta: &[f64], n: f64) -> f64 {
    let layout = objective.layout();
    let (n_weights, sum) = weight_sums(&objective.rules.factors(layout), theta);
    let loss = objective.pass.loss;
    let data: f64 = if loss.has_noise_precision() {
        let of_output = |(o, e): (usize, &f64)| loss.noise_exponent(o) * n * e.max(0.5 * n * SMALLEST_VARIANCE).ln();
        losses.iter().enumerate().map(of_output).sum()
    } else {
        losses[0]
    };
    let w = n_weights as f64;
    let prior = w * std::f64::consts::LN_2 + (w + SHAPE) * (sum + RATE).ln() - libm::lgamma(w + SHAPE)
        + libm::lgamma(SHAPE)
        - SHAPE * RATE.ln()
        - by_rules(objective.rules, layout, theta);

    let support = support(layout, theta);
    let biases: f64 = layout
        .roles()
        .enumerate()
        .filter(|&(i, role)| support[i] && role == Role::HiddenBias)
        .map(|(i, _)| {
            0.5 * (std::f64::consts::TAU / HIDDEN_BIAS_PRECISION).ln()
                + 0.5 * HIDDEN_BIAS_PRECISION * theta[i] * theta[i]
        })
        .sum();
    data + prior + biases
}

/// What the rules of inputs add to the logarithm of the prior density of the weights in use.
fn by_rules(rules: &InputRules, layout: &Layout, theta: &[f64]) -> f64 {
    if rules == InputRules::NONE {
        return 0.0;
    }
    rules.log_densities(layout).iter().zip(theta).filter(|(_, w)| **w != 0.0).map(|(gain, _)| gain).sum()
}

/// -log evidence of a network at a minimum, in nats; smaller is better. `None` if the curvature there is not positive.
///
/// Comparable only for the same rows, inputs, loss and activation. O(n W^2 + W^3).
pub fn negative_log_evidence(objective: &NetworkObjective, losses: &[f64], theta: &[f64], n: f64) -> Option<f64> {
    let layout = objective.layout();
    let factor = objective.rules.factors(layout);
    let (n_weights, sum) = weight_sums(&factor, theta);
    let alpha = lambda_for(n_weights, sum);
    let support = support(layout, theta);
    let live: Vec<usize> = (0..theta.len()).filter(|&i| support[i]).collect();
    let mut curvature = objective.curvature(theta, &live);
    for (slot, &i) in live.iter().enumerate() {
        // The curvature of a Laplace prior near its peak, which bounds directions that the data leave flat.
        curvature[(slot, slot)] += 0.5 * (alpha * factor[i]) * (alpha * factor[i]);
    }
    let factor = curvature.llt(Side::Lower).ok()?;
    let half_log_det: f64 = (0..live.len()).map(|i| factor.L()[(i, i)].ln()).sum();
    let n_free = live.len() as f64;
    // A unit may change its sign, and units may change places, without changing the function.
    let units = live_units(layout, theta) as f64;
    let symmetry = units * std::f64::consts::LN_2 + libm::lgamma(units + 1.0);
    let posterior = negative_log_posterior(objective, losses, theta, n);
    let total = posterior + half_log_det - 0.5 * n_free * std::f64::consts::TAU.ln() - symmetry;
    total.is_finite().then_some(total)
}

/// log of the number of ways to choose which `kept` of `offered` weights are there: what a discrete choice costs.
pub fn choice_cost(offered: usize, kept: usize) -> f64 {
    let (n, k) = (offered as f64, kept.min(offered) as f64);
    libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0)
}

/// Which parameters shape the function: weights that are not zero, output biases, biases of units that are connected.
pub fn support(layout: &Layout, theta: &[f64]) -> Vec<bool> {
    let mut connected = connected_units(layout, theta).into_iter();
    let shapes = |(role, weight): (Role, &f64)| match role {
        Role::OutputBias => true,
        Role::HiddenBias => connected.next().unwrap_or(false),
        _ => is_live(weight),
    };
    layout.roles().zip(theta).map(shapes).collect()
}

/// Whether each unit (hidden layer, then blocks) has a weight in and a weight out.
pub fn connected_units(layout: &Layout, theta: &[f64]) -> Vec<bool> {
    let Weights { input, blocks, head, .. } = Weights::new(layout, theta);
    let has_way_out = |h| head.column(h).any(is_live) || blocks.iter().any(|block| block.input.column(h).any(is_live));
    let of_first_layer = (0..layout.width).map(|h| input.row(h).iter().any(is_live) && has_way_out(h));
    let of_blocks = blocks.iter().flat_map(|block| {
        let units = 0..block.input.n_rows();
        units.map(|m| block.input.row(m).iter().any(is_live) && block.output.column(m).any(is_live))
    });
    of_first_layer.chain(of_blocks).collect()
}

fn is_live(weight: &f64) -> bool {
    *weight != 0.0
}

/// Number of connected units.
pub fn live_units(layout: &Layout, theta: &[f64]) -> usize {
    connected_units(layout, theta).iter().filter(|&&c| c).count()
}
