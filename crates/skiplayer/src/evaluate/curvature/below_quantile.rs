//! Which rows lie below the line of a quantile, in working form.
//!
//! Under the null each row is below the line of level tau with probability tau, whatever its inputs: scores tau - 1{below} are those of a
//! coin (He & Zhu 2003), and draws of it are exact but for the line being estimated. To the first order a direction g then has the score
//! of what is left of it when [1, x] is projected off, each row weighted by its density f at the line (Gutenbrunner, Jureckova, Koenker &
//! Portnoy 1993; Koenker 2005, section 3.5). So
//!
//! | root | working response | its variance |
//! |---|---|---|
//! | sqrt(w f) | sqrt(w / f) (tau - 1{below}) | tau (1 - tau) / f |
//!
//! f is the quotient (tau'' - tau') / (q'' - q') of two lines a bandwidth below and above (Hendricks & Koenker 1992) by Hall & Sheather (1988).
//! Without it a spread that grows with an input is taken for a bend: 0.13 to 0.15 of such lines were rejected at 1,000 rows.
//! All levels share the uniform numbers of a draw, as one response has all its quantiles.

use super::working::{Law, Working};
use crate::loss::{Loss, Quantile, RowTerms, levels_beside};
use crate::matrix::Matrix;
use crate::solve::{PathOptions, linear_path};

/// Fewer rows than this beyond a quantile say nothing of its bends.
const FEWEST_BEYOND: f64 = 10.0;

/// How far a density may be from that of the mean row: lines that nearly meet would make a few rows the whole test.
const DENSITY_RATIO: f64 = 10.0;

/// Residuals below this share of the responses' mean deviation are of rows that the line passes through.
const THROUGH: f64 = 1e-9;

/// Of a response on [1, x] at the one level of `loss`.
///
/// # Errors
/// In words, why there is nothing to test.
pub fn working(x: &Matrix, y: &[f64], terms: RowTerms, loss: Quantile) -> Result<Working, String> {
    let (n, level, weight) = (y.len(), loss.levels()[0], terms.weight);
    if level.min(1.0 - level) * (n as f64) < FEWEST_BEYOND {
        return Err(format!("fewer than {FEWEST_BEYOND} rows beyond the quantile of level {level}"));
    }
    let predictor = line(x, y, terms, loss, true)?;
    let mut eta = predictor.clone();
    terms.add_offset(&mut eta);
    let residual: Vec<f64> = y.iter().zip(&eta).map(|(y, eta)| y - eta).collect();
    let mean = y.iter().sum::<f64>() / n as f64;
    let deviation = y.iter().map(|y| (y - mean).abs()).sum::<f64>() / n as f64;
    let scores = scores(&residual, THROUGH * deviation, weight, level);
    let scores = scores.ok_or("the linear model fits every row exactly")?;
    let density = density(x, y, terms, loss)?;
    let root = weight.iter().zip(&density).map(|(w, f)| (w * f).sqrt()).collect();
    let step: Vec<f64> = weight.iter().zip(&density).map(|(w, f)| (w / f).sqrt()).collect();
    let response = scores.iter().zip(&step).map(|(score, step)| score * step).collect();
    let law = Law {
        probability: vec![1.0 - level; n],
        step,
        variance: density.iter().map(|f| level * (1.0 - level) / f).collect(),
    };
    Ok(Working { root, response, predictor: Some(predictor), law: Some(law) })
}

/// The linear predictor (n), that of the pinball loss itself or, near it, of the smooth loss.
fn line(x: &Matrix, y: &[f64], terms: RowTerms, loss: Quantile, is_exact: bool) -> Result<Vec<f64>, String> {
    let n = y.len();
    if x.n_columns() == 0 {
        let mut known = vec![0.0; n];
        terms.add_offset(&mut known);
        let left: Vec<f64> = y.iter().zip(&known).map(|(y, known)| y - known).collect();
        return Ok(vec![loss.of(&left, terms.weight); n]);
    }
    let last = if is_exact && n > x.n_columns() + 1 { 0.0 } else { 1e-10 };
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-6, last]), ..PathOptions::default() };
    let target = Matrix::from_columns(n, &[y.to_vec()]);
    let fits = linear_path(x, &target, terms, Loss::Quantile(loss), &options).map_err(|error| error.to_string())?;
    let fit = fits.last().ok_or("the linear model did not converge")?;
    Ok(fit.predictor(x, 0))
}

/// tau - 1{below}; rows within `through` of the line share what makes the sum zero. `None` if all rows are there.
fn scores(residual: &[f64], through: f64, weight: &[f64], level: f64) -> Option<Vec<f64>> {
    let score = |r: f64| (r.abs() > through).then_some(if r > 0.0 { level } else { level - 1.0 });
    let known: Vec<Option<f64>> = residual.iter().map(|&r| score(r)).collect();
    if known.iter().all(Option::is_none) {
        return None;
    }
    let sum: f64 = known.iter().zip(weight).filter_map(|(score, w)| score.map(|score| w * score)).sum();
    let on_line: f64 = known.iter().zip(weight).filter(|(score, _)| score.is_none()).map(|(_, w)| w).sum();
    let shared = if on_line > 0.0 { (-sum / on_line).clamp(level - 1.0, level) } else { 0.0 };
    Some(known.into_iter().map(|score| score.unwrap_or(shared)).collect())
}

/// Of each row at the line, per unit of the response.
fn density(x: &Matrix, y: &[f64], terms: RowTerms, loss: Quantile) -> Result<Vec<f64>, String> {
    let n = y.len();
    let [lower, upper] = levels_beside(loss.levels()[0], n);
    let at = |level: f64| line(x, y, terms, Quantile::new(&[level])?.with_bandwidth(loss.bandwidth), false);
    let (below, above) = (at(lower)?, at(upper)?);
    let gap: Vec<f64> = above.iter().zip(&below).map(|(above, below)| above - below).collect();
    let mean = gap.iter().sum::<f64>() / n as f64;
    if !(mean.is_normal() && mean > 0.0) {
        return Ok(vec![1.0; n]);
    }
    Ok(gap.iter().map(|gap| (upper - lower) / gap.clamp(mean / DENSITY_RATIO, mean * DENSITY_RATIO)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::bootstrap::{Clusters, Draws};
    use super::super::directions::{Member, projected};
    use super::super::line::{Line, standardised};
    use super::*;
    use crate::random::Random;
    use faer::Mat;
    use faer::linalg::solvers::Solve;

    /// A spread that grows with the input: y = (1 + x/2) z has the quantile (1 + x/2) q and there the density phi(q) / (1 + x/2).
    #[test]
    fn densities_follow_the_spread() {
        let mut random = Random::simulated(3);
        let n = 20_000;
        let x = Matrix::from_fn(n, 1, |_, _| 2.0 * random.uniform() - 1.0);
        let y: Vec<f64> = (0..n).map(|i| (1.0 + 0.5 * x.get(i, 0)) * random.normal()).collect();
        let weight = vec![1.0; n];
        let loss = Quantile::new(&[0.25]).expect("a level");
        let found = density(&x, &y, RowTerms::from(&weight), loss).expect("a line");
        for i in (0..n).step_by(100) {
            // 0.3178 is the normal density at the lower quartile.
            let expected = 0.3178 / (1.0 + 0.5 * x.get(i, 0));
            assert!((found[i] / expected - 1.0).abs() < 0.15, "{} {} {expected}", x.get(i, 0), found[i]);
        }
    }

    /// The score of a square by its definition: what is left of it off [1, x] in the metric of the densities, times the signs, over its variance.
    #[test]
    fn scores_are_those_of_the_oblique_projection() {
        let mut random = Random::simulated(8);
        let (n, level) = (90, 0.3);
        let x = standardised(&Matrix::from_fn(n, 1, |_, _| random.normal()), &vec![1.0; n]);
        let y: Vec<f64> = (0..n).map(|i| x.get(i, 0) + (1.0 + 0.3 * x.get(i, 0).abs()) * random.normal()).collect();
        let (weight, loss) = (vec![1.0; n], Quantile::new(&[level]).expect("a level"));
        let line = Line::fit(&x, &y, &weight, Loss::Quantile(loss)).expect("noise");
        let clusters = Clusters::new((0..n).collect(), n);
        let directions = projected(&[Member::Square(0)], &x, &line);
        let found = Draws::new(&line, &clusters, 3, 1).score(directions.col_as_slice(0), &line.residual);

        let terms = RowTerms::from(&weight);
        let f = density(&x, &y, terms, loss).expect("lines");
        let eta = super::line(&x, &y, terms, loss, true).expect("a line");
        let residual: Vec<f64> = y.iter().zip(&eta).map(|(y, eta)| y - eta).collect();
        let psi = scores(&residual, 1e-9, &weight, level).expect("rows off the line");
        let column = |c: usize, i: usize| x.get(i, 0).powi(c as i32);
        let products = |a: usize, b: usize| (0..n).map(|i| f[i] * column(a, i) * column(b, i)).sum::<f64>();
        let along = Mat::from_fn(2, 2, products).partial_piv_lu().solve(&Mat::from_fn(2, 1, |c, _| products(c, 2)));
        let left = |i: usize| column(2, i) - along[(0, 0)] - along[(1, 0)] * column(1, i);
        let score = (0..n).map(|i| left(i) * psi[i]).sum::<f64>();
        let variance = level * (1.0 - level) * (0..n).map(|i| left(i).powi(2)).sum::<f64>();
        let expected = score * score / variance;
        assert!((found - expected).abs() < 1e-9 * (1.0 + expected), "{found}, expected {expected}");
    }

    /// At the line of the pinball loss they are a subgradient: orthogonal to the constant, and nearly to inputs.
    #[test]
    fn scores_sum_to_zero_with_ties_on_the_line() {
        let residual = [0.0, 0.0, 1.0, 2.0, -1.0, 3.0, 1.5, 0.0];
        let weight = [1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let scores = scores(&residual, 1e-9, &weight, 0.25).expect("rows off the line");
        assert!(scores.iter().zip(&weight).map(|(s, w)| s * w).sum::<f64>().abs() < 1e-12);
        assert_eq!(scores[2], 0.25);
        assert_eq!(scores[4], -0.75);
        assert_eq!(scores[0], scores[7]);
    }
}
