//! CIFAR-10 and CIFAR-100 (A. Krizhevsky 2009, "Learning multiple layers of features from tiny images"), binary version.
//!
//! ```text
//!  CIFAR-10    data_batch_1.bin … data_batch_5.bin, test_batch.bin   batches.meta.txt
//!  CIFAR-100   train.bin, test.bin                                   fine_label_names.txt, coarse_label_names.txt
//!
//!  record      label (CIFAR-100: coarse label, fine label), then 32 x 32 bytes of red, of green, of blue
//! ```

use std::path::Path;

use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, Images, Shape};

use super::file;

/// Where the official archives put their files.
pub const FOLDER_10: &str = "cifar-10-batches-bin";
pub const FOLDER_100: &str = "cifar-100-binary";

const SHAPE: Shape = Shape { height: 32, width: 32, channels: 3 };
const PLANE: usize = 32 * 32;

pub fn read_10(folder: &Path) -> Result<DataSet> {
    let classes = file::lines(&folder.join("batches.meta.txt"))?;
    let record = Record { n_labels: 1, label: 0 };
    let names = (1..=5).map(|i| format!("data_batch_{i}.bin")).collect::<Vec<_>>();
    let train = read_images(folder, &names, record, &classes)?;
    let test = read_images(folder, &["test_batch.bin".to_owned()], record, &classes)?;
    DataSet::new("CIFAR-10", train, Some(test))
}

pub fn read_100(folder: &Path, coarse: bool) -> Result<DataSet> {
    let (names, label) = if coarse { ("coarse_label_names.txt", 0) } else { ("fine_label_names.txt", 1) };
    let classes = file::lines(&folder.join(names))?;
    let record = Record { n_labels: 2, label };
    let train = read_images(folder, &["train.bin".to_owned()], record, &classes)?;
    let test = read_images(folder, &["test.bin".to_owned()], record, &classes)?;
    DataSet::new(if coarse { "CIFAR-100, coarse classes" } else { "CIFAR-100" }, train, Some(test))
}

/// What precedes the pixels.
#[derive(Clone, Copy)]
struct Record {
    n_labels: usize,
    /// Which of the labels is read.
    label: usize,
}

fn read_images(folder: &Path, names: &[String], record: Record, classes: &[String]) -> Result<Images> {
    let size = record.n_labels + SHAPE.size() as usize;
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for name in names {
        let path = folder.join(name);
        let bytes = file::read(&path)?;
        if bytes.is_empty() || !bytes.len().is_multiple_of(size) {
            let found =
                format!("{} bytes: {} whole images and {} over", bytes.len(), bytes.len() / size, bytes.len() % size);
            return Err(Error::input(path.display().to_string(), found)
                .expected(format!("images of {size} bytes each"))
                .hint("is the file cut off? Unpack its archive again"));
        }
        for (i, image) in bytes.chunks_exact(size).enumerate() {
            let label = image[record.label];
            if usize::from(label) >= classes.len() {
                return Err(Error::input(format!("{}, image {}", path.display(), i + 1), format!("the label {label}"))
                    .expected(format!("one of {} classes, from 0", classes.len()))
                    .hint("is it a file of the other CIFAR, or damaged?"));
            }
            labels.push(u16::from(label));
            let image = &image[record.n_labels..];
            pixels.extend((0..PLANE).flat_map(|at| [image[at], image[PLANE + at], image[2 * PLANE + at]]));
        }
    }
    Images::new(SHAPE, pixels, labels, classes.to_vec())
}
