//! One network of a given size under a given weight decay: no choice, no pruning, no evidence.
//!
//! What R's nnet and scikit-learn's MLPRegressor do in a call. It serves those who know the size that they want, and comparisons
//! of solvers; the functions of [`fit`](crate::fit) find out what pays.

use crate::Result;
use crate::fit::objective::NetworkObjective;
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::net::kernel::Batch;
use crate::net::kernel::Design;
use crate::net::kernel::Pass;
use crate::net::{Architecture, Layout, Network, init};
use crate::penalty::{InputRules, L1Weights};
use crate::random::{Purpose, Random};
use crate::simd::Scalar;
use crate::simd::lanes::LANES;
use crate::solve::check_data;
use crate::solve::head_start;
use crate::solve::prox_adam::ProxAdam;
use crate::solve::{ProxNewton, StopRule};
use crate::solve::{Termination, owlqn};

/// sum_i weight_i loss(y_i, f(x_i)) + decay/2 sum of theta^2, over all parameters of a network of fixed architecture.
///
/// For squared error the loss of a row is half a square: twice this value is what nnet minimises. `T` is what networks are
/// computed in, f64 or f32; sums over more than 2,048 rows are always f64.
#[derive(Debug, Clone)]
pub struct FixedProblem<T = f64> {
    architecture: Architecture,
    layout: Layout,
    design: Design<T>,
    loss: Loss,
    precision: Vec<f64>,
    decay: f64,
}

/// Which steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solver {
    /// Newton steps with damping: few, each O(n L^2 + L^3) for L parameters.
    Newton,
    /// L-BFGS: more steps, each O(n L).
    QuasiNewton,
}

/// How to minimise, and when to stop.
#[derive(Debug, Clone, Copy)]
pub struct FixedOptions {
    pub solver: Solver,
    pub max_iterations: usize,
    /// Largest component of the gradient at a solution.
    pub tolerance: f64,
    /// A value that is low enough: solvers stop below it, with [`Reason::Interrupted`](crate::solve::Reason).
    pub stop_below: f64,
}

impl Default for FixedOptions {
    fn default() -> Self {
        Self { solver: Solver::QuasiNewton, max_iterations: 1000, tolerance: 1e-4, stop_below: f64::NEG_INFINITY }
    }
}

impl<T: Scalar> FixedProblem<T> {
    /// `x` (n, p), `y` (n, K), `weight` (n); no missing values. Scaling is the caller's.
    ///
    /// # Errors
    /// What is not finite, does not fit together or is no response for the loss; a negative `decay`.
    pub fn new(
        architecture: Architecture,
        x: &Matrix,
        y: &Matrix,
        weight: &[f64],
        loss: Loss,
        decay: f64,
    ) -> Result<Self> {
        check_data(x, y, weight, loss)?;
        let mismatch = |what: &str, found: usize, expected: usize| {
            Err(crate::Error::input(format!("architecture.{what}"), found.to_string()).expected(expected.to_string()))
        };
        if architecture.n_inputs != x.n_columns() {
            return mismatch("n_inputs", architecture.n_inputs, x.n_columns());
        }
        if architecture.n_outputs != y.n_columns() {
            return mismatch("n_outputs", architecture.n_outputs, y.n_columns());
        }
        if !(decay.is_finite() && decay >= 0.0) {
            return Err(crate::Error::input("decay", decay.to_string()).expected("0 or more"));
        }
        let layout = Layout::new(&architecture);
        let precision = vec![1.0; architecture.n_outputs];
        Ok(Self { design: Design::new(x, y, weight), architecture, layout, loss, precision, decay })
    }

    /// A dense random start. The linear part is zero.
    pub fn start(&self, seed: u64) -> Vec<f64> {
        init::dense_start(&self.layout, &mut Random::of(seed, Purpose::Start, 0))
    }

    /// The value at `theta` (see [`Layout`]); writes its gradient. O(n L) time, over all threads.
    ///
    /// # Panics
    /// If `theta` or `gradient` have another length than the architecture has parameters.
    pub fn value_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        let n = self.layout.n_parameters();
        assert!(theta.len() == n && gradient.len() == n, "{n} parameters");
        let objective = self.objective();
        let losses = objective.losses_gradient(theta, gradient);
        objective.weighted(&losses, theta)
    }

    fn objective(&self) -> NetworkObjective<'_, T> {
        self.objective_over(&self.design)
    }

    fn objective_over<'a, D: Scalar>(&'a self, design: &'a Design<D>) -> NetworkObjective<'a, D> {
        let pass = Pass { layout: &self.layout, design, loss: self.loss, precision: &self.precision };
        NetworkObjective { pass, ridge: vec![self.decay; self.layout.n_parameters()], rules: InputRules::NONE }
    }

    /// One pass over the rows in batches of `tiles` times 64, in order, with Adam's steps of length `rate`; weights do not decay.
    pub fn epoch(&self, theta: &mut [f64], adam: &mut ProxAdam, tiles: usize, rate: f64) {
        let pass = self.objective().pass;
        let mut of_batch = Batch::new(&self.layout);
        let lambda = vec![0.0; theta.len()];
        let mut gradient = vec![0.0; theta.len()];
        let n_tiles = self.design.n_tiles();
        for start in (0..n_tiles).step_by(tiles) {
            let batch = start..(start + tiles).min(n_tiles);
            let share = 1.0 / (batch.len() * LANES) as f64;
            of_batch.gradient(&pass, theta, batch, &mut gradient);
            gradient.iter_mut().for_each(|g| *g *= share);
            adam.step(theta, &gradient, &lambda, rate);
        }
    }
}

impl FixedProblem {
    /// The Gauss-Newton matrix (L, L) of the losses at `theta`; its lower triangle is filled. O(n L²) time, over all threads.
    ///
    /// # Panics
    /// If `theta` has another length than the architecture has parameters.
    pub fn gauss_newton(&self, theta: &[f64]) -> Matrix {
        let l = self.layout.n_parameters();
        assert!(theta.len() == l, "{l} parameters");
        let matrix = self.objective().pass.gauss_newton(theta, &(0..l).collect::<Vec<_>>());
        Matrix::from_fn(l, l, |a, b| matrix[(a, b)])
    }

    /// Steps from `theta` until `options` say stop.
    pub fn minimise(&self, theta: Vec<f64>, options: &FixedOptions) -> (Network, Termination) {
        let objective = self.objective();
        let n = theta.len();
        let l1 = L1Weights::none(n);
        let rule = StopRule { tolerance: options.tolerance, max_iterations: options.max_iterations };
        let stop = |value: f64| value <= options.stop_below;
        let (theta, termination) = match options.solver {
            Solver::Newton => {
                let mut state = ProxNewton::new(&objective, &l1, theta);
                let termination = state.run(&objective, &l1, rule, &stop);
                (state.theta, termination)
            }
            Solver::QuasiNewton => {
                let mut theta = theta;
                let single = self.design.single();
                let quick = head_start(&self.objective_over(&single), &l1, &mut theta, rule, &stop);
                let exact = owlqn::minimise(&objective, &l1, &mut theta, rule, &stop);
                (theta, Termination { iterations: quick + exact.iterations, ..exact })
            }
        };
        (Network::new(self.architecture.clone(), theta), termination)
    }
}
