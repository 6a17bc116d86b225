//! A network made of another one: with fewer branches, or inside of a deeper network.

pub mod grow;
pub mod prune;
