//! MNIST and the sets in its format (Y. LeCun, C. Cortes, C. Burges): Fashion-MNIST, Kuzushiji-MNIST.
//!
//! ```text
//!  images   00 00 08 03, n, height, width (big endian u32), then n height width bytes
//!  labels   00 00 08 01, n, then n bytes
//! ```

use std::path::{Path, PathBuf};

use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, Images, Shape};

use super::file;
use super::options::name;

/// The four files, of which the last two may be missing.
pub struct Files {
    train: [PathBuf; 2],
    test: Option<[PathBuf; 2]>,
}

impl Files {
    /// `train-images-idx3-ubyte` and so on, or with a dot before `idx3`, or packed; none if there are no training images.
    pub fn find(folder: &Path) -> Option<Self> {
        let named = |part: &str, what: &str, n: usize| {
            ["-", "."]
                .iter()
                .flat_map(|dot| ["", ".gz"].map(|end| format!("{part}-{what}{dot}idx{n}-ubyte{end}")))
                .map(|name| folder.join(name))
                .find(|path| path.is_file())
        };
        let labels =
            |part: &str| named(part, "labels", 1).unwrap_or_else(|| folder.join(format!("{part}-labels-idx1-ubyte")));
        Some(Self {
            train: [named("train", "images", 3)?, labels("train")],
            test: named("t10k", "images", 3).map(|images| [images, labels("t10k")]),
        })
    }
}

pub fn read(source: &Path, files: &Files) -> Result<DataSet> {
    let train = read_part(&files.train)?;
    let test = files.test.as_ref().map(read_part).transpose()?;
    // The format names no classes and does not say how many there are.
    let most = train.labels.iter().chain(test.iter().flat_map(|test| &test.labels)).max().copied().unwrap_or(0);
    let classes: Vec<String> = (0..=most).map(|class| class.to_string()).collect();
    let images = |part: Part| Images::new(part.shape, part.pixels, part.labels, classes.clone());
    DataSet::new(name(source), images(train)?, test.map(images).transpose()?)
}

struct Part {
    shape: Shape,
    pixels: Vec<u8>,
    labels: Vec<u16>,
}

fn read_part([images, labels]: &[PathBuf; 2]) -> Result<Part> {
    let ([n, height, width], pixels) = read_array(images)?;
    let ([n_labels], bytes) = read_array(labels)?;
    if n != n_labels {
        return Err(Error::input(labels.display().to_string(), format!("{n_labels} labels"))
            .expected(format!("{n}, one for each image of {}", images.display()))
            .hint("are the two files of one set?"));
    }
    let labels = bytes.into_iter().map(u16::from).collect();
    Ok(Part { shape: Shape { height, width, channels: 1 }, pixels, labels })
}

/// Bytes in D dimensions.
fn read_array<const D: usize>(path: &Path) -> Result<([usize; D], Vec<u8>)> {
    let mut bytes = file::read(path)?;
    let header = 4 + 4 * D;
    let place = path.display().to_string();
    if !bytes.starts_with(&[0, 0, 8, D as u8]) {
        let first: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        return Err(Error::input(place, format!("the first bytes {}", first.join(" ")))
            .expected(format!("00 00 08 {D:02x}, as IDX files of bytes in {D} dimensions begin"))
            .hint("are images and labels exchanged, or is it another format?"));
    }
    if bytes.len() < header {
        return Err(Error::input(place, format!("{} bytes", bytes.len()))
            .expected(format!("a header of {header} and what it announces"))
            .hint("is the file cut off? Fetch it again"));
    }
    let (sizes, _) = bytes[4..header].as_chunks::<4>();
    let sizes: [usize; D] = std::array::from_fn(|d| u32::from_be_bytes(sizes[d]) as usize);
    let n_bytes = sizes.iter().try_fold(1usize, |n, &size| n.checked_mul(size));
    if n_bytes != Some(bytes.len() - header) {
        let sizes = sizes.map(|size| size.to_string()).join(" x ");
        return Err(Error::input(place, format!("{} bytes of data", bytes.len() - header))
            .expected(format!("{sizes}, as its header says"))
            .hint("is the file cut off? Fetch it again"));
    }
    Ok((sizes, bytes.split_off(header)))
}
