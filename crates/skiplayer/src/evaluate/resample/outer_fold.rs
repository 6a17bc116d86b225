//! Outer folds one at a time, for callers that run them elsewhere: in other processes, on other machines.

use serde::{Deserialize, Serialize};

use super::nested::{Entry, FoldModel, FoldResult};
use super::split::Split;
use crate::matrix::Matrix;
use crate::net::Network;
use crate::{Error, Result};

/// What [`evaluate_fold`](crate::evaluate::evaluate_fold) found, to be sent and put together by
/// [`evaluate_from`](crate::evaluate::evaluate_from). Its numbers arrive bit for bit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OuterFold {
    /// Number of the fold, and of those that it was one of.
    pub fold: usize,
    pub of: usize,
    train: Vec<usize>,
    test: Vec<usize>,
    entries: Vec<SentEntry>,
    linear_part: Vec<Bits>,
    /// Without the parameters of its network, which are no part of what serde writes.
    model: FoldModel,
    parameters: Vec<Bits>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SentEntry {
    deviance: Vec<Bits>,
    /// Column by column.
    mean: Vec<Bits>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    brier: Vec<Bits>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reached: Vec<Bits>,
    n_units: usize,
}

/// A number as its bits, which no format rounds and none refuses, as JSON does infinity.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Bits(u64);

fn bits(numbers: &[f64]) -> Vec<Bits> {
    numbers.iter().map(|number| Bits(number.to_bits())).collect()
}

fn numbers(bits: &[Bits]) -> Vec<f64> {
    bits.iter().map(|bits| f64::from_bits(bits.0)).collect()
}

impl OuterFold {
    pub(in crate::evaluate) fn new(fold: usize, of: usize, result: FoldResult) -> Self {
        let FoldResult { split, entries, linear_part, model } = result;
        let sent = |entry: Entry| SentEntry {
            deviance: bits(&entry.deviance),
            mean: bits(entry.mean.values()),
            brier: bits(&entry.brier),
            reached: bits(&entry.reached),
            n_units: entry.n_units,
        };
        let entries = entries.into_iter().map(sent).collect();
        let (linear_part, parameters) = (bits(&linear_part), bits(&model.network.parameters));
        Self { fold, of, train: split.train, test: split.test, entries, linear_part, model, parameters }
    }

    /// The result for `split`, which has to be the one that the fold was run on, with an entry for each of `n_kinds` contenders.
    pub(in crate::evaluate) fn result(&self, split: &Split, n_kinds: usize) -> Result<FoldResult> {
        let n = split.test.len();
        let fits = |entry: &SentEntry| {
            entry.deviance.len() == n
                && [0, n].contains(&entry.brier.len())
                && entry.reached.len() == entry.brier.len()
                && n > 0
                && entry.mean.len().is_multiple_of(n)
        };
        let is_own = self.train == split.train
            && self.test == split.test
            && self.linear_part.len() == n
            && self.entries.len() == n_kinds
            && self.entries.iter().all(fits)
            && self.parameters.len() == self.model.network.layout().n_parameters();
        if !is_own {
            return Err(Error::input(format!("outer fold {}", self.fold + 1), "one of other rows or options")
                .expected("those of this evaluation, run on the same table with the same options"));
        }
        let entry = |entry: &SentEntry| {
            let mean = numbers(&entry.mean);
            let columns: Vec<Vec<f64>> = mean.chunks_exact(n).map(<[f64]>::to_vec).collect();
            Entry {
                deviance: numbers(&entry.deviance),
                mean: Matrix::from_columns(n, &columns),
                brier: numbers(&entry.brier),
                reached: numbers(&entry.reached),
                n_units: entry.n_units,
            }
        };
        Ok(FoldResult {
            split: split.clone(),
            entries: self.entries.iter().map(entry).collect(),
            linear_part: numbers(&self.linear_part),
            model: FoldModel {
                network: Network::new(self.model.network.architecture.clone(), numbers(&self.parameters)),
                ..self.model.clone()
            },
        })
    }
}
