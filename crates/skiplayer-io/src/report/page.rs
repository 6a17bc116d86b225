//! The page: a head with the verdict, then the sections that have something to say.

use super::ReportInput;
use super::html::{escape, name};
use super::section::{self, Section};

const STYLE: &str = include_str!("style.css");

/// The whole file.
pub fn page(input: &ReportInput) -> String {
    let from = &input.file.provenance;
    frame(&Frame {
        title: &input.file.model.target.names.join(", "),
        head: &section::verdict(input),
        sections: &section::all(input),
        version: &from.version,
        data: &from.data,
    })
}

/// What makes a page.
pub struct Frame<'a> {
    /// Of the window, plain text.
    pub title: &'a str,
    /// HTML: the verdict.
    pub head: &'a str,
    pub sections: &'a [Section],
    /// Of the program.
    pub version: &'a str,
    /// What the data are called.
    pub data: &'a str,
}

/// A head, a list of contents, and sections.
pub fn frame(frame: &Frame) -> String {
    let contents: String =
        frame.sections.iter().map(|s| format!("<li><a href=\"#{}\">{}</a></li>\n", s.id, escape(s.title))).collect();
    let body: String = frame.sections.iter().map(html).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"generator\" content=\"skiplayer {version}\"/>\n\
         <title>{title}: skiplayer report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n\
         <main id=\"main\">\n{head}\
         <nav aria-label=\"Sections\">\n<ul>\n{contents}</ul>\n</nav>\n{body}</main>\n\
         <footer><p>Written by skiplayer {version} from {data}.</p></footer>\n</body>\n</html>\n",
        version = escape(frame.version),
        title = escape(frame.title),
        head = frame.head,
        data = name(frame.data),
    )
}

fn html(section: &Section) -> String {
    let Section { id, title, body } = section;
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n{body}</section>\n"
    )
}
