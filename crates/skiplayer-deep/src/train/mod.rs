//! Training: a run is a network, an optimizer and a place in time. What is random derives from the seed and that place, so a run
//! that is stopped and taken up again goes on as if nothing had happened.
//!
//! In reading order: `loss`, `score`, `run` (one step), `batches` (what it sees), `request` and `session` (from a request to its end);
//! `kept` and `start` read what a session left, `rate_test` looks for a learning rate.

mod batches;
mod branch_scales;
mod check;
pub mod checkpoint;
mod confusion;
mod kept;
mod loss;
mod optimizer;
mod rate_test;
mod request;
mod run;
mod score;
mod session;
mod start;
mod thread;

pub use self::batches::{Batches, loss_for, plain_batch, plain_batch_of_images, predicted_masks, probabilities, score};
pub use self::branch_scales::BranchScales;
pub use self::confusion::Confusion;
pub use self::kept::{encoding, input_of, output_names, trained};
pub use self::loss::{Expected, Loss, predicted_classes};
pub use self::optimizer::Optimizer;
pub use self::rate_test::{RatePoint, RateTest};
pub use self::request::Request;
pub use self::run::{BatchSource, Run, StepRecord};
pub use self::score::{Score, evaluate, wilson};
pub use self::session::{Best, EpochRecord, Session};
pub use self::start::Start;
pub use self::thread::on_training_thread;
