//! The same function of other inputs: standardised otherwise, or with more indicators.

use super::architecture::Architecture;
use super::network::Network;
use super::weights::Weights;

/// Each input of a network as an affine function of new ones: `x_j = shift_j + sum of factor z_k` over the terms `(k, factor)` of j.
#[derive(Debug, Clone, PartialEq)]
pub struct InputMap {
    /// New inputs.
    pub n_inputs: usize,
    /// (p)
    pub shift: Vec<f64>,
    /// (p), each with places among the new inputs.
    pub terms: Vec<Vec<(usize, f64)>>,
}

impl InputMap {
    /// Slopes on the new inputs, and what joins the constant, of a line with `slopes` (p) on the old ones.
    pub fn line(&self, slopes: &[f64]) -> (Vec<f64>, f64) {
        let mut new = vec![0.0; self.n_inputs];
        let mut constant = 0.0;
        for ((slope, shift), terms) in slopes.iter().zip(&self.shift).zip(&self.terms).filter(|((s, _), _)| **s != 0.0)
        {
            constant += slope * shift;
            terms.iter().for_each(|(k, factor)| new[*k] += slope * factor);
        }
        (new, constant)
    }
}

impl Network {
    /// The network of the new inputs of `map` that computes what this one does of its own.
    ///
    /// # Panics
    /// If `map` is not of as many inputs.
    #[must_use]
    pub fn with_inputs(&self, map: &InputMap) -> Self {
        assert_eq!(map.shift.len(), self.architecture.n_inputs, "inputs");
        let mut new = Self::zeros(Architecture { n_inputs: map.n_inputs, ..self.architecture.clone() });
        let (own, mut weights) = (self.weights(), new.weights_mut());
        let Weights { output_bias, skip, input, hidden_bias, blocks, head } = &own;
        let lines = [
            (skip, output_bias, &mut weights.skip, &mut *weights.output_bias),
            (input, hidden_bias, &mut weights.input, &mut *weights.hidden_bias),
        ];
        for (from, bias, to, new_bias) in lines {
            for (r, row) in from.rows().enumerate() {
                let (slopes, constant) = map.line(row);
                to.row_mut(r).copy_from_slice(&slopes);
                new_bias[r] = bias[r] + constant;
            }
        }
        for (own, new) in blocks.iter().zip(&mut weights.blocks) {
            new.input.values_mut().copy_from_slice(own.input.values());
            new.bias.copy_from_slice(own.bias);
            new.output.values_mut().copy_from_slice(own.output.values());
        }
        weights.head.values_mut().copy_from_slice(head.values());
        new
    }

    /// The network whose linear predictors are `factor` (K) times those of this one plus `shift` (K).
    #[must_use]
    pub fn with_outputs(&self, factor: &[f64], shift: &[f64]) -> Self {
        let mut new = self.clone();
        let mut weights = new.weights_mut();
        for (o, (factor, shift)) in factor.iter().zip(shift).enumerate() {
            weights.output_bias[o] = weights.output_bias[o] * factor + shift;
            weights.skip.row_mut(o).iter_mut().for_each(|w| *w *= factor);
            weights.head.row_mut(o).iter_mut().for_each(|w| *w *= factor);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::activation::Activation;
    use super::*;
    use crate::matrix::Matrix;
    use crate::random::Random;

    proptest! {
        #[test]
        fn with_other_inputs_and_outputs_it_is_the_same_function(
            hidden in prop::collection::vec(1usize..4, 0..4),
            n_new in 1usize..5,
            seed: u64,
        ) {
            let mut random = Random::simulated(seed);
            let architecture = Architecture { n_inputs: 3, n_outputs: 2, hidden, activation: Activation::Tanh };
            let mut network = Network::zeros(architecture);
            network.parameters.fill_with(|| random.normal());
            let map = InputMap {
                n_inputs: n_new,
                shift: (0..3).map(|_| random.normal()).collect(),
                terms: (0..3).map(|_| (0..n_new).map(|k| (k, random.normal())).collect()).collect(),
            };
            let z = Matrix::from_fn(20, n_new, |_, _| random.normal());
            let x = Matrix::from_fn(20, 3, |i, j| {
                map.shift[j] + map.terms[j].iter().map(|(k, factor)| factor * z.get(i, *k)).sum::<f64>()
            });
            let (factor, shift) = ([0.3, -2.0], [1.0, 0.1]);
            let (eta, new) = (network.forward(&x), network.with_inputs(&map).with_outputs(&factor, &shift).forward(&z));
            for (i, o) in (0..20).flat_map(|i| [(i, 0), (i, 1)]) {
                let expected = factor[o] * eta.get(i, o) + shift[o];
                prop_assert!((new.get(i, o) - expected).abs() < 1e-11 * (1.0 + expected.abs()));
            }
        }
    }
}
