//! One scale of the target.

use super::units::one_meaning;
use super::{Member, place};
use crate::encode::{Standard, TargetEncoding, Task};
use crate::error::Place;
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
        let outputs = shares.iter().map(|share| Outputs { factor: vec![*share; k], shift: vec![0.0; k] }).collect();
        return Ok((TargetEncoding { meanings, ..first.clone() }, outputs));
    }
    if let Some(other) = members.iter().find(|m| m.model.target.standard.len() != k) {
        return Err(Error::input(place(other), format!("{} scales of targets", other.model.target.standard.len()))
            .expected(format!("{k}")));
    }
    let of_members = |o: usize| -> Vec<(Standard, f64)> {
        members.iter().map(|m| m.model.target.standard[o]).zip(shares.iter().copied()).collect()
    };
    let standard: Vec<Standard> = (0..k).map(|o| pooled(&of_members(o))).collect();
    let outputs = members.iter().zip(shares).map(|(member, share)| {
        let own = member.model.target.standard.iter().zip(&standard);
        let (factor, shift) = own
            .map(|(own, all)| (share * (own.scale / all.scale), share * ((own.mean - all.mean) / all.scale)))
            .unzip();
        Outputs { factor, shift }
    });
    let outputs = outputs.collect();
    Ok((TargetEncoding { standard, meanings, ..first.clone() }, outputs))
}

/// Mean and standard deviation over the rows of all, from those over the rows of each and their shares.
fn pooled(parts: &[(Standard, f64)]) -> Standard {
    let mean = mean(parts.iter().map(|(part, share)| (part.mean, *share)));
    // By hypotenuses: squares of huge numbers are not finite.
    let spread = parts.iter().map(|(part, share)| share.sqrt() * part.scale.hypot(part.mean - mean));
    Standard { mean, scale: scale(spread.fold(0.0, f64::hypot)) }
}

/// The mean of numbers with weights; 0 of none.
pub fn mean(parts: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let total: f64 = parts.clone().map(|(_, weight)| weight).sum();
    if total > 0.0 { parts.map(|(value, weight)| weight / total * value).sum() } else { 0.0 }
}

/// A standard deviation that can be divided by: 1 where nothing varies.
pub fn scale(deviation: f64) -> f64 {
    if deviation.is_finite() && deviation >= f64::MIN_POSITIVE { deviation } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooled_moments_are_those_of_all_rows() {
        let rows: Vec<f64> = (0..50).map(|i| f64::from(i * i % 17) + if i < 20 { 5.0 } else { 0.0 }).collect();
        let learn = |rows: &[f64]| Standard::learn(rows, &vec![1.0; rows.len()]);
        let all = pooled(&[(learn(&rows[..20]), 0.4), (learn(&rows[20..]), 0.6)]);
        let expected = learn(&rows);
        assert!((all.mean - expected.mean).abs() < 1e-12 && (all.scale - expected.scale).abs() < 1e-12);
        let huge = Standard { mean: 1e300, scale: 1e300 };
        assert!(pooled(&[(huge, 0.5), (Standard { mean: -1e300, ..huge }, 0.5)]).scale.is_finite());
        assert_eq!(pooled(&[(Standard { mean: 3.0, scale: 0.0 }, 1.0)]), Standard { mean: 3.0, scale: 1.0 });
    }
}
