//! The way out: results to stdout, everything else to stderr.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Mutex;

use console::Term;
use serde_json::Value;
use skiplayer::error::Message;
use skiplayer::{Error, Result};

use crate::render::{Palette, wrap};
use crate::spelling::in_words;

/// Warnings beyond this are only counted on the terminal: a table of thousands of columns can have thousands.
const MOST_WARNINGS: usize = 20;
/// Lines of text longer than this are hard to read.
const WIDEST: usize = 100;

/// What a message on stderr is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    Error,
    Warning,
    /// What nobody has to act upon.
    #[cfg(feature = "deep")]
    Note,
}

/// Writes to stdout. A reader that has seen enough (`| head`) is no error.
pub fn print(text: &str) -> Result<()> {
    print_part(text).map(|_| ())
}

/// Writes to stdout; whether somebody still reads.
pub fn print_part(text: &str) -> Result<bool> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::failure("standard output", error.to_string())),
    }
}

/// Writes one JSON object to stdout, on one line.
pub fn print_json(value: &Value) -> Result<()> {
    print(&format!("{value}\n"))
}

/// Writes a message to stderr, wrapped if a person reads it. What cannot be written there cannot be told anywhere.
pub fn complain(label: Label, message: &str) {
    let palette = Palette::of_stderr();
    let name = match label {
        Label::Error => palette.red("error:"),
        Label::Warning => palette.yellow("warning:"),
        #[cfg(feature = "deep")]
        Label::Note => palette.dim("note:"),
    };
    let mut text = format!("{name} {message}");
    if io::stderr().is_terminal() {
        text = wrap(&text, width(&Term::stderr()), 0);
    }
    let _ = writeln!(io::stderr(), "{text}");
}

/// Columns for text on stdout.
pub fn stdout_width() -> usize {
    width(&Term::stdout())
}

fn width(terminal: &Term) -> usize {
    terminal.size_checked().map_or(WIDEST, |(_, columns)| usize::from(columns).clamp(40, WIDEST))
}

/// Warnings, each of them once.
pub struct Warnings {
    said: Mutex<Vec<String>>,
    quiet: bool,
}

impl Warnings {
    /// `quiet`: remember them and print none.
    pub fn new(quiet: bool) -> Self {
        Self { said: Mutex::new(Vec::new()), quiet }
    }

    /// Remembers `warning`, and prints it if it is new.
    pub fn add(&self, warning: &str) {
        let n = {
            let mut said = self.said.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if said.iter().any(|old| old == warning) {
                return;
            }
            said.push(warning.to_owned());
            said.len()
        };
        if !self.quiet && n <= MOST_WARNINGS {
            complain(Label::Warning, warning);
        }
    }

    /// Remembers and prints those of `warnings` that are new.
    pub fn extend(&self, warnings: &[String]) {
        warnings.iter().for_each(|warning| self.add(warning));
    }

    /// As [`extend`](Self::extend), for messages that name options.
    pub fn extend_with(&self, messages: &[Message]) {
        messages.iter().for_each(|message| self.add(&in_words(message)));
    }

    /// All warnings; says how many were not printed.
    pub fn finish(self) -> Vec<String> {
        let said = self.said.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !self.quiet && said.len() > MOST_WARNINGS {
            complain(Label::Warning, &format!("… and {} more (all of them with `--json`)", said.len() - MOST_WARNINGS));
        }
        said
    }
}
