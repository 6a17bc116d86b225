//! Writing a file so that a reader finds the old bytes or the new ones, never half of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use skiplayer::Result;

use crate::file_error::unwritable;

/// Writes `bytes` to `path` through a temporary file in the same folder that takes the name once it is on disk.
///
/// A file that is replaced keeps its permissions; a new one gets what the umask allows. A symbolic link is followed.
/// What is not a regular file (`/dev/stdout`, a pipe) has no old content to protect and is written directly.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if the folder is missing or may not be written to, or `path` is a
/// folder; [`ErrorKind::Failure`](skiplayer::ErrorKind::Failure) if writing fails (a full disk). Either names the path,
/// and leaves what was there before.
///
/// # Complexity
/// One write of `bytes`, and two waits for the disk.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomic_with(path, |write| write(bytes))
}

/// As [`write_atomic`], for what is written in pieces: `work` is given a function that writes one.
///
/// # Errors
/// Those of [`write_atomic`] and of `work`, which leave what was there before.
pub fn write_atomic_with(
    path: &Path,
    work: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>,
) -> Result<()> {
    let failed = |error: io::Error| unwritable(path, &error);
    // Renaming over a link would replace the link and leave what it points to as it was.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let replaced = fs::metadata(&target).ok();
    if let Some(old) = &replaced {
        if old.is_dir() {
            return Err(unwritable(path, &io::ErrorKind::IsADirectory.into()));
        }
        if !old.is_file() {
            let mut file = File::options().write(true).open(&target).map_err(failed)?;
            return work(&mut |bytes| file.write_all(bytes).map_err(failed));
        }
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut temporary = builder().tempfile_in(&folder).map_err(failed)?;
    work(&mut |bytes| temporary.write_all(bytes).map_err(failed))?;
    if let Some(old) = replaced {
        temporary.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    temporary.as_file().sync_all().map_err(failed)?;
    temporary.persist(&target).map_err(|error| failed(error.error))?;
    sync_folder(&folder);
    Ok(())
}

/// Temporary files are private (0600) by default, and the mode would outlive the renaming.
#[cfg(unix)]
fn builder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skiplayer-").permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skiplayer-");
    builder
}

/// Puts the new name on disk too. The bytes already are, and some file systems cannot sync a folder: no reason to fail.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
