//! Reading and writing tables, through real files.

mod dialects;
mod errors;
mod files;
mod formats;
mod kinds;
mod long;
mod meaning;
mod random;
