//! `skiplayer inspect`: what each column of a table would be taken for, before any fit.

use serde_json::{Value, json};
use skiplayer::error::Message;
use skiplayer::schema::{ColumnRoles, resolve, row_names};
use skiplayer::table::TableSource;
use skiplayer::{Error, Result};
use skiplayer_io::{ColumnKind, ColumnSummary, ReadingRules, read_long_tables};

use crate::args::InspectJob;
use crate::output::{self, Warnings};
use crate::render;
use crate::spelling::CommandLine;

/// What was found, for people or as JSON.
pub struct Inspection {
    pub files: String,
    pub format: String,
    pub n_rows: usize,
    pub columns: Vec<ColumnSummary>,
    pub rules: ReadingRules,
    /// Columns that would be no inputs, with the reason: without roles, those that name the rows.
    pub set_aside: Vec<(String, String)>,
    /// What would be predicted.
    pub roles: Option<Roles>,
}

pub struct Roles {
    pub task: &'static str,
    pub n_rows: usize,
    pub n_groups: Option<usize>,
    pub inputs: Vec<String>,
}

pub fn run(job: &InspectJob) -> Result<()> {
    let warnings = Warnings::new(job.output.quiet);
    let data = read_long_tables(&job.data, &job.read)?;
    warnings.extend(&data.notes);
    let table: &dyn TableSource = &data.table;
    let summary = |at: usize| table.column_at(at).map(|column| ColumnSummary::of(&column));
    let columns = (0..table.names().len()).map(summary).collect::<Result<Vec<_>>>()?;
    let mut set_aside = Vec::new();
    let roles = match &job.roles {
        Some(roles) => {
            let spec = ColumnRoles { lines: data.lines.clone(), ..roles.clone() };
            let schema = resolve(table, &spec)?;
            set_aside.extend(schema.set_aside.into_iter().map(|aside| (aside.column, said(&aside.reason))));
            // The table shows them with their reasons.
            let is_aside = |text: &String| {
                set_aside
                    .iter()
                    .any(|(name, _): &(String, String)| text.starts_with(&format!("column `{name}` is set aside")))
            };
            schema.messages.iter().map(said).filter(|text| !is_aside(text)).for_each(|text| warnings.add(&text));
            Some(Roles {
                task: schema.task.name(),
                n_rows: schema.rows.len(),
                n_groups: schema.groups.map(|groups| groups.iter().max().map_or(0, |last| last + 1)),
                inputs: schema.inputs,
            })
        }
        None => {
            set_aside.extend(row_names(table)?.into_iter().map(|(name, reason)| (name, reason.to_owned())));
            None
        }
    };
    let files: Vec<String> = job.data.iter().map(|path| path.display().to_string()).collect();
    let inspection = Inspection {
        files: files.join(", "),
        format: data.format.describe(data.has_header),
        n_rows: table.n_rows(),
        columns,
        rules: data.rules,
        set_aside,
        roles,
    };
    let warnings = warnings.finish();
    if job.output.json {
        return output::print_json(&to_json(&inspection, &warnings)?);
    }
    output::print(&render::inspected(&inspection))
}

/// A message in the words of the command line.
fn said(message: &Message) -> String {
    message.spelled(&CommandLine).to_string()
}

fn to_json(inspection: &Inspection, warnings: &[String]) -> Result<Value> {
    let column = |summary: &ColumnSummary| {
        let meaning = summary.meaning.to_string();
        let mut column = json!({ "name": summary.name, "meaning": meaning, "n_missing": summary.missing });
        match &summary.kind {
            ColumnKind::Number { min, median, mean, max } => {
                column["kind"] = json!("numbers");
                column["min"] = json!(min);
                column["median"] = json!(median);
                column["mean"] = json!(mean);
                column["max"] = json!(max);
            }
            ColumnKind::Category { most_frequent, n_levels } => {
                column["kind"] = json!("categories");
                column["n_levels"] = json!(n_levels);
                column["most_frequent"] = json!(most_frequent);
            }
            ColumnKind::Empty => column["kind"] = json!("empty"),
        }
        column
    };
    let rules =
        serde_json::to_value(&inspection.rules).map_err(|error| Error::failure("writing JSON", error.to_string()))?;
    let aside = |(name, reason): &(String, String)| json!({ "column": name, "reason": reason });
    let mut result = json!({
        "data": inspection.files,
        "format": inspection.format,
        "n_rows": inspection.n_rows,
        "columns": inspection.columns.iter().map(column).collect::<Vec<_>>(),
        "reading": rules,
        "set_aside": inspection.set_aside.iter().map(aside).collect::<Vec<_>>(),
        "warnings": warnings,
    });
    if let Some(roles) = &inspection.roles {
        result["task"] = json!(roles.task);
        result["n_rows_used"] = json!(roles.n_rows);
        if let Some(n_groups) = roles.n_groups {
            result["n_groups"] = json!(n_groups);
        }
        result["inputs"] = json!(roles.inputs);
    }
    Ok(result)
}
