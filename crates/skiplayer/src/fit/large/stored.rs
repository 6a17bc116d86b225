//! Many rows in the layout of the kernels, in single precision: 4 bytes a number, and the only copy of the table in memory.
//!
//! Files are sorted by time or class, and batches of neighbouring rows would be no random samples. So lane l of a tile holds
//! row t + l T, for T tiles: 64 rows from all over the file. T is prime, so that rows that recur with some period (sensors in
//! turn) meet in a tile only where the period is T itself. Which tile comes where is random.

use rayon::prelude::*;

use crate::fit::sample::Sample;
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::net::kernel::Design;
use crate::net::kernel::Pass;
use crate::net::{Layout, Network};
use crate::penalty::InputRules;
use crate::random::{Purpose, Random};
use crate::simd::lanes::LANES;
use std::ops::Range;

/// Encoded rows of a long table.
#[derive(Debug, Clone)]
pub struct Tiles {
    design: Design<f32>,
    n_inputs: usize,
    n_outputs: usize,
    n_rows: usize,
    loss: Loss,
    rules: InputRules,
    /// Of the rows: 1, or that of the trials that they stand for.
    mean_weight: f64,
    /// The place of tile t.
    place: Vec<u32>,
}

impl Tiles {
    /// Room for `n_rows` rows of weight 1 in places that `seed` decides.
    pub fn with_room(n_rows: usize, n_inputs: usize, n_outputs: usize, loss: Loss, seed: u64) -> Self {
        Self::of_part(n_rows, n_inputs, n_outputs, loss, (seed, 0))
    }

    /// The same for one of several parts: a number of the part stands beside the seed.
    pub fn of_part(n_rows: usize, n_inputs: usize, n_outputs: usize, loss: Loss, (seed, part): (u64, usize)) -> Self {
        let n_tiles = prime_from(n_rows.div_ceil(LANES));
        let place = Random::of(seed, Purpose::Tiles, part as u64)
            .permutation(n_tiles)
            .into_iter()
            .map(|tile| tile as u32)
            .collect();
        let design = Design::with_room(n_inputs, n_outputs, n_tiles);
        let (rules, mean_weight) = (InputRules::default(), 1.0);
        let mut tiles = Self { design, n_inputs, n_outputs, n_rows, loss, rules, mean_weight, place };
        (0..n_rows).for_each(|row| tiles.set_weight(row, 1.0));
        tiles
    }

    /// The rows of a sample.
    pub fn of(sample: &Sample, seed: u64) -> Self {
        let mut tiles = Self::with_room(sample.n_rows(), sample.n_inputs(), sample.n_outputs(), sample.loss, seed);
        tiles.set_rules(sample.rules.clone());
        tiles.write(0, &sample.x, &sample.y, &sample.offset);
        sample.weight.iter().enumerate().for_each(|(row, weight)| tiles.set_weight(row, *weight));
        tiles.set_mean_weight(sample.weight.iter().sum::<f64>() / sample.n().max(1.0));
        tiles
    }

    /// The loss with its parameter, once that is estimated.
    pub fn set_loss(&mut self, loss: Loss) {
        self.loss = loss;
    }

    /// What the weights of parts of the rows have for their mean.
    pub fn set_mean_weight(&mut self, mean_weight: f64) {
        self.mean_weight = mean_weight;
    }

    /// What is asked of single inputs, instead of nothing.
    pub fn set_rules(&mut self, rules: InputRules) {
        self.rules = rules;
    }

    /// What is asked of single inputs.
    pub fn rules(&self) -> &InputRules {
        &self.rules
    }

    /// Tile and lane of a row.
    fn seat(&self, row: usize) -> (usize, usize) {
        (self.place[row % self.place.len()] as usize, row / self.place.len())
    }

    pub fn set_weight(&mut self, row: usize, weight: f64) {
        let (tile, lane) = self.seat(row);
        self.design.tile_mut(tile).2[lane] = weight as f32;
    }

    /// Writes rows from `first` on: inputs (m, p), responses (m, K), and offsets (m) if there are any.
    pub fn write(&mut self, first: usize, x: &Matrix, y: &Matrix, offset: &[f64]) {
        let seats: Vec<(usize, usize)> = (first..first + x.n_rows()).map(|row| self.seat(row)).collect();
        for j in 0..self.n_inputs {
            for (&(tile, lane), value) in seats.iter().zip(x.column(j)) {
                self.design.tile_mut(tile).0[j][lane] = *value as f32;
            }
        }
        for o in 0..self.n_outputs {
            for (&(tile, lane), value) in seats.iter().zip(y.column(o)) {
                self.design.tile_mut(tile).1[o][lane] = *value as f32;
            }
        }
        for (&(tile, lane), value) in seats.iter().zip(offset) {
            self.design.offset_mut(tile)[lane] = *value as f32;
        }
    }

    pub fn design(&self) -> &Design<f32> {
        &self.design
    }

    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub fn n_inputs(&self) -> usize {
        self.n_inputs
    }

    pub fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    pub fn loss(&self) -> Loss {
        self.loss
    }

    pub fn n_tiles(&self) -> usize {
        self.place.len()
    }

    /// Sum of the row weights of `tiles`.
    pub fn total(&self, tiles: Range<usize>) -> f64 {
        tiles.map(|tile| self.design.weight(tile).0.iter().map(|w| f64::from(*w)).sum::<f64>()).sum()
    }

    /// Takes the weights of `tiles` away: no pass sees these rows until [`weigh`](Self::weigh) gives them back.
    pub fn silence(&mut self, tiles: Range<usize>) -> Vec<[f32; LANES]> {
        tiles.map(|tile| std::mem::replace(&mut self.design.tile_mut(tile).2.0, [0.0; LANES])).collect()
    }

    /// Weights of the tiles from `first` on.
    pub fn weigh(&mut self, first: usize, weights: &[[f32; LANES]]) {
        weights.iter().enumerate().for_each(|(at, weights)| self.design.tile_mut(first + at).2.0 = *weights);
    }

    /// Table rows in `tiles` that weigh something, with their tiles and lanes.
    fn seats_in(&self, tiles: Range<usize>) -> Vec<(usize, usize, usize)> {
        let mut seats = Vec::with_capacity(tiles.len() * LANES);
        for (start, &tile) in self.place.iter().enumerate().filter(|(_, tile)| tiles.contains(&(**tile as usize))) {
            let rows = (start..self.n_rows).step_by(self.place.len());
            let weight = self.design.weight(tile as usize);
            let seat = |(lane, row)| (row, tile as usize, lane);
            seats.extend(rows.enumerate().filter(|(lane, _)| weight[*lane] > 0.0).map(seat));
        }
        seats.sort_unstable();
        seats
    }

    /// The rows in `tiles` that weigh something, in double precision, in the order of the table, and their numbers.
    pub fn sample(&self, tiles: Range<usize>) -> (Sample, Vec<usize>) {
        let seats = self.seats_in(tiles);
        let x = Matrix::from_fn(seats.len(), self.n_inputs, |i, j| self.design.x(seats[i].1)[j][seats[i].2].into());
        let y = Matrix::from_fn(seats.len(), self.n_outputs, |i, o| self.design.y(seats[i].1)[o][seats[i].2].into());
        let mut weight: Vec<f64> =
            seats.iter().map(|&(_, tile, lane)| f64::from(self.design.weight(tile)[lane])).collect();
        let mean = weight.iter().sum::<f64>() / weight.len().max(1) as f64;
        weight.iter_mut().for_each(|w| *w *= self.mean_weight / mean);
        let offset = |&(_, tile, lane): &(usize, usize, usize)| Some(f64::from(self.design.offset(tile)?[lane]));
        let offset = seats.iter().filter_map(offset).collect();
        let sample = Sample { x, y, weight, offset, loss: self.loss, rules: self.rules.clone(), durations: None };
        (sample, seats.into_iter().map(|(row, ..)| row).collect())
    }

    /// The rows in `tiles` that weigh something, in the order of the table: inputs, responses and weight of one after the other.
    pub fn packed(&self, tiles: Range<usize>) -> Vec<f32> {
        let seats = self.seats_in(tiles);
        let mut numbers = Vec::with_capacity(seats.len() * (self.n_inputs + self.n_outputs + 1));
        for (_, tile, lane) in seats {
            numbers.extend(self.design.x(tile)[..self.n_inputs].iter().map(|x| x[lane]));
            numbers.extend(self.design.y(tile)[..self.n_outputs].iter().map(|y| y[lane]));
            numbers.push(self.design.weight(tile)[lane]);
        }
        numbers
    }

    /// Weighted mean of the rows' losses.
    pub fn mean_loss(&self, network: &Network) -> f64 {
        let layout = network.layout();
        let precision = vec![1.0; self.n_outputs];
        let pass = Pass { layout: &layout, design: &self.design, loss: self.loss, precision: &precision };
        self.mean_weight * pass.losses(&network.parameters).iter().sum::<f64>() / self.total(0..self.n_tiles())
    }

    /// A vector that is a sum over parts of the rows: parts have a fixed size, are computed in double precision on any number
    /// of threads, and are added in order.
    pub fn sum(&self, layout: &Layout, precision: &[f64], part: impl Fn(&Pass) -> Vec<f64> + Sync) -> Vec<f64> {
        self.sum_over(0..self.n_tiles(), layout, precision, part)
    }

    /// As [`sum`](Self::sum), over the rows of some tiles.
    pub fn sum_over(
        &self,
        tiles: Range<usize>,
        layout: &Layout,
        precision: &[f64],
        part: impl Fn(&Pass) -> Vec<f64> + Sync,
    ) -> Vec<f64> {
        let of = |tiles: Range<usize>| {
            let design = self.design.widened(tiles);
            part(&Pass { layout, design: &design, loss: self.loss, precision })
        };
        let mut total: Vec<f64> = Vec::new();
        let starts: Vec<usize> = tiles.clone().step_by(PART).collect();
        for starts in starts.chunks(PARTS_HELD) {
            let sums: Vec<Vec<f64>> = starts.par_iter().map(|&start| of(start..tiles.end.min(start + PART))).collect();
            for sum in sums {
                total.resize(sum.len(), 0.0);
                total.iter_mut().zip(sum).for_each(|(total, part)| *total += part);
            }
        }
        total
    }
}

/// Tiles of a part: 2,048 rows of twenty inputs in double precision are inside L2.
const PART: usize = 32;
/// Sums that are held at once.
const PARTS_HELD: usize = 64;

fn prime_from(n: usize) -> usize {
    let is_prime = |n: usize| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    (n.max(2)..).find(|&n| is_prime(n)).expect("there is no last prime")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: usize) -> Sample {
        let mut random = Random::simulated(1);
        let weight: Vec<f64> = (0..n).map(|_| 0.5 + random.uniform()).collect();
        let mean = weight.iter().sum::<f64>() / n as f64;
        Sample {
            // Numbers that single precision holds.
            x: Matrix::from_fn(n, 2, |i, j| (2 * i + j) as f64),
            y: Matrix::from_fn(n, 1, |i, _| i as f64),
            weight: weight.iter().map(|w| w / mean).collect(),
            offset: (0..n).map(|i| i as f64 / 8.0).collect(),
            loss: Loss::Poisson,
            rules: InputRules::default(),
            durations: None,
        }
    }

    #[test]
    fn every_row_has_one_seat() {
        for n in [1, 63, 64, 65, 1000, 5000] {
            let sample = sample(n);
            let tiles = Tiles::of(&sample, 7);
            let (back, rows) = tiles.sample(0..tiles.n_tiles());
            assert_eq!((&back.x, &back.y, &back.offset), (&sample.x, &sample.y, &sample.offset));
            assert_eq!(rows, (0..n).collect::<Vec<_>>());
            assert!(back.weight.iter().zip(&sample.weight).all(|(a, b)| (a - b).abs() < 1e-6));
            assert!((tiles.total(0..tiles.n_tiles()) - n as f64).abs() < 1e-6 * n as f64);
        }
    }

    #[test]
    fn a_tile_holds_rows_from_everywhere() {
        let n = 20_000;
        let tiles = Tiles::of(&sample(n), 3);
        for period in [2, 7, 10, 24, 60, 64, 100] {
            for tile in 0..tiles.n_tiles() {
                let (_, rows) = tiles.sample(tile..tile + 1);
                let phases: std::collections::HashSet<usize> = rows.iter().map(|row| row % period).collect();
                assert!(phases.len() >= period.min(rows.len()) / 2, "period {period}: {} phases", phases.len());
                assert!(rows[rows.len() / 2].abs_diff(n / 2) < n / 10);
            }
        }
    }

    #[test]
    fn silenced_rows_weigh_nothing() {
        let mut tiles = Tiles::of(&sample(3000), 3);
        let n_tiles = tiles.n_tiles();
        let (whole, last) = (tiles.total(0..n_tiles), tiles.total(n_tiles - 5..n_tiles));
        let weights = tiles.silence(n_tiles - 5..n_tiles);
        assert!((tiles.total(0..n_tiles) - (whole - last)).abs() < 1e-6);
        tiles.weigh(n_tiles - 5, &weights);
        assert_eq!(tiles.total(0..n_tiles), whole);
    }
}
