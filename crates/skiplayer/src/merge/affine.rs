//! Features of a member as functions of those of the merged model.

use crate::encode::{InputEncoding, Standard};

/// The scale of an indicator that no row of training would have had: any below 1, which says that it counts.
const NEVER_SEEN: f64 = 0.5;

/// A feature of a member as an affine function of the new features of the same input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Affine {
    pub shift: f64,
    /// Places among the features of the input, and factors.
    pub terms: Vec<(usize, f64)>,
}

/// An input of members: of each its own, if it has one, and its share of the rows.
pub type Own<'a> = [(Option<&'a InputEncoding>, f64)];

/// What an indicator is where the answer is no, and where it is yes; 0 throughout if training rows were all alike.
pub fn shown(standard: &Standard) -> (f64, f64) {
    if standard.scale < 1.0 { (standard.apply(0.0), standard.apply(1.0)) } else { (0.0, 0.0) }
}

/// The scale of an indicator that is 1 in this share of the rows.
pub fn indicator(share: f64) -> Standard {
    let share = share.clamp(0.0, 1.0);
    let deviation = (share * (1.0 - share)).sqrt();
    Standard { mean: share, scale: if deviation > 0.0 { deviation } else { NEVER_SEEN } }
}

/// The function of indicators that is `none` where all of them say no, and `value` where the one at `place` says yes.
pub fn of_indicators(none: f64, yes: &[(usize, f64, Standard)]) -> Affine {
    let mut function = Affine { shift: none, terms: Vec::new() };
    for (place, value, standard) in yes.iter().filter(|(_, value, _)| *value != none) {
        let (low, high) = shown(standard);
        let factor = (value - none) / (high - low);
        function.shift -= factor * low;
        function.terms.push((*place, factor));
    }
    function
}
