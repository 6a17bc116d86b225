//! The hierarchy of LassoNet (Lemhadri, Ruan, Abraham & Tibshirani 2021): an input may enter hidden units only as far as it
//! has a linear effect, |w_hj| <= M ||skip_j||.

use super::Penalty;
use crate::net::{Layout, WeightsMut};
use crate::penalty::{sign, soft_threshold};

/// lambda sum_j ||skip_j|| under |w_hj| <= M ||skip_j||; one hidden layer.
#[derive(Debug, Clone)]
pub struct Hierarchical<'a> {
    pub layout: &'a Layout,
    pub lambda: f64,
    /// M: 0 is a linear model, infinity no constraint.
    pub hierarchy: f64,
}

impl Penalty for Hierarchical<'_> {
    fn value(&self, theta: &[f64]) -> f64 {
        let skip = self.layout.skip.of(theta);
        let length = |j| skip.column(j).map(|a| a.powi(2)).sum::<f64>().sqrt();
        self.lambda * (0..self.layout.n_inputs).map(length).sum::<f64>()
    }

    fn prox_in_place(&self, theta: &mut [f64], step: f64) {
        let WeightsMut { mut skip, mut input, .. } = WeightsMut::new(self.layout, theta);
        for j in 0..self.layout.n_inputs {
            let v: Vec<f64> = skip.as_ref().column(j).copied().collect();
            let u: Vec<f64> = input.as_ref().column(j).copied().collect();
            let (v, u) = hier_prox(&v, &u, step * self.lambda, 0.0, self.hierarchy);
            skip.column_mut(j).zip(v).for_each(|(own, v)| *own = v);
            input.column_mut(j).zip(u).for_each(|(own, u)| *own = u);
        }
    }
}

/// HIER-PROX of one input: `v` its skip weights, `u` its weights into hidden units, `lambda` the penalty of ||v||,
/// `lambda_bar` that of |u|, `m` the hierarchy. O(H log H).
fn hier_prox(v: &[f64], u: &[f64], lambda: f64, lambda_bar: f64, m: f64) -> (Vec<f64>, Vec<f64>) {
    let norm = v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let mut sizes: Vec<f64> = u.iter().map(|u| u.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let (mut scale, mut bound) = (0.0, 0.0);
    for count in 0..=sizes.len() {
        if count > 0 {
            sum += sizes[count - 1] - lambda_bar;
        }
        let threshold = lambda - m * sum;
        // norm x scale stays finite where v = 0 and the hidden weights alone carry the input.
        let length = ((norm - threshold) / (1.0 + count as f64 * m * m)).max(0.0);
        scale = if norm > 0.0 { length / norm } else { 0.0 };
        bound = m * length;
        let next = sizes.get(count).map_or(0.0, |u| soft_threshold(*u, lambda_bar));
        if next <= bound {
            break;
        }
    }
    if norm == 0.0 {
        // Without a direction for the skip the hierarchy holds only at zero.
        return (v.to_vec(), vec![0.0; u.len()]);
    }
    let clipped = |u: &f64| sign(*u) * bound.min(soft_threshold(*u, lambda_bar).abs());
    (v.iter().map(|v| scale * v).collect(), u.iter().map(clipped).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn objective(v: f64, u: &[f64], v0: f64, u0: &[f64], lambda: f64) -> f64 {
        0.5 * (v - v0).powi(2) + 0.5 * u.iter().zip(u0).map(|(a, b)| (a - b).powi(2)).sum::<f64>() + lambda * v.abs()
    }

    #[test]
    fn no_feasible_point_is_better() {
        let mut random = Random::simulated(9);
        for _ in 0..200 {
            let v0 = 2.0 * random.normal();
            let u0: Vec<f64> = (0..4).map(|_| random.normal()).collect();
            let (lambda, m) = (random.uniform(), 0.2 + 3.0 * random.uniform());
            let (v, u) = hier_prox(&[v0], &u0, lambda, 0.0, m);
            assert!(u.iter().all(|u| u.abs() <= m * v[0].abs() + 1e-12));
            let best = objective(v[0], &u, v0, &u0, lambda);
            // For a given skip weight the best hidden weights are the clipped ones: a fine scan over it is exhaustive.
            for i in -4000..=4000 {
                let v = f64::from(i) / 1000.0;
                let u: Vec<f64> = u0.iter().map(|u| u.clamp(-m * v.abs(), m * v.abs())).collect();
                assert!(best <= objective(v, &u, v0, &u0, lambda) + 1e-9);
            }
        }
    }
}
