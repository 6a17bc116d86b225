//! Where an input is looked at: quantiles of a number, levels of a category, both as settings of encoded features.

use std::ops::Range;

use crate::encode::{Encoding, InputEncoding};
use crate::matrix::Matrix;

/// The grid of one input, over the rows of an encoded matrix x (n, p).
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub name: String,
    /// Columns of x that the input became.
    pub features: Range<usize>,
    /// What the features are at each place.
    pub settings: Vec<Vec<f64>>,
    pub kind: Kind,
}

/// What the grid points are.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Increasing values of the first feature; `at` in original units.
    Numeric {
        at: Vec<f64>,
        deciles: Vec<f64>,
    },
    Levels {
        names: Vec<String>,
    },
}

impl Grid {
    /// Grid of each input of `encoding`, at most `n_points` of a number: all its values or else their quantiles.
    ///
    /// `None` for an input that does not vary in `x`. O(n log n) an input.
    pub fn all(encoding: &Encoding, x: &Matrix, n_points: usize) -> Vec<Option<Self>> {
        let mut start = 0;
        let counts = encoding.input_of_feature();
        let place = |(i, input): (usize, &InputEncoding)| {
            let features = start..start + counts.iter().filter(|&&of| of == i).count();
            start = features.end;
            Self::new(input, features, x, n_points)
        };
        encoding.inputs.iter().enumerate().map(place).collect()
    }

    fn new(input: &InputEncoding, features: Range<usize>, x: &Matrix, n_points: usize) -> Option<Self> {
        let (settings, kind) = match input {
            InputEncoding::Numeric { standard, missing, .. } => {
                let present = missing.map(|s| s.apply(0.0));
                let is_present = |i: &usize| present.is_none_or(|no| x.get(*i, features.start + 1) == no);
                let column = x.column(features.start);
                let mut sorted: Vec<f64> = (0..x.n_rows()).filter(is_present).map(|i| column[i]).collect();
                sorted.sort_by(f64::total_cmp);
                let values = quantiles(&sorted, n_points);
                let at = values.iter().map(|z| standard.invert(*z)).collect();
                let deciles = (1..10).filter_map(|d| sorted.get(d * sorted.len() / 10)).map(|z| standard.invert(*z));
                let kind = Kind::Numeric { at, deciles: deciles.collect() };
                (values.into_iter().map(|z| std::iter::once(z).chain(present).collect()).collect(), kind)
            }
            InputEncoding::Categorical { reference, .. } => {
                let names = input.levels();
                let scales = input.scales();
                // The reference first: none of the indicators. Indicators that did not vary in training are 0 throughout.
                let value = |is: bool, f: usize| {
                    let s = &scales[f];
                    if s.scale < 1.0 { s.apply(f64::from(u8::from(is))) } else { 0.0 }
                };
                let setting = |own: Option<usize>| (0..scales.len()).map(|f| value(Some(f) == own, f)).collect();
                let settings = std::iter::once(setting(None)).chain((0..scales.len()).map(|f| setting(Some(f))));
                let settings: Vec<Vec<f64>> = settings.collect();
                let names = std::iter::once(reference.clone()).chain(names).collect();
                (settings, Kind::Levels { names })
            }
        };
        let name = input.name().to_owned();
        (settings.len() > 1).then_some(Self { name, features, settings, kind })
    }

    /// Place of each row of `x`: where on the scale of grid points a number lies (2.25: a quarter of the way from the third to the
    /// fourth), which level a category has; `None` for a number that is missing.
    pub fn of_rows(&self, x: &Matrix) -> Vec<Option<f64>> {
        let own = |i: usize| self.features.clone().map(|j| x.get(i, j)).collect::<Vec<f64>>();
        match &self.kind {
            Kind::Levels { .. } => {
                let level = |i| self.settings.iter().position(|s| *s == own(i)).map(|at| at as f64);
                (0..x.n_rows()).map(level).collect()
            }
            Kind::Numeric { .. } => {
                let last = self.settings.len() - 1;
                let place = |i: usize| {
                    let row = own(i);
                    if row[1..] != self.settings[0][1..] {
                        return None;
                    }
                    let after = self.settings.partition_point(|s| s[0] < row[0]).clamp(1, last);
                    let (from, to) = (self.settings[after - 1][0], self.settings[after][0]);
                    Some(after as f64 - 1.0 + ((row[0] - from) / (to - from)).clamp(0.0, 1.0))
                };
                (0..x.n_rows()).map(place).collect()
            }
        }
    }
}

/// The value at `place`, between two entries of `curve` in proportion.
pub fn interpolate(curve: &[f64], place: f64) -> f64 {
    let before = (place as usize).min(curve.len() - 1);
    let after = (before + 1).min(curve.len() - 1);
    let share = place - before as f64;
    curve[before] + share * (curve[after] - curve[before])
}

/// All distinct values, or `n` of the sorted ones at equal distances by rank, the ends among them.
fn quantiles(sorted: &[f64], n: usize) -> Vec<f64> {
    let mut distinct = sorted.to_vec();
    distinct.dedup();
    if distinct.len() <= n {
        return distinct;
    }
    let (last, steps) = (sorted.len() - 1, n.max(2) - 1);
    let mut values: Vec<f64> = (0..=steps).map(|k| sorted[k * last / steps]).collect();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Table, Values};

    #[test]
    fn rows_lie_where_their_features_say() {
        const NO: f64 = f64::NAN;
        let hue = [Some("red"), Some("blue"), Some("red"), None, Some("red"), None, None, None, None];
        let table = Table::new(vec![])
            .and_then(|t| t.with_column("age", Values::Numeric(vec![1.0, NO, 3.0, 4.0, 8.0, NO, NO, NO, NO])))
            .and_then(|t| t.with_column("hue", Values::from_text(hue)))
            .unwrap();
        let rows: Vec<usize> = (0..9).collect();
        let (encoding, _) = Encoding::learn(&table, &["age".into(), "hue".into()], &rows, &[1.0; 9]).unwrap();
        let (x, _) = encoding.apply(&table, &rows).unwrap();
        let grids: Vec<Grid> = Grid::all(&encoding, &x, 40).into_iter().flatten().collect();
        assert_eq!(grids[0].of_rows(&x)[..5], [Some(0.0), None, Some(1.0), Some(2.0), Some(3.0)]);
        assert_eq!(grids[1].of_rows(&x)[..5], [Some(0.0), Some(1.0), Some(0.0), Some(2.0), Some(0.0)]);
        let Kind::Numeric { at, .. } = &grids[0].kind else { panic!("{grids:?}") };
        assert!(at.iter().zip([1.0, 3.0, 4.0, 8.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{at:?}");
        assert_eq!(grids[1].kind, Kind::Levels { names: vec!["red".into(), "blue".into(), "(missing)".into()] });
        // Fewer grid points than values: rows lie between them.
        let few = Grid::all(&encoding, &x, 2).remove(0).unwrap();
        let between: Vec<f64> = few.of_rows(&x).into_iter().flatten().collect();
        assert!(between.iter().zip([0.0, 2.0 / 7.0, 3.0 / 7.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(interpolate(&[1.0, 2.0, 4.0], 1.5), 3.0);
        assert_eq!(interpolate(&[1.0, 2.0, 4.0], 2.0), 4.0);
    }
}
