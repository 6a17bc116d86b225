//! What is in folders of pictures and is not used, so that it can be said.

use std::path::{Path, PathBuf};

use super::layout::short;

/// Names that a note lists.
const LISTED: usize = 3;

/// Files and folders that were passed over.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// By their endings no pictures.
    pub files: Vec<PathBuf>,
    /// Folders where pictures were expected.
    pub folders: Vec<PathBuf>,
    /// Pictures where folders were expected.
    pub pictures: Vec<PathBuf>,
    /// Pictures without a mask.
    pub without_mask: Vec<PathBuf>,
}

impl LeftOut {
    /// A sentence for each kind.
    pub fn notes(&self, source: &Path) -> Vec<String> {
        let kinds = [
            (&self.files, "file that is no picture", "files that are no pictures"),
            (&self.folders, "folder inside of a folder of pictures", "folders inside of folders of pictures"),
            (&self.pictures, "picture that is in no folder of a class", "pictures that are in no folder of a class"),
            (&self.without_mask, "picture without a mask", "pictures without a mask"),
        ];
        let note = |(paths, one, many): (&Vec<PathBuf>, &str, &str)| {
            let what = match paths.len() {
                0 => return None,
                1 => format!("1 {one}"),
                n => format!("{n} {many}"),
            };
            let shown: Vec<String> =
                paths.iter().take(LISTED).map(|path| format!("`{}`", short(source, path))).collect();
            let more = if paths.len() > LISTED { ", …" } else { "" };
            Some(format!("left out: {what} ({}{more})", shown.join(", ")))
        };
        kinds.into_iter().filter_map(note).collect()
    }
}
