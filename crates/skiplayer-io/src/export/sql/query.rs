//! Common table expressions one below the other.

use std::fmt::Write;

/// A query in the making: each step selects from the step before.
pub struct Query {
    text: String,
    /// What the next step selects from.
    from: String,
    /// Columns that every step hands on.
    key: Vec<String>,
    n_steps: usize,
}

impl Query {
    /// A query that begins with the rows of `table`.
    pub fn new(table: &str, key: Vec<String>) -> Self {
        Self { text: String::new(), from: table.to_owned(), key, n_steps: 0 }
    }

    /// A step called `name`: the key, the columns `kept` of the step before, and new columns, each an expression and its name.
    pub fn step(&mut self, name: &str, kept: &[String], new: &[(String, String)]) {
        let opening = if self.n_steps == 0 { "WITH" } else { "),\n" };
        let gap = if self.n_steps == 0 { " " } else { "" };
        let _ = write!(self.text, "{opening}{gap}{name} AS (\n{}", self.select(kept, new));
        self.from = name.to_owned();
        self.n_steps += 1;
    }

    /// The SELECT itself.
    pub fn end(mut self, new: &[(String, String)]) -> String {
        let last = self.select(&[], new);
        self.text += if self.n_steps == 0 { "" } else { ")\n" };
        self.text += last.trim_end();
        self.text += ";\n";
        self.text
    }

    fn select(&self, kept: &[String], new: &[(String, String)]) -> String {
        let key = self.key.iter().map(|column| if self.n_steps == 0 { format!("t.{column}") } else { column.clone() });
        let new = new.iter().map(|(expression, name)| format!("{expression} AS {name}"));
        let columns: Vec<String> = key.chain(kept.iter().cloned()).chain(new).collect();
        let table = if self.n_steps == 0 { format!("{} AS t", self.from) } else { self.from.clone() };
        format!("  SELECT\n    {}\n  FROM {table}\n", columns.join(",\n    "))
    }
}
