//! Batches: chosen images as numbers, ready for a network.

use rayon::prelude::*;

use super::{IGNORED, Images, Labelled, Normalisation, Shape};
use crate::augment::{Augment, Placement};
use crate::draw::{Draw, Purpose};

/// Order of the values of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// (n, height, width, channels)
    ChannelsLast,
    /// (n, channels, height, width)
    ChannelsFirst,
}

/// Images as numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageBatch {
    /// n images in the layout that was asked for.
    pub values: Vec<f32>,
    /// n positions in the list of classes, or n masks (height, width) of them.
    pub labels: Vec<u16>,
    /// Of one image.
    pub shape: Shape,
    pub layout: Layout,
}

/// Makes batches, on the threads of the rayon pool that it is called in.
#[derive(Debug, Clone, Copy)]
pub struct Batcher<'a> {
    pub images: &'a Images,
    pub normalisation: &'a Normalisation,
    pub layout: Layout,
}

impl Batcher<'_> {
    /// The images `indices` as they are, for validation and tests.
    ///
    /// # Panics
    /// If an index or the normalisation is of other images.
    pub fn plain(&self, indices: &[u32]) -> ImageBatch {
        self.assemble(indices, &Augment::NONE, |_| Augment::NONE.centre())
    }

    /// The images `indices` as epoch `epoch` sees them: the same numbers for any batch that they are part of.
    ///
    /// # Panics
    /// If an index or the normalisation is of other images.
    pub fn augmented(&self, indices: &[u32], augment: &Augment, seed: u64, epoch: u32) -> ImageBatch {
        self.assemble(indices, augment, |image| augment.placement(seed, epoch, image))
    }

    fn assemble(&self, indices: &[u32], augment: &Augment, place: impl Fn(u32) -> Placement + Sync) -> ImageBatch {
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
        ImageBatch { values, labels, shape, layout: self.layout }
    }

    /// One image; what is outside stays zero.
    fn write(&self, values: &mut [f32], image: &[u8], augment: &Augment, placement: Placement) {
        let Shape { height, width, channels } = self.images.shape();
        // Where channel c of a pixel goes: a stride for each.
        let (pixel, channel) = match self.layout {
            Layout::ChannelsLast => (channels, 1),
            Layout::ChannelsFirst => (1, height * width),
        };
        self.pixels(augment, placement, |to, from| {
            for c in 0..channels {
                let from = from * channels + c;
                values[to * pixel + c * channel] = self.normalisation.apply(image[from], from);
            }
        });
    }

    /// Tells `copy` of each pixel of a placed image and of the one that it is taken from, where there is one.
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

/// The images `indices` in the order of epoch `epoch`, every order being equally likely.
pub fn epoch_order(indices: &[u32], seed: u64, epoch: u32) -> Vec<u32> {
    let mut order = indices.to_vec();
    Draw::new(seed, Purpose::Shuffle, epoch, 0).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Padding;
    use crate::data::Standard;

    const SHAPE: Shape = Shape { height: 5, width: 6, channels: 3 };

    fn images() -> Images {
        let mut draw = Draw::new(1, Purpose::Subset, 0, 0);
        let pixels = (0..40 * SHAPE.size() as usize).map(|_| draw.word() as u8).collect();
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
            let batcher = Batcher { images: &images, normalisation: &normalisation, layout: Layout::ChannelsLast };
            let batch = batcher.augmented(&images.indices(), &augment, 5, 2);
            for (i, values) in (0..).zip(batch.values.chunks(SHAPE.size() as usize)) {
                assert_eq!(values, slowly(&normalisation, images.image(i), &augment, augment.placement(5, 2, i)));
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
        let batcher = Batcher { images: &images, normalisation: &normalisation, layout: Layout::ChannelsFirst };
        for padding in [Padding::Zero, Padding::Reflect] {
            let augment = Augment { pad: 3, padding, flip: true };
            let batch = batcher.augmented(&[2, 0, 1], &augment, 5, 2);
            let outside = batch.labels.iter().filter(|&&label| label == IGNORED).count();
            assert_eq!(outside > 0, padding == Padding::Zero);
            let together = |(&label, &value): (&u16, &f32)| {
                if label == IGNORED { value == 0.0 } else { value == f32::from(label) }
            };
            assert!(batch.labels.iter().zip(&batch.values).all(together));
        }
        assert_eq!(batcher.plain(&[1]).labels, images.labels_of(1));
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads_and_any_batch() {
        let images = images();
        let normalisation = Normalisation::fit(Standard::Channel, &images, &images.indices()).unwrap();
        let batcher = Batcher { images: &images, normalisation: &normalisation, layout: Layout::ChannelsLast };
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
    fn layouts_hold_the_same_values() {
        let images = images();
        let normalisation = Normalisation::fit(Standard::PixelMean, &images, &[0]).unwrap();
        let batch = |layout| Batcher { images: &images, normalisation: &normalisation, layout }.plain(&[7, 3]);
        let (last, first) = (batch(Layout::ChannelsLast), batch(Layout::ChannelsFirst));
        assert_eq!(last.labels, [3, 3]);
        for (n, y, x, c) in [(0, 0, 0, 0), (1, 4, 2, 1), (0, 3, 5, 2), (1, 0, 1, 0)] {
            let (at_last, at_first) = (((n * 5 + y) * 6 + x) * 3 + c, ((n * 3 + c) * 5 + y) * 6 + x);
            assert_eq!(last.values[at_last], first.values[at_first]);
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
