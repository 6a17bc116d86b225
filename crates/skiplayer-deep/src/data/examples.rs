//! What a network learns from: images or rows of a table, behind one face.

use skiplayer::Result;

use super::rows::{Answers, Rows};
use super::split::{Split, random_split, random_subset, split_by_class, stratified_subset};
use super::{DataSet, Images, Labelled, Shape};

/// Examples with their answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Examples {
    Images(Images),
    Rows(Rows),
}

/// What is learned from, and what it is tested on where there is something.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingData {
    pub name: String,
    pub train: Examples,
    pub test: Option<Examples>,
}

impl From<DataSet> for TrainingData {
    fn from(set: DataSet) -> Self {
        Self { name: set.name, train: Examples::Images(set.train), test: set.test.map(Examples::Images) }
    }
}

impl Examples {
    /// How many.
    #[expect(clippy::len_without_is_empty, reason = "there is always at least one")]
    pub fn len(&self) -> usize {
        match self {
            Self::Images(images) => images.len(),
            Self::Rows(rows) => rows.len(),
        }
    }

    /// Of one example.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Images(images) => images.shape(),
            Self::Rows(rows) => Shape::row(rows.n_features()),
        }
    }

    /// Outputs of a network that gives the answers.
    pub fn n_outputs(&self) -> usize {
        match self {
            Self::Images(images) => images.classes().len(),
            Self::Rows(rows) => match rows.answers() {
                Answers::Classes { names, .. } | Answers::Numbers { names, .. } => names.len(),
            },
        }
    }

    /// Names of the outputs: classes, or names of numbers.
    pub fn output_names(&self) -> &[String] {
        match self {
            Self::Images(images) => images.classes(),
            Self::Rows(rows) => match rows.answers() {
                Answers::Classes { names, .. } | Answers::Numbers { names, .. } => names,
            },
        }
    }

    /// Positions of classes, one an example; none where the answers are masks or numbers.
    pub fn labels(&self) -> Option<&[u16]> {
        match self {
            Self::Images(images) => (images.labelled() == Labelled::Image).then_some(images.labels()),
            Self::Rows(rows) => match rows.answers() {
                Answers::Classes { labels, .. } => Some(labels),
                Answers::Numbers { .. } => None,
            },
        }
    }

    /// The shape of the answers as a network gives them: an output for each class or number, at one place or at every pixel.
    pub fn answer(&self) -> Shape {
        match self {
            Self::Images(images) if images.labelled() == Labelled::Pixel => {
                images.shape().with_channels(self.n_outputs())
            }
            _ => Shape::row(self.n_outputs()),
        }
    }

    /// Whether the answers are numbers; they are classes otherwise.
    pub fn are_numbers(&self) -> bool {
        matches!(self, Self::Rows(rows) if matches!(rows.answers(), Answers::Numbers { .. }))
    }

    /// `images` or `rows`, for messages.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Images(_) => "images",
            Self::Rows(_) => "rows",
        }
    }

    /// The indices of all.
    pub fn indices(&self) -> Vec<u32> {
        (0..self.len() as u32).collect()
    }

    /// `n` of them at random, evenly from the classes where there are some, in ascending order.
    ///
    /// # Errors
    /// There are not so many.
    pub fn subset(&self, n: usize, seed: u64) -> Result<Vec<u32>> {
        match self.labels() {
            Some(labels) => stratified_subset(labels, self.n_outputs(), &self.indices(), n, seed),
            None => random_subset(self.len(), n, seed),
        }
    }

    /// The examples `among` in two parts, of which the second is `share` of them, at least one, drawn as [`subset`](Self::subset) does.
    ///
    /// # Errors
    /// None would be left in the first part.
    pub fn split(&self, among: &[u32], share: f64, seed: u64) -> Result<Split> {
        let n = ((share * among.len() as f64).round() as usize).max(1);
        match self.labels() {
            Some(labels) => split_by_class(labels, self.n_outputs(), among, n, seed),
            None => {
                let places = random_split(among.len(), n, seed)?;
                let at = |places: Vec<u32>| places.into_iter().map(|i| among[i as usize]).collect();
                Ok(Split { train: at(places.train), held_out: at(places.held_out) })
            }
        }
    }
}
