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
//!  Recipe ── plan ──> learning rate, epoch and place in it of every step ─────────┴──> Run
//! ```
//!
//! In reading order: [`block`] (the one idea), [`layer`], [`architecture`] (which blocks make which network), [`family`] (names),
//! [`walk`](mod@walk) and [`cost`] (what a network costs), [`network`] (the description with values, on Burn), [`data`],
//! [`augment`] and [`recipe`] (from what and by which rules it learns), [`train`] (runs), [`weights`] (files),
//! [`prune`], [`grow`], [`analysis`] and [`study`].
//!
//! Build, pass, train one step:
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use skiplayer_deep::family::Family;
//! use skiplayer_deep::network::{Network, Pass};
//! use skiplayer_deep::shape::Shape;
//! use skiplayer_deep::train::{Batch, Loss, OptimizerOptions, Run, Targets};
//!
//! let shape = Shape::new(3, 8, 8);
//! let network = Network::new("resnet-8".parse::<Family>()?.build(shape, 2)?, 0, &Device::flex())?;
//! let (logits, _trace) = network.forward(Tensor::ones([5, 3, 8, 8], &Device::flex()), Pass::EVALUATION)?;
//! assert_eq!(logits.dims(), [5, 2, 1, 1]);
//!
//! let mut run = Run::new(network, OptimizerOptions::HE2015, Loss::CrossEntropy { smoothing: 0.0 }, 0)?;
//! let batch = Batch { values: vec![0.5; 192], shape, targets: Targets::Classes(vec![1]) };
//! assert_eq!(run.take_step(&batch, 0.1)?.n, 1);
//! # Ok::<(), skiplayer::Error>(())
//! ```
//!
//! Every random number is a function of the seed and of what it is drawn for ([`draw`]): there is no random state to save,
//! and a run that is resumed draws what it would have drawn. The crate prints nothing and reads no clock.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod architecture;
pub mod augment;
pub mod backend;
pub mod block;
pub mod cost;
pub mod data;
pub mod draw;
pub mod family;
pub mod grow;
mod kernel;
pub mod layer;
mod memory;
pub mod network;
pub mod outline;
pub mod prune;
pub mod recipe;
pub mod shape;
pub mod study;
pub mod train;
pub mod walk;
pub mod weights;
