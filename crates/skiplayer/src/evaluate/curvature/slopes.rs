//! Is there any linear signal? All slopes at once, by wild bootstrap under the null, or by permutation.
//!
//! Classes whose shares are the same for all inputs are independent of the inputs. Any order of them is then as likely as any
//! other, and the test of all orders is exact (Fisher 1935, section 21), where random signs on the residuals of a rare class
//! lose most of their power. The spread of amounts and counts may depend on inputs while the mean does not: signs allow for that.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;

use super::bootstrap::{CHUNK, Chunk, Draws};
use super::line::Line;
use super::sample::{Part, Sample};
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::random::{Purpose, Random};
use crate::stats::basis::{orthonormal, project_off};

/// F by signs or the score by permutation, for the observed response and then for every draw, the largest over the responses.
pub fn statistics(sample: &Sample, parts: &[Part], n_bootstrap: usize, seed: u64) -> Option<Vec<f64>> {
    // With an offset some orders of the classes are likelier than others.
    if sample.loss.is_of_classes() && sample.clusters.single() && sample.offset.is_empty() {
        return permuted(sample, n_bootstrap, seed);
    }
    let all = parts.iter().filter_map(|part| by_signs(part, n_bootstrap, seed).ok());
    all.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a.max(*b)).collect())
}

/// Rao's score statistic of all slopes for the classes in the order of their rows, then in random orders; `None` where no input or
/// no class varies. Exact for independent rows. O(n p K n_bootstrap).
///
/// With Q an orthonormal basis of the inputs off the constant, and class k of share m_k, it is the sum over classes of
/// |Q'y_k|^2 / m_k, that of two classes |Q'y|^2 / (m (1 - m)), and that of ordered classes the same of their numbers, whose variance stands
/// for m (1 - m).
fn permuted(sample: &Sample, n_bootstrap: usize, seed: u64) -> Option<Vec<f64>> {
    let (x, weight, n) = (&sample.x, &sample.weight, sample.weight.len());
    let root: Vec<f64> = weight.iter().map(|w| w.sqrt()).collect();
    let mut columns = Mat::from_fn(n, x.n_columns(), |i, j| root[i] * x.get(i, j));
    project_off(&orthonormal(Mat::from_fn(n, 1, |i, _| root[i])), columns.as_mut());
    let basis = orthonormal(columns);
    if basis.ncols() == 0 || basis.ncols() + 1 >= n {
        return None;
    }
    let total: f64 = weight.iter().sum();
    let couples = sample.loss.couples_outputs();
    let score = |order: &[usize]| {
        let responses = (0..sample.y.n_columns()).map(|k| {
            let y = sample.y.column(k);
            let share = order.iter().zip(weight).map(|(&i, w)| w * y[i]).sum::<f64>() / total;
            let column = Mat::from_fn(n, 1, |i, _| root[i] * y[order[i]]);
            let mut along = Mat::zeros(basis.ncols(), 1);
            matmul(along.as_mut(), Accum::Replace, basis.transpose(), &column, 1.0, Par::Seq);
            let variance = match sample.loss {
                Loss::Ordinal(_) => y.iter().zip(weight).map(|(y, w)| w * (y - share).powi(2)).sum::<f64>() / total,
                _ if couples => share,
                _ => share * (1.0 - share),
            };
            if variance > 0.0 { along.squared_norm_l2() / variance } else { 0.0 }
        });
        if couples { responses.sum() } else { responses.fold(0.0, f64::max) }
    };
    let observed: Vec<usize> = (0..n).collect();
    let chunks = (0..n_bootstrap.div_ceil(CHUNK)).into_par_iter().flat_map_iter(|chunk| {
        let mut random = Random::of(seed, Purpose::PermutedClasses, chunk as u64);
        let width = CHUNK.min(n_bootstrap - chunk * CHUNK);
        (0..width).map(|_| score(&random.permutation(n))).collect::<Vec<_>>()
    });
    let mut statistics = vec![score(&observed)];
    statistics.extend(chunks.collect::<Vec<_>>());
    (statistics[0] > 0.0).then_some(statistics)
}

/// F of all slopes for the observed response, then for every draw of signs on the residuals from the constant.
///
/// F has its classical form, which does not depend on how the inputs are written; the signs on the rows' own residuals give it
/// the distribution that it has where their variances differ. For other losses than squared error the residuals are
/// Pearson's under a constant, and F is a score test.
///
/// # Errors
/// In words, why there is nothing to test.
fn by_signs(part: &Part, n_bootstrap: usize, seed: u64) -> Result<Vec<f64>, String> {
    let (x, n) = (&part.x, part.y.len());
    let constant = Line::fit(&Matrix::zeros(n, 0), &part.y, part.terms(), part.loss)?;
    let mut columns = Mat::from_fn(n, x.n_columns(), |i, j| constant.root[i] * x.get(i, j));
    project_off(&constant.basis, columns.as_mut());
    let basis = orthonormal(columns);
    let rank = basis.ncols();
    if rank == 0 {
        return Err("no input varies".into());
    }
    if rank + 1 >= n {
        return Err("as many inputs as rows".into());
    }
    let scale = (n - 1 - rank) as f64 / rank as f64;
    let f = |Chunk { residuals, .. }: &Chunk| {
        let mut along = Mat::zeros(rank, residuals.ncols());
        matmul(along.as_mut(), Accum::Replace, basis.transpose(), residuals, 1.0, Par::Seq);
        let f = |draw: usize| {
            let total = residuals.col(draw).squared_norm_l2();
            let explained = along.col(draw).squared_norm_l2().min(total * (1.0 - 1e-15));
            scale * explained / (total - explained)
        };
        (0..residuals.ncols()).map(f).collect()
    };
    Ok(Draws::new(&constant, &part.clusters, n_bootstrap, seed).map(f))
}
