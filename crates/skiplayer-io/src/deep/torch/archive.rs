//! The format of `torch.save` since PyTorch 1.6: a zip archive with a pickle, and a file for each storage.
//!
//! ```text
//!  NAME/data.pkl     objects; a storage is a reference with a key
//!  NAME/data/KEY     the bytes of a storage
//!  NAME/byteorder    `little`, in newer files
//! ```

use std::io::{BufReader, Read, Seek};

use skiplayer::{Error, Result};
use zip::ZipArchive;
use zip::result::ZipError;

use super::ForeignWeights;
use super::state_dict::{Storages, collect};
use super::storage::Kind;
use super::{cut_off, pickle};

const PICKLE: &str = "data.pkl";

/// Reads an archive.
///
/// # Errors
/// No whole archive of PyTorch, and those of [`collect`].
pub fn read(file: impl Read + Seek) -> Result<ForeignWeights> {
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let names: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let Some(found) = names.iter().find(|name| *name == PICKLE || name.ends_with("/data.pkl")) else {
        return Err(Error::input("weights", "a zip archive without `data.pkl`")
            .expected("a checkpoint of PyTorch")
            .hint("is it an archive of files? Take the checkpoint out of it first"));
    };
    let folder = found.trim_end_matches(PICKLE).to_owned();
    if names.contains(&format!("{folder}constants.pkl")) {
        return Err(Error::input("weights", "a program of TorchScript")
            .expected("a checkpoint with a state dict")
            .hint("save the weights of the loaded program, `torch.save(program.state_dict(), …)`"));
    }
    if let Ok(mut order) = archive.by_name(&format!("{folder}byteorder")) {
        let mut text = String::new();
        let _ = order.by_ref().take(16).read_to_string(&mut text);
        if text.trim() == "big" {
            return Err(Error::input("weights", "numbers in big-endian order").expected("little endian"));
        }
    }
    let objects = pickle::read(&mut BufReader::new(archive.by_name(found).map_err(damaged)?))?;
    collect(&objects, &mut Archive { archive, folder })
}

struct Archive<R> {
    archive: ZipArchive<R>,
    folder: String,
}

impl<R: Read + Seek> Storages for Archive<R> {
    fn numbers(&mut self, key: &str, kind: Kind, count: usize, length: usize) -> Result<Vec<f32>> {
        let name = format!("{}data/{key}", self.folder);
        let mut file = self.archive.by_name(&name).map_err(damaged)?;
        if file.size() != length as u64 {
            return Err(cut_off(format!("{} bytes of `{name}` where there should be {length}", file.size())));
        }
        // The checksum is compared where nothing is left.
        let read = kind.read(&mut file, count).and_then(|numbers| file.read(&mut [0]).map(|_| numbers));
        read.map_err(|error| cut_off(format!("bytes of `{name}` that are not whole ({error})")))
    }
}

fn damaged(error: ZipError) -> Error {
    cut_off(format!("a zip archive that is not whole ({error})"))
}
