//! What rows bring to a likelihood besides inputs and responses.

/// Weights of rows, and what is added to their linear predictors with coefficient 1.
///
/// Weights alone become one where a function takes `impl Into<RowTerms>`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowTerms<'a> {
    /// (n)
    pub weight: &'a [f64],
    /// (n) for losses of one output, or empty: no offset.
    pub offset: &'a [f64],
}

impl RowTerms<'_> {
    /// Adds the offset to linear predictors (n) of one output; without an offset they stay what they are, of any number of outputs.
    pub fn add_offset(&self, eta: &mut [f64]) {
        eta.iter_mut().zip(self.offset).for_each(|(eta, offset)| *eta += offset);
    }
}

impl<'a> From<&'a [f64]> for RowTerms<'a> {
    fn from(weight: &'a [f64]) -> Self {
        Self { weight, offset: &[] }
    }
}

impl<'a> From<&'a Vec<f64>> for RowTerms<'a> {
    fn from(weight: &'a Vec<f64>) -> Self {
        Self::from(weight.as_slice())
    }
}

impl<'a, const N: usize> From<&'a [f64; N]> for RowTerms<'a> {
    fn from(weight: &'a [f64; N]) -> Self {
        Self::from(weight.as_slice())
    }
}
