//! Weights that other programs wrote: checkpoints of PyTorch, in both of its formats, and safetensors.
//!
//! ```text
//!  file ──┬─ zip archive (PyTorch 1.6 and later) ──> archive.rs ──┐
//!         ├─ stream of pickles (before) ───────────> stream.rs  ──┼─> pickle.rs: objects ──> state_dict.rs: named tensors
//!         └─ safetensors ─────────────────────────────────────────┘
//! ```
//!
//! Nothing in a file is ever executed: the reader knows the opcodes that build numbers, text, containers and tensors, and refuses every
//! name of a function that is not one of those few, by that name.

mod archive;
mod pickle;
mod state_dict;
mod storage;
mod stream;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use skiplayer::error::Place;
use skiplayer::{Error, Result};
use skiplayer_deep::network::Array;
use skiplayer_deep::weights::Weights;

use crate::file_error::unreadable;

/// Named tensors of another program.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignWeights {
    /// In the order of the file, where it has one.
    pub arrays: Vec<(String, Array)>,
    /// Where in the file they were, such as `state_dict`; empty if they are the file.
    pub inside: String,
    /// What is JSON in the header of our own checkpoints; empty in files of others.
    pub note: String,
}

/// Reads the weights in the file at `path`, whichever of the formats it is in.
///
/// Half precision is widened, double precision rounded, and counts of batches, which nothing reads, are left out.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input), naming the file: missing, cut off, another format, an object that is not made of
/// tensors, numbers and text, or tensors that hold no numbers of a network.
///
/// # Complexity
/// Linear in the size of the file. Of a checkpoint nothing is in memory twice, but for tensors that share a storage.
pub fn read_weights(path: &Path) -> Result<ForeignWeights> {
    let place = || Place::of_file_as("the weights", path);
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| {
        unreadable(
            place(),
            &error,
            "a checkpoint of PyTorch or a safetensors file",
            "check the spelling and the folder",
        )
    })?;
    if metadata.is_dir() {
        return Err(Error::input(place(), "a folder").expected("a file").hint("add the name of a file to it"));
    }
    let mut file = BufReader::new(file);
    let mut beginning = [0; 9];
    let known = read_up_to(&mut file, &mut beginning).and_then(|n| file.seek(SeekFrom::Start(0)).map(|_| n));
    let n = known.map_err(|error| Error::failure(place(), error.to_string()))?;
    let found = match &beginning[..n] {
        [b'P', b'K', ..] => archive::read(file),
        [0x80, ..] => stream::read(file, metadata.len()),
        [.., b'{'] if n == 9 => safetensors(file),
        _ => Err(Error::input("weights", "a file in no known format")
            .expected("a checkpoint of PyTorch (.pt, .pth, .th) or a safetensors file")),
    };
    // Inner messages say what is wrong; only here it is known with which file.
    found.map_err(|error| {
        let inner = error.place().to_string();
        let place = if inner == "weights" {
            place()
        } else {
            Place::of_file_as("the weights", format!("{}, {inner}", path.display()))
        };
        let mut named = Error::input(place, error.found().clone());
        if let Some(expected) = error.expectation() {
            named = named.expected(expected.clone());
        }
        match error.advice() {
            Some(hint) => named.hint(hint.clone()),
            None => named,
        }
    })
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match reader.read(&mut buffer[n..])? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

fn safetensors(mut file: impl Read) -> Result<ForeignWeights> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| Error::failure("weights", error.to_string()))?;
    let Weights { arrays, note } = Weights::from_bytes(&bytes)?;
    Ok(ForeignWeights { arrays: arrays.into_iter().collect(), inside: String::new(), note })
}

/// The error of a file that ends before it should, or says of itself what cannot be.
fn cut_off(found: impl Into<skiplayer::error::Message>) -> Error {
    Error::input("weights", found).expected("a whole checkpoint").hint("it was cut off or damaged: fetch it again")
}
