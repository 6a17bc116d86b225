//! Units whose weights are all zero compute nothing, and passes leave them out.
//!
//! act(0) = 0 for every activation, so that such a unit adds nothing to the output, and all first derivatives by its weights are zero; so are
//! the second ones, but for that by a weight into it and one out of it.

use crate::net::layout::Layout;
use crate::net::subnetwork::{Members, Subnetwork};

/// The network `whole` with parameters `theta` without units of nothing but zeros. Units with a parameter for which `is_needed` holds stay.
///
/// `None` if that are all units, and for networks with residual blocks.
pub fn active_units(whole: &Layout, theta: &[f64], is_needed: impl Fn(usize) -> bool) -> Option<Subnetwork> {
    if whole.width == 0 || !whole.blocks.is_empty() {
        return None;
    }
    let stays = |i: usize| theta[i] != 0.0 || is_needed(i);
    let is_active = |&h: &usize| whole.unit_weights(h).any(stays) || stays(whole.hidden_bias.start + h);
    let units: Vec<usize> = (0..whole.width).filter(is_active).collect();
    if units.len() == whole.width {
        return None;
    }
    Some(Subnetwork::new(whole, &Members { units, ..Members::all(whole) }))
}
