//! Winograd's minimal filtering of four outputs of a correlation by three weights, along one side of a tile.
//!
//! ```text
//!  y = A' [(G g) * (B' d)]       6 numbers d of the input, 3 weights g, 4 outputs y; * is number by number
//! ```
//!
//! Both factors are polynomials, known by their values at the points 0, a, -a, b, -b and infinity, where the product of the values is
//! the value of the product (Lavin & Gray 2016). All points give the same outputs but for rounding: with a^2 = 1/2 and b^2 = 2 the
//! numbers on the way stay of one size, and a b = 1 saves products. What is gathered for weights is the transpose of what spreads them.

use std::f32::consts::{FRAC_1_SQRT_2 as A, SQRT_2 as B};

use pulp::Simd;

/// Values of one side of a tile, and numbers of its input.
pub const POINTS: usize = 6;
/// Outputs of one side.
pub const SIDE: usize = 4;

/// factor x + sum.
#[inline(always)]
fn plus<S: Simd>(simd: S, factor: f32, x: S::f32s, sum: S::f32s) -> S::f32s {
    simd.mul_add_e_f32s(simd.splat_f32s(factor), x, sum)
}

/// factor x.
#[inline(always)]
fn times<S: Simd>(simd: S, factor: f32, x: S::f32s) -> S::f32s {
    simd.mul_f32s(simd.splat_f32s(factor), x)
}

/// B' d.
#[inline(always)]
pub fn of_input<S: Simd>(simd: S, [d0, d1, d2, d3, d4, d5]: [S::f32s; POINTS]) -> [S::f32s; POINTS] {
    let (even_a, odd_a) = (plus(simd, -2.0, d2, d4), times(simd, A, plus(simd, -2.0, d1, d3)));
    let (even_b, odd_b) = (plus(simd, -0.5, d2, d4), times(simd, B, plus(simd, -0.5, d1, d3)));
    [
        plus(simd, -2.5, d2, simd.add_f32s(d0, d4)),
        simd.add_f32s(even_a, odd_a),
        simd.sub_f32s(even_a, odd_a),
        simd.add_f32s(even_b, odd_b),
        simd.sub_f32s(even_b, odd_b),
        plus(simd, -2.5, d3, simd.add_f32s(d1, d5)),
    ]
}

/// G g.
#[inline(always)]
pub fn of_weights<S: Simd>(simd: S, [g0, g1, g2]: [S::f32s; 3]) -> [S::f32s; POINTS] {
    let (even_a, odd_a) = (times(simd, -2.0 / 3.0, plus(simd, 0.5, g2, g0)), times(simd, -2.0 / 3.0 * A, g1));
    let (even_b, odd_b) = (times(simd, 1.0 / 6.0, plus(simd, 2.0, g2, g0)), times(simd, 1.0 / 6.0 * B, g1));
    [
        g0,
        simd.add_f32s(even_a, odd_a),
        simd.sub_f32s(even_a, odd_a),
        simd.add_f32s(even_b, odd_b),
        simd.sub_f32s(even_b, odd_b),
        g2,
    ]
}

/// A' of values.
#[inline(always)]
pub fn to_output<S: Simd>(simd: S, [k0, k1, k2, k3, k4, k5]: [S::f32s; POINTS]) -> [S::f32s; SIDE] {
    let (even_a, odd_a) = (simd.add_f32s(k1, k2), times(simd, A, simd.sub_f32s(k1, k2)));
    let (even_b, odd_b) = (simd.add_f32s(k3, k4), times(simd, B, simd.sub_f32s(k3, k4)));
    [
        simd.add_f32s(k0, simd.add_f32s(even_a, even_b)),
        simd.add_f32s(odd_a, odd_b),
        plus(simd, 2.0, even_b, times(simd, 0.5, even_a)),
        plus(simd, 2.0, odd_b, plus(simd, 0.5, odd_a, k5)),
    ]
}

/// A dy: the transpose of [`to_output`].
#[inline(always)]
pub fn of_gradient<S: Simd>(simd: S, [y0, y1, y2, y3]: [S::f32s; SIDE]) -> [S::f32s; POINTS] {
    let (even_a, odd_a) = (plus(simd, 0.5, y2, y0), times(simd, A, plus(simd, 0.5, y3, y1)));
    let (even_b, odd_b) = (plus(simd, 2.0, y2, y0), times(simd, B, plus(simd, 2.0, y3, y1)));
    [
        y0,
        simd.add_f32s(even_a, odd_a),
        simd.sub_f32s(even_a, odd_a),
        simd.add_f32s(even_b, odd_b),
        simd.sub_f32s(even_b, odd_b),
        y3,
    ]
}

/// G' of values: the transpose of [`of_weights`].
#[inline(always)]
pub fn to_weights<S: Simd>(simd: S, [k0, k1, k2, k3, k4, k5]: [S::f32s; POINTS]) -> [S::f32s; 3] {
    let (even_a, odd_a) =
        (times(simd, -2.0 / 3.0, simd.add_f32s(k1, k2)), times(simd, -2.0 / 3.0 * A, simd.sub_f32s(k1, k2)));
    let (even_b, odd_b) =
        (times(simd, 1.0 / 6.0, simd.add_f32s(k3, k4)), times(simd, 1.0 / 6.0 * B, simd.sub_f32s(k3, k4)));
    [
        simd.add_f32s(k0, simd.add_f32s(even_a, even_b)),
        simd.add_f32s(odd_a, odd_b),
        plus(simd, 0.5, even_a, plus(simd, 2.0, even_b, k5)),
    ]
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    /// One of the transforms of the first `n` numbers, which are lifted to vectors.
    struct Transform<'a>(&'a str, &'a [f32]);

    impl WithSimd for Transform<'_> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let Self(which, from) = self;
            let at = |i: usize| simd.splat_f32s(from[i]);
            let values: Vec<S::f32s> = match which {
                "of input" => of_input(simd, std::array::from_fn(at)).to_vec(),
                "of weights" => of_weights(simd, std::array::from_fn(at)).to_vec(),
                "to output" => to_output(simd, std::array::from_fn(at)).to_vec(),
                "of gradient" => of_gradient(simd, std::array::from_fn(at)).to_vec(),
                _ => to_weights(simd, std::array::from_fn(at)).to_vec(),
            };
            values.into_iter().map(|value| simd.reduce_max_f32s(value)).collect()
        }
    }

    fn on_this_processor(which: &str, from: &[f32]) -> Vec<f32> {
        Arch::new().dispatch(Transform(which, from))
    }

    fn anywhere(which: &str, from: &[f32]) -> Vec<f32> {
        Transform(which, from).with_simd(pulp::Scalar::new())
    }

    const D: [f32; POINTS] = [0.3, -1.2, 0.7, 2.1, -0.4, 1.1];
    const G: [f32; 3] = [0.9, -0.35, 1.4];
    const Y: [f32; SIDE] = [-0.8, 0.25, 1.6, -1.9];

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn products_of_values_are_the_values_of_the_correlation() {
        for transform in [on_this_processor, anywhere] {
            let (d, g) = (transform("of input", &D), transform("of weights", &G));
            let products: Vec<f32> = d.iter().zip(&g).map(|(d, g)| d * g).collect();
            for (i, y) in transform("to output", &products).into_iter().enumerate() {
                assert!((y - dot(&D[i..i + 3], &G)).abs() < 1e-6, "output {i}");
            }
        }
    }

    /// <A' d, y> = <d, A y>, and <G g, d> = <g, G' d>.
    #[test]
    fn gradients_go_through_the_transposes() {
        for transform in [on_this_processor, anywhere] {
            let (there, back) = (dot(&transform("to output", &D), &Y), dot(&D, &transform("of gradient", &Y)));
            assert!((there - back).abs() < 1e-5);
            let (there, back) = (dot(&transform("of weights", &G), &D), dot(&G, &transform("to weights", &D)));
            assert!((there - back).abs() < 1e-5);
        }
    }
}
