//! A chart: axes, marks, and words that say what is seen.

use std::io;
use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{Cartesian2d, Color, IntoFont, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{ShapeStyle, TextStyle};

use super::ink::{Ink, with_classes};
use crate::report::html::{Html, html};
use crate::report::number::tick;

/// Coordinates are whole numbers in the library: tenths of the unit of the page keep curves smooth.
pub const UNIT: f64 = 10.0;
/// Size of labels, in units of the page.
const LABEL: f64 = 11.0;
/// The library writes font sizes divided by this.
const FONT_FACTOR: f64 = 1.24;
/// Ranges narrower than this share of their ends have no ticks in double precision.
const NARROWEST: f64 = 1e-9;
/// Sizes beyond these are not drawn, or are zero.
const LARGEST: f64 = 1e150;
const SMALLEST: f64 = 1e-150;

/// Drawing into memory cannot fail, but the library's types allow for it.
pub type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// What is said about a chart, and how large it is in units of the page.
pub struct Frame<'a> {
    /// What it is.
    pub title: &'a str,
    /// What is seen, with numbers.
    pub description: &'a str,
    pub width: f64,
    pub height: f64,
}

/// A direction of a chart.
pub struct Axis<'a> {
    pub range: Range<f64>,
    pub name: &'a str,
    /// About how many ticks; none: the axis is not drawn.
    pub ticks: usize,
    /// From a coordinate to what is written.
    pub label: &'a dyn Fn(f64) -> String,
}

/// The range of the values that are finite, a little wider; `None` where nothing can be drawn.
pub fn covering(values: impl IntoIterator<Item = f64>) -> Option<Range<f64>> {
    let mut values = values.into_iter().filter(|v| v.is_finite() && v.abs() < LARGEST);
    let first = values.next()?;
    let (lo, hi) = values.fold((first, first), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let largest = lo.abs().max(hi.abs());
    let margin = match hi - lo {
        span if span > NARROWEST * largest && span > SMALLEST => 0.04 * span,
        // One value: room around it.
        _ if largest > SMALLEST => 0.05 * largest,
        _ => 1.0,
    };
    Some(lo - margin..hi + margin)
}

/// Ticks as decimal numbers.
pub fn decimal(range: &Range<f64>) -> impl Fn(f64) -> String + use<> {
    let span = range.end - range.start;
    move |value| tick(value, span)
}

/// Ticks of an axis in powers of ten.
pub fn power_of_ten(value: f64) -> String {
    let value = 10f64.powf(value);
    tick(value, value)
}

/// Ticks of an axis of shares.
pub fn whole_percent(value: f64) -> String {
    format!("{:.0}%", 100.0 * value).replace('-', "−")
}

/// Where marks go.
pub struct Plot<'a> {
    chart: Chart<'a>,
}

/// An SVG of `frame` with the marks of `marks`; `None` if it cannot be drawn.
pub fn draw(frame: &Frame, x: &Axis, y: &Axis, marks: impl FnOnce(&Plot) -> Drawn) -> Option<Html> {
    let size = (pixels(frame.width), pixels(frame.height));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let chart = axes(&area, x, y).ok()?;
        marks(&Plot { chart }).ok()?;
        area.present().ok()?;
    }
    let (_, marks) = with_classes(&svg).split_once('>').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    let marks = marks.split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    Some(html!(
        "<svg role=\"img\" viewBox=\"0 0 {} {}\" style=\"max-width:{}px\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title>{}</title>\n<desc>{}</desc>\n{}\n",
        size.0,
        size.1,
        (1.6 * frame.width).round(),
        frame.title,
        frame.description,
        // The library escapes the text that it writes.
        Html::trusted(marks)
    ))
}

fn pixels(length: f64) -> u32 {
    (UNIT * length).round() as u32
}

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn axes<'a>(
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    x: &Axis,
    y: &Axis,
) -> Result<Chart<'a>, DrawingAreaErrorKind<io::Error>> {
    let has_y = y.ticks > 0;
    // Names stand above the ordinate, where they can be read without turning the head, and below the abscissa.
    let mut chart = ChartBuilder::on(area)
        .margin_left(pixels(4.0))
        .margin_right(pixels(16.0))
        .margin_top(pixels(if y.name.is_empty() { 2.0 } else { 20.0 }))
        .margin_bottom(pixels(if x.name.is_empty() { 2.0 } else { 16.0 }))
        .x_label_area_size(if x.ticks > 0 { pixels(19.0) } else { 0 })
        .y_label_area_size(if has_y { pixels(42.0) } else { 0 })
        .build_cartesian_2d(x.range.clone(), y.range.clone())?;
    if x.ticks + y.ticks > 0 {
        let (x_label, y_label) = (|v: &f64| (x.label)(*v), |v: &f64| (y.label)(*v));
        let mut mesh = chart.configure_mesh();
        mesh.disable_mesh()
            .axis_style(Ink::Axis.color().stroke_width(pixels(0.8)))
            .label_style(text(HPos::Left))
            .set_tick_mark_size(LabelAreaPosition::Bottom, pixels(3.5))
            .set_tick_mark_size(LabelAreaPosition::Left, pixels(3.5))
            .x_labels(x.ticks)
            .y_labels(y.ticks)
            .x_label_formatter(&x_label)
            .y_label_formatter(&y_label);
        if x.ticks == 0 {
            mesh.disable_x_axis();
        }
        if !has_y {
            mesh.disable_y_axis();
        }
        mesh.draw()?;
    }
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (width as i32, height as i32);
    for (name, place, side) in [(y.name, (40, 25), HPos::Left), (x.name, (width - 160, height - 130), HPos::Right)] {
        if !name.is_empty() {
            area.draw(&Text::new(name.to_owned(), place, text(side)))?;
        }
    }
    Ok(chart)
}

fn text(side: HPos) -> TextStyle<'static> {
    let font = ("sans-serif", FONT_FACTOR * UNIT * LABEL).into_font();
    TextStyle { font, color: Ink::Text.color().to_backend_color(), pos: Pos::new(side, VPos::Top) }
}

impl Plot<'_> {
    /// A line through the points that are finite.
    pub fn line(&self, points: impl IntoIterator<Item = (f64, f64)>, ink: Ink, width: f64) -> Drawn {
        let points: Vec<(f64, f64)> = points.into_iter().filter(|point| self.shows(point)).collect();
        let style = ShapeStyle { color: ink.color().to_rgba(), filled: false, stroke_width: pixels(width) };
        self.chart.plotting_area().draw(&PathElement::new(points, style))
    }

    /// Discs, or rings.
    pub fn dots(&self, points: impl IntoIterator<Item = (f64, f64)>, ink: Ink, radius: f64, is_filled: bool) -> Drawn {
        let style = ShapeStyle { color: ink.color().to_rgba(), filled: is_filled, stroke_width: pixels(1.2) };
        let radius = pixels(radius) as i32;
        let area = self.chart.plotting_area();
        points
            .into_iter()
            .filter(|point| self.shows(point))
            .try_for_each(|point| area.draw(&Circle::new(point, radius, style)))
    }

    /// The area between two curves over the same places.
    pub fn band(&self, at: &[f64], lo: &[f64], hi: &[f64], ink: Ink) -> Drawn {
        let there = at.iter().copied().zip(hi.iter().copied());
        let back = at.iter().copied().zip(lo.iter().copied()).rev();
        let points: Vec<(f64, f64)> = there.chain(back).filter(|point| self.shows(point)).collect();
        self.chart.plotting_area().draw(&Polygon::new(points, ink.color().filled()))
    }

    /// A rectangle between two corners.
    pub fn bar(&self, from: (f64, f64), to: (f64, f64), ink: Ink) -> Drawn {
        if !(self.shows(&from) && self.shows(&to)) {
            return Ok(());
        }
        self.chart.plotting_area().draw(&Rectangle::new([from, to], ink.color().filled()))
    }

    /// Whether a point is on the chart. What is not finite, or was too large for the range, is left out.
    fn shows(&self, point: &(f64, f64)) -> bool {
        let (x, y) = (self.chart.x_range(), self.chart.y_range());
        (x.start..=x.end).contains(&point.0) && (y.start..=y.end).contains(&point.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_can_be_drawn() {
        let frame = Frame { title: "t", description: "d", width: 100.0, height: 100.0 };
        let cases: [&[f64]; 9] = [
            &[0.0],
            &[5e-324, -5e-324],
            &[1e-149, 3e-149],
            &[1e12, 1e12 + 1e-3],
            &[1.7e12, 1.7e12 + 5e3],
            &[-1e149, 1e149],
            &[3.0, f64::NAN, f64::INFINITY],
            &[0.1 + 0.2, 0.3],
            &[-1e-3, 1e9],
        ];
        for values in cases {
            let range = covering(values.iter().copied()).unwrap();
            let label = decimal(&range);
            let axis = Axis { range: range.clone(), name: "", ticks: 5, label: &label };
            let svg = draw(&frame, &axis, &axis, |plot| {
                plot.line(values.iter().map(|v| (*v, *v)), Ink::Network, 1.0)?;
                plot.dots(values.iter().map(|v| (*v, *v)), Ink::Network, 1.0, true)
            });
            let svg = svg.unwrap();
            let svg = svg.as_str();
            assert!(svg.contains("<text") && svg.contains("<circle") && !svg.contains("NaN"), "{values:?}");
            assert!(svg.len() < 20_000, "{values:?}");
        }
        assert!(covering([f64::NAN, 1e200]).is_none());
    }
}
