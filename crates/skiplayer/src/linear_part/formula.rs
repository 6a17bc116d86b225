//! Remaining units as text, in original units.

use super::original_units::{Coefficient, UnitFormula, Units};
use crate::encode::Task;
use crate::net::Network;

/// Terms beyond this in one formula are only counted: nobody reads the thirtieth.
const MAX_TERMS: usize = 30;

/// Every hidden unit: the first layer in terms of inputs, residual blocks in terms of the layer's values.
pub fn units(network: &Network, units: &Units) -> Vec<UnitFormula> {
    let layout = network.layout();
    let theta = &network.parameters;
    let (p, act) = (layout.n_inputs, layout.activation.name());
    let mut formulas = Vec::new();
    for h in 0..layout.width {
        let mut constant = theta[layout.hidden_bias.start + h];
        let mut terms = Vec::new();
        for j in 0..p {
            let w = theta[layout.input.start + h * p + j];
            if w != 0.0 {
                constant -= w * (units.features[j].mean / units.features[j].scale);
                terms.push((w / units.features[j].scale, units.names[j].as_str()));
            }
        }
        formulas.push(UnitFormula { text: format!("h{} = {act}({})", h + 1, sum(constant, &terms)) });
    }
    for (l, block) in layout.blocks.iter().enumerate() {
        let names: Vec<String> = (0..layout.width).map(|h| stream(h, l)).collect();
        for m in 0..block.width {
            let terms: Vec<(f64, &str)> = (0..layout.width)
                .map(|h| (theta[block.input.start + m * layout.width + h], names[h].as_str()))
                .filter(|(w, _)| *w != 0.0)
                .collect();
            let inner = sum(theta[block.bias.start + m], &terms);
            formulas.push(UnitFormula { text: format!("r{}.{} = {act}({inner})", l + 2, m + 1) });
        }
        for h in 0..layout.width {
            let names: Vec<String> = (0..block.width).map(|m| format!("r{}.{}", l + 2, m + 1)).collect();
            let terms: Vec<(f64, &str)> = (0..block.width)
                .map(|m| (theta[block.output.start + h * block.width + m], names[m].as_str()))
                .filter(|(w, _)| *w != 0.0)
                .collect();
            let before = stream(h, l);
            formulas.push(UnitFormula { text: format!("{} = {before}{}", stream(h, l + 1), tail(&terms)) });
        }
    }
    formulas
}

/// The name of lane `h` of the hidden layer after `l` blocks.
pub fn stream(h: usize, l: usize) -> String {
    if l == 0 { format!("h{}", h + 1) } else { format!("h{}.{}", h + 1, l + 1) }
}

/// One formula an output: constant, linear terms, units.
pub fn outputs(network: &Network, units: &Units, raw: &[Coefficient], constants: &[f64]) -> Vec<String> {
    let layout = network.layout();
    (0..layout.n_outputs)
        .map(|o| {
            let unit = units.output(o);
            let own = |c: &&Coefficient| c.output.is_none() || c.output.as_ref() == Some(&units.outputs[o]);
            let linear = raw.iter().filter(own).map(|c| (c.value, c.input.clone()));
            let hidden = (0..layout.width).filter_map(|h| {
                let v = network.parameters[layout.head.start + o * layout.width + h] * unit.scale;
                (v != 0.0).then(|| (v, stream(h, layout.blocks.len())))
            });
            let terms: Vec<(f64, String)> = linear.chain(hidden).collect();
            let terms: Vec<(f64, &str)> = terms.iter().map(|(v, name)| (*v, name.as_str())).collect();
            let name = &units.outputs[o];
            let left = match units.target.task {
                Task::Regression => name.clone(),
                Task::Binary => format!("logit({name})"),
                Task::Multiclass => format!("score({name})"),
                Task::Count => format!("log({name})"),
            };
            format!("{left} = {}", sum(constants[o], &terms))
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
