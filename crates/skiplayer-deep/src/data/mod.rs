//! Images in memory, and what a network sees of them.
//!
//! ```text
//!  Images: u8 (n, h, w, c), labels ─┬─ random_split, stratified_split, stratified_subset ──> indices of images
//!                                   ├─ Normalisation::fit(training indices) ──> f32 = gain u8 - offset
//!                                   └─ Batcher(indices, Augment, seed, epoch) ──> ImageBatch: f32 (n, h, w, c) or (n, c, h, w)
//! ```

mod batch;
mod images;
mod normalise;
mod split;

pub use batch::{Batcher, ImageBatch, Layout, epoch_order};
pub use images::{DataSet, Images, Shape};
pub use normalise::{Normalisation, Standard};
pub use split::{Split, random_split, stratified_split, stratified_subset};
