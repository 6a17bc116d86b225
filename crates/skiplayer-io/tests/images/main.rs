//! Data sets of images: what is read, and what is said of files that are not as they should be.

mod cifar;
mod digits;
mod idx;
mod masks;
mod pictures;

use std::path::Path;

use skiplayer::ErrorKind;
use skiplayer_io::deep::{ImageOptions, read_data_set};

/// The message about a data set that cannot be read.
fn refused(source: &Path) -> String {
    refused_with(source, &ImageOptions::default())
}

fn refused_with(source: &Path, options: &ImageOptions) -> String {
    let error = read_data_set(source, options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    error.to_string()
}

#[test]
fn what_is_no_data_set() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        refused(&folder.path().join("cifr"))
            .contains("found no such folder, expected `digits` or `digit-scenes`, or a folder with CIFAR-10")
    );
    assert!(refused(folder.path()).contains("found a folder without folders for classes"));
    let archive = folder.path().join("cifar.tar.gz");
    std::fs::write(&archive, "x").unwrap();
    assert!(refused(&archive).ends_with("unpack it if it is an archive, and name the folder"));
}
