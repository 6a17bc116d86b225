//! Rows of a table, encoded: numbers in, classes or numbers out.

use skiplayer::{Error, Result};

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
