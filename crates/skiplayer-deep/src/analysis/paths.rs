//! Which paths carry the gradient (Veit, Wilber & Belongie 2016, section 5). Unrolled, n residual blocks are 2^n paths whose lengths
//! are binomial; the gradient comes from the short ones.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use super::gradient_flow::norm;
use crate::data::Batch;
use crate::describe::block::Shortcut;
use crate::network::{Network, Pass, Way};
use crate::rng::{Purpose, Stream};
use crate::train::Loss;

/// All paths of one length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathLength {
    /// Branches that the paths go through.
    pub length: usize,
    /// Share of all paths: binomial(n, length) / 2^n.
    pub share_of_paths: f64,
    /// Mean over draws of the norm of the gradient that reaches the input by one path.
    pub gradient: f64,
    /// Share of all gradient: `gradient` times `share_of_paths`, over the sum.
    pub share_of_gradient: f64,
}

/// The paths of one network by their length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paths {
    /// From 0 to the number of blocks that have a way around them.
    pub lengths: Vec<PathLength>,
    /// Mean length weighted by gradient.
    pub effective_length: f64,
}

/// Draws paths of each length: a full forward pass, then gradients back through the branches of the drawn blocks only, and through the
/// shortcuts only of all others.
///
/// # Errors
/// A network without a block that has a shortcut; a batch that does not fit.
///
/// # Complexity
/// `draws` forward and backward passes for every length; before each of them `observe` gets how many are done, and of how many.
pub fn paths(
    network: &Network,
    loss: Loss,
    batch: &Batch,
    draws: usize,
    seed: u64,
    observe: &mut dyn FnMut(usize, usize),
) -> Result<Paths> {
    let choices: Vec<bool> = network.architecture().blocks().map(|block| block.shortcut != Shortcut::None).collect();
    let open: Vec<usize> = (0..choices.len()).filter(|&i| choices[i]).collect();
    if open.is_empty() {
        return Err(Error::input(&network.architecture().name, "no block with a way around it")
            .expected("a network with shortcuts: all paths of a plain one have the same length"));
    }
    let mut stream = Stream::new(seed, Purpose::Paths, 0, 0);
    let n = open.len();
    let mut lengths = Vec::new();
    for length in 0..=n {
        let mut total = 0.0;
        for draw in 0..draws.max(1) {
            observe(length * draws.max(1) + draw, (n + 1) * draws.max(1));
            let mut ways: Vec<Way> = choices.iter().map(|open| if *open { Way::Shortcut } else { Way::Both }).collect();
            stream.permutation(n).into_iter().take(length).for_each(|k| ways[open[k]] = Way::Branch);
            total += gradient_at_input(network, loss, batch, &ways)?;
        }
        let (gradient, share_of_paths) = (total / draws.max(1) as f64, binomial_share(n, length));
        lengths.push(PathLength { length, share_of_paths, gradient, share_of_gradient: gradient * share_of_paths });
    }
    let whole: f64 = lengths.iter().map(|paths| paths.share_of_gradient).sum();
    if whole > 0.0 {
        lengths.iter_mut().for_each(|paths| paths.share_of_gradient /= whole);
    }
    let effective_length = lengths.iter().map(|paths| paths.length as f64 * paths.share_of_gradient).sum();
    Ok(Paths { lengths, effective_length })
}

fn gradient_at_input(network: &Network, loss: Loss, batch: &Batch, ways: &[Way]) -> Result<f64> {
    let expected = loss.expected_outputs(&batch.targets, batch.len(), network.architecture().output()?)?;
    let x = batch.tensor(network.device())?.autodiff().require_grad();
    let pass = Pass { ways: Some(ways), ..Pass::EVALUATION };
    let (outputs, _) = network.trainable().forward(x.clone(), pass)?;
    let gradients = loss.value(outputs, expected)?.backward();
    x.grad(&gradients).map_or(Ok(0.0), |gradient: Tensor<4>| norm(&gradient))
}

/// binomial(n, k) / 2^n by logarithms, which thousands of blocks do not overflow.
fn binomial_share(n: usize, k: usize) -> f64 {
    let k = k.min(n - k);
    let log: f64 = (1..=k).map(|i| ((n - k + i) as f64 / i as f64).ln()).sum();
    (log - n as f64 * std::f64::consts::LN_2).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_binomial() {
        assert!((binomial_share(4, 2) - 6.0 / 16.0).abs() < 1e-15);
        let all: f64 = (0..=1000).map(|k| binomial_share(1000, k)).sum();
        assert!((all - 1.0).abs() < 1e-9);
        // Veit et al. 2016, section 5: of the paths through 54 blocks, 95% are 19 to 35 long.
        let middle: f64 = (19..=35).map(|k| binomial_share(54, k)).sum();
        assert!(middle > 0.95 && middle < 0.985, "{middle}");
    }
}
