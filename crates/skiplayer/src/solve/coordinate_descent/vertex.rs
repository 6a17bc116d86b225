//! From the line of a smooth quantile to that of the pinball loss itself.

use super::LinearFit;
use super::working_set::Inputs;
use crate::loss::{Loss, Quantile};
use crate::matrix::Matrix;
use crate::solve::quantile_line::QuantileLine;
use crate::solve::termination::{Reason, Termination};

/// Takes a line of smooth quantiles without a penalty to that of the pinball loss itself. Where columns depend on each other it stays
/// what it is, which [`Termination::converged`] then does not say.
pub fn to_the_vertex(fit: &mut LinearFit, inputs: &Inputs, y: &Matrix, (loss, level): (Quantile, usize)) {
    let varying: Vec<usize> = (0..inputs.p()).filter(|&j| inputs.varies(j)).collect();
    let row = |i: usize| -> Vec<f64> {
        std::iter::once(1.0).chain(varying.iter().map(|&j| inputs.centred().column(j)[i])).collect()
    };
    let rows: Vec<Vec<f64>> = (0..inputs.n()).map(row).collect();
    let (own, weight) = (loss.of_level(level), &inputs.weight);
    let shift: f64 = varying.iter().map(|&j| fit.coef[j] * inputs.means[j]).sum();
    let near: Vec<f64> =
        std::iter::once(fit.intercept[0] + shift).chain(varying.iter().map(|&j| fit.coef[j])).collect();
    let line = QuantileLine { rows: &rows, y: y.column(level), weight, level: own.levels()[0] };
    match line.solve(&near) {
        Some(found) => {
            varying.iter().zip(&found[1..]).for_each(|(&j, coef)| fit.coef[j] = *coef);
            fit.intercept[0] = found[0] - varying.iter().map(|&j| fit.coef[j] * inputs.means[j]).sum::<f64>();
            let eta: Vec<f64> = rows.iter().map(|row| row.iter().zip(&found).map(|(x, b)| x * b).sum()).collect();
            let objective = Loss::Quantile(own.exact()).value(&eta, y.column(level), weight);
            fit.termination = Termination { reason: Reason::Converged, objective, kkt: 0.0, ..fit.termination };
        }
        None => fit.termination.reason = fit.termination.reason.max(Reason::NoProgress),
    }
}
