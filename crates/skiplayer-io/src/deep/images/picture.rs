//! One file with a picture.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, GrayImage, ImageDecoder, ImageReader, Luma};
use skiplayer::error::Place;
use skiplayer::{Error, Result};
use skiplayer_deep::data::Fit;

use super::file::cannot_read;
use crate::foreign::guarded;

const READABLE: [&str; 10] = ["png", "jpg", "jpeg", "jpe", "jfif", "bmp", "pbm", "pgm", "ppm", "pnm"];
/// Pictures all the same: to pass them over would change the data set silently.
const UNREADABLE: [&str; 9] = ["webp", "gif", "tif", "tiff", "avif", "heic", "heif", "jxl", "svg"];
/// What is named in messages.
pub const READABLE_KINDS: &str = "PNG, JPEG, BMP or PNM";

/// A picture, upright.
pub struct Picture {
    pub image: DynamicImage,
    /// Whether it was stored otherwise, as cameras do.
    pub was_turned: bool,
}

/// The ending of a picture's name in small letters; none of other files.
pub fn extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    [&READABLE[..], &UNREADABLE[..]].concat().contains(&extension.as_str()).then_some(extension)
}

/// What is said of a picture that cannot be read.
pub fn unreadable(path: &Path, extension: &str) -> Option<Error> {
    UNREADABLE.contains(&extension).then(|| {
        Error::input(path.display().to_string(), format!("a {extension} file"))
            .expected(READABLE_KINDS)
            .hint("convert it, or take it out")
    })
}

/// The picture at `path`.
///
/// Transparency is dropped, and 16 bits a channel become 8.
pub fn read(path: &Path) -> Result<Picture> {
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    let refused = |found: String| {
        Error::input(Place::of_file(path), found)
            .expected(format!("a whole {READABLE_KINDS} file"))
            .hint("open it in a viewer; convert it, fetch it again or take it out")
    };
    if bytes.starts_with(&JPEG) && !ends(&bytes) {
        // The decoder fills what is missing with grey.
        return Err(refused("a JPEG file whose end is missing".to_owned()));
    }
    let undecodable = |why: String| refused(format!("a picture that cannot be decoded ({why})"));
    match guarded(|| decode(&bytes)) {
        Some(decoded) => decoded.map_err(|error| undecodable(error.to_string())),
        None => Err(undecodable("its parts contradict each other".to_owned())),
    }
}

fn decode(bytes: &[u8]) -> image::ImageResult<Picture> {
    let mut decoder = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(Picture { image, was_turned: orientation != Orientation::NoTransforms })
}

/// How a JPEG file begins, and the codes of its markers that have no length (ITU-T T.81, table B.1).
const JPEG: [u8; 2] = [0xff, 0xd8];
const END: u8 = 0xd9;
const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
const SCAN: u8 = 0xda;

/// Whether a JPEG file has its end marker, outside of the segments in which cameras keep small pictures.
fn ends(bytes: &[u8]) -> bool {
    let mut at = JPEG.len();
    let mut is_scan = false;
    while at + 1 < bytes.len() {
        let code = bytes[at + 1];
        if bytes[at] != 0xff || code == 0xff {
            at += 1;
        } else if code == 0 || RESTARTS.contains(&code) {
            at += 2;
        } else if code == END {
            return is_scan;
        } else {
            let Some([high, low]) = bytes.get(at + 2..at + 4) else { return false };
            at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
            is_scan |= code == SCAN;
        }
    }
    false
}

/// `picture` brought to `size` (height, width).
pub fn fitted(picture: &DynamicImage, [height, width]: [usize; 2], fit: Fit) -> DynamicImage {
    let (width, height) = (width as u32, height as u32);
    match fit {
        // A linear filter as wide as a pixel of the result: shrinking without aliases, and nothing beyond the range of bytes.
        Fit::Crop => picture.resize_to_fill(width, height, FilterType::Triangle),
        Fit::Pad => {
            let scaled = picture.resize(width, height, FilterType::Triangle);
            let mut whole = DynamicImage::new(width, height, scaled.color());
            let (left, top) = middle((width, height), scaled.dimensions());
            imageops::replace(&mut whole, &scaled, left, top);
            whole
        }
    }
}

/// A mask brought to `size` as its picture is: no value comes out that was not there, but `outside` where there is no picture.
pub fn fitted_mask(mask: GrayImage, [height, width]: [usize; 2], fit: Fit, outside: u8) -> GrayImage {
    let (width, height) = (width as u32, height as u32);
    let mask = DynamicImage::from(mask);
    match fit {
        Fit::Crop => mask.resize_to_fill(width, height, FilterType::Nearest).into_luma8(),
        Fit::Pad => {
            let scaled = mask.resize(width, height, FilterType::Nearest).into_luma8();
            let mut whole = GrayImage::from_pixel(width, height, Luma([outside]));
            let (left, top) = middle((width, height), scaled.dimensions());
            imageops::replace(&mut whole, &scaled, left, top);
            whole
        }
    }
}

fn middle(whole: (u32, u32), part: (u32, u32)) -> (i64, i64) {
    (i64::from((whole.0 - part.0) / 2), i64::from((whole.1 - part.1) / 2))
}
