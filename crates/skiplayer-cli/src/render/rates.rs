//! A learning rate test.

use skiplayer_deep::train::RateTest;

use super::grid::{Align, Grid};
use super::number::number;
use super::page::Page;

/// Rows that are shown of all steps.
const SHOWN: usize = 20;

/// All of `skiplayer deep train --find-rate`.
pub fn rates(test: &RateTest) -> String {
    let mut page = Page::for_stdout();
    page.headline(&match test.proposed() {
        Some(rate) => format!("try --lr {}: a tenth of the rate at which the loss was lowest", number(rate)),
        None => "the loss never fell: no rate is proposed".to_owned(),
    });
    let mut grid = Grid::new(&[("rate", Align::Right), ("loss", Align::Point), ("smoothed", Align::Point)]);
    let every = test.points.len().div_ceil(SHOWN).max(1);
    for point in test.points.iter().step_by(every) {
        grid.row([number(point.learning_rate), number(point.loss), number(point.smoothed)]);
    }
    page.grid(&grid);
    page.aside("One step at each rate, rates growing from step to step, until the loss explodes (Smith 2017).");
    page.finish()
}
