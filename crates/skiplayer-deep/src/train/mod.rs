//! Training: a run is a network, an optimizer and a place in time. What is random derives from the seed and that place, so a run
//! that is stopped and taken up again goes on as if nothing had happened.
//!
//! In reading order: `loss`, `score`, `run` (one step), `batches` (what it sees), `request` and `session` (from a request to its end).

mod batches;
mod branch_scales;
pub mod checkpoint;
mod confusion;
mod loss;
mod optimizer;
mod request;
mod run;
mod score;
mod session;
mod thread;

pub use self::batches::{Batches, loss_for, plain_batch, predicted_masks, probabilities, score};
pub use self::branch_scales::BranchScales;
pub use self::confusion::Confusion;
pub use self::loss::{Expected, Loss, predicted_classes};
pub use self::optimizer::Optimizer;
pub use self::request::Request;
pub use self::run::{BatchSource, Run, StepRecord};
pub use self::score::{Score, evaluate, wilson};
pub use self::session::{Best, EpochRecord, Session, encoding, input_of, output_names, trained};
pub use self::thread::on_training_thread;
