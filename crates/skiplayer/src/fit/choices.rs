//! What a caller may choose among, with a word for each.

use crate::error::choices;

/// How the network is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Inner cross-validation decides between the linear model, a sparse network and an ensemble of dense starts.
    #[default]
    Auto,
    /// The same without cross-validation: the smallest -log evidence of linear, sparse and dense decides.
    Evidence,
    /// A regularisation path, lambda by inner cross-validation.
    Path,
    /// The linear model only: lasso path, lambda by inner cross-validation.
    Linear,
}

/// What a regularisation path penalises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Penalty {
    /// sum |w| over all weights.
    #[default]
    L1,
    /// sum |w| over the skip, sum of sqrt(d) ||.|| over the d weights into and out of each hidden unit.
    Group,
    /// |w_hj| <= M ||skip_j||: an input enters hidden units only together with its linear effect (LassoNet).
    Hierarchical,
}

/// Where a regularisation path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PathStart {
    /// At the smallest lambda, with a dense network from random weights: weights and units leave.
    #[default]
    Dense,
    /// At the largest lambda, with the linear model, which one unit may enter at each lambda. Several times faster, and as good where few
    /// units do; not where many have to work together. L1 penalty and one hidden layer only.
    Linear,
}

/// Which lambda of a path is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LambdaChoice {
    /// The smallest cross-validated loss.
    #[default]
    Min,
    /// The largest lambda whose loss is within one standard error of the smallest.
    OneStandardError,
}

/// What the standard errors of coefficients account for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inference {
    /// All rows choose the inputs and estimate their coefficients: errors are as if the inputs had not been chosen.
    #[default]
    Whole,
    /// Beside the model, one half of the rows chooses inputs and the other estimates their coefficients, whose errors are honest.
    Split,
}

choices!(Method {
    Auto = "auto": "Inner cross-validation decides between a linear model, a sparse and a dense network",
    Evidence = "evidence": "The same by the evidence (marginal likelihood), without cross-validation: faster",
    Path = "path": "A regularisation path, lambda by inner cross-validation",
    Linear = "linear": "The linear model only: lasso, lambda by inner cross-validation",
});

choices!(Penalty {
    L1 = "l1": "Each weight",
    Group = "group": "Each hidden unit as a whole",
    Hierarchical = "hierarchical": "Inputs: one enters hidden units only together with its linear effect (LassoNet)",
});

choices!(PathStart {
    Dense = "dense": "With a dense network, which loses weights and units",
    Linear = "linear": "With the linear model, which one unit may enter at each lambda: several times faster, and as accurate if few units are needed",
});

choices!(LambdaChoice {
    Min = "min": "The smallest cross-validated loss",
    OneStandardError = "1se" | "one_standard_error": "The simplest model within one standard error of it",
});

choices!(Inference {
    Whole = "whole": "Standard errors from all rows; that the same rows selected the inputs is not accounted for",
    Split = "split": "Also standard errors that are valid after selection: half of the rows select inputs, the other half estimate coefficients",
});
