//! Is there any linear signal? All slopes at once, by wild bootstrap under the null.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::bootstrap::{Chunk, Draws};
use super::line::{Line, orthonormal, project_off};
use super::sample::Part;
use crate::matrix::Matrix;

/// F of all slopes for the observed response, then for every draw of signs on the residuals from the constant.
///
/// F has its classical form, which does not depend on how the inputs are written; the signs on the rows' own residuals give it
/// the distribution that it has where their variances differ. For other losses than squared error the residuals are
/// Pearson's under a constant, and F is a score test.
///
/// # Errors
/// In words, why there is nothing to test.
pub fn statistics(part: &Part, n_bootstrap: usize, seed: u64) -> Result<Vec<f64>, String> {
    let (x, n) = (&part.x, part.y.len());
    let constant = Line::fit(&Matrix::zeros(n, 0), &part.y, &part.weight, part.loss)?;
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
