//! Reading and writing tables, through real files.

mod brought;
mod dialects;
mod errors;
mod files;
mod formats;
mod kinds;
mod long;
mod meaning;
mod no_rows;
mod random;
mod spellings;
mod workbooks;
