//! Whole files, packed or not.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use skiplayer::error::Place;
use skiplayer::{Error, Result};

use crate::file_error::unreadable;

/// All bytes of `path`, unpacked if they are packed by gzip, whatever the name says.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    if bytes.starts_with(&[0x1f, 0x8b]) { unpack(path, &bytes) } else { Ok(bytes) }
}

/// What `bytes`, packed by gzip, hold.
pub fn unpack(path: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut unpacked).map_err(|error| {
        Error::input(path.display().to_string(), format!("packed bytes that cannot be unpacked ({error})"))
            .expected("a whole gzip file")
            .hint("is the file cut off? Fetch it again")
    })?;
    Ok(unpacked)
}

/// The lines of a text file that hold something.
pub fn lines(path: &Path) -> Result<Vec<String>> {
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The error of reading a file of a data set.
pub fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    unreadable(Place::of_file(path), error, "all files of the data set", "unpack its archive again")
}
