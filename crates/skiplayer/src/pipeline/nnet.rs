//! The weights of a network in the order and with the units of R's nnet, whose hidden units are logistic.
//!
//! ```text
//!  tanh(z) = 2 / (1 + e^(-2 z)) - 1,   and so   v tanh(z) = 2 v logistic(2 z) - v
//! ```

use crate::encode::Standard;
use crate::linear_part::Units;
use crate::net::Activation;
use crate::{Error, Model, Result};

/// A network of R's nnet (Venables & Ripley 2002) with `skip = TRUE` that computes what the model does from the same standardised
/// features: numbers in the units of the target, log odds, scores of classes, or logarithms of mean counts and
/// amounts.
#[derive(Debug, Clone, PartialEq)]
pub struct NnetWeights {
    /// Features, hidden units, outputs.
    pub n: [usize; 3],
    /// Of each hidden unit its bias and its weights on the features; then of each output its bias, its weights on the hidden units and
    /// those on the features.
    pub weights: Vec<f64>,
}

impl NnetWeights {
    /// Of `model`.
    ///
    /// # Errors
    /// A network that nnet has no word for: more than one hidden layer, or units other than tanh.
    pub fn of(model: &Model) -> Result<Self> {
        let network = &model.network;
        let architecture = &network.architecture;
        let wanted = "one layer of tanh units, which are logistic units of twice the slope";
        if architecture.depth() > 1 {
            return Err(Error::input("the network", format!("{} hidden layers", architecture.depth())).expected(wanted));
        }
        if network.n_units() > 0 && architecture.activation != Activation::Tanh {
            let found = format!("{} units", architecture.activation.name());
            return Err(Error::input("the network", found).expected(wanted));
        }
        if !model.target.offset.is_empty() {
            let found = format!("the offset {}", model.target.offset.terms().join(" + "));
            return Err(Error::input("the network", found).expected("none: nnet has no offsets"));
        }
        let of = network.weights();
        let units = Units::new(&model.encoding, &model.target);
        let (p, k, width) = (architecture.n_inputs, architecture.n_outputs, architecture.width());
        let mut weights = Vec::with_capacity(width * (p + 1) + k * (width + p + 1));
        for (row, bias) in of.input.rows().zip(of.hidden_bias) {
            weights.push(2.0 * bias);
            weights.extend(row.iter().map(|w| 2.0 * w));
        }
        for o in 0..k {
            let Standard { mean, scale } = units.output(o);
            let heads: Vec<f64> = (0..width).map(|h| of.head[(o, h)]).collect();
            weights.push(mean + scale * (of.output_bias[o] - heads.iter().sum::<f64>()));
            weights.extend(heads.iter().map(|v| 2.0 * scale * v));
            weights.extend((0..p).map(|j| scale * of.skip[(o, j)]));
        }
        Ok(Self { n: [p, width, k], weights })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Config, Fitted, Method, Silent, fit};
    use crate::loss::LossKind;
    use crate::net::{Architecture, Network};
    use crate::schema::{ColumnRoles, Dataset};
    use crate::table::{Table, Values};

    /// What nnet computes (`nnet.c`, fpass): units in their order, each from what it is connected to.
    fn fpass(net: &NnetWeights, x: &[f64]) -> Vec<f64> {
        let [p, width, k] = net.n;
        let mut rest = net.weights.iter();
        let mut weighted = |inputs: &[f64]| -> f64 {
            let bias = rest.next().unwrap();
            inputs.iter().fold(*bias, |sum, x| sum + rest.next().unwrap() * x)
        };
        let hidden: Vec<f64> = (0..width).map(|_| 1.0 / (1.0 + (-weighted(x)).exp())).collect();
        let outputs = (0..k).map(|_| weighted(&[&hidden[..], x].concat())).collect();
        assert!(rest.next().is_none() && x.len() == p);
        outputs
    }

    #[test]
    fn the_network_of_nnet_computes_the_same() {
        let x: Vec<f64> = (0..150).map(|i| f64::from(i * 37 % 150) / 15.0).collect();
        let z: Vec<f64> = (0..150).map(|i| f64::from(i * 53 % 150) / 75.0 - 1.0).collect();
        let y: Vec<f64> = (0..150).map(|i| 40.0 + 3.0 * x[i] + 9.0 * (2.0 * x[i] - 9.0).tanh() * z[i]).collect();
        let table = Table::from_columns(vec![x, z]).unwrap().with_column("y", Values::Numeric(y)).unwrap();
        let config = Config { method: Method::Evidence, n_units: Some(3), n_starts: 2, ..Config::default() };
        for loss in [LossKind::Squared, LossKind::Gamma] {
            let roles = ColumnRoles { loss: Some(loss), ..ColumnRoles::new("y") };
            let Fitted { model, .. } = fit(&Dataset::new(&table, roles).unwrap(), &config, &Silent).unwrap();
            assert!(model.network.n_units() > 0);
            let net = NnetWeights::of(&model).unwrap();
            let rows: Vec<usize> = (0..150).collect();
            let (x, _) = model.encoding.apply(&table, &rows).unwrap();
            let (eta, mean) = (model.linear_predictor(&table).unwrap(), model.predict(&table).unwrap().mean);
            for i in rows {
                let row: Vec<f64> = (0..x.n_columns()).map(|j| x.get(i, j)).collect();
                let (found, expected) = (fpass(&net, &row)[0], eta.get(i, 0));
                assert!((found - expected).abs() < 1e-9, "{found} and {expected}");
                let predicted = if loss == LossKind::Gamma { expected.exp() } else { expected };
                assert!((predicted / mean.get(i, 0) - 1.0).abs() < 1e-9, "{predicted} and {}", mean.get(i, 0));
            }
        }
    }

    #[test]
    fn networks_that_nnet_does_not_have_are_refused() {
        let x: Vec<f64> = (0..30).map(|i| f64::from(i * 37 % 30) / 10.0).collect();
        let y: Vec<f64> = x.iter().map(|x| (2.0 * x).sin()).collect();
        let table = Table::from_columns(vec![x]).unwrap().with_column("y", Values::Numeric(y)).unwrap();
        let config = Config { method: Method::Linear, ..Config::default() };
        let Fitted { mut model, .. } =
            fit(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), &config, &Silent).unwrap();
        assert_eq!(NnetWeights::of(&model).unwrap().n, [1, 0, 1]);
        for (hidden, activation, found) in
            [(vec![2], Activation::Relu, "relu units"), (vec![2, 2], Activation::Tanh, "2 hidden layers")]
        {
            let architecture = Architecture { n_inputs: 1, n_outputs: 1, hidden, activation };
            let parameters = vec![1.0; Network::n_parameters(&architecture)];
            model.network = Network::new(architecture, parameters);
            let error = NnetWeights::of(&model).unwrap_err().to_string();
            assert!(error.contains(found) && error.contains("one layer of tanh units"), "{error}");
        }
    }
}
