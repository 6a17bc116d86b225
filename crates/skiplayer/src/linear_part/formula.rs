//! Remaining units as text, in original units.

use super::original_units::{Coefficient, UnitFormula, Units};
use crate::encode::Task;
use crate::net::Network;

/// Terms beyond this in one formula are only counted: nobody reads the thirtieth.
const MAX_TERMS: usize = 30;

/// Every hidden unit: the first layer in terms of inputs, residual blocks in terms of the layer's values.
pub fn units(network: &Network, units: &Units) -> Vec<UnitFormula> {
    let weights = network.weights();
    let (act, width) = (network.architecture.activation.name(), network.architecture.width());
    let mut formulas = Vec::new();
    for h in 0..width {
        let mut constant = weights.hidden_bias[h];
        let mut terms = Vec::new();
        for (j, &w) in weights.input.row(h).iter().enumerate().filter(|(_, w)| **w != 0.0) {
            constant -= w * (units.features[j].mean / units.features[j].scale);
            terms.push((w / units.features[j].scale, units.names[j].as_str()));
        }
        formulas.push(UnitFormula { text: format!("h{} = {act}({})", h + 1, sum(constant, &terms)) });
    }
    for (l, block) in weights.blocks.iter().enumerate() {
        let lanes: Vec<String> = (0..width).map(|h| stream(h, l)).collect();
        let names: Vec<String> = (1..=block.bias.len()).map(|m| format!("r{}.{m}", l + 2)).collect();
        for (m, name) in names.iter().enumerate() {
            let inner = sum(block.bias[m], &terms(block.input.row(m), &lanes));
            formulas.push(UnitFormula { text: format!("{name} = {act}({inner})") });
        }
        for (h, before) in lanes.iter().enumerate() {
            let added = tail(&terms(block.output.row(h), &names));
            formulas.push(UnitFormula { text: format!("{} = {before}{added}", stream(h, l + 1)) });
        }
    }
    formulas
}

/// The weights that are not zero, with the names of what they multiply.
fn terms<'a>(weights: &[f64], names: &'a [String]) -> Vec<(f64, &'a str)> {
    weights.iter().zip(names).filter(|(w, _)| **w != 0.0).map(|(w, name)| (*w, name.as_str())).collect()
}

/// The name of lane `h` of the hidden layer after `l` blocks.
pub fn stream(h: usize, l: usize) -> String {
    if l == 0 { format!("h{}", h + 1) } else { format!("h{}.{}", h + 1, l + 1) }
}

/// One formula an output: constant, linear terms, units.
pub fn outputs(network: &Network, units: &Units, raw: &[Coefficient], constants: &[f64]) -> Vec<String> {
    let (head, n_blocks) = (network.head(), network.architecture.blocks().len());
    (0..head.n_rows())
        .map(|o| {
            let unit = units.output(o);
            let own = |c: &&Coefficient| c.output.is_none() || c.output.as_ref() == Some(&units.outputs[o]);
            let linear = raw.iter().filter(own).map(|c| (c.value, c.input.clone()));
            let hidden = head.row(o).iter().enumerate().filter_map(|(h, v)| {
                let v = v * unit.scale;
                (v != 0.0).then(|| (v, stream(h, n_blocks)))
            });
            let terms: Vec<(f64, String)> = linear.chain(hidden).collect();
            let terms: Vec<(f64, &str)> = terms.iter().map(|(v, name)| (*v, name.as_str())).collect();
            let name = &units.outputs[o];
            let left = match units.target.task {
                Task::Regression => name.clone(),
                Task::Binary => format!("logit({name})"),
                Task::Successes => {
                    let trials = units.target.trials.as_deref().unwrap_or_default();
                    format!("logit({name} / {trials})")
                }
                Task::Multiclass | Task::Ordinal => format!("score({name})"),
                Task::Count | Task::Amount => format!("log({name})"),
                Task::Survival => "log(hazard ratio)".to_owned(),
            };
            let offset: String = units.target.offset.terms().iter().map(|term| format!(" + {term}")).collect();
            format!("{left} = {}{offset}", sum(constants[o], &terms))
        })
        .collect()
}

fn sum(constant: f64, terms: &[(f64, &str)]) -> String {
    number(constant) + &tail(terms)
}

/// ` + 0.3 a - 2 b`
fn tail(terms: &[(f64, &str)]) -> String {
    let mut text = String::new();
    for (value, name) in terms.iter().take(MAX_TERMS) {
        let sign = if *value < 0.0 { "-" } else { "+" };
        text += &format!(" {sign} {} {name}", number(value.abs()));
    }
    if terms.len() > MAX_TERMS {
        text += &format!(" + … ({} more terms)", terms.len() - MAX_TERMS);
    }
    text
}

/// Four significant digits.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if (-4..6).contains(&magnitude) {
        let text = format!("{value:.*}", (3 - magnitude).max(0) as usize);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        let cases = [(0.0, "0"), (3.0, "3"), (-0.012_345_6, "-0.01235"), (123_456.7, "123457"), (1.5e-9, "1.500e-9")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(sum(1.0, &[(2.0, "a"), (-0.5, "b")]), "1 + 2 a - 0.5 b");
    }
}
