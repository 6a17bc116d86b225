//! What rows bring to a partial likelihood besides inputs, events and weights.

/// How long each row was watched, and with whom it is compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Durations {
    /// (n), 0 or more.
    pub time: Vec<f64>,
    /// (n), numbered from 0: rows are compared within strata. Empty: there is one.
    pub stratum: Vec<usize>,
    /// (n), what is known of the log hazard beforehand, or empty.
    pub offset: Vec<f64>,
}

impl Durations {
    /// The given rows, in the given order.
    #[must_use]
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        Self {
            time: rows.iter().map(|&i| self.time[i]).collect(),
            stratum: rows.iter().filter_map(|&i| self.stratum.get(i).copied()).collect(),
            offset: rows.iter().filter_map(|&i| self.offset.get(i).copied()).collect(),
        }
    }

    /// The stratum of row `i`.
    pub fn stratum_of(&self, i: usize) -> usize {
        self.stratum.get(i).copied().unwrap_or(0)
    }

    /// `eta` with the offset.
    pub fn whole(&self, eta: &[f64]) -> Vec<f64> {
        let mut whole = eta.to_vec();
        whole.iter_mut().zip(&self.offset).for_each(|(eta, offset)| *eta += offset);
        whole
    }
}
