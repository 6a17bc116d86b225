//! Images with masks: a class for every pixel.
//!
//! ```text
//!  cells/images/1.png            cells/train/images/1.png          voc/JPEGImages/1.jpg
//!  cells/images/2.jpg     or     cells/train/masks/1.png     or    voc/SegmentationClass/1.png
//!  cells/masks/1.png             cells/test/images/9.png
//!  cells/masks/2.png             cells/test/masks/9.png            (see `layout` for other names)
//! ```
//!
//! An image and its mask have one name, but for the ending. Masks are PNG files in grey or with a palette, whose values or indices are
//! numbers of classes from 0; 255 says that a pixel counts for nothing, as in Pascal VOC. What other values mean can be said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage};
use rayon::prelude::*;
use skiplayer::{Error, Result, message};
use skiplayer_deep::data::{DataSet, IGNORED, Images, PictureOptions, Shape};
use skiplayer_deep::options::SIZE;

use super::folder::all_or_first_error;
use super::layout::{Parts, entries, parts};
use super::left_out::LeftOut;
use super::mask_file::{UNKNOWN, read_mask};
use super::mask_values::{Counts, class_names, class_of};
use super::picture::{self, extension, unreadable};

/// Names of the folders for images and for their masks.
#[derive(Debug, Clone, Copy)]
struct Folders {
    images: &'static str,
    masks: &'static str,
    /// Whether images may have no mask: then they are left out.
    is_partial: bool,
}

const FOLDERS: [Folders; 4] = [
    Folders { images: "images", masks: "masks", is_partial: false },
    Folders { images: "JPEGImages", masks: "SegmentationClass", is_partial: true },
    Folders { images: "images", masks: "labels", is_partial: false },
    Folders { images: "imgs", masks: "masks", is_partial: false },
];

impl Folders {
    fn are_in(self, folder: &Path) -> bool {
        folder.join(self.images).is_dir() && folder.join(self.masks).is_dir()
    }

    /// Those in `source`, or in the part of it that is for training.
    fn find(source: &Path) -> Result<Option<Self>> {
        let (Parts { train, .. }, _) = parts(source)?;
        Ok(FOLDERS.into_iter().find(|folders| folders.are_in(source) || folders.are_in(&train)))
    }
}

/// Whether images and masks are in this folder, or in the one inside of it that is for training.
pub fn are_in(source: &Path) -> Result<bool> {
    Folders::find(source).map(|found| found.is_some())
}

/// The set called `set_name` in the folder `source`.
pub fn read(set_name: String, source: &Path, options: &PictureOptions) -> Result<DataSet> {
    let folders = Folders::find(source)?.unwrap_or(FOLDERS[0]);
    let (paths, mut notes) = match folders.are_in(source) {
        true => (Parts { train: source.to_owned(), validation: None, test: None }, Vec::new()),
        false => parts(source)?,
    };
    let mut left_out = LeftOut::default();
    let read = |folder: PathBuf| Part::read(&folder, folders, options, &mut left_out);
    let read = paths.try_map(read)?;
    notes.extend(left_out.notes(source));
    let (classes, more) = match &options.masks {
        Some(values) => (class_names(values)?, Vec::new()),
        None => {
            let masks = read.iter().flat_map(|part| &part.pairs).map(|pair| &pair.mask);
            Counts::of(masks).classes(&source.join(folders.masks))?
        }
    };
    notes.extend(more);
    let has_colour = read.iter().flat_map(|part| &part.pairs).any(|pair| pair.image.color().has_color());
    let first = read.train.pairs[0].size();
    let first_path = read.train.pairs[0].path.clone();
    let images = |part: Part| part.images(has_colour, first, &first_path, &classes);
    let Parts { train, validation, test } = read.try_map(images)?;
    Ok(DataSet::new(set_name, train, test)?.with_validation(validation)?.with_notes(notes))
}

/// An image with its mask: numbers of classes, or [`UNKNOWN`].
struct Pair {
    path: PathBuf,
    image: DynamicImage,
    mask: GrayImage,
}

impl Pair {
    fn read(path: &Path, mask_path: &Path, options: &PictureOptions) -> Result<Self> {
        let picture = picture::read(path)?;
        if picture.was_turned {
            return Err(Error::input(
                path.display().to_string(),
                "a picture that its EXIF data turn, beside a mask that they do not turn",
            )
            .expected("a picture that is stored upright")
            .hint("turn the pixels themselves (`magick mogrify -auto-orient`), and see that the mask fits"));
        }
        let image = picture.image;
        let mut mask = read_mask(mask_path, options.masks.is_some())?;
        let (found, expected) = (mask.dimensions(), (image.width(), image.height()));
        if found != expected {
            return Err(Error::input(mask_path.display().to_string(), sized("a mask", (found.1, found.0)))
                .expected(format!("{} x {}, as {} is", expected.1, expected.0, path.display())));
        }
        if let Some(values) = &options.masks {
            mask.pixels_mut().for_each(|pixel| pixel.0[0] = class_of(values, pixel.0[0]));
        }
        let (image, mask) = match options.size {
            Some(size) => {
                (picture::fitted(&image, size, options.fit), picture::fitted_mask(mask, size, options.fit, UNKNOWN))
            }
            None => (image, mask),
        };
        Ok(Self { path: path.to_owned(), image, mask })
    }

    /// (height, width)
    fn size(&self) -> (u32, u32) {
        (self.image.height(), self.image.width())
    }
}

fn sized(what: &str, (height, width): (u32, u32)) -> String {
    format!("{what} of {height} x {width} (height x width)")
}

/// The images of one part, in the order of their names.
struct Part {
    pairs: Vec<Pair>,
}

impl Part {
    fn read(folder: &Path, folders: Folders, options: &PictureOptions, left_out: &mut LeftOut) -> Result<Self> {
        let images = by_stem(&folder.join(folders.images), left_out)?;
        let mut masks = by_stem(&folder.join(folders.masks), left_out)?;
        if masks.is_empty() {
            return Err(Error::input(folder.join(folders.masks).display().to_string(), "no pictures")
                .expected("a mask for each image: a PNG file of its name, whose values are numbers of classes")
                .hint("boxes and polygons in text files have to be drawn first"));
        }
        let mut paths = Vec::new();
        for (stem, image) in images {
            match masks.remove(&stem) {
                Some(mask) => paths.push((image, mask)),
                None if folders.is_partial => left_out.without_mask.push(image),
                None => {
                    let missing = folder.join(folders.masks).join(format!("{stem}.png"));
                    return Err(Error::input(image.display().to_string(), "an image without a mask")
                        .expected(format!("the mask {}", missing.display())));
                }
            }
        }
        if let Some(mask) = masks.values().next() {
            return Err(Error::input(mask.display().to_string(), "a mask without an image")
                .expected(format!("an image of that name in {}", folder.join(folders.images).display())));
        }
        if paths.is_empty() {
            return Err(Error::input(folder.join(folders.images).display().to_string(), "no pictures")
                .expected(format!("{} files", picture::READABLE_KINDS)));
        }
        let pairs = paths.par_iter().map(|(image, mask)| Pair::read(image, mask, options)).collect();
        Ok(Self { pairs: all_or_first_error(pairs)? })
    }

    /// All of them as images of the size `first`, which is that of the image at `first_path`.
    fn images(self, has_colour: bool, first: (u32, u32), first_path: &Path, classes: &[String]) -> Result<Images> {
        let channels = if has_colour { 3 } else { 1 };
        let shape = Shape::new(channels, first.0 as usize, first.1 as usize);
        let (mut pixels, mut masks) = (Vec::new(), Vec::new());
        for pair in self.pairs {
            if pair.size() != first {
                return Err(Error::input(pair.path.display().to_string(), sized("a picture", pair.size()))
                    .expected(format!("{} x {}, as {} is", first.0, first.1, first_path.display()))
                    .hint(message![
                        "choose a size, to which images and masks are brought together: ",
                        SIZE.mention()
                    ]));
            }
            match has_colour {
                true => pixels.extend(pair.image.into_rgb8().into_raw()),
                false => pixels.extend(pair.image.into_luma8().into_raw()),
            }
            let class = |&value: &u8| if value == UNKNOWN { IGNORED } else { u16::from(value) };
            masks.extend(pair.mask.as_raw().iter().map(class));
        }
        Images::with_masks(shape, pixels, masks, classes.to_vec())
    }
}

/// The pictures in `folder` by their names without endings.
fn by_stem(folder: &Path, left_out: &mut LeftOut) -> Result<BTreeMap<String, PathBuf>> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in entries(folder)? {
        if path.is_dir() {
            left_out.folders.push(path);
            continue;
        }
        let Some(extension) = extension(&path) else {
            left_out.files.push(path);
            continue;
        };
        if let Some(error) = unreadable(&path, &extension) {
            return Err(error);
        }
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(other) = found.insert(stem, path.clone()) {
            return Err(Error::input(path.display().to_string(), format!("the name of {} too", other.display()))
                .expected("one picture of a name, whatever its ending"));
        }
    }
    Ok(found)
}
