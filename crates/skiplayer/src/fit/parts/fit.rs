//! The fit of rows that no process has together.
//!
//! Two passes learn roles, levels and scales and encode the rows. A network starts on some of the rows, which come to this process;
//! whether it is worth having is decided by the rows held out, and its weights are taken to their optimum over all rows by sums.

use std::sync::Mutex;

use super::remote::{Among, Remote};
use super::request::{Point, Preparation, Request, Rows, of_bytes, to_bytes};
use super::shards::Shards;
use crate::encode::{Encoding, TargetEncoding};
use crate::error::Message;
use crate::fit::candidate::Candidate;
use crate::fit::choices::{Inference, Method};
use crate::fit::config::Config;
use crate::fit::fitted::{Fitted, finish};
use crate::fit::large::line::fit_linear;
use crate::fit::large::stochastic::{HeldOut, Offered};
use crate::fit::large::sums::Sums;
use crate::fit::loss_parameter::with_estimated_parameter;
use crate::fit::observer::{Event, Observer};
use crate::fit::options::{INFERENCE, METHOD, STOCHASTIC_ABOVE};
use crate::fit::rules::{check_rules, input_rules};
use crate::fit::select::encoded::Encoded;
use crate::fit::select::plan::{Goal, Plan};
use crate::fit::summary::Contender;
use crate::net::Network;
use crate::schema::parts::{PartRoles, TableSummary};
use crate::schema::{ColumnRoles, Schema};
use crate::solve::StopRule;
use crate::{Error, Result, message};

/// Numbers of the rows on which networks start: 32 MB in single precision ...
const START_NUMBERS: usize = 8_000_000;
/// ... but no fewer rows than these.
const START_ROWS: usize = 50_000;
/// Rows for diagnostics of a network: as many as these, or one in fifty, but no more than this process looks at in a moment.
const DIAGNOSTIC_ROWS: usize = 50_000;
const ONE_IN: usize = 50;
const MOST_DIAGNOSTIC_ROWS: usize = 200_000;

/// As [`fit_source`](crate::fit::fit_source) for more rows than [`Config::stochastic_above`], where parts of the rows are with
/// workers. The result depends on rows, options and seed, not on who holds which part.
///
/// # Errors
/// Those of [`fit_source`](crate::fit::fit_source); columns of dates, roles besides targets and weights, and other methods than those
/// of large tables, which parts do not have; parts that cannot be reached.
pub fn fit_parts(shards: &dyn Shards, roles: &ColumnRoles, config: &Config, observer: &dyn Observer) -> Result<Fitted> {
    config.check()?;
    check_method(config)?;
    let part_roles = PartRoles::new(roles);
    let summary = summary(shards, &part_roles)?;
    let mut schema = summary.schema(roles)?;
    check_rules(&schema, config)?;
    let n = summary.n_used;
    if n <= config.stochastic_above {
        return Err(Error::input("rows", format!("{n} usable"))
            .expected(message!["more than ", STOCHASTIC_ABOVE.to(config.stochastic_above), " where they are in parts"])
            .hint("so few fit into one process: fit them there"));
    }
    let mut warnings = std::mem::take(&mut schema.messages);
    let (encoding, messages) = Encoding::of_summaries(&summary.columns_of(&schema.inputs), summary.weight);
    warnings.extend(messages.iter().map(Message::from));
    warnings.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    let mut target =
        TargetEncoding::of_summaries(schema.target(), &summary.columns_of(&schema.targets), summary.weight);
    let plan = Preparation {
        roles: part_roles,
        encoding: encoding.clone(),
        target: target.clone(),
        weight: summary.weight / n as f64,
        seed: config.seed,
    };
    drop(summary);
    let mut remote = encoded(shards, &plan, &schema)?;
    if remote.loss.has_estimated_parameter()
        && let Some(loss) = with_estimated_parameter(&remote.sample(Rows::All, DIAGNOSTIC_ROWS)?)
    {
        (remote.loss, target.loss) = (loss, Some(loss));
    }

    let solution = solve(&remote, config, observer)?;
    let everything = Among { remote: &remote, rows: Rows::All };
    let train_loss = mean_loss(&everything, &solution.network);
    let sample = remote.sample(Rows::All, DIAGNOSTIC_ROWS.max(n / ONE_IN).min(MOST_DIAGNOSTIC_ROWS))?;
    remote.check()?;
    solution.messages.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    warnings.extend(solution.messages.iter().cloned());
    if sample.n_rows() < n {
        let part = sample.n_rows();
        let note = format!(
            "the linear part, its standard errors and shares are computed on {part} rows taken at random from {n}"
        );
        warnings.push(note.into());
    }
    let encoded = Encoded { sample, encoding, target, messages };
    let mut fitted = finish(&schema, encoded, solution, config, warnings);
    fitted.summary.n_rows = n;
    fitted.summary.train_loss = train_loss;
    Ok(fitted)
}

/// Refuses what sums over parts do not give.
fn check_method(config: &Config) -> Result<()> {
    if config.inference == Inference::Split {
        return Err(Error::input(INFERENCE.to("split"), "rows in parts").expected(INFERENCE.to("whole")));
    }
    if matches!(config.method, Method::Auto | Method::Evidence) {
        return Ok(());
    }
    Err(Error::input(METHOD.to(config.method.name()), "rows in parts").expected(message![
        METHOD.to("auto"),
        " or ",
        METHOD.to("evidence")
    ]))
}

fn summary(shards: &dyn Shards, roles: &PartRoles) -> Result<TableSummary> {
    let answers = shards.pass(&to_bytes(&Request::Summary(roles.clone()))?)?;
    let mut answers = answers.iter().map(|answer| of_bytes::<TableSummary>(answer));
    let mut whole =
        answers.next().unwrap_or_else(|| Err(Error::input("rows", "none").expected("a table with rows")))?;
    answers.try_for_each(|part| whole.add(part?))?;
    Ok(whole)
}

/// Has all parts encoded.
fn encoded<'a>(shards: &'a dyn Shards, plan: &Preparation, schema: &Schema) -> Result<Remote<'a>> {
    let mut remote = Remote {
        shards,
        n_inputs: plan.encoding.n_features(),
        n_outputs: plan.target.n_outputs(),
        loss: plan.target.loss(),
        rules: input_rules(&schema.rules, &plan.encoding),
        n_rows: 0,
        weights: [0.0; 2],
        failure: Mutex::new(None),
    };
    let totals = remote.sum(&Request::Encode(Box::new(plan.clone())), 3)?;
    remote.n_rows = totals[0] as usize;
    remote.weights = [totals[1], totals[2]];
    Ok(remote)
}

/// Fits, compares on held-out rows, and deploys.
fn solve(remote: &Remote, config: &Config, observer: &dyn Observer) -> Result<Candidate> {
    let (n, p, k) = (remote.n_rows, remote.n_inputs, remote.n_outputs);
    let plan = Plan::new(n, p, k, config, Goal::Deploy);
    let offered = Offered::new(p, k, plan.usual_width, config);
    let (everything, train) = (Among { remote, rows: Rows::All }, Among { remote, rows: Rows::Train });
    if config.n_units == Some(0) {
        return the_line(&offered, &everything, plan.rule, Vec::new());
    }
    let start = remote.tiles(Rows::Train, START_ROWS.max(START_NUMBERS / (p + k + 1)), config.seed)?;
    offered.announce(offered.starts().len(), start.n_tiles(), observer);
    let trained = offered.train(&start, start.n_tiles(), offered.starts(), observer);
    drop(start);
    let mut contenders = Vec::new();
    if config.skip {
        let linear = fit_linear(&train, plan.rule)?;
        remote.check()?;
        let compared = gain(remote, &linear.network(), &offered.mean(&trained))?;
        contenders = compared.contenders(linear.member.converged());
        if compared.linear_wins() {
            return the_line(&offered, &everything, plan.rule, contenders);
        }
    }
    let polished = offered.polish(&everything, n, trained, observer);
    remote.check()?;
    Ok(offered.network(&polished, contenders))
}

/// The linear model of all rows.
fn the_line(offered: &Offered, rows: &Among, rule: StopRule, contenders: Vec<Contender>) -> Result<Candidate> {
    let line = fit_linear(rows, rule)?;
    rows.remote.check()?;
    Ok(offered.line(line, contenders))
}

/// What `network` gains over the linear model on the rows that are held out.
fn gain(remote: &Remote, linear: &Network, network: &Network) -> Result<HeldOut> {
    let point =
        |network: &Network| Point { architecture: network.architecture.clone(), theta: network.parameters.clone() };
    let request = Request::Gain { loss: remote.loss, linear: point(linear), network: point(network) };
    let sums = remote.sum(&request, 6)?;
    let (linear_loss, network_loss) = (sums[1] / sums[0], sums[2] / sums[0]);
    let mean = linear_loss - network_loss;
    let variance = sums[5] - 2.0 * mean * sums[4] + mean * mean * sums[3];
    Ok(HeldOut { linear_loss, network_loss, gain: (mean, variance.max(0.0).sqrt() / sums[0]) })
}

/// Weighted mean of the rows' losses.
fn mean_loss(rows: &impl Sums, network: &Network) -> f64 {
    let losses = rows.losses(&network.layout(), &vec![1.0; rows.n_outputs()], &network.parameters);
    losses.iter().sum::<f64>() / rows.weight()
}
