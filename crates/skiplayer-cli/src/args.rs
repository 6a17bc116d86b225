//! Arguments: [`LowArgs`] is what was written, [`Command`] what it means.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::builder::Styles;
use clap::builder::styling::Style;
use clap::{Args, Parser, Subcommand, ValueEnum};
use skiplayer::encode::Task;
use skiplayer::evaluate::EvaluationOptions;
use skiplayer::fit::{Config, LambdaChoice, Method, PathStart, Penalty};
use skiplayer::net::Activation;
use skiplayer::schema::TargetSpec;
use skiplayer::{Error, Result};
use skiplayer_io::ReadOptions;

/// What to do, checked as far as that goes without reading a file.
pub enum Command {
    Fit(Box<FitJob>),
    Predict(PredictJob),
    Explain(ExplainJob),
    Show(ShowJob),
    #[cfg(feature = "deep")]
    Deep(crate::deep::Job),
}

pub struct FitJob {
    pub data: PathBuf,
    pub read: ReadOptions,
    pub target: TargetSpec,
    pub config: Config,
    pub model: PathBuf,
    pub threads: Option<usize>,
    pub limit: Option<Duration>,
    pub report: Option<PathBuf>,
    /// `None`: no evaluation.
    pub evaluation: Option<EvaluationOptions>,
    pub output: OutputArgs,
}

pub struct PredictJob {
    pub model: PathBuf,
    pub data: PathBuf,
    pub read: ReadOptions,
    /// Coverage of prediction intervals, if there are to be any.
    pub interval: Option<f64>,
    /// `None`: to stdout.
    pub csv: Option<PathBuf>,
    pub output: OutputArgs,
}

pub struct ExplainJob {
    pub model: PathBuf,
    pub data: PathBuf,
    pub read: ReadOptions,
    /// Indices of rows; `None`: all of them, or on a terminal the first few.
    pub rows: Option<Vec<usize>>,
    pub csv: Option<PathBuf>,
    pub output: OutputArgs,
}

pub struct ShowJob {
    pub model: PathBuf,
    pub json: bool,
}

const STYLES: Styles =
    Styles::styled().header(Style::new().bold()).usage(Style::new().bold()).literal(Style::new().bold());

const EXAMPLES: &str = "\
Examples:
  skiplayer fit concrete.csv --target compressive_strength
  skiplayer show concrete.safetensors
  skiplayer predict concrete.safetensors new.csv -o predictions.csv
  skiplayer explain concrete.safetensors new.csv --rows 1-3

Exit codes: 0 done, 2 the input or an option is not usable, 1 the work failed.";

const FIT_EXAMPLES: &str = "\
Examples:
  skiplayer fit diabetes.csv --target progression
  skiplayer fit houses.parquet --target price --drop id,address --categorical zip
  skiplayer fit visits.csv --target n_visits --task count -o models/visits.safetensors
  skiplayer fit genes.csv.gz --target relapse --method linear --lambda 1se
  skiplayer fit concrete.csv --target '\"strength (MPa, 28 days)\"' --seed 7 --json > result.json

Lists of columns are separated by commas. A name that holds a comma itself goes into double quotes, \
as in the last example.";

const PREDICT_EXAMPLES: &str = "\
Examples:
  skiplayer predict concrete.safetensors new.csv -o predictions.csv
  skiplayer predict concrete.safetensors new.csv --interval 0.9 | head
  paste -d, new.csv <(skiplayer predict concrete.safetensors new.csv) > both.csv

The columns are `prediction` (`prediction_<target>` where there are several targets), and for \
classes `p_<class>`, the probability of each; with `--interval` also `lower` and `upper`, or for \
classes `set`, the classes that make up a set of that coverage, and `calibrated_<class>`, probabilities as sure as \
those out of fold were right. There is one line for each row of the table, in its order.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  skiplayer explain concrete.safetensors new.csv
  skiplayer explain concrete.safetensors new.csv --rows 17,100-104
  skiplayer explain concrete.safetensors new.csv -o contributions.csv

What is printed adds up exactly: baseline + inputs + hidden units = prediction, on the scale of the \
linear predictor (the target itself for a regression, log odds, log of a mean count; scores of \
several classes are centred). The baseline is the linear part at the means of the training rows, and \
a contribution is how far the row's own value moves the prediction from there.

With `-o` there is one line for each row (and output, where there are several): `row`, `prediction`, \
`linear_predictor`, `baseline`, `contribution_<input>`, `unit_<h>`, and `outside`, the cells that are \
unlike those of training.";

const SHOW_EXAMPLES: &str = "\
Examples:
  skiplayer show concrete.safetensors
  skiplayer show concrete.safetensors --json";

/// Networks with a linear skip layer for tables: a readable linear model, plus hidden units that have to pay for themselves.
#[derive(Parser)]
#[command(
    name = "skiplayer",
    version,
    styles = STYLES,
    max_term_width = 100,
    after_help = EXAMPLES,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct LowArgs {
    #[command(subcommand)]
    command: LowCommand,
}

#[derive(Subcommand)]
enum LowCommand {
    Fit(Box<LowFit>),
    Predict(LowPredict),
    Explain(LowExplain),
    Show(LowShow),
    #[cfg(feature = "deep")]
    Deep(Box<crate::deep::LowDeep>),
}

/// Fit a model to a table, and say what it found.
///
/// Reads CSV, TSV (also compressed by gzip), Parquet or Arrow IPC. All columns but the target are inputs; numbers are
/// standardised, text becomes categories, missing cells are filled and marked. Inner cross-validation decides between the
/// linear model, the linear model with a few hidden units, and the mean of several networks.
#[derive(Args)]
#[command(after_help = FIT_EXAMPLES)]
struct LowFit {
    /// The table
    #[arg(value_name = "FILE")]
    data: PathBuf,

    /// Column to predict; several for a regression with several outputs
    #[arg(long, value_name = "COL[,COL]", required = true, help_heading = "Table")]
    target: Vec<Columns>,
    /// What the target is
    #[arg(long, value_enum, default_value_t = LowTask::Auto, help_heading = "Table")]
    task: LowTask,
    /// Columns that are no inputs
    #[arg(long, value_name = "COLS", help_heading = "Table")]
    drop: Vec<Columns>,
    /// Columns that are inputs even if they look like identifiers (a year in each row)
    #[arg(long, value_name = "COLS", help_heading = "Table")]
    keep: Vec<Columns>,
    /// Columns of numbers that are names of categories (postcodes, codes)
    #[arg(long, value_name = "COLS", help_heading = "Table")]
    categorical: Vec<Columns>,
    /// Column of row weights; only their ratios matter
    #[arg(long, value_name = "COL", help_heading = "Table")]
    weight: Option<Columns>,
    /// Column whose equal cells belong together (patients, wells): never on both sides of a fold, and no input
    #[arg(long, value_name = "COL", conflicts_with = "time", help_heading = "Table")]
    group: Option<Columns>,
    /// Column of times, numbers or dates: folds are stretches of time, evaluation runs forward; no input
    #[arg(long, value_name = "COL", help_heading = "Table")]
    time: Option<Columns>,
    #[command(flatten)]
    header: HeaderArgs,

    /// How the model is found
    #[arg(long, value_enum, default_value_t = LowMethod::Auto, help_heading = "Method")]
    method: LowMethod,
    /// What the price of `--method path` is on
    #[arg(long, value_enum, default_value_t = LowPenalty::L1, help_heading = "Method")]
    penalty: LowPenalty,
    /// Where `--method path` begins
    #[arg(long, value_enum, default_value_t = LowPathStart::Dense, help_heading = "Method")]
    path_start: LowPathStart,
    /// Which lambda of a path becomes the model
    #[arg(long, value_enum, default_value_t = LowLambda::Min, help_heading = "Method")]
    lambda: LowLambda,
    /// Folds of the inner cross-validation
    #[arg(long, value_name = "K", default_value_t = Config::default().inner_folds, help_heading = "Method")]
    inner_folds: usize,
    /// Rows above which networks are fitted by stochastic steps on a copy of the table in single precision
    #[arg(long, value_name = "N", default_value_t = Config::default().stochastic_above, help_heading = "Method")]
    stochastic_above: usize,
    /// Seed of all random numbers: the same seed gives the same model, whatever the number of threads
    #[arg(long, value_name = "S", default_value_t = Config::default().seed, help_heading = "Method")]
    seed: u64,

    /// Hidden units offered in each layer [default: from the numbers of rows and inputs]
    #[arg(long, value_name = "N", help_heading = "Network")]
    hidden: Option<usize>,
    /// Hidden layers; those after the first are residual blocks
    #[arg(long, value_name = "L", default_value_t = Config::default().depth, help_heading = "Network")]
    depth: usize,
    /// Function of the hidden units
    #[arg(long, value_enum, default_value_t = LowActivation::Tanh, help_heading = "Network")]
    activation: LowActivation,
    /// No linear skip from inputs to outputs: hidden units only
    #[arg(long, help_heading = "Network")]
    no_skip: bool,
    /// Networks of which the dense model is the mean
    #[arg(long, value_name = "K", default_value_t = Config::default().n_starts, help_heading = "Network")]
    ensemble: usize,

    /// Threads [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Effort")]
    threads: Option<u16>,
    /// Stop after about T seconds with the best model found by then; where it is evaluated, the fit has two fifths of them
    #[arg(long, value_name = "T", value_parser = seconds, help_heading = "Effort")]
    max_seconds: Option<Duration>,
    /// Leave out the evaluation: no verdict, no intervals, a tenth of the time
    #[arg(long, conflicts_with_all = ["folds", "repeats"], help_heading = "Evaluation")]
    no_evaluate: bool,
    /// Outer folds of the nested cross-validation
    #[arg(long, value_name = "K", default_value_t = EvaluationOptions::default().folds, help_heading = "Evaluation")]
    folds: usize,
    /// Repeats of the outer folds with other divisions [default: more where there are few rows]
    #[arg(long, value_name = "R", help_heading = "Evaluation")]
    repeats: Option<usize>,

    /// Also train all contenders on growing parts of the rows: shows who is ahead where data are few
    #[arg(long, conflicts_with = "no_evaluate", help_heading = "Evaluation")]
    learning_curve: bool,

    /// Where to write the model [default: name of FILE with the ending .safetensors, in the current folder]
    ///
    /// An older model there is replaced; any other file is left alone, which is an error.
    #[arg(short, long, value_name = "MODEL", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Also write a report: one page of HTML that needs nothing else
    #[arg(long, value_name = "OUT.html", help_heading = "Output")]
    report: Option<PathBuf>,
    #[command(flatten)]
    print: OutputArgs,
}

/// Predict the rows of a table with a fitted model.
///
/// The table needs the columns that the model was fitted on, by name and in any order; other columns are ignored. The target
/// need not be there.
#[derive(Args)]
#[command(after_help = PREDICT_EXAMPLES)]
struct LowPredict {
    /// The model, as `skiplayer fit` wrote it
    model: PathBuf,
    /// The table
    #[arg(value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    header: HeaderArgs,
    /// Also intervals that cover this share of new rows, or for classes the set that does [0.9 if nothing is given]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "0.9")]
    interval: Option<f64>,
    /// Where to write the predictions as CSV [default: standard output]
    #[arg(short, long, value_name = "OUT.csv", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    print: OutputArgs,
}

/// Take predictions apart: what each input and each hidden unit adds, row by row.
///
/// Contributions of inputs are those of the linear part (the best line through the network), measured from the means of the
/// training rows; hidden units add what is left, named as in the formulas of `skiplayer show`. Rows outside the training data
/// are flagged: there the model extrapolates.
#[derive(Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
struct LowExplain {
    /// The model, as `skiplayer fit` wrote it
    model: PathBuf,
    /// The table
    #[arg(value_name = "FILE")]
    data: PathBuf,
    #[command(flatten)]
    header: HeaderArgs,
    /// Rows, counted from 1 [default: all; on the terminal the first 3]
    #[arg(long, value_name = "N,N-N")]
    rows: Option<Rows>,
    /// Where to write the contributions of all rows as CSV
    #[arg(short, long, alias = "out", value_name = "OUT.csv", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    print: OutputArgs,
}

/// Print a model: its formula, coefficients, hidden units, and how it was found.
#[derive(Args)]
#[command(after_help = SHOW_EXAMPLES)]
struct LowShow {
    /// The model, as `skiplayer fit` wrote it
    model: PathBuf,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct HeaderArgs {
    /// The first line of a text file holds the names of the columns, even if it does not look like it
    #[arg(long, conflicts_with = "no_header", help_heading = "Table")]
    header: bool,
    /// The first line of a text file is data; the columns are called x1, x2, …
    #[arg(long, help_heading = "Table")]
    no_header: bool,
}

/// What is printed besides the result.
#[derive(Args)]
pub struct OutputArgs {
    /// Print the result as one JSON object on standard output
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Print nothing but errors and what was asked for: no progress, no warnings, no summary
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum LowTask {
    /// Told by the target's values
    Auto,
    /// Numbers, squared error
    Regression,
    /// Two classes, logistic
    Binary,
    /// Three or more classes, softmax
    Multiclass,
    /// Counts, Poisson
    Count,
}

#[derive(Clone, Copy, ValueEnum)]
enum LowMethod {
    /// Inner cross-validation decides between a linear model, a sparse and a dense network
    Auto,
    /// The same by the evidence (marginal likelihood), without cross-validation: faster
    Evidence,
    /// A regularisation path, lambda by inner cross-validation
    Path,
    /// The linear model only: lasso, lambda by inner cross-validation
    Linear,
}

#[derive(Clone, Copy, ValueEnum)]
enum LowPenalty {
    /// Each weight
    L1,
    /// Each hidden unit as a whole
    Group,
    /// Inputs: one enters hidden units only together with its linear effect (LassoNet)
    Hierarchical,
}

#[derive(Clone, Copy, ValueEnum)]
enum LowPathStart {
    /// With a dense network, which loses weights and units
    Dense,
    /// With the linear model, which one unit may enter at each lambda: several times faster, and as good where few units do
    Linear,
}

#[derive(Clone, Copy, ValueEnum)]
enum LowLambda {
    /// The smallest cross-validated loss
    Min,
    /// The simplest model within one standard error of it
    #[value(name = "1se")]
    OneStandardError,
}

#[derive(Clone, Copy, ValueEnum)]
enum LowActivation {
    Tanh,
    Relu,
    Gelu,
}

/// Names of columns, separated by commas; double quotes keep a comma inside a name.
#[derive(Clone, Debug, PartialEq)]
struct Columns(Vec<String>);

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let mut names = Vec::new();
        let mut name = String::new();
        let mut is_quoted = false;
        for c in text.chars() {
            match c {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => names.push(std::mem::take(&mut name)),
                _ => name.push(c),
            }
        }
        names.push(name);
        if is_quoted {
            return Err("a double quote is never closed".to_owned());
        }
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        if names.iter().any(String::is_empty) {
            return Err("a name is empty: is there a comma too many?".to_owned());
        }
        Ok(Self(names))
    }
}

/// Indices of rows, from `1,5-7`.
#[derive(Clone, Debug, PartialEq)]
struct Rows(Vec<usize>);

/// More rows than any table on a machine of today has.
const MOST_ROWS: usize = 1 << 32;

impl FromStr for Rows {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let expected = || "expected row numbers from 1, such as 1,5-7".to_owned();
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| expected());
        let mut rows = Vec::new();
        for part in text.split(',') {
            let (from, to) = match part.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(part)?, number(part)?),
            };
            if from == 0 || from > to || to > MOST_ROWS || to - from > 10_000_000 {
                return Err(expected());
            }
            rows.extend(from - 1..to);
        }
        Ok(Self(rows))
    }
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let expected = || "expected a number of seconds above zero".to_owned();
    let seconds: f64 = text.parse().map_err(|_| expected())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err(expected()),
    }
}

impl LowArgs {
    /// What the arguments mean.
    ///
    /// # Errors
    /// Options that are each fine and do not go together.
    pub fn check(self) -> Result<Command> {
        Ok(match self.command {
            LowCommand::Fit(low) => Command::Fit(Box::new(low.check()?)),
            LowCommand::Predict(low) => Command::Predict(low.check()?),
            LowCommand::Explain(low) => Command::Explain(low.check()?),
            LowCommand::Show(low) => Command::Show(ShowJob { model: low.model, json: low.json }),
            #[cfg(feature = "deep")]
            LowCommand::Deep(low) => Command::Deep(low.check()?),
        })
    }
}

impl LowFit {
    fn check(self) -> Result<FitJob> {
        let config = Config {
            method: self.method.into(),
            penalty: self.penalty.into(),
            path_start: self.path_start.into(),
            lambda_choice: self.lambda.into(),
            n_units: self.hidden,
            depth: self.depth,
            activation: self.activation.into(),
            skip: !self.no_skip,
            n_starts: self.ensemble,
            inner_folds: self.inner_folds,
            stochastic_above: self.stochastic_above,
            seed: self.seed,
        };
        config.check()?;
        let target = TargetSpec {
            columns: flat(self.target),
            task: self.task.into(),
            weight: self.weight.map(|columns| single("--weight", columns)).transpose()?,
            group: self.group.map(|columns| single("--group", columns)).transpose()?,
            time: self.time.map(|columns| single("--time", columns)).transpose()?,
            drop: flat(self.drop),
            keep: flat(self.keep),
            first_line: None,
        };
        if let Some(name) = repeated(&target.columns) {
            return Err(Error::input("--target", format!("`{name}` twice")).expected("each target once"));
        }
        let read =
            ReadOptions { categorical: flat(self.categorical), header: self.header.choice(), ..ReadOptions::default() };
        let model = self.output.unwrap_or_else(|| default_model(&self.data));
        let threads = self.threads.map(usize::from);
        let evaluation = EvaluationOptions {
            folds: self.folds,
            repeats: self.repeats,
            learning_curve: self.learning_curve,
            ..EvaluationOptions::default()
        };
        evaluation.check()?;
        Ok(FitJob {
            data: self.data,
            read,
            target,
            config,
            model,
            threads,
            limit: self.max_seconds,
            report: self.report,
            evaluation: (!self.no_evaluate).then_some(evaluation),
            output: self.print,
        })
    }
}

impl LowPredict {
    fn check(self) -> Result<PredictJob> {
        let read = ReadOptions { header: self.header.choice(), ..ReadOptions::default() };
        check_output(self.output.as_deref(), &self.model, &self.data)?;
        Ok(PredictJob {
            model: self.model,
            data: self.data,
            read,
            interval: self.interval,
            csv: self.output,
            output: self.print,
        })
    }
}

impl LowExplain {
    fn check(self) -> Result<ExplainJob> {
        let read = ReadOptions { header: self.header.choice(), ..ReadOptions::default() };
        check_output(self.output.as_deref(), &self.model, &self.data)?;
        Ok(ExplainJob {
            model: self.model,
            data: self.data,
            read,
            rows: self.rows.map(|rows| rows.0),
            csv: self.output,
            output: self.print,
        })
    }
}

/// What is read is not overwritten.
fn check_output(csv: Option<&Path>, model: &Path, data: &Path) -> Result<()> {
    let Some(csv) = csv else { return Ok(()) };
    for (other, what) in [(model, "the model"), (data, "the table")] {
        if is_same_file(csv, other) {
            return Err(Error::input(format!("-o {}", csv.display()), format!("{what} itself"))
                .expected("another file: it would be overwritten"));
        }
    }
    Ok(())
}

impl HeaderArgs {
    fn choice(&self) -> Option<bool> {
        match (self.header, self.no_header) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

fn flat(lists: Vec<Columns>) -> Vec<String> {
    lists.into_iter().flat_map(|list| list.0).collect()
}

fn repeated(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)).map(|(_, name)| name)
}

fn single(option: &str, columns: Columns) -> Result<String> {
    match <[String; 1]>::try_from(columns.0) {
        Ok([name]) => Ok(name),
        Err(names) => {
            Err(Error::input(option, format!("{} columns, {}", names.len(), names.join(", "))).expected("one column"))
        }
    }
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// `some/where/houses.csv.gz` becomes `houses.safetensors`.
fn default_model(data: &Path) -> PathBuf {
    let mut stem = Path::new(data.file_stem().unwrap_or(OsStr::new("model")));
    if data.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz")) {
        stem = stem.file_stem().map_or(stem, Path::new);
    }
    let mut name = stem.as_os_str().to_owned();
    name.push(".safetensors");
    PathBuf::from(name)
}

impl From<LowTask> for Option<Task> {
    fn from(task: LowTask) -> Self {
        match task {
            LowTask::Auto => None,
            LowTask::Regression => Some(Task::Regression),
            LowTask::Binary => Some(Task::Binary),
            LowTask::Multiclass => Some(Task::Multiclass),
            LowTask::Count => Some(Task::Count),
        }
    }
}

impl From<LowMethod> for Method {
    fn from(method: LowMethod) -> Self {
        match method {
            LowMethod::Auto => Method::Auto,
            LowMethod::Evidence => Method::Evidence,
            LowMethod::Path => Method::Path,
            LowMethod::Linear => Method::Linear,
        }
    }
}

impl From<LowPenalty> for Penalty {
    fn from(penalty: LowPenalty) -> Self {
        match penalty {
            LowPenalty::L1 => Penalty::L1,
            LowPenalty::Group => Penalty::Group,
            LowPenalty::Hierarchical => Penalty::Hierarchical,
        }
    }
}

impl From<LowPathStart> for PathStart {
    fn from(start: LowPathStart) -> Self {
        match start {
            LowPathStart::Dense => PathStart::Dense,
            LowPathStart::Linear => PathStart::Linear,
        }
    }
}

impl From<LowLambda> for LambdaChoice {
    fn from(lambda: LowLambda) -> Self {
        match lambda {
            LowLambda::Min => LambdaChoice::Min,
            LowLambda::OneStandardError => LambdaChoice::OneStandardError,
        }
    }
}

impl From<LowActivation> for Activation {
    fn from(activation: LowActivation) -> Self {
        match activation {
            LowActivation::Tanh => Activation::Tanh,
            LowActivation::Relu => Activation::Relu,
            LowActivation::Gelu => Activation::Gelu,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_interface_is_consistent() {
        LowArgs::command().debug_assert();
    }

    #[test]
    fn lists_of_columns() {
        let names = |text: &str| text.parse::<Columns>().map(|columns| columns.0);
        assert_eq!(names("a, b c ,d").unwrap(), ["a", "b c", "d"]);
        assert_eq!(names("\"strength (MPa, 28 days)\",b").unwrap(), ["strength (MPa, 28 days)", "b"]);
        assert!(names("a,,b").is_err() && names("").is_err() && names("\"a").is_err());
    }

    #[test]
    fn lists_of_rows() {
        let rows = |text: &str| text.parse::<Rows>().map(|rows| rows.0);
        assert_eq!(rows("3, 5-7,1").unwrap(), [2, 4, 5, 6, 0]);
        assert!(["", "0", "5-3", "a", "1-", "-1", "1-99999999999999"].iter().all(|text| rows(text).is_err()));
    }

    #[test]
    fn models_are_called_after_their_tables() {
        let cases =
            [("a/b.csv", "b"), ("b.tsv.gz", "b"), ("b.v2.parquet", "b.v2"), ("b", "b"), (".gz", ".gz"), ("/", "model")];
        for (data, name) in cases {
            assert_eq!(default_model(Path::new(data)), Path::new(&format!("{name}.safetensors")), "{data}");
        }
    }

    #[test]
    fn limits_on_time() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        assert!(["0", "-1", "nan", "inf", "1e300", "soon"].iter().all(|text| seconds(text).is_err()));
    }
}
