//! A network made of another one: with fewer branches, inside of a deeper network, or with batch norms in its convolutions.

pub mod fold;
pub mod grow;
pub mod prune;
