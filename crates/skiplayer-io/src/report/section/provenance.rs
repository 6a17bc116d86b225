//! How to get the same again.

use super::Section;
use crate::report::ReportInput;
use crate::report::html::{escape, facts, name, note};

/// The section.
pub fn section(input: &ReportInput) -> Option<Section> {
    let from = &input.file.provenance;
    let mut body = format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", escape(input.command));
    body += &facts(
        "table",
        &[
            ("program".into(), format!("skiplayer {}", escape(&from.version))),
            ("seed".into(), from.seed.to_string()),
            ("data".into(), name(&from.data)),
            ("fingerprint of the data".into(), format!("<code>{}</code>", escape(&from.fingerprint))),
        ],
    );
    body += &note("The same program, data, options and seed give the same model, whatever the number of threads.");
    Some(Section { id: "provenance", title: "How to reproduce this", body })
}
