//! The reference page of the options, written from the same arguments that the parser has.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use clap::{Arg, Command, CommandFactory};
use skiplayer::error::Setting;
use skiplayer::evaluate::options::{EVALUATE, EVALUATION};
use skiplayer::fit::options::CONFIG;
use skiplayer::schema::options::ROLES;
use skiplayer_deep::options::RECIPE;
use skiplayer_io::table::settings::{READ, READ_COLUMNS};

use crate::args::LowArgs;
use crate::spelling::flag;

const PAGE: &str = "../../docs/reference/options.md";
/// Set to write the page instead of comparing it.
const UPDATE: &str = "UPDATE_PAGES";

const INTRODUCTION: &str = "\
# Options of the command line

This page is made from the tables of options that the parser reads (`skiplayer COMMAND --help` says the same; `skiplayer man COMMAND` \
prints it as a page of the manual, and `skiplayer completions bash|zsh|fish` completes it in a shell). A test keeps it current: \
`UPDATE_PAGES=1 cargo test -p skiplayer-cli reference` writes it anew.
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut program = LowArgs::command();
    program.build();
    program
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .for_each(|sub| command(&mut page, sub, "skiplayer"));
    page += "\n## Names in Rust\n\nPython has the names of the last part; `lambda_choice` is `alpha_choice` there.\n\n| option | field |\n|---|---|\n";
    let of_reading = READ_COLUMNS.into_iter().chain(READ);
    names(&mut page, ROLES.into_iter().chain(of_reading).chain(CONFIG).chain([&EVALUATE]).chain(EVALUATION));
    page +=
        "\nOf deep networks, `--set FIELD=VALUE` takes the names of the last part:\n\n| option | field |\n|---|---|\n";
    names(&mut page, RECIPE);
    page
}

/// How options of the command line are called in Rust.
fn names(page: &mut String, settings: impl IntoIterator<Item = &'static Setting>) {
    for setting in settings {
        let negation = if setting.off.is_empty() { "" } else { "no-" };
        let _ = writeln!(page, "| `--{negation}{}` | `{}` |", flag(setting.field, setting.name), setting.field);
    }
}

fn command(page: &mut String, command: &Command, above: &str) {
    let name = format!("{above} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = write!(page, "\n## {name}\n\n{about}.\n", about = about.trim_end_matches('.'));
    let mut section = None;
    let args = command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help");
    let mut args: Vec<&Arg> = args.collect();
    let mut headings: Vec<Option<&str>> = Vec::new();
    args.iter().for_each(|arg| {
        if !headings.contains(&arg.get_help_heading()) {
            headings.push(arg.get_help_heading());
        }
    });
    args.sort_by_key(|arg| headings.iter().position(|heading| *heading == arg.get_help_heading()));
    for arg in args {
        if section != Some(arg.get_help_heading()) {
            section = Some(arg.get_help_heading());
            let title = arg.get_help_heading().map_or_else(String::new, |title| format!("\n**{title}**\n"));
            let _ = write!(page, "{title}\n| option | default | meaning |\n|---|---|---|\n");
        }
        let _ = writeln!(page, "| {} | {} | {} |", written(arg), default(arg), meaning(arg));
    }
    command.get_subcommands().filter(|sub| sub.get_name() != "help").for_each(|sub| self::command(page, sub, &name));
}

/// `-o, --output MODEL`.
fn written(arg: &Arg) -> String {
    let takes = arg.get_action().takes_values();
    let value = arg.get_value_names().filter(|_| takes).and_then(|names| names.first());
    let value = value.map_or_else(|| arg.get_id().to_string().to_uppercase(), ToString::to_string);
    match arg.get_long() {
        Some(long) => {
            let short = arg.get_short().map_or_else(String::new, |short| format!("-{short}, "));
            format!("`{short}--{long}{}`", if takes { format!(" {value}") } else { String::new() })
        }
        None => format!("`{value}`"),
    }
}

fn default(arg: &Arg) -> String {
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if defaults.is_empty() || !arg.get_action().takes_values() {
        String::new()
    } else {
        format!("`{}`", defaults.join(","))
    }
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let words: Vec<String> = if arg.get_action().takes_values() {
        let shown = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
        let word = |value: clap::builder::PossibleValue| match value.get_help() {
            Some(help) => format!("`{}` ({help})", value.get_name()),
            None => format!("`{}`", value.get_name()),
        };
        shown.map(word).collect()
    } else {
        Vec::new()
    };
    let words = if words.is_empty() { String::new() } else { format!(": {}", words.join("; ")) };
    format!("{help}{words}").replace('|', "\\|").replace('\n', " ")
}

#[test]
fn the_reference_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if std::env::var_os(UPDATE).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        written == page(),
        "docs/reference/options.md is old: run `{UPDATE}=1 cargo test -p skiplayer-cli reference`"
    );
}
