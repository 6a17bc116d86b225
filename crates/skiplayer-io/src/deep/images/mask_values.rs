//! What the values of masks mean, and values that mean nothing: the smooth edges of masks that were scaled, or saved as JPEG.

use std::path::Path;

use image::GrayImage;
use skiplayer::{Error, Result, message};
use skiplayer_deep::data::MaskValues;
use skiplayer_deep::options::{CLASSES, THRESHOLD};

use super::mask_file::UNKNOWN;

/// So many values that are on edges only, and no fewer than half of all, are no classes.
const ON_EDGES: usize = 6;
/// A value is on edges if fewer of its pixels than this share are in a square of 2 x 2 of it.
const SOLID: f64 = 0.1;
/// Share of pixels without a class from which it is said.
const REMARKABLE: f64 = 0.1;

/// How often a value is there.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    n: u64,
    /// In squares of 2 x 2 that are all of this value.
    n_solid: u64,
}

/// Counts of the values of masks.
pub struct Counts([Count; 256]);

impl Counts {
    /// Over all of `masks`.
    pub fn of<'a>(masks: impl Iterator<Item = &'a GrayImage>) -> Self {
        let mut counts = Self([Count::default(); 256]);
        for mask in masks {
            counts.add(mask);
        }
        counts
    }

    fn add(&mut self, mask: &GrayImage) {
        let (width, height) = (mask.width() as usize, mask.height() as usize);
        let values = mask.as_raw();
        let mut is_solid = vec![false; values.len()];
        for y in 1..height {
            for x in 1..width {
                let square = [(y - 1) * width + x - 1, (y - 1) * width + x, y * width + x - 1, y * width + x];
                if square.iter().all(|&at| values[at] == values[square[0]]) {
                    square.iter().for_each(|&at| is_solid[at] = true);
                }
            }
        }
        for (&value, is_solid) in values.iter().zip(is_solid) {
            let count = &mut self.0[usize::from(value)];
            count.n += 1;
            count.n_solid += u64::from(is_solid);
        }
    }

    /// Names of the classes if values are their numbers, and what is to be said of them.
    ///
    /// # Errors
    /// Values that are no numbers of classes, with the masks at `place`.
    pub fn classes(&self, place: &Path) -> Result<(Vec<String>, Vec<String>)> {
        let known = |value: &usize| *value != usize::from(UNKNOWN) && self.0[*value].n > 0;
        let values: Vec<usize> = (0..256).filter(known).collect();
        let on_edges = values.iter().filter(|&&value| self.0[value].is_on_edges()).count();
        let place = || place.display().to_string();
        const EXPECTED: &str = "grey values 0, 1 and so on, one for each class";
        if on_edges >= ON_EDGES && 2 * on_edges > values.len() {
            return Err(Error::input(place(), format!("{} grey values, {on_edges} of them on edges only", values.len()))
                .expected(EXPECTED)
                .hint(message![
                    "masks that were scaled smoothly or saved as JPEG have values between those of the classes: say which values are \
                     classes with ",
                    CLASSES.to("0,255"),
                    ", or where the second class begins with ",
                    THRESHOLD.to(128),
                ]));
        }
        let largest = values.last().copied().unwrap_or(0);
        if largest == 0 {
            return Err(Error::input(place(), "masks of one class").expected(EXPECTED).hint(message![
                "255 says that a pixel counts for nothing: masks of black and white have to become 0 and 1, or be read with ",
                CLASSES.to("0,255"),
            ]));
        }
        if largest > 8 * values.len() {
            let join =
                |values: &[usize], between: &str| values.iter().map(usize::to_string).collect::<Vec<_>>().join(between);
            return Err(Error::input(place(), format!("the grey values {}", join(&values, ", ")))
                .expected(EXPECTED)
                .hint(message!["say that these values are the classes with ", CLASSES.to(join(&values, ","))]));
        }
        let mut notes = Vec::new();
        let share =
            self.0[usize::from(UNKNOWN)].n as f64 / self.0.iter().map(|count| count.n).sum::<u64>().max(1) as f64;
        if share > REMARKABLE {
            notes.push(format!(
                "{:.0}% of the pixels of masks have the value 255, which counts for nothing: if it is a class, say which grey values are",
                100.0 * share
            ));
        }
        let n_absent = largest + 1 - values.len();
        if n_absent > 0 {
            notes.push(format!("{n_absent} of the classes 0 to {largest} have no pixel"));
        }
        Ok(((0..=largest).map(|class| class.to_string()).collect(), notes))
    }
}

impl Count {
    fn is_on_edges(self) -> bool {
        (self.n_solid as f64) < SOLID * self.n as f64
    }
}

/// Names of the classes that `values` say there are.
///
/// # Errors
/// Fewer than two, one of them twice, or no value below a threshold.
pub fn class_names(values: &MaskValues) -> Result<Vec<String>> {
    let refused = |found: String, expected: &str| Err(Error::input("grey values of classes", found).expected(expected));
    match values {
        MaskValues::Threshold(0) => refused("the threshold 0".to_owned(), "from 1 to 255: below it is the first class"),
        MaskValues::Threshold(_) => Ok(["0", "1"].map(str::to_owned).to_vec()),
        MaskValues::Values(values) => {
            let names: Vec<String> = values.iter().map(u8::to_string).collect();
            let mut sorted = values.clone();
            sorted.sort_unstable();
            sorted.dedup();
            match sorted.len() == values.len() && (2..256).contains(&values.len()) {
                true => Ok(names),
                false => refused(names.join(", "), "two to 255 different values, such as 0 and 255"),
            }
        }
    }
}

/// The number of the class that `value` stands for.
pub fn class_of(values: &MaskValues, value: u8) -> u8 {
    match values {
        MaskValues::Threshold(threshold) => u8::from(value >= *threshold),
        MaskValues::Values(values) => {
            let nearest = values.iter().enumerate().min_by_key(|(_, class)| class.abs_diff(value));
            nearest.map_or(0, |(class, _)| class as u8)
        }
    }
}
