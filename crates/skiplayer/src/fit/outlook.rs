//! How long something is likely to take.

/// Share of a further core that is of use.
const DIVIDED: f64 = 0.7;

/// Seconds of one core that something is likely to take, from `least` to `most`. On several: [`on_cores`](Self::on_cores).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    pub least: f64,
    pub most: f64,
}

impl Outlook {
    /// Of one core, on more of them: not all of the work can be divided.
    #[must_use]
    pub fn on_cores(self, n: usize) -> Self {
        let n = n.max(1) as f64;
        Self { least: self.least / n, most: self.most / (1.0 + DIVIDED * (n - 1.0)) }
    }

    /// `times` as much.
    #[must_use]
    pub fn repeated(self, times: f64) -> Self {
        Self { least: times * self.least, most: times * self.most }
    }

    /// First one, then the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { least: self.least + other.least, most: self.most + other.most }
    }
}
