//! Where the rows of a table stand in their file.

/// Lines of rows, counted from 1. Rows follow each other line by line but for blank lines, lines that are no rows, and cells
/// of several lines: only where one of those comes in between is anything kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowLines {
    /// Row, counted from 0, and its line: the rows after it have the lines after it.
    starts: Vec<(usize, usize)>,
}

impl RowLines {
    /// A file in which row 0 stands in `line` and nothing comes in between.
    pub fn from_line(line: usize) -> Self {
        Self { starts: vec![(0, line)] }
    }

    /// Row `row` starts in `line`. Rows come in order.
    pub fn push(&mut self, row: usize, line: usize) {
        if self.of(row) != Some(line) {
            self.starts.push((row, line));
        }
    }

    /// The line of row `row`; `None` where a file has no lines.
    pub fn of(&self, row: usize) -> Option<usize> {
        let after = self.starts.partition_point(|&(start, _)| start <= row);
        let (start, line) = *self.starts.get(after.checked_sub(1)?)?;
        Some(line + row - start)
    }

    /// "row 17" or "row 17 (line 18)", for row 16.
    pub fn name(&self, row: usize) -> String {
        match self.of(row) {
            Some(line) => format!("row {} (line {line})", row + 1),
            None => format!("row {}", row + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_right_after_gaps() {
        let mut lines = RowLines::default();
        assert_eq!((lines.of(0), lines.name(3)), (None, "row 4".to_owned()));
        let found = [2, 3, 4, 8, 9, 11, 12];
        found.iter().enumerate().for_each(|(row, &line)| lines.push(row, line));
        assert!(found.iter().enumerate().all(|(row, &line)| lines.of(row) == Some(line)));
        assert_eq!(lines.starts.len(), 3);
        assert_eq!(lines.name(3), "row 4 (line 8)");
        assert_eq!(RowLines::from_line(2).name(0), "row 1 (line 2)");
    }
}
