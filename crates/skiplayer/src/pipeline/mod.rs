//! A prediction as steps that other programs can take: what is read from each column, the features made of it, the network, and what
//! its outputs stand for.
//!
//! ```text
//!  InputColumn ──> Feature (standardised) ──> Layers ──> Output ──> Interval
//!                                             the same for each fold model that intervals rest on
//! ```
//!
//! What the network does not use is left out: columns, features, and cells that no fitted model tells apart. Exports to ONNX and SQL
//! are written from this, and as JSON it is an export of its own.

mod feature;
mod holds;
mod interval;
mod layers;
mod nnet;
mod output;
mod spelling;
mod steps;
mod whole;

pub use feature::{Feature, Test};
pub use holds::Holds;
pub use interval::Interval;
pub use layers::{Block, Hidden, Layers};
pub use nnet::NnetWeights;
pub use output::{Output, Target};
pub use steps::Steps;
pub use whole::{InputColumn, Pipeline};
