//! Deep networks with skip connections: plain, residual, dense, highway and U networks from one description.
//!
//! ```text
//!  "resnet-110" ── Family ──> Architecture: stem, stages of blocks, head ──> cost: parameters, multiply-adds, memory
//!                                      │
//!                                      └─ + named tensors ──> Network ── forward ──> output, trace
//!
//!  block:  y = merge(shortcut(x), branch(x))
//! ```
//!
//! In reading order: [`block`] (the one idea), [`layer`], [`architecture`] (which blocks make which network), [`family`] (names),
//! [`walk`](mod@walk) and [`cost`] (what a network costs), [`network`] (the description with values, on Burn).
//!
//! The crate prints nothing and reads no clock.

#![forbid(unsafe_code)]

pub mod architecture;
pub mod block;
pub mod cost;
pub mod family;
pub mod layer;
mod memory;
pub mod network;
pub mod outline;
pub mod shape;
pub mod train;
pub mod walk;
pub mod weights;
