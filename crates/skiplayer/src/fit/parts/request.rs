//! What a part is asked, and numbers as the bytes of an answer.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::encode::{Encoding, TargetEncoding};
use crate::loss::Loss;
use crate::net::Architecture;
use crate::schema::parts::PartRoles;
use crate::{Error, Result};

/// A question to every part.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// What the cells say: a [`TableSummary`](crate::schema::parts::TableSummary). Reads the rows.
    Summary(PartRoles),
    /// To keep its rows as they are encoded; rows, and weights of those that train and that are held out. Reads the rows.
    Encode(Box<Preparation>),
    /// Second moments, the lower triangle.
    Moments(Rows),
    /// Sums over rows at a point.
    Sums(Question),
    /// What a network gains over another on rows held out.
    Gain { loss: Loss, linear: Point, network: Point },
    /// A share of the rows, taken at random.
    Some { rows: Rows, share: f64 },
}

/// What is learned of all parts before any is encoded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preparation {
    pub roles: PartRoles,
    pub encoding: Encoding,
    pub target: TargetEncoding,
    /// Mean weight of a row as it is in the table.
    pub weight: f64,
    pub seed: u64,
}

/// Which of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    All,
    /// Those that train before a choice is made.
    Train,
    /// A tenth of each part, which makes the choice.
    HeldOut,
}

/// A network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    pub architecture: Architecture,
    pub theta: Vec<f64>,
}

/// What is summed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Question {
    pub rows: Rows,
    pub loss: Loss,
    pub at: Point,
    /// Of each output.
    pub precision: Vec<f64>,
    pub what: What,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Losses,
    /// Behind the losses.
    Gradient,
    /// Over these parameters, the lower triangle.
    GaussNewton(Vec<usize>),
}

/// As bytes.
///
/// # Errors
/// A defect: all values have a form as bytes.
pub fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::failure("a request to parts", error.to_string()))
}

/// From bytes.
///
/// # Errors
/// Bytes of another version.
pub fn of_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        Error::failure("bytes between workers", error.to_string())
            .hint("give all workers the same version of the package")
    })
}

/// Numbers with all their bits.
pub fn of_numbers(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The numbers of an answer.
pub fn numbers(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|number| f64::from_le_bytes(*number)).collect()
}

/// As [`of_numbers`], in single precision.
pub fn of_singles(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// As [`numbers`], in single precision.
pub fn singles(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
}
