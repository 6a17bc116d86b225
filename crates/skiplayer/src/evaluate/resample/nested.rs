//! Nested cross-validation: all contenders on the same outer folds, everything that is chosen chosen inside the training part.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::split::Split;
use crate::Result;
use crate::encode::means;
use crate::encode::{Encoding, TargetEncoding};
use crate::fit::baseline::{balanced_constant, centred};
use crate::fit::thresholds::own_loss;
use crate::fit::{Config, Encoded, Event, Fold, Goal, Method, Observer, line_by_evidence, settle, solve};
use crate::matrix::Matrix;
use crate::net::{Architecture, Network};
use crate::schema::Dataset;
use crate::survival::Horizon;
use crate::table::Table;

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContenderKind {
    /// A constant.
    Mean,
    /// The linear model, its inputs judged by the evidence.
    Linear,
    /// Hidden units without the skip, as many as the skip-layer network was offered.
    NoSkip,
    /// The skip-layer network of one hidden layer, where deeper ones were asked for.
    Shallow,
    /// What `fit` deploys: the complete procedure.
    Network,
}

impl ContenderKind {
    /// The name in tables; `config` is that of the deployed network.
    pub fn name(self, config: &Config) -> String {
        match self {
            ContenderKind::Mean => "mean".into(),
            ContenderKind::Linear => "linear".into(),
            ContenderKind::NoSkip => "network without skip".into(),
            ContenderKind::Shallow => "skip-layer network".into(),
            ContenderKind::Network => {
                let name = if config.skip { "skip-layer network" } else { "network without skip" };
                if config.depth > 1 { format!("{name}, depth {}", config.depth) } else { name.into() }
            }
        }
    }
}

/// The contenders for a network fitted as `config` says.
pub fn contenders(config: &Config) -> Vec<ContenderKind> {
    let mut kinds = vec![ContenderKind::Mean, ContenderKind::Linear];
    let has_network = config.method != Method::Linear && config.n_units != Some(0);
    if has_network && config.skip {
        kinds.push(ContenderKind::NoSkip);
    }
    if has_network && config.depth > 1 && config.skip {
        kinds.push(ContenderKind::Shallow);
    }
    kinds.push(ContenderKind::Network);
    kinds
}

/// The complete model of an outer fold, as it predicts rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldModel {
    pub encoding: Encoding,
    pub target: TargetEncoding,
    pub network: Network,
}

impl FoldModel {
    /// Predicted means (rows, K) in the target's units; probabilities for classes.
    ///
    /// # Errors
    /// Those of [`Encoding::apply`].
    pub fn means(&self, table: &Table, rows: &[usize]) -> Result<Matrix> {
        let (x, _) = self.encoding.apply(table, rows)?;
        Ok(means(&self.network.forward(&x), &self.target.offsets(table, rows)?, &self.target))
    }
}

/// One contender in one fold.
pub struct Entry {
    /// Deviance of each test row, comparable between folds.
    pub deviance: Vec<f64>,
    /// Predicted means (test rows, K); of durations hazard ratios.
    pub mean: Matrix,
    /// Of durations the integrated squared error of each test row's survival curve.
    pub brier: Vec<f64>,
    /// Of durations the predicted probability that each test row has its event by its own time.
    pub reached: Vec<f64>,
    pub n_units: usize,
}

/// What one outer fold found.
pub struct FoldResult {
    pub split: Split,
    /// One a contender.
    pub entries: Vec<Entry>,
    /// Deviance of each test row under the projected linear part of the network.
    pub linear_part: Vec<f64>,
    /// The deployed procedure's model of this fold.
    pub model: FoldModel,
}

/// Networks that are averaged where there is no skip and the skip alone is enough: how far they are behind need not be known as well as
/// which of two networks is ahead.
const FEW_MEMBERS: usize = 2;

/// Passes on whether to stop, and nothing else: the stages of inner fits are no one's concern.
struct Quiet<'a>(&'a dyn Observer);

impl Observer for Quiet<'_> {
    fn event(&self, _event: Event) {}
    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }
}

/// Runs `kinds` over `splits`. Folds that were interrupted are left out.
pub fn run(
    data: &Dataset,
    splits: &[Split],
    kinds: &[ContenderKind],
    config: &Config,
    observer: &dyn Observer,
) -> Result<Vec<FoldResult>> {
    let results = splits
        .par_iter()
        .map(|split| {
            if observer.interrupted() {
                return Ok(None);
            }
            let result = run_fold(data, split, kinds, config, &Quiet(observer))?;
            observer.event(Event::Step);
            Ok((!observer.interrupted()).then_some(result))
        })
        .collect::<Result<Vec<Option<FoldResult>>>>()?;
    Ok(results.into_iter().flatten().collect())
}

/// One outer fold.
pub fn run_fold(
    data: &Dataset,
    split: &Split,
    kinds: &[ContenderKind],
    config: &Config,
    observer: &dyn Observer,
) -> Result<FoldResult> {
    let training = data.subset(&split.train);
    let Encoded { sample, encoding, target, .. } = training.encode(&training.all())?;
    let fold = data.fold_with(&encoding, &target, sample, &split.test)?;
    let scheme = training.inner_scheme()?;

    let mut networks: Vec<Option<Network>> = vec![None; kinds.len()];
    let mut width = None;
    let mut needs_units = true;
    // The one that the network's own folds found ahead of others.
    let mut line = None;
    let solve = |config: &Config| solve(&fold.train, &scheme, &training, config, Goal::Evaluate, observer);
    // The network first: it says how many units the others are offered.
    for (kind, network) in kinds.iter().zip(&mut networks).rev() {
        *network = Some(match kind {
            ContenderKind::Mean => constant(&fold),
            ContenderKind::Linear => match line.take() {
                Some(line) => line,
                None => line_by_evidence(&fold.train)?,
            },
            ContenderKind::Network => {
                let solution = solve(config)?;
                width = Some(solution.width);
                needs_units = solution.network.n_units() > 0;
                line = solution.line;
                solution.network
            }
            ContenderKind::Shallow => solve(&Config { depth: 1, ..config.clone() })?.network,
            ContenderKind::NoSkip => {
                let n_starts = if needs_units { config.n_starts } else { config.n_starts.min(FEW_MEMBERS) };
                let beside =
                    Config { skip: false, n_units: width, method: Method::Evidence, n_starts, ..config.clone() };
                solve(&beside)?.network
            }
        });
    }
    let networks: Vec<Network> = networks.into_iter().flatten().collect();
    let rows: Vec<usize> = split.test.iter().map(|&i| data.schema().rows[i]).collect();
    let offset = target.offsets(data.table(), &rows)?;
    let horizon = horizon(data, &target)?;
    let entries = networks
        .iter()
        .map(|network| {
            let deviance = deviance(&fold, fold.losses_of(network));
            let mut own = network.clone();
            let (brier, reached) = horizon.as_ref().map(|horizon| curves(&fold, &mut own, horizon)).unwrap_or_default();
            let own_loss = own_loss(&fold.train, &own.forward(&fold.train.x));
            let told = TargetEncoding { loss: own_loss.or(target.loss), ..target.clone() };
            let mean = means(&own.forward(&fold.test.x), &offset, &told);
            Entry { deviance, mean, brier, reached, n_units: network.n_units() }
        })
        .collect();
    let network = networks.into_iter().next_back().expect("the network is a contender");
    let mut part = fold.train.linear_part(&network);
    if fold.train.durations.is_some() {
        // Beside the exposures that contenders share.
        part.intercept[0] += balanced_constant(&fold.train, part.forward(&fold.train.x).column(0));
    }
    let loss = own_loss(&fold.train, &part.forward(&fold.train.x));
    let eta = part.forward(&fold.test.x);
    let losses = loss.map_or_else(|| fold.row_losses(&eta), |loss| fold.test.row_losses_by(loss, &eta));
    let linear_part = deviance(&fold, losses);
    let target =
        TargetEncoding { loss: own_loss(&fold.train, &network.forward(&fold.train.x)).or(target.loss), ..target };
    Ok(FoldResult { split: split.clone(), entries, linear_part, model: FoldModel { encoding, target, network } })
}

/// Up to when survival is judged, by all usable rows; `None` but for durations.
pub fn horizon(data: &Dataset, target: &TargetEncoding) -> Result<Option<Horizon>> {
    let schema = data.schema();
    let Some(durations) = target.durations(data.table(), &schema.rows)? else { return Ok(None) };
    let event = target.encode(data.table(), &schema.rows)?;
    Ok(Some(Horizon::new(&durations, event.column(0), &schema.weight)))
}

/// Integrated squared errors of the test rows' survival curves, by a baseline of the network's own, and the share that they say has an event
/// by the row's time; moves its mean log hazard over the training rows to 0.
fn curves(fold: &Fold, network: &mut Network, horizon: &Horizon) -> (Vec<f64>, Vec<f64>) {
    let (Some(found), Some(durations)) = (centred(network, &fold.train), &fold.test.durations) else {
        return Default::default();
    };
    let log_hazard = durations.whole(network.forward(&fold.test.x).column(0));
    let of_row = |i: usize| {
        let stratum = durations.stratum_of(i);
        let steps = found.baseline.steps(stratum);
        let at = |t: &f64| steps.map_or(1.0, |steps| (-steps.at(*t) * log_hazard[i].exp()).exp());
        let survival: Vec<f64> = horizon.times.iter().map(at).collect();
        let own = durations.time[i];
        (horizon.integrated(own, fold.test.y.get(i, 0), &survival), 1.0 - at(&own))
    };
    (0..fold.test.n_rows()).map(of_row).unzip()
}

fn constant(fold: &Fold) -> Network {
    let sample = &fold.train;
    let constant = sample.loss.constant_fit(sample.y.values(), sample.terms());
    let mut network = Network::zeros(Architecture::linear(sample.n_inputs(), sample.n_outputs()));
    network.weights_mut().output_bias.copy_from_slice(&constant);
    settle(&mut network, sample);
    network
}

/// Squared error in units of the target's variance over all rows, -2 log likelihood, or Poisson deviance.
fn deviance(fold: &Fold, losses: Vec<f64>) -> Vec<f64> {
    let sample = &fold.test;
    losses.iter().enumerate().map(|(i, loss)| 2.0 * (loss - sample.saturated_loss(i))).collect()
}
