//! What is drawn in which colour. A chart names the role; the style sheet decides, for light, dark and paper.

use plotters::style::RGBColor;

/// The role of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The linear model, everywhere.
    Linear,
    /// The same as a curve among curves: dashed.
    Line,
    /// The network: the line with its perturbation, everywhere.
    Network,
    /// What is compared with these two.
    Other,
    /// Many marks that are one picture.
    Faint,
    /// A region: of practical equivalence, of one standard error.
    Region,
    /// Zero, the diagonal, a chosen place.
    Rule,
    Axis,
    Text,
}

const ALL: [(Ink, &str); 9] = [
    (Ink::Linear, "linear"),
    (Ink::Line, "line"),
    (Ink::Network, "network"),
    (Ink::Other, "other"),
    (Ink::Faint, "faint"),
    (Ink::Region, "region"),
    (Ink::Rule, "rule"),
    (Ink::Axis, "axis"),
    (Ink::Text, "text"),
];

impl Ink {
    /// A colour that only [`with_classes`] ever sees.
    pub fn color(self) -> RGBColor {
        RGBColor(0, 0, self as u8 + 1)
    }
}

/// Replaces the colours of [`Ink::color`] by classes: `stroke-linear`, `fill-linear`, …
///
/// The library writes either the stroke or the fill of an element, never both, and escapes quotes in text.
pub fn with_classes(svg: &str) -> String {
    let mut svg = svg.replace(" opacity=\"1\"", "").replace(" font-family=\"sans-serif\"", "");
    for (ink, class) in ALL {
        let RGBColor(r, g, b) = ink.color();
        let color = format!("#{r:02X}{g:02X}{b:02X}");
        svg = svg.replace(&format!("stroke=\"{color}\""), &format!("class=\"stroke-{class}\""));
        svg = svg.replace(&format!("fill=\"{color}\""), &format!("class=\"fill-{class}\""));
    }
    svg.replace(" stroke=\"none\"", "")
}
