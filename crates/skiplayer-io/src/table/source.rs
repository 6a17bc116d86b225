//! A file that can be read more than once, and what its first bytes say it is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use skiplayer::error::Place;
use skiplayer::table::nearest_name;
use skiplayer::{Error, Result};

use super::Format;
use crate::file_error::{broken, unreadable};

const BUFFER: usize = 1 << 18;
const GZIP: &[u8] = &[0x1f, 0x8b];
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// First bytes of files that people hand in by mistake: what they are, and the way out.
const NOT_TABLES: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV UTF-8"),
    (b"\x28\xb5\x2f\xfd", "data compressed by zstd", "unpack it with `unzstd`"),
    (b"\xfd7zXZ", "data compressed by xz", "unpack it with `unxz`"),
    (b"BZh", "data compressed by bzip2", "unpack it with `bunzip2`"),
    (b"FEA1", "a Feather file of version 1", "write it again as Feather version 2 or Parquet"),
    (b"PARE", "an encrypted Parquet file", "write it without encryption"),
    (b"\x89HDF", "an HDF5 file", "export the table as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy array", "write it with `numpy.savetxt`, or as Parquet"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8, for instance with `iconv -f utf-16 -t utf-8`"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8, for instance with `iconv -f utf-16 -t utf-8`"),
];

/// An open file. Every reader starts at the beginning; only one is in use at a time.
pub struct Source {
    /// What messages call the file.
    pub name: String,
    file: File,
}

impl Source {
    /// Opens `path`. What cannot be read twice (a pipe) is first copied to a temporary file.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(|error| cannot_open(path, error))?;
        let kind = file.metadata().map_err(|error| cannot_open(path, error))?;
        if kind.is_dir() {
            return Err(Error::input(name, "a folder").expected("a file").hint("name the file inside it"));
        }
        if !kind.is_file() {
            let mut copy = tempfile::tempfile().map_err(|error| cannot_read(&name, error))?;
            io::copy(&mut file, &mut copy).map_err(|error| cannot_read(&name, error))?;
            file = copy;
        }
        Ok(Self { name, file })
    }

    /// The file from its beginning.
    pub fn file(&self) -> Result<File> {
        let rewound = || {
            let mut file = self.file.try_clone()?;
            file.rewind()?;
            Ok(file)
        };
        rewound().map_err(|error| cannot_read(&self.name, error))
    }

    /// The text from its beginning: unpacked, and without a byte order mark.
    pub fn text(&self, gzip: bool) -> Result<Box<dyn BufRead>> {
        let raw = BufReader::with_capacity(BUFFER, self.file()?);
        let mut text: Box<dyn BufRead> =
            if gzip { Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw))) } else { Box::new(raw) };
        let head = self.head(&mut text, UTF8_MARK.len())?;
        Ok(if head == UTF8_MARK { text } else { Box::new(Cursor::new(head).chain(text)) })
    }

    /// The kind of file. The delimiter of text is not known yet: the one given is a placeholder.
    pub fn format(&self) -> Result<Format> {
        let head = self.head(&mut self.file()?, 16)?;
        if head.is_empty() {
            return Err(Error::input(&self.name, "an empty file").expected("a table with at least one row"));
        }
        if head.starts_with(b"PAR1") {
            return Ok(Format::Parquet);
        }
        if head.starts_with(b"ARROW1") {
            return Ok(Format::ArrowFile);
        }
        // No table of text starts like this: the bytes are not UTF-8. It marks the first message of a stream.
        if head.starts_with(&[0xff; 4]) {
            return Ok(Format::ArrowStream);
        }
        let gzip = head.starts_with(GZIP);
        let head = if gzip { self.head(&mut self.text(true)?, 16)? } else { head };
        if let Some((_, what, way_out)) = NOT_TABLES.iter().find(|(magic, ..)| head.starts_with(magic)) {
            return Err(self.not_a_table(what).hint(*way_out));
        }
        if gzip && [&b"PAR1"[..], b"ARROW1", &[0xff; 4]].iter().any(|magic| head.starts_with(magic)) {
            return Err(self.not_a_table("a Parquet or Arrow file packed by gzip").hint("unpack it with `gunzip`"));
        }
        Ok(Format::Delimited { delimiter: b',', gzip })
    }

    /// Hash of the bytes as they are on disk: FNV-1a, 64 bits (Fowler, Noll and Vo), chosen for being ten lines that stay
    /// the same in every version.
    pub fn fingerprint(&self) -> Result<String> {
        let mut reader = BufReader::with_capacity(BUFFER, self.file()?);
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        loop {
            let chunk = reader.fill_buf().map_err(|error| cannot_read(&self.name, error))?;
            if chunk.is_empty() {
                return Ok(format!("{hash:016x}"));
            }
            for &byte in chunk {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            let used = chunk.len();
            reader.consume(used);
        }
    }

    /// The error of a file that holds something else.
    pub fn not_a_table(&self, what: &str) -> Error {
        Error::input(&self.name, what).expected("a table as CSV, TSV, Parquet or Arrow IPC")
    }

    /// The error of a read that failed half way.
    pub fn cannot_read(&self, error: io::Error) -> Error {
        cannot_read(&self.name, error)
    }

    /// Up to `n` bytes: fewer only at the end.
    fn head(&self, reader: &mut impl Read, n: usize) -> Result<Vec<u8>> {
        let mut head = Vec::with_capacity(n);
        reader.take(n as u64).read_to_end(&mut head).map_err(|error| cannot_read(&self.name, error))?;
        Ok(head)
    }
}

fn cannot_read(name: &str, error: io::Error) -> Error {
    broken(name, &error)
}

fn cannot_open(path: &Path, error: io::Error) -> Error {
    let near = neighbour(path).map(|neighbour| format!("did you mean `{neighbour}`?"));
    let hint = near.unwrap_or_else(|| "check the spelling and the folder".to_owned());
    unreadable(Place::of_file(path), &error, "a file that exists", hint)
}

/// The file of the same folder whose name is nearest.
fn neighbour(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let nearest = nearest_name(&path.file_name()?.to_string_lossy(), names.iter().map(String::as_str))?;
    Some(path.with_file_name(nearest).display().to_string())
}
