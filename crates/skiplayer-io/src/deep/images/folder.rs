//! Pictures in folders that are named like their class.
//!
//! ```text
//!  pets/cat/1.png            pets/train/cat/1.png
//!  pets/cat/2.jpg     or     pets/train/dog/7.png
//!  pets/dog/7.png            pets/test/cat/9.png      (test, val or validation)
//! ```
//!
//! Pictures are RGB if one of them has colour, and grey otherwise. Other files than pictures are passed over, as are those whose
//! names begin with a dot.

use std::fs;
use std::path::{Path, PathBuf};

use image::DynamicImage;
use rayon::prelude::*;
use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, Images, Shape};

use super::options::{EXPECTED, ImageOptions, name};
use super::{cache, file, picture};

const READABLE: [&str; 3] = ["png", "jpg", "jpeg"];
/// Pictures all the same: to pass them over would change the data set silently.
const UNREADABLE: [&str; 8] = ["webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "jxl"];

pub fn read(source: &Path, options: &ImageOptions) -> Result<DataSet> {
    if let Some(size) = options.size
        && size.iter().any(|&side| side == 0 || side > 16_384)
    {
        return Err(
            Error::input("image size", format!("{} x {}", size[0], size[1])).expected("1 to 16384 pixels a side")
        );
    }
    let (train, test) = in_parts(source);
    let (train, test) = (Listing::new(&train)?, test.map(|folder| Listing::new(&folder)).transpose()?);
    let key = cache::key(train.files().chain(test.iter().flat_map(Listing::files)), options.size)?;
    if let Some(path) = &options.cache
        && let Some((train, test)) = cache::load(path, &key)
    {
        return DataSet::new(name(source), train, test);
    }
    let mut train = train.decode(options.size)?;
    let mut test = test.map(|test| test.decode(options.size)).transpose()?;
    let has_colour = train.has_colour() || test.as_ref().is_some_and(Decoded::has_colour);
    let first = train.first();
    let images = |part: &mut Decoded| part.images(has_colour, &first);
    let (train, test) = (images(&mut train)?, test.as_mut().map(images).transpose()?);
    let set = DataSet::new(name(source), train, test)?;
    if let Some(path) = &options.cache {
        cache::save(path, &key, &set)?;
    }
    Ok(set)
}

/// The folders for training and for testing in `source`; all of it is for training where there are none.
pub(super) fn in_parts(source: &Path) -> (PathBuf, Option<PathBuf>) {
    let train = source.join("train");
    if !train.is_dir() {
        return (source.to_owned(), None);
    }
    let test = ["test", "val", "validation"].map(|name| source.join(name));
    (train, test.into_iter().find(|folder| folder.is_dir()))
}

/// The ending of a picture's name in small letters; none of other files.
pub(super) fn extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    [&READABLE[..], &UNREADABLE[..]].concat().contains(&extension.as_str()).then_some(extension)
}

/// What is said of a picture that cannot be read.
pub(super) fn unreadable(path: &Path, extension: &str) -> Option<Error> {
    UNREADABLE.contains(&extension).then(|| {
        Error::input(path.display().to_string(), format!("a {extension} file"))
            .expected("PNG or JPEG")
            .hint("convert it, or take it out")
    })
}

/// The pictures of one part, class by class, in the order of their names.
struct Listing {
    classes: Vec<String>,
    files: Vec<(PathBuf, u16)>,
}

impl Listing {
    fn new(folder: &Path) -> Result<Self> {
        let folders: Vec<PathBuf> = entries(folder)?.into_iter().filter(|path| path.is_dir()).collect();
        if folders.is_empty() {
            return Err(
                Error::input(folder.display().to_string(), "a folder without folders for classes").expected(EXPECTED)
            );
        }
        if u16::try_from(folders.len()).is_err() {
            return Err(Error::input(folder.display().to_string(), format!("{} folders", folders.len()))
                .expected("at most 65535 classes"));
        }
        let mut listing = Self { classes: Vec::new(), files: Vec::new() };
        for (label, folder) in folders.into_iter().enumerate() {
            let n_before = listing.files.len();
            for path in entries(&folder)? {
                let Some(extension) = extension(&path) else { continue };
                if let Some(error) = unreadable(&path, &extension) {
                    return Err(error);
                }
                listing.files.push((path, label as u16));
            }
            if listing.files.len() == n_before {
                return Err(Error::input(folder.display().to_string(), "no pictures")
                    .expected("PNG or JPEG files of one class")
                    .hint("take the folder out if it is not a class"));
            }
            listing.classes.push(name(&folder));
        }
        Ok(listing)
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    fn decode(self, size: Option<[usize; 2]>) -> Result<Decoded> {
        let pictures = self.files.par_iter().map(|(path, _)| picture::read(path, size)).collect::<Result<_>>()?;
        Ok(Decoded { listing: self, pictures })
    }
}

/// The files and folders in `folder`, without hidden ones, in the order of their names.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> { fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect() };
    let mut paths = read().map_err(|error| file::cannot_read(folder, &error))?;
    paths.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    paths.sort();
    Ok(paths)
}

struct Decoded {
    listing: Listing,
    pictures: Vec<DynamicImage>,
}

/// What all others are compared to.
struct First {
    path: PathBuf,
    height: u32,
    width: u32,
}

impl Decoded {
    fn has_colour(&self) -> bool {
        self.pictures.iter().any(|picture| picture.color().has_color())
    }

    fn first(&self) -> First {
        let (path, picture) = (&self.listing.files[0].0, &self.pictures[0]);
        First { path: path.clone(), height: picture.height(), width: picture.width() }
    }

    /// Takes the pictures out, one by one, so that they are not in memory twice.
    fn images(&mut self, has_colour: bool, first: &First) -> Result<Images> {
        let channels = if has_colour { 3 } else { 1 };
        let shape = Shape { height: first.height as usize, width: first.width as usize, channels };
        let mut pixels = Vec::with_capacity(self.pictures.len() * shape.size() as usize);
        for (picture, (path, _)) in self.pictures.drain(..).zip(&self.listing.files) {
            if (picture.height(), picture.width()) != (first.height, first.width) {
                let found = format!("a picture of {} x {} (height x width)", picture.height(), picture.width());
                return Err(Error::input(path.display().to_string(), found)
                    .expected(format!("{} x {}, as {} is", first.height, first.width, first.path.display()))
                    .hint("choose a size for all: the shorter side is scaled and the rest cut off"));
            }
            if has_colour {
                pixels.extend_from_slice(picture.into_rgb8().as_raw());
            } else {
                pixels.extend_from_slice(picture.into_luma8().as_raw());
            }
        }
        let labels = self.listing.files.iter().map(|&(_, label)| label).collect();
        Images::new(shape, pixels, labels, self.listing.classes.clone())
    }
}
