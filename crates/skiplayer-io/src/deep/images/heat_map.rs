//! Pictures with what a network sees in them: grey, under colours from yellow to red.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::imageops::{self, FilterType};
use image::{ImageBuffer, ImageFormat, Luma, Rgb, RgbImage};
use skiplayer::{Error, Result};
use skiplayer_deep::data::Shape;

use crate::write_atomic;

/// How much of the picture is left where the map is highest.
const LEFT: f32 = 0.35;
/// Pictures whose longer side is smaller than this are enlarged by a whole number of times, so that people see something.
const SMALLEST: u32 = 256;

/// Writes the `image` of `shape` (bytes: height, width, channels) under a map of `height` and `width`, whose positive values count: its
/// highest value is red, the half of it yellow, and what is below zero leaves the picture as it is.
///
/// # Errors
/// Sizes that do not fit together, or a place that cannot be written to.
pub fn write_heat_map(path: &Path, image: &[u8], shape: Shape, [height, width]: [usize; 2], map: &[f32]) -> Result<()> {
    let failed = |error: String| Error::failure(path.display().to_string(), error);
    let sizes = || failed("a map and a picture of other sizes than announced".to_owned());
    let grey: Vec<u8> = match shape.channels {
        3 => image
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[r, g, b]| ((u16::from(*r) + u16::from(*g) + u16::from(*b)) / 3) as u8)
            .collect(),
        _ => image.to_vec(),
    };
    let (columns, rows) = (shape.width as u32, shape.height as u32);
    let picture = ImageBuffer::<Luma<u8>, _>::from_raw(columns, rows, grey).ok_or_else(sizes)?;
    let map = ImageBuffer::<Luma<f32>, _>::from_raw(width as u32, height as u32, map.to_vec()).ok_or_else(sizes)?;
    let times = SMALLEST.div_ceil(columns.max(rows).max(1)).max(1);
    let (columns, rows) = (columns * times, rows * times);
    let picture = imageops::resize(&picture, columns, rows, FilterType::Nearest);
    let map = imageops::resize(&map, columns, rows, FilterType::Triangle);
    let highest = map.pixels().map(|Luma([value])| *value).fold(0.0, f32::max);
    let whole = RgbImage::from_fn(columns, rows, |x, y| {
        let Luma([grey]) = *picture.get_pixel(x, y);
        let heat = if highest > 0.0 { (map.get_pixel(x, y).0[0] / highest).clamp(0.0, 1.0) } else { 0.0 };
        blended(grey, heat)
    });
    let mut bytes = Cursor::new(Vec::new());
    whole.write_to(&mut bytes, ImageFormat::Png).map_err(|error| failed(error.to_string()))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    }
    write_atomic(path, &bytes.into_inner())
}

/// A grey level under `heat` from 0 to 1.
fn blended(grey: u8, heat: f32) -> Rgb<u8> {
    let weight = heat * (1.0 - LEFT);
    // Yellow up to the half, then with less and less green.
    let colour = [255.0, 255.0 * (2.0 - 2.0 * heat).clamp(0.0, 1.0), 0.0];
    Rgb(colour.map(|level| ((1.0 - weight) * f32::from(grey) + weight * level).round() as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_is_where_the_map_is_high() {
        assert_eq!(blended(100, 0.0), Rgb([100; 3]));
        let Rgb([red, green, blue]) = blended(100, 1.0);
        assert!(red > 190 && green < 40 && blue < 40);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps/cat.png");
        let shape = Shape::new(1, 4, 4);
        write_heat_map(&path, &[100; 16], shape, [2, 2], &[-1.0, 0.0, 0.0, 3.0]).unwrap();
        let found = image::open(&path).unwrap().into_rgb8();
        assert_eq!(found.dimensions(), (256, 256));
        assert_eq!(found.get_pixel(0, 0), &Rgb([100; 3]));
        assert_eq!(found.get_pixel(255, 255), &blended(100, 1.0));
        // Nothing speaks for the class: the picture as it is.
        write_heat_map(&path, &[7; 16], shape, [1, 1], &[-2.0]).unwrap();
        assert!(image::open(&path).unwrap().into_rgb8().pixels().all(|pixel| *pixel == Rgb([7; 3])));
        assert!(write_heat_map(&path, &[7; 15], shape, [1, 1], &[0.0]).is_err());
    }
}
