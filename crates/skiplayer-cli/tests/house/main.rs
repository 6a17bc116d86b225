//! What holds for the workspace as a whole, read off its sources.

mod imports;
mod layers;
mod words;
