//! What is made from the arguments: completions of shells and pages of the manual.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;
use skiplayer::{Error, Result};

use crate::args::LowArgs;
use crate::output;

const NAME: &str = "skiplayer";

/// Print the completions of a shell.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  skiplayer completions bash > ~/.local/share/bash-completion/completions/skiplayer
  skiplayer completions zsh > ~/.zfunc/_skiplayer
  skiplayer completions fish > ~/.config/fish/completions/skiplayer.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Known,
}

/// Shells whose completions are tried.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Known {
    Bash,
    Zsh,
    Fish,
}

impl Completions {
    /// Writes the script to standard output.
    ///
    /// # Errors
    /// Standard output that cannot be written to.
    pub fn run(&self) -> Result<()> {
        let shell = match self.shell {
            Known::Bash => Shell::Bash,
            Known::Zsh => Shell::Zsh,
            Known::Fish => Shell::Fish,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut LowArgs::command(), NAME, &mut script);
        output::print(&String::from_utf8_lossy(&script))
    }
}

/// Print a page of the manual.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  skiplayer man | man -l -
  skiplayer man fit > skiplayer-fit.1")]
pub struct Man {
    /// The command that it is about [default: the program]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Man {
    /// Writes the page to standard output, in roff.
    ///
    /// # Errors
    /// A command that there is not; standard output that cannot be written to.
    pub fn run(&self) -> Result<()> {
        let mut command = LowArgs::command();
        command.build();
        let mut name = NAME.to_owned();
        for word in &self.command {
            let words: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
            let found = command.find_subcommand(word).cloned();
            command = found.ok_or_else(|| Error::input("man", format!("`{word}`")).expected(words.join(", ")))?;
            name = format!("{name}-{word}");
        }
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(command.name(name)).render(&mut page);
        rendered.map_err(|error| Error::failure("the manual", error.to_string()))?;
        output::print(&String::from_utf8_lossy(&page))
    }
}
