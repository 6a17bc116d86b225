//! A category of which members know different levels.

use super::affine::{Affine, Own, indicator, of_indicators, shown};
use crate::encode::{InputEncoding, Part, Source, Standard};
use crate::table::cell::{Cell, as_levels};
use crate::table::{Column, Values};

/// One input for all members, and of each member its own indicators as functions of the new ones: of every level that some member
/// knows but the most frequent one, of rarer levels if some member takes those together, and of missing cells if `has_gaps`.
///
/// What is new to a member stays so: it takes the level of another member as it would take it in a new table.
pub fn levels(own: &Own, name: String, source: Source, has_gaps: bool) -> (InputEncoding, Vec<Vec<Affine>>) {
    let members: Vec<Option<Levels>> = own.iter().map(|(input, _)| Levels::of((*input)?)).collect();
    let known = || members.iter().zip(own).filter_map(|(levels, (_, share))| Some((levels.as_ref()?, *share)));
    let total: f64 = known().map(|(_, share)| share).sum();
    let share_of = |cell: &dyn Fn(&Levels) -> Cell| -> f64 {
        known().map(|(levels, share)| share / total * levels.share(cell(levels))).sum()
    };

    let mut texts: Vec<&str> = known().flat_map(|(levels, _)| levels.known.iter().copied()).collect();
    // The level of a column that had none.
    texts.retain(|text| !text.is_empty());
    texts.sort_unstable();
    texts.dedup();
    let cells: Vec<Vec<Cell>> = members
        .iter()
        .map(|levels| levels.as_ref().map_or_else(Vec::new, |own| own.cells(&texts, source.part)))
        .collect();
    let frequency = |at: usize| -> f64 {
        let of = |((levels, cells), (_, share)): ((&Option<Levels>, &Vec<Cell>), &(_, f64))| {
            levels.as_ref().map_or(0.0, |levels| share / total * levels.share(cells[at]))
        };
        members.iter().zip(&cells).zip(own).map(of).sum()
    };
    let frequencies: Vec<f64> = (0..texts.len()).map(frequency).collect();
    // The first of the most frequent.
    let reference = (0..texts.len()).reduce(|best, at| if frequencies[at] > frequencies[best] { at } else { best });
    let told_apart: Vec<usize> = (0..texts.len()).filter(|at| Some(*at) != reference).collect();
    let standards: Vec<Standard> = told_apart.iter().map(|&at| indicator(frequencies[at])).collect();
    let has_others = known().any(|(levels, _)| levels.other.is_some());
    let other = has_others.then(|| indicator(share_of(&|_| Cell::Unknown)));
    let missing = has_gaps.then(|| indicator(share_of(&|_| Cell::Missing)));

    let functions = members.iter().zip(&cells).map(|(levels, cells)| {
        let Some(levels) = levels else { return Vec::new() };
        let functions = (0..levels.n_features()).map(|feature| {
            let at_reference = reference.map_or(Cell::Unknown, |at| cells[at]);
            let mut values: Vec<(usize, f64, Standard)> = Vec::new();
            for (k, (&at, standard)) in told_apart.iter().zip(&standards).enumerate() {
                values.push((k, levels.value(feature, cells[at]), *standard));
            }
            for (standard, cell) in [(other, Cell::Unknown), (missing, Cell::Missing)] {
                if let Some(standard) = standard {
                    values.push((values.len(), levels.value(feature, cell), standard));
                }
            }
            of_indicators(levels.value(feature, at_reference), &values)
        });
        functions.collect()
    });
    let functions = functions.collect();
    let named = told_apart.iter().map(|&at| texts[at].to_owned()).zip(standards).collect();
    let reference = reference.map_or_else(String::new, |at| texts[at].to_owned());
    (InputEncoding::Categorical { name, reference, levels: named, other, missing, source }, functions)
}

/// How a member has the category.
struct Levels<'a> {
    /// Those with an indicator of their own, and last the reference.
    known: Vec<&'a str>,
    standards: Vec<Standard>,
    other: Option<Standard>,
    missing: Option<Standard>,
}

impl<'a> Levels<'a> {
    fn of(input: &'a InputEncoding) -> Option<Self> {
        let InputEncoding::Categorical { reference, levels, other, missing, .. } = input else { return None };
        let known = levels.iter().map(|(level, _)| level.as_str()).chain([reference.as_str()]).collect();
        let standards = levels.iter().map(|(_, standard)| *standard).collect();
        Some(Self { known, standards, other: *other, missing: *missing })
    }

    fn n_features(&self) -> usize {
        self.standards.len() + usize::from(self.other.is_some()) + usize::from(self.missing.is_some())
    }

    /// What it takes cells with these texts for.
    fn cells(&self, texts: &[&str], part: Part) -> Vec<Cell> {
        if part != Part::Whole {
            let place = |text: &&str| self.known.iter().position(|own| own == text).map_or(Cell::Unknown, Cell::Known);
            return texts.iter().map(place).collect();
        }
        let rows: Vec<usize> = (0..texts.len()).collect();
        let column = Column::new("level", Values::from_text(texts.iter().map(|text| Some(*text))));
        as_levels(&column, &rows, &self.known)
    }

    /// The share of its rows that had such a cell.
    fn share(&self, cell: Cell) -> f64 {
        let all = || self.standards.iter().chain(&self.other).chain(&self.missing);
        match cell {
            Cell::Known(k) if k < self.standards.len() => self.standards[k].mean,
            Cell::Known(_) => (1.0 - all().map(|standard| standard.mean).sum::<f64>()).max(0.0),
            Cell::Unknown => self.other.map_or(0.0, |standard| standard.mean),
            Cell::Missing => self.missing.map_or(0.0, |standard| standard.mean),
        }
    }

    /// Its feature number `feature` of such a cell.
    fn value(&self, feature: usize, cell: Cell) -> f64 {
        let n = self.standards.len();
        let other = usize::from(self.other.is_some());
        let (standard, is) = match feature {
            k if k < n => (self.standards[k], cell == Cell::Known(k)),
            k if k == n && other == 1 => (self.other.unwrap_or(NOTHING), cell == Cell::Unknown),
            _ => (self.missing.unwrap_or(NOTHING), cell == Cell::Missing),
        };
        let (no, yes) = shown(&standard);
        if is { yes } else { no }
    }
}

/// An indicator that is always 0.
const NOTHING: Standard = Standard { mean: 0.0, scale: 1.0 };
