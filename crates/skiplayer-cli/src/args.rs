//! Arguments: [`LowArgs`] is what was written, [`Command`] what it means.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::Styles;
use clap::builder::styling::Style;
use clap::{Args, Parser, Subcommand};
use skiplayer::error::Choices;
use skiplayer::evaluate::EvaluationOptions;
use skiplayer::fit::Config;
use skiplayer::fit::options::MAX_SECONDS;
use skiplayer::schema::ColumnRoles;
use skiplayer::schema::options::TARGET;
use skiplayer::{Error, Result, message};
use skiplayer_io::export::options::{ExportFormat, ExportOptions, TO};
use skiplayer_io::{ReadOptions, logarithm_of};

use crate::flags::{Completions, Exporting, Fitting, Man, Reading, ReadingOfFit, Roles, Rows};

/// What to do, checked as far as that goes without reading a file.
pub enum Command {
    Fit(Box<FitJob>),
    Inspect(Box<InspectJob>),
    Predict(PredictJob),
    Explain(ExplainJob),
    Export(ExportJob),
    Merge(MergeJob),
    Show(ShowJob),
    Completions(Completions),
    Man(Man),
    #[cfg(feature = "deep")]
    Deep(crate::deep::Job),
}

pub struct FitJob {
    pub data: Vec<PathBuf>,
    pub read: ReadOptions,
    pub target: ColumnRoles,
    pub config: Config,
    pub model: PathBuf,
    pub threads: Option<usize>,
    pub limit: Option<Duration>,
    pub report: Option<PathBuf>,
    /// `None`: no evaluation.
    pub evaluation: Option<EvaluationOptions>,
    /// What to tell about the arguments themselves.
    pub notes: Vec<String>,
    pub output: OutputArgs,
}

pub struct InspectJob {
    pub data: Vec<PathBuf>,
    pub read: ReadOptions,
    /// `None`: no roles are wanted.
    pub roles: Option<ColumnRoles>,
    pub output: OutputArgs,
}

pub struct PredictJob {
    pub model: PathBuf,
    pub data: Vec<PathBuf>,
    pub read: ReadOptions,
    /// Coverage of prediction intervals, if there are to be any.
    pub interval: Option<f64>,
    /// Times at which survival is wanted.
    pub times: Vec<f64>,
    /// `None`: to stdout.
    pub csv: Option<PathBuf>,
    pub output: OutputArgs,
}

pub struct ExplainJob {
    pub model: PathBuf,
    pub data: Vec<PathBuf>,
    pub read: ReadOptions,
    /// Indices of rows; `None`: all of them, or on a terminal the first few.
    pub rows: Option<Vec<usize>>,
    pub csv: Option<PathBuf>,
    pub output: OutputArgs,
}

pub struct ExportJob {
    pub model: PathBuf,
    pub options: ExportOptions,
    /// `None`: to stdout.
    pub file: Option<PathBuf>,
    pub is_quiet: bool,
}

pub struct MergeJob {
    pub models: Vec<PathBuf>,
    pub output: PathBuf,
    pub is_quiet: bool,
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

const INSPECT_EXAMPLES: &str = "\
Examples:
  skiplayer inspect houses.csv
  skiplayer inspect houses.csv --target price --drop agent --group street
  skiplayer inspect lab.txt --skip 3 --delimiter tab --missing NA,-999 --numeric dose
  skiplayer inspect survey.xlsx --sheet answers";

const PREDICT_EXAMPLES: &str = "\
Examples:
  skiplayer predict concrete.safetensors new.csv -o predictions.csv
  skiplayer predict concrete.safetensors new.csv --interval 0.9 | head
  skiplayer predict lung.safetensors new.csv --times 180,365
  paste -d, new.csv <(skiplayer predict concrete.safetensors new.csv) > both.csv

The columns are `prediction` (`prediction_<target>` where there are several targets), and for \
classes `p_<class>`, the probability of each; with `--interval` also `lower` and `upper`, or for \
classes `set`, the classes that make up a set of that coverage, and `calibrated_<class>`, its \
probability after temperature scaling. Of durations they are `log_hazard` (0 is the mean of the \
training rows), `hazard_ratio`, `median` (empty where the curve stays above a half), and with \
`--times` `survival_<time>` (empty beyond the time that rows were watched). There is one line for each row of the table, in its order.";

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

const EXPORT_EXAMPLES: &str = "\
Examples:
  skiplayer export concrete.safetensors -o concrete.onnx
  skiplayer export concrete.safetensors --interval 0.9 -o concrete.onnx
  skiplayer export concrete.safetensors --to sql --table mixtures --key id > concrete.sql
  skiplayer export concrete.safetensors --to sql --dialect postgres --table lab.mixtures -o concrete.sql
  skiplayer export concrete.safetensors --to json | jq .columns

Predictions are those of `skiplayer predict`. Queries and JSON go to standard output unless `-o` says where.";

const MERGE_EXAMPLES: &str = "\
Examples:
  skiplayer merge north.safetensors south.safetensors -o both.safetensors
  skiplayer merge clinic-*.safetensors -o all.safetensors && skiplayer show all.safetensors

On the scale of the linear predictor (the target itself for a regression, log odds, log of a mean count) the model predicts \
the mean of what the models predict, weighted by their training rows. Models of different targets, classes or activations, and \
columns that mean different things, are refused. Standard errors, evaluation and intervals are of each model alone, \
and are left out.";

const SHOW_EXAMPLES: &str = "\
Examples:
  skiplayer show concrete.safetensors
  skiplayer show concrete.safetensors --json";

/// Networks with a linear skip layer for tables: a readable linear model, plus hidden units that are kept only if they improve it.
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
    Inspect(Box<LowInspect>),
    Predict(LowPredict),
    Explain(LowExplain),
    Export(LowExport),
    Merge(LowMerge),
    Show(LowShow),
    Completions(Completions),
    Man(Man),
    #[cfg(feature = "deep")]
    Deep(Box<crate::deep::LowDeep>),
}

/// Fit a model to a table, and say what it found.
///
/// Reads CSV, TSV, Parquet, Arrow IPC, workbooks (xlsx, ods), JSON lines, ARFF or svmlight, also compressed. All columns but
/// the target are inputs; numbers are standardised, text becomes categories, missing cells are filled and marked. Inner cross-validation decides between the
/// linear model, the linear model with a few hidden units, and the mean of several networks.
#[derive(Args)]
#[command(after_help = FIT_EXAMPLES)]
struct LowFit {
    /// The table: a file, several files or a folder of them, or `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    data: Vec<PathBuf>,

    #[command(flatten)]
    options: Fitting,
    #[command(flatten)]
    read: ReadingOfFit,

    /// Threads [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Effort")]
    threads: Option<u16>,
    #[arg(long, value_name = "T", value_parser = seconds, help = MAX_SECONDS.help, help_heading = "Effort")]
    max_seconds: Option<Duration>,
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

/// Say what each column of a table would be taken for, before any fit.
///
/// Reads the table as `fit` would and prints what became of it: numbers or categories, how many cells are missing, the range or
/// the most frequent levels, and as warnings all that was not obvious.
#[derive(Args)]
#[command(after_help = INSPECT_EXAMPLES)]
struct LowInspect {
    /// The table: a file, several files or a folder of them, or `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    roles: Roles,
    #[command(flatten)]
    read: ReadingOfFit,
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
    /// The table: a file, several files or a folder of them, or `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    read: Reading,
    /// Also intervals that cover this share of new rows; for classes the set that does, for durations the time by which no event is expected
    /// [0.9 if nothing is given]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "0.9")]
    interval: Option<f64>,
    /// Of a model of durations also the probability of no event up to each of these times, in the target's units
    #[arg(long, value_name = "T,...", value_delimiter = ',')]
    times: Vec<f64>,
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
    /// The table: a file, several files or a folder of them, or `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    read: Reading,
    /// Rows, counted from 1 [default: all; on the terminal the first 3]
    #[arg(long, value_name = "N,N-N")]
    rows: Option<Rows>,
    /// Where to write the contributions of all rows as CSV
    #[arg(short, long, alias = "out", value_name = "OUT.csv", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    print: OutputArgs,
}

/// Write a model for other programs: as ONNX, SQL or JSON.
///
/// ONNX has one input for each column that the model uses, in double precision, and the outputs `prediction`, or `label` and
/// `probability` for classes. SQL is one SELECT with the columns that `predict` writes.
#[derive(Args)]
#[command(after_help = EXPORT_EXAMPLES)]
struct LowExport {
    /// The model, as `skiplayer fit` wrote it
    model: PathBuf,
    #[command(flatten)]
    options: Exporting,
    /// Also intervals that cover this share of new rows, or for classes the set that does [0.9 if nothing is given]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "0.9")]
    interval: Option<f64>,
    /// Where to write it [default: standard output; of ONNX the name of MODEL with the ending .onnx, in the current folder]
    ///
    /// The ending .onnx, .sql or .json also says the format, unless `--to` does.
    #[arg(short, long, value_name = "OUT", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

/// Make one model of several that were fitted on different rows: the mean of what they predict.
///
/// Nothing but models need come together: each can be fitted where its rows are. Columns are united by name, and categories and missing cells
/// that only one model knows are to the others what new ones are.
#[derive(Args)]
#[command(after_help = MERGE_EXAMPLES)]
struct LowMerge {
    /// The models, two or more, as `skiplayer fit` wrote them
    #[arg(value_name = "MODEL", required = true, num_args = 2..)]
    models: Vec<PathBuf>,
    /// Where to write the model that they make
    ///
    /// An older model there is replaced; any other file is left alone, which is an error.
    #[arg(short, long, value_name = "MODEL", help_heading = "Output")]
    output: PathBuf,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
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
            LowCommand::Inspect(low) => Command::Inspect(Box::new(low.check()?)),
            LowCommand::Predict(low) => Command::Predict(low.check()?),
            LowCommand::Explain(low) => Command::Explain(low.check()?),
            LowCommand::Export(low) => Command::Export(low.check()?),
            LowCommand::Merge(low) => Command::Merge(low.check()?),
            LowCommand::Completions(completions) => Command::Completions(completions),
            LowCommand::Man(man) => Command::Man(man),
            LowCommand::Show(low) => Command::Show(ShowJob { model: low.model, json: low.json }),
            #[cfg(feature = "deep")]
            LowCommand::Deep(low) => Command::Deep(low.check()?),
        })
    }
}

impl LowFit {
    fn check(self) -> Result<FitJob> {
        let Fitting { target, config, evaluation, notes } = self.options;
        let mut target = target?;
        config.check()?;
        if let Some(name) = repeated(&target.columns) {
            return Err(Error::input(&TARGET, format!("`{name}` twice")).expected("each target once"));
        }
        let ReadingOfFit(mut read) = self.read;
        read.known = target.columns.clone();
        name_logarithms(&mut target.columns, &read);
        let model = self.output.unwrap_or_else(|| default_model(&self.data[0]));
        let threads = self.threads.map(usize::from);
        evaluation.as_ref().map_or(Ok(()), EvaluationOptions::check)?;
        Ok(FitJob {
            data: self.data,
            read,
            target,
            config,
            model,
            threads,
            limit: self.max_seconds,
            report: self.report,
            evaluation,
            notes,
            output: self.print,
        })
    }
}

impl LowInspect {
    fn check(self) -> Result<InspectJob> {
        let ReadingOfFit(mut read) = self.read;
        let mut roles = self.roles.0?;
        if roles.columns.is_empty() && roles != ColumnRoles::default() {
            return Err(Error::input(&TARGET, "no column, beside roles of others").expected("the column to predict"));
        }
        read.known.clone_from(&roles.columns);
        name_logarithms(&mut roles.columns, &read);
        let roles = (!roles.columns.is_empty()).then_some(roles);
        Ok(InspectJob { data: self.data, read, roles, output: self.print })
    }
}

impl LowPredict {
    fn check(self) -> Result<PredictJob> {
        let Reading(read) = self.read;
        check_output(self.output.as_deref(), &self.model, &self.data)?;
        Ok(PredictJob {
            model: self.model,
            data: self.data,
            read,
            interval: self.interval,
            times: self.times,
            csv: self.output,
            output: self.print,
        })
    }
}

impl LowExplain {
    fn check(self) -> Result<ExplainJob> {
        let Reading(read) = self.read;
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

impl LowExport {
    fn check(self) -> Result<ExportJob> {
        let Exporting { format, dialect, table, key, of_queries } = self.options;
        check_output(self.output.as_deref(), &self.model, &[])?;
        let ending = self.output.as_deref().and_then(Path::extension).and_then(OsStr::to_str);
        let of_ending = ending.and_then(|ending| ExportFormat::from_name(&ending.to_ascii_lowercase()));
        let format = format.or(of_ending).unwrap_or(ExportFormat::Onnx);
        if let Some(setting) = of_queries.filter(|_| format != ExportFormat::Sql) {
            return Err(Error::input(setting, format!("an export to {}", format.name()))
                .expected(message!["a query, with ", TO.to(ExportFormat::Sql.name())]));
        }
        let file = match (self.output, format) {
            (None, ExportFormat::Onnx) => {
                let stem = self.model.file_stem().unwrap_or(OsStr::new("model"));
                Some(Path::new(stem).with_extension(ExportFormat::Onnx.name()))
            }
            (output, _) => output,
        };
        let options = ExportOptions { format, dialect, table, key, interval: self.interval };
        Ok(ExportJob { model: self.model, options, file, is_quiet: self.quiet })
    }
}

impl LowMerge {
    fn check(self) -> Result<MergeJob> {
        for model in &self.models {
            check_output(Some(&self.output), model, &[])?;
        }
        Ok(MergeJob { models: self.models, output: self.output, is_quiet: self.quiet })
    }
}

/// What is read is not overwritten.
fn check_output(csv: Option<&Path>, model: &Path, data: &[PathBuf]) -> Result<()> {
    let Some(csv) = csv else { return Ok(()) };
    let tables = data.iter().map(|path| (path.as_path(), "the table"));
    for (other, what) in std::iter::once((model, "the model")).chain(tables) {
        if is_same_file(csv, other) {
            return Err(Error::input(format!("-o {}", csv.display()), format!("{what} itself"))
                .expected("another file: it would be overwritten"));
        }
    }
    Ok(())
}

/// Targets that are read as logarithms have their names.
fn name_logarithms(targets: &mut [String], read: &ReadOptions) {
    for name in targets.iter_mut().filter(|name| read.logarithms.contains(name)) {
        *name = logarithm_of(name);
    }
}

fn repeated(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)).map(|(_, name)| name)
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// `some/where/houses.csv.gz` becomes `houses.safetensors`.
fn default_model(data: &Path) -> PathBuf {
    let mut stem = Path::new(data.file_stem().unwrap_or(OsStr::new("model")));
    if data == Path::new("-") {
        return PathBuf::from("model.safetensors");
    }
    let is_packed =
        |ending: &OsStr| ["gz", "bz2", "xz", "zst", "br"].iter().any(|own| ending.eq_ignore_ascii_case(own));
    if data.extension().is_some_and(is_packed) {
        stem = stem.file_stem().map_or(stem, Path::new);
    }
    let mut name = stem.as_os_str().to_owned();
    name.push(".safetensors");
    PathBuf::from(name)
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
    fn models_are_called_after_their_tables() {
        let cases = [
            ("a/b.csv", "b"),
            ("b.tsv.gz", "b"),
            ("b.v2.parquet", "b.v2"),
            ("b", "b"),
            (".gz", ".gz"),
            ("b.csv.zst", "b"),
            ("-", "model"),
            ("/", "model"),
        ];
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
