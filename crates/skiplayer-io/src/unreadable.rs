//! What is said of a file that cannot be opened or read.

use std::io::ErrorKind;
use std::path::Path;

use skiplayer::Error;

/// The error of reading `path`; `expected` and `hint` are for a file that is not there.
pub fn unreadable(path: &Path, error: &std::io::Error, expected: &str, hint: &str) -> Error {
    let name = path.display().to_string();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::input(name, "no such file").expected(expected).hint(hint)
        }
        ErrorKind::PermissionDenied => {
            Error::input(name, "no permission to read it").expected("a readable file").hint("change its permissions")
        }
        ErrorKind::IsADirectory => Error::input(name, "a folder").expected("a file"),
        _ => Error::failure(name, format!("it cannot be read: {error}")),
    }
}
