//! The regularisation path of a network, without a choice among its points.

use skiplayer::fit::{NetworkPathOptions, PathStart, Penalty, network_path};
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::random::Random;

const N: usize = 250;

fn data() -> (Matrix, Matrix) {
    let mut random = Random::simulated(3);
    let x = Matrix::from_fn(N, 4, |_, _| random.normal());
    let y = Matrix::from_fn(N, 1, |i, _| x.get(i, 0) + (2.0 * x.get(i, 1)).tanh() + 0.2 * random.normal());
    (x, y)
}

fn options() -> NetworkPathOptions {
    NetworkPathOptions { units: 5, n_lambda: 12, ..NetworkPathOptions::default() }
}

#[test]
fn every_point_is_solved_and_less_price_fits_better() {
    let (x, y) = data();
    let path = network_path(&x, &y, &[1.0; N], Loss::Squared, &options()).expect("a path");
    assert_eq!(path.len(), 12);
    assert!(path.iter().all(|point| point.termination.converged() && point.termination.kkt <= 1e-3));
    assert!(path.windows(2).all(|pair| pair[0].lambda > pair[1].lambda));
    let (first, last) = (&path[0].network, &path[11].network);
    assert_eq!(first.n_units(), 0);
    assert!(last.n_units() > 0 && last.n_weights() > first.n_weights());
    let loss = |at: usize| {
        let eta = path[at].network.forward(&x);
        (0..N).map(|i| (y.get(i, 0) - eta.get(i, 0)).powi(2)).sum::<f64>() / N as f64
    };
    assert!(loss(11) < loss(5) && loss(5) < loss(0), "{} {} {}", loss(0), loss(5), loss(11));
}

#[test]
fn from_the_linear_model_on_units_enter_one_by_one_where_the_data_bend() {
    let (x, y) = data();
    let options = NetworkPathOptions { start: PathStart::Linear, ..options() };
    let path = network_path(&x, &y, &[1.0; N], Loss::Squared, &options).expect("a path");
    assert!(path.len() == 12 && path.iter().all(|point| point.termination.converged()));
    let units: Vec<usize> = path.iter().map(|point| point.network.n_units()).collect();
    assert!(units[0] == 0 && units[11] > 0 && units.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{units:?}");
    // The bend is one unit, so that random starts have nothing better to find.
    let dense = NetworkPathOptions { start: PathStart::Dense, ..options };
    let dense = network_path(&x, &y, &[1.0; N], Loss::Squared, &dense).expect("a path");
    let one = units.iter().position(|n| *n == 1).expect("one unit at some lambda");
    let (grown, left) = (path[one].termination.objective, dense[one].termination.objective);
    assert!(grown <= left * (1.0 + 1e-6), "{grown}, {left}");
}

#[test]
fn the_same_bits_for_the_same_seed_and_scaled_weights() {
    let (x, y) = data();
    let once = network_path(&x, &y, &[1.0; N], Loss::Squared, &options()).expect("a path");
    let again = network_path(&x, &y, &[4.0; N], Loss::Squared, &options()).expect("a path");
    for (a, b) in once.iter().zip(&again) {
        assert_eq!((a.lambda, &a.network), (b.lambda, &b.network));
    }
}

#[test]
fn each_penalty_reaches_the_empty_network() {
    let (x, y) = data();
    for penalty in [Penalty::L1, Penalty::Group, Penalty::Hierarchical] {
        let options = NetworkPathOptions { penalty, n_lambda: 6, ..options() };
        let path = network_path(&x, &y, &[1.0; N], Loss::Squared, &options).expect("a path");
        assert!(path[0].network.n_units() <= path[5].network.n_units(), "{penalty:?}");
    }
}

#[test]
fn options_that_cannot_be_meant_are_named() {
    let (x, y) = data();
    let refused = |options: NetworkPathOptions, name: &str| {
        let error = network_path(&x, &y, &[1.0; N], Loss::Squared, &options).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    refused(NetworkPathOptions { n_lambda: 0, ..options() }, "n_lambda");
    refused(NetworkPathOptions { starts: 0, ..options() }, "starts");
    refused(NetworkPathOptions { lambda_ratio: 1.0, ..options() }, "lambda_ratio");
    refused(NetworkPathOptions { depth: 2, penalty: Penalty::Group, ..options() }, "depth");
    let linear = NetworkPathOptions { start: PathStart::Linear, ..options() };
    refused(NetworkPathOptions { depth: 2, ..linear.clone() }, "start");
    refused(NetworkPathOptions { penalty: Penalty::Group, ..linear }, "start");
    refused(NetworkPathOptions { skip: false, penalty: Penalty::Hierarchical, ..options() }, "skip");
}
