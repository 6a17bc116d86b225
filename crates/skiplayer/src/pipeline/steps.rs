//! From cells to predictions.

use serde::Serialize;

use super::feature::{Feature, features};
use super::layers::Layers;
use super::output::Output;
use crate::encode::{Encoding, TargetEncoding};
use crate::net::Network;
use crate::{Error, Result};

/// From cells to predictions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Steps {
    /// The inputs of [`layers`](Self::layers), in their order; at least one, whether or not it is used.
    pub features: Vec<Feature>,
    pub layers: Layers,
    pub output: Output,
}

impl Steps {
    /// # Errors
    /// A model without any input.
    pub(super) fn of(encoding: &Encoding, target: &TargetEncoding, network: &Network) -> Result<Self> {
        if target.loss().levels().len() > 1 {
            let found = format!("{} quantiles, which are put in order row by row", target.loss().levels().len());
            return Err(Error::input("the model", found)
                .expected("one quantile")
                .hint("fit and export a model for each level, or predict with this one here"));
        }
        let features: Vec<(Feature, bool)> = encoding.inputs.iter().flat_map(features).collect();
        let mut used = network.inputs_in_use();
        used.retain(|&j| features[j].1);
        if used.is_empty() && !features.is_empty() {
            // Without a cell nobody knows how many rows there are.
            used.push(0);
        }
        if used.is_empty() {
            return Err(Error::input("the model", "no input").expected("a model with inputs"));
        }
        let mut steps = Self {
            features: used.iter().map(|&j| features[j].0.clone()).collect(),
            layers: Layers::of(network, &used, &features),
            output: Output::of(target),
        };
        // Where the link is the identity the offset is in units of the target.
        let weight = if target.loss().has_identity_link() { 1.0 / target.unit(0).scale } else { 1.0 };
        for column in target.offset.terms() {
            steps.features.push(Feature::Offset { column });
            steps.layers.append_input(weight);
        }
        Ok(steps)
    }
}
