//! Classical tests of linearity, for reference: they assume even, normal noise.

use faer::Mat;

use super::directions::Families;
use super::linear_fit::LinearFit;
use super::test;
use crate::evaluate::distributions::f_survival;
use crate::evaluate::record::Test;
use crate::fit::Sample;
use crate::loss::Loss;

const NOTE: &str = "assumes noise of equal variance: rejects too often otherwise";

/// RESET (Ramsey 1969) and the test of Teräsvirta, Lin & Granger (1993) in its F form, for one regression target.
pub fn reference_tests(sample: &Sample) -> Vec<Test> {
    if sample.loss != Loss::Squared || sample.n_outputs() != 1 || sample.n_rows() > super::MAX_ROWS {
        return Vec::new();
    }
    let Some(fit) = LinearFit::new(sample) else { return Vec::new() };
    if sample.n_rows() < fit.rank() + super::MIN_FREEDOM {
        return Vec::new();
    }
    let families = Families::new(sample, &fit);
    let directions = &families.outputs[0];
    let named = [("reset", "RESET F"), ("poly", "Teräsvirta F (squares, products and cubes)")];
    named
        .into_iter()
        .filter_map(|(family, name)| {
            let family = directions.families.iter().find(|f| f.name == family)?;
            let places: Vec<usize> =
                family.sets.iter().flat_map(|set| set.directions.iter().map(|(at, _)| *at)).collect();
            let columns = Mat::from_fn(sample.n_rows(), places.len(), |i, c| directions.columns[(i, places[c])]);
            let (statistic, d1, d2) = f_statistic(&columns, &fit.outputs[0].residual, fit.rank())?;
            Some(test(name, statistic, f_survival(statistic, d1, d2), Some(NOTE.into())))
        })
        .collect()
}

/// The F statistic of adding `columns`, which are off the line, to a fit of `rank` coefficients with these residuals.
fn f_statistic(columns: &Mat<f64>, residual: &[f64], rank: usize) -> Option<(f64, f64, f64)> {
    let n = residual.len();
    if columns.ncols() == 0 {
        return None;
    }
    let factor = columns.col_piv_qr();
    let r = factor.thin_R();
    let added = (0..n.min(columns.ncols())).take_while(|&c| r[(c, c)].abs() > 1e-8 * r[(0, 0)].abs()).count();
    let freedom = n.checked_sub(rank + added).filter(|f| *f > 0)? as f64;
    let span = factor.compute_thin_Q().get(.., ..added).to_owned();
    let e = Mat::from_fn(n, 1, |i, _| residual[i]);
    let explained = (span.transpose() * &e).squared_norm_l2();
    let left = (e.squared_norm_l2() - explained).max(f64::MIN_POSITIVE);
    let statistic = (explained / added as f64) / (left / freedom);
    statistic.is_finite().then_some((statistic, added as f64, freedom))
}
