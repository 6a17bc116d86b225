//! What is to be said about cells that training did not have.

use std::fmt::{self, Display, Formatter};

use crate::table::cell;
use crate::table::cell::{Cell, count_of};
use crate::table::{Table, Values};

/// Cells of one column that training did not have, and what they are taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    column: String,
    count: usize,
    /// Counted from 1.
    first_row: usize,
    /// The first unknown category; `None` where cells are missing.
    category: Option<String>,
    taken_as: String,
}

impl Remark {
    /// About missing cells, if there are any among `rows` of `table`.
    pub(super) fn gaps(
        column: &str,
        gaps: impl Iterator<Item = bool>,
        rows: &[usize],
        taken_as: String,
        table: &Table,
    ) -> Option<Self> {
        let at: Vec<usize> = gaps.zip(rows).filter(|(gap, _)| *gap).map(|(_, &row)| row).collect();
        let first_row = table.row_number(*at.first()?);
        Some(Self { column: column.to_owned(), count: at.len(), first_row, category: None, taken_as })
    }

    /// About unknown categories, if there are any among `rows` of `table`.
    pub(super) fn levels(
        column: &str,
        values: &Values,
        cells: &[Cell],
        rows: &[usize],
        reference: &str,
        table: &Table,
    ) -> Option<Self> {
        let at: Vec<usize> =
            cells.iter().zip(rows).filter(|(c, _)| **c == Cell::Unknown).map(|(_, &row)| row).collect();
        let &first = at.first()?;
        Some(Self {
            column: column.to_owned(),
            count: at.len(),
            first_row: table.row_number(first),
            category: Some(cell::text(values, first)),
            taken_as: format!("`{reference}`"),
        })
    }

    /// Adds those of the next part of a table: one remark for a column and what is wrong with it.
    pub fn gather(all: &mut Vec<Self>, more: Vec<Self>) {
        for remark in more {
            let is_same =
                |own: &&mut Self| own.column == remark.column && own.category.is_some() == remark.category.is_some();
            match all.iter_mut().find(is_same) {
                Some(own) => own.count += remark.count,
                None => all.push(remark),
            }
        }
    }
}

impl Display for Remark {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let Self { column, count, first_row, category, taken_as } = self;
        match category {
            None => {
                let cells = count_of(*count, "missing cell");
                write!(
                    f,
                    "column `{column}`: {cells}, the first in row {first_row}, and none in training; taken as {taken_as}"
                )
            }
            Some(category) => {
                let rows = count_of(*count, "row");
                write!(
                    f,
                    "column `{column}`: {rows} with a category that training did not have, the first is `{category}` in \
                     row {first_row}; taken as {taken_as}"
                )
            }
        }
    }
}
