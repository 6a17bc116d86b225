//! The command as people and programs run it.

mod bad_input;
mod columns;
mod conformance;
#[cfg(feature = "deep")]
mod deep;
mod evaluate;
mod explain;
mod export;
mod fit;
mod merge;
mod ordinal;
mod predict;
mod printing;
mod read;
mod run;
mod survival;
mod trials;
