//! The report: what a reader, a strict parser and a browser make of it.

mod browser;
mod page;
mod sample;
