//! Fitting.
pub(crate) mod choose;
mod config;
pub(crate) mod dense;
mod eliminate;
mod encoded;
mod evidence;
mod folds;
mod linear;
mod member;
mod observer;
mod path;
mod reduce;
mod run;
mod sample;
mod screen;
mod solution;
mod sparse;
mod stochastic;
mod story;
mod summary;

pub use config::{Config, LambdaChoice, Method, Penalty};
pub use member::MemberRecord;
pub use observer::{Event, Observer, Silent};
pub use run::{Fitted, fit};
pub use summary::{Contender, Form, PathPoint, Summary};
