//! What is to be trained.

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use crate::data::{Examples, PictureOptions, Split, TrainingData};
use crate::describe::architecture::Architecture;
use crate::describe::family::Family;
use crate::describe::shape::Shape;
use crate::recipe::Recipe;
use crate::surgery::prune::pruned;

/// What is trained on what, and how: enough to begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// As [`Family`] reads it.
    pub network: String,
    /// Name or folder of the data set, or a file with a table.
    pub data: String,
    /// The column of a table that is to be predicted from the others; the last if there is none.
    #[serde(default)]
    pub target: Option<String>,
    /// How folders of pictures are read.
    #[serde(default)]
    pub pictures: PictureOptions,
    /// Training examples, drawn evenly from the classes where there are some; all if there is no number.
    pub n_train: Option<usize>,
    pub recipe: Recipe,
    pub seed: u64,
    /// Blocks that are left out of the network, as [`without_branches`](crate::surgery::prune::without_branches) does.
    #[serde(default)]
    pub removed: Vec<String>,
    /// What every branch that can go has to pay, if it has to (`BranchScales`).
    #[serde(default, alias = "price")]
    pub lambda: Option<f64>,
}

impl Request {
    /// A training of `network` on all of `data` by `recipe`, with the seed 1.
    pub fn new(network: impl Into<String>, data: impl Into<String>, recipe: Recipe) -> Self {
        Self {
            network: network.into(),
            data: data.into(),
            target: None,
            pictures: PictureOptions::default(),
            n_train: None,
            recipe,
            seed: 1,
            removed: Vec::new(),
            lambda: None,
        }
    }

    /// The network for examples like these.
    ///
    /// # Errors
    /// A name that means no network, or examples that do not fit it.
    pub fn architecture(&self, examples: &Examples) -> Result<Architecture> {
        check_kind(&self.network.parse()?, examples)?;
        let architecture = self.architecture_for(examples.shape(), examples.n_outputs())?;
        check_answers(&architecture, examples)?;
        Ok(architecture)
    }

    /// The network for examples of shape `input` with `n_outputs` classes or numbers.
    ///
    /// # Errors
    /// A name that means no network, or examples that do not fit it.
    pub fn architecture_for(&self, input: Shape, n_outputs: usize) -> Result<Architecture> {
        let architecture = self.network.parse::<Family>()?.build(input, n_outputs)?;
        let removed: Vec<&str> = self.removed.iter().map(String::as_str).collect();
        let architecture = if removed.is_empty() { architecture } else { pruned(&architecture, &removed)? };
        match self.recipe.stochastic_depth {
            Some(last) => architecture.with_stochastic_depth(last),
            None => Ok(architecture),
        }
    }
}

impl Request {
    /// The training examples of `data` that are learned from, and those of them that are held out to choose the epoch that is used; none of
    /// these where whoever made the data set has chosen some already.
    ///
    /// # Errors
    /// There are not so many examples.
    pub fn learned(&self, data: &TrainingData) -> Result<Split> {
        let train = match self.n_train {
            Some(n) => data.train.subset(n, self.seed)?,
            None => data.train.indices(),
        };
        match (&data.validation, self.recipe.validation) {
            (None, Some(share)) => data.train.split(&train, share, self.seed),
            _ => Ok(Split { train, held_out: Vec::new() }),
        }
    }

    /// Makes batches no larger than there are examples to learn from; what is said of it, if it was necessary.
    ///
    /// # Errors
    /// As [`Self::learned`].
    pub fn fit_batch(&mut self, data: &TrainingData) -> Result<Option<String>> {
        let (n, batch) = (self.learned(data)?.train.len(), self.recipe.batch);
        if batch <= n {
            return Ok(None);
        }
        self.recipe.batch = n;
        self.recipe.parts = self.recipe.parts.min(n);
        Ok(Some(format!("batches of {n} instead of {batch}: there are no more examples to learn from")))
    }
}

/// Whether a network is for examples of this kind: convolutions have no neighbours in a row of a table, and what is for rows sees no
/// neighbours in a picture.
fn check_kind(family: &Family, examples: &Examples) -> Result<()> {
    let refused = |found: &str| Error::input(format!("examples for {family}"), found);
    match (examples, family.is_for_tables()) {
        (Examples::Rows(_), false) => Err(refused("rows of a table")
            .expected("images: a folder with a folder of pictures for each class")
            .hint("networks for tables are called like resmlp-8-64")),
        (Examples::Images(images), true) if images.shape().positions() > 1 => {
            Err(refused("images").expected("rows of a table").hint("networks for images are called like resnet-20"))
        }
        _ => Ok(()),
    }
}

/// Whether the outputs of a network are the answers of `examples`: one for each, or one for each pixel.
fn check_answers(architecture: &Architecture, examples: &Examples) -> Result<()> {
    let (output, answer) = (architecture.output()?, examples.answer());
    if output == answer {
        return Ok(());
    }
    let refused = Error::input(format!("outputs of {}", architecture.name), output.to_string());
    Err(match answer.positions() {
        1 => refused
            .expected(format!("{answer}, one row for each of these {}", examples.word()))
            .hint("a network like resnet-20 predicts one class an image; one that predicts a class for each pixel learns from images with masks"),
        _ => refused
            .expected(format!("{answer}, a map as large as the masks of these images"))
            .hint("a network like unet-3-16 predicts a class for each pixel"),
    })
}
