//! The table of named tensors in what a checkpoint holds.

use std::collections::HashMap;

use skiplayer::{Error, Result};
use skiplayer_deep::data::listed;

use super::ForeignWeights;
use super::pickle::{Object, Objects, TensorView};
use super::storage::{Kind, array};

/// Where training programs keep the weights in what else they save, in the order in which they are looked for.
const PLACES: [&str; 8] =
    ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "model_ema"];
/// How PyTorch ends the name of a count that nothing reads.
const COUNT: &str = ".num_batches_tracked";

/// Numbers of storages by their keys.
pub trait Storages {
    /// All bytes of the storage called `key`, which has `length` of them.
    ///
    /// # Errors
    /// There is none, or it is shorter.
    fn bytes(&mut self, key: &str, length: usize) -> Result<Vec<u8>>;
}

/// The tensors of `objects`, with numbers from `storages`.
///
/// # Errors
/// No table of named tensors; tensors of whole numbers where weights are expected.
pub fn collect(objects: &Objects, storages: &mut dyn Storages) -> Result<ForeignWeights> {
    let (inside, tensors) = find(objects)?;
    let mut arrays = Vec::new();
    // Tensors that share a storage stand beside each other.
    let mut last: Option<(String, Vec<f32>)> = None;
    for (name, view) in tensors {
        if name.ends_with(COUNT) {
            continue;
        }
        let kind = match Kind::of(&view.storage.kind) {
            Some(Kind::Count(_)) | None => {
                let kind = view.storage.kind.trim_end_matches("Storage").to_lowercase();
                return Err(Error::input(format!("tensor `{name}`"), format!("values of type {kind}"))
                    .expected("float, double, half or bfloat16")
                    .hint("is the network quantised? Save it before it is, or convert it back"));
            }
            Some(kind) => kind,
        };
        if last.as_ref().is_none_or(|(key, _)| *key != view.storage.key) {
            let length = view.storage.count.checked_mul(kind.size());
            let length = length.ok_or_else(|| super::cut_off(format!("the tensor `{name}` of impossible size")))?;
            last = Some((view.storage.key.clone(), kind.numbers(&storages.bytes(&view.storage.key, length)?)));
        }
        let numbers = last.as_ref().map_or(&[][..], |(_, numbers)| numbers);
        arrays.push((name.to_owned(), array(name, view, numbers)?));
    }
    Ok(ForeignWeights { arrays, inside, note: String::new() })
}

/// Where the table is, and its tensors by name, in order; the last of those that have the same name.
fn find(objects: &Objects) -> Result<(String, Vec<(&str, &TensorView)>)> {
    let Object::Dict(entries) = objects.root() else {
        return Err(Error::input("weights", "no table of named tensors")
            .expected("a state dict, or a checkpoint that has one")
            .hint("save it with `torch.save(model.state_dict(), …)`"));
    };
    let own = tensors(objects, entries);
    if !own.is_empty() {
        return Ok((String::new(), own));
    }
    let named: HashMap<&str, usize> =
        entries.iter().filter_map(|(key, value)| Some((objects.text(*key)?, *value))).collect();
    for place in PLACES {
        if let Some(Object::Dict(entries)) = named.get(place).map(|value| objects.at(*value)) {
            let found = tensors(objects, entries);
            if !found.is_empty() {
                return Ok((place.to_owned(), found));
            }
        }
    }
    let keys: Vec<&str> = entries.iter().filter_map(|(key, _)| objects.text(*key)).collect();
    Err(Error::input("weights", format!("a table of {}, with no named tensors in it", listed(&keys)))
        .expected(format!("a state dict, alone or under one of {}", PLACES.join(", ")))
        .hint("is it the state of an optimizer alone?"))
}

fn tensors<'a>(objects: &'a Objects, entries: &[(usize, usize)]) -> Vec<(&'a str, &'a TensorView)> {
    let mut found: Vec<(&str, &TensorView)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (key, value) in entries {
        if let (Some(name), Object::Tensor(view)) = (objects.text(*key), objects.at(*value)) {
            match places.get(name) {
                Some(&at) => found[at].1 = view,
                None => {
                    places.insert(name, found.len());
                    found.push((name, view));
                }
            }
        }
    }
    found
}
