//! Networks as descriptions: which layers make which blocks, which blocks make which network, and what it costs. Nothing here computes.
//!
//! In reading order: [`block`] (the one idea), [`layer`] and [`shape`], [`architecture`] (a network, one family a file), [`family`]
//! (names), [`traverse`](mod@traverse), and what is counted in a traversal: [`summary`](mod@summary) and [`cost`].

pub mod architecture;
pub mod block;
pub mod cost;
pub mod family;
pub mod layer;
mod memory;
pub mod shape;
pub mod summary;
pub mod traverse;
