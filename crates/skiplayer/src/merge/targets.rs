//! One scale of the target.

use super::meaning::one_meaning;
use super::member::Member;
use super::moments::pooled;
use crate::encode::{Standard, TargetEncoding, Task};
use crate::error::Place;
use crate::loss::{Loss, Ordinal};
use crate::table::Meaning;
use crate::{Error, Result};

/// What a member's linear predictors (K) become in the units of the merged model: its share of them, and a constant.
#[derive(Debug, Clone)]
pub struct Outputs {
    pub factor: Vec<f64>,
    pub shift: Vec<f64>,
}

/// The targets of members of one task, and of each member what becomes of its linear predictors.
///
/// # Errors
/// Targets whose cells mean different things.
pub fn unite(members: &[Member], shares: &[f64]) -> Result<(TargetEncoding, Vec<Outputs>)> {
    let first = &members[0].model.target;
    let meanings = first
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let stated = members.iter().filter_map(|m| Some((m, m.model.target.meanings.get(at)?)));
            one_meaning(stated, || Place::of_target(name))
        })
        .collect::<Result<Vec<_>>>()?;
    // As long as that of the targets, or empty where no member states any.
    let meanings = if members.iter().all(|m| m.model.target.meanings.is_empty()) { Vec::new() } else { meanings };
    let k = first.n_outputs();
    if first.task != Task::Regression {
        return unite_on_the_link_scale(members, shares, meanings);
    }
    if let Some(other) = members.iter().find(|m| m.model.target.standard.len() != k) {
        return Err(Error::input(other.place(), format!("{} scales of targets", other.model.target.standard.len()))
            .expected(format!("{k}")));
    }
    let of_members = |o: usize| -> Vec<(Standard, f64)> {
        members.iter().map(|m| m.model.target.standard[o]).zip(shares.iter().copied()).collect()
    };
    let standard: Vec<Standard> = (0..k).map(|o| pooled(&of_members(o))).collect();
    let in_units = |member: &Member| member.model.target.standard[0].scale / standard[0].scale;
    let loss = first.loss.map(|loss| mean_loss(loss, members, shares, in_units));
    let outputs = members.iter().zip(shares).map(|(member, share)| {
        let own = member.model.target.standard.iter().zip(&standard);
        let (factor, shift) = own
            .map(|(own, all)| (share * (own.scale / all.scale), share * ((own.mean - all.mean) / all.scale)))
            .unzip();
        Outputs { factor, shift }
    });
    let outputs = outputs.collect();
    Ok((TargetEncoding { standard, loss, meanings, ..first.clone() }, outputs))
}

/// Classes, counts, and amounts, whose unit is a factor of the mean.
fn unite_on_the_link_scale(
    members: &[Member],
    shares: &[f64],
    meanings: Vec<Meaning>,
) -> Result<(TargetEncoding, Vec<Outputs>)> {
    let first = &members[0].model.target;
    let k = first.n_outputs();
    let loss = first.loss.map(|loss| mean_loss(loss, members, shares, |_| 1.0));
    let mut standard = Vec::new();
    let mut shift = vec![0.0; members.len()];
    if first.task == Task::Amount {
        let scales: Vec<f64> = members.iter().map(|m| m.model.target.unit(0).scale).collect();
        let scale: f64 = scales.iter().zip(shares).map(|(scale, share)| scale * share).sum();
        shift = scales.iter().map(|own| (own / scale).ln()).collect();
        standard.push(Standard { mean: 0.0, scale });
    }
    let outputs = shares.iter().zip(shift);
    let outputs = outputs.map(|(share, shift)| Outputs { factor: vec![*share; k], shift: vec![share * shift; k] });
    Ok((TargetEncoding { standard, loss, meanings, ..first.clone() }, outputs.collect()))
}

/// `loss` with the geometric mean of the members' parameters, each times `unit` of its member.
fn mean_loss(loss: Loss, members: &[Member], shares: &[f64], unit: impl Fn(&Member) -> f64) -> Loss {
    if let Loss::Ordinal(own) = loss {
        // Cumulative log odds are differences of thresholds and predictors, and so are their means.
        let of = |at: usize| members.iter().zip(shares).map(|(m, share)| share * m.model.target.thresholds()[at]).sum();
        let thresholds: Vec<f64> = (0..own.thresholds().len()).map(of).collect();
        return Ordinal::new(&thresholds).map_or(loss, Loss::Ordinal);
    }
    let logs = members.iter().zip(shares).filter_map(|(member, share)| {
        let parameter = member.model.target.loss().parameter()?;
        Some(
            share
                * (parameter * if matches!(loss, Loss::Huber(_) | Loss::Quantile(_)) { unit(member) } else { 1.0 })
                    .ln(),
        )
    });
    loss.with_parameter(logs.sum::<f64>().exp())
}
