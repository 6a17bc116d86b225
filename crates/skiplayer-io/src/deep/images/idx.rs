//! MNIST and the sets in its format (Y. LeCun, C. Cortes, C. Burges): Fashion-MNIST, Kuzushiji-MNIST, EMNIST, QMNIST.
//!
//! ```text
//!  images   00 00 08 03, n, height, width (big endian u32), then n height width bytes
//!  labels   00 00 08 01, n, then n bytes
//! ```

use std::path::{Path, PathBuf};

use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, Images, Shape};

use super::file;
use super::layout::entries;
use super::options::name;

/// The four files, of which the last two may be missing.
pub struct Files {
    train: [PathBuf; 2],
    test: Option<[PathBuf; 2]>,
}

impl Files {
    /// `train-images-idx3-ubyte` and so on, perhaps with a dot before `idx3`, packed, or behind the name of the set as in
    /// `emnist-letters-train-images-idx3-ubyte.gz`; none if there are no training images.
    ///
    /// # Errors
    /// Training images of several sets.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        // Other kinds of sources are looked for behind this one.
        let files = if folder.is_dir() { entries(folder)? } else { Vec::new() };
        let named = |set: &str, part: &str, what: &str| -> Option<PathBuf> {
            let begin = format!("{set}{part}-{what}");
            let is_it = |path: &&PathBuf| file_name(path).starts_with(&begin) && is_idx(&file_name(path));
            files.iter().find(is_it).cloned()
        };
        let sets: Vec<String> = files
            .iter()
            .map(|path| file_name(path))
            .filter(|name| is_idx(name))
            .filter_map(|name| Some(name[..name.find(&format!("{TRAIN}-images"))?].to_owned()))
            .collect();
        let set = match &sets[..] {
            [] => return Ok(None),
            [set] => set,
            // What is packed and unpacked beside each other is one set.
            [set, others @ ..] if others.iter().all(|other| other == set) => set,
            _ => {
                return Err(Error::input(folder.display().to_string(), format!("the sets {}", sets.join(", ")))
                    .expected("the files of one set")
                    .hint("move each set into a folder of its own"));
            }
        };
        let labels = |part: &str| {
            let missing = || folder.join(format!("{set}{part}-labels-idx1-ubyte"));
            named(set, part, "labels").unwrap_or_else(missing)
        };
        let Some(images) = named(set, TRAIN, "images") else { return Ok(None) };
        let test = TEST.iter().find_map(|part| Some([named(set, part, "images")?, labels(part)]));
        Ok(Some(Self { train: [images, labels(TRAIN)], test }))
    }
}

const TRAIN: &str = "train";
const TEST: [&str; 2] = ["t10k", "test"];

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn is_idx(name: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    [("idx1", "ubyte"), ("idx3", "ubyte"), ("idx2", "int")].iter().any(|(dims, kind)| {
        [format!("-{dims}-{kind}"), format!(".{dims}-{kind}")].iter().any(|end| name.ends_with(end.as_str()))
    })
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
    let labels_of_images = read_labels(labels)?;
    let n_labels = labels_of_images.len();
    if n != n_labels {
        return Err(Error::input(labels.display().to_string(), format!("{n_labels} labels"))
            .expected(format!("{n}, one for each image of {}", images.display()))
            .hint("are the two files of one set?"));
    }
    Ok(Part { shape: Shape { height, width, channels: 1 }, pixels, labels: labels_of_images })
}

/// Labels of one byte, or as QMNIST has them: rows of eight numbers, of which the first is the class.
fn read_labels(path: &Path) -> Result<Vec<u16>> {
    const COLUMNS: usize = 8;
    let bytes = file::read(path)?;
    if !bytes.starts_with(&[0, 0, 0x0c, 2]) {
        return read_array::<1>(path).map(|(_, bytes)| bytes.into_iter().map(u16::from).collect());
    }
    let (numbers, _) = bytes[4..].as_chunks::<4>();
    let numbers: Vec<u32> = numbers.iter().map(|&number| u32::from_be_bytes(number)).collect();
    let n = numbers.first().map_or(0, |&n| n as usize);
    let is_whole = numbers.get(1) == Some(&(COLUMNS as u32)) && Some(numbers.len() - 2) == n.checked_mul(COLUMNS);
    let labels = numbers.get(2..).filter(|_| is_whole).map(|rows| rows.iter().step_by(COLUMNS));
    let classes =
        labels.and_then(|labels| labels.map(|&label| u16::try_from(label).ok()).collect::<Option<Vec<u16>>>());
    classes.ok_or_else(|| {
        Error::input(
            path.display().to_string(),
            format!("{} numbers behind a header of {n} rows", numbers.len().saturating_sub(2)),
        )
        .expected("rows of eight numbers as QMNIST has them, the class first")
        .hint("is the file cut off? Fetch it again")
    })
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
