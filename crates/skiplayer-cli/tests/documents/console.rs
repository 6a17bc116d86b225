//! Blocks of the kind ```` ```console ````: lines that begin with `$ ` are commands, the lines below are what they print.
//!
//! The blocks of a page run in order in one temporary folder, where `data` is that of the repository. A line `...` stands for any lines
//! that are left out. Numbers may differ by a hundredth, as processors round differently, and so may blanks; times are not compared.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::pages::{Page, workspace};

pub const FENCE: &str = "```console\n";

/// Environment variable: write what was printed into the pages.
pub const UPDATE: &str = "UPDATE_PAGES";

/// What a page shows that is not what its commands print.
pub fn differences(page: &Page) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    share(&workspace().join("data"), &folder.path().join("data"));
    let mut text = page.text.clone();
    let mut wrong = Vec::new();
    for block in blocks(&page.text) {
        let mut rewritten = String::new();
        for step in steps(block) {
            let (printed, worked) = run(&step.command, folder.path());
            let printed: Vec<&str> = printed.lines().collect();
            let same = agree(&step.shown, &printed);
            let update =
                (std::env::var_os(UPDATE).is_some() && worked).then(|| updated(&step.shown, &printed)).flatten();
            if !worked || (!same && update.is_none()) {
                wrong.push(format!("{}: `{}` prints\n{}", page.name, step.command, printed.join("\n")));
            }
            let lines =
                update.filter(|_| !same).unwrap_or_else(|| step.shown.iter().map(|&line| line.to_owned()).collect());
            rewritten += &format!("$ {}\n", step.command);
            lines.iter().for_each(|line| rewritten += &format!("{line}\n"));
        }
        text = text.replacen(&format!("{FENCE}{block}```"), &format!("{FENCE}{rewritten}```"), 1);
    }
    if text != page.text {
        fs::write(workspace().join(&page.name), text).unwrap_or_else(|error| panic!("{}: {error}", page.name));
    }
    wrong
}

/// A command and what the page shows below it.
struct Step<'a> {
    command: String,
    shown: Vec<&'a str>,
}

fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split(FENCE).skip(1).map(|rest| rest.split("```").next().unwrap_or_default())
}

fn steps(block: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.to_owned(), shown: Vec::new() }),
            // A command goes on after a backslash.
            (None, Some(step)) if step.command.ends_with('\\') && step.shown.is_empty() => {
                step.command += &format!("\n{line}")
            }
            (None, Some(step)) => step.shown.push(line),
            (None, None) => panic!("a block begins with a command, not with `{line}`"),
        }
    }
    steps
}

/// What a command prints on both streams, and whether it ended well.
fn run(command: &str, folder: &Path) -> (String, bool) {
    let program = Path::new(env!("CARGO_BIN_EXE_skiplayer")).parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(program.to_owned()).chain(std::env::split_paths(&path));
    let done = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .env("PATH", std::env::join_paths(paths).expect("folders without colons"))
        .env_remove("COLUMNS")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    (String::from_utf8_lossy(&done.stdout).into_owned(), done.status.success())
}

/// Copies the files of `from`: a command that wrote into a link would write into the repository.
fn share(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("data/") {
        let path = entry.expect("a readable folder").path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
}

/// Whether `printed` is what is `shown`, where `...` stands for any lines.
fn agree(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|left_out| agree(rest, &printed[left_out..])),
        Some((first, rest)) => {
            printed.split_first().is_some_and(|(line, others)| same_line(first, line) && agree(rest, others))
        }
    }
}

/// Equal words, numbers within a hundredth; whatever is a time by its unit.
fn same_line(shown: &str, printed: &str) -> bool {
    let words = |line: &'_ str| -> Vec<String> {
        line.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (shown, printed) = (words(shown), words(printed));
    shown.len() == printed.len()
        && (0..shown.len()).all(|at| {
            let is_time = shown.get(at + 1).is_some_and(|unit| ["s", "ms", "min", "minutes"].contains(&unit.as_str()));
            same_word(&shown[at], &printed[at], is_time)
        })
}

fn same_word(shown: &str, printed: &str, is_time: bool) -> bool {
    let bare = |word: &str| word.trim_matches(['(', ')', '[', ']', ',', ';', ':', '%']).parse::<f64>();
    match (bare(shown), bare(printed)) {
        _ if shown == printed => true,
        (Ok(a), Ok(b)) => is_time || (a - b).abs() <= 1e-5 + 0.01 * a.abs().max(b.abs()),
        _ => false,
    }
}

/// What the page would show of `printed`; `None` if it leaves out lines in more than one place.
fn updated(shown: &[&str], printed: &[&str]) -> Option<Vec<String>> {
    let own = |lines: &[&str]| lines.iter().map(|line| (*line).trim_end().to_owned()).collect::<Vec<_>>();
    let mut parts = shown.split(|line| *line == "...");
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), None, _) => Some(own(printed)),
        (Some(head), Some(tail), None) if head.len() + tail.len() <= printed.len() => {
            let mut lines = own(&printed[..head.len()]);
            lines.push("...".into());
            lines.extend(own(&printed[printed.len() - tail.len()..]));
            Some(lines)
        }
        _ => None,
    }
}

#[test]
fn lines_left_out_times_and_last_digits_are_no_differences() {
    assert!(agree(&["a", "...", "wrote x, 0.53 s after"], &["a", "b", "c", "wrote  x, 12 s after"]));
    assert!(agree(&["..."], &[]));
    assert!(agree(&["R2 (0.4927),"], &["R2   (0.4929),"]));
    assert!(!agree(&["R2 0.4927"], &["R2 0.5927"]));
    assert!(!agree(&["a", "..."], &["b"]));
    assert_eq!(
        updated(&["a", "...", "d"], &["A", "b", "c", "D"]),
        Some(vec!["A".to_owned(), "...".into(), "D".into()])
    );
}
