//! Fitting.
pub(crate) mod choose;
mod config;
pub(crate) mod dense;
mod eliminate;
mod evidence;
mod folds;
mod member;
mod observer;
mod path;
mod reduce;
mod sample;
mod screen;
mod sparse;
mod summary;

pub use config::{Config, LambdaChoice, Method, Penalty};
pub use member::MemberRecord;
pub use observer::{Event, Observer, Silent};
pub use summary::{Contender, Form, PathPoint, Summary};
