//! Images of one size, with a class for each of them or for each of their pixels.

use std::fmt;

use skiplayer::{Error, Result};

use super::classes::{class_positions, listed};
use super::fingerprint::Fingerprint;

pub use crate::describe::shape::Shape;

/// The label of a pixel that counts for nothing: no one knows its class, or it is outside of the image.
pub const IGNORED: u16 = u16::MAX;

/// Images with labels: bytes (n, height, width, channels), so that neighbours in memory are the channels of one pixel.
#[derive(Clone, PartialEq, Eq)]
pub struct Images {
    shape: Shape,
    pixels: Vec<u8>,
    labels: Vec<u16>,
    classes: Vec<String>,
    labelled: Labelled,
}

/// What has a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labelled {
    /// An image as a whole.
    Image,
    /// Each of its pixels: (height, width). The labels of an image are its mask.
    Pixel,
}

impl Images {
    /// `pixels` (n, height, width, channels), `labels` (n) as positions in `classes`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if the sizes do not fit together, there is no image, or a label names
    /// no class.
    pub fn new(shape: Shape, pixels: Vec<u8>, labels: Vec<u16>, classes: Vec<String>) -> Result<Self> {
        check_sizes(shape, pixels.len(), labels.len())?;
        if let Some(i) = labels.iter().position(|&label| usize::from(label) >= classes.len()) {
            return Err(Error::input(format!("image {i} of {}", labels.len()), format!("the label {}", labels[i]))
                .expected(format!("a class from 0 to {}", classes.len().saturating_sub(1)))
                .hint("is it a data set of more classes?"));
        }
        Ok(Self { shape, pixels, labels, classes, labelled: Labelled::Image })
    }

    /// `pixels` (n, height, width, channels) with `masks` (n, height, width): positions in `classes`, or [`IGNORED`].
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_masks(shape: Shape, pixels: Vec<u8>, masks: Vec<u16>, classes: Vec<String>) -> Result<Self> {
        let n_positions = (shape.positions() as usize).max(1);
        let n = masks.len() / n_positions;
        check_sizes(shape, pixels.len(), n)?;
        if masks.len() != n * n_positions {
            return Err(Error::input("masks", format!("{} values", masks.len()))
                .expected(format!("whole masks of {n_positions} values each")));
        }
        let wrong = |&label: &u16| label != IGNORED && usize::from(label) >= classes.len();
        if let Some(i) = masks.iter().position(wrong) {
            return Err(Error::input(format!("the mask of image {} of {n}", i / n_positions), format!("{}", masks[i]))
                .expected(format!("a class from 0 to {}", classes.len().saturating_sub(1))));
        }
        Ok(Self { shape, pixels, labels: masks, classes, labelled: Labelled::Pixel })
    }

    /// How many images.
    #[expect(clippy::len_without_is_empty, reason = "there is always at least one")]
    pub fn len(&self) -> usize {
        self.labels.len() / self.n_labels()
    }

    /// What has a label.
    pub fn labelled(&self) -> Labelled {
        self.labelled
    }

    /// Labels of one image.
    pub fn n_labels(&self) -> usize {
        match self.labelled {
            Labelled::Image => 1,
            Labelled::Pixel => self.shape.positions() as usize,
        }
    }

    /// Of one image.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// All bytes (n, height, width, channels).
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Bytes (height, width, channels) of one image.
    ///
    /// # Panics
    /// If there are not so many images.
    pub fn image(&self, i: u32) -> &[u8] {
        let n = self.shape.size() as usize;
        &self.pixels[i as usize * n..][..n]
    }

    /// Positions in [`classes`](Self::classes): one an image, or masks (n, height, width).
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// The label of one image, or its mask.
    ///
    /// # Panics
    /// If there are not so many images.
    pub fn labels_of(&self, i: u32) -> &[u16] {
        let n = self.n_labels();
        &self.labels[i as usize * n..][..n]
    }

    /// Names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The indices of all images.
    pub fn indices(&self) -> Vec<u32> {
        (0..self.len() as u32).collect()
    }

    /// The same images with their labels as positions in `known`, which holds all of their classes and perhaps others.
    ///
    /// # Errors
    /// A class that is not in `known`.
    pub fn with_classes(mut self, known: &[String], place: &str) -> Result<Self> {
        if self.classes == known {
            return Ok(self);
        }
        let positions = class_positions(&self.classes, known, place)?;
        let known_label = |label: &mut u16| {
            if *label != IGNORED {
                *label = positions[usize::from(*label)];
            }
        };
        self.labels.iter_mut().for_each(known_label);
        self.classes = known.to_vec();
        Ok(self)
    }

    /// The same images in grey (1) or in colour (3): grey becomes colour by three equal channels, colour grey by its luminance (ITU-R
    /// BT.709). As they are for other numbers of channels.
    #[must_use]
    pub fn with_channels(mut self, channels: usize) -> Self {
        match (self.shape.channels, channels) {
            (1, 3) => self.pixels = self.pixels.iter().flat_map(|&level| [level; 3]).collect(),
            (3, 1) => {
                let (colours, _) = self.pixels.as_chunks::<3>();
                let luminance = |&[r, g, b]: &[u8; 3]| {
                    let sum = 2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b);
                    (sum / 10_000) as u8
                };
                self.pixels = colours.iter().map(luminance).collect();
            }
            _ => return self,
        }
        self.shape = self.shape.with_channels(channels);
        self
    }

    /// How many images each class has, or how many pixels.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for label in self.labels.iter().filter(|label| **label != IGNORED) {
            counts[usize::from(*label)] += 1;
        }
        counts
    }

    /// Takes all of them into `fingerprint`.
    pub(super) fn add_to(&self, fingerprint: &mut Fingerprint) {
        fingerprint.add(self.shape.to_string().as_bytes());
        self.classes.iter().for_each(|class| fingerprint.add(class.as_bytes()));
        fingerprint.add(&self.pixels);
        self.labels.iter().for_each(|label| fingerprint.add(&label.to_le_bytes()));
    }

    /// Copies of the images `indices`, in that order.
    ///
    /// # Panics
    /// If there are not so many images.
    #[must_use]
    pub fn select(&self, indices: &[u32]) -> Self {
        Self {
            shape: self.shape,
            pixels: indices.iter().flat_map(|&i| self.image(i)).copied().collect(),
            labels: indices.iter().flat_map(|&i| self.labels_of(i)).copied().collect(),
            classes: self.classes.clone(),
            labelled: self.labelled,
        }
    }
}

/// Whether `n_values` are `n` images, at least one.
fn check_sizes(shape: Shape, n_values: usize, n: usize) -> Result<()> {
    let size = shape.size() as usize;
    if n == 0 || size == 0 {
        return Err(Error::input("images", format!("{n} images of {shape}")).expected("at least one"));
    }
    // Indices of images are u32 everywhere.
    if u32::try_from(n).is_err() {
        return Err(Error::input("images", format!("{n} images")).expected("fewer than 2^32"));
    }
    if Some(n_values) != size.checked_mul(n) {
        return Err(Error::input("images", format!("{n_values} values"))
            .expected(format!("{n} images of {shape}, {size} values each")));
    }
    Ok(())
}

impl fmt::Debug for Images {
    /// Without a hundred million values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} images of {} in {} classes", self.len(), self.shape, self.classes.len())
    }
}

/// A data set as it is published: images to learn from, and the official images for validation and tests where there are some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    pub name: String,
    pub train: Images,
    pub validation: Option<Images>,
    pub test: Option<Images>,
    /// What was decided while it was read, and what was left out: a sentence each.
    pub notes: Vec<String>,
}

impl DataSet {
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if training and test images differ in size, classes or what has one.
    pub fn new(name: impl Into<String>, train: Images, test: Option<Images>) -> Result<Self> {
        let set = Self { name: name.into(), train, validation: None, test: None, notes: Vec::new() };
        let test = test.map(|test| set.checked(test, "test")).transpose()?;
        Ok(Self { test, ..set })
    }

    /// The same set with images for validation.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_validation(self, validation: Option<Images>) -> Result<Self> {
        let validation = validation.map(|images| self.checked(images, "validation")).transpose()?;
        Ok(Self { validation, ..self })
    }

    /// The same set with more notes.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// `images`, if they are of one kind with those for training: their classes are matched by name.
    fn checked(&self, images: Images, part: &str) -> Result<Images> {
        let (name, train) = (&self.name, &self.train);
        let place = format!("the {part} images of {name}");
        if images.shape != train.shape {
            return Err(Error::input(place, format!("images of {}", images.shape))
                .expected(format!("{}, as the training images are", train.shape)));
        }
        if images.labelled != train.labelled {
            let found = |images: &Images| match images.labelled {
                Labelled::Image => "one class an image",
                Labelled::Pixel => "masks",
            };
            return Err(
                Error::input(place, found(&images)).expected(format!("{}, as the training images have", found(train)))
            );
        }
        let unknown = images.classes.iter().any(|class| !train.classes.contains(class));
        if unknown {
            return Err(Error::input(place, format!("the classes {}", listed(&images.classes)))
                .expected(format!("those of the training images: {}", listed(&train.classes))));
        }
        images.with_classes(&train.classes, &place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { height: 1, width: 2, channels: 2 };

    fn classes() -> Vec<String> {
        vec!["cat".to_owned(), "dog".to_owned()]
    }

    #[test]
    fn images_are_found_by_their_index() {
        let images = Images::new(SHAPE, (0..12).collect(), vec![1, 0, 1], classes()).unwrap();
        assert_eq!(images.image(1), [4, 5, 6, 7]);
        let selected = images.select(&[2, 0]);
        assert_eq!((selected.image(0), selected.image(1)), (&[8, 9, 10, 11][..], &[0, 1, 2, 3][..]));
        assert_eq!(selected.labels(), [1, 1]);
        assert_eq!(format!("{images:?}"), "3 images of 2x1x2 in 2 classes");
    }

    #[test]
    fn masks_go_with_their_images() {
        let masks = vec![0, 1, IGNORED, 0, 1, 1];
        let images = Images::with_masks(SHAPE, (0..12).collect(), masks.clone(), classes()).unwrap();
        assert_eq!((images.len(), images.n_labels(), images.indices()), (3, 2, vec![0, 1, 2]));
        assert_eq!(images.labels_of(1), [IGNORED, 0]);
        assert_eq!(images.select(&[2, 0]).labels(), [1, 1, 0, 1]);
        let refused = |n: u8, masks: &[u16]| {
            Images::with_masks(SHAPE, (0..n).collect(), masks.to_vec(), classes()).unwrap_err().to_string()
        };
        assert_eq!(refused(8, &masks[1..]), "masks: found 5 values, expected whole masks of 2 values each");
        assert_eq!(refused(8, &[0, 1, 0, 2]), "the mask of image 1 of 2: found 2, expected a class from 0 to 1");
        assert_eq!(refused(12, &[0, 1]), "images: found 12 values, expected 1 images of 2x1x2, 4 values each");
        assert_eq!(refused(0, &[]), "images: found 0 images of 2x1x2, expected at least one");
        let labelled = Images::new(SHAPE, (0..12).collect(), vec![1, 0, 1], classes()).unwrap();
        let error = DataSet::new("pets", images, Some(labelled)).unwrap_err().to_string();
        assert!(error.ends_with("found one class an image, expected masks, as the training images have"), "{error}");
    }

    #[test]
    fn grey_becomes_colour_and_colour_grey() {
        let grey = Images::new(Shape::new(1, 1, 2), vec![7, 200], vec![0], classes()).unwrap();
        let colour = grey.clone().with_channels(3);
        assert_eq!((colour.shape(), colour.image(0)), (Shape::new(3, 1, 2), &[7, 7, 7, 200, 200, 200][..]));
        assert_eq!(colour.with_channels(1), grey);
    }

    #[test]
    fn labels_follow_the_names_of_their_classes() {
        let known: Vec<String> = ["ant", "dog", "cat"].map(str::to_owned).to_vec();
        let images = Images::new(SHAPE, (0..12).collect(), vec![1, 0, 1], classes()).unwrap();
        let known_images = images.clone().with_classes(&known, "pets").unwrap();
        assert_eq!((known_images.labels(), known_images.classes()), (&[1, 2, 1][..], &known[..]));
        assert_eq!(known_images.class_counts(), [0, 2, 1]);
        assert_eq!(known_images.image(2), images.image(2));
        let masks = Images::with_masks(SHAPE, (0..4).collect(), vec![IGNORED, 1], classes()).unwrap();
        assert_eq!(masks.with_classes(&known, "pets").unwrap().labels(), [IGNORED, 1]);
        // Test images may have the classes in another order, or some of them only.
        let test = Images::new(SHAPE, (0..4).collect(), vec![0], vec!["cat".to_owned()]).unwrap();
        let train = known_images;
        assert_eq!(DataSet::new("pets", train, Some(test)).unwrap().test.unwrap().labels(), [2]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let new = |n: u8, labels: &[u16]| Images::new(SHAPE, (0..n).collect(), labels.to_vec(), classes());
        let message = |n, labels: &[u16]| new(n, labels).unwrap_err().to_string();
        assert_eq!(message(0, &[]), "images: found 0 images of 2x1x2, expected at least one");
        assert_eq!(message(7, &[0, 1]), "images: found 7 values, expected 2 images of 2x1x2, 4 values each");
        assert_eq!(
            message(8, &[0, 2]),
            "image 1 of 2: found the label 2, expected a class from 0 to 1; is it a data set of more classes?"
        );
        let wide = Shape { width: 4, channels: 1, ..SHAPE };
        let wide = Images::new(wide, vec![0; 8], vec![0, 1], classes()).unwrap();
        let error = DataSet::new("pets", new(8, &[0, 1]).unwrap(), Some(wide)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the test images of pets: found images of 1x1x4, expected 2x1x2, as the training images are"
        );
    }
}
