//! Deep networks with skip connections: what they learn from, and by which rules.
//!
//! ```text
//!  Images ── split ──> rows ── Normalisation (training images only) ─┐
//!                        └─── epoch_order(seed, epoch) ── Augment ───┴──> Batch: f32, ready for a network
//!  Recipe ── plan ──> learning rate, epoch and place in it of every step
//! ```
//!
//! Every random number is a function of the seed and of what it is drawn for ([`draw`]): there is no random state to save,
//! and a run that is resumed draws what it would have drawn.
#![forbid(unsafe_code)]

pub mod augment;
pub mod data;
pub mod draw;
pub mod recipe;
