//! From the line of a smooth quantile to that of the pinball loss itself.

use super::linear_fit::LinearFit;
use super::working_set::Inputs;
use crate::loss::{Loss, Quantile};
use crate::matrix::Matrix;
use crate::simd::vector::dot;
use crate::solve::quantile_line::QuantileLine;
use crate::solve::termination::{Reason, Termination};

/// What the columns before leave of a column, as a share of its length, below which they determine it.
const DETERMINED: f64 = 1e-9;

/// Takes a line of smooth quantiles without a penalty to that of the pinball loss itself. Columns that others determine keep their
/// coefficients. Where no vertex is found, the line stays what it is, which [`Termination::converged`] then does not say.
pub fn to_the_vertex(fit: &mut LinearFit, inputs: &Inputs, y: &Matrix, (loss, level): (Quantile, usize)) {
    let (n, x, means) = (inputs.n(), inputs.centred(), &inputs.means);
    let (free, kept): (Vec<usize>, Vec<usize>) = split(inputs);
    let rows: Vec<Vec<f64>> =
        (0..n).map(|i| std::iter::once(1.0).chain(free.iter().map(|&j| x.column(j)[i])).collect()).collect();
    let (own, weight) = (loss.of_level(level), &inputs.weight);
    let constant = |coef: &[f64]| coef.iter().zip(means).map(|(coef, mean)| coef * mean).sum::<f64>();
    let near: Vec<f64> =
        std::iter::once(fit.intercept[0] + constant(&fit.coef)).chain(free.iter().map(|&j| fit.coef[j])).collect();
    let less = |i: usize| y.get(i, level) - kept.iter().map(|&j| fit.coef[j] * x.column(j)[i]).sum::<f64>();
    let left: Vec<f64> = (0..n).map(less).collect();
    let line = QuantileLine { rows: &rows, y: &left, weight, level: own.levels()[0] };
    match line.solve(&near) {
        Some(found) => {
            free.iter().zip(&found[1..]).for_each(|(&j, coef)| fit.coef[j] = *coef);
            fit.intercept[0] = found[0] - constant(&fit.coef);
            let eta: Vec<f64> = rows.iter().map(|row| row.iter().zip(&found).map(|(x, b)| x * b).sum()).collect();
            let objective = Loss::Quantile(own.exact()).value(&eta, &left, weight);
            fit.termination = Termination { reason: Reason::Converged, objective, kkt: 0.0, ..fit.termination };
        }
        None => fit.termination.reason = fit.termination.reason.max(Reason::NoProgress),
    }
}

/// Columns that vary and are independent of those before them, and the other columns that vary. O(n p²).
fn split(inputs: &Inputs) -> (Vec<usize>, Vec<usize>) {
    let mut orthonormal: Vec<Vec<f64>> = Vec::new();
    let is_free = |j: &usize| {
        let mut rest = inputs.centred().column(*j).to_vec();
        let length = dot(&rest, &rest).sqrt();
        for known in orthonormal.iter().chain(&orthonormal) {
            let along = dot(known, &rest);
            rest.iter_mut().zip(known).for_each(|(rest, known)| *rest -= along * known);
        }
        let left = dot(&rest, &rest).sqrt();
        if left > DETERMINED * length {
            rest.iter_mut().for_each(|rest| *rest /= left);
            orthonormal.push(rest);
        }
        left > DETERMINED * length
    };
    (0..inputs.p()).filter(|&j| inputs.varies(j)).partition(is_free)
}
