//! The parts of one worker.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::part::Part;
use super::request::{Request, of_bytes, to_bytes};
use crate::Result;
use crate::schema::parts::TableSummary;
use crate::table::Table;

/// Parts that one worker holds, encoded, in single precision.
#[derive(Debug, Clone, Default)]
pub struct Shard {
    parts: BTreeMap<usize, Part>,
}

/// Whether parts have to read their rows to answer `request`, one after the other by [`Shard::read`]; others are answered by
/// [`Shard::answer`].
///
/// # Errors
/// Bytes that are no request.
pub fn reads_rows(request: &[u8]) -> Result<bool> {
    Ok(matches!(of_bytes(request)?, Request::Summary(_) | Request::Encode(_)))
}

impl Shard {
    /// The answer of part `number`, whose rows are `table` and begin at row `start` of the whole.
    ///
    /// # Errors
    /// Cells that cannot be used as given.
    pub fn read(&mut self, request: &[u8], number: usize, start: usize, table: &Table) -> Result<Vec<u8>> {
        match of_bytes(request)? {
            Request::Summary(roles) => to_bytes(&TableSummary::of(table, start, &roles)?),
            Request::Encode(plan) => {
                let part = Part::new(&plan, number, start, table)?;
                let totals = part.totals();
                self.parts.insert(number, part);
                Ok(totals)
            }
            other => Ok(self.parts.get(&number).map(|part| part.answer(&other)).unwrap_or_default()),
        }
    }

    /// The answers of all parts held, in order.
    ///
    /// # Errors
    /// Bytes that are no request.
    pub fn answer(&self, request: &[u8]) -> Result<Vec<Vec<u8>>> {
        let request = of_bytes(request)?;
        let parts: Vec<&Part> = self.parts.values().collect();
        Ok(parts.into_par_iter().map(|part| part.answer(&request)).collect())
    }
}
