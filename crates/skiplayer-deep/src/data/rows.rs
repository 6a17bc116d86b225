//! Rows of a table, encoded: numbers in, classes or numbers out.

use skiplayer::{Error, Result};

use super::classes::{class_positions, listed};
use super::fingerprint::Fingerprint;

/// Rows with what is to be predicted from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    n_features: usize,
    /// (n, features), row by row.
    values: Vec<f32>,
    answers: Answers,
}

/// What is to be predicted from a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// One position in `names` a row.
    Classes { labels: Vec<u16>, names: Vec<String> },
    /// One number a row and name, row by row.
    Numbers { values: Vec<f32>, names: Vec<String> },
}

impl Rows {
    /// `values` (n, `n_features`) row by row; numbers of mean 0 and variance 1 are learned best.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if the sizes do not fit together, there is no row, or a label names no class.
    pub fn new(n_features: usize, values: Vec<f32>, answers: Answers) -> Result<Self> {
        let n = match &answers {
            Answers::Classes { labels, .. } => labels.len(),
            Answers::Numbers { values, names } => values.len() / names.len().max(1),
        };
        if n == 0 || n_features == 0 || n.checked_mul(n_features) != Some(values.len()) {
            return Err(Error::input("rows", format!("{} numbers", values.len()))
                .expected(format!("{n} rows of {n_features} features, at least one of each")));
        }
        // Indices of examples are u32 everywhere.
        if u32::try_from(n).is_err() {
            return Err(Error::input("rows", n.to_string()).expected("fewer than 2^32"));
        }
        match &answers {
            Answers::Classes { labels, names } => {
                if let Some(i) = labels.iter().position(|&label| usize::from(label) >= names.len()) {
                    return Err(Error::input(format!("row {i} of {n}"), format!("the label {}", labels[i]))
                        .expected(format!("a class from 0 to {}", names.len().saturating_sub(1))));
                }
            }
            Answers::Numbers { values, names } => {
                if names.is_empty() || !values.len().is_multiple_of(names.len()) {
                    return Err(Error::input("targets of rows", format!("{} numbers", values.len()))
                        .expected(format!("{} a row", names.len())));
                }
            }
        }
        Ok(Self { n_features, values, answers })
    }

    /// The same rows for a network whose outputs are called `known`: classes are matched by name, numbers have to be the same ones.
    ///
    /// # Errors
    /// Outputs that are not among `known`.
    pub(super) fn with_outputs(mut self, known: &[String], place: &str) -> Result<Self> {
        match &mut self.answers {
            Answers::Classes { labels, names } => {
                let positions = class_positions(names, known, place)?;
                labels.iter_mut().for_each(|label| *label = positions[usize::from(*label)]);
                *names = known.to_vec();
            }
            Answers::Numbers { names, .. } if names == known => {}
            Answers::Numbers { names, .. } => {
                return Err(Error::input(place, format!("the targets {}", listed(names.iter())))
                    .expected(format!("those that the network was trained on: {}", listed(known))));
            }
        }
        Ok(self)
    }

    /// Takes all of them into `fingerprint`.
    pub(super) fn add_to(&self, fingerprint: &mut Fingerprint) {
        fingerprint.add_numbers(&self.values);
        match &self.answers {
            Answers::Classes { labels, names } => {
                names.iter().for_each(|name| fingerprint.add(name.as_bytes()));
                labels.iter().for_each(|label| fingerprint.add(&label.to_le_bytes()));
            }
            Answers::Numbers { values, names } => {
                names.iter().for_each(|name| fingerprint.add(name.as_bytes()));
                fingerprint.add_numbers(values);
            }
        }
    }

    /// How many rows.
    #[expect(clippy::len_without_is_empty, reason = "there is always at least one")]
    pub fn len(&self) -> usize {
        self.values.len() / self.n_features
    }

    /// Numbers in a row.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The numbers of one row.
    ///
    /// # Panics
    /// If there are not so many rows.
    pub fn row(&self, i: u32) -> &[f32] {
        &self.values[i as usize * self.n_features..][..self.n_features]
    }

    /// What is to be predicted from all rows.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let numbers = |values| Answers::Numbers { values, names: names() };
        let rows = Rows::new(3, vec![0.0; 6], numbers(vec![1.0; 4])).unwrap();
        assert_eq!((rows.len(), rows.row(1)), (2, &[0.0; 3][..]));
        assert!(Rows::new(3, vec![0.0; 6], numbers(vec![1.0; 5])).is_err());
        assert!(Rows::new(3, vec![0.0; 5], numbers(vec![1.0; 4])).is_err());
        assert!(Rows::new(3, vec![], numbers(vec![])).is_err());
        let classes = Answers::Classes { labels: vec![0, 2], names: names() };
        let error = Rows::new(3, vec![0.0; 6], classes).unwrap_err().to_string();
        assert_eq!(error, "row 1 of 2: found the label 2, expected a class from 0 to 1");
    }
}
