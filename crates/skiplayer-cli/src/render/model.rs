//! What is said about a model, and in which order.

use std::path::Path;

use skiplayer::evaluate::{advised_logarithms, disagreement};
use skiplayer_io::ModelFile;

use super::evaluation;
use super::number;
use super::page::Page;
use super::parts;

/// Coefficients after a fit; `show` has them all.
const MOST_COEFFICIENTS: usize = 12;

/// The end of `skiplayer fit`.
pub fn fitted(file: &ModelFile, path: &Path, seconds: f64) -> String {
    let mut page = Page::for_stdout();
    let summary = &file.summary;
    let path = shell_word(&path.display().to_string());
    page.headline(&headline(file));
    parts::task(&mut page, file);
    parts::network(&mut page, file);
    parts::shares(&mut page, summary);
    parts::fit(&mut page, summary);
    parts::ensemble(&mut page, summary);
    parts::contenders(&mut page, summary);
    parts::coefficients(&mut page, file, MOST_COEFFICIENTS, &path);
    if let Some(found) = &file.evaluation {
        evaluation::evaluation(&mut page, found);
    }
    page.gap();
    page.fact("wrote", &format!("{path}, {} after the start", number::seconds(seconds)));
    page.fact("next", &format!("skiplayer show {path}"));
    if let Some(columns) = file.evaluation.as_ref().and_then(advised_logarithms) {
        page.fact("", &format!("the same again with --log {}", shell_word(&columns.join(","))));
    }
    page.fact("", &format!("skiplayer predict {path} NEW.csv -o predictions.csv"));
    page.finish()
}

/// All of `skiplayer show`.
pub fn shown(file: &ModelFile) -> String {
    let mut page = Page::for_stdout();
    let summary = &file.summary;
    page.headline(&summary.headline);
    parts::task(&mut page, file);
    parts::network(&mut page, file);
    parts::shares(&mut page, summary);
    parts::fit(&mut page, summary);
    parts::provenance(&mut page, file);
    parts::formulas(&mut page, &file.model.explanation);
    parts::coefficients(&mut page, file, usize::MAX, "");
    if let Some(found) = &file.evaluation {
        evaluation::evaluation(&mut page, found);
        evaluation::details(&mut page, found);
    }
    parts::contenders(&mut page, summary);
    parts::members(&mut page, summary);
    parts::path(&mut page, summary);
    parts::notes(&mut page, file);
    page.finish()
}

/// The verdict, if there is one, before the headline of this one model.
fn headline(file: &ModelFile) -> String {
    let headline = &file.summary.headline;
    let Some(found) = &file.evaluation else { return headline.clone() };
    let other = disagreement(&file.summary, found).map_or(String::new(), |sentence| format!(" {sentence}"));
    format!("{}{other} {headline}", found.verdict.text)
}

/// A path that can be pasted into a shell.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_shell() {
        assert_eq!(shell_word("a/b-1.safetensors"), "a/b-1.safetensors");
        assert_eq!(shell_word("my file's"), r"'my file'\''s'");
    }
}
