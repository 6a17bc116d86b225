//! Networks made of parts of others: fewer units, fewer inputs, more units.

use super::architecture::Architecture;
use super::network::Network;
use super::subnetwork::{Members, Subnetwork};

impl Network {
    /// The network of only some units: `units` of the hidden layer, and `blocks[l]` of each residual block l. Blocks left without units
    /// are gone, as are all of them without `units`. The linear part stays.
    ///
    /// # Panics
    /// If it has no such units.
    #[must_use]
    pub fn select_units(&self, units: &[usize], blocks: &[Vec<usize>]) -> Self {
        let members = Members { units: units.to_vec(), blocks: blocks.to_vec(), ..Members::all(&self.layout()) };
        self.select(&members)
    }

    /// The network of the columns that are left without the inputs `dropped`, and without their weights.
    #[must_use]
    pub fn drop_inputs(&self, dropped: &[usize]) -> Self {
        let mut members = Members::all(&self.layout());
        members.inputs.retain(|j| !dropped.contains(j));
        self.select(&members)
    }

    fn select(&self, members: &Members) -> Self {
        let layout = self.layout();
        let part = Subnetwork::new(&layout, members);
        Self::new(part.layout.architecture(), part.gather(&self.parameters))
    }

    /// The network whose linear predictors are the sum of those of this network and of `other` (same inputs and outputs, and the same
    /// activation if both have units).
    ///
    /// The hidden units of `other` come after those that are there; residual blocks become block-diagonal; skips and output biases are
    /// added.
    ///
    /// # Panics
    /// If `other` does not fit.
    #[must_use]
    pub fn append_units(&self, other: &Self) -> Self {
        let (own, more) = (self.layout(), other.layout());
        assert_eq!((own.n_inputs, own.n_outputs), (more.n_inputs, more.n_outputs), "inputs and outputs");
        assert!(own.width == 0 || more.width == 0 || own.activation == more.activation, "activations differ");
        let level = |network: &Self, l: usize| network.architecture.hidden.get(l).copied().unwrap_or(0);
        let depth = self.architecture.depth().max(other.architecture.depth());
        let architecture = Architecture {
            hidden: (0..depth).map(|l| level(self, l) + level(other, l)).collect(),
            activation: if more.width > 0 { more.activation } else { own.activation },
            ..self.architecture
        };
        let mut sum = Self::zeros(architecture);
        let whole = sum.layout();
        let (mut first, mut second) = (Members::all(&whole), Members::all(&whole));
        second.units = first.units.split_off(own.width);
        for (l, (own, more)) in first.blocks.iter_mut().zip(&mut second.blocks).enumerate() {
            *more = own.split_off(level(self, 1 + l));
        }
        Subnetwork::new(&whole, &first).scatter(&self.parameters, &mut sum.parameters);
        Subnetwork::new(&whole, &second).scatter(&other.parameters, &mut sum.parameters);
        // Both have these.
        let shared = 0..whole.input.start;
        let terms = self.parameters[shared.clone()].iter().zip(&other.parameters[shared.clone()]);
        sum.parameters[shared].iter_mut().zip(terms).for_each(|(sum, (a, b))| *sum = a + b);
        sum
    }

    /// The network whose linear predictors are `factor` times those of this one.
    pub(super) fn scaled(mut self, factor: f64) -> Self {
        let mut weights = self.weights_mut();
        for values in [weights.output_bias, weights.skip.values_mut(), weights.head.values_mut()] {
            values.iter_mut().for_each(|w| *w *= factor);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::activation::Activation;
    use super::*;
    use crate::matrix::Matrix;
    use crate::random::Random;

    const N_INPUTS: usize = 3;

    /// A network of 3 inputs and 2 outputs with no weight at zero.
    fn network(hidden: Vec<usize>, random: &mut Random) -> Network {
        let architecture = Architecture { n_inputs: N_INPUTS, n_outputs: 2, hidden, activation: Activation::Gelu };
        let mut network = Network::zeros(architecture);
        network.parameters.fill_with(|| random.normal());
        network
    }

    fn rows(random: &mut Random) -> Matrix {
        Matrix::from_fn(20, N_INPUTS, |_, _| random.normal())
    }

    fn assert_close(a: &Matrix, b: impl IntoIterator<Item = f64>) -> Result<(), TestCaseError> {
        for (a, b) in a.values().iter().zip(b) {
            prop_assert!((a - b).abs() < 1e-10 * (1.0 + a.abs()), "{a}, expected {b}");
        }
        Ok(())
    }

    /// Some of `0..count`.
    fn some(count: usize, random: &mut Random) -> Vec<usize> {
        (0..count).filter(|_| random.uniform() < 0.6).collect()
    }

    fn shapes() -> impl Strategy<Value = Vec<usize>> {
        prop::collection::vec(1usize..5, 0..4)
    }

    proptest! {
        /// Units that nothing reads might as well not be there.
        #[test]
        fn selected_units_compute_what_the_whole_computes_with_the_others_masked(hidden in shapes(), seed: u64) {
            let mut random = Random::simulated(seed);
            let whole = network(hidden, &mut random);
            let layout = whole.layout();
            let units = some(layout.width, &mut random);
            let blocks: Vec<Vec<usize>> = layout.blocks.iter().map(|b| some(b.width, &mut random)).collect();
            let mut masked = whole.clone();
            let mut weights = masked.weights_mut();
            for h in (0..layout.width).filter(|h| !units.contains(h)) {
                weights.head.column_mut(h).for_each(|w| *w = 0.0);
                weights.blocks.iter_mut().for_each(|block| block.input.column_mut(h).for_each(|w| *w = 0.0));
            }
            for (block, kept) in weights.blocks.iter_mut().zip(&blocks) {
                for m in (0..block.bias.len()).filter(|m| !kept.contains(m)) {
                    block.output.column_mut(m).for_each(|w| *w = 0.0);
                }
            }
            let selected = whole.select_units(&units, &blocks);
            let n_kept = units.len() + if units.is_empty() { 0 } else { blocks.iter().map(Vec::len).sum::<usize>() };
            prop_assert_eq!(selected.n_units(), n_kept);
            let x = rows(&mut random);
            assert_close(&selected.forward(&x), masked.forward(&x).values().iter().copied())?;
        }

        #[test]
        fn all_units_in_another_order_compute_the_same(hidden in shapes(), seed: u64) {
            let mut random = Random::simulated(seed);
            let whole = network(hidden, &mut random);
            let Members { mut units, mut blocks, .. } = Members::all(&whole.layout());
            prop_assert_eq!(&whole.select_units(&units, &blocks), &whole);
            units.reverse();
            blocks.iter_mut().for_each(|units| units.reverse());
            let x = rows(&mut random);
            assert_close(&whole.select_units(&units, &blocks).forward(&x), whole.forward(&x).values().iter().copied())?;
        }

        #[test]
        fn appended_units_add_their_branch(first in shapes(), second in shapes(), seed: u64) {
            let mut random = Random::simulated(seed);
            let (a, b) = (network(first, &mut random), network(second, &mut random));
            let sum = a.append_units(&b);
            prop_assert_eq!(sum.n_units(), a.n_units() + b.n_units());
            let x = rows(&mut random);
            let (of_a, of_b) = (a.forward(&x), b.forward(&x));
            assert_close(&sum.forward(&x), of_a.values().iter().zip(of_b.values()).map(|(a, b)| a + b))?;
        }

        #[test]
        fn what_was_appended_can_be_selected_again(first in shapes(), second in shapes(), seed: u64) {
            let mut random = Random::simulated(seed);
            let (a, mut b) = (network(first, &mut random), network(second, &mut random));
            let mut weights = b.weights_mut();
            weights.output_bias.fill(0.0);
            weights.skip.values_mut().fill(0.0);
            let Members { units, mut blocks, .. } = Members::all(&a.layout());
            blocks.resize(a.append_units(&b).layout().blocks.len(), Vec::new());
            prop_assert_eq!(a.append_units(&b).select_units(&units, &blocks).parameters, a.parameters);
        }

        #[test]
        fn without_the_inputs_that_nothing_uses_a_network_computes_the_same(hidden in shapes(), seed: u64) {
            let mut random = Random::simulated(seed);
            let mut network = network(hidden, &mut random);
            let unused = some(N_INPUTS, &mut random);
            let mut weights = network.weights_mut();
            for &j in &unused {
                weights.skip.column_mut(j).chain(weights.input.column_mut(j)).for_each(|w| *w = 0.0);
            }
            let used: Vec<usize> = (0..N_INPUTS).filter(|j| !unused.contains(j)).collect();
            prop_assert_eq!(&network.inputs_in_use(), &used);
            let x = rows(&mut random);
            let expected = network.forward(&x);
            assert_close(&network.drop_inputs(&unused).forward(&x.select_columns(&used)), expected.values().to_vec())?;
        }
    }
}
