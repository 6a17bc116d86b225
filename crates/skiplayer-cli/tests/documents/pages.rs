//! The Markdown pages of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// A page, by its path from the root of the repository.
pub struct Page {
    pub name: String,
    pub text: String,
}

impl Page {
    /// The lines outside of blocks of code, with their numbers from 1.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut in_code = false;
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            let fence = line.trim_start().starts_with("```");
            in_code ^= fence;
            (!in_code && !fence && !line.starts_with("    ")).then_some((index + 1, line))
        })
    }
}

/// The root of the repository.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All pages, in the order of their names.
pub fn pages() -> Vec<Page> {
    let root = workspace();
    let mut found = Vec::new();
    for part in ["", "docs", "data", "benchmarks", "crates", "tests", "findings"] {
        collect(&root.join(part), part.is_empty(), &mut found);
    }
    found.sort();
    found
        .iter()
        .map(|path| Page {
            name: path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/"),
            text: fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        })
        .collect()
}

fn collect(folder: &Path, only_here: bool, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !only_here && !hidden {
            collect(&path, false, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The Rust files of the repository, by their paths from its root.
pub fn rust_files() -> Vec<String> {
    let root = workspace();
    let mut found = Vec::new();
    collect_rust(&root.join("crates"), &mut found);
    found
        .iter()
        .map(|path| path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/"))
        .collect()
}

fn collect_rust(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        if path.is_dir() {
            collect_rust(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
