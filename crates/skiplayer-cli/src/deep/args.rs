//! Arguments of `skiplayer deep`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::inspection::Analysis;
use skiplayer_deep::family::Family;
use skiplayer_deep::recipe::{NAMES, Recipe};
use skiplayer_deep::shape::Shape;
use skiplayer_deep::study::Planned;
use skiplayer_deep::train::Request;

use super::compare::{CompareJob, Equal};
use super::degrade::{self, DegradeJob};
use super::evaluate::EvaluateJob;
use super::grow::GrowJob;
use super::inspect::InspectJob;
use super::predict::PredictJob;
use super::prune::PruneJob;
use super::train::{Start, TrainJob};
use super::training::KEPT;

/// What to do.
pub enum Job {
    Show(ShowJob),
    Train(TrainJob),
    Evaluate(EvaluateJob),
    Degrade(DegradeJob),
    Inspect(InspectJob),
    Prune(PruneJob),
    Predict(PredictJob),
    Grow(GrowJob),
    Compare(CompareJob),
}

pub struct ShowJob {
    pub family: Family,
    pub input: Shape,
    pub n_outputs: usize,
    pub json: bool,
}

const DEEP_EXAMPLES: &str = "\
Examples:
  skiplayer deep show resnet-110
  skiplayer deep train resnet-20 --data digits --epochs 10
  skiplayer deep degrade --data digits
  skiplayer deep train --help";

const SHOW_EXAMPLES: &str = "\
Examples:
  skiplayer deep show resnet-110
  skiplayer deep show densenet-bc-100-12 --outputs 100
  skiplayer deep show resnet-20 --input 1x28x28 --json

Names:
  plain-N, resnet-N            He et al. 2015. 18, 34, 50, 101, 152: ImageNet; any other 6n+2: CIFAR
                               (cifar-resnet-50 where both exist). Options: -a, -b, -c for the
                               shortcuts, -v1.5, -bottleneck
  preact-N, wrn-N-K            full pre-activation, wide
  densenet-N-K, densenet-bc-N-K, densenet-121, -161, -169, -201
  highway-N, rezero-N, fixup-N without batch norm
  unet, unet-LEVELS-WIDTH      long skips by concatenation
  mlp-N-WIDTH, resmlp-N-WIDTH  for tables
  …-sd, …-sd0.8                stochastic depth, survival probability of the last branch";

/// Deep networks with skip connections.
#[derive(Args)]
#[command(after_help = DEEP_EXAMPLES, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct LowDeep {
    #[command(subcommand)]
    command: LowCommand,
}

#[derive(Subcommand)]
enum LowCommand {
    Show(LowShow),
    Train(LowTrain),
    Evaluate(LowEvaluate),
    Degrade(LowDegrade),
    Inspect(LowInspect),
    Prune(LowPrune),
    Predict(LowPredict),
    Grow(LowGrow),
    Compare(LowCompare),
}

/// Print a network: its layers by stage, its skips, its parameters, multiply-adds and memory.
#[derive(Args)]
#[command(after_help = SHOW_EXAMPLES)]
struct LowShow {
    /// Name of the network
    #[arg(value_name = "NAME")]
    name: String,
    /// Channels, height and width of one image, or a number of features [default: the paper's]
    #[arg(long, value_name = "CxHxW")]
    input: Option<String>,
    /// Classes, or numbers to predict [default: the paper's]
    #[arg(long, value_name = "N")]
    outputs: Option<usize>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

const TRAIN_EXAMPLES: &str = "\
Examples:
  skiplayer deep train resnet-20 --data digits --epochs 10
  skiplayer deep train plain-56 --data cifar-10 --recipe he2015 --out plain-56
  skiplayer deep train resnet-20 --data cifar-10 --minutes 30 --set optimizer.weight_decay=5e-4
  skiplayer deep train --resume plain-56

Data: `digits` (1,797 images of 8x8 that come with the program), or a folder with the binary files of
CIFAR-10 or CIFAR-100, with files in the format of MNIST, or with one folder of pictures a class.

Crops are padded by an eighth of the image, and grey images are not flipped, unless --set augment.…
says otherwise. What is random derives from the seed, the epoch and the image: a run that was stopped goes on to the
same numbers, unless `--minutes` lets the clock decide.";

/// By which rules networks learn.
#[derive(Args)]
struct LowRecipe {
    /// A named recipe, or a file of JSON
    #[arg(long, value_name = "R", default_value = "short", help_heading = "Recipe")]
    recipe: String,
    /// Passes over the training images
    #[arg(long, value_name = "N", conflicts_with = "minutes", help_heading = "Recipe")]
    epochs: Option<f64>,
    /// Time to spend
    #[arg(long, value_name = "M", help_heading = "Recipe")]
    minutes: Option<f64>,
    /// Images a step
    #[arg(long, value_name = "B", help_heading = "Recipe")]
    batch: Option<usize>,
    /// Largest learning rate of the schedule
    #[arg(long, value_name = "RATE", help_heading = "Recipe")]
    lr: Option<f64>,
    /// Any field of the recipe, such as schedule.cosine.last=0; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", help_heading = "Recipe")]
    set: Vec<String>,
}

impl LowRecipe {
    /// The recipe for a network of `n_layers` layers.
    fn check(&self, n_layers: usize) -> Result<Recipe> {
        let mut recipe = recipe(&self.recipe, n_layers)?;
        let text = |value: Option<f64>| value.map(|value| value.to_string());
        let changes = [
            ("budget.epochs", text(self.epochs)),
            ("budget.minutes", text(self.minutes)),
            ("batch", self.batch.map(|batch| batch.to_string())),
            ("learning_rate", text(self.lr)),
        ];
        for (key, value) in changes {
            if let Some(value) = value {
                recipe = recipe.set(key, &value)?;
            }
        }
        for change in &self.set {
            let (key, value) = change.split_once('=').ok_or_else(|| {
                Error::input("--set", format!("`{change}`")).expected("FIELD=VALUE, such as optimizer.momentum=0.8")
            })?;
            recipe = recipe.set(key, value)?;
        }
        Ok(recipe)
    }

    /// Whether the augmentation is brought to the size and colour of the images.
    fn suits(&self) -> bool {
        !self.set.iter().any(|change| change.starts_with("augment"))
    }
}

/// Train a network on images. Ctrl-C stops after the current step and keeps a checkpoint.
#[derive(Args)]
#[command(after_help = TRAIN_EXAMPLES)]
struct LowTrain {
    /// Name of the network, see `skiplayer deep show --help`
    #[arg(value_name = "NAME", required_unless_present = "resume")]
    name: Option<String>,
    /// `digits`, a folder of images, or a table (CSV, Parquet, Arrow)
    #[arg(long, value_name = "DATA", required_unless_present = "resume")]
    data: Option<String>,
    /// Column of the table to tell from the others [default: the last]
    #[arg(long, value_name = "COL")]
    target: Option<String>,
    #[command(flatten)]
    recipe: LowRecipe,
    /// Train on so many images only, drawn evenly from the classes
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Seed of all random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The run folder to make [default: NAME-DATA in the current folder]
    #[arg(long, value_name = "RUN", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Checkpoints to keep, one an epoch; `deep inspect` shows the gradients in each of them
    #[arg(long, value_name = "N", default_value_t = KEPT, help_heading = "Output")]
    keep: usize,
    /// Go on with the training of this run folder
    #[arg(long, value_name = "RUN", conflicts_with_all = ["name", "data", "target", "recipe", "epochs", "minutes", "batch", "lr", "set", "images", "seed", "out"], help_heading = "Output")]
    resume: Option<PathBuf>,
    /// Print one JSON object at the end, and nothing else
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

/// Tell the error of a trained network on test images.
#[derive(Args)]
struct LowEvaluate {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Other images than those of the training
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

/// Tell the classes of pictures.
#[derive(Args)]
struct LowPredict {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// PNG or JPEG files; they are brought to the size that the network was trained on
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// Write CSV to a file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object with the probabilities of all classes instead
    #[arg(long)]
    json: bool,
}

impl LowPredict {
    fn check(self) -> PredictJob {
        let Self { run, images, output, json } = self;
        PredictJob { run, pictures: images, csv: output, json }
    }
}

impl LowEvaluate {
    fn check(self) -> EvaluateJob {
        EvaluateJob { folder: self.run, data: self.data, json: self.json }
    }
}

impl LowTrain {
    fn check(self) -> Result<TrainJob> {
        let (quiet, json, keep) = (self.quiet, self.json, self.keep);
        if keep == 0 {
            return Err(Error::input("--keep", "0").expected("at least 1 checkpoint"));
        }
        if let Some(folder) = self.resume {
            return Ok(TrainJob { start: Start::Resume { folder }, keep, quiet, json });
        }
        let (Some(name), Some(data)) = (&self.name, &self.data) else {
            return Err(Error::input("deep train", "no network or no data").expected("both, or `--resume RUN`"));
        };
        let family: Family = name.parse()?;
        let n_layers = family.build_default()?.cost()?.n_layers;
        let recipe = self.recipe.check(n_layers)?;
        let suits = self.recipe.suits();
        let folder = self.out.unwrap_or_else(|| PathBuf::from(format!("{name}-{}", stem(data))));
        let request = Request {
            network: family.to_string(),
            data: data.clone(),
            target: self.target,
            n_train: self.images,
            recipe,
            seed: self.seed,
            removed: Vec::new(),
            price: None,
        };
        Ok(TrainJob { start: Start::New { request: Box::new(request), folder, suits }, keep, quiet, json })
    }
}

const DEGRADE_EXAMPLES: &str = "\
Examples:
  skiplayer deep degrade --data digits --budget 10
  skiplayer deep degrade --data concrete.csv --depths 4,16,64 --seeds 5 --report out.html
  skiplayer deep degrade --family plain,resnet --depths 20,56 --data cifar-10 --epochs 20
  skiplayer deep degrade --resume degrade-digits

A family is a name with * for the number of layers, such as densenet-*-12 or mlp-*-64; without one
the number comes last. Networks of equal depth see the same batches, and start from the same weights
where they have the same layers.";

/// Train networks of growing depth, with and without skips: does the training error rise?
#[derive(Args)]
#[command(after_help = DEGRADE_EXAMPLES)]
struct LowDegrade {
    /// `digits`, a folder of images, or a table (CSV, Parquet, Arrow)
    #[arg(long, value_name = "DATA", required_unless_present = "resume")]
    data: Option<String>,
    /// Column of the table to tell from the others [default: the last]
    #[arg(long, value_name = "COL")]
    target: Option<String>,
    /// Kinds of networks [default: plain,resnet, on tables mlp-*-32,resmlp-*-32]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    family: Vec<String>,
    /// Numbers of layers [default: 20,32,44,56, on tables 4,8,16,32,64]
    #[arg(long, value_name = "N,N,…", value_delimiter = ',')]
    depths: Vec<usize>,
    /// Trainings of every network
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: u64,
    /// Minutes for all trainings together, turned into epochs that are the same for all [default: 10]
    #[arg(long, value_name = "M", conflicts_with_all = ["epochs", "minutes"])]
    budget: Option<f64>,
    #[command(flatten)]
    recipe: LowRecipe,
    /// Train on so many examples only
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    #[command(flatten)]
    output: LowStudyOutput,
}

/// Where a study goes.
#[derive(Args)]
struct LowStudyOutput {
    /// The folder to make
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Go on with the study in this folder
    #[arg(long, value_name = "DIR", conflicts_with = "out", help_heading = "Output")]
    resume: Option<PathBuf>,
    /// Write a page of HTML
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    report: Option<PathBuf>,
    /// Print one JSON object at the end, and nothing else
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

impl LowDegrade {
    fn check(self) -> Result<DegradeJob> {
        let LowStudyOutput { out, resume, report, json, quiet } = self.output;
        if let Some(folder) = resume {
            return Ok(DegradeJob { start: degrade::Start::Resume { folder }, report, quiet, json });
        }
        let data = self.data.ok_or_else(|| Error::input("deep degrade", "no data").expected("--data"))?;
        let is_table = Path::new(&data).is_file();
        let or = |given: Vec<String>, usual: [&str; 2]| match given.is_empty() {
            true => usual.map(str::to_owned).to_vec(),
            false => given,
        };
        let families = or(self.family, if is_table { ["mlp-*-32", "resmlp-*-32"] } else { ["plain", "resnet"] });
        let mut depths = match (self.depths.is_empty(), is_table) {
            (false, _) => self.depths,
            (true, false) => vec![20, 32, 44, 56],
            (true, true) => vec![4, 8, 16, 32, 64],
        };
        depths.sort_unstable();
        depths.dedup();
        if self.seeds == 0 {
            return Err(Error::input("--seeds", "0").expected("at least 1; 3 give intervals"));
        }
        // What tells most comes first: the ends of the range.
        if let Some(last) = depths.pop() {
            depths.insert(depths.len().min(1), last);
        }
        let mut planned = Vec::new();
        for seed in 1..=self.seeds {
            for (&depth, family) in depths.iter().flat_map(|depth| families.iter().map(move |family| (depth, family))) {
                let name = if family.contains('*') { family.clone() } else { format!("{family}-*") };
                let network: Family = name.replace('*', &depth.to_string()).parse()?;
                let recipe = self.recipe.check(network.build_default()?.cost()?.n_layers)?;
                let request = Request {
                    network: network.to_string(),
                    data: data.clone(),
                    target: self.target.clone(),
                    n_train: self.images,
                    recipe,
                    seed,
                    removed: Vec::new(),
                    price: None,
                };
                planned.push(Planned { family: family.clone(), depth, request });
            }
        }
        let has_length = self.recipe.epochs.is_some() || self.recipe.minutes.is_some();
        let minutes = self.budget.or((!has_length).then_some(10.0));
        if let Some(minutes) = minutes.filter(|minutes| !(*minutes > 0.0 && minutes.is_finite())) {
            return Err(Error::input("--budget", minutes.to_string()).expected("a number of minutes above 0"));
        }
        let folder = out.unwrap_or_else(|| PathBuf::from(format!("degrade-{}", stem(&data))));
        let start = degrade::Start::New { planned, folder, minutes, suits: self.recipe.suits() };
        Ok(DegradeJob { start, report, quiet, json })
    }
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  skiplayer deep inspect resnet-20-digits
  skiplayer deep inspect plain-56-digits resnet-56-digits --report out.html
  skiplayer deep inspect resnet-20-digits --only landscape,lesions --examples 200 --json

Analyses: responses, gradients, shattered, lesions, paths, mixing, and landscape where it is asked for.
Gradients are those at the start, in every checkpoint that was kept, and now.";

/// Look inside trained networks: layer responses, gradients, lesions, paths, depth mixing, loss landscape.
#[derive(Args)]
#[command(after_help = INSPECT_EXAMPLES)]
struct LowInspect {
    /// Folders of trainings, to be put side by side
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Other data than those of the trainings
    #[arg(long, value_name = "DATA")]
    data: Option<String>,
    /// These analyses only [default: all but landscape]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Examples that errors are judged by
    #[arg(long, value_name = "N", default_value_t = 500)]
    examples: usize,
    /// Places on a side of the landscape
    #[arg(long, value_name = "N", default_value_t = 25)]
    grid: usize,
    /// Draw the landscape on the plane in which training moved most, instead of a random one
    #[arg(long)]
    trajectory: bool,
    /// Write a page of HTML
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

impl LowInspect {
    fn check(self) -> Result<InspectJob> {
        let analyses = match self.only.is_empty() {
            true => {
                Analysis::ALL.map(|(_, analysis)| analysis).into_iter().filter(|a| *a != Analysis::Landscape).collect()
            }
            false => self.only.iter().map(|word| word.parse()).collect::<Result<Vec<Analysis>>>()?,
        };
        if self.examples == 0 {
            return Err(Error::input("--examples", "0").expected("at least 1"));
        }
        if !(2..=201).contains(&self.grid) {
            return Err(Error::input("--grid", self.grid.to_string()).expected("from 2 to 201 places a side"));
        }
        Ok(InspectJob {
            runs: self.runs,
            data: self.data,
            analyses,
            n_examples: self.examples,
            grid: self.grid,
            follows_training: self.trajectory,
            report: self.report,
            json: self.json,
        })
    }
}

const PRUNE_EXAMPLES: &str = "\
Examples:
  skiplayer deep prune resnet-56-digits --epochs 6
  skiplayer deep prune resmlp-64-32-concrete --price 0.05 --epochs 30 --fine-tune 10

A branch stays where taking a little of it away would raise the loss by more than the price. Into the
folder go three trainings: `priced`, `pruned` (fine-tuned without the branches that went) and
`scratch` (the pruned network trained from the start, as the control). The same command with
--resume goes on where it was interrupted.";

/// Put a price on every branch of a trained network, and leave out those that do not pay.
#[derive(Args)]
#[command(after_help = PRUNE_EXAMPLES)]
struct LowPrune {
    /// Folder of a training
    #[arg(value_name = "RUN", required_unless_present = "resume")]
    run: Option<PathBuf>,
    /// What a whole branch costs, in units of the loss [default: so that one of no use is gone after a quarter of the epochs]
    #[arg(long, value_name = "LAMBDA")]
    price: Option<f64>,
    /// Epochs with the price
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    epochs: f64,
    /// Epochs without the branches that went [default: as many]
    #[arg(long, value_name = "N")]
    fine_tune: Option<f64>,
    /// Largest learning rate of both [default: a fifth of the recipe's]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// The folder to make [default: RUN-pruned]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["run", "out"])]
    resume: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

impl LowPrune {
    fn check(self) -> Result<PruneJob> {
        let above = |option: &str, value: Option<f64>| match value {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                Err(Error::input(option, value.to_string()).expected("a number above 0"))
            }
            _ => Ok(()),
        };
        above("--price", self.price)?;
        above("--epochs", Some(self.epochs))?;
        above("--fine-tune", self.fine_tune)?;
        above("--lr", self.lr)?;
        let fine_tune = self.fine_tune.unwrap_or(self.epochs);
        let Self { run, price, epochs, lr, out, resume, json, .. } = self;
        Ok(PruneJob { run, price, epochs, fine_tune, lr, out, resume, json })
    }
}

const GROW_EXAMPLES: &str = "\
Examples:
  skiplayer deep grow resnet-20-digits --to resnet-32
  skiplayer deep grow plain-20-digits --to plain-32 --dirac
  skiplayer deep train --resume resnet-32-from-resnet-20-digits";

/// Embed a trained network in a deeper one that computes the same, to be trained on.
#[derive(Args)]
#[command(after_help = GROW_EXAMPLES)]
struct LowGrow {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Name of the deeper network
    #[arg(long, value_name = "NET")]
    to: String,
    /// Let new plain blocks begin with convolutions that hand on what comes
    #[arg(long)]
    dirac: bool,
    /// Passes over the training images that the deeper network is for [default: those of RUN]
    #[arg(long, value_name = "N")]
    epochs: Option<f64>,
    /// The run folder to make [default: NET-from-RUN]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

impl LowGrow {
    fn check(self) -> Result<GrowJob> {
        let Self { run, to, dirac, epochs, out, json } = self;
        let to: Family = to.parse()?;
        let folder = out.unwrap_or_else(|| PathBuf::from(format!("{to}-from-{}", stem(&run.to_string_lossy()))));
        Ok(GrowJob { run, to, is_dirac: dirac, epochs, folder, json })
    }
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  skiplayer deep compare resnet-20 densenet-40-12 --data digits --epochs 6
  skiplayer deep compare resnet-20 densenet-22-12 highway-20 --equal parameters --data digits
  skiplayer deep compare mlp-16-32 resmlp-16-32 --data concrete.csv --seeds 10 --epochs 30";

/// Train several networks by one recipe: error, parameters, multiply-adds, memory and time beside each other.
#[derive(Args)]
#[command(after_help = COMPARE_EXAMPLES)]
struct LowCompare {
    /// Names of networks
    #[arg(value_name = "NET", required_unless_present = "resume")]
    networks: Vec<String>,
    /// `digits`, a folder of images, or a table (CSV, Parquet, Arrow)
    #[arg(long, value_name = "DATA", required_unless_present = "resume")]
    data: Option<String>,
    /// Column of the table to tell from the others [default: the last]
    #[arg(long, value_name = "COL")]
    target: Option<String>,
    /// Give all networks the depth that comes nearest to the first one in this
    #[arg(long, value_name = "WHAT")]
    equal: Option<Equal>,
    /// Trainings of every network
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: u64,
    /// Minutes for all trainings together, turned into epochs that are the same for all [default: 10]
    #[arg(long, value_name = "M", conflicts_with_all = ["epochs", "minutes"])]
    budget: Option<f64>,
    #[command(flatten)]
    recipe: LowRecipe,
    /// Train on so many examples only
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    #[command(flatten)]
    output: LowStudyOutput,
}

impl LowCompare {
    fn check(self) -> Result<CompareJob> {
        let LowStudyOutput { out, resume, report, json, quiet } = self.output;
        if let Some(folder) = resume {
            return Ok(CompareJob { start: degrade::Start::Resume { folder }, equal: None, report, quiet, json });
        }
        let data = self.data.ok_or_else(|| Error::input("deep compare", "no data").expected("--data"))?;
        if self.networks.len() < 2 {
            return Err(Error::input("deep compare", "one network").expected("two or more"));
        }
        let mut planned = Vec::new();
        for seed in 1..=self.seeds.max(1) {
            for name in &self.networks {
                let network: Family = name.parse()?;
                let recipe = self.recipe.check(network.build_default()?.cost()?.n_layers)?;
                let request = Request {
                    network: network.to_string(),
                    data: data.clone(),
                    target: self.target.clone(),
                    n_train: self.images,
                    recipe,
                    seed,
                    removed: Vec::new(),
                    price: None,
                };
                planned.push(Planned { family: network.to_string(), depth: 0, request });
            }
        }
        let has_length = self.recipe.epochs.is_some() || self.recipe.minutes.is_some();
        let minutes = self.budget.or((!has_length).then_some(10.0));
        let folder = out.unwrap_or_else(|| PathBuf::from(format!("compare-{}", stem(&data))));
        let start = degrade::Start::New { planned, folder, minutes, suits: self.recipe.suits() };
        Ok(CompareJob { start, equal: self.equal, report, quiet, json })
    }
}

/// The last part of a path, without its ending.
fn stem(data: &str) -> String {
    Path::new(data).file_stem().map_or_else(|| data.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A name, or a file where there is one.
fn recipe(word: &str, n_layers: usize) -> Result<Recipe> {
    if NAMES.contains(&word) || !Path::new(word).is_file() {
        return Recipe::named(word, n_layers);
    }
    let text = std::fs::read_to_string(word)
        .map_err(|error| Error::input(format!("--recipe {word}"), error.to_string()).expected("a file of JSON"))?;
    Recipe::from_json(&text)
}

impl LowDeep {
    /// What the arguments mean.
    ///
    /// # Errors
    /// A name that means no network, or a shape that is none.
    pub fn check(self) -> Result<Job> {
        match self.command {
            LowCommand::Show(low) => low.check().map(Job::Show),
            LowCommand::Train(low) => low.check().map(Job::Train),
            LowCommand::Evaluate(low) => Ok(Job::Evaluate(low.check())),
            LowCommand::Degrade(low) => low.check().map(Job::Degrade),
            LowCommand::Inspect(low) => low.check().map(Job::Inspect),
            LowCommand::Prune(low) => low.check().map(Job::Prune),
            LowCommand::Predict(low) => Ok(Job::Predict(low.check())),
            LowCommand::Grow(low) => low.check().map(Job::Grow),
            LowCommand::Compare(low) => low.check().map(Job::Compare),
        }
    }
}

impl LowShow {
    fn check(self) -> Result<ShowJob> {
        let family: Family = self.name.parse()?;
        let input = self.input.map_or(Ok(family.default_input()), |text| text.parse())?;
        let n_outputs = self.outputs.unwrap_or(family.default_outputs());
        Ok(ShowJob { family, input, n_outputs, json: self.json })
    }
}
