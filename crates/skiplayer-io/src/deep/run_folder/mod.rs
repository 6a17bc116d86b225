//! The folder of one training: what was asked for, how it went, and where to go on.
//!
//! ```text
//!  RUN/config.json                              the whole configuration, written once
//!  RUN/data.json                                what was read: parts, classes, counts, what was left out
//!  RUN/metrics.jsonl                            one JSON object a line, each with a `step`
//!  RUN/metrics.csv                              the same as a table, for spreadsheets and plots
//!  RUN/checkpoints/step-0000012000.safetensors  the last few, and the best: tensors by name, and JSON
//! ```
//!
//! A process may be killed at any point. Files that are replaced are whole, old or new; of a file that grows the last line may be
//! torn, and is left out. A checkpoint that was damaged later is recognised by its length and its checksum, and the one before it
//! takes its place.

mod checkpoint;
mod metrics;
mod missing;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use skiplayer::{Error, Result};

pub use checkpoint::{Checkpoint, Tensor, read_checkpoint};

use self::missing::cannot_read;
use crate::{write_atomic, write_atomic_with};

const CONFIG: &str = "config.json";
const METRICS: &str = "metrics.jsonl";
const TABLE: &str = "metrics.csv";
const CHECKPOINTS: &str = "checkpoints";

/// The folder of one training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

/// The newest checkpoint that is whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Latest {
    pub checkpoint: Checkpoint,
    /// What is wrong with newer ones, one sentence each.
    pub passed_over: Vec<String>,
}

impl RunFolder {
    /// A new folder at `path`, with `config` in it. Folders above it are made as needed; an empty one is used.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there is something at `path` already, or no permission.
    pub fn create(path: &Path, config: &impl Serialize) -> Result<Self> {
        let place = || format!("the run folder {}", path.display());
        if path.join(CONFIG).exists() {
            return Err(Error::input(place(), "the files of a training")
                .expected("a new name")
                .hint("resume that training, or choose another name"));
        }
        if path.exists() && !fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()) {
            return Err(Error::input(place(), "something else").expected("a new name or an empty folder"));
        }
        let made = fs::create_dir_all(path.join(CHECKPOINTS));
        made.map_err(|error| Error::input(place(), format!("a place where no folder can be made ({error})")))?;
        let json = serde_json::to_vec_pretty(config).map_err(|error| Error::failure(place(), error.to_string()))?;
        // Last, so that a folder with a configuration is complete.
        write_atomic(&path.join(CONFIG), &json)?;
        Ok(Self { path: path.to_owned() })
    }

    /// The folder of a training that was begun.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there is none at `path`.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.join(CONFIG).is_file() {
            let found = if path.is_dir() { "a folder without `config.json`" } else { "no such folder" };
            return Err(Error::input(format!("the run folder {}", path.display()), found)
                .expected("the folder of a training")
                .hint("check the spelling"));
        }
        Ok(Self { path: path.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if it is not one of type `C`.
    pub fn config<C: DeserializeOwned>(&self) -> Result<C> {
        let path = self.path.join(CONFIG);
        let bytes = fs::read(&path).map_err(|error| cannot_read(&path, &error))?;
        serde_json::from_slice(&bytes).map_err(|error| {
            Error::input(path.display().to_string(), format!("a configuration that makes no sense ({error})"))
                .expected("the file as it was written")
                .hint("was it edited, or written by another version of the program?")
        })
    }

    /// Writes another configuration in place of the one that was written when the folder was made.
    ///
    /// # Errors
    /// Those of [`write_atomic`].
    pub fn reconfigure(&self, config: &impl Serialize) -> Result<()> {
        self.keep(CONFIG, config)
    }

    /// Keeps `document` as JSON in the file `name` of the folder.
    ///
    /// # Errors
    /// Those of [`write_atomic`].
    pub fn keep(&self, name: &str, document: &impl Serialize) -> Result<()> {
        let path = self.path.join(name);
        let json = serde_json::to_vec_pretty(document)
            .map_err(|error| Error::failure(path.display().to_string(), error.to_string()))?;
        write_atomic(&path, &json)
    }

    /// What [`keep`](Self::keep) wrote under `name`; none if there is no such file, or another program's.
    pub fn kept<D: DeserializeOwned>(&self, name: &str) -> Option<D> {
        serde_json::from_slice(&fs::read(self.path.join(name)).ok()?).ok()
    }

    /// Adds a line to the metrics, an object with a whole number `step`, and a row to their table.
    ///
    /// # Errors
    /// [`ErrorKind::Failure`](skiplayer::ErrorKind::Failure) if it cannot be written (a full disk).
    pub fn append(&self, record: &impl Serialize) -> Result<()> {
        metrics::append(&self.path.join(METRICS), record)?;
        metrics::tabulate(&self.path.join(METRICS), &self.path.join(TABLE))
    }

    /// All metrics; a last line that was torn is left out.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) that names a line which is no record of type `R`.
    pub fn metrics<R: DeserializeOwned>(&self) -> Result<Vec<R>> {
        metrics::read(&self.path.join(METRICS))
    }

    /// Takes out the metrics of steps after `step`, which a resumed training will do again.
    ///
    /// # Errors
    /// Those of [`metrics`](Self::metrics) and [`write_atomic`].
    pub fn rewind(&self, step: u64) -> Result<()> {
        metrics::rewind(&self.path.join(METRICS), step)
    }

    /// Writes `checkpoint`; then deletes all but the last `keep` (at least one) and the one with the lowest validation error.
    ///
    /// # Errors
    /// [`ErrorKind::Failure`](skiplayer::ErrorKind::Failure) if it cannot be written: then older ones are as they were.
    pub fn save(&self, checkpoint: &Checkpoint, keep: usize) -> Result<()> {
        let path = self.checkpoints().join(format!("step-{:010}.safetensors", checkpoint.step));
        write_atomic_with(&path, |write| checkpoint.write(&path, write))?;
        // From new to old. What cannot be read is neither counted nor deleted.
        let whole: Vec<(PathBuf, Option<f64>)> = self
            .checkpoint_files()?
            .into_iter()
            .filter_map(|path| checkpoint::validation_error(&path).map(|error| (path, error)))
            .collect();
        let best = best(&whole);
        for (path, _) in whole.iter().skip(keep.max(1)).filter(|(path, _)| Some(path) != best) {
            let removed = fs::remove_file(path);
            removed.map_err(|error| Error::failure(format!("deleting {}", path.display()), error.to_string()))?;
        }
        Ok(())
    }

    /// The newest checkpoint that is whole; none if there is no checkpoint.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if there are checkpoints and none is whole.
    pub fn latest(&self) -> Result<Option<Latest>> {
        let mut passed_over = Vec::new();
        let mut first = None;
        for path in self.checkpoint_files()? {
            match read_checkpoint(&path) {
                Ok(checkpoint) => return Ok(Some(Latest { checkpoint, passed_over })),
                Err(error) => {
                    passed_over.push(error.to_string());
                    first.get_or_insert(error);
                }
            }
        }
        first.map_or(Ok(None), Err)
    }

    /// The checkpoint with the lowest validation error; none if no checkpoint has one.
    ///
    /// # Errors
    /// Those of [`read_checkpoint`].
    pub fn best(&self) -> Result<Option<Checkpoint>> {
        let whole: Vec<(PathBuf, Option<f64>)> = self
            .checkpoint_files()?
            .into_iter()
            .filter_map(|path| checkpoint::validation_error(&path).map(|error| (path, error)))
            .collect();
        best(&whole).map(|path| read_checkpoint(path)).transpose()
    }

    fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }

    /// The files of all checkpoints, whole or not, from new to old: their names have ten digits and sort like their steps.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if the folder cannot be read.
    pub fn checkpoint_files(&self) -> Result<Vec<PathBuf>> {
        let folder = self.checkpoints();
        let read =
            || -> std::io::Result<Vec<PathBuf>> { fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect() };
        let mut paths = read().map_err(|error| cannot_read(&folder, &error))?;
        paths.retain(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with("step-") && name.ends_with(".safetensors")
        });
        paths.sort_unstable_by(|a, b| b.cmp(a));
        Ok(paths)
    }
}

/// The file with the lowest validation error, the older one of equals; errors that are not numbers never win.
fn best(files: &[(PathBuf, Option<f64>)]) -> Option<&PathBuf> {
    let scored =
        files.iter().rev().filter_map(|(path, error)| error.filter(|e| !e.is_nan()).map(|error| (path, error)));
    scored.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(path, _)| path)
}
