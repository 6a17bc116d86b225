//! Images with masks: a class for every pixel.
//!
//! ```text
//!  cells/images/1.png            cells/train/images/1.png
//!  cells/images/2.jpg     or     cells/train/masks/1.png
//!  cells/masks/1.png             cells/test/images/9.png      (test, val or validation)
//!  cells/masks/2.png             cells/test/masks/9.png
//! ```
//!
//! An image and its mask have one name, but for the ending. Masks are grey PNG files, whose values are numbers of classes from 0; 255
//! says that a pixel counts for nothing, as in Pascal VOC.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage, ImageFormat};
use rayon::prelude::*;
use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, IGNORED, Images, Shape};

use super::folder::{entries, extension, in_parts, unreadable};
use super::options::name;
use super::{file, picture};
use crate::write_atomic;

const IMAGES: &str = "images";
const MASKS: &str = "masks";
/// The grey value of a pixel that counts for nothing.
const UNKNOWN: u8 = 255;

/// How a PNG begins, and where in it are the bits a value and the kind of colour (ISO/IEC 15948, 11.2.2).
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const BIT_DEPTH: usize = 24;
const COLOUR: usize = 25;

/// Whether images and masks are in this folder, or in the one inside of it that is for training.
pub fn are_in(source: &Path) -> bool {
    let has_both = |folder: &Path| [IMAGES, MASKS].iter().all(|part| folder.join(part).is_dir());
    has_both(source) || has_both(&source.join("train"))
}

pub fn read(source: &Path) -> Result<DataSet> {
    let (train, test) = in_parts(source);
    let (train, test) = (Part::read(&train)?, test.map(|folder| Part::read(&folder)).transpose()?);
    let parts = || std::iter::once(&train).chain(&test);
    let classes = classes(source, parts().flat_map(|part| &part.pairs))?;
    let has_colour = parts().flat_map(|part| &part.pairs).any(|pair| pair.image.color().has_color());
    let first = train.pairs[0].size();
    let first_path = train.pairs[0].path.clone();
    let images = |part: Part| part.images(has_colour, first, &first_path, &classes);
    let (train, test) = (images(train)?, test.map(images).transpose()?);
    DataSet::new(name(source), train, test)
}

/// An image with its mask.
struct Pair {
    path: PathBuf,
    image: DynamicImage,
    mask: Vec<u8>,
}

impl Pair {
    fn read(path: &Path, mask_path: &Path) -> Result<Self> {
        let image = picture::read(path, None)?;
        let mask = read_mask(mask_path)?;
        let (found, expected) = (mask.dimensions(), (image.width(), image.height()));
        if found != expected {
            return Err(Error::input(mask_path.display().to_string(), sized("a mask", (found.1, found.0)))
                .expected(format!("{} x {}, as {} is", expected.1, expected.0, path.display())));
        }
        Ok(Self { path: path.to_owned(), image, mask: mask.into_raw() })
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
    fn read(folder: &Path) -> Result<Self> {
        let (images, mut masks) = (by_stem(&folder.join(IMAGES))?, by_stem(&folder.join(MASKS))?);
        let mut paths = Vec::new();
        for (stem, image) in images {
            let mask = masks.remove(&stem).ok_or_else(|| {
                let missing = folder.join(MASKS).join(format!("{stem}.png"));
                Error::input(image.display().to_string(), "an image without a mask")
                    .expected(format!("the mask {}", missing.display()))
            })?;
            paths.push((image, mask));
        }
        if let Some(mask) = masks.values().next() {
            return Err(Error::input(mask.display().to_string(), "a mask without an image")
                .expected(format!("an image of that name in {}", folder.join(IMAGES).display())));
        }
        if paths.is_empty() {
            return Err(
                Error::input(folder.join(IMAGES).display().to_string(), "no pictures").expected("PNG or JPEG files")
            );
        }
        Ok(Self { pairs: paths.par_iter().map(|(image, mask)| Pair::read(image, mask)).collect::<Result<_>>()? })
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
                    .hint("cut or scale images and masks to one size"));
            }
            match has_colour {
                true => pixels.extend(pair.image.into_rgb8().into_raw()),
                false => pixels.extend(pair.image.into_luma8().into_raw()),
            }
            masks.extend(pair.mask.iter().map(|&value| if value == UNKNOWN { IGNORED } else { u16::from(value) }));
        }
        Images::with_masks(shape, pixels, masks, classes.to_vec())
    }
}

/// The pictures in `folder` by their names without endings.
fn by_stem(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in entries(folder)? {
        let Some(extension) = extension(&path) else { continue };
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

/// Names of classes, which are their numbers: from 0 to the largest in any mask.
fn classes<'a>(source: &Path, pairs: impl Iterator<Item = &'a Pair>) -> Result<Vec<String>> {
    let values = pairs.flat_map(|pair| &pair.mask).copied().filter(|&value| value != UNKNOWN);
    let largest = values.max().unwrap_or(0);
    if largest == 0 {
        return Err(Error::input(source.join(MASKS).display().to_string(), "masks of one class")
            .expected("grey values 0, 1 and so on, one for each class")
            .hint("255 says that a pixel counts for nothing: masks of black and white have to become 0 and 1"));
    }
    Ok((0..=largest).map(|class| class.to_string()).collect())
}

/// The mask at `path`: the grey values as they were written.
fn read_mask(path: &Path) -> Result<GrayImage> {
    let bytes = fs::read(path).map_err(|error| file::cannot_read(path, &error))?;
    let refused = |found: String| {
        Error::input(path.display().to_string(), found)
            .expected("a grey PNG of at most 8 bits, whose values are numbers of classes")
            .hint("JPEG changes values, and colours or a palette hide them: save the numbers themselves")
    };
    if !bytes.starts_with(SIGNATURE) {
        return Err(refused("a mask that is no PNG".to_owned()));
    }
    // What the decoder hands out is grey of 8 bits too where the file holds fewer, spread over 0 to 255.
    let spread = match (bytes.get(BIT_DEPTH), bytes.get(COLOUR)) {
        (Some(bits @ (1 | 2 | 4 | 8)), Some(0)) => u8::MAX / (u8::MAX >> (8 - bits)),
        (Some(_), Some(3)) => return Err(refused("a mask with a palette".to_owned())),
        (Some(bits), Some(0 | 4)) => return Err(refused(format!("a grey mask of {bits} bits, or with transparency"))),
        (_, Some(_)) => return Err(refused("a mask in colour".to_owned())),
        _ => 1,
    };
    let mask = image::load_from_memory_with_format(&bytes, ImageFormat::Png)
        .map_err(|error| refused(format!("a mask that cannot be decoded ({error})")))?;
    let mut mask = mask.into_luma8();
    mask.pixels_mut().for_each(|pixel| pixel.0[0] /= spread);
    Ok(mask)
}

/// Writes the classes of the pixels of one image (height, width) to a grey PNG.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) for classes that no grey value stands for, or a place that cannot be written to.
pub fn write_mask(path: &Path, shape: Shape, classes: &[u16]) -> Result<()> {
    let failed = |error: String| Error::failure(path.display().to_string(), error);
    let level = |&class: &u16| {
        u8::try_from(class).ok().filter(|&level| level != UNKNOWN).ok_or_else(|| {
            Error::input(path.display().to_string(), format!("the class {class}"))
                .expected("at most 254, the largest grey value that is a class")
        })
    };
    let levels = classes.iter().map(level).collect::<Result<Vec<u8>>>()?;
    let mask = GrayImage::from_raw(shape.width as u32, shape.height as u32, levels)
        .ok_or_else(|| failed(format!("{} classes for {shape}", classes.len())))?;
    let mut bytes = Cursor::new(Vec::new());
    mask.write_to(&mut bytes, ImageFormat::Png).map_err(|error| failed(error.to_string()))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    }
    write_atomic(path, &bytes.into_inner())
}
