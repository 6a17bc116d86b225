//! How to get the same again.

use super::Section;
use crate::report::ReportInput;
use crate::report::html::{facts, html, name, note};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let from = &input.file.provenance;
    let mut body = html!("<pre tabindex=\"0\"><code>{}</code></pre>\n", input.command);
    body += &facts(
        "table",
        &[
            ("program".into(), format!("skiplayer {}", from.version).into()),
            ("seed".into(), from.seed.to_string().into()),
            ("data".into(), name(&from.data)),
            ("fingerprint of the data".into(), html!("<code>{}</code>", &from.fingerprint)),
        ],
    );
    body += &note("The same program, data, options and seed give the same model, whatever the number of threads.");
    Some(Section { id: "provenance", title: "How to reproduce this", body })
}
