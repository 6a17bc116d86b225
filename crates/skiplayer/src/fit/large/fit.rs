//! The fit of a table that is too long to be held in double precision.
//!
//! Scales and categories are learned from one column after the other, in double precision; then the rows come by once more, a
//! chunk at a time, and go standardised into [`Tiles`], the only copy. What is computed about the network afterwards (linear part,
//! standard errors, shares) comes from a random part of the rows.

use super::stochastic;
use super::stored::Tiles;
use crate::Result;
use crate::encode::{Encoding, TargetEncoding, Task};
use crate::error::Message;
use crate::fit::config::Config;
use crate::fit::fitted::{Fitted, finish};
use crate::fit::foresee::{Size, announce};
use crate::fit::loss_parameter::with_estimated_parameter;
use crate::fit::observer::{Event, Observer};
use crate::fit::rules::input_rules;
use crate::fit::sample::Sample;
use crate::fit::select::encoded::Encoded;
use crate::fit::select::plan::{Goal, Plan};
use crate::fit::thresholds;
use crate::schema::{ColumnRoles, Schema, numbered};
use crate::simd::lanes::LANES;
use crate::table::TableSource;

/// Rows for diagnostics of a network: all if no more than these, ...
const DIAGNOSTIC_ROWS: usize = 50_000;
/// ... or one in so many if that is more. Looking takes 20 times the memory of a row in tiles.
const ONE_IN: usize = 50;

/// As [`fit`](crate::fit::fit()), of more rows than [`Config::stochastic_above`].
pub fn fit(
    table: &dyn TableSource,
    target: &ColumnRoles,
    mut schema: Schema,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Fitted> {
    let mut warnings = std::mem::take(&mut schema.messages);
    let (encoding, messages) = Encoding::learn(table, &schema.inputs, &schema.rows, &schema.weight)?;
    warnings.extend(messages.iter().map(Message::from));
    let mut responses = TargetEncoding::learn(table, schema.target(), &schema.rows, &schema.weight)?;
    warnings.iter().for_each(|w| observer.event(Event::Warning(w.clone())));

    // Which rows are used is all that is kept of the preparation: 1 byte a row instead of 16, before there are tiles.
    let n = schema.rows.len();
    let mut is_used = vec![false; table.n_rows()];
    std::mem::take(&mut schema.rows).into_iter().for_each(|row| is_used[row] = true);
    let weighs = target.weighs_rows() || !schema.trials.is_empty();
    let mean_weight = std::mem::take(&mut schema.trials).iter().sum::<f64>() / n as f64;
    let weight = weighs.then(|| std::mem::take(&mut schema.weight));
    schema.weight = Vec::new();
    let mut tiles = Tiles::with_room(n, encoding.n_features(), responses.n_outputs(), schema.loss, config.seed);
    tiles.set_rules(input_rules(&schema.rules, &encoding));
    if schema.trials_column.is_some() {
        tiles.set_mean_weight(mean_weight);
    }
    for (row, weight) in weight.into_iter().flatten().enumerate() {
        tiles.set_weight(row, weight);
    }
    let mut written = 0;
    let columns: Vec<&str> = schema
        .inputs
        .iter()
        .chain(&schema.targets)
        .chain(&schema.trials_column)
        .map(String::as_str)
        .chain(schema.offset.names())
        .collect();
    let wanted = |name: &str| columns.contains(&name);
    table.each_chunk(&wanted, |start, chunk| {
        let used: Vec<usize> = (0..chunk.n_rows()).filter(|row| is_used[start + row]).collect();
        let (x, _) = encoding.apply(chunk, &used)?;
        let (y, offset) = (responses.encode(chunk, &used)?, responses.offsets_of_loss(chunk, &used)?);
        tiles.write(written, &x, &y, &offset);
        written += used.len();
        Ok(())
    })?;
    drop(is_used);
    let is_estimated = schema.loss.has_estimated_parameter() || schema.task == Task::Ordinal;
    let of_the_line = |sample: &Sample| with_estimated_parameter(sample).or_else(|| thresholds::of_the_line(sample));
    if is_estimated && let Some(loss) = of_the_line(&diagnostic_sample(&tiles, n).0) {
        tiles.set_loss(loss);
        responses.loss = Some(loss);
    }

    let plan = Plan::new(n, tiles.n_inputs(), tiles.n_outputs(), config, Goal::Deploy);
    announce(Size { rows: n, inputs: tiles.n_inputs(), outputs: tiles.n_outputs() }, config, observer);
    let solution = stochastic::solve(&mut tiles, &plan, config, observer)?;
    let train_loss = tiles.mean_loss(&solution.network);
    let (sample, rows) = diagnostic_sample(&tiles, n);
    drop(tiles);
    if let Some(groups) = &mut schema.groups {
        *groups = numbered(rows.iter().map(|&row| groups[row]));
    }
    let is_part = rows.len() < n;
    solution.messages.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    warnings.extend(solution.messages.iter().cloned());
    if is_part {
        let part = rows.len();
        let note = format!(
            "the linear part, its standard errors and shares are computed on {part} rows taken at random from {n}"
        );
        warnings.push(note.into());
    }
    let encoded = Encoded { sample, encoding, target: responses, messages };
    let mut fitted = finish(&schema, encoded, solution, config, warnings);
    fitted.summary.n_rows = n;
    fitted.summary.train_loss = train_loss;
    Ok(fitted)
}

/// The rows that the network is looked at over, and their numbers among the usable ones.
fn diagnostic_sample(tiles: &Tiles, n: usize) -> (Sample, Vec<usize>) {
    let rows = DIAGNOSTIC_ROWS.max(n / ONE_IN);
    tiles.sample(0..rows.div_ceil(LANES).min(tiles.n_tiles()))
}
