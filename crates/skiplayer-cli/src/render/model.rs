//! A model for people: linear part, remaining units, what was pruned.

use std::fmt::Write;

use skiplayer_io::ModelFile;

use super::summary::label;
use super::table::table;
use super::{Style, number};

/// Units that are written out.
const MAX_UNITS: usize = 40;

/// What `skiplayer show` prints.
pub fn text(file: &ModelFile) -> String {
    let style = Style::for_stdout();
    let (summary, explanation) = (&file.summary, &file.model.explanation);
    let mut out = String::new();
    let _ = writeln!(out, "{}\n", style.bold(&summary.story));
    let origin = &file.provenance;
    let _ = writeln!(
        out,
        "fitted by skiplayer {} to {} ({} rows, fingerprint {}), seed {}\n",
        origin.version, origin.data, summary.n_rows, origin.fingerprint, origin.options.seed
    );

    let has_units = !explanation.units.is_empty();
    let title = if has_units { "linear part (projected: the best line through the network)" } else { "linear model" };
    let _ = writeln!(out, "{}", style.bold(title));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (o, intercept) in explanation.intercept.iter().enumerate() {
        let name = if explanation.intercept.len() > 1 {
            format!("{}: intercept", explanation.outputs[o])
        } else {
            "intercept".into()
        };
        rows.push(vec![name, number(*intercept), String::new(), String::new()]);
    }
    for c in &explanation.coefficients {
        let raw = explanation.raw_coefficients.iter().find(|r| (&r.input, &r.output) == (&c.input, &c.output));
        let raw = raw.map_or("0".to_owned(), |r| number(r.value));
        rows.push(vec![label(c), number(c.value), number(c.standardised), raw]);
    }
    if has_units {
        out.push_str(&table(&["", "per unit", "per sd", "skip as it stands"], &rows));
    } else {
        rows.iter_mut().for_each(|row| row.truncate(3));
        out.push_str(&table(&["", "per unit", "per sd"], &rows));
    }

    if has_units {
        let _ = writeln!(out, "\n{}", style.bold("the whole network"));
        for formula in &explanation.formulas {
            let _ = writeln!(out, "  {formula}");
        }
        for unit in explanation.units.iter().take(MAX_UNITS) {
            let _ = writeln!(out, "  {}", unit.text);
        }
        if explanation.units.len() > MAX_UNITS {
            let _ = writeln!(out, "  … and {} more units (all in `--json`)", explanation.units.len() - MAX_UNITS);
        }
    }
    let used = &summary.inputs_used;
    let names = file.model.encoding.inputs.iter().map(|i| i.name().to_owned());
    let pruned: Vec<String> = names.filter(|name| !used.contains(name)).collect();
    let _ = writeln!(out, "\n{}", style.bold("pruned"));
    let listed = if pruned.is_empty() { "no input".to_owned() } else { format!("inputs {}", pruned.join(", ")) };
    let _ = writeln!(out, "  {listed}; {} weights are left", summary.n_weights);
    for note in explanation.notes.iter().chain(&summary.warnings) {
        let _ = writeln!(out, "  note: {note}");
    }
    out
}
