//! From named tensors of another program to a network.

use std::collections::{BTreeMap, BTreeSet};

use skiplayer::{Error, Result, message};

use super::by_order::{expected, matched};
use super::names::{ours, source_of, without_prefix};
use super::padding::put_new_channels_last;
use super::source::Source;
use crate::data::{Normalisation, listed};
use crate::describe::architecture::Architecture;
use crate::describe::architecture::resnet::{ResNet, Shortcuts, Unit};
use crate::describe::family::{Family, Kind};
use crate::describe::shape::Shape;
use crate::network::Array;
use crate::options::{MEAN, STD};

/// Networks whose weights are published, to be suggested for a file that holds those of another one.
const PUBLISHED: [&str; 17] = [
    "resnet-18",
    "resnet-34",
    "resnet-50-v1.5",
    "resnet-101-v1.5",
    "resnet-152-v1.5",
    "densenet-121",
    "resnet-20",
    "resnet-32",
    "resnet-44",
    "resnet-56",
    "resnet-110",
    "resnet-20-b",
    "resnet-32-b",
    "resnet-44-b",
    "resnet-56-b",
    "resnet-110-b",
    "resnet-8",
];

/// What is known beside the tensors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// `None`: by the names of the tensors.
    pub source: Option<Source>,
    /// Height and width of images; `None`: as usual for the network.
    pub size: Option<[usize; 2]>,
    /// Mean and standard deviation of each channel on the scale from 0 to 1; `None`: as usual for the source.
    pub mean_std: Option<Vec<(f64, f64)>>,
}

/// A network of another program.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    pub architecture: Architecture,
    /// All tensors of the network, by our names.
    pub arrays: BTreeMap<String, Array>,
    pub normalisation: Normalisation,
    pub source: Source,
    /// What stood before all names.
    pub prefix: String,
    /// What was taken for granted, in words.
    pub conventions: Vec<String>,
    /// Names there and here, if names meant nothing and tensors were matched by order and shape.
    pub by_order: Option<Vec<(String, String)>>,
}

/// The network `family` with the tensors `arrays`, in the order of their file. Nothing is copied.
///
/// # Errors
/// Tensors that are missing, unexpected or of another shape, listed, with the network whose they are if that is known; a network whose
/// bottlenecks are not those of the source; images of a source without a known normalisation.
pub fn import(arrays: Vec<(String, Array)>, family: &Family, settings: &Settings) -> Result<Imported> {
    let names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
    let (names, prefix) = without_prefix(&names);
    let source = settings.source.unwrap_or_else(|| source_of(&names));
    check_bottlenecks(family, source)?;
    let named: Vec<(String, Array)> =
        names.iter().map(|name| ours(source, name)).zip(arrays.into_iter().map(|(_, array)| array)).collect();

    let usual = family.default_input();
    let [height, width] = settings.size.unwrap_or([usual.height, usual.width]);
    let some = family.build(Shape::new(usual.channels, height, width), 2)?;
    let order = expected(&some)?;
    let of_file = |name: &str| named.iter().find(|(own, _)| own == name).map(|(_, array)| array.shape.as_slice());
    // Names that mean nothing leave the first and the last tensor.
    let first = order.first().and_then(|(name, _)| of_file(name)).or(named.first().map(|(_, array)| &array.shape[..]));
    let last = order.last().and_then(|(name, _)| of_file(name)).or(named.last().map(|(_, array)| &array.shape[..]));
    let n_channels = first.and_then(|shape| shape.get(1).copied()).unwrap_or(usual.channels);
    let n_outputs = last.and_then(|shape| shape.first().copied()).unwrap_or_else(|| family.default_outputs());
    let architecture = family.build(Shape::new(n_channels, height, width), n_outputs)?;

    let order = expected(&architecture)?;
    let differences = Differences::between(&order, &named);
    let by_order = match (differences.is_empty(), matched(&named, &order)) {
        (true, _) => None,
        (false, Some(matched)) => Some(matched),
        (false, None) => return Err(differences.refused(family, &named)),
    };
    let table = by_order.as_ref().map(|by_order| names.iter().cloned().zip(by_order.iter().cloned()).collect());
    let values = named.into_iter().enumerate().map(|(at, (name, array))| match &by_order {
        Some(by_order) => (by_order[at].clone(), array),
        None => (name, array),
    });
    let mut values: BTreeMap<String, Array> = values.collect();
    let pads = matches!(family.kind, Kind::ResNet(ResNet { shortcuts: Shortcuts::A, .. }));
    if pads && source.pads_both_sides() {
        put_new_channels_last(&architecture, &mut values)?;
    }
    let normalisation = normalisation(family, source, architecture.input, settings.mean_std.as_deref())?;
    Ok(Imported {
        architecture,
        arrays: values,
        normalisation,
        source,
        prefix,
        conventions: source.conventions(family),
        by_order: table,
    })
}

/// Names and shapes of bottlenecks are the same wherever they halve the image, and what they compute is not.
fn check_bottlenecks(family: &Family, source: Source) -> Result<()> {
    let Kind::ResNet(ResNet { unit: Unit::Bottleneck, stride_in_3x3, .. }) = family.kind else { return Ok(()) };
    if !source.has_stride_in_3x3() || stride_in_3x3 {
        return Ok(());
    }
    Err(Error::input(
        format!("weights for {family}"),
        format!("a file of {}, whose bottlenecks halve the image in their 3x3 convolution", source.name()),
    )
    .expected(format!("{family}-v1.5, which does so too"))
    .hint(format!(
        "{family} halves it in a 1x1 convolution: names and shapes are the same, and its outputs would be wrong"
    )))
}

fn normalisation(family: &Family, source: Source, input: Shape, given: Option<&[(f64, f64)]>) -> Result<Normalisation> {
    let known = given.map(<[_]>::to_vec).or_else(|| source.mean_std(family, input.channels));
    let Some(mean_std) = known else {
        return Err(Error::input(format!("weights for {family}"), "no normalisation of the images")
            .expected("the mean and the standard deviation of each channel that it was trained with")
            .hint(message!["say them with ", &MEAN, " and ", &STD]));
    };
    if mean_std.len() != input.channels {
        return Err(Error::input(&MEAN, format!("{} numbers", mean_std.len()))
            .expected(format!("one for each of the {} channels", input.channels)));
    }
    Ok(Normalisation::of_channels(input, &mean_std))
}

/// In what tensors differ from those of a network.
struct Differences {
    missing: Vec<String>,
    unexpected: Vec<String>,
    /// With the shape that there is, and the one that is expected.
    reshaped: Vec<String>,
}

impl Differences {
    fn between(expected: &[(String, Vec<usize>)], found: &[(String, Array)]) -> Self {
        let shapes: BTreeMap<&str, &Vec<usize>> =
            found.iter().map(|(name, array)| (name.as_str(), &array.shape)).collect();
        let known: BTreeSet<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
        let reshaped = expected.iter().filter_map(|(name, shape)| {
            let own = shapes.get(name.as_str()).filter(|own| **own != shape)?;
            Some(format!("{name} {own:?} for {shape:?}"))
        });
        Self {
            missing: expected
                .iter()
                .filter(|(name, _)| !shapes.contains_key(name.as_str()))
                .map(|(name, _)| name.clone())
                .collect(),
            unexpected: found
                .iter()
                .filter(|(name, _)| !known.contains(name.as_str()))
                .map(|(name, _)| name.clone())
                .collect(),
            reshaped: reshaped.collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.reshaped.is_empty()
    }

    fn refused(&self, family: &Family, found: &[(String, Array)]) -> Error {
        let parts =
            [("missing", &self.missing), ("unexpected", &self.unexpected), ("of another shape", &self.reshaped)];
        let told = parts.iter().filter(|(_, names)| !names.is_empty());
        let told: Vec<String> =
            told.map(|(what, names)| format!("{} {what}: {}", names.len(), listed(*names))).collect();
        let error = Error::input(format!("weights for {family}"), format!("other tensors ({})", told.join("; ")))
            .expected(format!("those of {family}, by name, or all of them in its order"));
        match whose(found) {
            Some(name) => error.hint(format!("they are those of {name}")),
            None => error.hint("are they the weights of another network?"),
        }
    }
}

/// The published network that has tensors of these names.
fn whose(found: &[(String, Array)]) -> Option<&'static str> {
    let names: BTreeSet<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    PUBLISHED.into_iter().find(|candidate| {
        let own = candidate.parse::<Family>().and_then(|family| family.build_default()).and_then(|own| expected(&own));
        own.is_ok_and(|own| own.len() == names.len() && own.iter().all(|(name, _)| names.contains(name.as_str())))
    })
}
