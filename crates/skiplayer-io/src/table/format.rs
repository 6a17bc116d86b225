//! What a file is.

/// What a file is, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with one record a line. A blank as delimiter stands for any number of blanks and tabs.
    Delimited { delimiter: u8 },
    /// An Excel or OpenDocument workbook.
    Workbook,
    /// Text with one JSON object a line.
    JsonLines,
    /// Attribute-relation file format, of Weka and OpenML.
    Arff,
    /// `label index:value …`, also called libsvm.
    Svmlight,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC with a footer (also called Feather version 2).
    ArrowFile,
    /// Arrow IPC as a stream of messages.
    ArrowStream,
}

impl Format {
    /// In words: "CSV with `;` between cells, names in the first line".
    pub fn describe(self, has_header: bool) -> String {
        match self {
            Format::Delimited { delimiter } => {
                let between = match delimiter {
                    b' ' => "blanks".to_owned(),
                    b'\t' => "tabs".to_owned(),
                    other => format!("`{}`", char::from(other)),
                };
                format!(
                    "text with {between} between cells, {}",
                    if has_header { "with names" } else { "without names" }
                )
            }
            Format::Parquet => "Parquet".to_owned(),
            Format::ArrowFile => "Arrow IPC (Feather 2)".to_owned(),
            Format::ArrowStream => "Arrow IPC stream".to_owned(),
            Format::Workbook => "workbook".to_owned(),
            Format::JsonLines => "JSON lines".to_owned(),
            Format::Arff => "ARFF".to_owned(),
            Format::Svmlight => "svmlight".to_owned(),
        }
    }
}
