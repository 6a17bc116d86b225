//! Pages about deep networks.

mod inspection;
mod study;

pub use inspection::write_inspections;
pub use study::{Curve, StudyReport, write_study};

use crate::report::chart::Ink;
use crate::report::html::{Html, html};

/// Colours of networks that are compared, in their order.
const INKS: [(Ink, &str); 4] = [
    (Ink::Network, "line-network"),
    (Ink::Linear, "solid-linear"),
    (Ink::Other, "solid-other"),
    (Ink::Faint, "solid-faint"),
];

/// The colour of network `i`; later ones share the last.
fn ink(i: usize) -> Ink {
    INKS[i.min(INKS.len() - 1)].0
}

/// Which colour is whose.
fn legend<'a>(names: impl IntoIterator<Item = &'a str>) -> Html {
    let item = |(i, name): (usize, &str)| {
        let class = INKS[i.min(INKS.len() - 1)].1;
        html!("<li><span class=\"key {}\"></span>{}</li>\n", class, name)
    };
    let items: Html = names.into_iter().enumerate().map(item).collect();
    html!("<ul class=\"legend\">\n{}</ul>\n", items)
}
