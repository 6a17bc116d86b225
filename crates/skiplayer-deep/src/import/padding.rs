//! Networks whose zero-padding shortcuts put new channels on both sides, as networks that put them behind.
//!
//! The channels between blocks are only names: if a permutation is applied to all that writes them and undone in all that reads them, the
//! network computes the same. So the channels of each stage are put into the order in which the old ones come first.

use std::collections::BTreeMap;

use skiplayer::{Error, Result};

use crate::describe::architecture::Architecture;
use crate::describe::block::{Block, Shortcut, Step};
use crate::describe::layer::Layer;
use crate::network::Array;

/// Permutes the channels of `arrays`, which are named as in `architecture`, a residual network of convolutions.
///
/// # Errors
/// A tensor that is not there.
pub fn put_new_channels_last(architecture: &Architecture, arrays: &mut BTreeMap<String, Array>) -> Result<()> {
    // For each of our channels the one of theirs that it is.
    let mut order: Option<Vec<usize>> = None;
    for block in architecture.blocks() {
        let before = order.clone();
        if let Shortcut::ZeroPad { n_outputs, .. } = block.shortcut {
            let n_inputs = convs(block).next().map_or(0, |(_, n_inputs, _)| n_inputs);
            let own = before.clone().unwrap_or_else(|| (0..n_inputs).collect());
            let padding = n_outputs.saturating_sub(n_inputs) / 2;
            let old = own.iter().map(|channel| channel + padding);
            let new = (0..padding).chain(padding + n_inputs..n_outputs);
            order = Some(old.chain(new).collect());
        }
        if let (Some(before), Some((first, ..))) = (&before, convs(block).next()) {
            permute(arrays, &format!("{}.{first}.weight", block.name), 1, before)?;
        }
        if let (Some(order), Some((last, ..))) = (&order, convs(block).last()) {
            permute(arrays, &format!("{}.{last}.weight", block.name), 0, order)?;
            if let Some(norm) = norms(block).last() {
                for what in ["weight", "bias", "running_mean", "running_var"] {
                    permute(arrays, &format!("{}.{norm}.{what}", block.name), 0, order)?;
                }
            }
        }
    }
    let linear = architecture.head.iter().find_map(|step| match step {
        Step::Layer(name, Layer::Linear { .. }) => Some(name),
        _ => None,
    });
    match (order, linear) {
        (Some(order), Some(name)) => permute(arrays, &format!("{name}.weight"), 1, &order),
        _ => Ok(()),
    }
}

/// Names, inputs and outputs of the convolutions of a branch.
fn convs(block: &Block) -> impl Iterator<Item = (&str, usize, usize)> {
    block.branch.iter().filter_map(|step| match step {
        Step::Layer(name, Layer::Conv(conv)) => Some((name.as_str(), conv.n_inputs, conv.n_outputs)),
        _ => None,
    })
}

fn norms(block: &Block) -> impl Iterator<Item = &str> {
    block.branch.iter().filter_map(|step| match step {
        Step::Layer(name, Layer::BatchNorm { .. }) => Some(name.as_str()),
        _ => None,
    })
}

/// Entry `order[i]` along `axis` (0 or 1) becomes entry i.
fn permute(arrays: &mut BTreeMap<String, Array>, name: &str, axis: usize, order: &[usize]) -> Result<()> {
    let place = || Error::failure("reordering channels", format!("`{name}` does not have {} of them", order.len()));
    let array = arrays.get_mut(name).filter(|array| array.shape.get(axis) == Some(&order.len())).ok_or_else(place)?;
    let inner: usize = array.shape[axis + 1..].iter().product();
    let outer: usize = array.shape[..axis].iter().product();
    let mut values = Vec::with_capacity(array.values.len());
    for o in 0..outer {
        for &channel in order {
            let start = (o * order.len() + channel) * inner;
            values.extend_from_slice(&array.values[start..start + inner]);
        }
    }
    array.values = values;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_go_along_their_axis() {
        let array = Array { shape: vec![2, 3, 1], values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
        let mut arrays = BTreeMap::from([("w".to_owned(), array)]);
        permute(&mut arrays, "w", 1, &[2, 0, 1]).unwrap();
        assert_eq!(arrays["w"].values, [2.0, 0.0, 1.0, 5.0, 3.0, 4.0]);
        permute(&mut arrays, "w", 0, &[1, 0]).unwrap();
        assert_eq!(arrays["w"].values, [5.0, 3.0, 4.0, 2.0, 0.0, 1.0]);
        assert!(permute(&mut arrays, "w", 0, &[0]).is_err() && permute(&mut arrays, "v", 0, &[0]).is_err());
    }
}
