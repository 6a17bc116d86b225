//! Solvers against each other on the same networks: the same minimum, at what cost.
//!
//! `cargo test -p skiplayer solvers_agree -- --nocapture` prints the table of `benchmarks/records/solvers.md`.

use std::cell::Cell;

use faer::Mat;

use crate::fit::objective::NetworkObjective;
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::net::kernel::Design;
use crate::net::kernel::Pass;
use crate::net::{Activation, Architecture, Layout, init};
use crate::penalty::{InputRules, L1Weights};
use crate::random::Random;
use crate::solve::{Curved, ProxNewton, Smooth, StopRule, owlqn};

/// Counts evaluations of the objective.
struct Counted<'a> {
    inner: NetworkObjective<'a>,
    passes: std::sync::atomic::AtomicUsize,
}

impl Smooth for Counted<'_> {
    fn value(&self, theta: &[f64]) -> f64 {
        self.passes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.inner.value(theta)
    }

    fn value_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        self.passes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.inner.value_gradient(theta, gradient)
    }
}

impl Curved for Counted<'_> {
    fn curvature(&self, theta: &[f64], live: &[usize]) -> Mat<f64> {
        self.inner.curvature(theta, live)
    }
}

#[test]
fn solvers_agree_near_a_minimum() {
    println!("| units | start | solver | passes | objective | KKT | reason |\n|---|---|---|---|---|---|---|");
    for (seed, units) in [(1u64, 3usize), (3, 10)] {
        let mut random = Random::simulated(seed);
        let n = 600;
        let x = Matrix::from_fn(n, 5, |_, _| random.normal());
        let y = Matrix::from_fn(n, 1, |i, _| {
            x.get(i, 0) + (2.0 * x.get(i, 1)).tanh() + 0.4 * x.get(i, 2) * x.get(i, 3) + 0.3 * random.normal()
        });
        let design = Design::new(&x, &y, &vec![1.0; n]);
        let architecture =
            Architecture { n_inputs: 5, n_outputs: 1, hidden: vec![units], activation: Activation::Tanh };
        let layout = Layout::new(&architecture);
        let pass = Pass { layout: &layout, design: &design, loss: Loss::Squared, precision: &[10.0] };
        let objective = Counted {
            inner: NetworkObjective::new(pass, InputRules::NONE),
            passes: std::sync::atomic::AtomicUsize::new(0),
        };
        let l1 = L1Weights::uniform(&layout, 5.0, &vec![true; layout.n_parameters()]);
        let rule = StopRule { tolerance: 1e-3, max_iterations: 20_000 };
        let passes = Cell::new(0);
        let since = || {
            let total = objective.passes.load(std::sync::atomic::Ordering::Relaxed);
            total - passes.replace(total)
        };
        let start = init::dense_start(&layout, &mut random);
        let mut newton = ProxNewton::new(&objective, &l1, start.clone());
        let by_newton = newton.run(&objective, &l1, rule, &|_| false);
        let cost = since();
        println!(
            "| {units} | random | proximal Newton | {cost} | {:.6} | {:.1e} | {:?} |",
            by_newton.objective, by_newton.kkt, by_newton.reason
        );
        let mut theta = start;
        let alone = owlqn::minimise(&objective, &l1, &mut theta, rule, &|_| false);
        let cost = since();
        println!(
            "| {units} | random | OWL-QN | {cost} | {:.6} | {:.1e} | {:?} |",
            alone.objective, alone.kkt, alone.reason
        );
        // Minima of a network are many; from close to one of them both must find that one.
        let mut nearby: Vec<f64> = newton.theta.iter().map(|w| w * 1.002).collect();
        let again = owlqn::minimise(&objective, &l1, &mut nearby, rule, &|_| false);
        let cost = since();
        println!(
            "| {units} | near the first minimum | OWL-QN | {cost} | {:.6} | {:.1e} | {:?} |",
            again.objective, again.kkt, again.reason
        );
        assert!(by_newton.converged(), "{by_newton:?}");
        let scale = by_newton.objective.abs();
        assert!((again.objective - by_newton.objective).abs() < 1e-5 * scale, "{again:?} and {by_newton:?}");
        // Steepest descent in disguise took thousands.
        assert!(again.converged() && cost < 300, "{cost} passes");
    }
}
