//! Folders import downwards only, and no files import each other in a circle.
//!
//! The order is the list in `ARCHITECTURE.md`: one list, so that the page cannot lie.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::imports::Imports;

/// Crates whose folders the page puts in order.
const CRATES: [&str; 3] = ["skiplayer", "skiplayer-deep", "skiplayer-io"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rooms of `name` from the ground up: lines of the block of code that begins with "layers of `name`".
fn layers(name: &str) -> Vec<String> {
    let page = fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let title = format!("```layers {name}\n");
    let (_, block) = page.split_once(&title).unwrap_or_else(|| panic!("ARCHITECTURE.md has no block `{title}`"));
    let block = block.split("```").next().unwrap_or_default();
    block.lines().flat_map(|line| line.split_whitespace()).filter(|word| *word != "·").map(str::to_owned).collect()
}

/// The folder of the crate, or the file beside `lib.rs`, that `file` is in.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

#[test]
fn no_folder_imports_from_one_above_it() {
    for name in CRATES {
        let layers = layers(name);
        let floor = |file: &str| {
            let at = layers.iter().position(|layer| layer == room(file));
            at.unwrap_or_else(|| panic!("{name}: `{}` has no place in the list of ARCHITECTURE.md", room(file)))
        };
        let imports = Imports::of(&workspace().join("crates").join(name));
        for (from, targets) in imports.edges.iter().filter(|(from, _)| *from != "lib.rs") {
            for to in targets.iter().filter(|to| *to != "lib.rs") {
                assert!(floor(to) <= floor(from), "{name}: {from} imports from {to}, which is above it");
            }
        }
    }
}

#[test]
fn every_place_of_the_list_is_there() {
    for name in CRATES {
        let source = workspace().join("crates").join(name).join("src");
        let entries = fs::read_dir(&source).expect("a crate").map(|entry| entry.expect("an entry").file_name());
        let found: BTreeSet<String> = entries.map(|entry| room(&entry.to_string_lossy()).to_owned()).collect();
        let listed: BTreeSet<String> = layers(name).into_iter().chain(["lib".to_owned()]).collect();
        assert_eq!(found, listed, "{name}");
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for name in CRATES {
        let circle = Imports::of(&workspace().join("crates").join(name)).circle();
        assert_eq!(circle, None, "{name}: these files import each other in a circle");
    }
}
