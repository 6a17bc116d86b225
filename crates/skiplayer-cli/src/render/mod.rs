//! Text for people.

pub mod model;
pub mod summary;
mod table;

use std::io::{ErrorKind, IsTerminal, Write};

use skiplayer::{Error, Result};

/// Colours, or none: pipes, files, `NO_COLOR` and dumb terminals get plain text.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    coloured: bool,
}

impl Style {
    pub fn for_stdout() -> Self {
        Self { coloured: std::io::stdout().is_terminal() && wanted() }
    }

    pub fn for_stderr() -> Self {
        Self { coloured: std::io::stderr().is_terminal() && wanted() }
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

    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.coloured { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// See no-color.org.
fn wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

/// Writes to stdout; a reader that has had enough is no error.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::failure("stdout", e.to_string())),
        _ => Ok(()),
    }
}

/// Each warning once, on stderr.
pub fn warnings(warnings: &[String]) {
    let style = Style::for_stderr();
    for (i, warning) in warnings.iter().enumerate() {
        if !warnings[..i].contains(warning) {
            eprintln!("{} {warning}", style.yellow("note:"));
        }
    }
}

/// A number for a table: four significant digits.
pub fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (1e-3..1e5).contains(&size) => {
            let digits = (3 - size.log10().floor() as i32).max(0) as usize;
            format!("{value:.digits$}")
        }
        _ => format!("{value:.3e}"),
    }
}

/// `61%`, with a digit where it is small.
pub fn percent(share: f64) -> String {
    if share.abs() < 0.0995 { format!("{:.1}%", 100.0 * share) } else { format!("{:.0}%", 100.0 * share) }
}
