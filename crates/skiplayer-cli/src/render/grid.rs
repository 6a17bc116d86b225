//! Aligned tables.

use console::{measure_text_width, truncate_str};

use super::palette::Palette;

/// Columns between columns.
const GAP: usize = 3;
/// A clipped column keeps at least this much.
const NARROWEST: usize = 8;

/// How the cells of a column stand below each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text. Only such columns are clipped where the table is too wide.
    Left,
    /// Whole numbers.
    Right,
    /// Numbers, by their decimal point.
    Point,
}

/// A table with a title for each column.
#[derive(Debug, Clone)]
pub struct Grid {
    align: Vec<Align>,
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            align: columns.iter().map(|(_, align)| *align).collect(),
            titles: columns.iter().map(|(title, _)| (*title).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, one cell a column. Line ends and other controls in names of columns and levels are shown as `\n` and the like.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(on_one_line).collect());
    }

    /// Lines of at most `width` columns, as far as numbers allow; titles first.
    pub fn lines(&self, width: usize, palette: Palette) -> Vec<String> {
        let mut rows = self.rows.clone();
        let mut titles = self.titles.clone();
        for (j, align) in self.align.iter().enumerate() {
            if *align == Align::Point {
                align_points(&mut rows, j);
            }
        }
        let mut widths: Vec<usize> = titles
            .iter()
            .enumerate()
            .map(|(j, title)| {
                rows.iter().filter_map(|row| row.get(j)).chain([title]).map(|c| measure_text_width(c)).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        self.clip(&mut widths, width);
        for row in rows.iter_mut().chain([&mut titles]) {
            for ((cell, &width), align) in row.iter_mut().zip(&widths).zip(&self.align) {
                *cell = pad(&truncate_str(cell, width, "…"), width, *align);
            }
        }
        let gap = " ".repeat(GAP);
        let line = |cells: &Vec<String>| cells.join(&gap).trim_end().to_owned();
        std::iter::once(palette.dim(&line(&titles))).chain(rows.iter().map(line)).collect()
    }

    /// Narrows the widest text columns until the table fits.
    fn clip(&self, widths: &mut [usize], limit: usize) {
        loop {
            let total: usize = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
            let excess = total.saturating_sub(limit);
            let text = (0..widths.len()).filter(|&j| self.align[j] == Align::Left && widths[j] > NARROWEST);
            let Some(widest) = text.max_by_key(|&j| widths[j]) else { return };
            if excess == 0 {
                return;
            }
            widths[widest] -= 1;
        }
    }
}

fn on_one_line(cell: String) -> String {
    let is_shown = |c: char| !c.is_control();
    if cell.chars().all(is_shown) {
        return cell;
    }
    cell.chars().map(|c| if is_shown(c) { c.to_string() } else { c.escape_debug().to_string() }).collect()
}

/// Blanks behind the shorter fractions of column `j`.
fn align_points(rows: &mut [Vec<String>], j: usize) {
    let fraction = |cell: &str| cell.find('.').map_or(0, |point| cell.len() - point);
    let longest = rows.iter().filter_map(|row| row.get(j)).map(|cell| fraction(cell)).max().unwrap_or(0);
    for cell in rows.iter_mut().filter_map(|row| row.get_mut(j)) {
        let missing = longest - fraction(cell);
        cell.push_str(&" ".repeat(missing));
    }
}

fn pad(cell: &str, width: usize, align: Align) -> String {
    let blanks = " ".repeat(width.saturating_sub(measure_text_width(cell)));
    if align == Align::Left { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_below_points() {
        let mut grid = Grid::new(&[("name", Align::Left), ("value", Align::Point), ("n", Align::Right)]);
        grid.row(["a".into(), "1.25".into(), "7".into()]);
        grid.row(["bcdef".into(), "-100".into(), "10".into()]);
        let lines = grid.lines(80, Palette::plain());
        assert_eq!(lines, ["name      value    n", "a          1.25    7", "bcdef   -100      10"]);
    }

    #[test]
    fn a_line_end_in_a_cell_breaks_no_line() {
        let mut grid = Grid::new(&[("name", Align::Left), ("value", Align::Point)]);
        grid.row(["x\n(m)\u{1b}[2J".into(), "1.25".into()]);
        let lines = grid.lines(80, Palette::plain());
        assert_eq!(lines[1], "x\\n(m)\\u{1b}[2J    1.25");
    }

    #[test]
    fn long_names_are_clipped() {
        let mut grid = Grid::new(&[("name", Align::Left), ("value", Align::Point)]);
        grid.row(["x".repeat(200), "1.25".into()]);
        grid.row(["温度".repeat(60), "1.25".into()]);
        let lines = grid.lines(40, Palette::plain());
        assert!(lines.iter().all(|line| measure_text_width(line) <= 40), "{lines:?}");
        assert!(lines[1].contains('…') && lines[1].ends_with("1.25"));
    }
}
