//! A deep network: counts, a table of its stages, and drawings of its blocks.

use skiplayer::Result;
use skiplayer_deep::describe::architecture::Architecture;
use skiplayer_deep::describe::block::Block;
use skiplayer_deep::describe::summary::summary;

use super::drawing;
use super::grid::{Align, Grid};
use super::number::{bytes, count, si, whole};
use super::page::Page;

/// All of `skiplayer deep show`.
///
/// # Errors
/// Layers that do not fit together.
pub fn network(architecture: &Architecture) -> Result<String> {
    let cost = architecture.cost()?;
    let mut page = Page::for_stdout();
    let blocks = count(architecture.blocks().count(), "block");
    page.headline(&format!("{}: {} in {blocks}", architecture.name, count(cost.n_layers, "layer")));
    page.fact("input", &architecture.input.to_string());
    page.fact("output", &architecture.output()?.to_string());
    page.fact("parameters", &format!("{}, {}", whole(cost.n_parameters), bytes(cost.parameter_bytes())));
    page.fact("multiply_adds", &format!("{} an image, {}", whole(cost.multiply_adds), si(cost.multiply_adds)));
    page.fact(
        "memory",
        &format!(
            "{} an image in training, {} in prediction",
            bytes(cost.training_bytes()),
            bytes(cost.prediction_bytes())
        ),
    );
    page.heading("Stages");
    stages(&mut page, architecture)?;
    page.heading("Blocks");
    draw(&mut page, "stem", &[drawing::chain(&architecture.stem)]);
    for stage in &architecture.stages {
        let drawings: Vec<(&Block, Vec<String>)> =
            stage.blocks.iter().map(|block| (block, drawing::block(block))).collect();
        for alike in drawings.chunk_by(|a, b| a.1 == b.1) {
            let ([(first, lines), ..], [.., (last, _)]) = (alike, alike) else { continue };
            let mut name = match alike.len() {
                1 => first.name.clone(),
                n => format!("{} to {}: {} alike", first.name, last.name, count(n, "block")),
            };
            if last.survival < 1.0 {
                name += &format!(", branches kept with p = {}", range(first.survival, last.survival));
            }
            draw(&mut page, &name, lines);
            inner(&mut page, first);
        }
    }
    draw(&mut page, "head", &[drawing::chain(&architecture.head)]);
    Ok(page.finish())
}

fn stages(page: &mut Page, architecture: &Architecture) -> Result<()> {
    let mut grid = Grid::new(&[
        ("stage", Align::Left),
        ("blocks", Align::Right),
        ("output", Align::Right),
        ("parameters", Align::Right),
        ("multiply-adds", Align::Right),
    ]);
    for part in summary(architecture)? {
        grid.row([
            part.name,
            if part.n_blocks > 0 { part.n_blocks.to_string() } else { String::new() },
            part.output.to_string(),
            whole(part.n_parameters),
            si(part.multiply_adds),
        ]);
    }
    page.grid(&grid);
    Ok(())
}

fn range(from: f64, to: f64) -> String {
    if from == to { format!("{to:.2}") } else { format!("{from:.2} to {to:.2}") }
}

/// Blocks inside a branch are drawn below it.
fn inner(page: &mut Page, block: &Block) {
    for block in drawing::inner(block) {
        draw(page, &block.name, &drawing::block(block));
        inner(page, block);
    }
}

fn draw(page: &mut Page, name: &str, lines: &[String]) {
    if lines == [drawing::chain(&Vec::new())] {
        return;
    }
    page.aside(name);
    lines.iter().for_each(|line| page.verbatim(line));
}
