//! Durations until an event, some of them censored: risk sets, the partial likelihood, baseline hazards.
//!
//! ```text
//!  Durations (time, stratum, offset) ── events, weights ──> RiskSets ──> exposures of rows      the Poisson form of Cox's model
//!                                                                   ├──> newton: the line       the partial likelihood itself
//!                                                                   ├──> information, scores    its standard errors
//!                                                                   └──> Baseline               survival curves
//! ```
//!
//! | file | job |
//! |---|---|
//! | `durations` | what rows bring besides inputs, events and weights |
//! | `risk_sets` | who is at risk when; hazards of the baseline, exposures of rows |
//! | `newton` | the line of largest partial likelihood |
//! | `information` | its information and the scores of rows |
//! | `baseline` | cumulative hazards as step functions, for other rows |
//! | `kaplan_meier` | survival without a model, also of being censored |
//! | `concordance`, `brier` | how good predictions are, where some rows were censored |
//! | `proportional` | whether coefficients change with time |

mod baseline;
mod brier;
mod concordance;
mod durations;
mod information;
mod kaplan_meier;
mod newton;
mod proportional;
mod risk_sets;

pub use baseline::{Baseline, Steps};
pub use brier::Horizon;
pub use concordance::{Concordance, concordance};
pub use durations::Durations;
pub(crate) use information::{information, scores};
pub use kaplan_meier::KaplanMeier;
pub(crate) use newton::line_of_expected;
pub use newton::{PartialLine, partial_line};
pub use proportional::{Proportionality, proportionality};
pub use risk_sets::RiskSets;

/// The logarithm of an exposure of zero: a row that was censored before anything happened.
pub const NO_EXPOSURE: f64 = -40.0;
