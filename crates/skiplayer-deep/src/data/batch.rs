//! Batches: chosen examples as numbers, ready for a network, with what it should say of them.

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;
use skiplayer::{Error, Result};

use super::augment::{Augment, Placement};
use super::{Answers, IGNORED, Images, Labelled, Normalisation, Rows, Shape};
use crate::rng::{Purpose, Stream};

/// Examples that go through the network together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `(n, channels, height, width)`, row by row.
    pub values: Vec<f32>,
    /// Of one example.
    pub shape: Shape,
    pub targets: Targets,
}

/// What the outputs should be.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// One class an example, or one a pixel where outputs are maps, row by row; [`IGNORED`] counts for nothing.
    Classes(Vec<u16>),
    /// As many numbers an example as the network has outputs, row by row.
    Numbers(Vec<f32>),
}

impl Batch {
    /// Examples.
    pub fn len(&self) -> usize {
        self.values.len() / (self.shape.size() as usize).max(1)
    }

    /// Are there no examples?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As the network takes it, `(n, channels, height, width)`.
    ///
    /// # Errors
    /// No whole images, or none.
    pub fn tensor(&self, device: &Device) -> Result<Tensor<4>> {
        let Shape { channels, height, width } = self.shape;
        let n = self.len();
        if n == 0 || self.values.len() != n * self.shape.size() as usize {
            return Err(Error::input("batch", format!("{} numbers", self.values.len()))
                .expected(format!("a number of whole images of {}", self.shape)));
        }
        Ok(Tensor::from_data(TensorData::new(self.values.clone(), [n, channels, height, width]), device))
    }
}

impl Targets {
    /// Those of the rows `rows` of `n`; too many or too few where all of them are.
    pub fn of_rows(&self, rows: std::ops::Range<usize>, n: usize) -> Self {
        fn part<T: Clone>(all: &[T], rows: std::ops::Range<usize>, n: usize) -> Vec<T> {
            let each = all.len().div_ceil(n.max(1));
            all[(rows.start * each).min(all.len())..(rows.end * each).min(all.len())].to_vec()
        }
        match self {
            Self::Classes(classes) => Self::Classes(part(classes, rows, n)),
            Self::Numbers(numbers) => Self::Numbers(part(numbers, rows, n)),
        }
    }
}

/// Makes batches, on the threads of the rayon pool that it is called in.
#[derive(Debug, Clone, Copy)]
pub struct Batcher<'a> {
    pub images: &'a Images,
    pub normalisation: &'a Normalisation,
}

impl Batcher<'_> {
    /// The images `indices` as they are, for validation and tests.
    ///
    /// # Panics
    /// If an index or the normalisation is of other images.
    pub fn plain(&self, indices: &[u32]) -> Batch {
        self.assemble(indices, &Augment::NONE, |_| Augment::NONE.centre())
    }

    /// The images `indices` as epoch `epoch` sees them: the same numbers for any batch that they are part of.
    ///
    /// # Panics
    /// If an index or the normalisation is of other images.
    pub fn augmented(&self, indices: &[u32], augment: &Augment, seed: u64, epoch: u32) -> Batch {
        self.assemble(indices, augment, |image| augment.placement(seed, epoch, image))
    }

    fn assemble(&self, indices: &[u32], augment: &Augment, place: impl Fn(u32) -> Placement + Sync) -> Batch {
        let shape = self.images.shape();
        assert_eq!(self.normalisation.shape(), shape, "a normalisation of other images");
        let mut values = vec![0.0; indices.len() * shape.size() as usize];
        values.par_chunks_exact_mut(shape.size() as usize).zip(indices).for_each(|(values, &i)| {
            self.write(values, self.images.image(i), augment, place(i));
        });
        let n_labels = self.images.n_labels();
        let mut labels = vec![IGNORED; indices.len() * n_labels];
        labels.par_chunks_exact_mut(n_labels).zip(indices).for_each(|(labels, &i)| match self.images.labelled() {
            Labelled::Image => labels.copy_from_slice(self.images.labels_of(i)),
            Labelled::Pixel => {
                let mask = self.images.labels_of(i);
                self.pixels(augment, place(i), |to, from| labels[to] = mask[from]);
            }
        });
        Batch { values, shape, targets: Targets::Classes(labels) }
    }

    /// One image; what is outside stays zero.
    fn write(&self, values: &mut [f32], image: &[u8], augment: &Augment, placement: Placement) {
        let Shape { height, width, channels } = self.images.shape();
        self.pixels(augment, placement, |to, from| {
            for c in 0..channels {
                let from = from * channels + c;
                values[c * height * width + to] = self.normalisation.apply(image[from], from);
            }
        });
    }

    /// Calls `copy` with each pixel of a placed image and the one that it is taken from, where there is one.
    #[inline]
    fn pixels(&self, augment: &Augment, placement: Placement, mut copy: impl FnMut(usize, usize)) {
        let Shape { height, width, .. } = self.images.shape();
        for y in 0..height {
            let Some(from_y) = augment.source(y, placement.top, height) else { continue };
            for x in 0..width {
                let mirrored = if placement.flipped { width - 1 - x } else { x };
                let Some(from_x) = augment.source(mirrored, placement.left, width) else { continue };
                copy(y * width + x, from_y * width + from_x);
            }
        }
    }
}

/// The rows `chosen` as they are.
///
/// # Panics
/// If an index is of other rows.
pub fn rows_batch(rows: &Rows, chosen: &[u32]) -> Batch {
    let values = chosen.iter().flat_map(|&i| rows.row(i)).copied().collect();
    let targets = match rows.answers() {
        Answers::Classes { labels, .. } => Targets::Classes(chosen.iter().map(|&i| labels[i as usize]).collect()),
        Answers::Numbers { values, names } => {
            let n = names.len();
            Targets::Numbers(chosen.iter().flat_map(|&i| &values[i as usize * n..][..n]).copied().collect())
        }
    };
    Batch { values, shape: Shape::row(rows.n_features()), targets }
}

/// The images `indices` in the order of epoch `epoch`, every order being equally likely.
pub fn epoch_order(indices: &[u32], seed: u64, epoch: u32) -> Vec<u32> {
    let mut order = indices.to_vec();
    Stream::new(seed, Purpose::Shuffle, epoch, 0).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Standard;
    use crate::data::augment::Padding;

    const SHAPE: Shape = Shape { height: 5, width: 6, channels: 3 };

    fn images() -> Images {
        let mut stream = Stream::new(1, Purpose::Subset, 0, 0);
        let pixels = (0..40 * SHAPE.size() as usize).map(|_| stream.word() as u8).collect();
        Images::new(SHAPE, pixels, (0..40).map(|i| i % 4).collect(), ["a", "b", "c", "d"].map(String::from).to_vec())
            .unwrap()
    }

    /// The same by a padded copy of the normalised image, as the paper describes it.
    fn slowly(normal: &Normalisation, image: &[u8], augment: &Augment, placement: Placement) -> Vec<f32> {
        let Shape { height, width, channels } = SHAPE;
        let pad = augment.pad;
        let (h, w) = (height + 2 * pad, width + 2 * pad);
        let inside = |at: usize, size: usize| -> Option<usize> {
            let at = at as isize - pad as isize;
            let last = size as isize - 1;
            let mirrored = if at < 0 {
                -at
            } else if at > last {
                2 * last - at
            } else {
                at
            };
            (augment.padding == Padding::Reflect || mirrored == at).then_some(mirrored as usize)
        };
        let mut padded = vec![0.0; h * w * channels];
        for (y, x, c) in (0..h).flat_map(|y| (0..w).flat_map(move |x| (0..channels).map(move |c| (y, x, c)))) {
            if let (Some(from_y), Some(from_x)) = (inside(y, height), inside(x, width)) {
                let from = (from_y * width + from_x) * channels + c;
                padded[(y * w + x) * channels + c] = normal.apply(image[from], from);
            }
        }
        let mut cropped = Vec::new();
        for y in 0..height {
            let row = &padded[((y + placement.top) * w + placement.left) * channels..][..width * channels];
            let mut pixels: Vec<&[f32]> = row.chunks(channels).collect();
            if placement.flipped {
                pixels.reverse();
            }
            cropped.extend(pixels.concat());
        }
        cropped
    }

    fn channels_first(values: &[f32]) -> Vec<f32> {
        let channels = SHAPE.channels;
        (0..channels).flat_map(|c| values.iter().skip(c).step_by(channels).copied()).collect()
    }

    #[test]
    fn crops_and_flips_agree_with_a_padded_copy() {
        let images = images();
        for (standard, padding, pad) in [
            (Standard::Channel, Padding::Zero, 2),
            (Standard::PixelMean, Padding::Zero, 4),
            (Standard::PixelMean, Padding::Reflect, 4),
        ] {
            let normalisation = Normalisation::fit(standard, &images, &images.indices()).unwrap();
            let augment = Augment { pad, padding, flip: true };
            augment.check(SHAPE).unwrap();
            let batcher = Batcher { images: &images, normalisation: &normalisation };
            let batch = batcher.augmented(&images.indices(), &augment, 5, 2);
            for (i, values) in (0..).zip(batch.values.chunks(SHAPE.size() as usize)) {
                assert_eq!(
                    values,
                    channels_first(&slowly(&normalisation, images.image(i), &augment, augment.placement(5, 2, i)))
                );
            }
        }
    }

    /// A mask that is its image goes where the image goes; what comes from outside counts for nothing.
    #[test]
    fn masks_move_with_their_images() {
        let shape = Shape { channels: 1, ..SHAPE };
        let n = shape.size() as usize;
        let pixels: Vec<u8> = (0..3 * n).map(|i| (i % 251) as u8).collect();
        let masks = pixels.iter().map(|&byte| u16::from(byte)).collect();
        let classes = (0..251).map(|class| class.to_string()).collect();
        let images = Images::with_masks(shape, pixels, masks, classes).unwrap();
        let normalisation = Normalisation::none(shape);
        let batcher = Batcher { images: &images, normalisation: &normalisation };
        for padding in [Padding::Zero, Padding::Reflect] {
            let augment = Augment { pad: 3, padding, flip: true };
            let batch = batcher.augmented(&[2, 0, 1], &augment, 5, 2);
            let Targets::Classes(labels) = &batch.targets else { panic!("numbers") };
            let outside = labels.iter().filter(|&&label| label == IGNORED).count();
            assert_eq!(outside > 0, padding == Padding::Zero);
            let together = |(&label, &value): (&u16, &f32)| {
                if label == IGNORED { value == 0.0 } else { value == f32::from(label) }
            };
            assert!(labels.iter().zip(&batch.values).all(together));
        }
        assert_eq!(batcher.plain(&[1]).targets, Targets::Classes(images.labels_of(1).to_vec()));
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads_and_any_batch() {
        let images = images();
        let normalisation = Normalisation::fit(Standard::Channel, &images, &images.indices()).unwrap();
        let batcher = Batcher { images: &images, normalisation: &normalisation };
        let order = epoch_order(&images.indices(), 3, 1);
        let values = |n_threads: usize, batch: usize| -> Vec<u32> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            let batches =
                order.chunks(batch).map(|chunk| pool.install(|| batcher.augmented(chunk, &Augment::HE_2015, 3, 1)));
            batches.flat_map(|batch| batch.values).map(f32::to_bits).collect()
        };
        let expected = values(1, 40);
        for (n_threads, batch) in [(2, 40), (5, 40), (1, 1), (3, 7)] {
            assert_eq!(values(n_threads, batch), expected, "{n_threads} threads, batches of {batch}");
        }
    }

    #[test]
    fn channels_come_one_after_the_other() {
        let images = images();
        let normalisation = Normalisation::fit(Standard::PixelMean, &images, &[0]).unwrap();
        let batch = Batcher { images: &images, normalisation: &normalisation }.plain(&[7, 3]);
        assert_eq!(batch.targets, Targets::Classes(vec![3, 3]));
        for (n, y, x, c) in [(0, 0, 0, 0), (1, 4, 2, 1), (0, 3, 5, 2), (1, 0, 1, 0)] {
            let from = (y * 6 + x) * 3 + c;
            let expected = normalisation.apply(images.image([7, 3][n])[from], from);
            assert_eq!(batch.values[((n * 3 + c) * 5 + y) * 6 + x], expected);
        }
    }

    #[test]
    fn an_epoch_holds_every_image_once_in_an_order_of_its_own() {
        let indices: Vec<u32> = (0..100).map(|i| 3 * i).collect();
        let order = epoch_order(&indices, 1, 0);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, indices);
        assert!(order != indices && order != epoch_order(&indices, 1, 1) && order == epoch_order(&indices, 1, 0));
    }
}
