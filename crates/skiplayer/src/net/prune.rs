//! Pruning: a smaller network that computes the same function.
//!
//! A unit without a way out is removed; a unit without a way in is a constant and is folded into the bias after it; a
//! residual block whose units are all gone is the identity and is removed; without units the network is linear.
//! Inputs that nothing uses stay as columns of zeros: the encoding above the network decides about columns.

use super::architecture::Architecture;
use super::layout::Layout;
use super::network::Network;

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

/// Rebuilds the network with only some units: `first` of the first layer, `blocks[l]` of each residual block (blocks left
/// empty disappear).
fn select(network: &Network, first: &[usize], blocks: &[Vec<usize>]) -> Network {
    let from = network.layout();
    let theta = &network.parameters;
    let kept_blocks: Vec<usize> = (0..blocks.len()).filter(|&l| !blocks[l].is_empty()).collect();
    let mut hidden = Vec::new();
    if !first.is_empty() {
        hidden.push(first.len());
        hidden.extend(kept_blocks.iter().map(|&l| blocks[l].len()));
    }
    let architecture = Architecture { hidden, ..network.architecture.clone() };
    let mut parameters = Vec::with_capacity(Layout::new(&architecture).n_parameters());
    let (p, width) = (from.n_inputs, from.width);
    parameters.extend_from_slice(&theta[from.output_bias.start..from.skip.end]);
    first.iter().for_each(|h| parameters.extend_from_slice(&theta[from.input.start + h * p..][..p]));
    parameters.extend(first.iter().map(|h| theta[from.hidden_bias.start + h]));
    if !first.is_empty() {
        for &l in &kept_blocks {
            let (block, units) = (&from.blocks[l], &blocks[l]);
            for m in units {
                parameters.extend(first.iter().map(|h| theta[block.input.start + m * width + h]));
            }
            parameters.extend(units.iter().map(|m| theta[block.bias.start + m]));
            for h in first {
                parameters.extend(units.iter().map(|m| theta[block.output.start + h * block.width + m]));
            }
        }
    }
    for o in 0..from.n_outputs {
        parameters.extend(first.iter().map(|h| theta[from.head.start + o * width + h]));
    }
    Network::new(architecture, parameters)
}

fn all_blocks(layout: &Layout) -> Vec<Vec<usize>> {
    layout.blocks.iter().map(|b| (0..b.width).collect()).collect()
}

fn prune_first_layer(network: &Network) -> Network {
    let layout = network.layout();
    let (p, k, width) = (layout.n_inputs, layout.n_outputs, layout.width);
    let mut network = network.clone();
    let mut keep = Vec::new();
    for h in 0..width {
        let theta = &mut network.parameters;
        let fed = theta[layout.input.start + h * p..][..p].iter().any(|w| *w != 0.0);
        let read_by_block =
            layout.blocks.iter().any(|b| (0..b.width).any(|m| theta[b.input.start + m * width + h] != 0.0));
        let written_by_block =
            layout.blocks.iter().any(|b| (0..b.width).any(|m| theta[b.output.start + h * b.width + m] != 0.0));
        let read = read_by_block || (0..k).any(|o| theta[layout.head.start + o * width + h] != 0.0);
        // A lane of the residual stream that blocks write to is no constant, even if no input reaches it directly.
        if read && (fed || written_by_block) {
            keep.push(h);
        } else if read {
            let value = layout.activation.value(theta[layout.hidden_bias.start + h]);
            for o in 0..k {
                theta[layout.output_bias.start + o] += theta[layout.head.start + o * width + h] * value;
            }
            for block in &layout.blocks {
                for m in 0..block.width {
                    theta[block.bias.start + m] += theta[block.input.start + m * width + h] * value;
                }
            }
        }
    }
    if keep.len() == width { network } else { select(&network, &keep, &all_blocks(&layout)) }
}

fn prune_blocks(network: &Network) -> Network {
    let layout = network.layout();
    let width = layout.width;
    let mut network = network.clone();
    let mut keep = Vec::new();
    for (l, block) in layout.blocks.iter().enumerate() {
        let mut units = Vec::new();
        for m in 0..block.width {
            let theta = &mut network.parameters;
            let fed = theta[block.input.start + m * width..][..width].iter().any(|w| *w != 0.0);
            let read: Vec<usize> =
                (0..width).filter(|h| theta[block.output.start + h * block.width + m] != 0.0).collect();
            if fed && !read.is_empty() {
                units.push(m);
            } else if !fed {
                // Its constant moves to whatever reads the stream after this block.
                let value = layout.activation.value(theta[block.bias.start + m]);
                for h in read {
                    let shift = theta[block.output.start + h * block.width + m] * value;
                    for later in &layout.blocks[l + 1..] {
                        for unit in 0..later.width {
                            theta[later.bias.start + unit] += theta[later.input.start + unit * width + h] * shift;
                        }
                    }
                    for o in 0..layout.n_outputs {
                        theta[layout.output_bias.start + o] += theta[layout.head.start + o * width + h] * shift;
                    }
                }
            }
        }
        keep.push(units);
    }
    let unchanged = keep.iter().zip(&layout.blocks).all(|(units, block)| units.len() == block.width);
    if unchanged { network } else { select(&network, &(0..width).collect::<Vec<_>>(), &keep) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::activation::Activation;
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
            let roles = Layout::new(&architecture).roles();
            let parameters = roles
                .iter()
                .map(|role| if role.is_priced() && random.uniform() > density { 0.0 } else { random.normal() })
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
        let mut parameters = vec![0.0; Network::n_parameters(&architecture)];
        parameters[1] = 2.0;
        assert_eq!(prune(&Network::new(architecture, parameters)).architecture.hidden, Vec::<usize>::new());
    }
}
