//! Every kind of processor that the kernels are compiled for computes what plain loops do: not only the best one at hand, which
//! is what dispatch chooses.

use proptest::prelude::*;
use pulp::Simd;

use super::products::{LANES, Lanes, Turned, accumulate, outer, sums};
use super::scalar::Scalar;
use crate::random::Random;

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
        let mut random = Random::new(seed, 0);
        let mut draw = || T::of(random.normal());
        let mut lanes = |n: usize| (0..n).map(|_| Lanes(std::array::from_fn(|_| draw()))).collect();
        let (a, b) = (lanes(rows), lanes(columns));
        Self { a, b, weights: (0..rows * columns).map(|_| draw()).collect() }
    }

    fn agrees<S: Simd>(&self, simd: S, tolerance: f64) {
        let (rows, columns) = (self.a.len(), self.b.len());
        let number = |value: T| value.to_f64();

        let mut out = self.a.clone();
        accumulate(simd, &self.weights, columns, 1, &self.b, &mut out);
        for (r, row) in out.iter().enumerate() {
            for l in 0..LANES {
                let product = |c: usize| number(self.weights[r * columns + c]) * number(self.b[c][l]);
                let expected = number(self.a[r][l]) + (0..columns).map(product).sum::<f64>();
                assert!((number(row[l]) - expected).abs() < tolerance * (1.0 + columns as f64), "row {r}, lane {l}");
            }
        }

        let mut gradient = self.weights.clone();
        outer(simd, &self.a, &self.b, &mut gradient, &mut Turned::default());
        for r in 0..rows {
            for c in 0..columns {
                let product = |l: usize| number(self.a[r][l]) * number(self.b[c][l]);
                let expected = number(self.weights[r * columns + c]) + (0..LANES).map(product).sum::<f64>();
                assert!((number(gradient[r * columns + c]) - expected).abs() < tolerance * 64.0, "{r}, {c}");
            }
        }

        let mut total = vec![T::ZERO; rows];
        sums(simd, &self.a, &mut total);
        for (r, total) in total.iter().enumerate() {
            let expected: f64 = self.a[r].iter().map(|value| number(*value)).sum();
            assert!((number(*total) - expected).abs() < tolerance * 64.0, "sum {r}");
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
