//! What happens without a block, without several, or with blocks in another order (Veit, Wilber & Belongie 2016, section 4). Residual
//! networks hardly notice; plain ones fail.

use serde::{Deserialize, Serialize};
use skiplayer::Result;

use crate::describe::block::{Block, Shortcut};
use crate::network::{Network, Pass};
use crate::rng::{Purpose, Stream};
use crate::train::Score;

/// How well a network does by a pass.
pub type Scorer<'a> = dyn FnMut(&Network, Pass<'_>) -> Result<Score> + 'a;

/// One block that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lesion {
    pub block: String,
    /// Whether the block changes the shape: then only its branch was left out, and of a plain block nothing can be.
    pub changes_shape: bool,
    /// None where the network cannot do without the block.
    pub error: Option<f64>,
    pub loss: Option<f64>,
}

/// Several blocks at once, or an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disturbance {
    /// Blocks that were left out, or swaps of two blocks of one shape.
    pub n: usize,
    /// Kendall's rank correlation between the order and the trained one; 1 where blocks were left out.
    pub kendall_tau: f64,
    pub error: f64,
    pub loss: f64,
}

/// Everything that was done to one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lesions {
    /// The error of the whole network.
    pub error: f64,
    pub loss: f64,
    pub single: Vec<Lesion>,
    pub several: Vec<Disturbance>,
    pub shuffled: Vec<Disturbance>,
}

impl Lesions {
    /// Mean increase of the error by leaving out one block that does not change the shape; none if there is no such block.
    pub fn mean_increase(&self) -> Option<f64> {
        let errors: Vec<f64> =
            self.single.iter().filter(|lesion| !lesion.changes_shape).filter_map(|lesion| lesion.error).collect();
        (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64 - self.error)
    }

    /// The block without which the error is largest, of those that do not change the shape, and that error; the first of equals.
    pub fn worst(&self) -> Option<(&str, f64)> {
        let errors = self.single.iter().filter(|lesion| !lesion.changes_shape);
        let errors = errors.filter_map(|lesion| Some((lesion.block.as_str(), lesion.error?)));
        errors.reduce(|worst, other| if other.1 > worst.1 { other } else { worst })
    }
}

/// How many scores [`lesions`] takes, for those who wait.
///
/// # Errors
/// Blocks that do not fit together.
pub fn n_scores(network: &Network, repeats: usize) -> Result<usize> {
    let anatomy = Anatomy::of(network)?;
    let all = 0..anatomy.n_blocks();
    let n_single = all.clone().filter(|&i| anatomy.can_go(i)).count();
    let n_removable = all.filter(|&i| anatomy.can_go(i) && !anatomy.changes_shape[i]).count();
    let n_shuffled = if anatomy.exchangeable().is_empty() { 0 } else { numbers_of_swaps(anatomy.n_blocks()).count() };
    Ok(1 + n_single + repeats * (n_removable + n_shuffled))
}

/// Leaves out each block, then k random blocks for every k (`repeats` draws each), then swaps blocks of one shape 1, 2, 4, … times.
///
/// Without its branch a residual block is its shortcut. A plain block goes altogether, which only one that keeps the shape can.
///
/// # Errors
/// Those of `score`.
///
/// # Complexity
/// About (1 + `repeats`) scores for every block.
pub fn lesions(network: &Network, repeats: usize, seed: u64, score: &mut Scorer<'_>) -> Result<Lesions> {
    let anatomy = Anatomy::of(network)?;
    let whole = score(network, Pass::EVALUATION)?;
    let mut single = Vec::new();
    for (i, block) in network.architecture().blocks().enumerate() {
        let result = match anatomy.can_go(i) {
            true => Some(anatomy.score_without(&[i], network, score)?),
            false => None,
        };
        single.push(Lesion {
            block: block.name.clone(),
            changes_shape: anatomy.changes_shape[i],
            error: result.as_ref().map(Score::error),
            loss: result.map(|score| score.loss),
        });
    }
    let mut stream = Stream::new(seed, Purpose::Lesions, 0, 0);
    let removable: Vec<usize> =
        (0..anatomy.n_blocks()).filter(|&i| anatomy.can_go(i) && !anatomy.changes_shape[i]).collect();
    let mut several = Vec::new();
    for n in 1..=removable.len() {
        for _ in 0..repeats {
            let chosen: Vec<usize> =
                stream.permutation(removable.len()).into_iter().take(n).map(|k| removable[k]).collect();
            let result = anatomy.score_without(&chosen, network, score)?;
            several.push(Disturbance { n, kendall_tau: 1.0, error: result.error(), loss: result.loss });
        }
    }
    let shuffled = shuffled(network, &anatomy, repeats, &mut stream, score)?;
    Ok(Lesions { error: whole.error(), loss: whole.loss, single, several, shuffled })
}

fn shuffled(
    network: &Network,
    anatomy: &Anatomy,
    repeats: usize,
    stream: &mut Stream,
    score: &mut Scorer<'_>,
) -> Result<Vec<Disturbance>> {
    let pairs = anatomy.exchangeable();
    let mut shuffled = Vec::new();
    if pairs.is_empty() {
        return Ok(shuffled);
    }
    for n in numbers_of_swaps(anatomy.n_blocks()) {
        for _ in 0..repeats {
            let mut order: Vec<usize> = (0..anatomy.n_blocks()).collect();
            for _ in 0..n {
                let (a, b) = pairs[stream.below(pairs.len() as u32) as usize];
                order.swap(a, b);
            }
            let result = score(&network.arranged(&order)?, Pass::EVALUATION)?;
            let kendall_tau = kendall_tau(&order);
            shuffled.push(Disturbance { n, kendall_tau, error: result.error(), loss: result.loss });
        }
    }
    Ok(shuffled)
}

/// 1, 2, 4, … swaps, up to two a block.
fn numbers_of_swaps(n_blocks: usize) -> impl Iterator<Item = usize> {
    (0..).map(|k| 1 << k).take_while(move |n| *n <= 2 * n_blocks)
}

/// What the blocks of a network are like.
struct Anatomy {
    has_shortcut: Vec<bool>,
    changes_shape: Vec<bool>,
    /// Blocks of one description but for their names can stand for each other.
    kinds: Vec<Block>,
}

impl Anatomy {
    fn of(network: &Network) -> Result<Self> {
        let architecture = network.architecture();
        let blocks: Vec<&Block> = architecture.blocks().collect();
        let all: Vec<usize> = (0..blocks.len()).collect();
        // A block changes the shape if the others do not fit together without it.
        let fits_without = |i: usize| {
            let others: Vec<usize> = all.iter().copied().filter(|k| *k != i).collect();
            architecture.arranged(&others).is_ok()
        };
        Ok(Self {
            has_shortcut: blocks.iter().map(|block| block.shortcut != Shortcut::None).collect(),
            changes_shape: all.iter().map(|&i| !fits_without(i)).collect(),
            kinds: blocks
                .iter()
                .map(|block| Block { name: String::new(), survival: 1.0, ..(*block).clone() })
                .collect(),
        })
    }

    fn n_blocks(&self) -> usize {
        self.kinds.len()
    }

    fn can_go(&self, i: usize) -> bool {
        self.has_shortcut[i] || !self.changes_shape[i]
    }

    /// Pairs of blocks that can change places.
    fn exchangeable(&self) -> Vec<(usize, usize)> {
        let n = self.n_blocks();
        let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
        pairs.filter(|&(a, b)| self.kinds[a] == self.kinds[b]).collect()
    }

    fn score_without(&self, gone: &[usize], network: &Network, score: &mut Scorer<'_>) -> Result<Score> {
        let plain_goes = |i: &usize| gone.contains(i) && !self.has_shortcut[*i];
        let left: Vec<usize> = (0..self.n_blocks()).filter(|i| !plain_goes(i)).collect();
        let blocks: Vec<&Block> = network.architecture().blocks().collect();
        let factor = |i: &usize| if gone.contains(i) { 0.0 } else { blocks[*i].survival };
        let factors: Vec<f64> = left.iter().map(factor).collect();
        let pass = Pass { branches: Some(&factors), ..Pass::EVALUATION };
        if left.len() == self.n_blocks() { score(network, pass) } else { score(&network.arranged(&left)?, pass) }
    }
}

/// Kendall's tau between `order` and the natural one: concordant minus discordant pairs over all pairs.
fn kendall_tau(order: &[usize]) -> f64 {
    let n = order.len();
    let pairs = (n * n.saturating_sub(1) / 2).max(1) as f64;
    let discordant = (0..n).map(|i| order[i + 1..].iter().filter(|later| **later < order[i]).count()).sum::<usize>();
    1.0 - 2.0 * discordant as f64 / pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders() {
        assert_eq!(kendall_tau(&[0, 1, 2, 3]), 1.0);
        assert_eq!(kendall_tau(&[3, 2, 1, 0]), -1.0);
        assert!((kendall_tau(&[1, 0, 2, 3]) - 2.0 / 3.0).abs() < 1e-15);
    }
}
