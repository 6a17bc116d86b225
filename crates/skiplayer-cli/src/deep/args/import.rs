//! Arguments of `deep import` and `deep export`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use skiplayer::error::{Choices, Setting};
use skiplayer::{Error, Result};
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::import::{Names, Settings, Source};
use skiplayer_deep::options::{FOLD, MEAN, NAMES, SOURCE, STD};
use skiplayer_deep::recipe::Recipe;

use super::pictures::size;
use super::stem;
use crate::deep::export::ExportJob;
use crate::deep::import::ImportJob;
use crate::flags::Columns;

const IMPORT_EXAMPLES: &str = "\
Examples:
  skiplayer deep import resnet18.pth --net resnet-18
  skiplayer deep import resnet20-12fca82f.th --net resnet-20 --check cifar-10-batches-bin
  skiplayer deep import model.safetensors --net resnet-50-v1.5 --size 160 -o resnet
  skiplayer deep inspect resnet20-12fca82f --data cifar-10-batches-bin

Reads checkpoints of PyTorch (.pt, .pth, .th, in both formats) and safetensors, also where the weights are inside of
`state_dict`, `model` and the like, and behind prefixes such as `module.`. Nothing in a file is executed: a function or type
that is not needed to build tensors is refused by its name. Equal names and shapes are not equal functions: what is
printed says which conventions were taken, and --check proves them on images with labels.";

const EXPORT_EXAMPLES: &str = "\
Examples:
  skiplayer deep export runs/resnet-20 -o resnet-20.onnx
  skiplayer deep export runs/resnet-20 -o resnet-20.onnx --fold
  skiplayer deep export runs/resnet-18 -o resnet18.safetensors --names torchvision

The networks of torchvision and timm that are known here have the same names and compute the same. Weights of other \
networks load into a module of the same layers, and a folded one into a module whose convolutions have biases and whose \
batch norms are gone.";

/// Import a network that was trained in PyTorch into a run folder.
#[derive(Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub struct LowImport {
    /// The file with the weights
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Name of the network, see `skiplayer deep show --help`
    #[arg(long, value_name = "NAME")]
    net: String,
    #[arg(long, value_name = "SOURCE", value_parser = sources(), help = SOURCE.help)]
    source: Option<String>,
    /// Height and width of images, such as 160 or 48x64 [default: as usual for the network]
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    #[arg(long, value_name = "NUMBERS", requires = "std", help = MEAN.help)]
    mean: Option<String>,
    #[arg(long, value_name = "NUMBERS", requires = "mean", help = STD.help)]
    std: Option<String>,
    /// Names of the classes, in the order of the outputs, separated by commas
    #[arg(long, value_name = "NAMES")]
    class_names: Option<Columns>,
    /// Evaluate the network on these images, a folder as `deep train` takes it
    #[arg(long, value_name = "DATA")]
    check: Option<String>,
    /// The run folder to make [default: name of FILE without its ending, in the current folder]
    #[arg(short, long, value_name = "RUN", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// Write the network of a training as ONNX, or its weights as safetensors for PyTorch.
///
/// ONNX has the input `image`, normalised as the metadata `mean` and `std` say, and the output `logits`. PyTorch loads weights with
/// `load_state_dict(safetensors.torch.load_file(FILE))`, strictly, into a network of the same layers.
#[derive(Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub struct LowExport {
    /// Folder of a training
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Where to write it, with the ending .onnx or .safetensors
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: PathBuf,
    #[arg(long, value_name = "NAMES", value_parser = names(), help = NAMES.help)]
    names: Option<String>,
    #[arg(long, help = FOLD.help)]
    fold: bool,
    /// Print nothing but errors
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

impl LowExport {
    pub fn check(self) -> Result<ExportJob> {
        let ending = self.output.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        let is_onnx = match ending {
            "onnx" => true,
            "safetensors" => false,
            _ => {
                return Err(Error::input(format!("-o {}", self.output.display()), "an ending that says no format")
                    .expected(".onnx or .safetensors"));
            }
        };
        let names = self.names.as_deref().and_then(Names::from_name).unwrap_or_default();
        if names != Names::Run && (is_onnx || self.fold) {
            let found = if is_onnx {
                "ONNX, whose graph has its own layers"
            } else {
                "folded weights, which no network there has"
            };
            return Err(Error::input(NAMES.to(names.name()), found).expected("safetensors with all batch norms"));
        }
        Ok(ExportJob { run: self.run, file: self.output, is_onnx, names, folds: self.fold, is_quiet: self.quiet })
    }
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(Names::CHOICES.iter().map(|choice| PossibleValue::new(choice.name).help(choice.help)))
}

fn sources() -> PossibleValuesParser {
    PossibleValuesParser::new(Source::CHOICES.iter().map(|choice| PossibleValue::new(choice.name).help(choice.help)))
}

impl LowImport {
    pub fn check(self) -> Result<ImportJob> {
        let family: Family = self.net.parse()?;
        let channels =
            |setting: &'static Setting, text: Option<String>| text.map(|text| numbers(setting, &text)).transpose();
        let mean_std = match (channels(&MEAN, self.mean)?, channels(&STD, self.std)?) {
            (Some(mean), Some(std)) if mean.len() == std.len() => Some(mean.into_iter().zip(std).collect()),
            (Some(mean), Some(std)) => {
                return Err(
                    Error::input(&STD, format!("{} numbers", std.len())).expected(format!("{}, as means", mean.len()))
                );
            }
            _ => None,
        };
        if mean_std.iter().flatten().any(|(_, std): &(f64, f64)| *std <= 0.0) {
            return Err(Error::input(&STD, "a number that is not above 0").expected("standard deviations"));
        }
        let settings = Settings {
            source: self.source.as_deref().and_then(Source::from_name),
            size: self.size.as_deref().map(size).transpose()?,
            mean_std,
        };
        let n_layers = family.build_default()?.cost()?.n_layers;
        let folder = self.output.unwrap_or_else(|| PathBuf::from(stem(&self.file.to_string_lossy())));
        Ok(ImportJob {
            file: self.file,
            family,
            settings,
            recipe: Recipe::named("he2015", n_layers)?,
            class_names: self.class_names.map(|names| names.0),
            check: self.check,
            folder,
            json: self.json,
        })
    }
}

fn numbers(setting: &'static Setting, text: &str) -> Result<Vec<f64>> {
    let numbers: Option<Vec<f64>> =
        text.split(',').map(|number| number.trim().parse().ok().filter(|number: &f64| number.is_finite())).collect();
    numbers.ok_or_else(|| {
        Error::input(setting, format!("`{text}`")).expected("numbers separated by commas, such as 0.49,0.48,0.45")
    })
}
