//! Decoded pictures in a safetensors file, so that the next run does not decode them again.
//!
//! The header holds a key made of the names, sizes and times of all files and of the options. A file that is
//! edited without a change of its length and its time is not noticed.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, Images, PictureOptions, Shape};

use super::file;
use super::layout::Parts;
use crate::write_atomic;

const KEY: &str = "skiplayer-images";
const CLASSES: &str = "classes";
/// Changes when pictures are decoded differently.
const VERSION: u32 = 2;

/// What `files`, read by `options`, are recognised by: FNV-1a (Fowler, Noll and Vo) of all that is known without opening them.
pub fn key<'a>(files: impl Iterator<Item = &'a Path>, options: &PictureOptions) -> Result<String> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        // The byte at the end keeps `ab`, `c` apart from `a`, `bc`.
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(&format!("{VERSION} {options:?}"));
    for path in files {
        let metadata = fs::metadata(path).map_err(|error| file::cannot_read(path, &error))?;
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        add(&path.to_string_lossy());
        add(&format!("{} {changed:?}", metadata.len()));
    }
    Ok(format!("{hash:016x}"))
}

/// The images in the file `path` if it has this key and is whole; otherwise they have to be decoded again.
pub fn load(path: &Path, key: &str) -> Option<Parts<Images>> {
    let bytes = fs::read(path).ok()?;
    let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
    let metadata = header.metadata().as_ref()?;
    if metadata.get(KEY)? != key {
        return None;
    }
    let classes: Vec<String> = serde_json::from_str(metadata.get(CLASSES)?).ok()?;
    let tensors = SafeTensors::deserialize(&bytes).ok()?;
    let part = |name: &str| -> Option<Images> {
        let (pixels, labels) =
            (tensors.tensor(&format!("{name}.pixels")).ok()?, tensors.tensor(&format!("{name}.labels")).ok()?);
        let &[_, height, width, channels] = pixels.shape() else { return None };
        let (pairs, _) = labels.data().as_chunks::<2>();
        let labels = pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect();
        Images::new(Shape { height, width, channels }, pixels.data().to_vec(), labels, classes.clone()).ok()
    };
    let other = |name: &str| -> Option<Option<Images>> {
        let is_there = tensors.names().iter().any(|tensor| tensor.starts_with(&format!("{name}.")));
        if is_there { part(name).map(Some) } else { Some(None) }
    };
    Some(Parts { train: part("train")?, validation: other("validation")?, test: other("test")? })
}

/// Writes the images of `set` to `path`.
pub fn save(path: &Path, key: &str, set: &DataSet) -> Result<()> {
    let failed = |error: String| Error::failure(format!("writing the cache {}", path.display()), error);
    let others = [("validation", &set.validation), ("test", &set.test)];
    let others = others.into_iter().filter_map(|(name, part)| Some((name, part.as_ref()?)));
    let parts: Vec<(&str, &Images)> = std::iter::once(("train", &set.train)).chain(others).collect();
    let labels: Vec<Vec<u8>> = parts
        .iter()
        .map(|(_, images)| images.labels().iter().flat_map(|label| label.to_le_bytes()).collect())
        .collect();
    let mut tensors = Vec::new();
    for ((name, images), labels) in parts.iter().zip(&labels) {
        let Shape { height, width, channels } = images.shape();
        let view = |dtype, shape, data| TensorView::new(dtype, shape, data).map_err(|error| failed(error.to_string()));
        tensors.push((
            format!("{name}.pixels"),
            view(Dtype::U8, vec![images.len(), height, width, channels], images.pixels())?,
        ));
        tensors.push((format!("{name}.labels"), view(Dtype::U16, vec![images.len()], labels)?));
    }
    let classes = serde_json::to_string(set.train.classes()).map_err(|error| failed(error.to_string()))?;
    let metadata = HashMap::from([(KEY.to_owned(), key.to_owned()), (CLASSES.to_owned(), classes)]);
    let bytes = serialize(tensors, Some(metadata)).map_err(|error| failed(error.to_string()))?;
    write_atomic(path, &bytes)
}
