//! Links between pages, and names of files in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::pages::{Page, rust_files, workspace};

/// Links of a page that lead to no file, or to no heading of it.
pub fn broken(page: &Page) -> Vec<String> {
    let root = workspace();
    let mut found = Vec::new();
    for (line, target) in links(page) {
        let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
        let name = resolve(&page.name, path);
        let file = root.join(&name);
        if !file.exists() {
            found.push(format!("{}:{line}: `{target}` leads to no file", page.name));
            continue;
        }
        let Some(heading) = heading.filter(|_| name.ends_with(".md")) else { continue };
        let text = fs::read_to_string(&file).unwrap_or_default();
        if !headings(&Page { name, text }).iter().any(|known| known == heading) {
            found.push(format!("{}:{line}: `{target}` leads to no heading", page.name));
        }
    }
    found
}

/// Rust files that a page names in backticks and that no crate has. `fit/run.rs` is any file whose path ends so.
pub fn missing_rust_files(page: &Page) -> Vec<String> {
    let known = rust_files();
    let mut found = Vec::new();
    for (line, text) in page.prose() {
        for word in
            text.split('`').skip(1).step_by(2).filter(|word| word.ends_with(".rs") && !word.contains([' ', '*']))
        {
            if !known.iter().any(|file| file == word || file.ends_with(&format!("/{word}"))) {
                found.push(format!("{}:{line}: there is no `{word}`", page.name));
            }
        }
    }
    found
}

/// Pages below `folder` to which no links lead from the page `start`.
pub fn out_of_reach(pages: &[Page], start: &str, folder: &str) -> Vec<String> {
    let mut reached = BTreeSet::from([start.to_owned()]);
    let mut to_read = vec![start.to_owned()];
    while let Some(name) = to_read.pop() {
        let Some(page) = pages.iter().find(|page| page.name == name) else { continue };
        for (_, target) in links(page) {
            let next = resolve(&page.name, target.split('#').next().unwrap_or_default());
            if reached.insert(next.clone()) {
                to_read.push(next);
            }
        }
    }
    pages
        .iter()
        .filter(|page| page.name.starts_with(folder) && !reached.contains(&page.name))
        .map(|page| page.name.clone())
        .collect()
}

/// The relative links of a page, with the number of their line.
fn links(page: &Page) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (line, text) in page.prose() {
        for (start, _) in text.match_indices("](") {
            let target = text[start + 2..].split([')', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((line, target));
            }
        }
    }
    found
}

/// The path from the root of the repository of what the page `from` calls `path`.
fn resolve(from: &str, path: &str) -> String {
    if path.is_empty() {
        return from.to_owned();
    }
    let joined = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean.to_string_lossy().replace('\\', "/")
}

/// The anchors of a page's headings, as GitHub makes them.
fn headings(page: &Page) -> Vec<String> {
    page.prose().filter(|(_, line)| line.starts_with('#')).map(|(_, line)| anchor(line)).collect()
}

fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(anchor("## What it looks at"), "what-it-looks-at");
    assert_eq!(anchor("### `--json`: one object"), "--json-one-object");
    assert_eq!(resolve("docs/how-to/groups.md", "../index.md"), "docs/index.md");
}
