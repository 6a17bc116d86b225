//! Models in and out of files. What is in one: [`skiplayer::model_file`].

use std::fs::{self, File};
use std::path::Path;

use skiplayer::error::Place;
use skiplayer::model_file::{self, IN_MEMORY, SAVE};
use skiplayer::{Error, Result, message};

use crate::file_error::unreadable;
use crate::table::ReadingRules;
use crate::write_atomic;

/// A model and what is known about its making, with the rules by which tables are read.
pub type ModelFile = model_file::ModelFile<ReadingRules>;
/// Where a model comes from. Its fingerprint is that of the data file's bytes: [`TableFile::fingerprint`](crate::TableFile::fingerprint).
pub type Provenance = model_file::Provenance<ReadingRules>;

/// Writes `file` to `path`: the old file or the new one is there, never half of one.
///
/// Whether an old file may be replaced is the caller's to ask first, by [`check_model_path`].
///
/// # Errors
/// Those of [`write_atomic`], and [`ErrorKind::Failure`](skiplayer::ErrorKind::Failure) for a model that could not be read
/// back (a number that is not finite).
///
/// # Complexity
/// Linear in the size of the model.
pub fn save_model(path: &Path, file: &ModelFile) -> Result<()> {
    write_atomic(path, &model_file::to_bytes(path, file)?)
}

/// The bytes that [`save_model`] writes, for whoever keeps models elsewhere than in files.
///
/// # Errors
/// [`ErrorKind::Failure`](skiplayer::ErrorKind::Failure) for a model that could not be read back.
pub fn model_to_bytes(file: &ModelFile) -> Result<Vec<u8>> {
    model_file::to_bytes(Path::new(IN_MEMORY), file)
}

/// The model that [`model_to_bytes`] gave, or a file's bytes hold.
///
/// # Errors
/// Those of [`load_model`] about what is in a file.
pub fn model_from_bytes(bytes: &[u8]) -> Result<ModelFile> {
    model_file::from_bytes(Path::new(IN_MEMORY), bytes)
}

/// Reads the model at `path`, exactly as it was saved.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input), naming the file: it is missing or unreadable, not a safetensors file,
/// cut short, of another program, written by a newer version, or inconsistent in itself.
///
/// # Complexity
/// Linear in the size of the file, which is read once.
pub fn load_model(path: &Path) -> Result<ModelFile> {
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    model_file::from_bytes(path, &bytes)
}

/// Whether a model may be written to `path`: nothing is there, or nothing but an empty file or an older model.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there is another file, or no folder to put one in.
pub fn check_model_path(path: &Path) -> Result<()> {
    let place = || Place::of_file_as("the model", path);
    let Ok(metadata) = fs::metadata(path) else {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        return match folder {
            Some(folder) if !folder.is_dir() => Err(Error::input(place(), "no such folder")
                .expected("a folder that exists")
                .hint("create it first, or mend the path")),
            _ => Ok(()),
        };
    };
    if metadata.is_dir() {
        return Err(Error::input(place(), "a folder").expected("the name of a file").hint("add a file name to it"));
    }
    if !metadata.is_file() || metadata.len() == 0 || File::open(path).is_ok_and(model_file::is_model) {
        return Ok(());
    }
    Err(Error::input(place(), "a file that is not a skiplayer model")
        .expected("a new name, or an older model to replace")
        .hint("choose another name with `-o`, or delete the file"))
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    let place = Place::of_file_as("the model", path);
    unreadable(place, error, message!["a model that ", &SAVE, " wrote"], "check the spelling and the folder")
}
