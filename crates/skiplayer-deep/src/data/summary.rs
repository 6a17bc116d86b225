//! What was read, in numbers: said before a training, kept beside it, and compared when it goes on.

use serde::{Deserialize, Serialize};

use super::{Examples, Labelled, TrainingData};

/// Classes of a part that are counted one by one in words; of more the smallest and the largest.
const COUNTED: usize = 12;

/// One part of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSummary {
    /// `training`, `validation` or `test`.
    pub part: String,
    pub n: usize,
    /// Examples of each class, of masks pixels; none where numbers are predicted.
    pub counts: Option<Vec<usize>>,
    /// What the examples and their answers are recognised by.
    pub fingerprint: String,
}

/// A data set as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSummary {
    pub name: String,
    /// `images` or `rows`.
    pub word: String,
    /// Of one example.
    pub shape: String,
    /// Names of classes or of numbers.
    pub outputs: Vec<String>,
    pub parts: Vec<PartSummary>,
    /// What was decided while it was read, and what was left out.
    pub notes: Vec<String>,
}

impl DataSummary {
    /// Of all of `data`.
    ///
    /// # Complexity
    /// One pass over everything.
    pub fn of(data: &TrainingData) -> Self {
        let part = |(name, examples): (&str, &Examples)| PartSummary {
            part: name.to_owned(),
            n: examples.len(),
            counts: examples.class_counts(),
            fingerprint: examples.fingerprint(),
        };
        Self {
            name: data.name.clone(),
            word: data.train.word().to_owned(),
            shape: data.train.shape().to_string(),
            outputs: data.train.output_names().to_vec(),
            parts: data.parts().map(part).collect(),
            notes: data.notes.clone(),
        }
    }

    /// Whether `examples` are the training examples of this data set.
    pub fn is_learned_from(&self, examples: &Examples) -> bool {
        self.parts.first().is_some_and(|part| part.n == examples.len() && part.fingerprint == examples.fingerprint())
    }

    /// In lines: how many of what, classes with their counts, and the notes.
    pub fn lines(&self) -> Vec<String> {
        let counts: Vec<String> = self.parts.iter().map(|part| format!("{} {}", part.n, part.part)).collect();
        let kind = match self.parts.first().is_some_and(|part| part.counts.is_some()) {
            true => format!("in {} classes", self.outputs.len()),
            false if self.outputs.len() == 1 => "with 1 number to predict".to_owned(),
            false => format!("with {} numbers to predict", self.outputs.len()),
        };
        let mut lines = vec![format!("{}: {} {} of {} {kind}", self.name, counts.join(", "), self.word, self.shape)];
        for part in &self.parts {
            if let Some(counts) = &part.counts {
                lines.push(format!("{}: {}", part.part, counted(&self.outputs, counts)));
            }
        }
        lines.extend(self.notes.iter().cloned());
        lines
    }

    /// What is otherwise in `now`, part by part; nothing if it is the same.
    pub fn changes(&self, now: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for part in &self.parts {
            match now.parts.iter().find(|other| other.part == part.part) {
                None => changes.push(format!("the {} {} are gone", part.part, self.word)),
                Some(other) if other.n != part.n => {
                    changes.push(format!("{} {} {} have become {}", part.n, part.part, self.word, other.n));
                }
                Some(other) if other.fingerprint != part.fingerprint => {
                    changes.push(format!("the {} {} or their answers are others", part.part, self.word));
                }
                Some(_) => {}
            }
        }
        let is_new = |other: &&PartSummary| !self.parts.iter().any(|part| part.part == other.part);
        changes
            .extend(now.parts.iter().filter(is_new).map(|part| format!("there are {} {} now", part.part, self.word)));
        changes
    }
}

fn counted(names: &[String], counts: &[usize]) -> String {
    if counts.len() <= COUNTED {
        let each = names.iter().zip(counts).map(|(name, n)| format!("{name} {n}"));
        return each.collect::<Vec<_>>().join(", ");
    }
    let (least, most) = (counts.iter().min().unwrap_or(&0), counts.iter().max().unwrap_or(&0));
    if least == most { format!("{least} of each class") } else { format!("from {least} to {most} of each class") }
}

impl TrainingData {
    /// Whether every pixel has a class of its own.
    pub fn has_masks(&self) -> bool {
        matches!(&self.train, Examples::Images(images) if images.labelled() == Labelled::Pixel)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Images, Shape};
    use super::*;

    fn data(labels: &[u16], pixel: u8) -> TrainingData {
        let classes = ["cat", "dog"].map(str::to_owned).to_vec();
        let images = Images::new(Shape::new(1, 1, 1), vec![pixel; labels.len()], labels.to_vec(), classes).unwrap();
        TrainingData {
            name: "pets".to_owned(),
            train: Examples::Images(images),
            validation: None,
            test: None,
            notes: vec!["left out: 1 file that is no picture (`cat/notes.txt`)".to_owned()],
            encoding: None,
        }
    }

    #[test]
    fn what_was_read_in_words() {
        let lines = DataSummary::of(&data(&[0, 1, 1], 7)).lines();
        assert_eq!(lines[..2], ["pets: 3 training images of 1 in 2 classes", "training: cat 1, dog 2"]);
        assert!(lines[2].starts_with("left out: 1 file"));
    }

    #[test]
    fn changed_pictures_and_labels_are_noticed() {
        let before = DataSummary::of(&data(&[0, 1, 1], 7));
        let changes = |labels: &[u16], pixel| before.changes(&DataSummary::of(&data(labels, pixel)));
        assert!(changes(&[0, 1, 1], 7).is_empty());
        assert_eq!(changes(&[0, 1], 7), ["3 training images have become 2"]);
        assert_eq!(changes(&[0, 1, 0], 7), ["the training images or their answers are others"]);
        assert_eq!(changes(&[0, 1, 1], 8), ["the training images or their answers are others"]);
    }
}
