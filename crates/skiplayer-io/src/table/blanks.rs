//! Text with blanks between cells, as R's `write.table` and many scientific programs write it.

use std::io::{self, BufRead};

use super::records::{Record, Records};

impl<R: BufRead> Records<R> {
    /// Puts the next record into `record`; `false` at the end. Cells are apart by blanks and tabs, however many; a quoted cell
    /// may hold them, and quotes as `""` or `\"`. Lines of nothing but blanks are skipped.
    pub(super) fn read_between_blanks(&mut self, record: &mut Record) -> io::Result<bool> {
        record.clear();
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.next_line(&mut line)? == 0 {
                record.last_line = self.line;
                return Ok(false);
            }
            if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        record.line = self.line - 1;
        let mut at = 0;
        loop {
            while line.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            match line.get(at) {
                None => break,
                Some(b'"') => at = self.quoted(record, &mut line, at + 1)?,
                Some(_) => {
                    let length = line[at..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
                    record.bytes.extend_from_slice(&line[at..at + length]);
                    at += length;
                }
            }
            record.end_cell();
        }
        record.last_line = self.line - 1;
        Ok(true)
    }

    /// Reads the cell whose quote is before `at`; where the next one may start. A cell may go on in the next line.
    fn quoted(&mut self, record: &mut Record, line: &mut Vec<u8>, mut at: usize) -> io::Result<usize> {
        loop {
            match (line.get(at), line.get(at + 1)) {
                (Some(b'"'), Some(b'"')) | (Some(b'\\'), Some(b'"')) => {
                    record.bytes.push(b'"');
                    at += 2;
                }
                (Some(b'"'), _) => return Ok(at + 1),
                (Some(&byte), _) => {
                    record.bytes.push(byte);
                    at += 1;
                }
                (None, _) => {
                    if self.next_line(line)? == 0 {
                        record.unclosed_quote = true;
                        return Ok(at);
                    }
                }
            }
        }
    }

    /// Appends a line with its end, and counts it.
    fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        let n = self.input.read_until(b'\n', line)?;
        self.line += usize::from(n > 0);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(usize, Vec<String>)> {
        let mut records = Records::new(text.as_bytes(), b' ');
        let mut record = Record::default();
        let mut all = Vec::new();
        while records.read(&mut record).unwrap() {
            let cells = (0..record.len()).map(|j| String::from_utf8(record.cell(j).to_vec()).unwrap());
            all.push((record.line, cells.collect()));
        }
        all
    }

    #[test]
    fn cells_are_apart_by_any_number_of_blanks() {
        let text = "\"x\" \"s\"\n\n\"1\" 0.5\r\n  18.0   8\t\"chevrolet \\\"chevelle\\\" malibu\"\n\"two\nlines\" 3";
        let expected: [(usize, &[&str]); 4] = [
            (1, &["x", "s"]),
            (3, &["1", "0.5"]),
            (4, &["18.0", "8", "chevrolet \"chevelle\" malibu"]),
            (5, &["two\nlines", "3"]),
        ];
        assert_eq!(split(text), expected.map(|(line, cells)| (line, cells.iter().map(|s| s.to_string()).collect())));
    }

    #[test]
    fn a_quote_that_stays_open_is_reported() {
        let mut record = Record::default();
        assert!(Records::new(&b"1 \"2 3\n4"[..], b' ').read(&mut record).unwrap());
        assert!(record.unclosed_quote && record.line == 1);
    }
}
