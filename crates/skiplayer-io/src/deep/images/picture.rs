//! One PNG or JPEG file.

use std::path::Path;

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader};
use skiplayer::error::Place;
use skiplayer::{Error, Result};

use crate::foreign::guarded;

/// The picture at `path`, upright, brought to `size` (height, width) if one is given.
///
/// Transparency is dropped, and 16 bits a channel become 8.
pub fn read(path: &Path, size: Option<[usize; 2]>) -> Result<DynamicImage> {
    let place = Place::of_file(path);
    let refused = |why: String| {
        Error::input(place, format!("a picture that cannot be decoded ({why})"))
            .expected("a whole PNG or JPEG file")
            .hint("open it in a viewer; convert it, fetch it again or take it out")
    };
    let picture = match guarded(|| decode(path)) {
        Some(decoded) => decoded.map_err(|error| refused(error.to_string()))?,
        None => return Err(refused("its parts contradict each other".to_owned())),
    };
    let Some([height, width]) = size else { return Ok(picture) };
    // A linear filter as wide as a pixel of the result: shrinking without aliases, and nothing beyond the range of bytes.
    Ok(picture.resize_to_fill(width as u32, height as u32, FilterType::Triangle))
}

fn decode(path: &Path) -> image::ImageResult<DynamicImage> {
    let mut decoder = ImageReader::open(path)?.with_guessed_format()?.into_decoder()?;
    // Cameras store pictures as the sensor was held.
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}
