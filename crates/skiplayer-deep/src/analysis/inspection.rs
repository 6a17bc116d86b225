//! All analyses of one trained network together.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use skiplayer::table::nearest_name;
use skiplayer::{Error, Result};

use super::gradient_flow::{GradientFlow, gradient_flow};
use super::landscape::Height;
use super::layer_response::{Response, layer_responses};
use super::lesion::{Lesions, lesions, n_scores};
use super::mixing::{Mixing, mixing};
use super::paths::{Paths, paths};
use super::shattered::{Shattered, shattered};
use crate::data::{Examples, Normalisation};
use crate::describe::block::Shortcut;
use crate::network::{Mode, Network};
use crate::train::{loss_for, plain_batch, score};

/// Examples of one pass: for responses, for gradients, for what takes many passes.
const RESPONDING: usize = 200;
const LEARNED: usize = 64;
const FEW: usize = 16;
/// Lines, and points on each.
const LINES: (usize, usize) = (10, 128);
/// Draws of paths of each length, whose gradients vary much, and of lesions of each size.
const PATHS: usize = 12;
const DRAWS: usize = 3;
/// Paths of more lengths than this would take long: then the network is looked at without them.
const LONGEST: usize = 200;

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Analysis {
    Responses,
    Gradients,
    Shattered,
    Lesions,
    Paths,
    Mixing,
    Landscape,
}

impl Analysis {
    /// All, with their names.
    pub const ALL: [(&'static str, Self); 7] = [
        ("responses", Self::Responses),
        ("gradients", Self::Gradients),
        ("shattered", Self::Shattered),
        ("lesions", Self::Lesions),
        ("paths", Self::Paths),
        ("mixing", Self::Mixing),
        ("landscape", Self::Landscape),
    ];
}

impl Analysis {
    /// As users write it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, analysis)| *analysis == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for Analysis {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let names = Self::ALL.map(|(name, _)| name);
        Self::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, analysis)| analysis).ok_or_else(|| {
            let error = Error::input("analysis", format!("`{word}`")).expected(format!("one of {}", names.join(", ")));
            error.did_you_mean(nearest_name(word, names))
        })
    }
}

/// The gradients of one network at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Steps of training; 0 is the start.
    pub step: u64,
    /// Whether this is the start of the same network without its batch norms.
    pub without_batch_norm: bool,
    pub flow: GradientFlow,
}

/// What was seen in one network; what was not asked for, or is not there, is none or empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    pub network: String,
    /// What it is called beside others: its name, or its run folder where several have that name.
    #[serde(default)]
    pub label: String,
    /// Its run folder.
    pub run: String,
    /// Name or folder of the data set.
    #[serde(default)]
    pub data: String,
    /// Examples that errors are judged by.
    #[serde(default)]
    pub n_examples: usize,
    pub step: u64,
    pub responses: Option<Vec<Response>>,
    pub gradients: Vec<Moment>,
    pub shattered: Option<Shattered>,
    pub lesions: Option<Lesions>,
    pub paths: Option<Paths>,
    pub mixing: Option<Mixing>,
    pub landscape: Option<Vec<Height>>,
    /// Examples that the landscape is the loss of.
    #[serde(default)]
    pub n_landscape: usize,
    /// Where training was on the plane of the landscape, if the plane is that of the training.
    pub trajectory: Option<Vec<(f64, f64)>>,
}

/// A trained network and what it can be looked at with.
pub struct Subject<'a> {
    pub network: &'a Network,
    /// Earlier states, with their steps; the start is one of them.
    pub earlier: &'a [(u64, Network)],
    /// Learned from.
    pub train: &'a Examples,
    /// Judged by.
    pub judged: &'a Examples,
    /// Positions in `judged`.
    pub chosen: &'a [u32],
    pub normalisation: &'a Normalisation,
    pub step: u64,
    pub seed: u64,
}

/// How far an analysis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub analysis: Analysis,
    /// Passes, or what else takes the time.
    pub done: usize,
    pub of: usize,
}

/// Carries out `analyses`, but for the landscape, which its caller draws place by place; `observe` sees each begin and go on.
///
/// # Errors
/// Examples that do not fit the network.
pub fn inspect(subject: &Subject, analyses: &[Analysis], observe: &mut dyn FnMut(Progress)) -> Result<Inspection> {
    let Subject { network, earlier, train, judged, chosen, normalisation, step, seed } = *subject;
    let device = network.device();
    let loss = loss_for(train, 0.0);
    let some =
        |n: usize| train.subset(n.min(train.len()), seed).map(|chosen| plain_batch(train, normalisation, &chosen));
    let name = network.architecture().name.clone();
    let mut seen =
        Inspection { label: name.clone(), network: name, step, n_examples: chosen.len(), ..Inspection::default() };
    for &analysis in analyses {
        let mut at = |done, of| observe(Progress { analysis, done, of });
        at(0, 1);
        match analysis {
            Analysis::Responses => {
                let x = some(RESPONDING)?.tensor(device)?;
                let responses = layer_responses(network, x, Mode::Training)?;
                seen.responses = (!responses.is_empty()).then_some(responses);
            }
            Analysis::Gradients => {
                let batch = some(LEARNED)?;
                let moment = |step, network: &Network, without_batch_norm| {
                    let flow = gradient_flow(network, loss, &batch)?;
                    Ok::<_, Error>(Moment { step, without_batch_norm, flow })
                };
                let bare = network.architecture().without_batch_norm()?;
                let bare = Network::new(bare, seed, device)?;
                seen.gradients.push(moment(0, &bare, true)?);
                for (i, (step, network)) in earlier.iter().enumerate() {
                    at(i + 1, earlier.len() + 2);
                    seen.gradients.push(moment(*step, network, false)?);
                }
                seen.gradients.push(moment(step, network, false)?);
            }
            Analysis::Shattered => {
                // A property of the start: training changes what is far from the data little.
                let start = Network::new(network.architecture().clone(), seed, device)?;
                seen.shattered = Some(shattered(&start, LINES.1, LINES.0, seed)?);
            }
            Analysis::Lesions => {
                let of = n_scores(network, DRAWS)?;
                let mut done = 0;
                let mut judge = |network: &Network, pass: crate::network::Pass<'_>| {
                    at(done, of);
                    done += 1;
                    score(network, judged, normalisation, chosen, pass)
                };
                seen.lesions = Some(lesions(network, DRAWS, seed, &mut judge)?);
            }
            Analysis::Paths => {
                let n = network.architecture().blocks().filter(|block| block.shortcut != Shortcut::None).count();
                if (1..=LONGEST).contains(&n) {
                    seen.paths = Some(paths(network, loss, &some(FEW)?, PATHS, seed, &mut at)?);
                }
            }
            Analysis::Mixing => {
                let x = some(FEW)?.tensor(device)?;
                seen.mixing = Some(mixing(network, &x)?);
            }
            Analysis::Landscape => {}
        }
    }
    Ok(seen)
}
