//! The line of a quantile exactly: a vertex of the linear programme, whose dual says that it is the best.
//!
//! minimise sum_i w_i rho(y_i - x_i b), rho(r) = tau r for r >= 0 and (tau - 1) r below
//!
//! A solution passes through as many rows as it has coefficients (Koenker & Bassett 1978). From such a vertex one row is let go, the line
//! turned about the others until the loss rises again, and there it meets another row (Barrodale & Roberts 1973; Koenker & d'Orey 1987).
//! It ends where the dual variables of the rows that it passes through are between w (tau - 1) and w tau. A start near the solution, such
//! as the smooth loss has, leaves few turns to make; each is O(n p + p³).

use faer::Mat;
use faer::linalg::solvers::Solve;

use crate::random::Random;

/// Turns before a solution is given up.
const MAX_TURNS: usize = 10_000;
/// Turns that lower nothing, as where responses are tied, before responses are moved by a hair.
const STALLS: usize = 20;
/// That hair, in units of the largest response.
const HAIR: f64 = 1e-11;
/// A row whose coefficients are this much determined by those of the vertex does not make one with them.
const INDEPENDENT: f64 = 1e-9;
/// By how much a dual variable may be outside its bounds, of the largest weight.
const FEASIBLE: f64 = 1e-9;

/// Rows (n of width numbers), responses, weights and the level.
pub struct QuantileLine<'a> {
    pub rows: &'a [Vec<f64>],
    pub y: &'a [f64],
    pub weight: &'a [f64],
    pub level: f64,
}

/// A line through `basis`.
struct Vertex {
    basis: Vec<usize>,
    coef: Vec<f64>,
}

impl QuantileLine<'_> {
    /// The coefficients of a solution, from coefficients near it; `None` where columns depend on each other, or turns run out.
    pub fn solve(&self, near: &[f64]) -> Option<Vec<f64>> {
        let mut y = self.y.to_vec();
        let mut vertex = self.vertex(near, &y)?;
        let (mut best, mut stalls, mut is_moved) = (f64::INFINITY, 0, false);
        for _ in 0..MAX_TURNS {
            let residual = self.residuals(&vertex, &y);
            let value: f64 = residual.iter().zip(self.weight).map(|(r, w)| w * self.pinball(*r)).sum();
            stalls = if value < best * (1.0 - 1e-15) { 0 } else { stalls + 1 };
            best = best.min(value);
            if stalls > STALLS && !is_moved {
                (is_moved, stalls, best) = (true, 0, f64::INFINITY);
                let largest = y.iter().fold(0.0_f64, |most, y| most.max(y.abs()));
                let hair = HAIR * if largest > 0.0 { largest } else { 1.0 };
                // At random, as rows on one line would still be on one if these were.
                let mut random = Random::simulated(0);
                y.iter_mut().for_each(|y| *y += hair * random.uniform());
                vertex.coef = self.through(&vertex.basis, &y)?;
                continue;
            }
            let Some((leaving, entering)) = self.turn(&vertex, &residual)? else {
                return self.through(&vertex.basis, self.y);
            };
            vertex.basis[leaving] = entering;
            vertex.coef = self.through(&vertex.basis, &y)?;
        }
        None
    }

    fn pinball(&self, residual: f64) -> f64 {
        if residual >= 0.0 { self.level * residual } else { (self.level - 1.0) * residual }
    }

    fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// The rows nearest to the line that together determine one.
    fn vertex(&self, near: &[f64], y: &[f64]) -> Option<Vertex> {
        let distance = |i: usize| (y[i] - dot(&self.rows[i], near)).abs();
        let mut order: Vec<usize> = (0..y.len()).filter(|&i| self.weight[i] > 0.0).collect();
        order.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        let mut basis = Vec::new();
        let mut orthonormal: Vec<Vec<f64>> = Vec::new();
        for i in order {
            let mut rest = self.rows[i].clone();
            let length = dot(&rest, &rest).sqrt();
            // Twice, as once leaves rounding errors.
            for known in orthonormal.iter().chain(&orthonormal) {
                let along = dot(known, &rest);
                rest.iter_mut().zip(known).for_each(|(r, k)| *r -= along * k);
            }
            let left = dot(&rest, &rest).sqrt();
            if left > INDEPENDENT * length {
                rest.iter_mut().for_each(|r| *r /= left);
                orthonormal.push(rest);
                basis.push(i);
            }
            if basis.len() == self.width() {
                let coef = self.through(&basis, y)?;
                return Some(Vertex { basis, coef });
            }
        }
        None
    }

    fn matrix(&self, basis: &[usize]) -> Mat<f64> {
        Mat::from_fn(basis.len(), basis.len(), |r, c| self.rows[basis[r]][c])
    }

    /// The line through the rows of `basis`.
    fn through(&self, basis: &[usize], y: &[f64]) -> Option<Vec<f64>> {
        let right = Mat::from_fn(basis.len(), 1, |r, _| y[basis[r]]);
        let solved = self.matrix(basis).partial_piv_lu().solve(&right);
        let coef: Vec<f64> = solved.col(0).iter().copied().collect();
        coef.iter().all(|c| c.is_finite()).then_some(coef)
    }

    /// Those of the basis are zero, whatever rounding says.
    fn residuals(&self, vertex: &Vertex, y: &[f64]) -> Vec<f64> {
        let mut residual: Vec<f64> = self.rows.iter().zip(y).map(|(row, y)| y - dot(row, &vertex.coef)).collect();
        vertex.basis.iter().for_each(|&i| residual[i] = 0.0);
        residual
    }

    /// The place in the basis that is let go and the row that comes in its stead: `Some(None)` at a solution, `None` where the loss has no
    /// bound, which rounding alone can say.
    fn turn(&self, vertex: &Vertex, residual: &[f64]) -> Option<Option<(usize, usize)>> {
        let width = self.width();
        let mut is_met = vec![false; residual.len()];
        vertex.basis.iter().for_each(|&i| is_met[i] = true);
        // Of the rows that are not met the derivative of the loss with respect to the residual, times the row.
        let mut pull = vec![0.0; width];
        for (i, row) in self.rows.iter().enumerate().filter(|(i, _)| !is_met[*i]) {
            let slope = self.weight[i] * if residual[i] >= 0.0 { self.level } else { self.level - 1.0 };
            pull.iter_mut().zip(row).for_each(|(pull, x)| *pull += slope * x);
        }
        let factor = self.matrix(&vertex.basis).partial_piv_lu();
        let transposed = self.matrix(&vertex.basis).transpose().to_owned().partial_piv_lu();
        let dual = transposed.solve(&Mat::from_fn(width, 1, |c, _| -pull[c]));
        let heaviest = vertex.basis.iter().map(|&i| self.weight[i]).fold(0.0, f64::max);
        // How far each dual variable is outside its bounds: above, the residual wants to rise; below, to fall.
        let outside = |at: usize| {
            let (value, weight) = (dual[(at, 0)], self.weight[vertex.basis[at]]);
            let (above, below) = (value - weight * self.level, weight * (self.level - 1.0) - value);
            if above >= below { (above, 1.0) } else { (below, -1.0) }
        };
        let leaving = (0..width).max_by(|&a, &b| outside(a).0.total_cmp(&outside(b).0))?;
        let (slope, sign) = outside(leaving);
        if slope <= FEASIBLE * heaviest.max(f64::MIN_POSITIVE) {
            return Some(None);
        }
        let turned = factor.solve(&Mat::from_fn(width, 1, |r, _| if r == leaving { -sign } else { 0.0 }));
        let direction: Vec<f64> = turned.col(0).iter().copied().collect();
        // Where each row is met on the way, and by how much the derivative rises there.
        let mut met: Vec<(f64, f64, usize)> = (0..residual.len())
            .filter(|&i| !is_met[i] && self.weight[i] > 0.0)
            .filter_map(|i| {
                let speed = dot(&self.rows[i], &direction);
                let is_towards = speed != 0.0 && (residual[i] >= 0.0) == (speed > 0.0);
                is_towards.then(|| (residual[i] / speed, self.weight[i] * speed.abs(), i))
            })
            .collect();
        met.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let mut left = slope;
        for (_, rise, row) in met {
            left -= rise;
            if left <= 0.0 {
                return Some(Some((leaving, row)));
            }
        }
        None
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(rows: &[Vec<f64>], y: &[f64], weight: &[f64], level: f64, coef: &[f64]) -> f64 {
        let line = QuantileLine { rows, y, weight, level };
        (0..y.len()).map(|i| weight[i] * line.pinball(y[i] - dot(&rows[i], coef))).sum()
    }

    /// Rows 0, 2 and 4 lie on a line, on which turns went round and round.
    #[test]
    fn tied_rows_end() {
        let rows = [2.0, -2.0, 0.0, -1.0, -2.0].map(|x| vec![1.0, x]);
        let weight = [1.0, 2.0, 3.0, 1.0, 2.0];
        for y in [[-1.0, 1.0, -2.0, -6.0, -3.0], [0.0; 5]] {
            let line = QuantileLine { rows: &rows, y: &y, weight: &weight, level: 0.4626 };
            let found = line.solve(&[0.0, 0.0]).unwrap();
            let own = value(&rows, &y, &weight, line.level, &found);
            assert!(own <= value(&rows, &y, &weight, line.level, &[-2.0, 0.5]) + 1e-12);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// No line through as many rows as there are coefficients is better, ties and weights included.
        #[test]
        fn no_vertex_is_better(seed in 0_u64..1000, n in 4_usize..9, level in 0.05..0.95_f64, whole in any::<bool>()) {
            let mut random = Random::simulated(seed);
            let mut number = || if whole { (2.0 * random.normal()).round() } else { random.normal() };
            let rows: Vec<Vec<f64>> = (0..n).map(|_| vec![1.0, number()]).collect();
            let y: Vec<f64> = (0..n).map(|_| number()).collect();
            let weight: Vec<f64> = (0..n).map(|i| 1.0 + (i % 3) as f64).collect();
            let line = QuantileLine { rows: &rows, y: &y, weight: &weight, level };
            let Some(found) = line.solve(&[0.0, 0.0]) else {
                // Inputs that are all alike determine no line.
                prop_assert!(rows.iter().all(|row| row[1] == rows[0][1]));
                return Ok(());
            };
            let own = value(&rows, &y, &weight, level, &found);
            for (i, j) in (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).filter(|&(i, j)| rows[i][1] != rows[j][1]) {
                let slope = (y[i] - y[j]) / (rows[i][1] - rows[j][1]);
                let other = value(&rows, &y, &weight, level, &[y[i] - slope * rows[i][1], slope]);
                prop_assert!(own <= other + 1e-8 * (1.0 + other), "{own} {other}");
            }
        }
    }
}
