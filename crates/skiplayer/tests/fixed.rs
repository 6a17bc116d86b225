//! Networks of a given size: their gradient and their minima.

use skiplayer::fit::fixed::{FixedOptions, FixedProblem, Solver};
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::net::{Activation, Architecture};
use skiplayer::random::Random;
use skiplayer::solve::Reason;
use skiplayer::solve::prox_adam::ProxAdam;

const N: usize = 300;

fn data() -> (Matrix, Matrix) {
    let mut random = Random::simulated(5);
    let x = Matrix::from_fn(N, 3, |_, _| random.normal());
    let y = Matrix::from_fn(N, 1, |i, _| (2.0 * x.get(i, 0)).tanh() + 0.5 * x.get(i, 1) + 0.1 * random.normal());
    (x, y)
}

fn architecture(hidden: Vec<usize>) -> Architecture {
    Architecture { n_inputs: 3, n_outputs: 1, hidden, activation: Activation::Tanh }
}

fn problem(hidden: Vec<usize>, decay: f64) -> FixedProblem {
    let (x, y) = data();
    FixedProblem::new(architecture(hidden), &x, &y, &[1.0; N], Loss::Squared, decay).expect("good data")
}

#[test]
fn gradient_is_that_of_central_differences() {
    for hidden in [vec![], vec![4], vec![4, 3]] {
        let problem = problem(hidden.clone(), 0.3);
        let mut theta = problem.start(2);
        let mut gradient = vec![0.0; theta.len()];
        problem.value_gradient(&theta, &mut gradient);
        let mut unused = vec![0.0; theta.len()];
        for i in 0..theta.len() {
            let (at, h) = (theta[i], 1e-5);
            theta[i] = at + h;
            let above = problem.value_gradient(&theta, &mut unused);
            theta[i] = at - h;
            let below = problem.value_gradient(&theta, &mut unused);
            theta[i] = at;
            let slope = (above - below) / (2.0 * h);
            assert!(
                (slope - gradient[i]).abs() < 1e-6 * (1.0 + slope.abs()),
                "{hidden:?} {i}: {slope} {}",
                gradient[i]
            );
        }
    }
}

#[test]
fn both_solvers_find_the_ridge_solution() {
    let (x, y) = data();
    let problem = problem(vec![], 2.0);
    let solve = |solver| {
        let options = FixedOptions { solver, tolerance: 1e-5, ..FixedOptions::default() };
        let (network, end) = problem.minimise(problem.start(0), &options);
        assert_eq!(end.reason, Reason::Converged, "{end:?}");
        network
    };
    for network in [solve(Solver::Newton), solve(Solver::QuasiNewton)] {
        // The normal equations: (x, 1)'r = decay (a, b) for residuals r, the constant decays too.
        let prediction = network.forward(&x);
        let residual: Vec<f64> = (0..N).map(|i| y.get(i, 0) - prediction.get(i, 0)).collect();
        let theta = &network.parameters;
        let mut sums: Vec<f64> =
            (0..3).map(|j| x.column(j).iter().zip(&residual).map(|(x, r)| x * r).sum::<f64>()).collect();
        sums.push(residual.iter().sum());
        let mut decays: Vec<f64> = theta.iter().map(|w| 2.0 * w).collect();
        sums.sort_by(f64::total_cmp);
        decays.sort_by(f64::total_cmp);
        assert!(sums.iter().zip(&decays).all(|(s, d)| (s - d).abs() < 1e-4), "{sums:?} {decays:?}");
    }
}

#[test]
fn solvers_agree_near_a_minimum_of_a_network() {
    let problem = problem(vec![5], 0.1);
    let options = |solver| FixedOptions { solver, tolerance: 1e-6, max_iterations: 5000, ..FixedOptions::default() };
    let (network, newton) = problem.minimise(problem.start(1), &options(Solver::Newton));
    assert_eq!(newton.reason, Reason::Converged);
    let nearby = network.parameters.iter().map(|w| 1.01 * w).collect();
    let (_, quasi) = problem.minimise(nearby, &options(Solver::QuasiNewton));
    assert!((newton.objective - quasi.objective).abs() < 1e-6, "{newton:?} {quasi:?}");
}

#[test]
fn stops_at_a_value_that_is_enough() {
    let problem = problem(vec![5], 0.1);
    for solver in [Solver::Newton, Solver::QuasiNewton] {
        let options = FixedOptions { solver, stop_below: 10.0, ..FixedOptions::default() };
        let (_, end) = problem.minimise(problem.start(1), &options);
        let (_, on) = problem.minimise(problem.start(1), &FixedOptions { solver, ..FixedOptions::default() });
        assert_eq!(end.reason, Reason::Interrupted);
        assert!(end.objective <= 10.0 && end.iterations < on.iterations, "{end:?} {on:?}");
    }
}

#[test]
fn epochs_of_small_batches_lower_the_loss() {
    let problem = problem(vec![8], 0.0);
    let mut theta = problem.start(1);
    let mut gradient = vec![0.0; theta.len()];
    let before = problem.value_gradient(&theta, &mut gradient);
    let mut adam = ProxAdam::new(theta.len());
    (0..100).for_each(|_| problem.epoch(&mut theta, &mut adam, 1, 0.01));
    let after = problem.value_gradient(&theta, &mut gradient);
    assert!(after < 0.2 * before, "{before} {after}");
}

#[test]
fn what_does_not_fit_is_named() {
    let (x, y) = data();
    let new = |architecture, x: &Matrix, decay| {
        FixedProblem::<f64>::new(architecture, x, &y, &[1.0; N], Loss::Squared, decay)
    };
    let mut wider = architecture(vec![2]);
    wider.n_inputs = 4;
    let message = new(wider, &x, 0.1).unwrap_err().to_string();
    assert!(message.contains("n_inputs") && message.contains('4') && message.contains('3'), "{message}");
    for decay in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(new(architecture(vec![2]), &x, decay).unwrap_err().to_string().contains("decay"));
    }
    let mut broken = x.clone();
    broken.column_mut(1)[7] = f64::NAN;
    assert!(new(architecture(vec![2]), &broken, 0.1).is_err());
}
