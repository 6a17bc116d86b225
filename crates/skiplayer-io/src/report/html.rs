//! HTML as a type: text becomes [`Html`] only by being escaped, so that a forgotten escape does not compile.
//!
//! [`html!`] fills a template of ours; what is put in is escaped unless it is `Html` already. The page is also well-formed XML, so that
//! it can be checked by a strict parser.

use std::fmt::{self, Display};
use std::ops::{Add, AddAssign};

/// Ready HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

/// What can stand in a template, and how it is written there.
pub trait Content {
    /// Writes it as HTML.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Content on its way into a template.
pub struct Filled<'a, T: ?Sized>(pub &'a T);

impl<T: Content + ?Sized> Display for Filled<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

/// Fills a template of HTML: `html!("<p>{}</p>", text)`. Arguments are [`Content`], in order; none can be named inside the braces.
macro_rules! html {
    ($template:literal $(, $argument:expr)* $(,)?) => {
        // A template that is not a literal to `format!` cannot capture variables, past their escape.
        $crate::report::html::Html::trusted(format!(concat!($template) $(, $crate::report::html::Filled(&$argument))*))
    };
}
pub(crate) use html;

/// Cells of a row or a list, each HTML or text.
macro_rules! cells {
    ($($cell:expr),* $(,)?) => { [$($crate::report::html::Html::from($cell)),*] };
}
pub(crate) use cells;

impl Html {
    /// Text that is HTML already: templates of ours, and what a library has drawn.
    pub fn trusted(html: String) -> Self {
        Self(html)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One after the other.
    pub fn concat<'a>(parts: impl IntoIterator<Item = &'a Html>) -> Self {
        Self(parts.into_iter().map(Html::as_str).collect())
    }

    /// One after the other with text between them.
    pub fn join(parts: &[Html], between: &str) -> Self {
        let between = escape(between);
        Self(parts.iter().map(Html::as_str).collect::<Vec<_>>().join(&between.0))
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(parts: I) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect())
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        escape(text)
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        escape(&text)
    }
}

impl Add<&Html> for Html {
    type Output = Html;

    fn add(mut self, more: &Html) -> Html {
        self += more;
        self
    }
}

impl AddAssign<&Html> for Html {
    fn add_assign(&mut self, more: &Html) {
        self.0 += &more.0;
    }
}

impl Content for Html {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Content for str {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(self).0)
    }
}

impl Content for String {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().write(f)
    }
}

impl<T: Content + ?Sized> Content for &T {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).write(f)
    }
}

macro_rules! numbers_are_content {
    ($($number:ty),*) => {$(
        impl Content for $number {
            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Display::fmt(self, f)
            }
        }
    )*};
}

numbers_are_content!(u32, u64, usize, f64);

/// Text with the characters that mean something to HTML written out; control characters, which XML has no way to write,
/// become the replacement character.
pub fn escape(text: &str) -> Html {
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
    Html(escaped)
}

/// A name from the data: breakable anywhere, and its writing direction ends with it.
pub fn name(text: &str) -> Html {
    html!("<bdi>{}</bdi>", text)
}

/// A paragraph of plain text.
pub fn paragraph(text: &str) -> Html {
    html!("<p>{}</p>\n", text)
}

/// A remark below a chart or a table.
pub fn note(text: &str) -> Html {
    html!("<p class=\"note\">{}</p>\n", text)
}

/// A heading inside a section.
pub fn heading(text: &str) -> Html {
    html!("<h3>{}</h3>\n", text)
}

/// A chart with a caption.
pub fn figure(caption: &(impl Content + ?Sized), svg: &Html) -> Html {
    html!("<figure>\n<figcaption>{}</figcaption>\n{}</figure>\n", caption, svg)
}

/// Charts side by side where there is room.
pub fn panels(figures: &[Html]) -> Html {
    html!("<div class=\"panels\">\n{}</div>\n", Html::concat(figures))
}

/// What is only looked up.
pub fn details(summary: &str, body: &Html) -> Html {
    html!("<details>\n<summary>{}</summary>\n{}</details>\n", summary, body)
}

/// A list of plain text.
pub fn list(items: &[String]) -> Html {
    let items: Html = items.iter().map(|item| html!("<li>{}</li>\n", item)).collect();
    html!("<ul>\n{}</ul>\n", items)
}

/// Names and what there is to say about them.
pub fn facts(class: &str, facts: &[(Html, Html)]) -> Html {
    let pairs: Html =
        facts.iter().map(|(name, value)| html!("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value)).collect();
    html!("<dl class=\"{}\">\n{}</dl>\n", class, pairs)
}

/// What a column of a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Text,
    Number,
    Chart,
}

/// A table whose first column names its rows.
pub struct Table {
    caption: Html,
    columns: Vec<(Html, Column)>,
    rows: Vec<Vec<Html>>,
}

impl Table {
    /// An empty table with named columns.
    pub fn new(caption: impl Into<Html>, columns: impl IntoIterator<Item = (impl Into<Html>, Column)>) -> Self {
        let columns = columns.into_iter().map(|(head, column)| (head.into(), column)).collect();
        Self { caption: caption.into(), columns, rows: Vec::new() }
    }

    /// One cell a column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Html>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table. On a narrow screen each row becomes a block whose cells say what they are, and the roles, which that would
    /// take away, are written out.
    pub fn html(&self) -> Html {
        let head = |(head, column): &(Html, Column)| {
            html!("<th role=\"columnheader\" scope=\"col\" class=\"{}\">{}</th>", column.class(), head)
        };
        let heads: Html = self.columns.iter().map(head).collect();
        let rows: Html = self.rows.iter().map(|row| self.html_of(row)).collect();
        html!(
            "<table role=\"table\">\n<caption>{}</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">{}</tr></thead>\n\
             <tbody role=\"rowgroup\">\n{}</tbody>\n</table>\n",
            self.caption,
            heads,
            rows
        )
    }

    fn html_of(&self, row: &[Html]) -> Html {
        let cell = |(i, (cell, (head, column))): (usize, (&Html, &(Html, Column)))| match (i, column) {
            (0, _) => html!("<th role=\"rowheader\" scope=\"row\">{}</th>", cell),
            (_, Column::Chart) => html!("<td role=\"cell\" class=\"strip\">{}</td>", cell),
            (_, column) => {
                html!("<td role=\"cell\" class=\"{}\" data-label=\"{}\">{}</td>", column.class(), head, cell)
            }
        };
        let cells: Html = row.iter().zip(&self.columns).enumerate().map(cell).collect();
        html!("<tr role=\"row\">{}</tr>\n", cells)
    }
}

impl Column {
    fn class(self) -> &'static str {
        match self {
            Column::Text => "text",
            Column::Number => "number",
            Column::Chart => "strip",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_file_is_markup() {
        let odd = "a<b> & \"c\" 'd'\u{0}\n🌊";
        let escaped = "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;\u{fffd} 🌊";
        assert_eq!(escape(odd).as_str(), escaped);
        assert_eq!(
            html!("<i title=\"{}\">{}</i>", odd, html!("<b>{}</b>", 1.5)).as_str(),
            format!("<i title=\"{escaped}\"><b>1.5</b></i>")
        );
    }
}
