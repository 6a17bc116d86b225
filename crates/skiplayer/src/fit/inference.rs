//! Standard errors that are honest after the choice of inputs, by splitting the rows.

use super::sample::Sample;
use super::select::folds::Scheme;
use super::select::lines::line_by_evidence;
use crate::Result;
use crate::encode::{Encoding, TargetEncoding};
use crate::linear_part::{Responses, SplitInference, renumbered};
use crate::random::{Purpose, Random};

/// The linear model by the evidence on one half of the rows says which inputs it needs; the other half estimates their coefficients.
///
/// Groups stay whole; with times the earlier half chooses.
pub fn split(
    sample: &Sample,
    scheme: &Scheme,
    groups: Option<&[usize]>,
    encoding: &Encoding,
    target: &TargetEncoding,
    seed: u64,
) -> Result<SplitInference> {
    let (half, _) = scheme.assign(2, &mut Random::of(seed, Purpose::SplitInference, 0));
    let rows_of = |which: usize| (0..half.len()).filter(|&i| half[i] == which).collect::<Vec<_>>();
    let (choosing, estimating) = (rows_of(0), rows_of(1));
    let selection = sample.select_rows(&choosing);
    let chosen = line_by_evidence(&selection)?.inputs_in_use();

    let rest = sample.select_rows(&estimating);
    let groups: Option<Vec<usize>> = groups.map(|groups| renumbered(estimating.iter().map(|&i| groups[i])));
    let responses = Responses {
        x: &rest.x,
        y: &rest.y,
        weight: &rest.weight,
        offset: &rest.offset,
        loss: rest.loss,
        groups: groups.as_deref(),
        durations: rest.durations.as_ref(),
    };
    Ok(SplitInference::new(&chosen, choosing.len(), &responses, encoding, target))
}
