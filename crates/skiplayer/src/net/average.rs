//! The mean of networks with a skip is a network with a skip.

use super::architecture::Architecture;
use super::network::Network;

impl Network {
    /// The network whose linear predictors are the mean of those of `networks` (same inputs, outputs and activation).
    ///
    /// Hidden units stand side by side; residual blocks become block-diagonal.
    ///
    /// # Panics
    /// If there are none, or they do not fit together.
    pub fn average(networks: &[Self]) -> Self {
        let share = 1.0 / networks.len() as f64;
        let none = Self::zeros(Architecture { hidden: Vec::new(), ..networks[0].architecture.clone() });
        networks.iter().fold(none, |sum, network| sum.append_units(&network.clone().scaled(share)))
    }
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
        let networks: Vec<Network> = [vec![2, 3, 1], vec![4, 1], vec![], vec![3, 2, 2]]
            .into_iter()
            .map(|hidden| {
                let architecture = Architecture { n_inputs: 3, n_outputs: 2, hidden, activation: Activation::Gelu };
                let mut network = Network::zeros(architecture);
                network.parameters.fill_with(|| random.normal());
                network
            })
            .collect();
        let whole = Network::average(&networks).forward(&x);
        let parts: Vec<Matrix> = networks.iter().map(|n| n.forward(&x)).collect();
        for i in 0..70 {
            for o in 0..2 {
                let expected = parts.iter().map(|m| m.get(i, o)).sum::<f64>() / 4.0;
                assert!((whole.get(i, o) - expected).abs() < 1e-12);
            }
        }
    }
}
