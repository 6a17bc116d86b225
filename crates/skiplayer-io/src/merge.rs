//! Models from files as one: see [`skiplayer::merge`].

use skiplayer::error::Place;
use skiplayer::fit::Fitted;
use skiplayer::merge::{Member, merge};
use skiplayer::{Error, Result, message};

use crate::model_file::{ModelFile, Provenance};
use crate::table::{ReadingRules, logarithm_of};

/// The mean of models that were fitted on different rows, as one model: on the scale of the link it predicts the mean of what they predict,
/// weighted by their training rows. What rests on the rows of one model alone is left out, and the warnings of the summary say so.
///
/// Each file comes with what messages call it.
///
/// # Errors
/// Those of [`merge`], and tables that were read differently: other words for missing cells, other units, the logarithm of a column in
/// one and its numbers in another.
pub fn merge_models(files: &[(&str, &ModelFile)]) -> Result<ModelFile> {
    let members: Vec<Member> =
        files.iter().map(|(name, file)| Member { name, model: &file.model, summary: &file.summary }).collect();
    let Fitted { model, mut summary } = merge(&members)?;
    let reading = reading(files)?;
    if files.iter().any(|(_, file)| file.evaluation.is_some() || file.intervals.is_some()) {
        let dropped = "what the evaluations of the merged models found is left out, and with it prediction intervals: both are of each model \
                       alone, not of their mean";
        summary.warnings.push(message![dropped]);
    }
    let (_, first) = files[0];
    let labels = first.labels.filter(|kind| files.iter().all(|(_, file)| file.labels == Some(*kind)));
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: format!("{} merged models", files.len()),
        fingerprint: "none".to_owned(),
        rows: files.iter().map(|(_, file)| file.provenance.rows).sum(),
        reading,
        members: files.iter().map(|(_, file)| file.provenance.clone()).collect(),
        ..first.provenance.clone()
    };
    Ok(ModelFile { model, summary, provenance, evaluation: None, intervals: None, labels })
}

/// How a table for the merged model is to be read.
fn reading(files: &[(&str, &ModelFile)]) -> Result<ReadingRules> {
    let (first_name, first) = files[0];
    let mut all = first.provenance.reading.clone();
    for (at, (name, file)) in files.iter().enumerate().skip(1) {
        let rules = &file.provenance.reading;
        if rules.missing != all.missing {
            let words = |rules: &ReadingRules| match &rules.missing {
                None => "the usual words for missing cells".to_owned(),
                Some(words) => format!("the words {} for missing cells", skiplayer::table::listed(words)),
            };
            return Err(Error::input(Place::of_file_as("the model", name), words(rules))
                .expected(format!("{}, as in {first_name}", words(&all)))
                .hint("fit one of them again, with the words of the other"));
        }
        all.decimal = all
            .decimal
            .filter(|mark| rules.decimal.is_none_or(|other| other == *mark))
            .or(rules.decimal.filter(|_| all.decimal.is_none()));
        for (before_name, before) in &files[..at] {
            let shared: Vec<String> =
                columns(file).filter(|name| columns(before).any(|own| own == *name)).cloned().collect();
            before.provenance.reading.check_units(rules, &format!("the model {name}"), &shared)?;
            check_logarithms((before_name, before), (name, file))?;
            check_logarithms((name, file), (before_name, before))?;
        }
        for (column, spelling) in &rules.spellings {
            match all.spellings.get(column) {
                // Written in two ways: a new table has to show its own.
                Some(own) if own != spelling && own.unit == spelling.unit && own.unit.is_empty() => {
                    all.spellings.remove(column);
                }
                Some(_) => {}
                None => {
                    all.spellings.insert(column.clone(), spelling.clone());
                }
            }
        }
        let new = rules.logarithms.iter().filter(|column| !all.logarithms.contains(column)).cloned();
        let new: Vec<String> = new.collect();
        all.logarithms.extend(new);
    }
    Ok(all)
}

/// The target and the inputs in use.
fn columns(file: &ModelFile) -> impl Iterator<Item = &String> {
    file.model.target.names.iter().chain(&file.summary.inputs_used)
}

/// Refuses a column of which `a` takes the logarithm and `b` the numbers, or of which `b` has the logarithm in its table.
fn check_logarithms((a_name, a): (&str, &ModelFile), (b_name, b): (&str, &ModelFile)) -> Result<()> {
    for column in &a.provenance.reading.logarithms {
        let logarithm = logarithm_of(column);
        let taken = |name: &str| b.model.encoding.columns().contains(&name);
        let is_read_otherwise = !b.provenance.reading.logarithms.contains(column);
        if is_read_otherwise && (taken(column) || taken(&logarithm)) {
            let found = format!("its logarithm in {a_name} and the cells themselves in {b_name}");
            return Err(Error::input(Place::of_column(column), found)
                .expected("one of the two in all models that are merged")
                .hint("fit one of them again, with the column read as in the other"));
        }
    }
    Ok(())
}
