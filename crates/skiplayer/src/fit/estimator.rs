//! The door for arrays.

use super::arrays::{Inputs, Responses, inputs_table, table};
use super::{Config, Fitted, Method, Silent, fit};
use crate::encode::Task;
use crate::net::Activation;
use crate::schema::{ColumnRoles, Dataset};
use crate::table::{Column, Table, Values};
use crate::{Error, Predictions, Result};

/// Name of the column that holds the weights of the rows.
const WEIGHT: &str = "sample_weight";

/// A skip-layer network for arrays: the task, and the options that are not to be the default's.
///
/// ```
/// use skiplayer::SkipLayer;
///
/// let x: Vec<[f64; 2]> = (0..80).map(|i| [f64::from(i * 37 % 80), f64::from(i * 11 % 80)]).collect();
/// let y: Vec<f64> = x.iter().map(|[a, b]| 1.0 + 2.0 * a - 0.5 * b + (a * b).sin()).collect();
/// let fitted = SkipLayer::regression().n_units(10).fit(&x, &y)?;
/// let slope = &fitted.summary.coefficients[0];
/// assert!(slope.input == "x1" && (slope.value - 2.0).abs() < 0.05);
/// assert_eq!(fitted.predict(&x)?.mean.n_rows(), 80);
/// # Ok::<(), skiplayer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SkipLayer {
    task: Option<Task>,
    config: Config,
    sample_weight: Option<Vec<f64>>,
}

impl SkipLayer {
    fn of(task: Option<Task>) -> Self {
        Self { task, config: Config::default(), sample_weight: None }
    }

    /// Squared error; one or several targets.
    pub fn regression() -> Self {
        Self::of(Some(Task::Regression))
    }

    /// Two or more classes.
    pub fn classification() -> Self {
        Self::of(None)
    }

    /// Counts, by a Poisson likelihood with a logarithmic link.
    pub fn counts() -> Self {
        Self::of(Some(Task::Count))
    }

    /// All options of a fit at once.
    #[must_use]
    pub fn config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// Hidden units offered in each layer; 0: a linear model. By default from the number of rows and inputs.
    #[must_use]
    pub fn n_units(mut self, n_units: usize) -> Self {
        self.config.n_units = Some(n_units);
        self
    }

    /// Hidden layers; those after the first are residual blocks.
    #[must_use]
    pub fn depth(mut self, depth: usize) -> Self {
        self.config.depth = depth;
        self
    }

    /// What a hidden unit does with its sum.
    #[must_use]
    pub fn activation(mut self, activation: Activation) -> Self {
        self.config.activation = activation;
        self
    }

    /// How the size of the network is chosen.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.config.method = method;
        self
    }

    /// Seed of all random numbers; equal seeds give equal bits.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Weights of the rows (precisions: only their ratios matter).
    #[must_use]
    pub fn sample_weight(mut self, weight: &[f64]) -> Self {
        self.sample_weight = Some(weight.to_vec());
        self
    }

    /// The arrays as a dataset, for [`evaluate`](crate::evaluate::evaluate()) and the like.
    ///
    /// # Errors
    /// Rows of different lengths, another number of responses or weights than rows, and those of
    /// [`resolve`](crate::schema::resolve).
    pub fn dataset(&self, x: &(impl Inputs + ?Sized), y: &(impl Responses + ?Sized)) -> Result<Dataset<'static>> {
        let (mut table, targets) = table(x, y)?;
        let mut roles = ColumnRoles { columns: targets, task: self.task, ..ColumnRoles::default() };
        if self.task.is_none() {
            table = as_classes(&table, &roles.columns)?;
        }
        // Whoever hands over arrays has chosen the columns.
        roles.keep = table.columns().iter().map(|column| column.name.clone()).collect();
        roles.keep.retain(|name| !roles.columns.contains(name));
        if let Some(weight) = &self.sample_weight {
            if weight.len() != table.n_rows() {
                return Err(Error::input("sample_weight", format!("{} weights", weight.len()))
                    .expected(format!("{}, one for each row", table.n_rows())));
            }
            table = table.with_column(WEIGHT, Values::Numeric(weight.clone()))?;
            roles.weight = Some(WEIGHT.to_owned());
        }
        Dataset::new(table, roles)
    }

    /// Fits the network.
    ///
    /// # Errors
    /// Those of [`dataset`](Self::dataset) and [`fit`](super::fit()).
    pub fn fit(&self, x: &(impl Inputs + ?Sized), y: &(impl Responses + ?Sized)) -> Result<Fitted> {
        fit(&self.dataset(x, y)?, &self.config, &Silent)
    }
}

/// Numbers of a target as names of classes.
fn as_classes(table: &Table, targets: &[String]) -> Result<Table> {
    let columns = table.columns().iter().map(|column| match &column.values {
        Values::Numeric(values) if targets.contains(&column.name) => {
            let names: Vec<Option<String>> = values.iter().map(|y| (!y.is_nan()).then(|| y.to_string())).collect();
            Column::new(column.name.clone(), Values::from_text(names.iter().map(Option::as_deref)))
        }
        _ => column.clone(),
    });
    Table::new(columns.collect())
}

impl Fitted {
    /// Predictions for rows of the same inputs.
    ///
    /// # Errors
    /// Rows of different lengths, and those of [`Model::predict`](crate::Model::predict).
    pub fn predict(&self, x: &(impl Inputs + ?Sized)) -> Result<Predictions> {
        self.model.predict(&inputs_table(x)?)
    }
}
