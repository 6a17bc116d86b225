//! What a network learns from: images or rows of a table, behind one face.

use serde_json::Value;
use skiplayer::Result;

use super::fingerprint::Fingerprint;
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
    /// What chooses the epoch that is used, where the data set says which examples do.
    pub validation: Option<Examples>,
    pub test: Option<Examples>,
    /// What was decided while it was read, and what was left out: a sentence each.
    pub notes: Vec<String>,
    /// How the reader of a table turned columns into numbers; for that reader alone.
    pub encoding: Option<Value>,
}

impl From<DataSet> for TrainingData {
    fn from(set: DataSet) -> Self {
        Self {
            name: set.name,
            train: Examples::Images(set.train),
            validation: set.validation.map(Examples::Images),
            test: set.test.map(Examples::Images),
            notes: set.notes,
            encoding: None,
        }
    }
}

impl TrainingData {
    /// All parts, those that are there, with their names.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &Examples)> {
        let others = [("validation", &self.validation), ("test", &self.test)];
        let others = others.into_iter().filter_map(|(name, part)| Some((name, part.as_ref()?)));
        std::iter::once(("training", &self.train)).chain(others)
    }

    /// The same data for a network whose outputs are called `names`: classes are matched by name, numbers have to be the same ones.
    ///
    /// # Errors
    /// Outputs that the network does not have, with both lists.
    pub fn for_outputs(self, names: &[String]) -> Result<Self> {
        let Self { name, train, validation, test, notes, encoding } = self;
        let matched = |part: Examples| part.for_outputs(names, &name);
        let (train, validation) = (matched(train)?, validation.map(matched).transpose()?);
        let test = test.map(matched).transpose()?;
        Ok(Self { train, validation, test, name, notes, encoding })
    }

    /// The same data in the channels that a network takes, see [`Images::with_channels`].
    #[must_use]
    pub fn with_channels(self, channels: usize) -> Self {
        let change = |part: Examples| match part {
            Examples::Images(images) => Examples::Images(images.with_channels(channels)),
            rows => rows,
        };
        let (validation, test) = (self.validation.map(change), self.test.map(change));
        Self {
            train: change(self.train),
            validation,
            test,
            name: self.name,
            notes: self.notes,
            encoding: self.encoding,
        }
    }

    /// What all of it is recognised by: examples, their answers and the names of these.
    ///
    /// # Complexity
    /// One pass over everything.
    pub fn fingerprint(&self) -> String {
        let mut fingerprint = Fingerprint::default();
        for (name, part) in self.parts() {
            fingerprint.add(name.as_bytes());
            part.add_to(&mut fingerprint);
        }
        fingerprint.hex()
    }
}

impl Examples {
    /// The same examples for a network whose outputs are called `known`.
    fn for_outputs(self, known: &[String], place: &str) -> Result<Self> {
        match self {
            Self::Images(images) => images.with_classes(known, place).map(Self::Images),
            Self::Rows(rows) => rows.with_outputs(known, place).map(Self::Rows),
        }
    }

    /// Takes all of them into `fingerprint`.
    pub(super) fn add_to(&self, fingerprint: &mut Fingerprint) {
        match self {
            Self::Images(images) => images.add_to(fingerprint),
            Self::Rows(rows) => rows.add_to(fingerprint),
        }
    }

    /// What they are recognised by.
    ///
    /// # Complexity
    /// One pass over everything.
    pub fn fingerprint(&self) -> String {
        let mut fingerprint = Fingerprint::default();
        self.add_to(&mut fingerprint);
        fingerprint.hex()
    }

    /// How many examples each class has, of masks how many pixels; none where the answers are numbers.
    pub fn class_counts(&self) -> Option<Vec<usize>> {
        match self {
            Self::Images(images) => Some(images.class_counts()),
            Self::Rows(rows) => match rows.answers() {
                Answers::Classes { labels, names } => {
                    let mut counts = vec![0; names.len()];
                    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
                    Some(counts)
                }
                Answers::Numbers { .. } => None,
            },
        }
    }

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
