//! Fits arrays, reads the model, and asks whether its nonlinear part helps.
//!
//!     cargo run --release -p skiplayer --example fit_arrays

use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{Config, Silent};
use skiplayer::{Result, SkipLayer};

fn main() -> Result<()> {
    // 300 rows of three inputs: a line in two of them, and a bend in the first.
    let cell = |i: u32, step: u32| f64::from(i * step % 300) / 150.0 - 1.0;
    let x: Vec<[f64; 3]> = (0..300).map(|i| [cell(i, 7), cell(i, 11), cell(i, 13)]).collect();
    let y: Vec<f64> = x.iter().map(|[a, b, _]| 1.0 + 2.0 * b + (3.0 * a).tanh()).collect();

    let network = SkipLayer::regression().seed(1);
    let fitted = network.fit(&x, &y)?;
    println!("{}", fitted.summary.headline);
    for coefficient in &fitted.summary.coefficients {
        println!("{:>4} {:8.3}", coefficient.input, coefficient.value);
    }
    let predicted = fitted.predict(&x[..1])?;
    println!("first row: {:.3}, predicted {:.3}", y[0], predicted.mean.get(0, 0));

    let data = network.dataset(&x, &y)?;
    let (evaluation, _) = evaluate(&data, &Config::default(), &EvaluationOptions::default(), &Silent)?;
    println!("{}", evaluation.verdict.text);
    Ok(())
}
