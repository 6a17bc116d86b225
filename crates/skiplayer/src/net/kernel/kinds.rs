//! Every kind of processor that the kernels are compiled for computes what plain loops do: not only the best one at hand, which
//! is what dispatch chooses.

use proptest::prelude::*;
use pulp::Simd;

use super::outer::{LaneSums, Turned, outer, sums};
use crate::random::Random;
use crate::simd::Scalar;
use crate::simd::lanes::{LANES, Lanes};
use crate::simd::products::{Start, accumulate, accumulate_times};

/// Two operands and where their products go.
struct Case<T> {
    /// (rows, 64)
    a: Vec<Lanes<T>>,
    /// (columns, 64)
    b: Vec<Lanes<T>>,
    /// (rows, columns)
    weights: Vec<T>,
}

impl<T: Scalar> Case<T> {
    fn new(rows: usize, columns: usize, seed: u64) -> Self {
        let mut random = Random::simulated(seed);
        let mut draw = || T::of(random.normal());
        let mut lanes = |n: usize| (0..n).map(|_| Lanes(std::array::from_fn(|_| draw()))).collect();
        let (a, b) = (lanes(rows), lanes(columns));
        Self { a, b, weights: (0..rows * columns).map(|_| draw()).collect() }
    }

    fn agrees<S: Simd>(&self, simd: S, tolerance: f64) {
        let (rows, columns) = (self.a.len(), self.b.len());
        let number = |value: T| value.to_f64();

        let mut out = self.a.clone();
        accumulate(simd, &self.weights, (columns, 1), &self.b, Start::There, &mut out);
        for (r, row) in out.iter().enumerate() {
            for l in 0..LANES {
                let product = |c: usize| number(self.weights[r * columns + c]) * number(self.b[c][l]);
                let expected = number(self.a[r][l]) + (0..columns).map(product).sum::<f64>();
                assert!((number(row[l]) - expected).abs() < tolerance * (1.0 + columns as f64), "row {r}, lane {l}");
            }
        }

        for start in [Start::Zero, Start::Bias(&self.weights)] {
            accumulate(simd, &self.weights, (columns, 1), &self.b, start, &mut out);
            for (r, row) in out.iter().enumerate() {
                let product = |c: usize| number(self.weights[r * columns + c]) * number(self.b[c][7]);
                let first = if matches!(start, Start::Zero) { 0.0 } else { number(self.weights[r]) };
                let expected = first + (0..columns).map(product).sum::<f64>();
                assert!(
                    (number(row[7]) - expected).abs() < tolerance * (1.0 + columns as f64),
                    "row {r} from {start:?}"
                );
            }
        }

        accumulate_times(simd, &self.weights, (columns, 1), &self.b, Start::Zero, &self.a, &mut out);
        for (r, row) in out.iter().enumerate() {
            let product = |c: usize| number(self.weights[r * columns + c]) * number(self.b[c][7]);
            let expected = number(self.a[r][7]) * (0..columns).map(product).sum::<f64>();
            assert!((number(row[7]) - expected).abs() < tolerance * 4.0 * (1.0 + columns as f64), "row {r} times");
        }

        // A matrix and its biases, over two tiles, the second of which is the first turned round.
        let n = rows * columns;
        let mut gradient = [&self.weights[..], &vec![T::ONE; rows]].concat();
        let (mut turned, mut lane_sums) = (Turned::default(), LaneSums::default());
        let mut a = self.a.clone();
        for _ in 0..2 {
            lane_sums.next_tile();
            outer(simd, &a, &self.b, 0, &mut gradient, &mut turned, &mut lane_sums);
            sums(simd, &a, n, &mut lane_sums);
            a.iter_mut().for_each(|lanes| lanes.reverse());
        }
        lane_sums.finish(simd, &mut gradient);
        for r in 0..rows {
            let twice = |l: usize| number(self.a[r][l]) + number(self.a[r][LANES - 1 - l]);
            for c in 0..columns {
                let product = |l: usize| twice(l) * number(self.b[c][l]);
                let expected = number(self.weights[r * columns + c]) + (0..LANES).map(product).sum::<f64>();
                assert!((number(gradient[r * columns + c]) - expected).abs() < tolerance * 128.0, "{r}, {c}");
            }
            let expected = 1.0 + (0..LANES).map(twice).sum::<f64>();
            assert!((number(gradient[n + r]) - expected).abs() < tolerance * 128.0, "sum {r}");
        }
    }

    fn agrees_on_all_kinds(&self, tolerance: f64) {
        self.agrees(pulp::Scalar::new(), tolerance);
        #[cfg(target_arch = "x86_64")]
        {
            pulp::x86::V3::try_new().into_iter().for_each(|simd| self.agrees(simd, tolerance));
            pulp::x86::V4::try_new().into_iter().for_each(|simd| self.agrees(simd, tolerance));
        }
        #[cfg(target_arch = "aarch64")]
        pulp::aarch64::Neon::try_new().into_iter().for_each(|simd| self.agrees(simd, tolerance));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn all_kinds_agree_with_plain_loops(rows in 1usize..40, columns in 1usize..40, seed: u64) {
        Case::<f64>::new(rows, columns, seed).agrees_on_all_kinds(1e-13);
        Case::<f32>::new(rows, columns, seed).agrees_on_all_kinds(1e-5);
    }
}
