//! What a fitted model says: single predictions taken apart, and what each input does.

mod covariance;
mod effects;
mod importance;
mod log_likelihood;
mod on_link_scale;
mod row;
mod terms;

pub use covariance::Covariance;
pub use effects::{Curve, Effect, Effects, EffectsOptions, Interaction};
pub use importance::{importances, importances_of};
pub use log_likelihood::LogLikelihood;
pub use row::{Contribution, Decomposition, RowExplanations};
pub use terms::{Term, TermKind, term_coefficients, terms};
