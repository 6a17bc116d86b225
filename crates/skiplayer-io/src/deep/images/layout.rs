//! Which folders are for training, for validation and for tests.
//!
//! ```text
//!  SOURCE/train  SOURCE/val  SOURCE/test      training, validation, test
//!  SOURCE/train  SOURCE/val                   training, test
//!  SOURCE/pets/…                              a folder around everything, as archives unpack to: what is in it
//!  SOURCE/…                                   all of it for training
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use skiplayer::Result;

use super::{file, picture};

const TRAIN: [&str; 5] = ["train", "training", "training_set", "train_set", "seg_train"];
const VALIDATION: [&str; 5] = ["val", "valid", "validation", "validation_set", "dev"];
const TEST: [&str; 5] = ["test", "testing", "test_set", "testing_set", "seg_test"];

/// The folders of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts<T> {
    pub train: T,
    pub validation: Option<T>,
    pub test: Option<T>,
}

impl<T> Parts<T> {
    /// The same parts, made into something else.
    pub fn try_map<U>(self, mut make: impl FnMut(T) -> Result<U>) -> Result<Parts<U>> {
        Ok(Parts {
            train: make(self.train)?,
            validation: self.validation.map(&mut make).transpose()?,
            test: self.test.map(&mut make).transpose()?,
        })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.train).chain(&self.validation).chain(&self.test)
    }
}

/// The folder that really holds the data: archives often unpack to a folder in a folder.
pub fn unwrapped(source: &Path) -> Result<PathBuf> {
    let mut folder = source.to_owned();
    loop {
        let entries = entries(&folder)?;
        let mut folders = entries.iter().filter(|path| path.is_dir());
        let (Some(inner), None) = (folders.next(), folders.next()) else { return Ok(folder) };
        let has_pictures = |folder: &Path| -> Result<bool> {
            Ok(self::entries(folder)?.iter().any(|path| picture::extension(path).is_some()))
        };
        let holds_folders = self::entries(inner)?.iter().any(|path| path.is_dir());
        if !holds_folders || names_a_part(inner) || has_pictures(&folder)? || has_pictures(inner)? {
            return Ok(folder);
        }
        folder = inner.clone();
    }
}

/// The parts of the data set in `source`, and what is to be said of them.
pub fn parts(source: &Path) -> Result<(Parts<PathBuf>, Vec<String>)> {
    let mut notes = Vec::new();
    let Some(train) = part(source, &TRAIN)? else {
        return Ok((Parts { train: source.to_owned(), validation: None, test: None }, notes));
    };
    let mut find = |names: &[&str]| -> Result<Option<PathBuf>> {
        let Some(folder) = part(source, names)? else { return Ok(None) };
        let inside = entries(&folder)?;
        if inside.iter().any(|path| path.is_dir()) {
            return Ok(Some(folder));
        }
        let n = inside.iter().filter(|path| picture::extension(path).is_some()).count();
        let shown = short(source, &folder);
        notes.push(format!("`{shown}` is left out: it holds {n} pictures, and no folders that say their classes"));
        Ok(None)
    };
    let (validation, test) = (find(&VALIDATION)?, find(&TEST)?);
    // What is not for training is for tests where there is no other folder for them.
    let (validation, test) = match (validation, test) {
        (Some(only), None) => (None, Some(only)),
        both => both,
    };
    let uses = [("validated on", &validation), ("tested on", &test)];
    let uses =
        uses.into_iter().filter_map(|(what, path)| Some(format!(", {what} `{}`", short(source, path.as_ref()?))));
    notes.insert(0, format!("trained on `{}`{}", short(source, &train), uses.collect::<String>()));
    Ok((Parts { train, validation, test }, notes))
}

/// The folder in `source` that has one of `names`, in whatever letters.
fn part(source: &Path, names: &[&str]) -> Result<Option<PathBuf>> {
    let folders: Vec<PathBuf> = entries(source)?.into_iter().filter(|path| path.is_dir()).collect();
    let called = |name: &&str| folders.iter().find(|path| lower_name(path) == **name).cloned();
    Ok(names.iter().find_map(called))
}

fn names_a_part(folder: &Path) -> bool {
    [TRAIN, VALIDATION, TEST].as_flattened().contains(&lower_name(folder).as_str())
}

fn lower_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// `path` as it is seen from `source`.
pub fn short(source: &Path, path: &Path) -> String {
    path.strip_prefix(source).unwrap_or(path).display().to_string()
}

/// The files and folders in `folder`, without hidden ones, in the order of their names.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> { fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect() };
    let mut paths = read().map_err(|error| file::cannot_read(folder, &error))?;
    paths.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    paths.sort();
    Ok(paths)
}
