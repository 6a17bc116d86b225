//! A page of headings, facts and tables.

use super::grid::Grid;
use super::palette::Palette;
use super::wrap::wrap;
use crate::output;

/// Columns for the name of a fact.
const LABEL: usize = 17;
const INDENT: usize = 2;

/// Text as it grows.
pub struct Page {
    pub palette: Palette,
    width: usize,
    text: String,
}

impl Page {
    /// An empty page for stdout.
    pub fn for_stdout() -> Self {
        Self { palette: Palette::of_stdout(), width: output::stdout_width(), text: String::new() }
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.text
    }

    /// A sentence above everything else.
    pub fn headline(&mut self, text: &str) {
        let text = wrap(text, self.width, 0);
        for line in text.lines() {
            self.text += &self.palette.bold(line);
            self.text.push('\n');
        }
        self.gap();
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// The name of what follows.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        let text = self.palette.bold(text);
        self.paragraph(&text);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.text += &" ".repeat(INDENT);
        self.text += &wrap(text, self.width, INDENT);
        self.text.push('\n');
    }

    /// A remark that need not be read.
    pub fn aside(&mut self, text: &str) {
        for line in wrap(text, self.width - INDENT, 0).lines() {
            self.text += &" ".repeat(INDENT);
            self.text += &self.palette.dim(line);
            self.text.push('\n');
        }
    }

    /// A name and what there is to say about it.
    pub fn fact(&mut self, name: &str, text: &str) {
        let blanks = " ".repeat(LABEL.saturating_sub(name.chars().count()));
        self.text += &format!("{}{}{blanks}", " ".repeat(INDENT), self.palette.dim(name));
        let margin = INDENT + LABEL;
        self.text += &wrap(text, self.width, margin);
        self.text.push('\n');
    }

    /// A formula: broken lines are indented.
    pub fn formula(&mut self, text: &str) {
        self.text += &" ".repeat(INDENT);
        self.text += &wrap(text, self.width, 3 * INDENT);
        self.text.push('\n');
    }

    /// A line of a drawing, however long it is: a broken one could not be read.
    #[cfg(feature = "deep")]
    pub fn verbatim(&mut self, line: &str) {
        self.text += &format!("{}{line}\n", " ".repeat(2 * INDENT));
    }

    /// An aligned table.
    pub fn grid(&mut self, grid: &Grid) {
        for line in grid.lines(self.width - INDENT, self.palette) {
            self.text += &format!("{}{line}\n", " ".repeat(INDENT));
        }
    }
}
