//! A grid of shades: one colour, the stronger the more.

use std::fmt::Write;

use crate::report::html::escape;

/// Units of the page that a cell takes at most, and the whole at most.
const CELL: f64 = 12.0;
const WHOLE: f64 = 330.0;

/// A polyline over the cells, in shares of the whole from the top left: row, column.
pub type Track = [(f64, f64)];

/// Shades from 0 to 1 by row from the top; `None` is left blank, and what is below 0 takes the other colour.
pub fn draw_heat(
    title: &str,
    description: &str,
    rows: &[Vec<Option<f64>>],
    track: &Track,
    x: &str,
    y: &str,
) -> Option<String> {
    let n_columns = rows.iter().map(Vec::len).max().filter(|n| *n > 0)?;
    let cell = CELL.min(WHOLE / n_columns as f64);
    let (width, height) = (cell * n_columns as f64, cell * rows.len() as f64);
    let mut svg = format!(
        "<svg role=\"img\" viewBox=\"0 0 {:.1} {:.1}\" style=\"max-width:{:.0}px\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title>{}</title>\n<desc>{}</desc>\n",
        WHOLE.max(width),
        height + 34.0,
        1.6 * WHOLE,
        escape(title),
        escape(description)
    );
    // Writing into a string cannot fail.
    let _ = writeln!(svg, "<text x=\"0\" y=\"11\" font-size=\"11\" class=\"fill-text\">{}</text>", escape(y));
    for (i, row) in rows.iter().enumerate() {
        for (j, shade) in row.iter().enumerate() {
            let Some(shade) = shade.filter(|shade| shade.is_finite()) else { continue };
            let class = if shade < 0.0 { "fill-network" } else { "fill-linear" };
            let _ = writeln!(
                svg,
                "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" class=\"{class}\" fill-opacity=\"{:.3}\"/>",
                j as f64 * cell,
                18.0 + i as f64 * cell,
                cell - 0.4,
                cell - 0.4,
                shade.abs().min(1.0)
            );
        }
    }
    if !track.is_empty() {
        let point = |(row, column): &(f64, f64)| format!("{:.1},{:.1}", column * width, 18.0 + row * height);
        let points: Vec<String> = track.iter().map(point).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke-width=\"2\" class=\"stroke-network\"/>",
            points.join(" ")
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"0\" y=\"{:.1}\" font-size=\"11\" class=\"fill-text\">{}</text>\n</svg>",
        height + 31.0,
        escape(x)
    );
    Some(svg)
}
