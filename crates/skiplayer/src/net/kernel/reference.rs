//! The network in plain loops, one row at a time: slow, and obviously right. Tests compare the kernels with it.

use crate::loss::Loss;
use crate::net::layout::Layout;
use crate::net::weights::{Weights, WeightsMut};

/// eta (K) and d eta_k / d theta (K, parameters) of one row `x` (p).
pub fn row(layout: &Layout, theta: &[f64], x: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (k, width) = (layout.n_outputs, layout.width);
    let weights = Weights::new(layout, theta);
    let unit = |bias: f64, row: &[f64], inputs: &[f64]| {
        layout.activation.value_slope::<f64, pulp::Scalar>(bias + dot(row, inputs))
    };
    let (first, first_slope): (Vec<f64>, Vec<f64>) =
        (0..width).map(|h| unit(weights.hidden_bias[h], weights.input.row(h), x)).unzip();
    let mut levels = vec![first];
    let (mut units, mut slopes) = (Vec::new(), Vec::new());
    for block in &weights.blocks {
        let before = levels.last().expect("a level");
        let (value, slope): (Vec<f64>, Vec<f64>) =
            (0..block.bias.len()).map(|m| unit(block.bias[m], block.input.row(m), before)).unzip();
        let after = (0..width).map(|h| before[h] + dot(block.output.row(h), &value)).collect();
        levels.push(after);
        units.push(value);
        slopes.push(slope);
    }
    let last = levels.last().expect("a level");
    let mut eta = vec![0.0; k];
    let mut jacobian = vec![vec![0.0; theta.len()]; k];
    for o in 0..k {
        eta[o] = weights.output_bias[o] + dot(weights.skip.row(o), x) + dot(weights.head.row(o), last);
        let mut d = WeightsMut::new(layout, &mut jacobian[o]);
        d.output_bias[o] = 1.0;
        d.skip.row_mut(o).copy_from_slice(x);
        d.head.row_mut(o).copy_from_slice(last);
        let mut delta = weights.head.row(o).to_vec();
        for (l, block) in weights.blocks.iter().enumerate().rev() {
            let d = &mut d.blocks[l];
            for m in 0..block.bias.len() {
                for h in 0..width {
                    d.output[(h, m)] = delta[h] * units[l][m];
                    d.bias[m] += block.output[(h, m)] * delta[h];
                }
                d.bias[m] *= slopes[l][m];
            }
            for m in 0..block.bias.len() {
                for h in 0..width {
                    d.input[(m, h)] = d.bias[m] * levels[l][h];
                    delta[h] += block.input[(m, h)] * d.bias[m];
                }
            }
        }
        for h in 0..width {
            d.hidden_bias[h] = delta[h] * first_slope[h];
            for (d_input, x) in d.input.row_mut(h).iter_mut().zip(x) {
                *d_input = d.hidden_bias[h] * x;
            }
        }
    }
    (eta, jacobian)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Sum of precision_k loss_k and its gradient over rows `x` (n of p), `y` (n of K).
pub fn value_gradient(
    layout: &Layout,
    theta: &[f64],
    x: &[Vec<f64>],
    y: &[Vec<f64>],
    weight: &[f64],
    loss: Loss,
    precision: &[f64],
) -> (f64, Vec<f64>) {
    let mut value = 0.0;
    let mut gradient = vec![0.0; theta.len()];
    for i in 0..x.len() {
        let (eta, jacobian) = row(layout, theta, &x[i]);
        let mut delta = vec![0.0; eta.len()];
        loss.value_gradient::<f64, pulp::Scalar>(&eta, &y[i], &weight[i..=i], &mut delta);
        if loss.has_noise_precision() {
            for k in 0..eta.len() {
                let own = loss.of_output(k);
                value += precision[k] * own.value(&eta[k..=k], &y[i][k..=k], &weight[i..=i]);
                delta[k] *= precision[k];
            }
        } else {
            value += loss.value(&eta, &y[i], &weight[i..=i]);
        }
        for k in 0..eta.len() {
            for (g, d) in gradient.iter_mut().zip(&jacobian[k]) {
                *g += delta[k] * d;
            }
        }
    }
    (value, gradient)
}

mod tests {
    use faer::Mat;
    use proptest::prelude::*;

    use super::super::tile::Pass;
    use super::super::tiled::Design;
    use super::*;
    use crate::loss::{Huber, NegativeBinomial, Ordinal, Quantile, RowTerms, Tweedie};
    use crate::matrix::Matrix;
    use crate::net::activation::Activation;
    use crate::net::architecture::Architecture;
    use crate::random::Random;

    /// Those whose curvature is bounded from below come last.
    fn losses() -> [Loss; 12] {
        [
            Loss::Squared,
            Loss::Logistic,
            Loss::Binomial,
            Loss::Ordinal(Ordinal::even(4)),
            Loss::Softmax,
            Loss::Poisson,
            Loss::Cox(Default::default()),
            Loss::Gamma,
            Loss::Tweedie(Tweedie { power: 1.4 }),
            Loss::NegativeBinomial(NegativeBinomial { theta: 2.3 }),
            Loss::Huber(Huber { delta: 0.9 }),
            Loss::Quantile(Quantile::default()),
        ]
    }

    /// Takes all parameters of some hidden units to zero.
    fn put_to_sleep(layout: &Layout, theta: &mut [f64], random: &mut Random) {
        let mut weights = WeightsMut::new(layout, theta);
        for h in (0..layout.width).filter(|_| random.uniform() < 0.3) {
            weights.set_unit(h, &vec![0.0; layout.n_inputs], 0.0, &vec![0.0; layout.n_outputs]);
        }
    }

    fn close(a: f64, b: f64, scale: f64) -> bool {
        (a - b).abs() <= 1e-11 * (1.0 + scale)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn kernels_agree_with_plain_loops(
            n in 1usize..300,
            p in 0usize..40,
            hidden in prop::collection::vec(1usize..21, 0..4),
            outputs in 1usize..4,
            which in 0usize..losses().len(),
            activation in prop::sample::select(vec![Activation::Tanh, Activation::Relu, Activation::Gelu]),
            seed: u64,
        ) {
            let loss = losses()[which];
            let k = match loss { Loss::Squared => outputs, Loss::Softmax => outputs + 1, Loss::Quantile(_) => 3, _ => 1 };
            let architecture = Architecture { n_inputs: p, n_outputs: k, hidden, activation };
            let layout = Layout::new(&architecture);
            let mut random = Random::simulated(seed);
            let mut theta: Vec<f64> = (0..layout.n_parameters()).map(|_| 0.3 * random.normal()).collect();
            put_to_sleep(&layout, &mut theta, &mut random);
            let x: Vec<Vec<f64>> = (0..n).map(|_| (0..p).map(|_| random.normal()).collect()).collect();
            let y: Vec<Vec<f64>> = (0..n).map(|_| {
                let class = random.below(k.max(2));
                (0..k).map(|o| match loss {
                    Loss::Squared => random.normal(),
                    Loss::Logistic | Loss::Cox(_) => class as f64,
                    Loss::Binomial => random.uniform(),
                    Loss::Ordinal(_) => random.below(4) as f64,
                    Loss::Softmax => f64::from(u8::from(class == o)),
                    Loss::Huber(_) | Loss::Quantile(_) => random.normal(),
                    Loss::Poisson | Loss::NegativeBinomial(_) | Loss::Tweedie(_) => random.below(5) as f64,
                    Loss::Gamma => 0.1 + random.uniform(),
                }).collect()
            }).collect();
            let weight: Vec<f64> = (0..n).map(|_| 2.0 * random.uniform()).collect();
            let precision: Vec<f64> =
                (0..k).map(|o| if k > 1 && loss.has_noise_precision() { 0.5 + o as f64 } else { 1.0 }).collect();

            let matrix = Matrix::from_fn(n, p, |i, j| x[i][j]);
            let response = Matrix::from_fn(n, k, |i, o| y[i][o]);
            let design = Design::new(&matrix, &response, &weight);
            let pass = Pass { layout: &layout, design: &design, loss, precision: &precision };

            let (value, gradient) = value_gradient(&layout, &theta, &x, &y, &weight, loss, &precision);
            let mut fast = vec![0.0; theta.len()];
            let losses = pass.losses_gradient(&theta, &mut fast);
            let total: f64 = losses.iter().zip(&precision).map(|(l, b)| l * b).sum();
            prop_assert!(close(total, value, value.abs()), "value {total}, expected {value}");
            prop_assert_eq!(&losses, &pass.losses(&theta));
            let scale: f64 = gradient.iter().map(|g| g.abs()).sum();
            for (f, g) in fast.iter().zip(&gradient) {
                prop_assert!(close(*f, *g, scale), "gradient {f}, expected {g}");
            }

            let single: Design<f32> = Design::new(&matrix, &response, &weight);
            let pass_single = Pass { layout: &layout, design: &single, loss, precision: &precision };
            let losses = pass_single.losses_gradient(&theta, &mut fast);
            let total: f64 = losses.iter().zip(&precision).map(|(l, b)| l * b).sum();
            prop_assert!((total - value).abs() < 1e-4 * (1.0 + value.abs()), "single value {total}, expected {value}");
            for (f, g) in fast.iter().zip(&gradient) {
                prop_assert!((f - g).abs() < 1e-4 * (1.0 + scale), "single gradient {f}, expected {g}");
            }

            let live: Vec<usize> = (0..theta.len()).filter(|i| i % 3 != 1).collect();
            let matrix = pass.gauss_newton(&theta, &live);
            let mut slow = vec![0.0; live.len() * live.len()];
            for i in 0..n {
                let (eta, jacobian) = row(&layout, &theta, &x[i]);
                let mut root = vec![0.0; k * k];
                loss.curvature_root(&eta, &y[i], &mut root);
                for r in 0..k {
                    let scaled: Vec<f64> = live.iter().map(|&a| {
                        let d: f64 = (0..k).map(|o| root[r * k + o] * jacobian[o][a]).sum();
                        d * (weight[i] * precision[r]).sqrt()
                    }).collect();
                    for a in 0..live.len() {
                        for b in 0..=a {
                            slow[a * live.len() + b] += scaled[a] * scaled[b];
                        }
                    }
                }
            }
            let scale: f64 = (0..live.len()).map(|a| slow[a * live.len() + a]).sum();
            for a in 0..live.len() {
                for b in 0..=a {
                    prop_assert!(close(matrix[(a, b)], slow[a * live.len() + b], scale));
                }
            }

            let eta = super::super::forward(&layout, &theta, &Matrix::from_fn(n, p, |i, j| x[i][j]));
            for i in 0..n {
                let (expected, _) = row(&layout, &theta, &x[i]);
                for o in 0..k {
                    prop_assert!(close(eta.get(i, o), expected[o], 10.0));
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Gauss-Newton and residual curvature together are the derivative of the gradient; of Huber's loss they are an upper bound.
        #[test]
        fn the_hessian_is_the_derivative_of_the_gradient(
            n in 1usize..150,
            p in 0usize..12,
            width in 1usize..6,
            which in 0usize..losses().len() - 2,
            activation in prop::sample::select(vec![Activation::Tanh, Activation::Gelu]),
            seed: u64,
        ) {
            let loss = losses()[which];
            let k = match loss { Loss::Squared => 2, Loss::Softmax => 3, _ => 1 };
            let layout = Layout::new(&Architecture { n_inputs: p, n_outputs: k, hidden: vec![width], activation });
            let mut random = Random::simulated(seed);
            let mut theta: Vec<f64> = (0..layout.n_parameters()).map(|_| 0.5 * random.normal()).collect();
            put_to_sleep(&layout, &mut theta, &mut random);
            let x = Matrix::from_fn(n, p, |_, _| random.normal());
            let class: Vec<usize> = (0..n).map(|_| random.below(k.max(2))).collect();
            let y = Matrix::from_fn(n, k, |i, o| match loss {
                Loss::Squared => random.normal(),
                Loss::Gamma => 0.1 + random.uniform(),
                Loss::Softmax => f64::from(u8::from(class[i] == o)),
                _ => class[i] as f64,
            });
            let weight: Vec<f64> = (0..n).map(|_| 2.0 * random.uniform()).collect();
            let precision: Vec<f64> =
                (0..k).map(|o| if k > 1 && loss.has_noise_precision() { 0.5 + o as f64 } else { 1.0 }).collect();
            let design = Design::new(&x, &y, &weight);
            let pass = Pass { layout: &layout, design: &design, loss, precision: &precision };

            let live: Vec<usize> = (0..theta.len()).filter(|i| i % 5 != 2).collect();
            let l = live.len();
            let lower = pass.gauss_newton(&theta, &live);
            let mut hessian: Vec<f64> =
                (0..l * l).map(|at| lower[((at / l).max(at % l), (at / l).min(at % l))]).collect();
            prop_assert!(pass.add_residual_curvature(&theta, &live, &mut hessian));
            let gradient = |a: usize, by: f64| {
                let mut moved = theta.clone();
                moved[live[a]] += by;
                let mut gradient = vec![0.0; theta.len()];
                pass.losses_gradient(&moved, &mut gradient);
                gradient
            };
            let scale: f64 = hessian.iter().map(|h| h.abs()).fold(1.0, f64::max);
            for a in 0..l {
                let (up, down) = (gradient(a, 1e-5), gradient(a, -1e-5));
                for b in 0..l {
                    let slope = (up[live[b]] - down[live[b]]) / 2e-5;
                    prop_assert!((slope - hessian[a * l + b]).abs() < 1e-6 * scale, "{slope}, {}", hessian[a * l + b]);
                }
            }
        }
    }

    /// An offset is one more input, whose coefficient is 1.
    #[test]
    fn an_offset_is_an_input_with_coefficient_one() {
        let (n, p, width) = (150, 3, 4);
        let mut random = Random::simulated(9);
        let x = Matrix::from_fn(n, p + 1, |_, _| random.normal());
        let y = Matrix::from_fn(n, 1, |_, _| random.below(3) as f64);
        let weight: Vec<f64> = (0..n).map(|_| 2.0 * random.uniform()).collect();
        let layout = |p: usize| {
            let hidden = vec![width];
            Layout::new(&Architecture { n_inputs: p, n_outputs: 1, hidden, activation: Activation::Tanh })
        };
        let (own, wide) = (layout(p), layout(p + 1));
        let theta: Vec<f64> = (0..own.n_parameters()).map(|_| 0.5 * random.normal()).collect();
        // Where the parameters of the one are in the other.
        let mut place: Vec<usize> = (0..p).map(|j| wide.skip.index(0, j)).collect();
        place.extend(wide.output_bias.clone());
        place.extend((0..width).flat_map(|h| (0..p).map(move |j| (h, j))).map(|(h, j)| wide.input.index(h, j)));
        place.extend(wide.hidden_bias.clone());
        place.extend(wide.head.range());
        let mut of: Vec<usize> = own.skip.range().collect();
        of.extend(own.output_bias.clone());
        of.extend(own.input.range());
        of.extend(own.hidden_bias.clone());
        of.extend(own.head.range());
        let mut whole = vec![0.0; wide.n_parameters()];
        of.iter().zip(&place).for_each(|(&from, &to)| whole[to] = theta[from]);
        whole[wide.skip.index(0, p)] = 1.0;

        let few = x.select_columns(&[0, 1, 2]);
        let terms = RowTerms { weight: &weight, offset: x.column(p) };
        let (beside, among): (Design, Design) = (Design::new(&few, &y, terms), Design::new(&x, &y, &weight));
        for loss in [Loss::Poisson, Loss::Tweedie(Tweedie { power: 1.5 })] {
            let beside = Pass { layout: &own, design: &beside, loss, precision: &[1.0] };
            let among = Pass { layout: &wide, design: &among, loss, precision: &[1.0] };
            let (mut gradient, mut expected) = (vec![0.0; theta.len()], vec![0.0; whole.len()]);
            let (value, of_input) =
                (beside.losses_gradient(&theta, &mut gradient)[0], among.losses_gradient(&whole, &mut expected)[0]);
            assert!(close(value, of_input, value.abs()), "{loss:?}: {value} {of_input}");
            assert!(close(beside.losses(&theta)[0], value, value.abs()));
            for (&from, &to) in of.iter().zip(&place) {
                assert!(close(gradient[from], expected[to], value.abs()), "{loss:?}: {from}");
            }
            let (second, wanted) = (beside.gauss_newton(&theta, &of), among.gauss_newton(&whole, &place));
            let square = |matrix: &Mat<f64>| {
                let l = matrix.nrows();
                (0..l * l).map(|at| matrix[((at / l).max(at % l), (at / l).min(at % l))]).collect::<Vec<f64>>()
            };
            let (mut second, mut wanted) = (square(&second), square(&wanted));
            assert!(beside.add_residual_curvature(&theta, &of, &mut second));
            assert!(among.add_residual_curvature(&whole, &place, &mut wanted));
            let scale = wanted.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
            assert!(second.iter().zip(&wanted).all(|(a, b)| close(*a, *b, scale)), "{loss:?}");
        }
    }

    /// Two parts, and more derivatives than one thread adds up.
    #[test]
    fn long_gradients_agree_with_plain_loops() {
        let layout = Layout::new(&Architecture {
            n_inputs: 3,
            n_outputs: 1,
            hidden: vec![130, 70],
            activation: Activation::Tanh,
        });
        let mut random = Random::simulated(6);
        let n = 2_100;
        let theta: Vec<f64> = (0..layout.n_parameters()).map(|_| 0.1 * random.normal()).collect();
        let x: Vec<Vec<f64>> = (0..n).map(|_| (0..3).map(|_| random.normal()).collect()).collect();
        let y: Vec<Vec<f64>> = (0..n).map(|_| vec![random.normal()]).collect();
        let weight = vec![1.0; n];
        let (_, expected) = value_gradient(&layout, &theta, &x, &y, &weight, Loss::Squared, &[1.0]);
        let matrix = Matrix::from_fn(n, 3, |i, j| x[i][j]);
        let design: Design = Design::new(&matrix, &Matrix::from_fn(n, 1, |i, _| y[i][0]), &weight);
        let pass = Pass { layout: &layout, design: &design, loss: Loss::Squared, precision: &[1.0] };
        let mut gradient = vec![f64::NAN; theta.len()];
        pass.losses_gradient(&theta, &mut gradient);
        let scale: f64 = expected.iter().map(|g| g.abs()).sum();
        assert!(gradient.len() > 16_384 && gradient.iter().zip(&expected).all(|(g, e)| close(*g, *e, scale)));
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        same_bits(vec![5, 4]);
        same_bits(vec![5]);
    }

    fn same_bits(hidden: Vec<usize>) {
        let architecture = Architecture { n_inputs: 3, n_outputs: 1, hidden, activation: Activation::Tanh };
        let layout = Layout::new(&architecture);
        let mut random = Random::simulated(5);
        let n = 9_000;
        let x = Matrix::from_fn(n, 3, |_, _| random.normal());
        let y = Matrix::from_fn(n, 1, |_, _| random.normal());
        let theta: Vec<f64> = (0..layout.n_parameters()).map(|_| random.normal()).collect();
        let design = Design::new(&x, &y, &vec![1.0; n]);
        let pass = Pass { layout: &layout, design: &design, loss: Loss::Squared, precision: &[1.0] };
        let live: Vec<usize> = (0..theta.len()).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| {
                let mut gradient = vec![0.0; theta.len()];
                let losses = pass.losses_gradient(&theta, &mut gradient);
                let mut residual = vec![0.0; live.len() * live.len()];
                pass.add_residual_curvature(&theta, &live, &mut residual);
                (losses, gradient, pass.gauss_newton(&theta, &live), residual)
            })
        };
        assert_eq!(run(1), run(3));
    }
}
