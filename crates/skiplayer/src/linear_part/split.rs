//! Coefficients whose errors are honest after a choice: some rows choose the inputs, the others estimate.
//!
//! What the estimates are of is the best line on these inputs, whether or not it is the truth; their errors are those of an
//! ordinary fit, as rows that had no say in the choice do not know of it (Cox 1975, "A note on data-splitting for the
//! evaluation of significance levels"; Rinaldo, Wasserman & G'Sell 2019). The price is half of the rows.

use serde::{Deserialize, Serialize};

use super::original_units::{Coefficient, Units};
use super::projection::LinearPart;
use super::responses::Responses;
use crate::encode::{Encoding, TargetEncoding};
use crate::solve::{PathOptions, linear_path};

/// Lambdas of the ridge along which the line is found: the last is nothing, unless columns determine each other or classes are separated.
const HARDLY_ANY: [f64; 2] = [1e-6, 1e-10];

/// A line on chosen inputs, estimated without a penalty on rows that did not choose them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitInference {
    /// Rows that chose the inputs, and rows of the estimates.
    pub n_selection: usize,
    pub n_estimation: usize,
    pub coefficients: Vec<Coefficient>,
    pub intercept: Vec<f64>,
    /// `HC3` or with groups `CR3`; `None` where the rows are too few for errors.
    pub standard_errors: Option<String>,
    pub notes: Vec<String>,
}

impl SplitInference {
    /// Estimates the coefficients of the inputs `chosen` by the other `n_selection` rows. O(n k^2) for k inputs.
    pub(crate) fn new(
        chosen: &[usize],
        n_selection: usize,
        responses: &Responses,
        encoding: &Encoding,
        target: &TargetEncoding,
    ) -> Self {
        let (p, k) = (responses.x.n_columns(), responses.y.n_columns());
        let x = responses.x.select_columns(chosen);
        let options =
            PathOptions { l1_ratio: 0.0, lambdas: Some(HARDLY_ANY.to_vec()), tol: 1e-9, ..PathOptions::default() };
        let units = Units::new(encoding, target);
        let line = match responses.partial_line(&x) {
            Some(coef) => Some((vec![0.0], coef)),
            None => linear_path(&x, responses.y, responses.terms(), responses.loss, &options)
                .ok()
                .and_then(|mut path| path.pop())
                .map(|fit| (fit.intercept, fit.coef)),
        };
        let Some((intercept, of_chosen)) = line else {
            let notes = vec!["the line could not be estimated on the rows that did not choose its inputs".into()];
            let n_estimation = responses.x.n_rows();
            return Self {
                n_selection,
                n_estimation,
                coefficients: Vec::new(),
                intercept: Vec::new(),
                standard_errors: None,
                notes,
            };
        };
        let mut coef = vec![0.0; k * p];
        for (o, (c, &j)) in (0..k).flat_map(|o| chosen.iter().enumerate().map(move |at| (o, at))) {
            coef[o * p + j] = of_chosen[o * chosen.len() + c];
        }
        let mut part =
            LinearPart { intercept, coef, unit_lines: None, rank: chosen.len(), n_used: chosen.len(), converged: true };
        if responses.loss.couples_outputs() {
            part.centre_outputs();
        }
        let errors = responses.standard_errors(&part, chosen);
        let values = errors.as_ref().map(|found| &found.values[..]);
        let (coefficients, intercept) = units.linear(&part.coef, &part.intercept, values);
        Self {
            n_selection,
            n_estimation: responses.x.n_rows(),
            coefficients,
            intercept,
            standard_errors: errors.is_some().then(|| responses.method().to_owned()),
            notes: errors.map(|found| found.remarks(&units.names)).unwrap_or_default(),
        }
    }
}
