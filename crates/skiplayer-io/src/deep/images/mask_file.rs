//! Files with masks: the values as they are in the file, not the colours that they are shown in.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{GrayImage, ImageFormat};
use png::{BitDepth, ColorType, Transformations};
use skiplayer::{Error, Result};
use skiplayer_deep::data::Shape;

use super::{file, picture};
use crate::write_atomic;

/// The value of a pixel that counts for nothing.
pub const UNKNOWN: u8 = 255;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The values in the mask at `path`: grey values, or of a palette the indices. `is_any`: whether other pictures will do, in grey.
pub fn read_mask(path: &Path, is_any: bool) -> Result<GrayImage> {
    let bytes = fs::read(path).map_err(|error| file::cannot_read(path, &error))?;
    let refused = |found: String| {
        Error::input(path.display().to_string(), found)
            .expected("a grey PNG, or one with a palette, of at most 8 bits, whose values are numbers of classes")
            .hint("save the numbers themselves, or say which grey values are classes")
    };
    if !bytes.starts_with(SIGNATURE) {
        return match is_any {
            true => picture::read(path).map(|picture| picture.image.into_luma8()),
            false => Err(refused("a mask that is no PNG".to_owned())),
        };
    }
    let undecodable = |error: png::DecodingError| refused(format!("a mask that cannot be decoded ({error})"));
    let mut decoder = png::Decoder::new(Cursor::new(&bytes));
    // Palettes stay indices, and few bits are not spread over 0 to 255.
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(undecodable)?;
    let (colour, depth) = reader.output_color_type();
    match (colour, depth) {
        (
            ColorType::Grayscale | ColorType::Indexed,
            BitDepth::One | BitDepth::Two | BitDepth::Four | BitDepth::Eight,
        ) => {}
        _ if is_any => return picture::read(path).map(|picture| picture.image.into_luma8()),
        (ColorType::Grayscale | ColorType::GrayscaleAlpha, depth) => {
            return Err(refused(format!("a grey mask of {} bits, or with transparency", depth as u8)));
        }
        _ => return Err(refused("a mask in colour".to_owned())),
    }
    let n_bytes = reader.output_buffer_size().ok_or_else(|| refused("a mask too large for memory".to_owned()))?;
    let mut packed = vec![0; n_bytes];
    let frame = reader.next_frame(&mut packed).map_err(undecodable)?;
    let values =
        packed.chunks_exact(frame.line_size.max(1)).flat_map(|line| unpacked(line, depth as u8, frame.width as usize));
    GrayImage::from_raw(frame.width, frame.height, values.collect())
        .ok_or_else(|| refused("a mask with other rows than it announces".to_owned()))
}

/// The `n` values of a row of `bits` each.
fn unpacked(line: &[u8], bits: u8, n: usize) -> impl Iterator<Item = u8> {
    let (bits, mask) = (usize::from(bits), u8::MAX >> (8 - bits));
    (0..n).map(move |i| line[i * bits / 8] >> (8 - bits - i * bits % 8) & mask)
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
