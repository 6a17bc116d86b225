//! The linear member of the contenders, exactly: OLS, ridge, lasso and elastic net of every loss, along a path of lambdas.
//!
//! minimise (1/W) sum_i w_i loss_i(b + A x_i) + lambda (r |A|_1 + (1 - r)/2 |A|_2^2) over b (K) and A (K, p)
//!
//! W is the sum of weights, r the `l1_ratio`, the intercepts b are free, and a row's loss is that of [`Loss`] (half the squared
//! error). This is the scaling of scikit-learn's `Lasso` and `ElasticNet`, and of glmnet but for one thing: glmnet divides y
//! by its standard deviation, so that its ridge part is lambda / sd(y) for squared error. The softmax has a logit for every
//! class; their intercepts sum to 0.
//!
//! | file | job |
//! |---|---|
//! | `quadratic` | coordinate descent on a quadratic plus penalty, through Gram matrix or residuals |
//! | `tall` | squared error with many more rows than inputs: products of columns once, no rows after that |
//! | `linear_fit` | what a path consists of |
//! | `vertex` | quantiles without a penalty: from the smooth loss to the pinball loss |
//! | `newton` | proximal Newton steps on a working set, line search, strong rules, the check of the optimality conditions |
//!
//! Sources: Friedman, Hastie & Tibshirani (2010), "Regularization paths for generalized linear models via coordinate
//! descent"; Lee, Sun & Saunders (2014), "Proximal Newton-type methods"; Tibshirani et al. (2012), "Strong rules for
//! discarding predictors in lasso-type problems"; Hastie & Tibshirani (2004), "Efficient quadratic regularization for
//! expression arrays" (ridge with more inputs than rows).

mod covariance;
mod linear_fit;
mod quadratic;
mod vertex;
mod working_set;

use std::borrow::Cow;

use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::simd::vector::add_scaled;
use crate::solve::lambda_grid::lambda_grid;
use crate::solve::termination::Termination;
use crate::{Error, Result};

use covariance::{CovarianceUpdates, Products};
pub use linear_fit::LinearFit;
use quadratic::ElasticNet;
use vertex::to_the_vertex;
use working_set::{GRAM_LIMIT, Inputs, Solver};

/// Pure ridge has no largest lambda; its path starts where that of this `l1_ratio` would (as in glmnet).
const SMALLEST_L1_RATIO: f64 = 1e-3;

/// Which lambdas, and how exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct PathOptions {
    /// 1 is the lasso, 0 ridge.
    pub l1_ratio: f64,
    /// Number of lambdas, equally spaced on the log scale from [`lambda_max`] down.
    pub n_lambda: usize,
    /// Smallest lambda over the largest; `None` is 1e-3, or 1e-2 unless there are more rows than inputs.
    pub lambda_ratio: Option<f64>,
    /// These lambdas instead, in this order (descending is fastest). 0 is allowed where there are more rows than inputs.
    pub lambdas: Option<Vec<f64>>,
    /// Largest violation of the optimality conditions, relative to the largest derivative of the mean loss with respect to a
    /// coefficient at the constant fit: the smallest lambda at which the lasso is empty.
    pub tol: f64,
    /// Largest number of coordinate sweeps for one lambda and output.
    pub max_iter: usize,
}

impl Default for PathOptions {
    fn default() -> Self {
        Self { l1_ratio: 1.0, n_lambda: 100, lambda_ratio: None, lambdas: None, tol: 1e-9, max_iter: 100_000 }
    }
}

/// The smallest lambda at which every coefficient is 0: the largest derivative at the constant fit, over `l1_ratio`.
///
/// `x` (n, p), `y` (n, K) in network units, `terms` the weights (n), with an offset or without. An `l1_ratio` below 1e-3 counts as 1e-3. O(n p K).
///
/// # Panics
/// If the numbers of rows differ.
pub fn lambda_max<'a>(x: &Matrix, y: &Matrix, terms: impl Into<RowTerms<'a>>, loss: Loss, l1_ratio: f64) -> f64 {
    let RowTerms { weight, offset } = terms.into();
    assert!(y.n_rows() == x.n_rows() && weight.len() == x.n_rows(), "x, y and weight have different numbers of rows");
    let (y, terms) = without_offset(y, RowTerms { weight, offset }, loss);
    let inputs = Inputs::new(x, terms);
    start(&inputs, &y, loss, GRAM_LIMIT).iter().map(Solver::largest_derivative).fold(0.0, f64::max)
        / l1_ratio.max(SMALLEST_L1_RATIO)
}

/// Solutions along a path of lambdas, each started from the one before.
///
/// `x` (n, p) and any scale, though the penalty is on the coefficients as they are; `y` (n, K) in network units, one-hot for the
/// softmax; `terms` the weights (n), with an offset (of one output) or without. Columns that do not vary get coefficient 0. Outputs of squared error are solved one by one.
///
/// With few inputs and squared error, products of all columns are formed once, O(n p^2), and a lambda costs O(p) for a coordinate
/// and nothing for a row. Otherwise a lambda costs O(n p) for every check of all derivatives (usually one), and, with m inputs in play, O(n m^2) for new
/// products of columns (every Newton step for losses other than squared error), O(m) for a coordinate and O(m^3) for a Newton
/// step on the support. Memory: a copy of `x` and O(n m + m^2).
///
/// A solution that is not [`Reason::Converged`](crate::solve::Reason::Converged) is still finite. In particular, without a penalty separable classes have no
/// solution; the path then stops far out with [`Reason::NoProgress`](crate::solve::Reason::NoProgress).
///
/// # Errors
/// Input that is not finite or out of range, shapes that do not agree, and lambda 0 where there are not more rows than inputs.
pub fn linear_path<'a>(
    x: &Matrix,
    y: &Matrix,
    terms: impl Into<RowTerms<'a>>,
    loss: Loss,
    options: &PathOptions,
) -> Result<Vec<LinearFit>> {
    path(x, y, terms.into(), loss, options, GRAM_LIMIT)
}

fn path(
    x: &Matrix,
    y: &Matrix,
    terms: RowTerms,
    loss: Loss,
    options: &PathOptions,
    gram_limit: usize,
) -> Result<Vec<LinearFit>> {
    check_data(x, y, terms, loss)?;
    check_options(x, terms.weight, options)?;
    let (y, terms) = without_offset(y, terms, loss);
    let (y, inputs) = (y.as_ref(), Inputs::new(x, terms));
    let mut solvers = start(&inputs, y, loss, gram_limit);
    let scale = solvers.iter().map(Solver::scale).fold(0.0, f64::max);
    solvers.iter_mut().for_each(|solver| solver.set_scale(scale));
    let top = solvers.iter().map(Solver::largest_derivative).fold(0.0, f64::max);
    let lambdas = lambdas(options, top / options.l1_ratio.max(SMALLEST_L1_RATIO), x.n_rows() > x.n_columns());
    let is_tall = covariance::is_worth_it(x.n_rows(), x.n_columns(), lambdas.len(), gram_limit);
    let outputs: Vec<Vec<LinearFit>> = if options.l1_ratio == 0.0 && x.n_columns() > x.n_rows() {
        rotated(&inputs, y, loss, solvers, &lambdas, options)?
    } else if loss.is_quadratic() && is_tall {
        by_products(&inputs, y, scale, &lambdas, options)
    } else {
        solvers.into_iter().map(|solver| descend(solver, top, &lambdas, options)).collect()
    };
    let mut outputs = outputs;
    if let Loss::Quantile(loss) = loss {
        for (k, fits) in outputs.iter_mut().enumerate() {
            fits.iter_mut().filter(|fit| fit.lambda == 0.0).for_each(|fit| to_the_vertex(fit, &inputs, y, (loss, k)));
        }
    }
    Ok(merge(outputs))
}

/// Responses less their offset where the link is the identity, which leaves none.
fn without_offset<'a>(y: &'a Matrix, terms: RowTerms<'a>, loss: Loss) -> (Cow<'a, Matrix>, RowTerms<'a>) {
    if terms.offset.is_empty() || !loss.has_identity_link() {
        return (Cow::Borrowed(y), terms);
    }
    let less = Matrix::from_fn(y.n_rows(), 1, |i, _| y.get(i, 0) - terms.offset[i]);
    (Cow::Owned(less), RowTerms { offset: &[], ..terms })
}

/// One problem for each output, unless a row's outputs act together.
fn start<'a>(inputs: &'a Inputs, y: &'a Matrix, loss: Loss, gram_limit: usize) -> Vec<Solver<'a>> {
    if loss.couples_outputs() {
        return vec![Solver::new(inputs, y.values(), loss, gram_limit)];
    }
    (0..y.n_columns()).map(|k| Solver::new(inputs, y.column(k), loss.of_output(k), gram_limit)).collect()
}

fn lambdas(options: &PathOptions, largest: f64, tall: bool) -> Vec<f64> {
    options.lambdas.clone().unwrap_or_else(|| {
        let ratio = options.lambda_ratio.unwrap_or(if tall { 1e-3 } else { 1e-2 });
        lambda_grid(largest, ratio, options.n_lambda)
    })
}

/// Down (or up) the lambdas; `top` is the lambda l1_ratio of the empty start.
fn descend(mut solver: Solver, top: f64, lambdas: &[f64], options: &PathOptions) -> Vec<LinearFit> {
    let mut previous = top;
    let solve = |&lambda: &f64| {
        let penalty = ElasticNet::new(lambda, options.l1_ratio);
        let termination = solver.solve(penalty, previous, options.tol, options.max_iter);
        previous = penalty.l1;
        LinearFit { lambda, intercept: solver.intercept(), coef: solver.coef.clone(), termination }
    };
    lambdas.iter().map(solve).collect()
}

/// Squared error with many more rows than inputs.
fn by_products(inputs: &Inputs, y: &Matrix, scale: f64, lambdas: &[f64], options: &PathOptions) -> Vec<Vec<LinearFit>> {
    let products = Products::new(inputs);
    let one = |k: usize| {
        let mut updates = CovarianceUpdates::new(&products, inputs, y.column(k), scale);
        let solve = |&lambda: &f64| {
            let penalty = ElasticNet::new(lambda, options.l1_ratio);
            let termination = updates.solve(penalty, options.tol, options.max_iter);
            let coef = updates.coef.clone();
            LinearFit { lambda, intercept: vec![inputs.intercept(y.column(k), &coef)], coef, termination }
        };
        lambdas.iter().map(solve).collect()
    };
    (0..y.n_columns()).map(one).collect()
}

/// Ridge with more inputs than rows. Its solutions lie in the row space of x = U S V' (centred), so that A = T V' with T the
/// ridge coefficients of the n or fewer inputs U S.
fn rotated(
    inputs: &Inputs,
    y: &Matrix,
    loss: Loss,
    solvers: Vec<Solver>,
    lambdas: &[f64],
    options: &PathOptions,
) -> Result<Vec<Vec<LinearFit>>> {
    let x = inputs.centred();
    let (n, p) = (x.n_rows(), x.n_columns());
    let svd = faer::MatRef::from_column_major_slice(x.values(), n, p)
        .thin_svd()
        .map_err(|_| Error::failure("ridge path", "the singular value decomposition of the inputs did not converge"))?;
    let size: Vec<f64> = (0..n).map(|r| svd.S()[r]).collect();
    let rank = size.iter().filter(|s| **s > 1e-13 * size[0]).count();
    let (left, right) = (svd.U(), svd.V());
    let turned = Matrix::from_fn(n, rank, |i, r| left[(i, r)] * size[r]);
    let directions = Matrix::from_fn(p, rank, |j, r| right[(j, r)]);
    let turned = Inputs::new(&turned, inputs.terms());
    // The largest entry of a rotated vector is at most sqrt(rank) times as large.
    let options = &PathOptions { tol: options.tol / (rank.max(1) as f64).sqrt(), ..options.clone() };
    let few = start(&turned, y, loss, GRAM_LIMIT.max(n * y.n_columns()));
    let one = |(mut full, mut few): (Solver, Solver)| {
        few.set_scale(full.scale());
        let solve = |&lambda: &f64| {
            let penalty = ElasticNet::new(lambda, 0.0);
            let mut termination = few.solve(penalty, 0.0, options.tol, options.max_iter);
            let mut coef = vec![0.0; full.coef.len()];
            for (full, few) in coef.chunks_exact_mut(p).zip(few.coef.chunks_exact(rank)) {
                few.iter().enumerate().for_each(|(r, t)| add_scaled(full, *t, directions.column(r)));
            }
            (termination.kkt, termination.objective) = full.place(coef, few.constants.clone(), penalty);
            LinearFit { lambda, intercept: full.intercept(), coef: full.coef.clone(), termination }
        };
        lambdas.iter().map(solve).collect()
    };
    Ok(solvers.into_iter().zip(few).map(one).collect())
}

/// Puts outputs that were solved one by one under each other.
fn merge(outputs: Vec<Vec<LinearFit>>) -> Vec<LinearFit> {
    let both = |a: Termination, b: Termination| Termination {
        reason: a.reason.max(b.reason),
        iterations: a.iterations + b.iterations,
        objective: a.objective + b.objective,
        kkt: a.kkt.max(b.kkt),
    };
    let append = |(mut above, below): (LinearFit, LinearFit)| {
        above.intercept.extend(below.intercept);
        above.coef.extend(below.coef);
        above.termination = both(above.termination, below.termination);
        above
    };
    outputs.into_iter().reduce(|above, below| above.into_iter().zip(below).map(append).collect()).unwrap_or_default()
}

pub fn check_data<'a>(x: &Matrix, y: &Matrix, terms: impl Into<RowTerms<'a>>, loss: Loss) -> Result<()> {
    let RowTerms { weight, offset } = terms.into();
    let n = x.n_rows();
    if !offset.is_empty() && (offset.len() != n || y.n_columns() != 1) {
        let found = format!("{} rows beside {} columns of y", offset.len(), y.n_columns());
        return Err(Error::input("offset", found).expected(format!("the {n} rows of x, and one column of y")));
    }
    if let Some(row) = offset.iter().position(|o| !o.is_finite()) {
        return Err(Error::input(format!("offset, row {row}"), offset[row].to_string()).expected("a finite number"));
    }
    for (name, rows) in [("y", y.n_rows()), ("weight", weight.len())] {
        if rows != n {
            return Err(Error::input(name, format!("{rows} rows")).expected(format!("the {n} of x")));
        }
    }
    let k = y.n_columns();
    if let Err(expected) = loss.check_outputs(k) {
        return Err(Error::input("y", format!("{k} columns")).expected(expected));
    }
    for (name, matrix) in [("x", x), ("y", y)] {
        if let Some(at) = matrix.values().iter().position(|v| !v.is_finite()) {
            let (row, column) = (at % n, at / n);
            return Err(Error::input(format!("{name}, row {row}, column {column}"), matrix.values()[at].to_string())
                .expected("a finite number")
                .hint("fill in or drop missing values first"));
        }
    }
    if let Some(row) = weight.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(Error::input(format!("weight, row {row}"), weight[row].to_string()).expected("0 or more"));
    }
    if weight.iter().sum::<f64>() <= 0.0 {
        return Err(Error::input("weight", "no row above 0").expected("at least one"));
    }
    if let Some((at, expected)) =
        y.values().iter().enumerate().find_map(|(at, y)| Some((at, loss.check_response(*y).err()?)))
    {
        return Err(Error::input(format!("y, row {}", at % n), y.values()[at].to_string()).expected(expected));
    }
    if loss.couples_outputs() {
        let sum = |i: usize| (0..k).map(|l| y.get(i, l)).sum::<f64>();
        if let Some(row) = (0..n).find(|&i| (sum(i) - 1.0).abs() > 1e-9) {
            return Err(Error::input(format!("y, row {row}"), format!("a sum of {}", sum(row)))
                .expected("1")
                .hint("give one column for every class, 1 where the row is of that class"));
        }
    }
    Ok(())
}

fn check_options(x: &Matrix, weight: &[f64], options: &PathOptions) -> Result<()> {
    if !(0.0..=1.0).contains(&options.l1_ratio) {
        return Err(Error::input("l1_ratio", options.l1_ratio.to_string()).expected("0 (ridge) to 1 (lasso)"));
    }
    if options.tol.is_nan() || options.tol <= 0.0 {
        return Err(Error::input("tol", options.tol.to_string()).expected("a number above 0, such as 1e-9"));
    }
    if let Some(ratio) = options.lambda_ratio.filter(|ratio| !(*ratio > 0.0 && *ratio <= 1.0)) {
        return Err(Error::input("lambda_ratio", ratio.to_string()).expected("above 0, at most 1"));
    }
    let n_used = weight.iter().filter(|w| **w > 0.0).count();
    for lambda in options.lambdas.iter().flatten() {
        if !(lambda.is_finite() && *lambda >= 0.0) {
            return Err(Error::input("lambdas", lambda.to_string()).expected("numbers of 0 or more"));
        }
        if *lambda == 0.0 && n_used <= x.n_columns() {
            return Err(Error::input("lambdas", format!("0 with {n_used} weighted rows and {} inputs", x.n_columns()))
                .expected("more rows than inputs where nothing is penalised")
                .hint("give a lambda above 0"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
