//! What each input does: the line, and the perturbation around it.

use std::ops::Range;

use skiplayer::explain::{Curve, Effect, Interaction};

use super::Section;
use crate::report::ReportInput;
use crate::report::chart::Ink;
use crate::report::chart::effect::{common_range, draw_effect, is_bent};
use crate::report::chart::strip::{Mark, Strip};
use crate::report::html::{Column, Html, Table, cells, details, escape, figure, heading, html, name, note, panels};
use crate::report::number::{percent, short};

/// Charts before the rest is folded away.
const MOST_CHARTS: usize = 12;
/// Levels of a category in one table.
const MOST_LEVELS: usize = 25;

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let effects = input.effects;
    if effects.inputs.is_empty() && effects.interactions.is_empty() {
        return None;
    }
    let mut body = legend(effects.inputs.iter().any(is_bent));
    let mut outputs: Vec<&Option<String>> = Vec::new();
    effects.inputs.iter().map(|effect| &effect.output).for_each(|o| {
        if !outputs.contains(&o) {
            outputs.push(o)
        }
    });
    for output in outputs {
        let of_output: Vec<&Effect> = effects.inputs.iter().filter(|effect| effect.output == *output).collect();
        if let Some(output) = output {
            body += &heading(output);
        }
        body += &one_output(&of_output);
    }
    if effects.n_left_out > 0 {
        body += &note(&format!("{} weaker inputs are left out.", effects.n_left_out));
    }
    if !effects.interactions.is_empty() {
        body += &interactions(&effects.interactions);
    }
    Some(Section { id: "effects", title: "What each input does", body })
}

fn legend(some_are_bent: bool) -> Html {
    let key = |class: &str, text: &str| {
        html!("<li><span class=\"key line-{}\" aria-hidden=\"true\"></span>{}</li>", class, text)
    };
    let mut keys = vec![key("linear", "the linear part (dashed)")];
    if some_are_bent {
        keys.push(key("network", "line plus perturbation: accumulated local effects"));
        keys.push(key("faint", "single rows"));
    }
    keys.push(key("rug", "deciles of the input"));
    html!("<ul class=\"legend\">{}</ul>\n", Html::concat(&keys))
}

fn one_output(effects: &[&Effect]) -> Html {
    let Some(range) = common_range(effects.iter().copied()) else { return note("The effects are not finite numbers.") };
    let unit = effects.first().map(|effect| effect.unit.as_str()).unwrap_or_default();
    let mut html = html!(
        "<p>Effect on {}, centred. All charts have the same vertical scale, the strongest input first.</p>\n",
        name(unit)
    );
    let numeric: Vec<Html> = effects.iter().filter_map(|effect| chart(effect, &range)).collect();
    html += &panels(&numeric[..numeric.len().min(MOST_CHARTS)]);
    if numeric.len() > MOST_CHARTS {
        let rest = &numeric[MOST_CHARTS..];
        html += &details(&format!("{} weaker inputs", rest.len()), &panels(rest));
    }
    effects.iter().filter_map(|effect| levels(effect)).for_each(|table| html += &table);
    html
}

fn chart(effect: &Effect, range: &Range<f64>) -> Option<Html> {
    let svg = draw_effect(effect, range)?;
    let bend = if is_bent(effect) {
        format!("of the perturbation {}", short(effect.nonlinear_size))
    } else {
        "no perturbation".to_owned()
    };
    let caption = html!(
        "<strong>{}</strong> <span class=\"sizes\">s.d. of the line {}, {}</span>",
        name(&effect.input),
        short(effect.linear_size),
        bend
    );
    Some(figure(&caption, &svg))
}

fn levels(effect: &Effect) -> Option<Html> {
    let Curve::Levels { levels, counts, line, partial } = &effect.curve else { return None };
    let strip = Strip::covering(line.iter().chain(partial).copied().chain([0.0]))?;
    let mut table = Table::new(
        html!("{}: effect of each level", name(&effect.input)),
        [
            ("level".into(), Column::Text),
            ("rows".into(), Column::Number),
            ("line".into(), Column::Number),
            ("with perturbation".into(), Column::Number),
            (strip.decimal_axis(), Column::Chart),
        ],
    );
    for (((level, count), line), partial) in levels.iter().zip(counts).zip(line).zip(partial).take(MOST_LEVELS) {
        let marks = [Mark::Rule(0.0), Mark::Hollow(*line, Ink::Linear), Mark::Dot(*partial, Ink::Network)];
        let description = format!("Line {}, with perturbation {}.", short(*line), short(*partial));
        table.row(cells![
            name(level),
            count.to_string(),
            short(*line),
            short(*partial),
            strip.row(&format!("{} = {level}", effect.input), &description, &marks),
        ]);
    }
    let left = match levels.len().saturating_sub(MOST_LEVELS) {
        0 => Html::default(),
        n => note(&format!("… and {n} more levels.")),
    };
    Some(table.html() + &note("Hollow: the linear part. Filled: with the perturbation.") + &left)
}

fn interactions(interactions: &[Interaction]) -> Html {
    let has_output = interactions.iter().any(|pair| pair.output.is_some());
    let strip = Strip::covering(interactions.iter().map(|pair| pair.size).chain([0.0]));
    let axis = strip.as_ref().map(Strip::decimal_axis).unwrap_or_default();
    let mut columns = vec![("inputs".into(), Column::Text)];
    if has_output {
        columns.push(("output".into(), Column::Text));
    }
    columns.extend([
        ("size".into(), Column::Number),
        ("share of the nonlinear part".into(), Column::Number),
        ("H²".into(), Column::Number),
        (axis, Column::Chart),
    ]);
    let mut table = Table::new("Pairs of inputs that act together, beyond their single effects", columns);
    for pair in interactions {
        let title = format!("{} and {}", pair.a, pair.b);
        let description = format!("Standard deviation of the joint effect {}.", short(pair.size));
        let svg = strip.as_ref().map(|s| s.row(&title, &description, &[Mark::Bar(0.0, pair.size, Ink::Network)]));
        let mut cells = vec![html!("{} × {}", name(&pair.a), name(&pair.b))];
        if has_output {
            cells.push(pair.output.as_deref().map(escape).unwrap_or_default());
        }
        cells.extend(cells![short(pair.size), percent(pair.share), percent(pair.h_squared), svg.unwrap_or_default()]);
        table.row(cells);
    }
    let meaning = "Size: standard deviation of the joint partial dependence that is beyond the two single ones. H² (Friedman and \
                   Popescu 2008): its variance as a share of that of the joint effect, the line included. Both ask the model \
                   for combinations of inputs that the data may not have.";
    heading("Interactions") + &table.html() + &note(meaning)
}
