//! Pruning: a smaller network that computes the same function.
//!
//! A unit without a way out is removed; a unit without a way in is a constant and is folded into the bias after it; a
//! residual block whose units are all gone is the identity and is removed; without units the network is linear.
//! Inputs that nothing uses stay as columns of zeros: the encoding above the network decides about columns.

use super::network::Network;
use super::subnetwork::Members;

/// The smallest network with the same function. Exact up to rounding in folded constants.
#[must_use]
pub fn prune(network: &Network) -> Network {
    let mut network = network.clone();
    // Folding a block's unit can free a unit of the first layer, and the other way round.
    loop {
        let before = network.architecture.clone();
        network = prune_blocks(&network);
        network = prune_first_layer(&network);
        if network.architecture == before {
            return network;
        }
    }
}

fn prune_first_layer(network: &Network) -> Network {
    let (weights, activation) = (network.weights(), network.architecture.activation);
    let mut folded = network.clone();
    let mut biases = folded.weights_mut();
    let width = weights.input.n_rows();
    let mut keep = Vec::new();
    for h in 0..width {
        let is_fed = weights.input.row(h).iter().any(is_live);
        let read_by_block = weights.blocks.iter().any(|block| block.input.column(h).any(is_live));
        let written_by_block = weights.blocks.iter().any(|block| block.output.row(h).iter().any(is_live));
        let is_read = read_by_block || weights.head.column(h).any(is_live);
        // A lane of the residual stream that blocks write to is no constant, even if no input reaches it directly.
        if is_read && (is_fed || written_by_block) {
            keep.push(h);
        } else if is_read {
            let value = activation.value(weights.hidden_bias[h]);
            add_scaled(biases.output_bias, value, weights.head.column(h));
            for (own, block) in biases.blocks.iter_mut().zip(&weights.blocks) {
                add_scaled(own.bias, value, block.input.column(h));
            }
        }
    }
    let blocks = Members::all(&network.layout()).blocks;
    if keep.len() == width { folded } else { folded.select_units(&keep, &blocks) }
}

fn prune_blocks(network: &Network) -> Network {
    let (weights, activation) = (network.weights(), network.architecture.activation);
    let mut folded = network.clone();
    let mut biases = folded.weights_mut();
    let mut keep = Vec::new();
    for (l, block) in weights.blocks.iter().enumerate() {
        let mut units = Vec::new();
        for m in 0..block.input.n_rows() {
            let is_fed = block.input.row(m).iter().any(is_live);
            let is_read = block.output.column(m).any(is_live);
            if is_fed && is_read {
                units.push(m);
            } else if !is_fed {
                // Its constant moves to whatever reads the stream after this block.
                let value = activation.value(biases.blocks[l].bias[m]);
                for (h, out) in block.output.column(m).enumerate().filter(|(_, out)| is_live(out)) {
                    let shift = out * value;
                    for (own, later) in biases.blocks.iter_mut().zip(&weights.blocks).skip(l + 1) {
                        add_scaled(own.bias, shift, later.input.column(h));
                    }
                    add_scaled(biases.output_bias, shift, weights.head.column(h));
                }
            }
        }
        keep.push(units);
    }
    let everything = Members::all(&network.layout());
    if keep == everything.blocks { folded } else { folded.select_units(&everything.units, &keep) }
}

fn is_live(weight: &f64) -> bool {
    *weight != 0.0
}

/// sums <- sums + factor weights
fn add_scaled<'a>(sums: &mut [f64], factor: f64, weights: impl Iterator<Item = &'a f64>) {
    sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * factor);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::activation::Activation;
    use super::super::architecture::Architecture;
    use super::super::layout::Layout;
    use super::*;
    use crate::matrix::Matrix;
    use crate::random::Random;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn the_pruned_network_computes_the_same_function(
            p in 1usize..4,
            k in 1usize..3,
            hidden in prop::collection::vec(1usize..5, 0..4),
            density in 0.05f64..0.9,
            seed: u64,
        ) {
            let architecture = Architecture { n_inputs: p, n_outputs: k, hidden, activation: Activation::Tanh };
            let mut random = Random::simulated(seed);
            let parameters = Layout::new(&architecture)
                .roles()
                .map(|role| if role.is_penalised() && random.uniform() > density { 0.0 } else { random.normal() })
                .collect();
            let network = Network::new(architecture, parameters);
            let small = prune(&network);
            let x = Matrix::from_fn(33, p, |_, _| random.normal());
            let (full, pruned) = (network.forward(&x), small.forward(&x));
            for (a, b) in full.values().iter().zip(pruned.values()) {
                prop_assert!((a - b).abs() < 1e-10 * (1.0 + a.abs()), "{a} became {b}");
            }
            prop_assert!(small.n_units() <= network.n_units());
            prop_assert_eq!(&prune(&small).architecture, &small.architecture);
        }
    }

    #[test]
    fn a_network_without_connections_is_linear() {
        let architecture = Architecture { n_inputs: 1, n_outputs: 1, hidden: vec![2, 3], activation: Activation::Relu };
        let mut network = Network::zeros(architecture);
        network.weights_mut().skip[(0, 0)] = 2.0;
        assert_eq!(prune(&network).architecture.hidden, Vec::<usize>::new());
    }
}
