//! Rows of which a solver asks sums only, wherever they are: [`Tiles`] in this process, or parts on many machines.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::stored::Tiles;
use crate::Result;
use crate::fit::sample::Sample;
use crate::loss::Loss;
use crate::net::kernel::Pass;
use crate::net::{Architecture, Layout};
use crate::penalty::InputRules;
use crate::simd::lanes::LANES;
use crate::solve::{Curved, Smooth};

/// Encoded rows that weigh something.
pub trait Sums: Sync {
    fn n_inputs(&self) -> usize;
    fn n_outputs(&self) -> usize;
    fn loss(&self) -> Loss;
    /// What is asked of single inputs.
    fn rules(&self) -> &InputRules;
    /// Sum of the rows' weights.
    fn weight(&self) -> f64;
    /// About `n` rows taken at random, or all if there are fewer.
    ///
    /// # Errors
    /// Rows that cannot be reached.
    fn some_rows(&self, n: usize) -> Result<Sample>;
    /// Sum of w z z' for z = (1, x, y), d numbers each (d, d).
    ///
    /// # Errors
    /// Rows that cannot be reached.
    fn moments(&self) -> Result<Vec<f64>>;
    /// The losses of the outputs.
    fn losses(&self, layout: &Layout, precision: &[f64], theta: &[f64]) -> Vec<f64>;
    /// The losses of the outputs, and behind them the gradient of sum_k precision_k loss_k.
    fn losses_gradient(&self, layout: &Layout, precision: &[f64], theta: &[f64]) -> Vec<f64>;
    /// The Gauss-Newton matrix over the `live` parameters (L, L; row-major, the lower triangle).
    fn gauss_newton(&self, layout: &Layout, precision: &[f64], theta: &[f64], live: &[usize]) -> Vec<f64>;
    /// Whether sums have no meaning any more, because rows could not be reached: solvers stop.
    fn has_failed(&self) -> bool {
        false
    }
}

impl Sums for Tiles {
    fn n_inputs(&self) -> usize {
        self.n_inputs()
    }

    fn n_outputs(&self) -> usize {
        self.n_outputs()
    }

    fn loss(&self) -> Loss {
        self.loss()
    }

    fn rules(&self) -> &InputRules {
        self.rules()
    }

    fn weight(&self) -> f64 {
        self.total(0..self.n_tiles())
    }

    fn some_rows(&self, n: usize) -> Result<Sample> {
        Ok(self.sample(0..n.div_ceil(LANES).min(self.n_tiles())).0)
    }

    fn moments(&self) -> Result<Vec<f64>> {
        let (p, k) = (self.n_inputs(), self.n_outputs());
        let layout = Layout::new(&Architecture::linear(p, k));
        Ok(self.sum(&layout, &vec![1.0; k], |pass| moments(pass, 1 + p + k)))
    }

    fn losses(&self, layout: &Layout, precision: &[f64], theta: &[f64]) -> Vec<f64> {
        self.sum(layout, precision, |pass| pass.losses(theta))
    }

    fn losses_gradient(&self, layout: &Layout, precision: &[f64], theta: &[f64]) -> Vec<f64> {
        self.sum(layout, precision, |pass| gradient(pass, theta))
    }

    fn gauss_newton(&self, layout: &Layout, precision: &[f64], theta: &[f64], live: &[usize]) -> Vec<f64> {
        self.sum(layout, precision, |pass| gauss_newton(pass, theta, live))
    }
}

/// The losses of the outputs and the gradient over the rows of a pass.
pub fn gradient(pass: &Pass, theta: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; theta.len()];
    let mut sums = pass.losses_gradient(theta, &mut gradient);
    sums.extend(gradient);
    sums
}

/// The Gauss-Newton matrix over the rows of a pass (L, L; row-major, the lower triangle).
pub fn gauss_newton(pass: &Pass, theta: &[f64], live: &[usize]) -> Vec<f64> {
    let l = live.len();
    let matrix = pass.gauss_newton(theta, live);
    (0..l * l).map(|at| matrix[(at / l, at % l)]).collect()
}

/// Sum of w z z' over the rows of a pass (d, d).
pub fn moments(pass: &Pass, d: usize) -> Vec<f64> {
    let design = pass.design;
    let p = pass.layout.n_inputs;
    // (d, rows), each row times the root of its weight.
    let mut scaled = Mat::zeros(d, design.n_tiles() * LANES);
    for tile in 0..design.n_tiles() {
        let (x, y, weight) = (design.x(tile), design.y(tile), design.weight(tile));
        for l in 0..LANES {
            let root = weight[l].sqrt();
            let column = scaled.col_as_slice_mut(tile * LANES + l);
            column[0] = root;
            column[1..=p].iter_mut().zip(x).for_each(|(out, x)| *out = root * x[l]);
            column[1 + p..].iter_mut().zip(y).for_each(|(out, y)| *out = root * y[l]);
        }
    }
    let mut sums = Mat::zeros(d, d);
    matmul(sums.as_mut(), Accum::Replace, scaled.as_ref(), scaled.transpose(), 1.0, Par::Seq);
    (0..d * d).map(|at| sums[(at / d, at % d)]).collect()
}

/// The rows in single precision, the arithmetic in double: for conditions of optimality that are exact.
pub struct Wide<'a, S> {
    pub rows: &'a S,
    pub layout: &'a Layout,
    pub precision: &'a [f64],
    pub ridge: Vec<f64>,
}

impl<S: Sums> Wide<'_, S> {
    fn value_of(&self, losses: &[f64], theta: &[f64]) -> f64 {
        let ridge: f64 = self.ridge.iter().zip(theta).map(|(r, t)| 0.5 * r * t * t).sum();
        losses.iter().zip(self.precision).map(|(l, b)| l * b).sum::<f64>() + ridge
    }
}

impl<S: Sums> Smooth for Wide<'_, S> {
    fn value(&self, theta: &[f64]) -> f64 {
        self.value_of(&self.rows.losses(self.layout, self.precision, theta), theta)
    }

    fn value_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        let sums = self.rows.losses_gradient(self.layout, self.precision, theta);
        let (losses, slopes) = sums.split_at(self.layout.n_outputs);
        for (i, g) in gradient.iter_mut().enumerate() {
            *g = slopes[i] + self.ridge[i] * theta[i];
        }
        self.value_of(losses, theta)
    }
}

impl<S: Sums> Curved for Wide<'_, S> {
    fn curvature(&self, theta: &[f64], live: &[usize]) -> Mat<f64> {
        let l = live.len();
        let sums = self.rows.gauss_newton(self.layout, self.precision, theta, live);
        Mat::from_fn(l, l, |a, b| sums[a * l + b] + if a == b { self.ridge[live[a]] } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::laplace::train::Problem;
    use crate::fit::objective::usual_ridge;
    use crate::matrix::Matrix;
    use crate::net::init;
    use crate::random::Random;

    /// Values such as single precision holds.
    fn sample(n: usize) -> Sample {
        let mut random = Random::simulated(2);
        let mut draw = || f64::from(random.normal() as f32);
        let x = Matrix::from_fn(n, 5, |_, _| draw());
        let y = Matrix::from_fn(n, 1, |i, _| f64::from(u8::from(x.get(i, 0) - x.get(i, 1) + draw() > 0.2)));
        let (weight, offset, loss) = (vec![1.0; n], Vec::new(), Loss::Logistic);
        Sample { x, y, weight, offset, loss, rules: InputRules::default(), durations: None }
    }

    #[test]
    fn passes_over_tiles_are_those_over_the_sample() {
        let sample = sample(3_000);
        let tiles = Tiles::of(&sample, 1);
        let hidden = vec![3];
        let layout = Layout::new(&Architecture { n_inputs: 5, n_outputs: 1, hidden, activation: Default::default() });
        let theta = init::dense_start(&layout, &mut Random::simulated(5));
        let wide =
            Wide { rows: &tiles, layout: &layout, precision: &[1.0], ridge: usual_ridge(&layout, InputRules::NONE) };
        let design = sample.design();
        let never = || false;
        let problem = Problem::new(&sample, &design, &never);
        let plain = problem.objective(&layout, &[1.0]);
        let (mut a, mut b) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        let value = plain.value_gradient(&theta, &mut b);
        assert!((wide.value_gradient(&theta, &mut a) - value).abs() < 1e-9 * value);
        assert!((wide.value(&theta) - value).abs() < 1e-9 * value);
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-7 * (1.0 + b.abs())));
        let live: Vec<usize> = (0..theta.len()).step_by(2).collect();
        let (a, b) = (wide.curvature(&theta, &live), plain.curvature(&theta, &live));
        for i in 0..live.len() {
            assert!((0..=i).all(|j| (a[(i, j)] - b[(i, j)]).abs() < 1e-7 * (1.0 + b[(i, j)].abs())));
        }
    }
}
