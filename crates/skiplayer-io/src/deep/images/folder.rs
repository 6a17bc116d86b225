//! Pictures in folders that are named like their class.
//!
//! ```text
//!  pets/cat/1.png            pets/train/cat/1.png
//!  pets/cat/2.jpg     or     pets/train/dog/7.png
//!  pets/dog/7.png            pets/test/cat/9.png      (see `layout` for other names)
//! ```
//!
//! Pictures are RGB if one of them has colour, and grey otherwise. What is left out is noted; hidden files are not looked at.

use std::path::{Path, PathBuf};

use image::DynamicImage;
use rayon::prelude::*;
use skiplayer::{Error, Result, message};
use skiplayer_deep::data::{DataSet, Images, PictureOptions, Shape};
use skiplayer_deep::options::SIZE;

use super::layout::{Parts, entries, parts};
use super::left_out::LeftOut;
use super::options::{EXPECTED, ImageOptions, name};
use super::{cache, picture};

/// The set called `set_name` in the folder `inner`.
pub fn read(set_name: String, inner: &Path, options: &ImageOptions) -> Result<DataSet> {
    let pictures = &options.pictures;
    let (folders, mut notes) = parts(inner)?;
    let mut left_out = LeftOut::default();
    let listings = folders.try_map(|folder| Listing::new(&folder, &mut left_out))?;
    notes.extend(left_out.notes(inner));
    let key = cache::key(listings.iter().flat_map(Listing::files), pictures)?;
    if let Some(path) = &options.cache
        && let Some(Parts { train, validation, test }) = cache::load(path, &key)
    {
        return Ok(DataSet::new(set_name, train, test)?.with_validation(validation)?.with_notes(notes));
    }
    let decoded = listings.try_map(|listing| listing.decode(pictures))?;
    let has_colour = decoded.iter().any(Decoded::has_colour);
    let first = decoded.train.first();
    let n_sizes = decoded.iter().flat_map(Decoded::sizes).collect::<std::collections::BTreeSet<_>>().len();
    let Parts { train, validation, test } = decoded.try_map(|mut part| part.images(has_colour, &first, n_sizes))?;
    let set = DataSet::new(set_name, train, test)?.with_validation(validation)?.with_notes(notes);
    if let Some(path) = &options.cache {
        cache::save(path, &key, &set)?;
    }
    Ok(set)
}

/// The pictures of one part, class by class, in the order of their names.
struct Listing {
    classes: Vec<String>,
    files: Vec<(PathBuf, u16)>,
}

impl Listing {
    fn new(folder: &Path, left_out: &mut LeftOut) -> Result<Self> {
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
            entries(folder)?.into_iter().partition(|path| path.is_dir());
        if folders.is_empty() {
            let n = files.iter().filter(|path| picture::extension(path).is_some()).count();
            let found = match n {
                0 => "a folder without folders for classes".to_owned(),
                n => format!("a folder without folders for classes, and {n} pictures"),
            };
            return Err(Error::input(folder.display().to_string(), found).expected(EXPECTED));
        }
        left_out.pictures.extend(files.into_iter().filter(|path| picture::extension(path).is_some()));
        if u16::try_from(folders.len()).is_err() {
            return Err(Error::input(folder.display().to_string(), format!("{} folders", folders.len()))
                .expected("at most 65535 classes"));
        }
        let mut listing = Self { classes: Vec::new(), files: Vec::new() };
        for (label, folder) in folders.into_iter().enumerate() {
            let n_before = listing.files.len();
            for path in entries(&folder)? {
                match picture::extension(&path) {
                    _ if path.is_dir() => left_out.folders.push(path),
                    None => left_out.files.push(path),
                    Some(extension) => match picture::unreadable(&path, &extension) {
                        Some(error) => return Err(error),
                        None => listing.files.push((path, label as u16)),
                    },
                }
            }
            if listing.files.len() == n_before {
                return Err(Error::input(folder.display().to_string(), "no pictures")
                    .expected(format!("{} files of one class", picture::READABLE_KINDS))
                    .hint("take the folder out if it is not a class"));
            }
            listing.classes.push(name(&folder));
        }
        Ok(listing)
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    fn decode(self, options: &PictureOptions) -> Result<Decoded> {
        let read = |(path, _): &(PathBuf, u16)| {
            let picture = picture::read(path)?.image;
            Ok(match options.size {
                Some(size) => picture::fitted(&picture, size, options.fit),
                None => picture,
            })
        };
        let pictures = all_or_first_error(self.files.par_iter().map(read).collect())?;
        Ok(Decoded { listing: self, pictures })
    }
}

/// All of `results`, or the first error, which says how many others there are: the same whatever thread comes first.
pub(super) fn all_or_first_error<T>(results: Vec<Result<T>>) -> Result<Vec<T>> {
    let n_errors = results.iter().filter(|result| result.is_err()).count();
    results.into_iter().collect::<Result<_>>().map_err(|error| match n_errors {
        1 => error,
        n => error.hint(format!(
            "{} other files cannot be read either: open them in a viewer, fetch them again or take them out",
            n - 1
        )),
    })
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

    fn sizes(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pictures.iter().map(|picture| (picture.height(), picture.width()))
    }

    /// Takes the pictures out, one by one, so that they are not in memory twice.
    fn images(&mut self, has_colour: bool, first: &First, n_sizes: usize) -> Result<Images> {
        let channels = if has_colour { 3 } else { 1 };
        let shape = Shape { height: first.height as usize, width: first.width as usize, channels };
        let mut pixels = Vec::with_capacity(self.pictures.len() * shape.size() as usize);
        for (picture, (path, _)) in self.pictures.drain(..).zip(&self.listing.files) {
            if (picture.height(), picture.width()) != (first.height, first.width) {
                let found = format!("a picture of {} x {} (height x width)", picture.height(), picture.width());
                return Err(Error::input(path.display().to_string(), found)
                    .expected(format!("{} x {}, as {} is", first.height, first.width, first.path.display()))
                    .hint(message![
                        format!("the pictures have {n_sizes} sizes: choose one for all with "),
                        SIZE.mention()
                    ]));
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
