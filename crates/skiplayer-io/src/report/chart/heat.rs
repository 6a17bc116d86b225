//! A grid of shades: one colour, the stronger the more.

use crate::report::html::{Html, html};

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
) -> Option<Html> {
    let n_columns = rows.iter().map(Vec::len).max().filter(|n| *n > 0)?;
    let cell = CELL.min(WHOLE / n_columns as f64);
    let (width, height) = (cell * n_columns as f64, cell * rows.len() as f64);
    let rect = |(i, j, shade): (usize, usize, f64)| {
        let class = if shade < 0.0 { "fill-network" } else { "fill-linear" };
        let (x, y, side) = (j as f64 * cell, 18.0 + i as f64 * cell, cell - 0.4);
        html!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\" fill-opacity=\"{}\"/>\n",
            format!("{x:.2}"),
            format!("{y:.2}"),
            format!("{side:.2}"),
            format!("{side:.2}"),
            class,
            format!("{:.3}", shade.abs().min(1.0))
        )
    };
    let of_row = |(i, row): (usize, &Vec<Option<f64>>)| -> Html {
        let shades = row.iter().enumerate().filter_map(|(j, shade)| Some((i, j, (*shade)?)));
        shades.filter(|(_, _, shade)| shade.is_finite()).map(rect).collect()
    };
    let rects: Html = rows.iter().enumerate().map(of_row).collect();
    let point = |(row, column): &(f64, f64)| format!("{:.1},{:.1}", column * width, 18.0 + row * height);
    let points: Vec<String> = track.iter().map(point).collect();
    let line = match points.is_empty() {
        true => Html::default(),
        false => html!(
            "<polyline points=\"{}\" fill=\"none\" stroke-width=\"2\" class=\"stroke-network\"/>\n",
            points.join(" ")
        ),
    };
    Some(html!(
        "<svg role=\"img\" viewBox=\"0 0 {} {}\" style=\"max-width:{}px\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<text x=\"0\" y=\"11\" font-size=\"11\" class=\"fill-text\">{}</text>\n{}{}\
         <text x=\"0\" y=\"{}\" font-size=\"11\" class=\"fill-text\">{}</text>\n</svg>\n",
        format!("{:.1}", WHOLE.max(width)),
        format!("{:.1}", height + 34.0),
        format!("{:.0}", 1.6 * WHOLE),
        title,
        description,
        y,
        rects,
        line,
        format!("{:.1}", height + 31.0),
        x
    ))
}
