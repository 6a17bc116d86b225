//! What a reader of images is asked for.

use std::path::{Path, PathBuf};

/// How to read images; the default decides everything from the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageOptions {
    /// Height and width that pictures are brought to: the shorter side is scaled, the rest cut off evenly. `None` expects that
    /// all are of one size. Folders of pictures only.
    pub size: Option<[usize; 2]>,
    /// A file that keeps the decoded pictures; it is made anew when a file, its size or its time has changed. Folders of
    /// pictures only.
    pub cache: Option<PathBuf>,
    /// The 20 coarse classes of CIFAR-100 instead of the 100 fine ones.
    pub coarse_labels: bool,
}

/// What is done with pictures of another size than is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherSizes {
    /// The shorter side is scaled, the rest cut off evenly.
    Scaled,
    Refused,
}

pub(super) const EXPECTED: &str = "`digits` or `digit-scenes`, or a folder with CIFAR-10, CIFAR-100, IDX files, a folder of pictures for each \
                        class, or the folders images and masks";

/// What the data set in `source` is called.
pub(super) fn name(source: &Path) -> String {
    let absolute = std::fs::canonicalize(source).unwrap_or_else(|_| source.to_owned());
    absolute.file_name().map_or_else(|| "images".to_owned(), |name| name.to_string_lossy().into_owned())
}
