//! A pipeline as an ONNX graph, in double precision throughout.
//!
//! One input a column, (rows, 1): numbers and times as doubles, where NaN is missing, and categories as text, where the empty text is
//! missing. Of operators only those are used that ONNX Runtime has kernels of doubles for on the processor: there is none for `Erf`,
//! `Gelu` and `Softplus`, and `Scaler`, `Imputer` and `OneHotEncoder` are single precision.

use std::collections::HashMap;

use skiplayer::encode::Part;
use skiplayer::net::{Activation, GELU_BOUND, GELU_CUBIC, GELU_SCALE};
use skiplayer::pipeline::{Feature, Holds, InputColumn, Interval, Layers, Output, Pipeline, Steps, Test};
use skiplayer::table::dates::DAY;
use skiplayer::{Error, Result};

use crate::onnx::{Attribute, Element, Graph, Size};

/// The first and the last day of the calendar, -9999-01-01 and 9999-12-31, since 1970-01-01.
const CALENDAR: (f64, f64) = (-4_371_222.0, 2_932_896.0);

/// The bytes of the file.
///
/// # Errors
/// A description that cannot be written.
pub fn write(pipeline: &Pipeline) -> Result<Vec<u8>> {
    let mut writer = Writer { graph: Graph::default(), pipeline, cells: HashMap::new(), days: HashMap::new() };
    for InputColumn { column, holds, .. } in &pipeline.columns {
        let (element, about) = match holds {
            Holds::Category => (Element::Text, "text; the empty text is missing"),
            Holds::Number => (Element::Double, "a number; NaN is missing"),
            Holds::Date => (Element::Double, "days since 1970-01-01; NaN is missing"),
            Holds::Timestamp => (Element::Double, "seconds since 1970-01-01 by the clock; NaN is missing"),
            Holds::Instant => (Element::Double, "seconds since 1970-01-01 in UTC; NaN is missing"),
            Holds::TimeOfDay => (Element::Double, "seconds since midnight; NaN is missing"),
            Holds::Duration => (Element::Double, "seconds; NaN is missing"),
        };
        writer.graph.input(column, element, &[Size::Rows, Size::Of(1)], about);
    }
    for InputColumn { name, column, logarithm, .. } in &pipeline.columns {
        let cells = if *logarithm { writer.graph.node("Log", &[column]) } else { column.clone() };
        writer.cells.insert(name, cells);
    }
    let mean = writer.means(&pipeline.model);
    writer.outputs(&mean);
    let columns = serde_json::to_string(&pipeline.columns)
        .map_err(|error| Error::failure("the columns as JSON", error.to_string()))?;
    let about = format!("Predicts {}.", pipeline.model.output.targets().join(", "));
    Ok(writer.graph.into_file("skiplayer", &about, &[("columns", columns)]))
}

struct Writer<'a> {
    graph: Graph,
    pipeline: &'a Pipeline,
    /// What features take of each column.
    cells: HashMap<&'a str, String>,
    /// Days since 1970-01-01 of columns of dates, as far as they were asked for.
    days: HashMap<String, String>,
}

impl Writer<'_> {
    /// What is predicted from `mean`, under the names of users.
    fn outputs(&mut self, mean: &str) {
        let steps = &self.pipeline.model;
        let targets = steps.output.targets().len();
        let classes = steps.output.classes().to_vec();
        if classes.is_empty() {
            self.output(mean, "prediction", Element::Double, targets, "one column a target");
        } else {
            let best = [("axis", Attribute::Int(1)), ("keepdims", Attribute::Int(0))];
            let best = self.graph.node_with("ArgMax", &[mean], &best);
            let texts = self.graph.texts(&classes);
            let label = self.graph.node("Gather", &[&texts, &best]);
            self.graph.output(&label, "label", Element::Text, &[Size::Rows], "the most probable class");
            let about = format!("of the classes {}", classes.join(", "));
            self.output(mean, "probability", Element::Double, classes.len(), &about);
        }
        match &self.pipeline.interval {
            None => {}
            Some(Interval::Reach { reach, lowest, highest, whole, .. }) => {
                let reach = self.graph.doubles(&[1, reach.len()], reach);
                let (lower, upper) = (self.graph.node("Sub", &[mean, &reach]), self.graph.node("Add", &[mean, &reach]));
                self.ends((&lower, *lowest), (&upper, *highest), *whole, targets);
            }
            Some(Interval::CvPlus { rank, folds, residuals, lowest, highest, whole, .. }) => {
                let means: Vec<String> = folds.iter().map(|fold| self.means(fold)).collect();
                let ends: Vec<(String, String)> = residuals
                    .iter()
                    .enumerate()
                    .map(|(o, residuals)| self.cv_plus(o, &means, residuals, *rank))
                    .collect();
                let (lower, upper): (Vec<String>, Vec<String>) = ends.into_iter().unzip();
                let (lower, upper) = (self.graph.beside(&lower), self.graph.beside(&upper));
                self.ends((&lower, *lowest), (&upper, *highest), *whole, targets);
            }
            Some(Interval::Set { least_probability, inverse_temperature, smallest, .. }) => {
                let least = self.graph.number(*least_probability);
                let set = self.graph.node("GreaterOrEqual", &[mean, &least]);
                self.output(&set, "set", Element::Bool, classes.len(), "whether the class is in the set");
                // Powers that are divided by their sum are a softmax of multiples of logarithms.
                let (smallest, power) = (self.graph.number(*smallest), self.graph.number(*inverse_temperature));
                let bounded = self.graph.node("Max", &[mean, &smallest]);
                let log = self.graph.node("Log", &[&bounded]);
                let powers = self.graph.node("Mul", &[&log, &power]);
                let calibrated = self.softmax(&powers);
                self.output(&calibrated, "calibrated", Element::Double, classes.len(), "calibrated probabilities");
            }
        }
    }

    fn output(&mut self, from: &str, name: &str, element: Element, columns: usize, about: &str) {
        self.graph.output(from, name, element, &[Size::Rows, Size::Of(columns)], about);
    }

    /// Each end with where it stops at the latest, `whole` or not.
    fn ends(&mut self, lower: (&str, Option<f64>), upper: (&str, Option<f64>), whole: bool, targets: usize) {
        let mut stopped = |operation: &str, (end, at): (&str, Option<f64>)| match at {
            Some(at) => {
                let at = self.graph.number(at);
                self.graph.node(operation, &[end, &at])
            }
            None => end.to_owned(),
        };
        let (mut lower, mut upper) = (stopped("Max", lower), stopped("Min", upper));
        if whole {
            let (first, last) = (self.graph.node("Ceil", &[&lower]), self.graph.node("Floor", &[&upper]));
            (lower, upper) = (self.graph.node("Min", &[&first, &last]), self.graph.node("Max", &[&first, &last]));
        }
        self.output(&lower, "lower", Element::Double, targets, "the lower end of the interval");
        self.output(&upper, "upper", Element::Double, targets, "the upper end of the interval");
    }

    /// The ends of the intervals of target `o`: (rows, 1) each.
    fn cv_plus(&mut self, o: usize, means: &[String], residuals: &[Vec<f64>], rank: usize) -> (String, String) {
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for (mean, residuals) in means.iter().zip(residuals).filter(|(_, residuals)| !residuals.is_empty()) {
            let mean = self.column_of(mean, o);
            let residuals = self.graph.doubles(&[1, residuals.len()], residuals);
            low.push(self.graph.node("Sub", &[&mean, &residuals]));
            high.push(self.graph.node("Add", &[&mean, &residuals]));
        }
        let mut end = |values: &[String], is_largest: bool| {
            let values = self.graph.beside(values);
            let count = self.graph.integers(&[rank as i64]);
            let largest = [("axis", Attribute::Int(1)), ("largest", Attribute::Int(is_largest.into()))];
            let sorted = self.graph.first_of_two("TopK", &[&values, &count], &largest);
            self.column_of(&sorted, rank - 1)
        };
        (end(&low, false), end(&high, true))
    }

    /// Column `at` of (rows, any), as (rows, 1).
    fn column_of(&mut self, matrix: &str, at: usize) -> String {
        let at = self.graph.integers(&[at as i64]);
        self.graph.node_with("Gather", &[matrix, &at], &[("axis", Attribute::Int(1))])
    }

    fn softmax(&mut self, eta: &str) -> String {
        self.graph.node_with("Softmax", &[eta], &[("axis", Attribute::Int(1))])
    }

    /// Predicted numbers, counts, or probabilities of all classes.
    fn means(&mut self, steps: &Steps) -> String {
        let (features, order) = self.features(&steps.features);
        let eta = self.layers(&steps.layers, &features, &order);
        match &steps.output {
            Output::Numbers { targets } => {
                let scales: Vec<f64> = targets.iter().map(|target| target.scale).collect();
                let means: Vec<f64> = targets.iter().map(|target| target.mean).collect();
                let scales = self.graph.doubles(&[1, scales.len()], &scales);
                let means = self.graph.doubles(&[1, means.len()], &means);
                let scaled = self.graph.node("Mul", &[&eta, &scales]);
                self.graph.node("Add", &[&scaled, &means])
            }
            Output::Count { largest, .. } | Output::HazardRatio { largest, .. } => {
                let largest = self.graph.number(*largest);
                let bounded = self.graph.node("Min", &[&eta, &largest]);
                self.graph.node("Exp", &[&bounded])
            }
            Output::Amount { largest, scale, .. } => {
                let (largest, scale) = (self.graph.number(*largest), self.graph.number(*scale));
                let bounded = self.graph.node("Min", &[&eta, &largest]);
                let shares = self.graph.node("Exp", &[&bounded]);
                self.graph.node("Mul", &[&shares, &scale])
            }
            Output::Share { .. } => self.event_probability(&eta),
            Output::TwoClasses { .. } => {
                let one = self.graph.number(1.0);
                let event = self.event_probability(&eta);
                let other = self.graph.node("Sub", &[&one, &event]);
                self.graph.beside(&[other, event])
            }
            Output::Ordered { thresholds, gaps, .. } => self.ordered(&eta, thresholds, gaps),
            Output::Classes { .. } => self.softmax(&eta),
        }
    }

    /// Probabilities of ordered classes: of being below the upper threshold, times of being above the lower one, times the gap.
    fn ordered(&mut self, eta: &str, thresholds: &[f64], gaps: &[f64]) -> String {
        let thresholds = self.graph.doubles(&[1, thresholds.len()], thresholds);
        let (up, down) = (self.graph.node("Sub", &[&thresholds, eta]), self.graph.node("Sub", &[eta, &thresholds]));
        let (below, above) = (self.event_probability(&up), self.event_probability(&down));
        // One in each row.
        let (zero, one) = (self.graph.number(0.0), self.graph.number(1.0));
        let nothing = self.graph.node("Mul", &[eta, &zero]);
        let certain = self.graph.node("Add", &[&nothing, &one]);
        let (below, above) = (self.graph.beside(&[below, certain.clone()]), self.graph.beside(&[certain, above]));
        let gaps = self.graph.doubles(&[1, gaps.len()], gaps);
        let both = self.graph.node("Mul", &[&below, &above]);
        self.graph.node("Mul", &[&both, &gaps])
    }

    /// 1 / (1 + e^-eta), as the model computes it: with e^-|eta|, so that small probabilities keep their digits.
    fn event_probability(&mut self, eta: &str) -> String {
        let (zero, one) = (self.graph.number(0.0), self.graph.number(1.0));
        let size = self.graph.node("Abs", &[eta]);
        let negative = self.graph.node("Neg", &[&size]);
        let small = self.graph.node("Exp", &[&negative]);
        let is_below = self.graph.node("Less", &[eta, &zero]);
        let above = self.graph.node("Where", &[&is_below, &small, &one]);
        let below = self.graph.node("Add", &[&one, &small]);
        self.graph.node("Div", &[&above, &below])
    }

    /// Linear predictors (rows, K) from features whose columns are those of the weights at the places of `order`.
    fn layers(&mut self, layers: &Layers, features: &str, order: &[usize]) -> String {
        let ordered = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
            rows.iter().map(|row| order.iter().map(|&j| row[j]).collect()).collect()
        };
        let mut eta = self.affine(features, &ordered(&layers.skip), Some(&layers.bias));
        if let Some(hidden) = &layers.hidden {
            let h = self.affine(features, &ordered(&hidden.input), Some(&hidden.bias));
            let mut h = self.activation(hidden.activation, &h);
            for block in &hidden.blocks {
                let units = self.affine(&h, &block.input, Some(&block.bias));
                let units = self.activation(hidden.activation, &units);
                let branch = self.affine(&units, &block.output, None);
                h = self.graph.node("Add", &[&h, &branch]);
            }
            let branch = self.affine(&h, &hidden.head, None);
            eta = self.graph.node("Add", &[&eta, &branch]);
        }
        eta
    }

    fn affine(&mut self, x: &str, rows: &[Vec<f64>], bias: Option<&[f64]>) -> String {
        let weights = self.graph.transposed(rows);
        let product = self.graph.node("MatMul", &[x, &weights]);
        match bias {
            Some(bias) => {
                let bias = self.graph.doubles(&[1, bias.len()], bias);
                self.graph.node("Add", &[&product, &bias])
            }
            None => product,
        }
    }

    fn activation(&mut self, activation: Activation, a: &str) -> String {
        match activation {
            Activation::Tanh => self.graph.node("Tanh", &[a]),
            Activation::Relu => self.graph.node("Relu", &[a]),
            Activation::Gelu => {
                let [half, one, cubic, scale, low, high] =
                    [0.5, 1.0, GELU_CUBIC, GELU_SCALE, -GELU_BOUND, GELU_BOUND].map(|number| self.graph.number(number));
                let bounded = self.graph.node("Clip", &[a, &low, &high]);
                let square = self.graph.node("Mul", &[&bounded, &bounded]);
                let cubic = self.graph.node("Mul", &[&square, &cubic]);
                let factor = self.graph.node("Add", &[&one, &cubic]);
                let scaled = self.graph.node("Mul", &[&bounded, &scale]);
                let inner = self.graph.node("Mul", &[&scaled, &factor]);
                let tanh = self.graph.node("Tanh", &[&inner]);
                let share = self.graph.node("Add", &[&one, &tanh]);
                let halved = self.graph.node("Mul", &[a, &half]);
                self.graph.node("Mul", &[&halved, &share])
            }
        }
    }

    /// All features (rows, features), kind after kind, and the place of each column among `features`.
    fn features(&mut self, features: &[Feature]) -> (String, Vec<usize>) {
        let places = |is_wanted: &dyn Fn(&Feature) -> bool| -> Vec<usize> {
            (0..features.len()).filter(|&j| is_wanted(&features[j])).collect()
        };
        let (mut blocks, mut order) = (Vec::new(), Vec::new());
        let numbers = places(&|feature| matches!(feature, Feature::Number { .. }));
        if !numbers.is_empty() {
            blocks.push(self.numbers(&numbers.iter().map(|&j| &features[j]).collect::<Vec<_>>()));
            order.extend(numbers);
        }
        let offsets = places(&|feature| matches!(feature, Feature::Offset { .. }));
        for &j in &offsets {
            blocks.push(self.cells_of(features[j].column()));
        }
        order.extend(offsets);
        // One table of values for each column, or part of a date, that indicators are made of.
        let mut done: Vec<(&str, Part)> = Vec::new();
        for feature in features.iter().filter(|feature| matches!(feature, Feature::Indicator { .. })) {
            let (column, part) = (feature.column(), feature.part());
            if done.contains(&(column, part)) {
                continue;
            }
            done.push((column, part));
            let own = places(&|feature| {
                matches!(feature, Feature::Indicator { .. }) && (feature.column(), feature.part()) == (column, part)
            });
            let of_column: Vec<&Feature> = own.iter().map(|&j| &features[j]).collect();
            blocks.push(match (self.pipeline.holds(column), part) {
                (Some(Holds::Category), _) => self.levels(column, &of_column),
                (_, Part::Month | Part::Quarter | Part::Weekday) => self.parts(column, part, &of_column),
                _ => self.gaps(column, part, &of_column),
            });
            order.extend(own);
        }
        (self.graph.beside(&blocks), order)
    }

    /// Standardised numbers, 0 where they are missing.
    fn numbers(&mut self, features: &[&Feature]) -> String {
        let (mut values, mut means, mut scales) = (Vec::new(), Vec::new(), Vec::new());
        for feature in features {
            if let Feature::Number { column, part, mean, scale } = feature {
                values.push(self.value(column, *part));
                means.push(*mean);
                scales.push(*scale);
            }
        }
        let zero = self.graph.number(0.0);
        let (means, scales) =
            (self.graph.doubles(&[1, means.len()], &means), self.graph.doubles(&[1, scales.len()], &scales));
        let values = self.graph.beside(&values);
        let is_missing = self.graph.node("IsNaN", &[&values]);
        let distance = self.graph.node("Sub", &[&values, &means]);
        let standardised = self.graph.node("Div", &[&distance, &scales]);
        self.graph.node("Where", &[&is_missing, &zero, &standardised])
    }

    /// What an input takes of a cell, (rows, 1).
    fn value(&mut self, column: &str, part: Part) -> String {
        match part {
            Part::DaysSince(first) => {
                let (days, first) = (self.days_of(column), self.graph.number(first));
                self.graph.node("Sub", &[&days, &first])
            }
            Part::Hour => {
                let days = self.days_of(column);
                let floor = self.graph.node("Floor", &[&days]);
                let of_day = self.graph.node("Sub", &[&days, &floor]);
                let hours = self.graph.number(24.0);
                self.graph.node("Mul", &[&of_day, &hours])
            }
            Part::Whole | Part::Month | Part::Quarter | Part::Weekday => self.cells_of(column),
        }
    }

    fn cells_of(&self, column: &str) -> String {
        self.cells.get(column).cloned().unwrap_or_default()
    }

    /// Days since 1970-01-01.
    fn days_of(&mut self, column: &str) -> String {
        if let Some(days) = self.days.get(column) {
            return days.clone();
        }
        let days = match self.pipeline.holds(column) {
            Some(Holds::Timestamp | Holds::Instant) => {
                let (day, cells) = (self.graph.number(DAY), self.cells_of(column));
                self.graph.node("Div", &[&cells, &day])
            }
            _ => self.cells_of(column),
        };
        self.days.insert(column.to_owned(), days.clone());
        days
    }

    /// Indicators of missing cells of a column of numbers.
    fn gaps(&mut self, column: &str, part: Part, features: &[&Feature]) -> String {
        let value = self.value(column, part);
        let is_missing = self.graph.node("IsNaN", &[&value]);
        let yes: Vec<f64> = features.iter().map(|feature| feature.of_missing()).collect();
        let no: Vec<f64> = features.iter().map(|feature| feature.of_text(None)).collect();
        let (yes, no) = (self.graph.doubles(&[1, yes.len()], &yes), self.graph.doubles(&[1, no.len()], &no));
        self.graph.node("Where", &[&is_missing, &yes, &no])
    }

    /// Indicators of a category: a row of values for each text that is told apart, one for all others, and one for missing cells.
    fn levels(&mut self, column: &str, features: &[&Feature]) -> String {
        let mut texts: Vec<&String> = Vec::new();
        for feature in features {
            if let Feature::Indicator { test: Test::AnyOf(own) | Test::NoneOf(own), .. } = feature {
                for text in own {
                    if !texts.contains(&text) {
                        texts.push(text);
                    }
                }
            }
        }
        let mut keys = vec![String::new()];
        let mut rows: Vec<Vec<f64>> = vec![features.iter().map(|feature| feature.of_missing()).collect()];
        for text in texts {
            keys.push(text.clone());
            rows.push(features.iter().map(|feature| feature.of_text(Some(text))).collect());
        }
        let codes = (0..keys.len() as i64).collect();
        let other = rows.len() as i64;
        rows.push(features.iter().map(|feature| feature.of_text(None)).collect());
        let attributes = [
            ("keys_strings", Attribute::Texts(keys)),
            ("values_int64s", Attribute::Ints(codes)),
            ("default_int64", Attribute::Int(other)),
        ];
        let cells = self.cells_of(column);
        let code = self.graph.ml_node("LabelEncoder", &[&cells], &attributes);
        self.rows_of(&rows, &code)
    }

    /// Indicators of a part of a date: a row of values for each of its levels, and one for missing cells.
    fn parts(&mut self, column: &str, part: Part, features: &[&Feature]) -> String {
        let days = self.days_of(column);
        let place = self.place(&days, part);
        let n_levels = part.levels().len();
        let value = |feature: &Feature, at: usize| match feature {
            Feature::Indicator { test: Test::At(own), yes, .. } if *own == at => *yes,
            other => other.of_text(None),
        };
        let mut rows: Vec<Vec<f64>> =
            (0..n_levels).map(|at| features.iter().map(|feature| value(feature, at)).collect()).collect();
        rows.push(features.iter().map(|feature| feature.of_missing()).collect());
        // Beyond the calendar, and where a cell is missing, there is no part.
        let (first, end) = (self.graph.number(CALENDAR.0), self.graph.number(CALENDAR.1 + 1.0));
        let is_late = self.graph.node("GreaterOrEqual", &[&days, &first]);
        let is_early = self.graph.node("Less", &[&days, &end]);
        let is_there = self.graph.node("And", &[&is_late, &is_early]);
        let missing = self.graph.number(n_levels as f64);
        let place = self.graph.node("Where", &[&is_there, &place, &missing]);
        let place = self.graph.node_with("Cast", &[&place], &[("to", Attribute::Int(Element::Int64 as i64))]);
        self.rows_of(&rows, &place)
    }

    /// The rows of a table at the places (rows, 1): (rows, columns of the table).
    fn rows_of(&mut self, table: &[Vec<f64>], places: &str) -> String {
        let n_columns = table.first().map_or(0, Vec::len);
        let table = self.graph.doubles(&[table.len(), n_columns], &table.concat());
        let found = self.graph.node("Gather", &[&table, places]);
        self.graph.node("Flatten", &[&found])
    }

    /// The place of a month, quarter or day of the week from 0 on; of a day that is missing or beyond the calendar anything.
    fn place(&mut self, days: &str, part: Part) -> String {
        let day = self.graph.node("Floor", &[days]);
        if part == Part::Weekday {
            // 1970-01-01 was a Thursday.
            let from_monday = self.plus(&day, 3.0);
            let week = self.quotient(&from_monday, 7.0);
            return self.less(&from_monday, &[(&week, 7.0)]);
        }
        // Gauss's cycle of 400 years, from 0000-03-01: `gregorian.rs` of the core.
        let day = self.plus(&day, 719_468.0);
        let era = self.quotient(&day, 146_097.0);
        let of_era = self.less(&day, &[(&era, 146_097.0)]);
        let [fours, hundreds, last] = [1460.0, 36_524.0, 146_096.0].map(|length| self.quotient(&of_era, length));
        let counted = self.less(&of_era, &[(&fours, 1.0), (&hundreds, -1.0), (&last, 1.0)]);
        let year = self.quotient(&counted, 365.0);
        let [fours, hundreds] = [4.0, 100.0].map(|years| self.quotient(&year, years));
        let of_year = self.less(&of_era, &[(&year, 365.0), (&fours, 1.0), (&hundreds, -1.0)]);
        let scaled = self.times(&of_year, 5.0);
        let shifted = self.plus(&scaled, 2.0);
        let from_march = self.quotient(&shifted, 153.0);
        // March is 0 here; January, counted from 0, comes ten months later.
        let from_january = self.plus(&from_march, 2.0);
        let year = self.quotient(&from_january, 12.0);
        let month = self.less(&from_january, &[(&year, 12.0)]);
        if part == Part::Quarter { self.quotient(&month, 3.0) } else { month }
    }

    fn plus(&mut self, a: &str, number: f64) -> String {
        let number = self.graph.number(number);
        self.graph.node("Add", &[a, &number])
    }

    fn times(&mut self, a: &str, number: f64) -> String {
        let number = self.graph.number(number);
        self.graph.node("Mul", &[a, &number])
    }

    /// The whole part of a / number. Of whole numbers far below 2^53 it is exact.
    fn quotient(&mut self, a: &str, number: f64) -> String {
        let number = self.graph.number(number);
        let ratio = self.graph.node("Div", &[a, &number]);
        self.graph.node("Floor", &[&ratio])
    }

    /// a less all of b times their factors.
    fn less(&mut self, a: &str, taken: &[(&str, f64)]) -> String {
        taken.iter().fold(a.to_owned(), |left, (b, factor)| {
            let product = self.times(b, *factor);
            self.graph.node("Sub", &[&left, &product])
        })
    }
}
