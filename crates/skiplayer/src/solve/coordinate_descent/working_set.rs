//! Proximal Newton steps on a working set, for one lambda after another.
//!
//! The loss is replaced by its quadratic expansion over a working set of coefficients, constants eliminated exactly; [`descend`]
//! minimises that plus the penalty; a line search on the true objective makes every step a descent. For squared error the
//! expansion is exact and one step does, with products of columns kept from one lambda to the next.
//!
//! The working set comes from the sequential strong rule (Tibshirani et al. 2012, equation 7); what it leaves out wrongly is
//! found by the check of all derivatives that ends every lambda, so the rule costs time and never exactness.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::quadratic::{ElasticNet, Gram, Quadratic, Residuals, descend};
use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::simd::vector::sums_of;
use crate::simd::vector::{add_scaled, dot};
use crate::solve::termination::{Reason, Termination};

/// Largest working set whose Gram matrix is formed (2000^2 numbers are 32 MB).
pub const GRAM_LIMIT: usize = 2000;
/// Steps in a row that neither lower the objective nor halve the violation before rounding is taken to be the reason.
const STALLS: usize = 4;
/// Where nothing is priced, derivatives vanish towards infinity too (separable classes). There the Newton step stays about 1
/// in the linear predictor; at an optimum with violations near 1e-9 it is near 1e-5 or less.
const LONG_STEP: f64 = 0.05;

/// Inputs with their weighted means taken out.
pub struct Inputs {
    /// (n, p)
    x: Matrix,
    pub means: Vec<f64>,
    /// Columns that vary by more than rounding.
    varies: Vec<bool>,
    /// Weights that sum to 1 (n).
    pub weight: Vec<f64>,
    /// Added to the linear predictors of one output (n), or empty.
    offset: Vec<f64>,
    /// Largest weighted standard deviation of a column: turns a derivative for a constant into one for a coefficient.
    deviation: f64,
}

impl Inputs {
    /// O(n p).
    pub fn new(x: &Matrix, RowTerms { weight, offset }: RowTerms) -> Self {
        let total: f64 = weight.iter().sum();
        let weight: Vec<f64> = weight.iter().map(|w| w / total).collect();
        let mut centred = x.clone();
        let (mut means, mut varies, mut deviation) = (Vec::new(), Vec::new(), 0.0f64);
        for j in 0..x.n_columns() {
            let mean = dot(x.column(j), &weight);
            let column = centred.column_mut(j);
            column.iter_mut().for_each(|v| *v -= mean);
            let spread = column.iter().zip(&weight).map(|(v, w)| w * v * v).sum::<f64>().sqrt();
            means.push(mean);
            varies.push(spread > 1e-13 * mean.abs());
            deviation = deviation.max(spread);
        }
        Self { x: centred, means, varies, weight, offset: offset.to_vec(), deviation }
    }

    pub fn n(&self) -> usize {
        self.weight.len()
    }

    pub fn p(&self) -> usize {
        self.means.len()
    }

    /// Whether column `j` varies by more than rounding.
    pub fn varies(&self, j: usize) -> bool {
        self.varies[j]
    }

    /// The constant for inputs as given where squared error is least for `coef` (p): the mean of what is left of `y` (n).
    pub fn intercept(&self, y: &[f64], coef: &[f64]) -> f64 {
        dot(y, &self.weight) - dot(&self.means, coef)
    }

    /// Centred columns (n, p).
    pub fn centred(&self) -> &Matrix {
        &self.x
    }

    /// Weights over their sum, and the offset.
    pub fn terms(&self) -> RowTerms<'_> {
        RowTerms { weight: &self.weight, offset: &self.offset }
    }
}

/// Products of the working set's columns, constants eliminated.
#[derive(Default)]
struct Products {
    /// Which coefficients, c = k p + j; grouped by output k.
    members: Vec<usize>,
    /// Columns of the members, one after the other (n m).
    packed: Vec<f64>,
    /// sum_i h_kl x_ij for member (k, j) and output l (m K).
    cross: Vec<f64>,
    /// Column c of the second derivative (m m).
    gram: Vec<Vec<f64>>,
}

/// The loss around the present point.
struct Expansion {
    /// h_kl, `curvature[k * K + l]` (n).
    curvature: Vec<Vec<f64>>,
    /// Inverse second derivative of the constants (K K).
    constant_inverse: Vec<f64>,
}

impl Expansion {
    /// Sum of the curvatures of single outputs.
    fn size(&self) -> f64 {
        let k = self.curvature.len().isqrt();
        (0..k).map(|l| self.curvature[l * k + l].iter().sum::<f64>()).sum()
    }
}

/// Which second derivative of the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curvature {
    /// At the responses; of Huber's loss it jumps where a residual passes delta.
    Hessian,
    /// Expected; of Huber's loss an upper bound, with which every step goes down.
    Information,
}

/// A move and what it promises.
struct Move {
    members: Vec<usize>,
    /// (m)
    coef: Vec<f64>,
    /// (K)
    constants: Vec<f64>,
    sweeps: usize,
    /// Of the mean loss with respect to the predictors: what a loss is the difference of is at least of this size.
    curvature: f64,
}

/// One problem, its present point, and what is kept between lambdas.
pub struct Solver<'a> {
    inputs: &'a Inputs,
    loss: Loss,
    /// Output-major (K n).
    y: &'a [f64],
    n_outputs: usize,
    /// Constants for centred inputs (K).
    pub constants: Vec<f64>,
    /// (K p)
    pub coef: Vec<f64>,
    /// Linear predictors (K n).
    eta: Vec<f64>,
    /// Derivatives with respect to `eta` (K n), with respect to `coef` (K p) and with respect to the constants (K).
    row_derivative: Vec<f64>,
    derivative: Vec<f64>,
    constant_derivative: Vec<f64>,
    data_value: f64,
    /// Kept for squared error only, where curvature never changes.
    products: Products,
    /// Violations are relative to this: the largest derivative of the mean loss at the constant fit.
    scale: f64,
    gram_limit: usize,
}

impl<'a> Solver<'a> {
    /// At the constant fit.
    pub fn new(inputs: &'a Inputs, y: &'a [f64], loss: Loss, gram_limit: usize) -> Self {
        let n = inputs.n();
        let n_outputs = y.len() / n;
        let constants = loss.exact_constant_fit(y, inputs.terms());
        let mut eta: Vec<f64> = constants.iter().flat_map(|&b| std::iter::repeat_n(b, n)).collect();
        inputs.terms().add_offset(&mut eta);
        let mut solver = Self {
            inputs,
            loss,
            y,
            n_outputs,
            constants,
            coef: vec![0.0; n_outputs * inputs.p()],
            eta,
            row_derivative: vec![0.0; y.len()],
            derivative: vec![0.0; n_outputs * inputs.p()],
            constant_derivative: vec![0.0; n_outputs],
            data_value: 0.0,
            products: Products::default(),
            scale: 1.0,
            gram_limit,
        };
        solver.differentiate_rows();
        solver.differentiate(None);
        // A response without variation has derivatives of rounding size only; the floor keeps them from being the unit.
        let y_size = (0..n_outputs)
            .map(|k| y[k * n..][..n].iter().zip(&inputs.weight).map(|(y, w)| w * y * y).sum::<f64>().sqrt())
            .fold(0.0, f64::max);
        let floor = 1e-5 * inputs.deviation * y_size;
        solver.scale = solver.largest_derivative().max(floor).max(f64::MIN_POSITIVE);
        solver
    }

    /// The largest derivative of the mean loss with respect to a coefficient.
    pub fn largest_derivative(&self) -> f64 {
        self.derivative.iter().fold(0.0, |a, g| a.max(g.abs()))
    }

    /// The unit of the reported violations.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Uses another problem's unit.
    pub fn set_scale(&mut self, scale: f64) {
        self.scale = scale;
    }

    /// Intercepts for inputs as given (K); those of classes sum to 0.
    pub fn intercept(&self) -> Vec<f64> {
        let p = self.inputs.p();
        let mut intercept: Vec<f64> = self
            .constants
            .iter()
            .enumerate()
            .map(|(k, b)| b - dot(&self.inputs.means, &self.coef[k * p..][..p]))
            .collect();
        if self.loss.couples_outputs() {
            let centre = intercept.iter().sum::<f64>() / intercept.len() as f64;
            intercept.iter_mut().for_each(|b| *b -= centre);
        }
        intercept
    }

    /// Moves to `coef` (K p) and `constants` (K), and reports the violation and the objective there.
    pub fn place(&mut self, coef: Vec<f64>, constants: Vec<f64>, penalty: ElasticNet) -> (f64, f64) {
        (self.coef, self.constants) = (coef, constants);
        self.predict();
        self.differentiate_rows();
        self.differentiate(None);
        (self.violation(None, penalty) / self.scale, self.data_value + penalty.value(&self.coef))
    }

    /// Minimises from the present point. `previous` is the lambda l1_ratio of that point, for the strong rule.
    pub fn solve(&mut self, penalty: ElasticNet, previous: f64, tol: f64, max_iter: usize) -> Termination {
        let goal = tol * self.scale;
        let threshold = (2.0 * penalty.l1 - previous).min(penalty.l1);
        let mut strong = self.in_play(threshold);
        let (mut sweeps, mut stalls) = (0, 0);
        let mut best = f64::INFINITY;
        let mut all_known = true;
        let mut objective = self.data_value + penalty.value(&self.coef);
        loop {
            let mut kkt = self.violation(Some(&strong), penalty);
            if kkt <= goal {
                if !all_known {
                    let mut stale = vec![true; self.coef.len()];
                    strong.iter().for_each(|&c| stale[c] = false);
                    let rest: Vec<usize> = self.usable().filter(|&c| stale[c]).collect();
                    self.differentiate(Some(&rest));
                    all_known = true;
                }
                kkt = self.violation(None, penalty);
                strong = self.in_play(threshold);
            }
            if kkt <= goal {
                let finite = self.loss.is_quadratic() || self.newton_length(penalty, max_iter) < LONG_STEP;
                let reason = if finite { Reason::Converged } else { Reason::NoProgress };
                return Termination { reason, iterations: sweeps, objective, kkt: kkt / self.scale };
            }
            if sweeps >= max_iter {
                self.differentiate(None);
                let kkt = self.violation(None, penalty) / self.scale;
                return Termination { reason: Reason::IterationLimit, iterations: sweeps, objective, kkt };
            }
            let before = objective;
            let inner = (1e-3 * kkt).max(0.2 * goal);
            // Of Huber's loss the Hessian jumps, and a step by it can lead nowhere.
            let curvature = if stalls % 2 == 0 { Curvature::Hessian } else { Curvature::Information };
            let moved = self
                .newton_move(&strong, curvature, penalty, inner, max_iter - sweeps)
                .and_then(|step| {
                    sweeps += step.sweeps;
                    self.search(&step, penalty, objective)
                })
                .is_some_and(|value| {
                    objective = value;
                    true
                });
            if moved {
                self.differentiate(Some(&strong));
                all_known = false;
            }
            stalls = if objective < before - 1e-15 * before.abs() || kkt < 0.5 * best { 0 } else { stalls + 1 };
            best = best.min(kkt);
            if !moved && (stalls > 1 || self.loss.is_quadratic()) || stalls >= STALLS {
                self.differentiate(None);
                let kkt = self.violation(None, penalty);
                let reason = if kkt <= goal { Reason::Converged } else { Reason::NoProgress };
                return Termination { reason, iterations: sweeps, objective, kkt: kkt / self.scale };
            }
        }
    }

    fn usable(&self) -> impl Iterator<Item = usize> + use<'a> {
        let (inputs, p) = (self.inputs, self.inputs.p());
        (0..self.n_outputs * p).filter(move |c| inputs.varies[c % p])
    }

    /// The strong set: not zero, or a derivative above the threshold, or products already at hand.
    fn in_play(&self, threshold: f64) -> Vec<usize> {
        let mut known = vec![false; self.coef.len()];
        self.products.members.iter().for_each(|&c| known[c] = true);
        let in_play = |c: &usize| known[*c] || self.coef[*c] != 0.0 || self.derivative[*c].abs() > threshold;
        self.usable().filter(in_play).collect()
    }

    /// Linear predictors anew.
    fn predict(&mut self) {
        let (n, p) = (self.inputs.n(), self.inputs.p());
        for k in 0..self.n_outputs {
            let eta = &mut self.eta[k * n..][..n];
            eta.fill(self.constants[k]);
            for j in (0..p).filter(|j| self.coef[k * p + j] != 0.0) {
                add_scaled(eta, self.coef[k * p + j], self.inputs.x.column(j));
            }
        }
        self.inputs.terms().add_offset(&mut self.eta);
    }

    fn differentiate_rows(&mut self) {
        let weight = &self.inputs.weight;
        self.data_value =
            self.loss.value_gradient::<f64, pulp::Scalar>(&self.eta, self.y, weight, &mut self.row_derivative);
        self.differentiate_constants();
    }

    fn differentiate_constants(&mut self) {
        let n = self.inputs.n();
        for (sum, rows) in self.constant_derivative.iter_mut().zip(self.row_derivative.chunks_exact(n)) {
            *sum = rows.iter().sum();
        }
    }

    /// Derivatives of all coefficients, or of some.
    fn differentiate(&mut self, some: Option<&[usize]>) {
        let (n, p) = (self.inputs.n(), self.inputs.p());
        let every: Vec<usize>;
        let which = match some {
            Some(some) => some,
            None => {
                every = self.usable().collect();
                &every
            }
        };
        let one = |c: usize| dot(self.inputs.x.column(c % p), &self.row_derivative[c / p * n..][..n]);
        let sums = sums_of(which, n, one);
        which.iter().zip(sums).for_each(|(&c, sum)| self.derivative[c] = sum);
    }

    /// The largest violation of the optimality conditions over all coefficients, or over some, and over the constants.
    fn violation(&self, some: Option<&[usize]>, penalty: ElasticNet) -> f64 {
        let one = |c: usize| penalty.violation(self.coef[c], -self.derivative[c]);
        let coefs = match some {
            Some(some) => some.iter().map(|&c| one(c)).fold(0.0, f64::max),
            None => self.usable().map(one).fold(0.0, f64::max),
        };
        let constants = self.constant_derivative.iter().fold(0.0, |a: f64, g| a.max(g.abs()));
        coefs.max(constants * self.inputs.deviation)
    }

    /// Of the rows (n), for each pair of outputs (K K).
    fn curvature_of_outputs(&self, which: Curvature) -> Vec<Vec<f64>> {
        let (n, k, weight) = (self.inputs.n(), self.n_outputs, &self.inputs.weight);
        if self.loss.has_costly_link() {
            return vec![match which {
                Curvature::Hessian => self.loss.curvature_of_rows(&self.eta, self.y, weight),
                Curvature::Information => self.loss.expected_curvature(&self.eta, self.y, weight),
            }];
        }
        let mut mean = self.eta.clone();
        self.loss.mean_in_place(&mut mean, n);
        let of_pair = |at: usize| {
            let (a, b) = (&mean[at / k * n..][..n], &mean[at % k * n..][..n]);
            let (same, y) = (at / k == at % k, &self.y[at / k * n..][..n]);
            match which {
                Curvature::Hessian => self.loss.weighted_curvature(weight, a, b, same, y),
                Curvature::Information => self.loss.weighted_information(weight, a, b, same),
            }
        };
        (0..k * k).map(of_pair).collect()
    }

    fn expansion(&self, which: Curvature) -> Option<Expansion> {
        let k = self.n_outputs;
        let curvature = self.curvature_of_outputs(which);
        let sums: Vec<f64> = curvature.iter().map(|h| h.iter().sum()).collect();
        // Equal shifts of all classes change nothing: their curvature is 0 and any positive number may stand for it.
        let shift = if self.loss.couples_outputs() {
            (0..k).map(|l| sums[l * k + l]).sum::<f64>() / (k * k) as f64
        } else {
            0.0
        };
        let matrix = Mat::from_fn(k, k, |a, b| sums[a * k + b] + shift);
        let inverse = matrix.llt(Side::Lower).ok()?.solve(&Mat::<f64>::identity(k, k));
        let constant_inverse: Vec<f64> = (0..k * k).map(|at| inverse[(at / k, at % k)]).collect();
        constant_inverse.iter().all(|v| v.is_finite()).then_some(Expansion { curvature, constant_inverse })
    }

    /// The minimum of the expansion plus penalty over the working set drawn from `strong`.
    fn newton_move(
        &mut self,
        strong: &[usize],
        curvature: Curvature,
        penalty: ElasticNet,
        tol: f64,
        max_sweeps: usize,
    ) -> Option<Move> {
        let expansion = self.expansion(curvature)?;
        let products = std::mem::take(&mut self.products);
        if self.loss.is_quadratic() && strong.len() <= self.gram_limit {
            let mut products = products;
            let mut known = vec![false; self.coef.len()];
            products.members.iter().for_each(|&c| known[c] = true);
            let new: Vec<usize> = strong.iter().copied().filter(|&c| !known[c]).collect();
            self.extend(&mut products, &expansion, &new);
            let step = self.by_gram(&products, &expansion, penalty, tol, max_sweeps);
            self.products = products;
            return Some(step);
        }
        let violating = |c: &usize| self.coef[*c] != 0.0 || self.derivative[*c].abs() > penalty.l1;
        let members: Vec<usize> = strong.iter().copied().filter(violating).collect();
        if members.len() > self.gram_limit {
            return Some(self.by_residuals(members, &expansion, penalty, tol, max_sweeps));
        }
        let mut products = Products::default();
        self.extend(&mut products, &expansion, &members);
        Some(self.by_gram(&products, &expansion, penalty, tol, max_sweeps))
    }

    fn by_gram(
        &self,
        products: &Products,
        expansion: &Expansion,
        penalty: ElasticNet,
        tol: f64,
        max_sweeps: usize,
    ) -> Move {
        let k = self.n_outputs;
        let pull = |l: usize| -dot(&expansion.constant_inverse[l * k..][..k], &self.constant_derivative);
        let free: Vec<f64> = (0..k).map(pull).collect();
        let slope = products.members.iter().zip(products.cross.chunks_exact(k));
        let slope = slope.map(|(&c, cross)| -self.derivative[c] - dot(cross, &free)).collect();
        let start: Vec<f64> = products.members.iter().map(|&c| self.coef[c]).collect();
        let mut b = start.clone();
        let sweeps = descend(&mut Gram { gram: &products.gram, slope }, &mut b, penalty, tol, max_sweeps);
        let coef: Vec<f64> = b.iter().zip(&start).map(|(b, s)| b - s).collect();
        let mut right: Vec<f64> = self.constant_derivative.iter().map(|g| -g).collect();
        for (d, cross) in coef.iter().zip(products.cross.chunks_exact(k)) {
            add_scaled(&mut right, -d, cross);
        }
        let constants = (0..k).map(|l| dot(&expansion.constant_inverse[l * k..][..k], &right)).collect();
        Move { members: products.members.clone(), coef, constants, sweeps, curvature: expansion.size() }
    }

    fn by_residuals(
        &self,
        members: Vec<usize>,
        expansion: &Expansion,
        penalty: ElasticNet,
        tol: f64,
        max_sweeps: usize,
    ) -> Move {
        let p = self.inputs.p();
        let columns = members.iter().map(|c| (self.inputs.x.column(c % p), c / p)).collect();
        let (curvature, inverse) = (&expansion.curvature, &expansion.constant_inverse);
        let mut q = Residuals::new(columns, curvature, &self.row_derivative, inverse, self.inputs.deviation);
        q.settle_constants();
        let start: Vec<f64> = members.iter().map(|&c| self.coef[c]).collect();
        let mut b = start.clone();
        let sweeps = descend(&mut q, &mut b, penalty, tol, max_sweeps);
        let coef = b.iter().zip(&start).map(|(b, s)| b - s).collect();
        Move { members, coef, constants: q.constants, sweeps, curvature: expansion.size() }
    }

    /// Adds coefficients to the products: O(n (m + new) new).
    fn extend(&self, products: &mut Products, expansion: &Expansion, new: &[usize]) {
        let (n, p, k) = (self.inputs.n(), self.inputs.p(), self.n_outputs);
        let old = products.members.len();
        products.members.extend(new);
        let m = products.members.len();
        for &c in new {
            let x = self.inputs.x.column(c % p);
            products.packed.extend_from_slice(x);
            products.cross.extend((0..k).map(|l| dot(&expansion.curvature[c / p * k + l], x)));
        }
        let members = &products.members;
        // Members are grouped by output: with several, all of them are new.
        let bounds: Vec<usize> = (0..=k).map(|l| members.partition_point(|c| k > 1 && c / p < l)).collect();
        let group = |l: usize| if k > 1 { bounds[l]..bounds[l + 1] } else { 0..m };
        let mut block = vec![0.0; m * (m - old)];
        for l in 0..k {
            let right = group(l).start.max(old)..group(l).end;
            for r in 0..k {
                let left = group(r);
                if left.is_empty() || right.is_empty() {
                    continue;
                }
                let h = &expansion.curvature[r * k + l];
                let mut scaled = products.packed[n * right.start..n * right.end].to_vec();
                scaled.chunks_exact_mut(n).for_each(|x| x.iter_mut().zip(h).for_each(|(x, h)| *x *= h));
                let packed = &products.packed[n * left.start..n * left.end];
                let mut product = Mat::zeros(left.len(), right.len());
                matmul(
                    product.as_mut(),
                    Accum::Replace,
                    MatRef::from_column_major_slice(packed, n, left.len()).transpose(),
                    MatRef::from_column_major_slice(&scaled, n, right.len()),
                    1.0,
                    Par::Seq,
                );
                for (column, to) in right.clone().enumerate() {
                    for (row, at) in left.clone().enumerate() {
                        block[(to - old) * m + at] = product[(row, column)];
                    }
                }
            }
        }
        for (at, column) in block.chunks_exact_mut(m.max(1)).enumerate() {
            let cross = &products.cross[(old + at) * k..][..k];
            let solved: Vec<f64> = (0..k).map(|l| dot(&expansion.constant_inverse[l * k..][..k], cross)).collect();
            column.iter_mut().zip(products.cross.chunks_exact(k)).for_each(|(v, cross)| *v -= dot(cross, &solved));
        }
        for (at, column) in products.gram.iter_mut().enumerate() {
            column.extend(block.chunks_exact(m.max(1)).map(|new| new[at]));
        }
        products.gram.extend(block.chunks_exact(m.max(1)).map(<[f64]>::to_vec));
    }

    /// Takes as much of a move as lowers the objective (Armijo), with the derivatives of the rows there; its value, or `None` if nothing
    /// does.
    fn search(&mut self, step: &Move, penalty: ElasticNet, objective: f64) -> Option<f64> {
        let n = self.inputs.n();
        let direction = self.direction(step);
        let at_members = |length: f64| -> Vec<f64> {
            step.members.iter().zip(&step.coef).map(|(&c, d)| self.coef[c] + length * d).collect()
        };
        let start = penalty.value(&at_members(0.0));
        let promise = dot(&self.constant_derivative, &step.constants)
            + step.members.iter().zip(&step.coef).map(|(&c, d)| self.derivative[c] * d).sum::<f64>()
            + penalty.value(&at_members(1.0))
            - start;
        // The errors of a sum of n terms; a step that promises less is judged by the violations that it leaves. A deviance is the
        // difference of larger terms, which are of the size of the curvature.
        let terms = if self.loss.is_quadratic() { 0.0 } else { 16.0 * step.curvature };
        let size = objective.abs() + self.data_value.abs() + terms;
        let rounding = (8.0 + (n as f64).sqrt()) * f64::EPSILON * size;
        let mut eta = vec![0.0; self.eta.len()];
        let mut row_derivative = vec![0.0; eta.len()];
        let mut length = 1.0;
        for _ in 0..40 {
            for ((eta, start), d) in eta.iter_mut().zip(&self.eta).zip(&direction) {
                *eta = start + length * d;
            }
            let data =
                self.loss.value_gradient::<f64, pulp::Scalar>(&eta, self.y, &self.inputs.weight, &mut row_derivative);
            let coef = at_members(length);
            let value = objective + (data - self.data_value) + (penalty.value(&coef) - start);
            if value.is_finite() && value <= objective + 1e-4 * length * promise.min(0.0) + rounding {
                for (&c, b) in step.members.iter().zip(coef) {
                    self.coef[c] = b;
                }
                add_scaled(&mut self.constants, length, &step.constants);
                (self.eta, self.row_derivative, self.data_value) = (eta, row_derivative, data);
                self.differentiate_constants();
                return Some(data + penalty.value(&self.coef));
            }
            length *= 0.5;
        }
        None
    }

    /// The change of the linear predictors (K n).
    fn direction(&self, step: &Move) -> Vec<f64> {
        let (n, p) = (self.inputs.n(), self.inputs.p());
        let mut direction: Vec<f64> = step.constants.iter().flat_map(|&b| std::iter::repeat_n(b, n)).collect();
        for (&c, &d) in step.members.iter().zip(&step.coef).filter(|(_, d)| **d != 0.0) {
            add_scaled(&mut direction[c / p * n..][..n], d, self.inputs.x.column(c % p));
        }
        direction
    }

    /// The longest move of a linear predictor in a Newton step over what is free of any penalty.
    fn newton_length(&mut self, penalty: ElasticNet, max_sweeps: usize) -> f64 {
        let free: Vec<usize> = if penalty.l1 + penalty.l2 == 0.0 { self.usable().collect() } else { Vec::new() };
        let step = self.newton_move(&free, Curvature::Hessian, penalty, 0.0, max_sweeps.min(2));
        step.map_or(f64::INFINITY, |step| self.direction(&step).iter().fold(0.0, |a, d| a.max(d.abs())))
    }
}
