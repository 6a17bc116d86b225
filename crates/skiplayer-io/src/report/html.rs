//! The few forms that HTML takes here. Whatever comes from a file goes through [`escape`].
//!
//! The page is also well-formed XML, so that it can be checked by a strict parser.

/// Text with the characters that mean something to HTML written out; control characters, which XML has no way to write,
/// become the replacement character.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' => escaped.push(' '),
            // No XML; or a change of writing direction that would go on beyond the name.
            '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A name from the data: breakable anywhere, and its writing direction ends with it.
pub fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// A paragraph of plain text.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// A remark below a chart or a table.
pub fn note(text: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", escape(text))
}

/// A heading inside a section.
pub fn heading(text: &str) -> String {
    format!("<h3>{}</h3>\n", escape(text))
}

/// A chart with a caption of ready HTML.
pub fn figure(caption: &str, svg: &str) -> String {
    format!("<figure>\n<figcaption>{caption}</figcaption>\n{svg}</figure>\n")
}

/// Charts side by side where there is room.
pub fn panels(figures: &[String]) -> String {
    format!("<div class=\"panels\">\n{}</div>\n", figures.concat())
}

/// What is only looked up.
pub fn details(summary: &str, body: &str) -> String {
    format!("<details>\n<summary>{}</summary>\n{body}</details>\n", escape(summary))
}

/// A list of plain text.
pub fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
    format!("<ul>\n{items}</ul>\n")
}

/// Names and what there is to say about them, both ready HTML.
pub fn facts(class: &str, facts: &[(String, String)]) -> String {
    let pairs: String =
        facts.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n")).collect();
    format!("<dl class=\"{class}\">\n{pairs}</dl>\n")
}

/// What a column of a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Text,
    Number,
    Chart,
}

/// A table whose first column names its rows. Cells are ready HTML.
pub struct Table {
    caption: String,
    columns: Vec<(String, Column)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with named columns.
    pub fn new(caption: impl Into<String>, columns: impl IntoIterator<Item = (impl Into<String>, Column)>) -> Self {
        let columns = columns.into_iter().map(|(head, column)| (head.into(), column)).collect();
        Self { caption: caption.into(), columns, rows: Vec::new() }
    }

    /// One cell a column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table. On a narrow screen each row becomes a block whose cells say what they are, and the roles, which that would
    /// take away, are written out.
    pub fn html(&self) -> String {
        let class = |column: Column| match column {
            Column::Text => "text",
            Column::Number => "number",
            Column::Chart => "strip",
        };
        let mut html = format!("<table role=\"table\">\n<caption>{}</caption>\n", self.caption);
        html += "<thead role=\"rowgroup\"><tr role=\"row\">";
        for (head, column) in &self.columns {
            html += &format!("<th role=\"columnheader\" scope=\"col\" class=\"{}\">{head}</th>", class(*column));
        }
        html += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
        for row in &self.rows {
            html += "<tr role=\"row\">";
            for (i, (cell, (head, column))) in row.iter().zip(&self.columns).enumerate() {
                html += &match (i, column) {
                    (0, _) => format!("<th role=\"rowheader\" scope=\"row\">{cell}</th>"),
                    (_, Column::Chart) => format!("<td role=\"cell\" class=\"strip\">{cell}</td>"),
                    (_, column) => {
                        format!("<td role=\"cell\" class=\"{}\" data-label=\"{head}\">{cell}</td>", class(*column))
                    }
                };
            }
            html += "</tr>\n";
        }
        html + "</tbody>\n</table>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_file_is_markup() {
        assert_eq!(escape("a<b> & \"c\" 'd'\u{0}\n🌊"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;\u{fffd} 🌊");
    }
}
