//! Standard errors of a line of ordered classes: HC3, or with groups of rows CR3, of coefficients and thresholds together.
//!
//! With I the second derivatives of the loss of all rows, I_i those of row i and s_i its scores, row i changes coefficients and thresholds by
//! (I - I_i)^-1 s_i, which for one predictor and no thresholds is the scores over 1 - leverage.
//!
//! Thresholds and the constant move together, and the constant is 0 on average by convention: in network units, where inputs have mean 0,
//! it has no error.

use faer::{Mat, Side};

use super::leave_group_out::{self, Part};
use super::projection::LinearPart;
use super::responses::Responses;
use crate::loss::{Ordinal, RowTerms};
use crate::solve::ordered_line::{OrderedLine, derivatives};

/// Vectors of a row whose outer products add up to its second derivatives: of what is above its class, below it, and between its thresholds.
const OF_A_ROW: usize = 3;

/// Changes (r, used + 1) of the constant and of the coefficients on the inputs `used`, whose squares and products add up to their
/// covariances, at the line `part` with the thresholds of `loss`.
pub fn changes(responses: &Responses, loss: Ordinal, part: &LinearPart, used: &[usize]) -> Option<Mat<f64>> {
    let (x, y, p, m) = (responses.x.select_columns(used), responses.y.column(0), used.len(), loss.thresholds().len());
    // Inputs that the line uses and that are not asked for are part of what is known.
    let eta = part.forward(responses.x);
    let coef: Vec<f64> = used.iter().map(|&j| part.coef[j]).collect();
    let of_used = |i: usize| coef.iter().enumerate().map(|(c, coef)| coef * x.get(i, c)).sum::<f64>();
    let known = |i: usize| eta.get(i, 0) - of_used(i) + responses.offset.get(i).copied().unwrap_or(0.0);
    let offset: Vec<f64> = (0..y.len()).map(known).collect();
    let line = OrderedLine { loss, coef: coef.clone() };
    let terms = RowTerms { weight: responses.weight, offset: &offset };
    let (_, curvature) = derivatives(&x, y, terms, &line);
    let whole = curvature.llt(Side::Lower).ok()?;

    let of_rows = |rows: &[usize]| {
        let mut own = Part { root: Mat::zeros(m + p, OF_A_ROW * rows.len()), score: Mat::zeros(m + p, 1) };
        for (r, &i) in rows.iter().enumerate() {
            let (k, weight) = (y[i] as usize, responses.weight[i]);
            let slopes = loss.slopes(offset[i] + of_used(i), k);
            let roots = [-slopes.eta_upper, -slopes.eta_lower, -slopes.upper_lower].map(|own| (weight * own).sqrt());
            let at = OF_A_ROW * r;
            for j in 0..p {
                let x = x.get(i, j);
                own.root[(m + j, at)] = roots[0] * x;
                own.root[(m + j, at + 1)] = roots[1] * x;
                own.score[(m + j, 0)] -= weight * slopes.eta * x;
            }
            if k < m {
                own.root[(k, at)] = -roots[0];
                own.root[(k, at + 2)] = roots[2];
                own.score[(k, 0)] -= weight * slopes.upper;
            }
            if k > 0 {
                own.root[(k - 1, at + 1)] = -roots[1];
                own.root[(k - 1, at + 2)] = -roots[2];
                own.score[(k - 1, 0)] -= weight * slopes.lower;
            }
        }
        own
    };
    let single: Vec<usize>;
    // Of rows HC3 has no factor for their number.
    let (groups, factor) = match responses.groups {
        Some(groups) => (groups, 1.0),
        None => {
            let n = y.len();
            single = (0..n).collect();
            (&single[..], (n as f64 / (n as f64 - 1.0)).sqrt())
        }
    };
    let changes = leave_group_out::changes(&whole, groups, of_rows)?;
    Some(Mat::from_fn(changes.nrows(), p + 1, |g, c| if c == 0 { 0.0 } else { factor * changes[(g, m + c - 1)] }))
}
