//! A model that is to be merged.

use crate::Model;
use crate::error::Place;
use crate::fit::Summary;

/// A model that is to be merged.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// What messages call it: the name of its file.
    pub name: &'a str,
    pub model: &'a Model,
    /// What its fit told: [`n_rows`](Summary::n_rows) is its weight.
    pub summary: &'a Summary,
}

impl Member<'_> {
    /// Where something is wrong with it.
    pub(super) fn place(&self) -> Place {
        Place::of_file_as("the model", self.name)
    }
}
