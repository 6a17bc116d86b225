//! Directions that a line cannot follow.

use faer::Mat;

use super::linear_fit::{LinearFit, Output};
use crate::data::Matrix;
use crate::fit::Sample;

/// Cosines of the ranks of an input, from the second (the first is nearly straight) to the seventh.
const WAVES: std::ops::RangeInclusive<usize> = 2..=7;
/// Inputs whose waves are looked at, and whose products are: those with the largest standardised coefficients. The choice
/// looks at the fit only, which the bootstrap holds fixed.
const MAX_WAVED: usize = 80;
const MAX_MULTIPLIED: usize = 28;
/// Squared length that must be left of a direction off the line, relative to before.
const LEFT: f64 = 1e-6;

/// Directions whose weighted scores are added.
pub struct Set {
    /// Place and weight of each.
    pub directions: Vec<(usize, f64)>,
    /// The inputs that they are made of; none for fitted values.
    pub inputs: Vec<usize>,
}

/// Statistics of a family: sums of weighted scores within a set of directions, then the largest of the sets.
pub struct Family {
    pub name: &'static str,
    pub sets: Vec<Set>,
}

/// The directions of all families for one output: unit columns off the line (n, d).
pub struct Directions {
    pub columns: Mat<f64>,
    pub families: Vec<Family>,
}

/// One an output.
pub struct Families {
    pub outputs: Vec<Directions>,
}

impl Families {
    /// coord, poly and reset for every output of `fit`.
    pub fn new(sample: &Sample, fit: &LinearFit) -> Self {
        Self { outputs: fit.outputs.iter().map(|output| directions(&sample.x, output)).collect() }
    }

    /// Whether no output has any direction.
    pub fn is_empty(&self) -> bool {
        self.outputs.iter().all(|o| o.columns.ncols() == 0)
    }
}

/// Collects directions, projected off the line and made unit; straight ones are dropped.
struct Collector<'a> {
    output: &'a Output,
    columns: Vec<Vec<f64>>,
}

impl Collector<'_> {
    /// The place of the direction `values`, if anything of it is left off the line.
    fn add(&mut self, values: &[f64]) -> Option<usize> {
        let Output { root, basis, .. } = self.output;
        let n = values.len();
        let column = Mat::from_fn(n, 1, |i, _| root[i] * values[i]);
        let total = column.squared_norm_l2();
        // Twice, because the first projection leaves rounding errors of what it removes.
        let once = &column - basis * (basis.transpose() * &column);
        let left = &once - basis * (basis.transpose() * &once);
        let length = left.squared_norm_l2();
        if !(length > LEFT * total && length.is_finite()) {
            return None;
        }
        let scale = 1.0 / length.sqrt();
        self.columns.push((0..n).map(|i| scale * left[(i, 0)]).collect());
        Some(self.columns.len() - 1)
    }
}

fn directions(x: &Matrix, output: &Output) -> Directions {
    let n = x.n_rows();
    let by_size = by_coefficient(x, output);
    let mut collector = Collector { output, columns: Vec::new() };

    let mut coord = Vec::new();
    for &j in by_size.iter().take(MAX_WAVED) {
        let ranks = ranks(x.column(j));
        let mut set = Vec::new();
        for wave in WAVES {
            let values: Vec<f64> = ranks.iter().map(|r| (std::f64::consts::PI * wave as f64 * r).cos()).collect();
            set.extend(collector.add(&values).map(|at| (at, 1.0 / wave as f64)));
        }
        if !set.is_empty() {
            coord.push(Set { directions: set, inputs: vec![j] });
        }
    }

    let mut poly = Vec::new();
    let multiplied: Vec<usize> = by_size.iter().copied().take(MAX_MULTIPLIED).collect();
    for (place, &a) in multiplied.iter().enumerate() {
        let of_a = x.column(a);
        for &b in &multiplied[place..] {
            let values: Vec<f64> = of_a.iter().zip(x.column(b)).map(|(a, b)| a * b).collect();
            poly.extend(collector.add(&values).map(|at| Set { directions: vec![(at, 1.0)], inputs: vec![a, b] }));
        }
        let values: Vec<f64> = of_a.iter().map(|a| a * a * a).collect();
        poly.extend(collector.add(&values).map(|at| Set { directions: vec![(at, 1.0)], inputs: vec![a, a, a] }));
    }

    let mean = output.fitted.iter().sum::<f64>() / n as f64;
    let spread = (output.fitted.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let mut reset = Vec::new();
    if spread > 0.0 {
        let unit: Vec<f64> = output.fitted.iter().map(|f| (f - mean) / spread).collect();
        let square = collector.add(&unit.iter().map(|u| u * u).collect::<Vec<f64>>());
        let mut cube: Vec<f64> = unit.iter().map(|u| u * u * u).collect();
        if let Some(at) = square {
            // Orthonormal to the square as well.
            let own: Vec<f64> = cube.iter().zip(&output.root).map(|(c, r)| c * r).collect();
            let along: f64 = own.iter().zip(&collector.columns[at]).map(|(c, s)| c * s).sum();
            for i in 0..n {
                cube[i] -= along * collector.columns[at][i] / output.root[i].max(f64::MIN_POSITIVE);
            }
        }
        let set: Vec<(usize, f64)> = square.into_iter().chain(collector.add(&cube)).map(|at| (at, 1.0)).collect();
        if !set.is_empty() {
            reset.push(Set { directions: set, inputs: Vec::new() });
        }
    }
    let families = vec![
        Family { name: "coord", sets: coord },
        Family { name: "poly", sets: poly },
        Family { name: "reset", sets: reset },
    ];
    let columns = Mat::from_fn(n, collector.columns.len(), |i, c| collector.columns[c][i]);
    Directions { columns, families }
}

/// Inputs by the size of their correlation with the fitted values, largest first.
fn by_coefficient(x: &Matrix, output: &Output) -> Vec<usize> {
    let n = x.n_rows() as f64;
    let mean = output.fitted.iter().sum::<f64>() / n;
    let size = |j: usize| x.column(j).iter().zip(&output.fitted).map(|(x, f)| x * (f - mean)).sum::<f64>().abs();
    let sizes: Vec<f64> = (0..x.n_columns()).map(size).collect();
    let mut order: Vec<usize> = (0..x.n_columns()).collect();
    order.sort_by(|&a, &b| sizes[b].total_cmp(&sizes[a]));
    order
}

/// Mid-ranks on (0, 1).
fn ranks(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; n];
    let mut start = 0;
    while start < n {
        let tied = order[start..].iter().take_while(|&&i| values[i] == values[order[start]]).count();
        for &i in &order[start..start + tied] {
            ranks[i] = (start as f64 + 0.5 * tied as f64) / n as f64;
        }
        start += tied;
    }
    ranks
}
