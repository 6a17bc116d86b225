//! What is to be said about cells that training did not have.

use std::fmt::{self, Display, Formatter};

use crate::table::cell::{Cell, count_of};
use crate::table::dates::date_text;
use crate::table::{Column, Table};
use crate::{Error, Result};

/// So many cells without a known category among them are no accident; a single one may be a new category.
const FEWEST_UNKNOWN: usize = 2;

/// Cells of one column that training did not have, and what they are taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    column: String,
    count: usize,
    /// Counted from 1.
    first_row: usize,
    what: What,
}

/// What is new about the cells.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Missing {
        taken_as: String,
    },
    /// The first unknown category.
    Category {
        value: String,
        taken_as: String,
        /// Of the cells that are not missing, all are unknown.
        is_all: bool,
    },
    /// The first date beyond those of training.
    Beyond {
        value: String,
        /// `before 2020-01-01`.
        edge: String,
    },
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
        Some(Self { column: column.to_owned(), count: at.len(), first_row, what: What::Missing { taken_as } })
    }

    /// About unknown categories, if there are any among `rows` of `table`.
    pub(super) fn levels(
        column: &Column,
        cells: &[Cell],
        rows: &[usize],
        reference: &str,
        table: &Table,
    ) -> Option<Self> {
        let at: Vec<usize> =
            cells.iter().zip(rows).filter(|(c, _)| **c == Cell::Unknown).map(|(_, &row)| row).collect();
        let &first = at.first()?;
        let is_all = !cells.iter().any(|cell| matches!(cell, Cell::Known(_)));
        let what = What::Category { value: column.text(first), taken_as: format!("`{reference}`"), is_all };
        Some(Self { column: column.name.clone(), count: at.len(), first_row: table.row_number(first), what })
    }

    /// About dates beyond those of training, if there are any: `days` from the `first` of training on, which had a `range`.
    pub(super) fn beyond(
        column: &str,
        days: &[f64],
        first: f64,
        range: (f64, f64),
        rows: &[usize],
        table: &Table,
    ) -> Option<Self> {
        let at: Vec<usize> = (0..days.len()).filter(|&at| days[at] < range.0 || days[at] > range.1).collect();
        let &earliest = at.first()?;
        let day = |days: f64| date_text((first + days).floor());
        let edge = if days[earliest] > range.1 {
            format!("after {}", day(range.1))
        } else {
            format!("before {}", day(range.0))
        };
        let what = What::Beyond { value: day(days[earliest]), edge };
        Some(Self { column: column.to_owned(), count: at.len(), first_row: table.row_number(rows[earliest]), what })
    }

    /// Refuses a column of which no cell is a category of training: it was written otherwise, or is another column.
    ///
    /// # Errors
    /// Names the column, the first cell and a category of training.
    pub fn check(remarks: &[Self]) -> Result<()> {
        for remark in remarks {
            if let What::Category { value, taken_as, is_all: true } = &remark.what
                && remark.count >= FEWEST_UNKNOWN
            {
                let place = format!("column `{}`", remark.column);
                let found = format!(
                    "no category of training in {}, the first is `{value}` in row {}",
                    count_of(remark.count, "cell"),
                    remark.first_row
                );
                return Err(Error::input(place, found)
                    .expected(format!("categories of training, such as {taken_as}"))
                    .hint("write them as they were written for training"));
            }
        }
        Ok(())
    }

    /// Adds those of the next part of a table: one remark for a column and what is wrong with it.
    pub fn gather(all: &mut Vec<Self>, more: Vec<Self>) {
        for remark in more {
            let kind = std::mem::discriminant(&remark.what);
            let is_same = |own: &&mut Self| own.column == remark.column && std::mem::discriminant(&own.what) == kind;
            match all.iter_mut().find(is_same) {
                Some(own) => own.count += remark.count,
                None => all.push(remark),
            }
        }
    }
}

impl Display for Remark {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let Self { column, count, first_row, what } = self;
        match what {
            What::Missing { taken_as } => {
                let cells = count_of(*count, "missing cell");
                write!(
                    f,
                    "column `{column}`: {cells}, the first in row {first_row}, and hardly any in training; taken as {taken_as}"
                )
            }
            What::Category { value, taken_as, .. } => {
                let rows = count_of(*count, "row");
                write!(
                    f,
                    "column `{column}`: {rows} with a category that training did not have, the first is `{value}` in \
                     row {first_row}; taken as {taken_as}"
                )
            }
            What::Beyond { value, edge } => {
                let rows = count_of(*count, "row");
                write!(
                    f,
                    "column `{column}`: {rows} with dates {edge}, beyond those of training, the first is {value} in row {first_row}: the \
                     trend is carried on as a line"
                )
            }
        }
    }
}
