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
//! The folders are layers: each imports from those before it, never from one behind it.
//!
//! | layer | what is there |
//! |---|---|
//! | [`options`], [`precision`], [`rng`], [`tensor`] | options that messages name; what maps are made of; random numbers, each for a purpose; numbers into tensors and out of them |
//! | [`describe`] | networks as descriptions: START HERE with [`describe::block`] |
//! | [`backend`], `kernel` | where networks compute, and our own operations |
//! | [`network`] | a description with values, and its forward pass |
//! | [`weights`], [`surgery`] | files; networks made of other networks |
//! | [`data`] | images and rows of tables, and the batches made of them |
//! | [`import`] | networks that other programs have trained |
//! | [`recipe`] | by which rules a network learns |
//! | [`train`] | runs, from a request to the end |
//! | [`analysis`] | what trained networks do inside, and what many trainings show |
//!
//! Build, pass, train one step:
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use skiplayer_deep::data::{Batch, Targets};
//! use skiplayer_deep::describe::family::Family;
//! use skiplayer_deep::network::{Network, Pass};
//! use skiplayer_deep::describe::shape::Shape;
//! use skiplayer_deep::recipe::OptimizerOptions;
//! use skiplayer_deep::train::{Loss, Run};
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
//! Every random number is a function of the seed and of what it is drawn for ([`rng`]): there is no random state to save,
//! and a run that is resumed draws what it would have drawn. The crate prints nothing and reads no clock.

#![deny(unsafe_code)]

pub mod analysis;
pub mod backend;
pub mod data;
pub mod describe;
pub mod import;
mod kernel;
pub mod network;
pub mod options;
pub mod precision;
pub mod recipe;
pub mod rng;
pub mod surgery;
pub mod tensor;
pub mod train;
pub mod weights;
