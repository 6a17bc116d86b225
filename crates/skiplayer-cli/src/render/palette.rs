//! Colours, or none: pipes, files, `NO_COLOR`, `CLICOLOR=0` and dumb terminals get plain text.

use std::env;
use std::io::{self, IsTerminal};

/// Puts escape codes around text, or leaves it alone.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    is_on: bool,
}

impl Palette {
    pub fn of_stdout() -> Self {
        Self { is_on: wanted(io::stdout().is_terminal()) }
    }

    pub fn of_stderr() -> Self {
        Self { is_on: wanted(io::stderr().is_terminal()) }
    }

    #[cfg(test)]
    pub fn plain() -> Self {
        Self { is_on: false }
    }

    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub fn red(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.is_on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The order of <https://no-color.org> and <https://bixense.com/clicolors>.
fn wanted(is_terminal: bool) -> bool {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    is_terminal && set("CLICOLOR").is_none_or(|value| value != "0") && set("TERM").is_none_or(|kind| kind != "dumb")
}
