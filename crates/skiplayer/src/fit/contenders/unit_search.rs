//! The global step: where would one more hidden unit help most?
//!
//! A unit with small weights on both sides never grows by descent (its gain is a product of the two, its penalty a sum), so
//! units enter at a finite size: a bank of directions is scanned for the unit whose output, projected off [1, x], explains
//! most of what is left.

use faer::linalg::matmul::matmul;
use faer::{Mat, Par};

use crate::matrix::Matrix;
use crate::net::{Activation, Architecture, Network, activate};
use crate::penalty::InputRules;
use crate::random::Random;
use crate::simd::vector::add_scaled;

/// A unit that might enter: act(w . x + c) with output weights v (one an output).
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub w: Vec<f64>,
    pub c: f64,
    pub v: Vec<f64>,
    /// Fall of the quadratic loss that it promises, before any penalty.
    pub gain: f64,
}

/// The network of the units `candidates`, without a linear part.
pub fn branch(candidates: &[&Candidate], n_inputs: usize, n_outputs: usize, activation: Activation) -> Network {
    let hidden = vec![candidates.len()];
    let mut network = Network::zeros(Architecture { n_inputs, n_outputs, hidden, activation });
    let mut weights = network.weights_mut();
    for (h, unit) in candidates.iter().enumerate() {
        weights.set_unit(h, &unit.w, unit.c, &unit.v);
    }
    network
}

/// Rows that are looked at; more would only sharpen a ranking.
const MAX_ROWS: usize = 4_000;
/// Inputs up to which the linear part is projected off exactly.
const MAX_PROJECTED: usize = 300;
const MAX_AXES: usize = 60;
const MAX_PAIRS: usize = 60;
const N_RANDOM: usize = 100;

/// Units that might enter, their outputs over some rows projected off [1, x] and scaled to length 1: what is left of them is what no
/// linear part can do.
///
/// Made once for a table and curvatures of its rows, asked for every residual. Memory: bank x min(n, 4,000) numbers.
#[derive(Debug, Clone)]
pub struct Bank<'a> {
    rows: Vec<usize>,
    /// Root of the rows' curvature: in rows scaled by it, weighted least squares is plain.
    root: Vec<f64>,
    units: Vec<(Vec<f64>, f64)>,
    /// (rows, units)
    outputs: Mat<f64>,
    /// Length of each output before it was scaled (units).
    length: Vec<f64>,
    rules: &'a InputRules,
}

impl<'a> Bank<'a> {
    /// `x` (n, p) standardised; `weight` (n) the rows' curvature (their weight for squared error). Units are made of the `inputs` only,
    /// where there are any, and keep the `rules`. O(bank x n x p).
    pub fn new(
        x: &Matrix,
        weight: &[f64],
        inputs: Option<&[usize]>,
        activation: Activation,
        rules: &'a InputRules,
        random: &mut Random,
    ) -> Self {
        let rows = sample_rows(x.n_rows(), random);
        let (n, p) = (rows.len(), x.n_columns());
        let root: Vec<f64> = rows.iter().map(|&i| weight[i].max(1e-12).sqrt()).collect();
        let x = x.select_rows(&rows);
        let basis = if p < MAX_PROJECTED { p + 1 } else { 1 };
        let linear = Mat::from_fn(n, basis, |i, j| root[i] * if j == 0 { 1.0 } else { x.get(i, j - 1) });
        let q = linear.qr().compute_thin_Q();
        let mut units = match &rules.together[..] {
            [] => directions(p, inputs, activation, random),
            sets => {
                let offered = |set: &[usize]| match inputs {
                    None => set.to_vec(),
                    Some(inputs) => set.iter().copied().filter(|j| inputs.contains(j)).collect::<Vec<usize>>(),
                };
                sets.iter().flat_map(|set| directions(p, Some(&offered(set)), activation, random)).collect()
            }
        };
        let mut outputs = Mat::zeros(n, units.len());
        let mut values = vec![0.0; n];
        for (b, (w, c)) in units.iter().enumerate() {
            values.fill(*c);
            for j in (0..p).filter(|&j| w[j] != 0.0) {
                add_scaled(&mut values, w[j], x.column(j));
            }
            activate(activation, &mut values);
            outputs
                .col_mut(b)
                .iter_mut()
                .zip(values.iter().zip(&root))
                .for_each(|(out, (value, root))| *out = root * value);
        }
        let before: Vec<f64> = (0..units.len()).map(|b| outputs.col(b).squared_norm_l2()).collect();
        let inside = q.transpose() * &outputs;
        matmul(outputs.as_mut(), faer::Accum::Add, &q, &inside, -1.0, Par::Seq);
        let size: Vec<f64> = (0..units.len()).map(|b| outputs.col(b).squared_norm_l2()).collect();
        // A unit that is a straight line over the rows leaves only rounding errors.
        let bent: Vec<usize> = (0..units.len()).filter(|&b| size[b] >= 1e-8 * before[b].max(1e-300)).collect();
        let length: Vec<f64> = bent.iter().map(|&b| size[b].sqrt()).collect();
        let outputs = Mat::from_fn(n, bent.len(), |i, b| outputs[(i, bent[b])] / length[b]);
        units = bent.into_iter().map(|b| std::mem::take(&mut units[b])).collect();
        Self { rows, root, units, outputs, length, rules }
    }

    /// The best `count` candidates, most useful first, no two of them nearly the same unit. `score` (n, K): the negative gradient of
    /// the loss with respect to eta of each row. O(bank x n x K).
    pub fn best(&self, score: &Matrix, count: usize) -> Vec<Candidate> {
        let thinning = score.n_rows() as f64 / self.rows.len() as f64;
        let k = score.n_columns();
        let left = Mat::from_fn(self.rows.len(), k, |i, o| score.get(self.rows[i], o) / self.root[i]);
        let along = self.outputs.transpose() * &left;
        let gain: Vec<f64> = (0..self.units.len()).map(|b| along.row(b).squared_norm_l2()).collect();
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        order.sort_by(|&a, &b| gain[b].total_cmp(&gain[a]));
        let outward = |b: usize| (0..k).map(|o| along[(b, o)] / self.length[b]).collect::<Vec<f64>>();
        let alike = |a: usize, b: usize| (self.outputs.col(a).transpose() * self.outputs.col(b)).abs() > 0.9;
        let mut best: Vec<usize> = Vec::new();
        for b in order {
            if best.len() == count {
                break;
            }
            if !best.iter().any(|&other| alike(b, other)) && self.rules.allow_unit(&self.units[b].0, &outward(b)) {
                best.push(b);
            }
        }
        let candidate = |b: usize| Candidate {
            w: self.units[b].0.clone(),
            c: self.units[b].1,
            v: outward(b),
            gain: 0.5 * gain[b] * thinning,
        };
        best.into_iter().map(candidate).collect()
    }
}

fn sample_rows(n: usize, random: &mut Random) -> Vec<usize> {
    if n <= MAX_ROWS {
        return (0..n).collect();
    }
    let mut rows = random.permutation(n);
    rows.truncate(MAX_ROWS);
    rows.sort_unstable();
    rows
}

/// Directions and offsets: every input alone, pairs of inputs, and random mixtures.
fn directions(
    n_inputs: usize,
    inputs: Option<&[usize]>,
    activation: Activation,
    random: &mut Random,
) -> Vec<(Vec<f64>, f64)> {
    let p = inputs.map_or(n_inputs, <[usize]>::len);
    let mut bank = Vec::new();
    let mut push = |w: &[(usize, f64)], c: f64| {
        let mut full = vec![0.0; n_inputs];
        w.iter().for_each(|&(j, value)| full[inputs.map_or(j, |inputs| inputs[j])] += value);
        bank.push((full, c));
    };
    let signs: &[f64] = if activation == Activation::Tanh { &[1.0] } else { &[1.0, -1.0] };
    let axes: Vec<usize> = if p <= MAX_AXES { (0..p).collect() } else { random.permutation(p)[..MAX_AXES].to_vec() };
    for &j in &axes {
        for scale in [0.5, 1.0, 2.0, 4.0] {
            for at in [-1.5, -0.75, 0.0, 0.75, 1.5] {
                signs.iter().for_each(|s| push(&[(j, s * scale)], -s * scale * at));
            }
        }
    }
    let n_pairs = p * p.saturating_sub(1) / 2;
    let mut pairs: Vec<(usize, usize)> = if n_pairs <= MAX_PAIRS {
        (0..p).flat_map(|i| (i + 1..p).map(move |j| (i, j))).collect()
    } else {
        (0..MAX_PAIRS).map(|_| (random.below(p), random.below(p))).filter(|(i, j)| i != j).collect()
    };
    pairs.dedup();
    for (i, j) in pairs {
        for sign in [1.0, -1.0] {
            for scale in [0.7, 1.5] {
                for at in [-1.0, 0.0, 1.0] {
                    signs.iter().for_each(|s| push(&[(i, s * scale), (j, s * sign * scale)], -s * scale * at));
                }
            }
        }
    }
    if p > 1 {
        for _ in 0..N_RANDOM {
            let scale = (0.5 + 2.0 * random.uniform()) / (p as f64).sqrt();
            let w: Vec<(usize, f64)> = (0..p).map(|j| (j, scale * random.normal())).collect();
            let c = random.normal();
            push(&w, c);
        }
    }
    bank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_unit_that_made_the_residual() {
        let mut random = Random::simulated(1);
        let x = Matrix::from_fn(500, 3, |_, _| random.normal());
        let residual =
            Matrix::from_fn(500, 1, |i, _| (2.0 * x.get(i, 1)).tanh() - 0.9 * x.get(i, 1) + 0.05 * random.normal());
        let best = Bank::new(&x, &[1.0; 500], None, Activation::Tanh, InputRules::NONE, &mut random).best(&residual, 3);
        assert_eq!(best[0].w, vec![0.0, 2.0, 0.0]);
        assert!(best[0].gain > best[1].gain && (best[0].v[0] - 1.0).abs() < 0.2, "{:?}", best[0]);
    }

    #[test]
    fn a_line_offers_nothing() {
        let mut random = Random::simulated(2);
        let x = Matrix::from_fn(200, 1, |_, _| random.normal());
        let left = Matrix::zeros(200, 1);
        let best = Bank::new(&x, &[1.0; 200], None, Activation::Relu, InputRules::NONE, &mut random).best(&left, 2);
        assert!(best.iter().all(|c| c.gain == 0.0));
    }
}
