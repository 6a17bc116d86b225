//! Which file of a crate imports from which other one, read off its `use` lines.
//!
//! Only what `rustfmt` and this workspace's style leave possible is understood: paths that begin with `crate`, `super`, `self` or a
//! module declared beside. A name that a `mod.rs` re-exports counts as an import from the file that defines it. Unit tests at the end
//! of a file are left out: they may look anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Names = Vec<String>;

/// The files of a crate and their imports.
pub struct Imports {
    /// Module path and text of each file, relative to `src`.
    modules: BTreeMap<Names, String>,
    /// What a module passes on under a name of its own.
    passed_on: BTreeMap<Names, BTreeMap<String, Names>>,
    /// Files that each file imports from.
    pub edges: BTreeMap<String, BTreeSet<String>>,
}

impl Imports {
    /// Of the crate in `folder`, such as `crates/skiplayer`.
    pub fn of(folder: &Path) -> Self {
        let source = folder.join("src");
        let mut sources = BTreeMap::new();
        let mut modules = BTreeMap::new();
        for file in files(&source) {
            let name = file.strip_prefix(&source).expect("below src").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            modules.insert(module_of(&name), name.clone());
            sources.insert(name, code(&text));
        }
        let mut imports = Self { modules, passed_on: BTreeMap::new(), edges: BTreeMap::new() };
        let mut wanted: BTreeMap<String, Vec<Names>> = BTreeMap::new();
        for (file, text) in &sources {
            let here = module_of(file);
            for (public, path) in used(text) {
                let Some(absolute) = imports.absolute(&path, &here) else { continue };
                if public {
                    let name = absolute.last().cloned().unwrap_or_default();
                    imports.passed_on.entry(here.clone()).or_default().insert(name, absolute);
                } else {
                    wanted.entry(file.clone()).or_default().push(absolute);
                }
            }
        }
        for (file, paths) in wanted {
            let found = paths.iter().filter_map(|path| imports.file_of(path, 0)).filter(|to| *to != file).collect();
            imports.edges.insert(file, found);
        }
        imports
    }

    /// Files that import one another in a circle, if there are any: the first circle found, in order.
    pub fn circle(&self) -> Option<Vec<String>> {
        let mut done = BTreeSet::new();
        self.edges.keys().find_map(|file| self.circle_from(file, &mut Vec::new(), &mut done))
    }

    fn circle_from(&self, file: &str, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
        if let Some(at) = way.iter().position(|seen| seen == file) {
            return Some(way[at..].to_vec());
        }
        if done.contains(file) {
            return None;
        }
        way.push(file.to_owned());
        let found = self.edges.get(file).into_iter().flatten().find_map(|next| self.circle_from(next, way, done));
        way.pop();
        done.insert(file.to_owned());
        found
    }

    /// `path` as written in module `here`, from the root of the crate; `None` for other crates.
    fn absolute(&self, path: &[String], here: &Names) -> Option<Names> {
        let join = |base: &[String], rest: &[String]| base.iter().chain(rest).cloned().collect::<Names>();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some(join(here, &path[1..])),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                Some(join(&here[..here.len().checked_sub(ups)?], &path[ups..]))
            }
            _ => {
                let beside = join(here, &path[..1]);
                self.modules.contains_key(&beside).then(|| join(here, path))
            }
        }
    }

    /// The file that defines what `path` names.
    fn file_of(&self, path: &[String], depth: usize) -> Option<String> {
        let cut = (0..=path.len()).rev().find(|&cut| self.modules.contains_key(&path[..cut]))?;
        let next = path.get(cut).filter(|_| depth < 20).and_then(|name| self.passed_on.get(&path[..cut])?.get(name));
        match next {
            Some(further) => {
                let further: Names = further.iter().chain(&path[cut + 1..]).cloned().collect();
                self.file_of(&further, depth + 1)
            }
            None => self.modules.get(&path[..cut]).cloned(),
        }
    }
}

/// The Rust files below `folder`.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `fit/path/mod.rs` is `fit::path`, `lib.rs` the root.
fn module_of(file: &str) -> Names {
    let stem = file.trim_end_matches(".rs");
    let mut parts: Names = stem.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || (parts.len() == 1 && (last == "lib" || last == "main"))) {
        parts.pop();
    }
    parts
}

/// The text without comments and without the unit tests at its end.
fn code(text: &str) -> String {
    let own = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    own.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The paths of all `use` items, and of paths from `crate` in between, with whether they are passed on.
fn used(text: &str) -> Vec<(bool, Names)> {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut item: Option<(bool, String)> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if item.is_none() {
            let public = trimmed.starts_with("pub");
            let start = if public { trimmed.split_once("use ") } else { trimmed.strip_prefix("use ").map(|t| ("", t)) };
            match start.filter(|(before, _)| before.is_empty() || before.trim_end().ends_with([')', 'b'])) {
                Some((_, tree)) => item = Some((public, tree.to_owned())),
                None => {
                    rest.push_str(line);
                    rest.push('\n');
                }
            }
        } else if let Some((_, tree)) = &mut item {
            tree.push_str(trimmed);
        }
        if let Some((public, tree)) = item.take_if(|(_, tree)| tree.contains(';')) {
            let tree = tree.split(';').next().unwrap_or_default();
            expand(tree, &[], &mut |path| found.push((public, path)));
        }
    }
    for piece in rest.split("crate::").skip(1) {
        let path: String = piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        let names = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned);
        found.push((false, std::iter::once("crate".to_owned()).chain(names).collect()));
    }
    found
}

/// Every path of the tree `a::{b, c::d as e}`, by the name it has there.
fn expand(tree: &str, before: &[String], found: &mut dyn FnMut(Names)) {
    let tree = tree.trim();
    let names =
        |path: &str| path.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    let Some(open) = tree.find('{') else {
        let path: Names = names(tree.split(" as ").next().unwrap_or_default());
        let path: Names =
            before.iter().cloned().chain(path).filter(|part| part != "self" || before.is_empty()).collect();
        return found(path);
    };
    let head: Names = names(&tree[..open]);
    let before: Names = before.iter().cloned().chain(head).collect();
    let inside = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&inside[start..at], &before, found);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inside[start..].trim().is_empty() {
        expand(&inside[start..], &before, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_and_paths_in_between_are_found() {
        let text =
            code("use crate::a::{b, c::d as e};\npub(crate) use f::G;\nlet x = crate::h::i(); // use crate::no;\n");
        let paths: Vec<(bool, String)> =
            used(&text).into_iter().map(|(public, path)| (public, path.join("::"))).collect();
        let expected = [(false, "crate::a::b"), (false, "crate::a::c::d"), (true, "f::G"), (false, "crate::h::i")];
        assert_eq!(paths, expected.map(|(public, path)| (public, path.to_owned())));
    }
}
