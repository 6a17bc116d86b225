//! `skiplayer show`

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_io::load_model;

use crate::args::ShowArgs;
use crate::render;

/// Prints what a model says.
pub fn run(args: &ShowArgs) -> Result<()> {
    let file = load_model(&args.model)?;
    if args.json {
        let value = json!({
            "explanation": file.model.explanation,
            "summary": file.summary,
            "provenance": file.provenance,
        });
        let text = serde_json::to_string(&value).map_err(|e| Error::failure("--json", e.to_string()))?;
        return render::print(&(text + "\n"));
    }
    render::print(&render::model::text(&file))
}
