//! Workbooks: Excel by a writer of its own, OpenDocument by the words of its standard.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Workbook};
use skiplayer_io::{Format, ReadOptions};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::files::*;

const NUMBERS: [f64; 3] = [0.5, -2.0, 1e-3];
const WORDS: [&str; 3] = ["u", "v, \"w\"", "two\nlines"];
const DAYS: [&str; 3] = ["2024-02-28", "2024-02-29", "2024-03-01"];
const EXPECTED: [&str; 4] = [
    "number x: 0.5 -2 0.001",
    "category k: u v, \"w\" two lines",
    "category b: true false -",
    "number when: 19781 19782 19783",
];

/// Two sheets: a title and a table three rows and two columns away from the corner, and another table.
fn excel() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("answers").unwrap();
    sheet.write_string(3, 2, "Answers of the first day").unwrap();
    for (j, name) in ["x", "k", "b", "when"].into_iter().enumerate() {
        sheet.write_string(4, 2 + j as u16, name).unwrap();
    }
    let date = CellFormat::new().set_num_format("yyyy-mm-dd");
    for (i, (number, word)) in NUMBERS.into_iter().zip(WORDS).enumerate() {
        let row = 5 + i as u32;
        sheet.write_number(row, 2, number).unwrap();
        sheet.write_string(row, 3, word).unwrap();
        if i < 2 {
            sheet.write_boolean(row, 4, i == 0).unwrap();
        }
        let day = ExcelDateTime::parse_from_str(DAYS[i]).unwrap();
        sheet.write_datetime_with_format(row, 5, day, &date).unwrap();
    }
    let other = workbook.add_worksheet().set_name("more").unwrap();
    other.write_row(0, 0, ["a", "c"]).unwrap();
    other.write_row(1, 0, [1, 2]).unwrap();
    other.write_row(2, 0, [3, 4]).unwrap();
    workbook.save_to_buffer().unwrap()
}

/// The table of the first sheet, from its corner on.
fn open_document() -> Vec<u8> {
    let text = |word: &str| {
        let word = word.replace('"', "&quot;").replace('\n', "</text:p><text:p>");
        format!("<table:table-cell office:value-type=\"string\"><text:p>{word}</text:p></table:table-cell>")
    };
    let mut rows = format!("<table:table-row>{}</table:table-row>", ["x", "k", "b", "when"].map(text).concat());
    for (i, (number, word)) in NUMBERS.into_iter().zip(WORDS).enumerate() {
        let truth = match i {
            2 => "<table:table-cell/>".to_owned(),
            i => format!("<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"{}\"/>", i == 0),
        };
        rows += &format!(
            "<table:table-row><table:table-cell office:value-type=\"float\" office:value=\"{number}\"/>{}{truth}\
             <table:table-cell office:value-type=\"date\" office:date-value=\"{}\"/></table:table-row>",
            text(word),
            DAYS[i]
        );
    }
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" office:version=\"1.3\"><office:body>\
         <office:spreadsheet><table:table table:name=\"answers\">{rows}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let manifest = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><manifest:manifest \
                    xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry \
                    manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/></manifest:manifest>";
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let parts = [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", &content),
    ];
    for (name, part) in parts {
        archive.start_file(name, stored).unwrap();
        archive.write_all(part.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn workbooks_of_both_kinds_hold_the_same_table() {
    let found = read(excel()).unwrap();
    assert_eq!((show(&found.table), found.format), (EXPECTED.map(String::from).to_vec(), Format::Workbook));
    assert_eq!(found.notes[0], "the sheet `answers` is read");
    // Line numbers are those of the sheet, title and empty rows included.
    assert_eq!((0..3).map(|row| found.lines.of(row).unwrap()).collect::<Vec<_>>(), [6, 7, 8]);
    let found = read(open_document()).unwrap();
    assert_eq!((show(&found.table), found.format), (EXPECTED.map(String::from).to_vec(), Format::Workbook));
}

#[test]
fn another_sheet_is_asked_for_by_its_name() {
    let more = read_with(excel(), &ReadOptions::default().with_sheet("more")).unwrap();
    assert_eq!(show(&more.table), ["number a: 1 3", "number c: 2 4"]);
    let wrong = message(excel(), &ReadOptions::default().with_sheet("answer"));
    assert!(wrong.contains("no sheet `answer`, expected one of `answers`, `more`; did you mean `answers`?"), "{wrong}");
}
