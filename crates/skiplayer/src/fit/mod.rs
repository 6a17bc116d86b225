//! Fitting: from a table to a model.
//!
//! | place | job |
//! |---|---|
//! | `run` | the whole of a fit: START HERE |
//! | `laplace` | training under a Laplace prior: evidence, warm start, exact steps, removal of weights |
//! | `contenders` | the sparse network, the dense ensemble and its distillation |
//! | `select` | inner cross-validation, which chooses among them |
//! | `path` | regularisation paths instead, linear and of networks |
//! | `rules` | what is asked of single columns, for the inputs of a network |
//! | `dispersion` | counts that vary more than Poisson's |
//! | `determined` | targets of which almost nothing is left |
//! | `loss_parameter` | parameters of losses that are estimated with the line |
//! | `inference` | errors of coefficients that are honest after the choice of inputs |
//! | `large` | many rows: one matrix of single precision, stochastic steps, second moments |
//! | `parts` | many rows with workers: questions out, sums back |
//! | `settle` | the constants of quantiles |
//! | `baseline` | exposures of durations, and their baseline hazard |
//! | `outlook`, `foresee` | how long it is likely to take |
//! | `solve` | which of these ways is taken |

mod arrays;
pub(crate) mod baseline;
mod candidate;
mod choices;
mod config;
pub(crate) mod contenders;
mod determined;
pub(crate) mod dispersion;
mod estimator;
mod fitted;
pub mod fixed;
mod foresee;
mod headline;
mod inference;
pub(crate) mod laplace;
mod large;
mod loss_parameter;
mod objective;
mod observer;
pub mod options;
mod outlook;
pub mod parts;
pub(crate) mod path;
mod prior_width;
mod rules;
mod run;
mod sample;
pub(crate) mod select;
mod settle;
mod solve;
#[cfg(test)]
mod solvers_agree_tests;
mod summary;
pub(crate) mod thresholds;

pub use arrays::{Inputs, Response, Responses};
pub use choices::{Inference, LambdaChoice, Method, PathStart, Penalty};
pub use config::Config;
pub use estimator::SkipLayer;
pub use fitted::Fitted;
pub(crate) use foresee::Size;
pub use laplace::train::MemberRecord;
pub use observer::{Event, Observer, Silent};
pub use outlook::Outlook;
pub use path::network::{NetworkFit, NetworkPathOptions, network_path};
pub(crate) use rules::check_rules;
pub use run::{fit, fit_source};
pub(crate) use sample::Sample;

pub(crate) use select::encoded::Encoded;
pub(crate) use select::folds::{Fold, Scheme};
pub(crate) use select::lines::line_by_evidence;
pub(crate) use select::plan::Goal;
pub(crate) use settle::settle;
pub(crate) use solve::solve;
pub use summary::{Contender, Form, PathPoint, Summary};
