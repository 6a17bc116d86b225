//! Likelihoods of linear models, by which they are compared.

use crate::loss::{Cox, Loss, NegativeBinomial};
use crate::matrix::Matrix;
use crate::schema::Dataset;
use crate::schema::options::{LOSS, WEIGHT};
use crate::survival::RiskSets;
use crate::{Error, Model, Result, message};

/// How probable rows are under a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogLikelihood {
    /// Its natural logarithm, summed over rows and targets, with all constants.
    pub value: f64,
    /// Intercepts, weights that are not zero (Zou, Hastie and Tibshirani 2007, On the degrees of freedom of the lasso, Annals of
    /// Statistics 35), and what is estimated of the noise.
    pub degrees_of_freedom: usize,
    pub n_rows: usize,
}

impl Model {
    /// The likelihood of `data`, those that the model was fitted to. The variance of numbers is that of largest likelihood, each target's
    /// own; theta of counts that vary more than Poisson's is the fit's; of durations it is the partial likelihood, which knows no intercept.
    ///
    /// # Errors
    /// Hidden units, as the number of weights of a network is no number of degrees of freedom; weights of rows, of which only ratios
    /// matter; losses that do not say all of the noise, those of amounts, of quantiles and Huber's; and cells that the model does not take.
    pub fn log_likelihood(&self, data: &Dataset) -> Result<LogLikelihood> {
        if self.network.n_units() > 0 {
            return Err(Error::input("model", format!("{} hidden units", self.network.n_units()))
                .expected("a linear one: the number of weights of a network is no number of degrees of freedom"));
        }
        if data.roles().weighs_rows() {
            return Err(
                Error::input(&WEIGHT, "some").expected("none: only their ratios matter, which fixes no likelihood")
            );
        }
        let rows = &data.schema().rows;
        let (x, _) = self.encoding.apply(data.table(), rows)?;
        let y = self.target.encode(data.table(), rows)?;
        let mut eta = self.network.forward(&x);
        let offset = self.target.offsets_of_loss(data.table(), rows)?;
        eta.column_mut(0).iter_mut().zip(&offset).for_each(|(eta, offset)| *eta += offset);
        let (value, of_noise) = match self.target.loss() {
            Loss::Squared => {
                let of_target = |o: usize| gaussian(eta.column(o), y.column(o), self.target.unit(o).scale);
                ((0..y.n_columns()).map(of_target).sum(), y.n_columns())
            }
            loss @ (Loss::Logistic | Loss::Softmax) => (up_to_a_constant(loss, &eta, &y), 0),
            // One of the thresholds is in the place of the intercept.
            loss @ Loss::Ordinal(own) => (up_to_a_constant(loss, &eta, &y), own.n_classes() - 2),
            Loss::Binomial => (binomial(&eta, &y, &self.target.trials(data.table(), rows)?), 0),
            Loss::Poisson => {
                let constant = y.column(0).iter().map(|y| -libm::lgamma(y + 1.0)).sum::<f64>();
                (up_to_a_constant(Loss::Poisson, &eta, &y) + constant, 0)
            }
            loss @ Loss::NegativeBinomial(NegativeBinomial { theta }) => {
                let of_row =
                    |y: &f64| libm::lgamma(y + theta) - libm::lgamma(theta) - libm::lgamma(y + 1.0) - y * theta.ln();
                (up_to_a_constant(loss, &eta, &y) + y.column(0).iter().map(of_row).sum::<f64>(), 1)
            }
            Loss::Cox(Cox { ties }) => {
                let durations = self.target.durations(data.table(), rows)?.unwrap_or_default();
                let sets = RiskSets::new(&durations, y.column(0), &vec![1.0; rows.len()], ties);
                (sets.log_likelihood(&durations.whole(self.network.forward(&x).column(0))), 0)
            }
            other => {
                return Err(Error::input("model", message!["a fit by ", LOSS.to(other.kind().name())]).expected(
                    "a loss that says all of the noise, as those of amounts and quantiles and Huber's do not",
                ));
            }
        };
        let intercepts = if self.target.survival.is_some() { 0 } else { y.n_columns() };
        let weights = self.explanation.coefficients.iter().filter(|coefficient| coefficient.value != 0.0).count();
        Ok(LogLikelihood { value, degrees_of_freedom: intercepts + weights + of_noise, n_rows: rows.len() })
    }
}

/// Of numbers y (n) with these means, both in units of `scale`.
fn gaussian(mean: &[f64], y: &[f64], scale: f64) -> f64 {
    let n = y.len() as f64;
    let variance = scale * scale * mean.iter().zip(y).map(|(mean, y)| (y - mean).powi(2)).sum::<f64>() / n;
    -0.5 * n * ((std::f64::consts::TAU * variance).ln() + 1.0)
}

/// Of shares y (n) of successes out of `trials` (n), with their binomial coefficients.
fn binomial(eta: &Matrix, y: &Matrix, trials: &[f64]) -> f64 {
    let of_row = |(y, t): (&f64, &f64)| {
        let successes = (y * t).round();
        libm::lgamma(t + 1.0) - libm::lgamma(successes + 1.0) - libm::lgamma(t - successes + 1.0)
    };
    let constant: f64 = y.column(0).iter().zip(trials).map(of_row).sum();
    constant - Loss::Binomial.value(eta.values(), y.values(), trials)
}

fn up_to_a_constant(loss: Loss, eta: &Matrix, y: &Matrix) -> f64 {
    -loss.value(eta.values(), y.values(), &vec![1.0; y.n_rows()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Config, Fitted, Method, Silent, fit};
    use crate::loss::LossKind;
    use crate::random::Random;
    use crate::schema::ColumnRoles;
    use crate::table::{Table, Values};

    const N: usize = 60;

    /// Counts and numbers that depend on a column, with weights.
    fn table() -> Table {
        let mut random = Random::simulated(5);
        let x: Vec<f64> = (0..N).map(|_| random.normal()).collect();
        let number = x.iter().map(|x| 3.0 + 2.0 * x + random.normal()).collect();
        let count = x.iter().map(|x| (1.5 + x + 0.7 * random.normal()).exp().floor()).collect();
        let class = Values::from_text(x.iter().map(|x| Some(if x + random.normal() > 0.0 { "a" } else { "b" })));
        let columns = [("count", Values::Numeric(count)), ("class", class), ("w", Values::Numeric(vec![1.0; N]))];
        let table = Table::from_columns(vec![x]).unwrap().with_column("number", Values::Numeric(number)).unwrap();
        columns.into_iter().fold(table, |table, (name, values)| table.with_column(name, values).unwrap())
    }

    fn roles(target: &str, loss: Option<LossKind>) -> ColumnRoles {
        let others = ["number", "count", "class", "w"].into_iter().filter(|name| *name != target);
        ColumnRoles { drop: others.map(str::to_owned).collect(), loss, ..ColumnRoles::new(target) }
    }

    fn found(roles: ColumnRoles) -> Result<(LogLikelihood, Vec<f64>, Loss)> {
        let table = table();
        let data = Dataset::new(&table, roles)?;
        let Fitted { model, .. } = fit(&data, &Config { method: Method::Linear, ..Config::default() }, &Silent)?;
        let mean = model.predict(&table)?.mean;
        let loss = model.target.loss();
        Ok((model.log_likelihood(&data)?, mean.column(mean.n_columns() - 1).to_vec(), loss))
    }

    fn numbers(name: &str) -> Vec<f64> {
        match &table().column(name).unwrap().values {
            Values::Numeric(values) => values.clone(),
            Values::Categorical { codes, .. } => codes.iter().map(|code| f64::from(*code)).collect(),
        }
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-8 * expected.abs(), "{found} {expected}");
    }

    #[test]
    fn numbers_are_normal_with_the_variance_of_the_residuals() {
        let (found, mean, _) = found(roles("number", None)).unwrap();
        let residuals: Vec<f64> = numbers("number").iter().zip(mean).map(|(y, mean)| y - mean).collect();
        let variance = residuals.iter().map(|r| r * r).sum::<f64>() / N as f64;
        let density = |r: &f64| -0.5 * (std::f64::consts::TAU * variance).ln() - r * r / (2.0 * variance);
        close(found.value, residuals.iter().map(density).sum());
        assert_eq!((found.degrees_of_freedom, found.n_rows), (3, N));
    }

    #[test]
    fn counts_have_their_probabilities() {
        // One factor after the other, without a gamma function.
        let factorial = |y: f64| (1..=y as usize).map(|k| (k as f64).ln()).sum::<f64>();
        let y = numbers("count");
        let (poisson, mean, _) = found(roles("count", Some(LossKind::Poisson))).unwrap();
        let probability = |(y, mu): (&f64, &f64)| y * mu.ln() - mu - factorial(*y);
        close(poisson.value, y.iter().zip(&mean).map(probability).sum());
        assert_eq!(poisson.degrees_of_freedom, 2);

        let (wider, mean, loss) = found(roles("count", Some(LossKind::NegativeBinomial))).unwrap();
        let theta = loss.parameter().unwrap();
        let probability = |(y, mu): (&f64, &f64)| {
            let rising: f64 = (0..*y as usize).map(|k| (theta + k as f64).ln()).sum();
            rising - factorial(*y) + theta * (theta / (theta + mu)).ln() + y * (mu / (theta + mu)).ln()
        };
        close(wider.value, y.iter().zip(&mean).map(probability).sum());
        assert_eq!(wider.degrees_of_freedom, 3);
        assert!(wider.value > poisson.value);
    }

    #[test]
    fn classes_have_their_predicted_probabilities() {
        let table = table();
        let data = Dataset::new(&table, roles("class", None)).unwrap();
        let Fitted { model, .. } =
            fit(&data, &Config { method: Method::Linear, ..Config::default() }, &Silent).unwrap();
        let (mean, column) = (model.predict(&table).unwrap().mean, table.column("class").unwrap());
        let of_row = |i: usize| mean.get(i, usize::from(column.text(i) == "b")).ln();
        close(model.log_likelihood(&data).unwrap().value, (0..N).map(of_row).sum());
    }

    #[test]
    fn there_is_none_with_weights_or_for_losses_that_do_not_say_all_of_the_noise() {
        let weighted = ColumnRoles { weight: Some("w".into()), ..roles("number", None) };
        let weighted = ColumnRoles { drop: vec!["count".into(), "class".into()], ..weighted };
        assert!(found(weighted).unwrap_err().to_string().contains("only their ratios matter"));
        assert!(found(roles("number", Some(LossKind::Huber))).unwrap_err().to_string().contains("loss = \"huber\""));
    }
}
