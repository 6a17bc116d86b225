//! The format of `torch.save` before PyTorch 1.6: pickles one behind the other, then the storages.
//!
//! ```text
//!  magic number, version, facts about the machine      a pickle each
//!  objects                                             a pickle; a storage is a reference with a key
//!  keys                                                a pickle: the order of the storages
//!  count (i64), numbers                                each storage
//! ```

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use skiplayer::{Error, Result};

use super::pickle::{self, Object, Objects};
use super::state_dict::{Storages, collect};
use super::storage::Kind;
use super::{ForeignWeights, cut_off};

/// 0x1950a86a20f9469cfc6c, as a float: it has more than 64 bits.
const MAGIC: f64 = 119_547_037_146_038_801_333_356.0;

/// Reads a stream of `length` bytes.
///
/// # Errors
/// No whole checkpoint of PyTorch, and those of [`collect`].
pub fn read(mut file: impl Read + Seek, length: u64) -> Result<ForeignWeights> {
    let magic = pickle::read(&mut file)?;
    if *magic.root() != Object::Number(MAGIC) {
        return Err(Error::input("weights", "a pickle of another program")
            .expected("a checkpoint of PyTorch")
            .hint("load it where it comes from, and save the weights with `torch.save(model.state_dict(), …)`"));
    }
    let _version = pickle::read(&mut file)?;
    let machine = pickle::read(&mut file)?;
    if is_big_endian(&machine) {
        return Err(Error::input("weights", "numbers in big-endian order").expected("little endian"));
    }
    let objects = pickle::read(&mut file)?;
    let sizes: HashMap<&str, usize> =
        objects.storages().filter_map(|of| Some((of.key.as_str(), Kind::of(&of.kind)?.size()))).collect();
    let keys = pickle::read(&mut file)?;
    let Object::List(order) = keys.root() else { return Err(cut_off("no list of storages")) };
    let mut places = HashMap::new();
    let mut at = file.stream_position().map_err(|error| cut_off(error.to_string()))?;
    for key in order {
        let key = keys.text(*key).unwrap_or_default();
        let Some(size) = sizes.get(key) else { return Err(cut_off(format!("a storage `{key}` that no tensor names"))) };
        let mut count = [0; 8];
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(&mut count))
            .map_err(|_| cut_off("a file without its end"))?;
        let bytes = u64::try_from(i64::from_le_bytes(count)).ok().and_then(|count| count.checked_mul(*size as u64));
        let end = bytes.and_then(|bytes| (at + 8).checked_add(bytes)).filter(|end| *end <= length);
        let Some(end) = end else { return Err(cut_off("a file without its end")) };
        places.insert(key.to_owned(), (at + 8, end));
        at = end;
    }
    collect(&objects, &mut Stream { file, places })
}

/// Whether the facts about the machine say so.
fn is_big_endian(machine: &Objects) -> bool {
    let Object::Dict(facts) = machine.root() else { return false };
    facts
        .iter()
        .any(|(key, value)| machine.text(*key) == Some("little_endian") && *machine.at(*value) == Object::Truth(false))
}

struct Stream<R> {
    file: R,
    /// Where the bytes of each storage begin and end.
    places: HashMap<String, (u64, u64)>,
}

impl<R: Read + Seek> Storages for Stream<R> {
    fn numbers(&mut self, key: &str, kind: Kind, count: usize, length: usize) -> Result<Vec<f32>> {
        let place = self.places.get(key).filter(|(start, end)| end - start == length as u64);
        let (start, _) = *place.ok_or_else(|| cut_off(format!("no storage `{key}` of {length} bytes")))?;
        let read = self.file.seek(SeekFrom::Start(start)).and_then(|_| kind.read(&mut self.file, count));
        read.map_err(|_| cut_off("a file without its end"))
    }
}
