//! Numbers that may stand for missing cells: -999 far below everything else.

/// Numbers that people write where they have none.
const STAND_INS: [f64; 14] = [
    -9.0,
    -99.0,
    -999.0,
    -9999.0,
    -99999.0,
    -999_999.0,
    99.0,
    999.0,
    9999.0,
    99_999.0,
    999_999.0,
    9_999_999.0,
    -99.99,
    999.99,
];
/// In fewer numbers nothing is far from the rest.
const FEWEST: usize = 10;

/// The smallest and the largest number of a column, how often they come, and the next to them.
#[derive(Debug)]
pub struct Extremes {
    n: usize,
    smallest: End,
    largest: End,
}

#[derive(Debug)]
struct End {
    value: f64,
    count: usize,
    /// The next different value.
    next: f64,
}

impl Default for Extremes {
    fn default() -> Self {
        let end = |value: f64| End { value, count: 0, next: value };
        Self { n: 0, smallest: end(f64::INFINITY), largest: end(f64::NEG_INFINITY) }
    }
}

impl Extremes {
    /// One more number.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        // Nearly every number is strictly inside.
        if value <= self.smallest.next {
            self.smallest.add(value, value < self.smallest.value, value > self.smallest.value);
        }
        if value >= self.largest.next {
            self.largest.add(value, value > self.largest.value, value < self.largest.value);
        }
    }

    /// The number of those at the ends that may stand for a missing cell, with its count and the range of the others.
    pub fn stand_in(&self) -> Option<(f64, usize, [f64; 2])> {
        let (low, high) = (&self.smallest, &self.largest);
        if self.n < FEWEST || high.value <= low.value {
            return None;
        }
        let inner = |end: &End| if STAND_INS.contains(&end.value) { end.next } else { end.value };
        let rest = [inner(low), inner(high)];
        // Half the range of the others away from them.
        let far = (rest[1] - rest[0]) / 2.0;
        let is_far = |end: &End| STAND_INS.contains(&end.value) && (end.value - end.next).abs() >= far && far > 0.0;
        [low, high].into_iter().find(|end| is_far(end)).map(|end| (end.value, end.count, rest))
    }
}

impl End {
    fn add(&mut self, value: f64, is_new: bool, is_inside: bool) {
        if is_new {
            // The first number has nothing next to it.
            (self.next, self.value, self.count) = (self.value, value, 1);
        } else if is_inside {
            self.next = value;
        } else {
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: impl IntoIterator<Item = f64>) -> Option<(f64, usize, [f64; 2])> {
        let mut extremes = Extremes::default();
        values.into_iter().for_each(|value| extremes.add(value));
        extremes.stand_in()
    }

    #[test]
    fn a_stand_in_far_from_the_rest_is_found() {
        let rest = || (0..20).map(f64::from);
        assert_eq!(found(rest().chain([-999.0, -999.0])), Some((-999.0, 2, [0.0, 19.0])));
        assert_eq!(found([99.0, 99.0].into_iter().chain(rest()).chain([99.0])), Some((99.0, 3, [0.0, 19.0])));
        assert_eq!(found(rest().chain([-999.0, 9999.0])), Some((-999.0, 1, [0.0, 19.0])));
    }

    #[test]
    fn numbers_that_belong_to_the_others_are_none() {
        assert_eq!(found((0..200).map(f64::from)), None);
        assert_eq!(found((0..100).map(f64::from)), None);
        assert_eq!(found((0..20).map(f64::from).chain([1000.0])), None);
        assert_eq!(found([99.0; 20]), None);
        assert_eq!(found([1.0, -999.0]), None);
    }
}
