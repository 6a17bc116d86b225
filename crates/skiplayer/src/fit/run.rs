//! From a dataset to a model: the whole of a fit.

use super::choices::Inference;
use super::config::Config;
use super::fitted::{Fitted, finish};
use super::foresee::{Size, announce};
use super::inference;
use super::large;
use super::observer::{Event, Observer};
use super::options::{INFERENCE, STOCHASTIC_ABOVE};
use super::rules::check_rules;
use super::solve;
use crate::error::Message;
use crate::fit::select::encoded::Encoded;
use crate::fit::select::plan::Goal;
use crate::schema::options::LOSS;
use crate::schema::{ColumnRoles, Dataset, Schema, resolve};
use crate::table::TableSource;
use crate::{Error, Result, message};

/// Fits a skip-layer network to `data`.
///
/// ```
/// use skiplayer::fit::{Config, Silent, fit};
/// use skiplayer::schema::{ColumnRoles, Dataset};
/// use skiplayer::table::{Table, Values};
///
/// let x: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100) / 2.0).collect();
/// let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 3.0 * x + (i as f64).sin()).collect();
/// let table = Table::from_columns(vec![x])?.with_column("y", Values::Numeric(y))?;
/// let fitted = fit(&Dataset::new(&table, ColumnRoles::new("y"))?, &Config::default(), &Silent)?;
/// assert_eq!(fitted.summary.n_units, 0);
/// assert!((fitted.summary.coefficients[0].value - 3.0).abs() < 0.02);
/// # Ok::<(), skiplayer::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) for options and cells that cannot be used as given.
pub fn fit(data: &Dataset, config: &Config, observer: &dyn Observer) -> Result<Fitted> {
    config.check()?;
    check_rules(data.schema(), config)?;
    if config.is_stochastic(data.n_rows()) {
        check_stochastic(data.schema(), config)?;
        return large::fit(data.table(), data.roles(), data.schema().clone(), config, observer);
    }
    let mut warnings = data.schema().messages.clone();
    let encoded = data.encode(&data.all())?;
    warnings.extend(encoded.messages.iter().map(Message::from));
    warnings.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    announce(Size::of(&encoded.sample), config, observer);
    let solution = solve::solve(&encoded.sample, &data.inner_scheme()?, data, config, Goal::Deploy, observer)?;
    solution.messages.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    warnings.extend(solution.messages.iter().cloned());
    let split = match config.inference {
        Inference::Whole => None,
        Inference::Split => {
            let (groups, scheme) = (data.schema().groups.as_deref(), data.scheme()?);
            let Encoded { sample, encoding, target, .. } = &encoded;
            Some(inference::split(sample, &scheme, groups, encoding, target, config.seed)?)
        }
    };
    let mut fitted = finish(data.schema(), encoded, solution, config, warnings);
    fitted.model.explanation.split = split;
    Ok(fitted)
}

/// As [`fit`], from a table that is fetched in parts.
///
/// With more than [`Config::stochastic_above`] usable rows the table is encoded in single precision part by part, and that is
/// all that is kept of it: 4 bytes for each feature of a row, response and weight. Otherwise the whole table is fetched.
///
/// # Errors
/// Those of [`fit`] and [`resolve`], and cells that cannot be fetched.
pub fn fit_source(
    source: &dyn TableSource,
    roles: &ColumnRoles,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Fitted> {
    config.check()?;
    let schema = resolve(source, roles)?;
    check_rules(&schema, config)?;
    if config.is_stochastic(schema.rows.len()) {
        check_stochastic(&schema, config)?;
        return large::fit(source, roles, schema, config, observer);
    }
    drop(schema);
    fit(&Dataset::new(source.whole()?, roles.clone())?, config, observer)
}

/// Refuses what a fit by stochastic steps cannot give.
fn check_stochastic(schema: &Schema, config: &Config) -> Result<()> {
    let n = schema.rows.len();
    if schema.survival.is_some() {
        return Err(Error::input(LOSS.to(schema.loss.kind().name()), format!("{n} rows"))
            .expected(message!["rows up to ", &STOCHASTIC_ABOVE, ", as steps by a few rows know no risk sets"])
            .hint(message!["a larger ", &STOCHASTIC_ABOVE, ", or part of the rows"]));
    }
    match config.inference {
        Inference::Whole => Ok(()),
        Inference::Split => {
            Err(Error::input(INFERENCE.to("split"), format!("{n} rows, which are fitted by stochastic steps"))
                .expected(message!["rows up to ", &STOCHASTIC_ABOVE])
                .hint(message!["a larger ", &STOCHASTIC_ABOVE, ", or part of the rows"]))
        }
    }
}
