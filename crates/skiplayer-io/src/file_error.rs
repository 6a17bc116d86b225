//! What is said of a file that cannot be read or written: the one place where errors of the operating system become ours.

use std::io::{self, ErrorKind};
use std::path::Path;

use skiplayer::Error;
use skiplayer::error::{Message, Place};

/// The error of opening or reading a file; `expected` and `hint` are for one that is not there.
pub fn unreadable(
    place: impl Into<Place>,
    error: &io::Error,
    expected: impl Into<Message>,
    hint: impl Into<Message>,
) -> Error {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::input(place, "no such file").expected(expected).hint(hint)
        }
        ErrorKind::PermissionDenied => {
            Error::input(place, "no permission to read it").expected("a readable file").hint("change its permissions")
        }
        ErrorKind::IsADirectory => {
            Error::input(place, "a folder").expected("a file").hint("add the name of a file to it")
        }
        _ => Error::failure(place, format!("it cannot be read: {error}")),
    }
}

/// The error of a file that began well and cannot be read to its end.
pub fn broken(place: impl Into<Place>, error: &io::Error) -> Error {
    let is_cut_off =
        matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof);
    let hint = if is_cut_off { "is the file cut off? Fetch or pack it again" } else { "check the disk and try again" };
    Error::input(place, format!("bytes that cannot be read ({error})")).expected("a whole, readable file").hint(hint)
}

/// The error of writing to `path`.
pub fn unwritable(path: &Path, error: &io::Error) -> Error {
    let place = Place::of_file_as("writing", path);
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Error::input(place, "no such folder")
            .expected("a folder that exists")
            .hint("create it first, or mend the path"),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Error::input(place, format!("no permission ({error})"))
                .expected("a folder that may be written to")
                .hint("choose another place")
        }
        ErrorKind::IsADirectory => {
            Error::input(place, "a folder").expected("the name of a file").hint("add a file name to it")
        }
        _ => Error::failure(place, error.to_string())
            .hint("is there room on the disk? What was there before is untouched"),
    }
}
