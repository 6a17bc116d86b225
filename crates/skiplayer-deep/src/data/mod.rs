//! Images and rows of tables in memory, and what a network sees of them.
//!
//! ```text
//!  Images: u8 (n, h, w, c), labels ─┬─ random_split, stratified_split, stratified_subset ──> indices of images
//!                                   ├─ Normalisation::fit(training indices) ──> f32 = gain u8 - offset
//!                                   └─ Batcher(indices, Augment, seed, epoch) ──> Batch: f32 (n, c, h, w), targets
//!
//!  Examples: Images or Rows (f32, encoded and standardised when they were read) ──> what a training takes
//! ```

mod augment;
mod batch;
mod classes;
mod examples;
mod fingerprint;
mod images;
mod normalise;
mod pictures;
mod rows;
mod split;
mod summary;

pub use augment::{Augment, Padding, Placement};
pub use batch::{Batch, Batcher, Targets, epoch_order, rows_batch};
pub use classes::{class_positions, listed};
pub use examples::{Examples, TrainingData};
pub use fingerprint::Fingerprint;
pub use images::{DataSet, IGNORED, Images, Labelled, Shape};
pub use normalise::{Normalisation, Standard};
pub use pictures::{Fit, MaskValues, PictureOptions};
pub use rows::{Answers, Rows};
pub use split::{Split, random_split, random_subset, stratified_split, stratified_subset};
pub use summary::{DataSummary, PartSummary};
