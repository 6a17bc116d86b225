//! Only front ends know how their users write an option.

use std::fs;
use std::path::Path;

use super::imports::files;

/// Crates that every front end uses.
const CRATES: [&str; 3] = ["skiplayer", "skiplayer-deep", "skiplayer-io"];

/// The string literals of a file, without comments: raw ones too, escapes as they are written.
fn strings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (before, from) = rest.split_at(at);
        if let Some(comment) = from.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, below)| below);
        } else if from.starts_with("'\"'") || from.starts_with("'\\") {
            // A character, which may be a quote.
            rest = from[2..].split_once('\'').map_or("", |(_, after)| after);
        } else if let Some(literal) = from.strip_prefix('"') {
            let hashes = before.len() - before.trim_end_matches('#').len();
            let is_raw = before.trim_end_matches('#').ends_with('r');
            let end = "\"".to_owned() + &"#".repeat(hashes);
            let length = if is_raw { literal.find(&end) } else { end_of(literal) }.unwrap_or(literal.len());
            found.push(literal[..length].to_owned());
            rest = literal.get(length + 1..).unwrap_or_default();
        } else {
            rest = &from[1..];
        }
    }
    found
}

/// Where a string that is not raw ends: at the first quote without a backslash.
fn end_of(literal: &str) -> Option<usize> {
    let mut is_escaped = false;
    literal.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

#[test]
fn no_string_below_the_front_ends_spells_a_flag_or_a_command() {
    let is_flag =
        |text: &str| text.split("--").skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_lowercase()));
    for name in CRATES {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        for file in files(&source) {
            let text = fs::read_to_string(&file).expect("a source file");
            let spelled =
                |text: &String| is_flag(text) || text.contains("skiplayer deep ") || text.contains("`skiplayer ");
            let found: Vec<String> = strings(&text).into_iter().filter(spelled).collect();
            assert!(found.is_empty(), "{}: name options by their `Setting`: {found:?}", file.display());
        }
    }
}

#[test]
fn strings_are_found_and_comments_are_not() {
    let text = "// \"no\"\nlet a = \"one \\\" two\"; let q = '\"'; f::<'a>(r#\"three \"four\"\"#); let u = \"a//b\"; // \"no\"";
    assert_eq!(strings(text), ["one \\\" two", "three \"four\"", "a//b"]);
}
