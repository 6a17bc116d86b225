//! What the battery must not depend on, its size and power, and inputs that leave nothing to test.

use super::*;
use crate::loss::{Loss, Quantile};
use crate::matrix::Matrix;
use crate::random::Random;

fn linearity_data<'a>(x: &'a Matrix, y: &'a Matrix, weight: &'a [f64]) -> LinearityData<'a> {
    LinearityData { x, y, weight, offset: &[], loss: Loss::Squared, dependence: Dependence::Rows, names: None }
}

/// Normal inputs (n, p), and the mean plus normal noise.
fn draw(n: usize, p: usize, seed: u64, mean: impl Fn(&[f64]) -> f64) -> (Matrix, Matrix) {
    let mut random = Random::simulated(seed);
    let x = Matrix::from_fn(n, p, |_, _| random.normal());
    let y = Matrix::from_fn(n, 1, |i, _| {
        let row: Vec<f64> = (0..p).map(|j| x.get(i, j)).collect();
        mean(&row) + 0.5 * random.normal()
    });
    (x, y)
}

fn line(x: &[f64]) -> f64 {
    2.0 * x[0] - x[1] + 0.5 * x[2]
}

#[test]
fn a_line_added_to_the_response_changes_no_residual() {
    let (x, y) = draw(120, 4, 1, |x| line(x) + 0.2 * x[0] * x[3]);
    let weight: Vec<f64> = (0..120).map(|i| 0.5 + f64::from(i % 3)).collect();
    let moved = Matrix::from_fn(120, 1, |i, _| 3.0 - 2.0 * y.get(i, 0) + 5.0 * x.get(i, 1) - x.get(i, 3));
    let (a, b) = (
        curvature_battery(&linearity_data(&x, &y, &weight), 199, 7),
        curvature_battery(&linearity_data(&x, &moved, &weight), 199, 7),
    );
    // The third looks along the fitted values, which a line does change.
    for (a, b) in a.tests.iter().zip(&b.tests).take(2) {
        assert!((a.statistic - b.statistic).abs() < 1e-8 * a.statistic, "{a:?} and {b:?}");
        assert_eq!(a.p_value, b.p_value);
    }
}

#[test]
fn scales_and_redundant_columns_change_nothing() {
    let (x, y) = draw(100, 3, 2, line);
    let weight = vec![1.0; 100];
    let scaled = Matrix::from_fn(100, 3, |i, j| 10f64.powi(4 * j as i32 - 4) * x.get(i, j) + 3.0);
    let shifted = Matrix::from_fn(100, 1, |i, _| 1e-3 * y.get(i, 0) - 40.0);
    let twice = Matrix::from_fn(100, 5, |i, j| if j == 3 { 1.0 } else { x.get(i, j % 4) });
    let plain = curvature_battery(&linearity_data(&x, &y, &weight), 199, 3);
    for (x, y) in [(&scaled, &y), (&x, &shifted), (&twice, &y)] {
        let other = curvature_battery(&linearity_data(x, y, &weight), 199, 3);
        for (a, b) in plain.tests.iter().zip(&other.tests) {
            assert!((a.statistic - b.statistic).abs() < 1e-6 * a.statistic, "{a:?} and {b:?}");
        }
        assert_eq!(plain.p_value, other.p_value);
    }
}

#[test]
fn the_same_result_for_any_number_of_threads() {
    let (x, y) = draw(150, 6, 3, |x| line(x) + 0.1 * x[0] * x[1]);
    let weight = vec![1.0; 150];
    let groups: Vec<usize> = (0..150).map(|i| i * 7 % 15).collect();
    for dependence in [Dependence::Rows, Dependence::Groups(&groups), Dependence::TimeOrder] {
        let data = LinearityData { dependence, ..linearity_data(&x, &y, &weight) };
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| curvature_battery(&data, 199, 11))
        };
        let alone = with(1);
        assert_eq!(alone, with(4));
        assert!(alone.p_value.is_some() && alone.tests.len() == 3);
    }
}

/// Weighted least squares by numpy 2 and F by scipy 1.17.1, on the same formulas.
#[test]
fn classical_tests_agree_with_an_independent_computation() {
    let n = 40;
    let at = |i: usize| i as f64;
    let x = Matrix::from_fn(n, 3, |i, j| match j {
        0 => (1.7 * at(i) + 0.3).sin(),
        1 => (0.9 * at(i) * 1.3 + 1.0).cos(),
        _ => (0.37 * at(i * i)).sin(),
    });
    let y = Matrix::from_fn(n, 1, |i, _| {
        let (a, b) = (x.get(i, 0), x.get(i, 1));
        1.0 + 2.0 * a - b + 0.3 * a * b + 0.5 * (5.3 * at(i * i) + 1.0).sin()
    });
    let weight: Vec<f64> = (0..n).map(|i| 1.0 + 0.5 * at(i).cos()).collect();
    let tests = linearity_tests(&linearity_data(&x, &y, &weight));
    let expected = [
        ("RESET F(2, 34)", 1.239_283_384_652_043_7, 0.302_342_747_747_692_4),
        ("Terasvirta F(7, 29)", 2.132_272_670_050_207_3, 0.071_659_350_878_535_32),
    ];
    for (test, (name, statistic, p_value)) in tests.iter().zip(expected) {
        assert_eq!(test.name, name);
        assert!((test.statistic - statistic).abs() < 1e-8 && (test.p_value - p_value).abs() < 1e-8, "{test:?}");
    }
    assert_eq!(tests.len(), 2);
}

#[test]
fn linear_truths_are_rejected_about_as_often_as_the_level_says() {
    let rejected = (0..200).filter(|&seed| {
        let (x, y) = draw(60, 3, 100 + seed, line);
        curvature_battery(&linearity_data(&x, &y, &[1.0; 60]), 199, seed).p_value.is_some_and(|p| p < 0.05)
    });
    let share = rejected.count() as f64 / 200.0;
    assert!((0.01..=0.11).contains(&share), "{share}");
}

#[test]
fn curvature_is_seen_and_named() {
    type Case = (fn(&[f64]) -> f64, &'static str, &'static str);
    let cases: [Case; 3] = [
        (|x| line(x) + 0.5 * x[0] * x[1], "poly", "largest for x1 * x2"),
        (|x| line(x) - 2.0 * x[0] + 2.0 * (2.0 * x[0]).tanh(), "coord", "largest for x1"),
        (|x| line(x) + 0.7 * (3.0 * x[2]).sin(), "coord", "largest for x3"),
    ];
    for (mean, test, note) in cases {
        let (x, y) = draw(200, 5, 5, mean);
        let found = curvature_battery(&linearity_data(&x, &y, &[1.0; 200]), 499, 1);
        assert!(found.p_value.is_some_and(|p| p < 0.01), "{found:?}");
        let leader = found.tests.iter().find(|t| t.name == test).expect("a test");
        assert_eq!(leader.note.as_deref(), Some(note));
    }
}

#[test]
fn other_losses_see_a_product_and_keep_quiet_about_a_line() {
    let n = 600;
    for loss in [Loss::Logistic, Loss::Poisson, Loss::Softmax] {
        for bent in [false, true] {
            let (x, noise) = draw(n, 3, 8, |_| 0.0);
            let mut random = Random::simulated(9);
            let k = if loss == Loss::Softmax { 3 } else { 1 };
            let mut y = Matrix::zeros(n, k);
            for i in 0..n {
                let (a, b) = (x.get(i, 0), x.get(i, 1));
                let eta = 0.5 * a + if bent { a * b } else { 0.5 * b };
                match loss {
                    Loss::Poisson => y.column_mut(0)[i] = (0.5 * eta + noise.get(i, 0)).exp().round(),
                    Loss::Logistic => {
                        y.column_mut(0)[i] = f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (-eta).exp())))
                    }
                    _ => {
                        let odds = [1.0, eta.exp(), (-0.5 * a).exp()];
                        let at = random.uniform() * odds.iter().sum::<f64>();
                        y.column_mut(usize::from(at > odds[0]) + usize::from(at > odds[0] + odds[1]))[i] = 1.0;
                    }
                }
            }
            let found = curvature_battery(&LinearityData { loss, ..linearity_data(&x, &y, &vec![1.0; n]) }, 199, 2);
            let p = found.p_value.expect("a test");
            assert!(if bent { p < 0.02 } else { p > 0.02 }, "{loss:?}, bent: {bent}: {found:?}");
            assert!(found.slopes.expect("a test").p_value < 0.05);
        }
    }
}

/// Levels as outputs, each with the same response.
fn levels_of(y: &Matrix, levels: &[f64]) -> (Matrix, Loss) {
    let loss = Loss::Quantile(Quantile::new(levels).expect("levels"));
    (Matrix::from_columns(y.n_rows(), &vec![y.column(0).to_vec(); levels.len()]), loss)
}

/// A spread that grows with an input has linear quantiles, and one that grows with its square has not.
#[test]
fn quantiles_see_a_spread_that_bends_and_keep_quiet_about_one_that_grows() {
    for (bent, spread) in [(false, (|x: f64| 1.0 + 0.5 * x) as fn(f64) -> f64), (true, |x: f64| 0.3 + 1.5 * x * x)] {
        let mut random = Random::simulated(31);
        let x = Matrix::from_fn(800, 3, |_, _| 2.0 * random.uniform() - 1.0);
        let y = Matrix::from_fn(800, 1, |i, _| x.get(i, 1) + spread(x.get(i, 0)) * random.normal());
        let (y, loss) = levels_of(&y, &[0.1, 0.5, 0.9]);
        let found = curvature_battery(&LinearityData { loss, ..linearity_data(&x, &y, &[1.0; 800]) }, 199, 2);
        let p = found.p_value.expect("a test");
        assert!(if bent { p < 0.02 } else { p > 0.02 }, "bent: {bent}: {found:?}");
        assert!(found.slopes.expect("a test").p_value < 0.02);
    }
}

#[test]
fn linear_quantiles_are_rejected_no_more_often_than_the_level_says() {
    let rejected = (0..200).filter(|&seed| {
        let (x, y) = draw(80, 3, 500 + seed, line);
        let (y, loss) = levels_of(&y, &[0.25, 0.5]);
        let data = LinearityData { loss, ..linearity_data(&x, &y, &[1.0; 80]) };
        curvature_battery(&data, 99, seed).p_value.expect("a test") < 0.05
    });
    let share = rejected.count() as f64 / 200.0;
    assert!(share <= 0.09, "{share}");
}

#[test]
fn slopes_are_seen_where_they_are() {
    let (x, y) = draw(80, 4, 21, |x| 0.5 * x[2]);
    let (_, noise) = draw(80, 4, 22, |_| 0.0);
    let p = |y: &Matrix| curvature_battery(&linearity_data(&x, y, &[1.0; 80]), 199, 0).slopes.expect("a test").p_value;
    assert!(p(&y) < 0.02 && p(&noise) > 0.05);
}

#[test]
fn rows_of_a_group_count_once() {
    // A hundred copies of 15 rows are no more than 15 rows.
    let (x, y) = draw(15, 1, 31, |x| x[0] + 0.2 * x[0] * x[0]);
    let rows: Vec<usize> = (0..1500).map(|i| i % 15).collect();
    let (many_x, many_y) = (x.select_rows(&rows), y.select_rows(&rows));
    let copies =
        LinearityData { dependence: Dependence::Groups(&rows), ..linearity_data(&many_x, &many_y, &[1.0; 1500]) };
    let grouped = curvature_battery(&copies, 499, 0).p_value.expect("a test");
    let single = curvature_battery(&linearity_data(&x, &y, &[1.0; 15]), 499, 0).p_value.expect("a test");
    assert!((grouped - single).abs() < 0.15, "{grouped} and {single}");
}

#[test]
fn many_rows_are_thinned_and_wide_inputs_limited_and_both_are_said() {
    let (x, y) = draw(20_100, 1, 41, |x| x[0]);
    let found = curvature_battery(&linearity_data(&x, &y, &vec![1.0; 20_100]), 31, 0);
    assert!(found.p_value.is_some());
    assert_eq!(found.note.as_deref(), Some("20000 of 20100 rows, drawn at random"));
    let (x, y) = draw(80, 34, 42, line);
    let found = curvature_battery(&linearity_data(&x, &y, &[1.0; 80]), 31, 0);
    let note = found.note.expect("a note");
    assert!(note.contains("products only among the 32 inputs") && note.contains("4 rows for each"), "{note}");
    assert_eq!(found.tests.len(), 2);
}

/// Whatever comes in, numbers come out, or none with a reason.
#[test]
fn degenerate_inputs_get_a_reason_instead_of_a_number() {
    let (x, y) = draw(40, 3, 51, line);
    let ones = vec![1.0; 40];
    let exact = Matrix::from_fn(40, 1, |i, _| 1.0 + x.get(i, 0) - 3.0 * x.get(i, 2));
    let mut hole = y.clone();
    hole.column_mut(0)[3] = f64::NAN;
    let binary = Matrix::from_fn(40, 1, |i, _| (i % 2) as f64);
    let separated = Matrix::from_fn(40, 1, |i, _| f64::from(u8::from(x.get(i, 0) > 0.0)));
    let (wide, wide_y) = draw(30, 60, 52, line);
    let groups: Vec<usize> = (0..40).map(|i| i % 4).collect();
    let constant = Matrix::from_fn(40, 1, |_, _| 0.1);
    let empty = Matrix::zeros(40, 0);
    let (levels, quantile) = levels_of(&y, &[0.1]);
    let (exact_level, median) = levels_of(&exact, &[0.5]);
    let (wide_level, _) = levels_of(&wide_y, &[0.5]);
    let cases: Vec<(&str, LinearityData)> = vec![
        ("the response does not vary", linearity_data(&x, &constant, &ones)),
        ("fits every row exactly", linearity_data(&x, &exact, &ones)),
        ("missing or infinite", linearity_data(&x, &hole, &ones)),
        ("no curvature is possible", linearity_data(&binary, &y, &ones)),
        ("no curvature is possible", linearity_data(&empty, &y, &ones)),
        ("degrees of freedom", LinearityData { weight: &[1.0; 30], ..linearity_data(&wide, &wide_y, &ones) }),
        ("4 groups", LinearityData { dependence: Dependence::Groups(&groups), ..linearity_data(&x, &y, &ones) }),
        ("there are no rows", linearity_data(&x, &y, &[0.0; 40])),
        ("weight 3", linearity_data(&x, &y, &[1.0; 3])),
        ("separates classes", LinearityData { loss: Loss::Logistic, ..linearity_data(&x, &separated, &ones) }),
        ("the response does not vary", LinearityData { loss: Loss::Poisson, ..linearity_data(&x, &constant, &ones) }),
        ("fewer than 10 rows beyond", LinearityData { loss: quantile, ..linearity_data(&x, &levels, &ones) }),
        ("fits every row exactly", LinearityData { loss: median, ..linearity_data(&x, &exact_level, &ones) }),
        (
            "fits every row exactly",
            LinearityData { weight: &[1.0; 30], loss: median, ..linearity_data(&wide, &wide_level, &[]) },
        ),
        ("", LinearityData { loss: Loss::Logistic, ..linearity_data(&x, &y, &ones) }),
    ];
    for (reason, data) in cases {
        let found = curvature_battery(&data, 99, 0);
        let note = found.note.clone().unwrap_or_default();
        assert!(note.contains(reason), "expected {reason:?}: {found:?}");
        assert_eq!(found.p_value, None, "{found:?}");
        let tests = found.tests.iter().chain(&found.slopes).cloned().chain(linearity_tests(&data));
        assert!(tests.into_iter().all(|t| t.statistic.is_finite() && (0.0..=1.0).contains(&t.p_value)));
    }
    for n in 0..12 {
        let rows: Vec<usize> = (0..n).collect();
        let (x, y) = (x.select_rows(&rows), y.select_rows(&rows));
        let found = curvature_battery(&linearity_data(&x, &y, &ones[..n]), 99, 0);
        assert!(found.p_value.is_none() && found.note.is_some(), "{n} rows: {found:?}");
        linearity_tests(&linearity_data(&x, &y, &ones[..n]));
    }
}

#[test]
fn one_hot_columns_offer_products_with_others_only() {
    let n = 90;
    let (numeric, noise) = draw(n, 1, 61, |_| 0.0);
    // All three levels of a factor, and one number: rank 4 with the constant.
    let x = Matrix::from_fn(n, 4, |i, j| if j == 3 { numeric.get(i, 0) } else { f64::from(u8::from(i % 3 == j)) });
    let y = Matrix::from_fn(n, 1, |i, _| noise.get(i, 0) + x.get(i, 3) * x.get(i, 1));
    let found = curvature_battery(&linearity_data(&x, &y, &vec![1.0; n]), 199, 0);
    assert_eq!(found.tests[1].note.as_deref(), Some("largest for x2 * x4"));
    assert!(found.p_value.is_some_and(|p| p < 0.05), "{found:?}");
}

/// Few rows of one class. Reference: the share of all C(8, 2) = 28 choices of two rows whose score is at least
/// as large, in closed form.
#[test]
fn slopes_of_classes_are_tested_by_all_orders() {
    let x = Matrix::from_columns(8, &[vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0, 12.0]]);
    let y = Matrix::from_columns(8, &[vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]]);
    let weight = vec![1.0; 8];
    let data = LinearityData { loss: Loss::Logistic, ..linearity_data(&x, &y, &weight) };
    let found = curvature_battery(&data, 9_999, 3).slopes.expect("a test");
    // |Q'y|^2 / (m (1 - m)) with m = 1/4.
    let centred: Vec<f64> = x.column(0).iter().map(|x| x - 5.25).collect();
    let length = centred.iter().map(|x| x * x).sum::<f64>();
    let score = |i: usize, j: usize| (centred[i] + centred[j]).powi(2) / length / (0.25 * 0.75);
    assert!((found.statistic - score(6, 7)).abs() < 1e-10, "{found:?}");
    let pairs: Vec<f64> = (0..8).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| score(i, j)).collect();
    let exact = pairs.iter().filter(|s| **s >= score(6, 7) - 1e-9).count() as f64 / pairs.len() as f64;
    assert!((found.p_value - exact).abs() < 5.0 * (exact * (1.0 - exact) / 1e4).sqrt(), "{found:?}, exact {exact}");
}

/// Several classes: labels of classes do not matter, and two classes as softmax are two classes.
#[test]
fn slopes_of_two_classes_are_the_same_under_either_loss() {
    let (x, noise) = draw(60, 3, 71, |x| x[0]);
    let y = Matrix::from_fn(60, 1, |i, _| f64::from(u8::from(noise.get(i, 0) > 0.6)));
    let both = Matrix::from_fn(60, 2, |i, k| if k == 0 { 1.0 - y.get(i, 0) } else { y.get(i, 0) });
    let weight: Vec<f64> = (0..60).map(|i| 1.0 + f64::from(i % 2)).collect();
    let one = LinearityData { loss: Loss::Logistic, ..linearity_data(&x, &y, &weight) };
    let two = LinearityData { loss: Loss::Softmax, ..linearity_data(&x, &both, &weight) };
    let [one, two] = [one, two].map(|data| curvature_battery(&data, 199, 5).slopes.expect("a test"));
    assert!((one.statistic - two.statistic).abs() < 1e-9 * one.statistic, "{one:?}, {two:?}");
    assert_eq!(one.p_value, two.p_value);
}
