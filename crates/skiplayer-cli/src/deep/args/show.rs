//! Arguments of `deep show`.

use clap::Args;
use skiplayer::Result;
use skiplayer_deep::describe::family::Family;

use super::ShowJob;

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

/// Print a network: its layers by stage, its skips, its parameters, multiply-adds and memory.
#[derive(Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub struct LowShow {
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

impl LowShow {
    pub fn check(self) -> Result<ShowJob> {
        let family: Family = self.name.parse()?;
        let input = self.input.map_or(Ok(family.default_input()), |text| text.parse())?;
        let n_outputs = self.outputs.unwrap_or(family.default_outputs());
        Ok(ShowJob { family, input, n_outputs, json: self.json })
    }
}
