//! The table of named tensors in what a checkpoint holds.

use std::collections::HashMap;

use skiplayer::{Error, Result};
use skiplayer_deep::data::listed;
use skiplayer_deep::network::Array;

use super::ForeignWeights;
use super::pickle::{Object, Objects, TensorView};
use super::storage::{Kind, array, is_whole};

/// Where training programs keep the weights in what else they save, in the order in which they are looked for.
const PLACES: [&str; 8] =
    ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "model_ema"];
/// How PyTorch ends the name of a count that nothing reads.
const COUNT: &str = ".num_batches_tracked";

/// Numbers of storages by their keys.
pub trait Storages {
    /// All numbers of the storage called `key`, which has `count` of them, of `length` bytes.
    ///
    /// # Errors
    /// There is none, or it is shorter.
    fn numbers(&mut self, key: &str, kind: Kind, count: usize, length: usize) -> Result<Vec<f32>>;
}

/// The tensors of `objects`, with numbers from `storages`.
///
/// # Errors
/// No table of named tensors; tensors of whole numbers where weights are expected.
pub fn collect(objects: &Objects, storages: &mut dyn Storages) -> Result<ForeignWeights> {
    let (inside, tensors) = find(objects)?;
    let mut arrays = Vec::new();
    // Tensors that share a storage stand beside each other.
    let mut last: Option<(&str, Vec<f32>)> = None;
    let mut tensors = tensors.into_iter().filter(|(name, _)| !name.ends_with(COUNT)).peekable();
    while let Some((name, view)) = tensors.next() {
        let kind = match Kind::of(&view.storage.kind) {
            Some(Kind::Count(_)) | None => {
                let kind = view.storage.kind.trim_end_matches("Storage").to_lowercase();
                return Err(Error::input(format!("tensor `{name}`"), format!("values of type {kind}"))
                    .expected("float, double, half or bfloat16")
                    .hint("is the network quantised? Save it before it is, or convert it back"));
            }
            Some(kind) => kind,
        };
        let (key, count) = (view.storage.key.as_str(), view.storage.count);
        let numbers = match last.take() {
            Some((own, numbers)) if own == key => numbers,
            _ => {
                let length = count.checked_mul(kind.size());
                let length = length.ok_or_else(|| super::cut_off(format!("the tensor `{name}` of impossible size")))?;
                storages.numbers(key, kind, count, length)?
            }
        };
        let is_shared = tensors.peek().is_some_and(|(_, next)| next.storage.key == key);
        if !is_shared && is_whole(view, numbers.len()) {
            // Nothing is copied: a large network is in memory once.
            arrays.push((name.to_owned(), Array { shape: view.sizes.clone(), values: numbers }));
        } else {
            arrays.push((name.to_owned(), array(name, view, &numbers)?));
            last = Some((key, numbers));
        }
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
