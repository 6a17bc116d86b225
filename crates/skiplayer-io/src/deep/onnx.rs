//! A deep network as an ONNX graph: what its forward pass computes in evaluation.

use std::collections::BTreeMap;

use skiplayer::{Error, Result};
use skiplayer_deep::data::Normalisation;
use skiplayer_deep::describe::block::{Block, Merge, Shortcut, Step};
use skiplayer_deep::describe::layer::{Conv, EPSILON, Layer};
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::describe::traverse::path;
use skiplayer_deep::network::{Array, Network};

use crate::onnx::{Attribute, Element, Graph, Size};

/// The bytes of an ONNX file: the input `image` is normalised, (rows, channels, height, width); the output `logits` is (rows, outputs), or a
/// map of them. Tensors have the names that they have in PyTorch; the metadata hold `mean` and `std` of the channels.
///
/// # Errors
/// The device does not hand out its numbers.
pub fn network_to_onnx(network: &Network, normalisation: &Normalisation) -> Result<Vec<u8>> {
    let architecture = network.architecture();
    let mut writer = Writer { graph: Graph::default(), arrays: network.to_arrays()? };
    let Shape { channels, height, width } = architecture.input;
    let sizes = [Size::Rows, Size::Of(channels), Size::Of(height), Size::Of(width)];
    writer.graph.input(
        "image",
        Element::Float,
        &sizes,
        "pixels, less the mean and divided by the deviation of their channel",
    );
    let mut x = writer.chain(&architecture.stem, "", "image".to_owned())?;
    for block in architecture.blocks() {
        x = writer.block(block, block.survival, x)?;
    }
    let x = writer.chain(&architecture.head, "", x)?;
    let output = architecture.output()?;
    if output.positions() == 1 {
        let x = writer.graph.node("Flatten", &[&x]);
        writer.graph.output(&x, "logits", Element::Float, &[Size::Rows, Size::Of(output.channels)], "");
    } else {
        let sizes = [Size::Rows, Size::Of(output.channels), Size::Of(output.height), Size::Of(output.width)];
        writer.graph.output(&x, "logits", Element::Float, &sizes, "");
    }
    let (mean, std): (Vec<f64>, Vec<f64>) = normalisation.mean_std().into_iter().unzip();
    let list = |numbers: &[f64]| serde_json::json!(numbers).to_string();
    let metadata = [("network", architecture.name.clone()), ("mean", list(&mean)), ("std", list(&std))];
    Ok(writer.graph.into_file(&architecture.name, "", &metadata))
}

struct Writer {
    graph: Graph,
    arrays: BTreeMap<String, Array>,
}

impl Writer {
    fn chain(&mut self, chain: &[Step], block: &str, mut x: String) -> Result<String> {
        for step in chain {
            x = match step {
                Step::Layer(name, layer) => self.layer(layer, &path(block, name), &x)?,
                Step::Block(block) => self.block(block, 1.0, x)?,
            };
        }
        Ok(x)
    }

    /// `factor` is how much of the branch there is on average in training.
    fn block(&mut self, block: &Block, factor: f64, x: String) -> Result<String> {
        let start = self.chain(&block.entry, &block.name, x)?;
        let around = match &block.shortcut {
            Shortcut::None => None,
            Shortcut::Identity => Some(start.clone()),
            Shortcut::ZeroPad { stride, n_outputs } => Some(self.zero_pad(block, &start, *stride, *n_outputs)),
            Shortcut::Projection(chain) => Some(self.chain(chain, &block.name, start.clone())?),
        };
        let mut branch = self.chain(&block.branch, &block.name, start.clone())?;
        let Some(around) = around else { return self.chain(&block.exit, &block.name, branch) };
        if factor != 1.0 {
            let factor = self.graph.floats(&format!("{}.survival", block.name), &[], &[factor as f32]);
            branch = self.graph.node("Mul", &[&branch, &factor]);
        }
        let merged = match &block.merge {
            Merge::None => branch,
            Merge::Add => self.graph.node("Add", &[&around, &branch]),
            Merge::Concat => self.graph.beside(&[around, branch]),
            Merge::Gate(conv) => {
                let gate = self.conv(conv, &path(&block.name, "gate"), &start)?;
                let gate = self.graph.node("Sigmoid", &[&gate]);
                // around + gate (branch - around)
                let difference = self.graph.node("Sub", &[&branch, &around]);
                let moved = self.graph.node("Mul", &[&gate, &difference]);
                self.graph.node("Add", &[&around, &moved])
            }
        };
        self.chain(&block.exit, &block.name, merged)
    }

    /// Every `stride`-th pixel, and zeros behind the last channel.
    fn zero_pad(&mut self, block: &Block, x: &str, stride: usize, n_outputs: usize) -> String {
        let mut x = x.to_owned();
        if stride > 1 {
            let starts = self.graph.integers(&[0, 0]);
            let ends = self.graph.integers(&[i64::MAX, i64::MAX]);
            let axes = self.graph.integers(&[2, 3]);
            let steps = self.graph.integers(&[stride as i64; 2]);
            x = self.graph.node("Slice", &[&x, &starts, &ends, &axes, &steps]);
        }
        let n_inputs = block.branch.iter().find_map(|step| match step {
            Step::Layer(_, Layer::Conv(conv)) => Some(conv.n_inputs),
            _ => None,
        });
        let added = n_outputs.saturating_sub(n_inputs.unwrap_or(n_outputs));
        if added == 0 {
            return x;
        }
        // Begins of all axes, then ends.
        let pads = self.graph.integers(&[0, 0, 0, 0, 0, added as i64, 0, 0]);
        self.graph.node("Pad", &[&x, &pads])
    }

    fn layer(&mut self, layer: &Layer, path: &str, x: &str) -> Result<String> {
        let pair = |number: usize| Attribute::Ints(vec![number as i64; 2]);
        Ok(match layer {
            Layer::Conv(conv) => self.conv(conv, path, x)?,
            Layer::UpConv { .. } => {
                let (weight, bias) = (self.tensor(path, "weight")?, self.tensor(path, "bias")?);
                let attributes = [("kernel_shape", pair(2)), ("strides", pair(2))];
                self.graph.node_with("ConvTranspose", &[x, &weight, &bias], &attributes)
            }
            Layer::BatchNorm { .. } => {
                let [scale, shift] = [self.tensor(path, "weight")?, self.tensor(path, "bias")?];
                let [mean, variance] = [self.tensor(path, "running_mean")?, self.tensor(path, "running_var")?];
                let epsilon = [("epsilon", Attribute::Float(EPSILON as f32))];
                self.graph.node_with("BatchNormalization", &[x, &scale, &shift, &mean, &variance], &epsilon)
            }
            Layer::Relu => self.graph.node("Relu", &[x]),
            Layer::MaxPool { kernel, stride, padding } => {
                let pads = Attribute::Ints(vec![*padding as i64; 4]);
                let attributes = [("kernel_shape", pair(*kernel)), ("strides", pair(*stride)), ("pads", pads)];
                self.graph.node_with("MaxPool", &[x], &attributes)
            }
            Layer::AvgPool { kernel } => {
                let attributes = [("kernel_shape", pair(*kernel)), ("strides", pair(*kernel))];
                self.graph.node_with("AveragePool", &[x], &attributes)
            }
            Layer::GlobalAvgPool => self.graph.node("GlobalAveragePool", &[x]),
            Layer::Linear { n_outputs, .. } => {
                let (weight, bias) = (self.tensor(path, "weight")?, self.tensor(path, "bias")?);
                let flat = self.graph.node("Flatten", &[x]);
                let rows = self.graph.node_with("Gemm", &[&flat, &weight, &bias], &[("transB", Attribute::Int(1))]);
                let sizes = self.graph.integers(&[-1, *n_outputs as i64, 1, 1]);
                self.graph.node("Reshape", &[&rows, &sizes])
            }
            Layer::Scale { .. } => {
                let factor = self.named(path)?;
                self.graph.node("Mul", &[x, &factor])
            }
            Layer::Shift => {
                let shift = self.named(path)?;
                self.graph.node("Add", &[x, &shift])
            }
        })
    }

    fn conv(&mut self, conv: &Conv, path: &str, x: &str) -> Result<String> {
        let weight = self.tensor(path, "weight")?;
        let bias = conv.bias.map(|_| self.tensor(path, "bias")).transpose()?;
        let inputs: Vec<&str> = [x, &weight].into_iter().chain(bias.as_deref()).collect();
        let attributes = [
            ("kernel_shape", Attribute::Ints(vec![conv.kernel as i64; 2])),
            ("strides", Attribute::Ints(vec![conv.stride as i64; 2])),
            ("pads", Attribute::Ints(vec![conv.padding as i64; 4])),
        ];
        Ok(self.graph.node_with("Conv", &inputs, &attributes))
    }

    fn tensor(&mut self, path: &str, what: &str) -> Result<String> {
        self.named(&format!("{path}.{what}"))
    }

    /// A tensor of the network as a constant.
    fn named(&mut self, name: &str) -> Result<String> {
        let array = self.arrays.get(name);
        let array = array.ok_or_else(|| Error::failure("writing ONNX", format!("no tensor `{name}`")))?;
        Ok(self.graph.floats(name, &array.shape, &array.values))
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use skiplayer_deep::backend::Backend;
    use skiplayer_deep::describe::family::Family;

    use super::*;

    #[test]
    fn tensors_have_the_names_and_shapes_of_the_network() {
        for name in ["resnet-8", "resnet-14-b", "preact-8", "densenet-bc-16-4", "highway-8", "rezero-8", "fixup-8"] {
            let family: Family = name.parse().unwrap();
            let architecture = family.build(Shape::new(3, 16, 16), 4).unwrap();
            let input = architecture.input;
            let network = Network::new(architecture, 1, &Backend::Cpu.device().unwrap()).unwrap();
            let file = network_to_onnx(&network, &Normalisation::of_channels(input, &[(0.5, 0.2); 3])).unwrap();
            let file = crate::onnx::ModelProto::decode(&file[..]).unwrap();
            let graph = file.graph.unwrap();
            for (name, array) in network.to_arrays().unwrap() {
                let own = graph.initializer.iter().find(|tensor| tensor.name == name);
                let own = own.unwrap_or_else(|| panic!("{name}"));
                assert!(own.dims.iter().map(|size| *size as usize).eq(array.shape.iter().copied()), "{name}");
            }
            assert_eq!((graph.input[0].name.as_str(), graph.output[0].name.as_str()), ("image", "logits"));
        }
    }
}
