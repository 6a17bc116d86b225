//! The mean of networks with a skip is a network with a skip.

use super::architecture::Architecture;
use super::network::Network;

/// The network whose linear predictors are the mean of those of `networks` (same inputs, outputs, activation, depth).
///
/// Hidden units stand side by side; residual blocks become block-diagonal.
pub fn mean(networks: &[Network]) -> Network {
    let share = 1.0 / networks.len() as f64;
    let depth = networks.iter().map(|n| n.architecture.hidden.len()).max().unwrap_or(0);
    let hidden = (0..depth).map(|l| networks.iter().map(|n| layer(n, l)).sum()).collect();
    let architecture = Architecture { hidden, ..networks[0].architecture.clone() };
    let mut whole = Network::new(architecture.clone(), vec![0.0; Network::n_parameters(&architecture)]);
    let to = whole.layout();
    let mut first = 0;
    let mut block_first = vec![0; depth.saturating_sub(1)];
    for network in networks {
        let from = network.layout();
        let theta = &network.parameters;
        let out = &mut whole.parameters;
        let p = from.n_inputs;
        for (sum, w) in
            out[to.output_bias.start..to.skip.end].iter_mut().zip(&theta[from.output_bias.start..from.skip.end])
        {
            *sum += share * w;
        }
        out[to.input.start + first * p..][..from.width * p].copy_from_slice(&theta[from.input.clone()]);
        out[to.hidden_bias.start + first..][..from.width].copy_from_slice(&theta[from.hidden_bias.clone()]);
        for o in 0..from.n_outputs {
            for h in 0..from.width {
                out[to.head.start + o * to.width + first + h] = share * theta[from.head.start + o * from.width + h];
            }
        }
        for (l, block) in from.blocks.iter().enumerate() {
            let (wide, at) = (&to.blocks[l], block_first[l]);
            for m in 0..block.width {
                out[wide.bias.start + at + m] = theta[block.bias.start + m];
                for h in 0..from.width {
                    out[wide.input.start + (at + m) * to.width + first + h] =
                        theta[block.input.start + m * from.width + h];
                    out[wide.output.start + (first + h) * wide.width + at + m] =
                        theta[block.output.start + h * block.width + m];
                }
            }
            block_first[l] += block.width;
        }
        first += from.width;
    }
    whole
}

fn layer(network: &Network, l: usize) -> usize {
    network.architecture.hidden.get(l).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::activation::Activation;
    use super::*;
    use crate::matrix::Matrix;
    use crate::random::Random;

    #[test]
    fn predicts_the_mean_of_the_predictions() {
        let mut random = Random::simulated(4);
        let x = Matrix::from_fn(70, 3, |_, _| random.normal());
        let networks: Vec<Network> = [vec![2, 3, 1], vec![4, 1, 2], vec![3, 2, 2]]
            .into_iter()
            .map(|hidden| {
                let architecture = Architecture { n_inputs: 3, n_outputs: 2, hidden, activation: Activation::Gelu };
                let count = Network::n_parameters(&architecture);
                Network::new(architecture, (0..count).map(|_| random.normal()).collect())
            })
            .collect();
        let whole = mean(&networks).forward(&x);
        let parts: Vec<Matrix> = networks.iter().map(|n| n.forward(&x)).collect();
        for i in 0..70 {
            for o in 0..2 {
                let expected = parts.iter().map(|m| m.get(i, o)).sum::<f64>() / 3.0;
                assert!((whole.get(i, o) - expected).abs() < 1e-12);
            }
        }
    }
}
