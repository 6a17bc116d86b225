//! Arguments of `deep degrade` and `deep compare`: many trainings.

use std::path::{Path, PathBuf};

use clap::Args;
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::degradation::Planned;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::train::Request;

use super::pictures::LowPictures;
use super::recipe::LowRecipe;
use super::stem;
use crate::deep::compare::{CompareJob, Equal};
use crate::deep::degrade::{self, DegradeJob};
use crate::deep::training::lasting;

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
pub struct LowDegrade {
    /// Kinds of networks [default: plain,resnet, on tables mlp-*-32,resmlp-*-32]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    family: Vec<String>,
    /// Numbers of layers [default: 20,32,44,56, on tables 4,8,16,32,64]
    #[arg(long, value_name = "N,N,…", value_delimiter = ',')]
    depths: Vec<usize>,
    #[command(flatten)]
    study: LowStudy,
}

/// What every study needs.
#[derive(Args)]
struct LowStudy {
    /// `digits`, a folder of images, or a table (CSV, Parquet, Arrow)
    #[arg(long, value_name = "DATA", required_unless_present = "resume")]
    data: Option<String>,
    /// Column of the table to predict from the others [default: the last]
    #[arg(long, value_name = "COL")]
    target: Option<String>,
    /// Trainings of every network
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: u64,
    /// Minutes for all trainings together, turned into epochs that are the same for all [default: 10]
    #[arg(long, value_name = "M", conflicts_with_all = ["epochs", "minutes"])]
    budget: Option<f64>,
    #[command(flatten)]
    recipe: LowRecipe,
    #[command(flatten)]
    pictures: LowPictures,
    /// Train on this many examples only
    #[arg(long, value_name = "N")]
    images: Option<usize>,
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

/// What a study makes besides its folder.
struct Wanted {
    start: degrade::Start,
    report: Option<PathBuf>,
    quiet: bool,
    json: bool,
}

impl LowStudy {
    /// The study of `command` that trains what `members` names, given whether the data are a table: each seed all of them, in their order.
    fn check(self, command: &str, members: impl FnOnce(bool) -> Result<Vec<Member>>) -> Result<Wanted> {
        let Self { data, target, seeds, budget, recipe, pictures, images, out, resume, report, json, quiet } = self;
        if let Some(folder) = resume {
            return Ok(Wanted { start: degrade::Start::Resume { folder }, report, quiet, json });
        }
        let data = data.ok_or_else(|| Error::input(format!("deep {command}"), "no data").expected("--data"))?;
        if seeds == 0 {
            return Err(Error::input("--seeds", "0").expected("at least 1; 3 give intervals"));
        }
        let minutes = budget.or((!recipe.has_length()).then_some(10.0));
        if let Some(minutes) = minutes.filter(|minutes| !(*minutes > 0.0 && minutes.is_finite())) {
            return Err(Error::input("--budget", minutes.to_string()).expected("a number of minutes above 0"));
        }
        let members = members(Path::new(&data).is_file())?;
        let mut planned = Vec::new();
        for seed in 1..=seeds {
            for Member { family, depth, network } in &members {
                let recipe = recipe.check(network.build_default()?.cost()?.n_layers)?;
                let mut request = Request::new(network.to_string(), lasting(&data), recipe);
                (request.target, request.pictures) = (target.clone(), pictures.check()?);
                (request.n_train, request.seed) = (images, seed);
                planned.push(Planned { family: family.clone(), depth: *depth, request });
            }
        }
        let folder = out.unwrap_or_else(|| PathBuf::from(format!("{command}-{}", stem(&data))));
        let start = degrade::Start::New { planned, folder, minutes, suits: recipe.suits() };
        Ok(Wanted { start, report, quiet, json })
    }
}

/// A network of a study.
struct Member {
    family: String,
    depth: usize,
    network: Family,
}

impl LowDegrade {
    pub fn check(self) -> Result<DegradeJob> {
        let Self { family, depths, study } = self;
        let Wanted { start, report, quiet, json } =
            study.check("degrade", |is_table| members_by_depth(family, depths, is_table))?;
        Ok(DegradeJob { start, report, quiet, json })
    }
}

fn members_by_depth(mut families: Vec<String>, mut depths: Vec<usize>, is_table: bool) -> Result<Vec<Member>> {
    if families.is_empty() {
        let usual = if is_table { ["mlp-*-32", "resmlp-*-32"] } else { ["plain", "resnet"] };
        families = usual.map(str::to_owned).to_vec();
    }
    if depths.is_empty() {
        depths = if is_table { vec![4, 8, 16, 32, 64] } else { vec![20, 32, 44, 56] };
    }
    depths.sort_unstable();
    depths.dedup();
    // What shows most comes first: the ends of the range.
    if let Some(last) = depths.pop() {
        depths.insert(depths.len().min(1), last);
    }
    let mut members = Vec::new();
    for (depth, family) in depths.iter().flat_map(|depth| families.iter().map(move |family| (*depth, family))) {
        let name = if family.contains('*') { family.clone() } else { format!("{family}-*") };
        let network: Family = name.replace('*', &depth.to_string()).parse()?;
        members.push(Member { family: family.clone(), depth, network });
    }
    Ok(members)
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  skiplayer deep compare resnet-20 densenet-40-12 --data digits --epochs 6
  skiplayer deep compare resnet-20 densenet-22-12 highway-20 --equal parameters --data digits
  skiplayer deep compare mlp-16-32 resmlp-16-32 --data concrete.csv --seeds 10 --epochs 30";

/// Train several networks by one recipe: error, parameters, multiply-adds, memory and time beside each other.
#[derive(Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub struct LowCompare {
    /// Names of networks
    #[arg(value_name = "NET", required_unless_present = "resume")]
    networks: Vec<String>,
    /// Give all networks the depth that comes nearest to the first one in this
    #[arg(long, value_name = "WHAT")]
    equal: Option<Equal>,
    #[command(flatten)]
    study: LowStudy,
}

impl LowCompare {
    pub fn check(self) -> Result<CompareJob> {
        let Self { networks, equal, study } = self;
        let members = |_| -> Result<Vec<Member>> {
            if networks.len() < 2 {
                return Err(Error::input("deep compare", "one network").expected("two or more"));
            }
            let member = |name: &String| {
                let network: Family = name.parse()?;
                Ok(Member { family: network.to_string(), depth: 0, network })
            };
            networks.iter().map(member).collect()
        };
        let Wanted { start, report, quiet, json } = study.check("compare", members)?;
        Ok(CompareJob { start, equal, report, quiet, json })
    }
}
