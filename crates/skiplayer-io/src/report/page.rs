//! The page: a head with the verdict, then the sections that have something to say.

use super::ReportInput;
use super::html::{escape, name};
use super::section::{self, Section};

const STYLE: &str = include_str!("style.css");

/// The whole file.
pub fn page(input: &ReportInput) -> String {
    let sections = section::all(input);
    let targets = input.file.model.target.names.join(", ");
    let contents: String =
        sections.iter().map(|s| format!("<li><a href=\"#{}\">{}</a></li>\n", s.id, escape(s.title))).collect();
    let body: String = sections.iter().map(html).collect();
    let from = &input.file.provenance;
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"generator\" content=\"skiplayer {version}\"/>\n\
         <title>{title}: skiplayer report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n\
         <main id=\"main\">\n{verdict}\
         <nav aria-label=\"Sections\">\n<ul>\n{contents}</ul>\n</nav>\n{body}</main>\n\
         <footer><p>Written by skiplayer {version} from {data}.</p></footer>\n</body>\n</html>\n",
        version = escape(&from.version),
        title = escape(&targets),
        verdict = section::verdict(input),
        data = name(&from.data),
    )
}

fn html(section: &Section) -> String {
    let Section { id, title, body } = section;
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n{body}</section>\n"
    )
}
