//! Deep networks with skip connections: plain, residual, dense, highway and U networks from one description.
//!
//! ```text
//!  "resnet-110" ── Family ──> Architecture: stem, stages of blocks, head ──> cost: parameters, multiply-adds, memory
//!                                      │
//!                                      └─ + named tensors ──> Network ── forward ──> output, trace
//!
//!  block:  y = merge(shortcut(x), branch(x))
//!
//!  Images ── split ──> rows ── Normalisation (training images only) ─┐
//!                        └─── epoch_order(seed, epoch) ── Augment ───┴──> Batch ──┐
//!  Recipe ── plan ──> learning rate, epoch and place in it of every step ─────────┴──> Trainer
//! ```
//!
//! In reading order: [`block`] (the one idea), [`layer`], [`architecture`] (which blocks make which network), [`family`] (names),
//! [`walk`](mod@walk) and [`cost`] (what a network costs), [`network`] (the description with values, on Burn), [`data`],
//! [`augment`] and [`recipe`] (from what and by which rules it learns), [`train`].
//!
//! Every random number is a function of the seed and of what it is drawn for ([`draw`]): there is no random state to save,
//! and a run that is resumed draws what it would have drawn. The crate prints nothing and reads no clock.

#![forbid(unsafe_code)]

pub mod architecture;
pub mod augment;
pub mod block;
pub mod cost;
pub mod data;
pub mod draw;
pub mod family;
pub mod layer;
mod memory;
pub mod network;
pub mod outline;
pub mod recipe;
pub mod shape;
pub mod train;
pub mod walk;
pub mod weights;
