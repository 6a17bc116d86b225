//! Trained networks of other programs: names, channels and what else has to be known before their weights compute here what they compute
//! there.
//!
//! ```text
//!  named tensors ──> prefixes off ──> Source (by its names) ──> our names ──> by order, where names fail
//!                                                                   └──> channels of zero-padding shortcuts ──> Imported
//! ```
//!
//! Equal names and shapes are not equal functions: bottlenecks halve the image in one convolution or another, and shortcuts that pad with
//! zeros put them behind the channels or on both sides. So each source is known with its conventions.

mod by_order;
mod imported;
mod library;
mod names;
mod padding;
mod source;

pub use imported::{Imported, Settings, import};
pub use library::{NAMES_OF, Names};
pub use source::Source;
