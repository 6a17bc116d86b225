//! A penalty on branches: every residual branch has a scale, with an L1 penalty on it, and a branch whose scale is zero is pruned
//! (Huang & Wang 2018, "Data-driven sparse structure selection", whose scales these are).
//!
//! It does for blocks what the penalty of the table engine does for hidden units: what does not help is pruned, until the identity, or
//! there a linear model, is left. A branch is kept if scaling it down a little would raise the loss by more than the penalty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skiplayer::Result;

use super::run::{Run, StepRecord};
use crate::data::Batch;
use crate::describe::architecture::Architecture;
use crate::network::{Pass, branch_path};
use crate::tensor::numbers;

/// The scales of all branches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BranchScales {
    /// One a block; 1 for ever where a block cannot go.
    pub values: Vec<f64>,
    velocity: Vec<f64>,
    /// What a scale of 1 costs, in units of the loss.
    #[serde(alias = "price")]
    pub lambda: f64,
    momentum: f64,
}

impl BranchScales {
    /// All branches whole.
    pub fn new(architecture: &Architecture, lambda: f64, momentum: f64) -> Self {
        let n = architecture.blocks().count();
        Self { values: vec![1.0; n], velocity: vec![0.0; n], lambda, momentum }
    }

    /// Names of the blocks whose branch is gone.
    pub fn gone<'a>(&self, architecture: &'a Architecture) -> Vec<&'a str> {
        let blocks = architecture.blocks().zip(&self.values);
        blocks.filter(|(_, scale)| **scale == 0.0).map(|(block, _)| block.name.as_str()).collect()
    }

    /// One step of weights and scales down the gradient of one batch.
    ///
    /// BranchScales move by the accelerated proximal gradient in the form of Huang & Wang (2018, equation 9), with the learning rate of the
    /// weights; a scale that reaches zero stays there, and its branch is not computed any more.
    ///
    /// # Errors
    /// As [`Run::take_step`].
    pub fn take_step(&mut self, run: &mut Run, batch: &Batch, learning_rate: f64) -> Result<StepRecord> {
        let paths: Vec<Option<String>> = run
            .network
            .architecture()
            .blocks()
            .zip(&self.values)
            .map(|(block, scale)| (block.can_lose_branch() && *scale > 0.0).then(|| branch_path(&block.name)))
            .collect();
        let is_penalised = |path: &str| paths.iter().flatten().any(|penalised| penalised == path);
        let factors = self.values.clone();
        let pass = Pass {
            branches: Some(&factors),
            watch: Some(&is_penalised),
            tap: Some(&is_penalised),
            precision: run.precision,
            ..Pass::TRAINING
        };
        let mut slopes = BTreeMap::new();
        let record = run.descend(batch, learning_rate, pass, &mut |part| {
            for ((path, output), (_, zeros)) in part.trace.outputs.iter().zip(&part.trace.taps) {
                let Some(gradient) = zeros.grad(part.gradients) else { continue };
                // d loss / d scale = <branch, d loss / d (scale branch)>; the output has the scale already.
                let (output, gradient) = (numbers(&output.clone().inner())?, numbers(&gradient)?);
                let product: f64 = output.iter().zip(&gradient).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                *slopes.entry(path.clone()).or_insert(0.0) += part.share * product;
            }
            Ok(())
        })?;
        for (i, path) in paths.iter().enumerate() {
            let Some(slope) = path.as_ref().and_then(|path| slopes.get(path.as_str())) else { continue };
            self.move_one(i, slope / factors[i], learning_rate);
        }
        Ok(record)
    }

    fn move_one(&mut self, i: usize, slope: f64, rate: f64) {
        let scale = self.values[i];
        let there = soft(scale - rate * slope, rate * self.lambda);
        self.velocity[i] = there - scale + self.momentum * self.velocity[i];
        self.values[i] = (there + self.momentum * self.velocity[i]).max(0.0);
    }
}

/// Soft threshold of what may not be negative.
fn soft(value: f64, threshold: f64) -> f64 {
    (value - threshold).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(lambda: f64) -> BranchScales {
        BranchScales { values: vec![1.0], velocity: vec![0.0], lambda, momentum: 0.9 }
    }

    /// min 1/2 (s - 0.8)^2 + lambda s: s = 0.8 - lambda, or 0.
    #[test]
    fn scales_settle_where_the_slope_is_lambda() {
        for (lambda, expected) in [(0.0, 0.8), (0.3, 0.5), (0.8, 0.0), (2.0, 0.0)] {
            let mut scales = alone(lambda);
            for _ in 0..2000 {
                if scales.values[0] > 0.0 {
                    let slope = scales.values[0] - 0.8;
                    scales.move_one(0, slope, 0.01);
                }
            }
            assert!((scales.values[0] - expected).abs() < 1e-6, "{lambda}: {}", scales.values[0]);
        }
    }
}
