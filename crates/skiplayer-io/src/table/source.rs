//! A file that can be read more than once, and what its first bytes say it is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use skiplayer::error::Place;
use skiplayer::table::nearest_name;
use skiplayer::{Error, Result};

use super::beginning;
use super::format::Format;
use super::packing::Packing;
use crate::file_error::{broken, unreadable};

const BUFFER: usize = 1 << 18;
/// Bytes that tell what a file is.
const HEAD: usize = 4096;
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// First bytes of files that people hand in by mistake: what they are, and the way out.
const NOT_TABLES: &[(&[u8], &str, &str)] = &[
    (b"FEA1", "a Feather file of version 1", "write it again as Feather version 2 or Parquet"),
    (b"PARE", "an encrypted Parquet file", "write it without encryption"),
    (
        b"\x89HDF",
        "an HDF5 file",
        "convert it: python -c \"import pandas; pandas.read_hdf('FILE').to_parquet('FILE.parquet')\"",
    ),
    (b"\x93NUMPY", "a NumPy array", "write it with `numpy.savetxt`, or as Parquet"),
    (
        b"SQLite format 3",
        "an SQLite database",
        "export the table: sqlite3 -header -csv FILE 'select * from TABLE' > FILE.csv",
    ),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8, for instance with `iconv -f utf-16 -t utf-8`"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8, for instance with `iconv -f utf-16 -t utf-8`"),
    (
        b"$FL2",
        "an SPSS file",
        "convert it: python -c \"import pandas; pandas.read_spss('FILE').to_parquet('FILE.parquet')\" (needs pyreadstat)",
    ),
    (
        b"$FL3",
        "an SPSS file",
        "convert it: python -c \"import pandas; pandas.read_spss('FILE').to_parquet('FILE.parquet')\" (needs pyreadstat)",
    ),
    (
        b"<stata_dta>",
        "a Stata file",
        "convert it: python -c \"import pandas; pandas.read_stata('FILE').to_parquet('FILE.parquet')\"",
    ),
    (
        b"HEADER RECORD*******",
        "a SAS transport file",
        "convert it: python -c \"import pandas; pandas.read_sas('FILE', format='xport').to_parquet('FILE.parquet')\"",
    ),
    (
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc2, 0xea, 0x81, 0x60],
        "a SAS data set",
        "convert it: python -c \"import pandas; pandas.read_sas('FILE', format='sas7bdat').to_parquet('FILE.parquet')\"",
    ),
    (b"X\n\0\0\0", "an R object (rds)", R_OBJECT),
    (b"RDX2\n", "an R workspace (rda)", R_WORKSPACE),
    (b"RDX3\n", "an R workspace (rda)", R_WORKSPACE),
    (b"MATLAB 5.0 MAT", "a MATLAB file", "write the table with `writetable(T, 'FILE.csv')`"),
];

const R_OBJECT: &str = "convert it: Rscript -e \"write.csv(readRDS('FILE'), 'FILE.csv', row.names = FALSE)\"";
const R_WORKSPACE: &str =
    "convert it: Rscript -e \"name <- load('FILE')[1]; write.csv(get(name), 'FILE.csv', row.names = FALSE)\"";
const STATA: &str = "convert it: python -c \"import pandas; pandas.read_stata('FILE').to_parquet('FILE.parquet')\"";
const PICKLE: &str = "convert it: python -c \"import pandas; pandas.read_pickle('FILE').to_parquet('FILE.parquet')\"";

/// An open file. Every reader starts at the beginning; only one is in use at a time.
pub struct Source {
    /// What messages call the file.
    pub name: String,
    /// Unpacked.
    file: File,
    /// As it came, if it was packed.
    packed: Option<File>,
    /// The beginning of the unpacked file.
    head: Vec<u8>,
}

impl Source {
    /// Opens `path`, or standard input for `-`. What cannot be read twice (a pipe) is first copied to a temporary file, and
    /// what is packed is unpacked to one.
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            let copy = standard_input().map_err(|error| cannot_read("standard input", error))?;
            return Self::of_file("standard input".to_owned(), copy);
        }
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(|error| cannot_open(path, error))?;
        let kind = file.metadata().map_err(|error| cannot_open(path, error))?;
        if kind.is_dir() {
            return Err(Error::input(name, "a folder").expected("a file"));
        }
        if !kind.is_file() {
            return Self::of_reader(&name, &mut file);
        }
        Self::of_file(name, file)
    }

    fn of_reader(name: &str, reader: &mut dyn Read) -> Result<Self> {
        let mut copied = || {
            let mut copy = tempfile::tempfile()?;
            io::copy(reader, &mut copy)?;
            Ok(copy)
        };
        Self::of_file(name.to_owned(), copied().map_err(|error| cannot_read(name, error))?)
    }

    fn of_file(name: String, file: File) -> Result<Self> {
        let mut source = Self { name, file, packed: None, head: Vec::new() };
        source.head = source.first_bytes()?;
        let Some(packing) = Packing::of(&source.head, &source.name) else { return Ok(source) };
        let unpacked = packing.unpack(source.file()?).map_err(|error| cannot_read(&source.name, error))?;
        source.packed = Some(std::mem::replace(&mut source.file, unpacked));
        source.head = source.first_bytes()?;
        Ok(source)
    }

    fn first_bytes(&self) -> Result<Vec<u8>> {
        let mut head = Vec::with_capacity(HEAD);
        let read = self.file()?.take(HEAD as u64).read_to_end(&mut head);
        read.map_err(|error| cannot_read(&self.name, error))?;
        Ok(head)
    }

    /// The file from its beginning.
    pub fn file(&self) -> Result<File> {
        rewound(&self.file).map_err(|error| cannot_read(&self.name, error))
    }

    /// Calls `work` with the number, counted from 1, and the bytes of every line, until it says that no more are wanted.
    ///
    /// # Errors
    /// What cannot be read, and what `work` finds.
    pub fn each_line(&self, work: &mut dyn FnMut(usize, &[u8]) -> Result<bool>) -> Result<()> {
        let mut text = self.text()?;
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            let n_read = text.read_until(b'\n', &mut bytes).map_err(|error| self.cannot_read(error))?;
            if n_read == 0 || !work(number, &bytes)? {
                break;
            }
        }
        Ok(())
    }

    /// The text from its beginning, without a byte order mark.
    pub fn text(&self) -> Result<Box<dyn BufRead>> {
        let mut file = self.file()?;
        if self.head.starts_with(UTF8_MARK) {
            let mark = io::SeekFrom::Start(UTF8_MARK.len() as u64);
            file.seek(mark).map_err(|error| cannot_read(&self.name, error))?;
        }
        Ok(Box::new(BufReader::with_capacity(BUFFER, file)))
    }

    /// The beginning of the text.
    pub fn beginning(&self) -> &[u8] {
        self.head.strip_prefix(UTF8_MARK).unwrap_or(&self.head)
    }

    /// The kind of file. The delimiter of text is not known yet: the one given is a placeholder.
    pub fn format(&self) -> Result<Format> {
        let head = self.head.as_slice();
        if head.is_empty() {
            return match self.packed {
                Some(_) => {
                    Err(Error::input(&self.name, "nothing but empty lines").expected("a table with at least one row"))
                }
                None => Err(Error::input(&self.name, "an empty file").expected("a table with at least one row")),
            };
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
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0") {
            return Ok(Format::Workbook);
        }
        if let Some((_, what, way_out)) = NOT_TABLES.iter().find(|(magic, ..)| head.starts_with(magic)) {
            return Err(self.not_a_table(what).hint(way_out.replace("FILE", &self.name)));
        }
        // Stata 5 to 12: version, byte order, type 1, 0. Pickle: protocol 2 to 5.
        match head {
            [105 | 108 | 110..=115, 1 | 2, 1, 0, ..] => {
                return Err(self.not_a_table("a Stata file").hint(STATA.replace("FILE", &self.name)));
            }
            [0x80, 2..=5, ..] => {
                return Err(self.not_a_table("a Python pickle").hint(PICKLE.replace("FILE", &self.name)));
            }
            _ => {}
        }
        let beginning = self.beginning();
        if beginning::is_markup(beginning) {
            let way_out = "python -c \"import pandas; pandas.read_html('FILE')[0].to_csv('FILE.csv', index=False)\"";
            return Err(self
                .not_a_table("HTML or XML")
                .hint(format!("for the first table of a page: {}", way_out.replace("FILE", &self.name))));
        }
        Ok(if beginning::is_json_lines(beginning) {
            Format::JsonLines
        } else if beginning::is_json(beginning) {
            let way_out = "jq -c '.[]' FILE > FILE.jsonl";
            return Err(self.not_a_table("JSON that is not one object a line").hint(format!(
                "for a list of objects: {}, or in pandas `to_json(…, orient=\"records\", lines=True)`",
                way_out.replace("FILE", &self.name)
            )));
        } else if beginning::is_arff(beginning) {
            Format::Arff
        } else if beginning::is_svmlight(beginning) {
            Format::Svmlight
        } else {
            Format::Delimited { delimiter: b',' }
        })
    }

    /// Hash of the bytes as they are on disk.
    pub fn fingerprint(&self) -> Result<String> {
        let file =
            rewound(self.packed.as_ref().unwrap_or(&self.file)).map_err(|error| cannot_read(&self.name, error))?;
        let mut reader = BufReader::with_capacity(BUFFER, file);
        let mut hash = FNV_START;
        loop {
            let chunk = reader.fill_buf().map_err(|error| cannot_read(&self.name, error))?;
            if chunk.is_empty() {
                return Ok(format!("{hash:016x}"));
            }
            hash = fnv(hash, chunk);
            let used = chunk.len();
            reader.consume(used);
        }
    }

    /// The whole file in memory.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file()?.read_to_end(&mut bytes).map_err(|error| cannot_read(&self.name, error))?;
        Ok(bytes)
    }

    /// Text that was made from this file: its name and fingerprint are those of the file.
    pub fn with_text(self, text: &str) -> Result<Self> {
        let copied = || {
            let mut copy = tempfile::tempfile()?;
            copy.write_all(text.as_bytes())?;
            Ok(copy)
        };
        let file = copied().map_err(|error| cannot_read(&self.name, error))?;
        let mut made = Self { name: self.name, file, packed: Some(self.packed.unwrap_or(self.file)), head: Vec::new() };
        made.head = made.first_bytes()?;
        Ok(made)
    }

    /// The error of a file that holds something else.
    pub fn not_a_table(&self, what: &str) -> Error {
        Error::input(&self.name, what)
            .expected("a table as CSV, TSV, Parquet, Arrow IPC, JSON lines, ARFF, svmlight or a workbook")
    }

    /// The error of a read that failed half way.
    pub fn cannot_read(&self, error: io::Error) -> Error {
        cannot_read(&self.name, error)
    }
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits (Fowler, Noll and Vo), chosen for being a few lines that stay the same in every version.
fn fnv<'a>(hash: u64, bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    bytes.into_iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The fingerprint of bytes in memory.
pub fn fingerprint_of<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    format!("{:016x}", fnv(FNV_START, bytes))
}

/// A copy of standard input, which can be read once only, however often the table is.
fn standard_input() -> io::Result<File> {
    static COPY: Mutex<Option<File>> = Mutex::new(None);
    let mut copy = COPY.lock().unwrap_or_else(PoisonError::into_inner);
    let file = match copy.take() {
        Some(file) => file,
        None => {
            let mut file = tempfile::tempfile()?;
            io::copy(&mut io::stdin().lock(), &mut file)?;
            file
        }
    };
    let rewound = rewound(&file);
    *copy = Some(file);
    rewound
}

fn rewound(file: &File) -> io::Result<File> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    Ok(file)
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
