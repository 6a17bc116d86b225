//! What a penalty left of a network.

use serde_json::Value;

use super::grid::{Align, Grid};
use super::number::{number, percent, si, with_interval};
use super::page::Page;

/// All of `skiplayer deep prune`, from its JSON.
pub fn pruning(result: &Value) -> String {
    let mut page = Page::for_stdout();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let blocks = result["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let removed = result["removed"].as_array().map(Vec::len).unwrap_or_default();
    page.headline(&format!("{}: {removed} of {} branches are not needed", text(&result["network"]), blocks.len()));
    let percent_of = |value: &Value| percent(value.as_f64().unwrap_or(f64::NAN));
    let count = |value: &Value| si(value.as_u64().unwrap_or(0));
    let mut grid = Grid::new(&[("", Align::Left), ("error", Align::Left)]);
    let errors = &result["error"];
    let interval = |key: &str| {
        let ends = &result["interval"][key];
        ends[0].as_f64().zip(ends[1].as_f64())
    };
    for (name, key) in [
        ("trained", "before"),
        ("without these branches", "pruned"),
        ("fine-tuned", "fine_tuned"),
        ("the same network from scratch", "scratch"),
    ] {
        grid.row([name.to_owned(), with_interval(errors[key].as_f64().unwrap_or(f64::NAN), interval(key))]);
    }
    page.grid(&grid);
    page.aside(&format!("{} examples of {}, in brackets 95% intervals", result["examples"], text(&result["data"])));
    page.gap();
    for (name, key) in [("parameters", "parameters"), ("multiply-adds", "multiply_adds")] {
        page.fact(name, &format!("{} of {}", count(&result[key]["after"]), count(&result[key]["before"])));
    }
    page.fact("lambda", &number(result["lambda"].as_f64().unwrap_or(f64::NAN)));
    page.heading("Scales");
    let mut grid = Grid::new(&[("block", Align::Left), ("scale", Align::Point)]);
    for block in blocks {
        let scale = block["scale"].as_f64().unwrap_or(f64::NAN);
        grid.row([text(&block["block"]), if scale == 0.0 { "pruned".to_owned() } else { format!("{scale:.3}") }]);
    }
    page.grid(&grid);
    page.heading("Error if further branches are removed, without training");
    let mut grid = Grid::new(&[("branches", Align::Right), ("error", Align::Right)]);
    for point in result["curve"].as_array().map(Vec::as_slice).unwrap_or_default() {
        grid.row([point["branches"].to_string(), percent_of(&point["error"])]);
    }
    page.grid(&grid);
    page.aside(&format!("All of it is in {}.", text(&result["folder"])));
    page.finish()
}
