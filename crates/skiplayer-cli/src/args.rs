//! Arguments as they are typed. Meaning is given in `fit.rs` and its neighbours.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use skiplayer::data::Task;
use skiplayer::fit::{Config, LambdaChoice, Method, Penalty};
use skiplayer::net::Activation;

/// Networks with skip connections for tables: a linear model that you can read, plus hidden units that pay for themselves.
#[derive(Debug, Parser)]
#[command(name = "skiplayer", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fit the smallest honest network to a table
    Fit(FitArgs),
    /// Predict the rows of a table with a fitted model
    Predict(PredictArgs),
    /// Show what a fitted model says
    Show(ShowArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  skiplayer fit data/concrete.csv --target compressive_strength
  skiplayer fit patients.parquet --target outcome --drop id,name --categorical postcode
  skiplayer fit claims.csv --target n_claims --task count --method path --lambda 1se -o claims.safetensors")]
pub struct FitArgs {
    /// CSV, TSV (also gzipped), Parquet or Arrow IPC
    pub file: PathBuf,

    /// What to predict; several columns, separated by commas, for regression
    #[arg(long, value_name = "COL", value_delimiter = ',', required = true, help_heading = "Columns")]
    pub target: Vec<String>,
    /// Columns that are not inputs
    #[arg(long, value_name = "COLS", value_delimiter = ',', help_heading = "Columns")]
    pub drop: Vec<String>,
    /// Columns of numbers that are categories
    #[arg(long, value_name = "COLS", value_delimiter = ',', help_heading = "Columns")]
    pub categorical: Vec<String>,
    /// Column of row weights (precision weights: only their ratios matter)
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub weight: Option<String>,
    /// The first line holds data, not names (columns are then called x1, x2, …)
    #[arg(long, help_heading = "Columns")]
    pub no_header: bool,

    /// What kind of thing the target is
    #[arg(long, value_enum, default_value_t = TaskArg::Auto, help_heading = "Model")]
    pub task: TaskArg,
    /// auto: inner cross-validation decides between linear, sparse and dense; evidence: the evidence decides; path: a
    /// regularisation path; linear: a lasso path
    #[arg(long, value_enum, default_value_t = MethodArg::Auto, help_heading = "Model")]
    pub method: MethodArg,
    /// What a path prices
    #[arg(long, value_enum, default_value_t = PenaltyArg::L1, help_heading = "Model")]
    pub penalty: PenaltyArg,
    /// Which lambda of a path is kept
    #[arg(long, value_enum, default_value_t = LambdaArg::Min, help_heading = "Model")]
    pub lambda: LambdaArg,
    /// Hidden units offered in each layer [default: from rows and inputs]
    #[arg(long, value_name = "N", help_heading = "Model")]
    pub hidden: Option<usize>,
    /// Hidden layers; those after the first are residual blocks
    #[arg(long, value_name = "L", default_value_t = 1, help_heading = "Model")]
    pub depth: usize,
    #[arg(long, value_enum, default_value_t = ActivationArg::Tanh, help_heading = "Model")]
    pub activation: ActivationArg,
    /// No linear skip from inputs to outputs
    #[arg(long, help_heading = "Model")]
    pub no_skip: bool,
    /// Networks that a dense model averages
    #[arg(long, value_name = "K", default_value_t = 8, help_heading = "Model")]
    pub ensemble: usize,
    /// Folds of the inner cross-validation
    #[arg(long, value_name = "K", default_value_t = 5, help_heading = "Model")]
    pub inner_folds: usize,

    /// Equal seeds give equal models, whatever the number of threads
    #[arg(long, value_name = "S", default_value_t = 1, help_heading = "Run")]
    pub seed: u64,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub threads: Option<usize>,
    /// Stop after this long with what has converged by then (the linear model always does)
    #[arg(long, value_name = "T", help_heading = "Run")]
    pub max_seconds: Option<f64>,
    /// Leave out the outer evaluation (there is none in this version: changes nothing yet)
    #[arg(long, help_heading = "Run")]
    pub no_evaluate: bool,

    /// Where the model goes [default: the name of FILE with `.safetensors`, in the current folder]
    #[arg(short, long, value_name = "MODEL", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// One JSON object on stdout; messages go to stderr
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// No progress and no messages but errors
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  skiplayer predict concrete.safetensors new.csv -o predictions.csv
  skiplayer predict concrete.safetensors new.parquet | head")]
pub struct PredictArgs {
    /// A model written by `skiplayer fit`
    pub model: PathBuf,
    /// A table; columns are matched by name
    pub file: PathBuf,
    /// Where the predictions go, as CSV [default: stdout]
    #[arg(short, long, value_name = "OUT.csv")]
    pub output: Option<PathBuf>,
    /// One JSON object on stdout instead of CSV
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// No messages but errors
    #[arg(long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A model written by `skiplayer fit`
    pub model: PathBuf,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum TaskArg {
    Auto,
    Regression,
    Binary,
    Multiclass,
    Count,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum MethodArg {
    Auto,
    Evidence,
    Path,
    Linear,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PenaltyArg {
    /// sum |w| over all weights
    L1,
    /// hidden units as groups
    Group,
    /// LassoNet's: inputs enter units only beside their linear effect
    Hierarchical,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LambdaArg {
    Min,
    #[value(name = "1se")]
    OneStandardError,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ActivationArg {
    Tanh,
    Relu,
    Gelu,
}

impl TaskArg {
    /// `None` for `auto`.
    pub fn task(self) -> Option<Task> {
        match self {
            TaskArg::Auto => None,
            TaskArg::Regression => Some(Task::Regression),
            TaskArg::Binary => Some(Task::Binary),
            TaskArg::Multiclass => Some(Task::Multiclass),
            TaskArg::Count => Some(Task::Count),
        }
    }
}

impl FitArgs {
    /// The options of the library.
    pub fn config(&self) -> Config {
        Config {
            method: match self.method {
                MethodArg::Auto => Method::Auto,
                MethodArg::Evidence => Method::Evidence,
                MethodArg::Path => Method::Path,
                MethodArg::Linear => Method::Linear,
            },
            penalty: match self.penalty {
                PenaltyArg::L1 => Penalty::L1,
                PenaltyArg::Group => Penalty::Group,
                PenaltyArg::Hierarchical => Penalty::Hierarchical,
            },
            lambda_choice: match self.lambda {
                LambdaArg::Min => LambdaChoice::Min,
                LambdaArg::OneStandardError => LambdaChoice::OneStandardError,
            },
            hidden: self.hidden,
            depth: self.depth,
            activation: match self.activation {
                ActivationArg::Tanh => Activation::Tanh,
                ActivationArg::Relu => Activation::Relu,
                ActivationArg::Gelu => Activation::Gelu,
            },
            skip: !self.no_skip,
            ensemble: self.ensemble,
            folds: self.inner_folds,
            seed: self.seed,
        }
    }
}
