//! How this program writes the options and commands that errors and warnings name.

use skiplayer::error::{Message, Spelling, Value};
use skiplayer::fit::options::LAMBDA_CHOICE;
use skiplayer_io::table::settings::SKIP_LINES;

use crate::render::shell_word;

/// `--keep age`, `skiplayer deep show`.
#[derive(Debug, Clone, Copy)]
pub struct CommandLine;

impl Spelling for CommandLine {
    fn setting(&self, field: &str, name: &str, value: Option<&Value>) -> String {
        let flag = flag(field, name);
        match value {
            None => format!("--{flag}"),
            Some(Value::Flag(true)) => format!("--{flag}"),
            Some(Value::Flag(false)) => format!("--no-{flag}"),
            Some(Value::Word(word)) => format!("--{flag} {}", shell_word(word)),
            Some(Value::Names(names)) => format!("--{flag} {}", shell_word(&listed(names))),
            Some(Value::Number(number)) => format!("--{flag} {number}"),
        }
    }

    fn action(&self, _function: &str, name: &str) -> String {
        format!("skiplayer {name}")
    }

    fn feature(&self, name: &str) -> String {
        format!("cargo build --release -p skiplayer-cli --features {name}")
    }
}

/// The long flag of an option, without dashes: its name, in which a number of things is called by the things (`n_units`:
/// `units`).
pub fn flag(field: &str, name: &str) -> String {
    if field == LAMBDA_CHOICE.field {
        return "lambda".to_owned();
    }
    if field == SKIP_LINES.field {
        return "skip".to_owned();
    }
    name.strip_prefix("n_").unwrap_or(name).replace('_', "-")
}

/// A message as this program writes it.
pub fn in_words(message: &Message) -> String {
    message.spelled(&CommandLine).to_string()
}

/// Names as a list is typed: what holds a comma goes into double quotes.
fn listed(names: &[String]) -> String {
    let quoted = names.iter().map(|name| if name.contains(',') { format!("\"{name}\"") } else { name.clone() });
    quoted.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use skiplayer::evaluate::options::EVALUATE;
    use skiplayer::fit::options::{N_UNITS, SKIP};
    use skiplayer::message;
    use skiplayer::schema::options::KEEP;

    use super::*;

    #[test]
    fn options_are_written_as_they_are_typed() {
        let message = message![KEEP.to("strength (MPa, 28 days)"), N_UNITS.to(3), &LAMBDA_CHOICE, SKIP.to(false)];
        assert_eq!(in_words(&message), "`--keep '\"strength (MPa, 28 days)\"'``--units 3``--lambda``--no-skip`");
        assert_eq!(in_words(&message![EVALUATE.to(false)]), "`--no-evaluate`");
    }
}
