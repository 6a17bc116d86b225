//! What is said of a file of a training that cannot be read.

use std::path::Path;

use skiplayer::Error;
use skiplayer::error::Place;

use crate::file_error::unreadable;

/// The error of reading a file of a training.
pub fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    unreadable(Place::of_file(path), error, "the files of a training", "check the spelling and the folder")
}
