//! Squared error with many more rows than inputs: all products of columns once, and no lambda looks at a row again.
//!
//! With centred columns the constant is the mean of y whatever the coefficients are, and everything else is in
//! G = X'WX and X'Wy: slopes, violations and the objective.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par};

use super::quadratic::{ElasticNet, Gram, descend};
use super::working_set::Inputs;
use crate::simd::vector::{add_scaled, dot};
use crate::solve::termination::{Reason, Termination};

/// Rows that an input needs for the products to be worth it.
const ROWS_PER_INPUT: usize = 4;
/// Inputs for which the products take as long as one lambda takes that looks at the rows: it reads them twice, and numbers in
/// memory come about this much slower than products of numbers at hand.
const INPUTS_PER_LAMBDA: usize = 16;
/// Slopes are computed anew, and descent taken up again, at most so often: rounding is what is left then.
const MAX_ROUNDS: usize = 8;

/// Whether [`Products`] are the faster way to `n_lambdas` solutions.
pub fn is_worth_it(n_rows: usize, n_inputs: usize, n_lambdas: usize, gram_limit: usize) -> bool {
    n_inputs <= gram_limit && n_rows >= ROWS_PER_INPUT * n_inputs && n_inputs <= INPUTS_PER_LAMBDA * n_lambdas
}

/// G, which all outputs share.
pub struct Products {
    /// Columns of G (p x p); those of inputs that do not vary are zero.
    gram: Vec<Vec<f64>>,
}

impl Products {
    /// O(n p^2).
    pub fn new(inputs: &Inputs) -> Self {
        let x = inputs.centred();
        let (n, p) = (x.n_rows(), x.n_columns());
        let mut scaled = x.values().to_vec();
        for column in scaled.chunks_exact_mut(n) {
            column.iter_mut().zip(inputs.terms().weight).for_each(|(x, w)| *x *= w);
        }
        let mut product = Mat::zeros(p, p);
        triangular::matmul(
            product.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Replace,
            MatRef::from_column_major_slice(x.values(), n, p).transpose(),
            BlockStructure::Rectangular,
            MatRef::from_column_major_slice(&scaled, n, p),
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        let varies = |i: usize, j: usize| inputs.varies(i) && inputs.varies(j);
        let entry = |i: usize, j: usize| if varies(i, j) { product[(i.max(j), i.min(j))] } else { 0.0 };
        Self { gram: (0..p).map(|j| (0..p).map(|i| entry(i, j)).collect()).collect() }
    }
}

/// One output, and its present coefficients.
pub struct CovarianceUpdates<'a> {
    products: &'a Products,
    /// X'Wy (p).
    pull: Vec<f64>,
    /// y'Wy with the mean taken out.
    square: f64,
    /// (p)
    pub coef: Vec<f64>,
    /// Minus the derivative of the mean loss (p).
    slope: Vec<f64>,
    /// Violations are relative to this.
    scale: f64,
}

impl<'a> CovarianceUpdates<'a> {
    /// At the constant fit: O(n p).
    pub fn new(products: &'a Products, inputs: &Inputs, y: &[f64], scale: f64) -> Self {
        let mean = dot(y, inputs.terms().weight);
        let centred: Vec<f64> = y.iter().zip(inputs.terms().weight).map(|(y, w)| w * (y - mean)).collect();
        let p = products.gram.len();
        let x = inputs.centred();
        let pull: Vec<f64> = (0..p).map(|j| if inputs.varies(j) { dot(x.column(j), &centred) } else { 0.0 }).collect();
        let square = y.iter().zip(&centred).map(|(y, c)| (y - mean) * c).sum();
        Self { products, slope: pull.clone(), pull, square, coef: vec![0.0; p], scale }
    }

    /// Minimises from the present point: O(p) for a coordinate.
    pub fn solve(&mut self, penalty: ElasticNet, tol: f64, max_iter: usize) -> Termination {
        let goal = tol * self.scale;
        let mut sweeps = 0;
        let mut kkt = self.violation(penalty);
        for _ in 0..MAX_ROUNDS {
            if kkt <= goal || sweeps >= max_iter {
                break;
            }
            let slope = std::mem::take(&mut self.slope);
            let mut q = Gram { gram: &self.products.gram, slope };
            sweeps += descend(&mut q, &mut self.coef, penalty, 0.5 * goal, max_iter - sweeps);
            self.settle();
            kkt = self.violation(penalty);
        }
        let reason = match kkt <= goal {
            true => Reason::Converged,
            false if sweeps >= max_iter => Reason::IterationLimit,
            false => Reason::NoProgress,
        };
        Termination { reason, iterations: sweeps, objective: self.objective(penalty), kkt: kkt / self.scale }
    }

    /// Slopes from the products and coefficients, without what many shifts have rounded off.
    fn settle(&mut self) {
        self.slope = self.pull.clone();
        for (b, column) in self.coef.iter().zip(&self.products.gram).filter(|(b, _)| **b != 0.0) {
            add_scaled(&mut self.slope, -b, column);
        }
    }

    fn violation(&self, penalty: ElasticNet) -> f64 {
        self.coef.iter().zip(&self.slope).map(|(b, slope)| penalty.violation(*b, *slope)).fold(0.0, f64::max)
    }

    /// 1/2 |y - X b|^2 is 1/2 (y'y - b'X'y - b'(X'y - G b)).
    fn objective(&self, penalty: ElasticNet) -> f64 {
        let data = 0.5 * (self.square - dot(&self.coef, &self.pull) - dot(&self.coef, &self.slope));
        data.max(0.0) + penalty.value(&self.coef)
    }
}
