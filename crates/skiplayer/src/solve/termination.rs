//! Why a solver stopped, and how good the point is where it did.

use serde::{Deserialize, Serialize};

/// Why a solver stopped, the best reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The optimality conditions hold to the tolerance.
    Converged,
    /// Near the optimum, and not followed further because the choice that the fit was for was clear.
    Enough,
    /// The work that the fit may take is done, wherever that was; other rows judge the point.
    WorkLimit,
    /// No step lowers the objective any more at working precision.
    NoProgress,
    /// The limit on iterations.
    IterationLimit,
    /// The observer asked to stop (time limit, interrupt).
    Interrupted,
}

/// How a solver ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Termination {
    /// Why it stopped.
    pub reason: Reason,
    /// Iterations made.
    pub iterations: usize,
    /// The objective there.
    pub objective: f64,
    /// The largest violation of the optimality (KKT) conditions, relative to the scale that the solver documents.
    pub kkt: f64,
}

impl Termination {
    /// Whether the optimality conditions hold.
    pub fn converged(&self) -> bool {
        self.reason == Reason::Converged
    }
}
