//! Images in: what is published in its own formats, and folders of pictures.
//!
//! ```text
//!  digits, digit-scenes (built in) ──────────────┐
//!  CIFAR-10, CIFAR-100: binary version ──────────┤
//!  MNIST and its family: IDX, also packed ───────┼──> read_data_set ──> DataSet: training images, official test images
//!  pictures, a folder a class ── cache ──────────┤
//!  pictures with masks ──────────────────────────┘
//! ```
//!
//! What a folder holds follows from the files in it. Nothing is ever fetched.

mod cache;
mod cifar;
mod digits;
mod file;
mod folder;
mod heat_map;
mod idx;
mod layout;
mod left_out;
mod mask_file;
mod mask_values;
mod masks;
mod options;
mod picture;
mod scenes;

use std::path::{Path, PathBuf};

use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, Images, Shape};

pub use self::heat_map::write_heat_map;
pub use self::mask_file::write_mask;
use self::options::{EXPECTED, name};
pub use self::options::{ImageOptions, OtherSizes};

/// The data set at `source`: the word `digits` or `digit-scenes`, or a folder with the unpacked files of CIFAR-10 or CIFAR-100 (binary
/// version), of MNIST or another set in its format, or with a folder of pictures for each class, or with the folders
/// `images` and `masks`, these perhaps inside of `train`, `val` and `test`. (A folder called digits is `./digits`.)
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input), naming the file: missing, cut short, of another format or size, or with a
/// label that names no class.
///
/// # Complexity
/// One pass over the files; pictures are decoded on all threads of the rayon pool.
pub fn read_data_set(source: &Path, options: &ImageOptions) -> Result<DataSet> {
    if source == Path::new("digits") {
        return digits::read();
    }
    if source == Path::new("digit-scenes") {
        return scenes::read();
    }
    let place = source.display().to_string();
    let missing = || Error::input(&place, "no such folder").expected(EXPECTED).hint("check the spelling");
    let kind = std::fs::metadata(source).map_err(|_| missing())?;
    if !kind.is_dir() {
        return Err(Error::input(place, "a file")
            .expected(EXPECTED)
            .hint("unpack it if it is an archive, and name the folder"));
    }
    let inside = |archive: &str| [source.to_owned(), source.join(archive)];
    for folder in inside(cifar::FOLDER_10) {
        if folder.join("data_batch_1.bin").is_file() || folder.join("test_batch.bin").is_file() {
            return cifar::read_10(&folder);
        }
    }
    for folder in inside(cifar::FOLDER_100) {
        if folder.join("train.bin").is_file() {
            return cifar::read_100(&folder, options.coarse_labels);
        }
    }
    for folder in [source.to_owned(), source.join("cifar-10-batches-py"), source.join("cifar-100-python")] {
        if folder.join("data_batch_1").is_file() || (folder.join("meta").is_file() && folder.join("train").is_file()) {
            return Err(Error::input(folder.display().to_string(), "the Python version of CIFAR")
                .expected("the binary version")
                .hint("its archive is called cifar-10-binary.tar.gz or cifar-100-binary.tar.gz"));
        }
    }
    for folder in [source.to_owned(), source.join("raw")] {
        if let Some(files) = idx::Files::find(&folder)? {
            return idx::read(source, &files);
        }
    }
    options.check()?;
    let inner = layout::unwrapped(source)?;
    if masks::are_in(&inner)? {
        return masks::read(name(source), &inner, &options.pictures);
    }
    folder::read(name(source), &inner, options)
}

/// The pictures in `folder` in the order of their names; where there are none, those in the folders inside of it, as a folder for each
/// class has them.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there are none, or one that cannot be read.
pub fn list_pictures(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut pictures = pictures_right_in(folder)?;
    if pictures.is_empty() {
        for inner in layout::entries(folder)?.into_iter().filter(|path| path.is_dir()) {
            pictures.extend(pictures_right_in(&inner)?);
        }
    }
    if pictures.is_empty() {
        return Err(Error::input(folder.display().to_string(), "no pictures")
            .expected(format!("{} files", picture::READABLE_KINDS)));
    }
    Ok(pictures)
}

fn pictures_right_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for path in layout::entries(folder)? {
        let Some(extension) = picture::extension(&path).filter(|_| path.is_file()) else { continue };
        match picture::unreadable(&path, &extension) {
            Some(error) => return Err(error),
            None => pictures.push(path),
        }
    }
    Ok(pictures)
}

/// The pictures at `paths` as images of `shape`, of the class 0 all of them.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) that names a file which is no picture, or not of the size that is wanted; no path;
/// a shape of other than 1 or 3 channels.
pub fn read_pictures(paths: &[PathBuf], shape: Shape, other_sizes: OtherSizes) -> Result<Images> {
    let mut pixels = Vec::new();
    for path in paths {
        let picture = picture::read(path)?.image;
        let picture = match other_sizes {
            OtherSizes::Fitted(fit) => picture::fitted(&picture, [shape.height, shape.width], fit),
            OtherSizes::Refused => picture,
        };
        if (picture.height() as usize, picture.width() as usize) != (shape.height, shape.width) {
            let found = format!("a picture of {} x {} (height x width)", picture.height(), picture.width());
            return Err(Error::input(path.display().to_string(), found)
                .expected(format!("{} x {}, as the network was trained on", shape.height, shape.width)));
        }
        pixels.extend(match shape.channels {
            1 => picture.into_luma8().into_raw(),
            3 => picture.into_rgb8().into_raw(),
            n => {
                return Err(Error::input("pictures for this network", format!("{n} channels"))
                    .expected("a network for grey (1) or colour (3) images"));
            }
        });
    }
    Images::new(shape, pixels, vec![0; paths.len()], vec!["unknown".to_owned()])
}
