//! What the parts of a session say to those who only look at it.

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde_json::Value;
use skiplayer::{Error, Result};

use super::branch_scales::BranchScales;
use super::run::Run;
use crate::data::Normalisation;
use crate::describe::shape::Shape;
use crate::network::{Array, Network};
use crate::surgery::prune::folded;

/// Names of the outputs in the parts of a session; none in those that older programs wrote.
pub fn output_names(state: &Value) -> Option<Vec<String>> {
    serde_json::from_value(state["outputs"].clone()).ok()
}

/// The network and the normalisation in the parts of a session, for those who only look at them. Where branches pay, their scales are
/// folded in, and those that are gone are left out.
///
/// # Errors
/// Parts that no session made.
pub fn trained(mut state: Value, arrays: BTreeMap<String, Array>, device: &Device) -> Result<(Network, Normalisation)> {
    let normalisation = serde_json::from_value(state["normalisation"].take())
        .map_err(|error| Error::input("checkpoint", error.to_string()).expected("the normalisation of its images"))?;
    let run = Run::from_parts(state["run"].take(), arrays, device)?;
    let scales: Option<BranchScales> = serde_json::from_value(state["progress"]["scales"].take())
        .map_err(|error| Error::input("checkpoint", error.to_string()).expected("scales of branches, or none"))?;
    let network = match scales {
        Some(scales) => folded(&run.network, &scales.values)?,
        None => run.network,
    };
    Ok((network, normalisation))
}

/// The shape of one example that the network in the parts of a session takes.
pub fn input_of(state: &Value) -> Option<Shape> {
    serde_json::from_value(state["run"]["architecture"]["input"].clone()).ok()
}

/// How the reader of a table turned columns into numbers, in the parts of a session.
pub fn encoding(state: &Value) -> Option<&Value> {
    state.get("encoding").filter(|encoding| !encoding.is_null())
}
