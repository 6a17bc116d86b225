//! The networks of members in the units of the merged model, side by side.

use super::member::Member;
use super::targets::Outputs;

use crate::linear_part::LinearPart;
use crate::net::{InputMap, Network};
use crate::{Error, Result};

/// Whether the hidden units of all members, where they have any, have one activation.
///
/// # Errors
/// Names two members whose activations differ.
pub fn check_activations(members: &[Member]) -> Result<()> {
    let mut with_units = members.iter().filter(|member| member.model.network.architecture.depth() > 0);
    let Some(first) = with_units.next() else { return Ok(()) };
    let activation = |member: &Member| member.model.network.architecture.activation;
    match with_units.find(|member| activation(member) != activation(first)) {
        None => Ok(()),
        Some(other) => {
            let found = format!("hidden units of {}", activation(other).name());
            Err(Error::input(other.place(), found)
                .expected(format!("{}, as in {}: a network has one activation", activation(first).name(), first.name))
                .hint("fit one of them again, with the activation of the other"))
        }
    }
}

/// The sum of the members' networks, each with its share.
pub fn unite(members: &[Member], maps: &[InputMap], outputs: &[Outputs]) -> Network {
    let networks = members.iter().zip(maps).zip(outputs).map(|((member, map), outputs)| {
        member.model.network.with_inputs(map).with_outputs(&outputs.factor, &outputs.shift)
    });
    networks.reduce(|sum, network| sum.append_units(&network)).unwrap_or_else(|| members[0].model.network.clone())
}

/// The sum of the members' linear parts, each with its share and over its own rows. `network` is the sum of their networks.
pub fn linear_part(members: &[Member], maps: &[InputMap], outputs: &[Outputs], network: &Network) -> LinearPart {
    let (p, k) = (network.architecture.n_inputs, network.architecture.n_outputs);
    let n_used = network.inputs_in_use().len();
    let mut sum = LinearPart {
        intercept: vec![0.0; k],
        coef: vec![0.0; k * p],
        unit_lines: (network.architecture.width() > 0).then(Vec::new),
        rank: n_used,
        n_used,
        converged: true,
    };
    for ((member, map), outputs) in members.iter().zip(maps).zip(outputs) {
        let own = &member.model.network;
        let part = member.model.own_linear_part().cloned().unwrap_or_else(|| LinearPart::of_the_skip(own));
        for (o, slopes) in part.coef.chunks(own.architecture.n_inputs.max(1)).enumerate() {
            let (slopes, constant) = map.line(slopes);
            sum.intercept[o] += outputs.factor[o] * (part.intercept[o] + constant) + outputs.shift[o];
            let coef = &mut sum.coef[o * p..][..p];
            coef.iter_mut().zip(&slopes).for_each(|(sum, slope)| *sum += outputs.factor[o] * slope);
        }
        sum.converged &= part.converged;
        // Of units that members do not take apart, nobody knows the lines.
        sum.unit_lines = match (sum.unit_lines, part.unit_lines) {
            (Some(lines), _) if own.architecture.width() == 0 => Some(lines),
            (Some(mut lines), Some(more)) => {
                for line in more.chunks(own.architecture.n_inputs + 1) {
                    let (slopes, constant) = map.line(&line[1..]);
                    lines.push(line[0] + constant);
                    lines.extend(slopes);
                }
                Some(lines)
            }
            _ => None,
        };
    }
    sum
}
