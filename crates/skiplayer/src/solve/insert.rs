//! The global step: where would one more hidden unit help most?
//!
//! A unit with small weights on both sides never grows by descent (its gain is a product of the two, its price a sum), so
//! units enter at a finite size: a bank of directions is scanned for the unit whose output, projected off [1, x], explains
//! most of what is left.

use faer::linalg::matmul::matmul;
use faer::{Mat, Par};

use crate::data::Matrix;
use crate::net::Activation;
use crate::random::Random;

/// A unit that might enter: act(w . x + c) with output weights v (one an output).
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub w: Vec<f64>,
    pub c: f64,
    pub v: Vec<f64>,
    /// Fall of the quadratic loss that it promises, before any price.
    pub gain: f64,
}

/// Rows that are looked at; more would only sharpen a ranking.
const MAX_ROWS: usize = 4_000;
/// Inputs up to which the linear part is projected off exactly.
const MAX_PROJECTED: usize = 300;
const MAX_AXES: usize = 60;
const MAX_PAIRS: usize = 60;
const N_RANDOM: usize = 100;
const BATCH: usize = 64;

/// The best candidates of the bank, most useful first, no two of them nearly the same unit.
///
/// `x` (n, p) standardised; `score` (n, K) the negative gradient of the loss with respect to eta of each row; `weight` (n) the
/// rows' curvature (their weight for squared error). O(bank x n x p).
pub fn best_candidates(
    x: &Matrix,
    score: &Matrix,
    weight: &[f64],
    activation: Activation,
    count: usize,
    random: &mut Random,
) -> Vec<Candidate> {
    let rows = sample_rows(x.n_rows(), random);
    let thinning = x.n_rows() as f64 / rows.len() as f64;
    let (n, p, k) = (rows.len(), x.n_columns(), score.n_columns());
    let root: Vec<f64> = rows.iter().map(|&i| weight[i].max(1e-12).sqrt()).collect();
    let x = x.select_rows(&rows);
    // In rows scaled by the root of their weight, weighted least squares is plain.
    let left = Mat::from_fn(n, k, |i, o| score.get(rows[i], o) / root[i]);
    let basis = if p < MAX_PROJECTED { p + 1 } else { 1 };
    let q = Mat::from_fn(n, basis, |i, j| root[i] * if j == 0 { 1.0 } else { x.get(i, j - 1) }).qr().compute_thin_Q();
    let bank = bank(&x, activation, random);
    let mut found: Vec<(Candidate, Vec<f64>)> = Vec::new();
    for batch in bank.chunks(BATCH) {
        let mut h = Mat::from_fn(n, batch.len(), |_, _| 0.0);
        for (b, (w, c)) in batch.iter().enumerate() {
            let mut a = vec![*c; n];
            for j in (0..p).filter(|&j| w[j] != 0.0) {
                a.iter_mut().zip(x.column(j)).for_each(|(a, x)| *a += w[j] * x);
            }
            for i in 0..n {
                h[(i, b)] = root[i] * activation.value(a[i]);
            }
        }
        let size_before: Vec<f64> = (0..batch.len()).map(|b| h.col(b).squared_norm_l2()).collect();
        let inside = q.transpose() * &h;
        matmul(h.as_mut(), faer::Accum::Add, &q, &inside, -1.0, Par::Seq);
        let along = h.transpose() * &left;
        for (b, (w, c)) in batch.iter().enumerate() {
            let size = h.col(b).squared_norm_l2();
            // A unit that is a straight line over the rows leaves only rounding errors.
            if size < 1e-8 * size_before[b].max(1e-300) {
                continue;
            }
            let gain = (0..k).map(|o| along[(b, o)].powi(2) / size).sum::<f64>() * 0.5 * thinning;
            let v = (0..k).map(|o| along[(b, o)] / size).collect();
            let length = size.sqrt();
            let unit: Vec<f64> = (0..n).map(|i| h[(i, b)] / length).collect();
            found.push((Candidate { w: w.clone(), c: *c, v, gain }, unit));
        }
        // Keep the list short: only what may still be among the best.
        found.sort_by(|a, b| b.0.gain.total_cmp(&a.0.gain));
        found.truncate(20 * count);
    }
    let mut best: Vec<(Candidate, Vec<f64>)> = Vec::new();
    for (candidate, unit) in found {
        let alike = |other: &[f64]| unit.iter().zip(other).map(|(a, b)| a * b).sum::<f64>().abs() > 0.9;
        if !best.iter().any(|(_, other)| alike(other)) {
            best.push((candidate, unit));
        }
        if best.len() == count {
            break;
        }
    }
    best.into_iter().map(|(candidate, _)| candidate).collect()
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
fn bank(x: &Matrix, activation: Activation, random: &mut Random) -> Vec<(Vec<f64>, f64)> {
    let p = x.n_columns();
    let mut bank = Vec::new();
    let mut push = |w: &[(usize, f64)], c: f64| {
        let mut full = vec![0.0; p];
        w.iter().for_each(|&(j, value)| full[j] += value);
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
        let mut random = Random::new(1, 0);
        let x = Matrix::from_fn(500, 3, |_, _| random.normal());
        let residual =
            Matrix::from_fn(500, 1, |i, _| (2.0 * x.get(i, 1)).tanh() - 0.9 * x.get(i, 1) + 0.05 * random.normal());
        let best = best_candidates(&x, &residual, &[1.0; 500], Activation::Tanh, 3, &mut random);
        assert_eq!(best[0].w, vec![0.0, 2.0, 0.0]);
        assert!(best[0].gain > best[1].gain && (best[0].v[0] - 1.0).abs() < 0.2, "{:?}", best[0]);
    }

    #[test]
    fn a_line_offers_nothing() {
        let mut random = Random::new(2, 0);
        let x = Matrix::from_fn(200, 1, |_, _| random.normal());
        let left = Matrix::zeros(200, 1);
        let best = best_candidates(&x, &left, &[1.0; 200], Activation::Relu, 2, &mut random);
        assert!(best.iter().all(|c| c.gain == 0.0));
    }
}
