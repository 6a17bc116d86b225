//! The command as people and programs run it.

mod bad_input;
#[cfg(feature = "deep")]
mod deep;
mod doors;
mod evaluate;
mod explain;
mod fit;
mod predict;
mod printing;
mod run;
