//! What a fitted model says: single predictions taken apart, and what each input does.

mod effects;
mod importance;
mod on_link_scale;
mod row;

pub use effects::{Curve, Effect, Effects, EffectsOptions, Interaction};
pub use importance::importances;
pub use row::{Contribution, Decomposition, RowExplanations};
