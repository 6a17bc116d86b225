//! What a reader of images is asked for.

use std::path::{Path, PathBuf};

use skiplayer::{Error, Result};
use skiplayer_deep::data::{Fit, PictureOptions};

/// How to read images; the default decides everything from the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageOptions {
    /// Of folders of pictures.
    pub pictures: PictureOptions,
    /// A file that keeps the decoded pictures; it is made anew when a file, its size or its time has changed. Folders of
    /// pictures without masks only.
    pub cache: Option<PathBuf>,
    /// The 20 coarse classes of CIFAR-100 instead of the 100 fine ones.
    pub coarse_labels: bool,
}

impl ImageOptions {
    /// With a file that keeps the decoded pictures.
    #[must_use]
    pub fn with_cache(self, cache: impl Into<PathBuf>) -> Self {
        Self { cache: Some(cache.into()), ..self }
    }

    /// With the coarse classes of CIFAR-100.
    #[must_use]
    pub fn coarse(self) -> Self {
        Self { coarse_labels: true, ..self }
    }
}

impl From<PictureOptions> for ImageOptions {
    /// Without a cache.
    fn from(pictures: PictureOptions) -> Self {
        Self { pictures, ..Self::default() }
    }
}

impl ImageOptions {
    /// Whether the size is one that pictures have.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn check(&self) -> Result<()> {
        match self.pictures.size {
            Some(size) if size.iter().any(|side| !(1..=16_384).contains(side)) => {
                Err(Error::input("image size", format!("{} x {}", size[0], size[1]))
                    .expected("1 to 16384 pixels a side"))
            }
            _ => Ok(()),
        }
    }
}

/// What is done with pictures of another size than is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherSizes {
    Fitted(Fit),
    Refused,
}

pub(super) const EXPECTED: &str = "`digits` or `digit-scenes`, or a folder with CIFAR-10, CIFAR-100, IDX files, a folder of pictures for each \
                        class, or the folders images and masks";

/// What the data set in `source` is called.
pub(super) fn name(source: &Path) -> String {
    let absolute = std::fs::canonicalize(source).unwrap_or_else(|_| source.to_owned());
    absolute.file_name().map_or_else(|| "images".to_owned(), |name| name.to_string_lossy().into_owned())
}
