//! The page: a head with the verdict, then the sections that have something to say.

use super::ReportInput;
use super::html::{Html, html, name};
use super::section::{self, Section};

const STYLE: &str = include_str!("style.css");

/// The whole file.
pub fn page(input: &ReportInput) -> Html {
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
    /// The verdict.
    pub head: &'a Html,
    pub sections: &'a [Section],
    /// Of the program.
    pub version: &'a str,
    /// What the data are called.
    pub data: &'a str,
}

/// A head, a list of contents, and sections.
pub fn frame(frame: &Frame) -> Html {
    let contents: Html =
        frame.sections.iter().map(|s| html!("<li><a href=\"#{}\">{}</a></li>\n", s.id, s.title)).collect();
    let body: Html = frame.sections.iter().map(html_of).collect();
    html!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"generator\" content=\"skiplayer {}\"/>\n\
         <title>{}: skiplayer report</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n\
         <main id=\"main\">\n{}\
         <nav aria-label=\"Sections\">\n<ul>\n{}</ul>\n</nav>\n{}</main>\n\
         <footer><p>Written by skiplayer {} from {}.</p></footer>\n</body>\n</html>\n",
        frame.version,
        frame.title,
        Html::trusted(STYLE.to_owned()),
        frame.head,
        contents,
        body,
        frame.version,
        name(frame.data),
    )
}

fn html_of(section: &Section) -> Html {
    let Section { id, title, body } = section;
    html!(
        "<section id=\"{}\" aria-labelledby=\"{}-title\">\n<h2 id=\"{}-title\">{}</h2>\n{}</section>\n",
        id,
        id,
        id,
        title,
        body
    )
}
