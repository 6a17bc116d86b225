//! The steps of a pipeline as those of a query.

use skiplayer::encode::Part;
use skiplayer::error::Place;
use skiplayer::net::{Activation, GELU_BOUND, GELU_CUBIC, GELU_SCALE};
use skiplayer::pipeline::{Feature, InputColumn, Interval, Layers, Output, Pipeline, Test};
use skiplayer::{Error, Result, message};

use super::dialect::{number, quoted, text};
use super::query::Query;
use crate::export::options::{DIALECT, Dialect, ExportOptions, KEY, TO};

/// Sums are cut into parts of so many terms: SQLite takes expressions up to a depth of 1000.
const LONGEST_SUM: usize = 100;
/// Beyond it powers of e are zero to some databases and an error to others.
const LARGEST_EXPONENT: f64 = 700.0;

/// The query.
pub fn write(pipeline: &Pipeline, options: &ExportOptions) -> Result<String> {
    let writer = Writer { pipeline, dialect: options.dialect, prefix: prefix(&options.key) };
    let result = writer.result()?;
    if let Some(key) =
        options.key.iter().find(|key| result.iter().any(|(_, name)| name.eq_ignore_ascii_case(&quoted(key))))
    {
        return Err(Error::input(&KEY, format!("`{key}`, which is the name of an output"))
            .expected("columns of other names")
            .hint("rename it in a query around this one"));
    }
    writer.check_columns(options.key.len())?;
    let key = options.key.iter().map(|name| quoted(name)).collect();
    let mut query = Query::new(&options.table, key);
    query.step("skiplayer_cells", &[], &writer.cells());
    query.step("skiplayer_features", &[], &writer.features());
    writer.layers(&mut query);
    writer.means(&mut query);
    Ok(query.end(&result))
}

/// What names of steps begin with, such that no key does.
fn prefix(key: &[String]) -> String {
    let longest = key.iter().map(|name| name.len() - name.trim_start_matches('_').len()).max().unwrap_or(0);
    "_".repeat(longest + 1)
}

struct Writer<'a> {
    pipeline: &'a Pipeline,
    dialect: Dialect,
    prefix: String,
}

impl Writer<'_> {
    /// `_x1`, `_x2`, …
    fn name(&self, kind: &str, at: usize) -> String {
        format!("{}{kind}{}", self.prefix, at + 1)
    }

    fn names(&self, kind: &str, count: usize) -> Vec<String> {
        (0..count).map(|at| self.name(kind, at)).collect()
    }

    /// # Errors
    /// More columns between two steps than the database has room for.
    fn check_columns(&self, n_keys: usize) -> Result<()> {
        let n_features = self.pipeline.model.features.len();
        let n_units = self.pipeline.model.layers.hidden.as_ref().map_or(0, |hidden| {
            hidden.bias.len() + hidden.blocks.iter().map(|block| block.bias.len()).max().unwrap_or(0)
        });
        let n_columns = n_keys + n_features + n_units;
        let most = self.dialect.most_columns();
        if n_columns <= most {
            return Ok(());
        }
        Err(Error::input(DIALECT.to(self.dialect.name()), format!("{n_columns} features and units"))
            .expected(format!("{most} at most, which is what a query of this database may select"))
            .hint(message!["try ", DIALECT.to(Dialect::DuckDb.name()), ", or ", TO.to("onnx")]))
    }

    fn cells(&self) -> Vec<(String, String)> {
        let cell = |(at, column): (usize, &InputColumn)| {
            let cell = self.dialect.cell(&format!("t.{}", quoted(&column.column)), column.holds);
            (if column.logarithm { format!("LN({cell})") } else { cell }, self.name("c", at))
        };
        self.pipeline.columns.iter().enumerate().map(cell).collect()
    }

    fn features(&self) -> Vec<(String, String)> {
        let features = self.pipeline.model.features.iter().enumerate();
        features.map(|(at, feature)| (self.feature(feature), self.name("x", at))).collect()
    }

    fn feature(&self, feature: &Feature) -> String {
        let at = self.pipeline.columns.iter().position(|column| column.name == feature.column()).unwrap_or_default();
        let cell = self.name("c", at);
        match feature {
            Feature::Number { part, mean, scale, .. } => {
                let value = match part {
                    Part::DaysSince(first) => format!("({cell} - {})", number(*first)),
                    Part::Hour => format!("({cell} - FLOOR({cell})) * 2.4e1"),
                    Part::Whole | Part::Month | Part::Quarter | Part::Weekday => cell,
                };
                format!("COALESCE(({value} - {}) / {}, 0e0)", number(*mean), number(*scale))
            }
            Feature::Offset { .. } => cell,
            Feature::Indicator { part, test, yes, no, .. } => {
                let passes = match test {
                    Test::Missing => format!("{cell} IS NULL"),
                    Test::AnyOf(texts) => format!("{cell} IN ({})", listed(texts)),
                    Test::NoneOf(texts) => format!("{cell} NOT IN ({})", listed(texts)),
                    Test::At(place) => format!("{} = {place}", self.dialect.place(&cell, *part)),
                };
                format!(
                    "CAST(CASE WHEN {passes} THEN {} ELSE {} END AS {})",
                    number(*yes),
                    number(*no),
                    self.dialect.double()
                )
            }
        }
    }

    /// From features to linear predictors.
    fn layers(&self, query: &mut Query) {
        let Layers { bias, skip, hidden } = &self.pipeline.model.layers;
        let x = self.names("x", self.pipeline.model.features.len());
        let mut scores: Vec<Vec<String>> =
            bias.iter().zip(skip).map(|(bias, skip)| self.terms(*bias, skip, &x)).collect();
        if let Some(hidden) = hidden {
            let act = |terms: Vec<String>| self.activation(hidden.activation, &sum(&terms));
            let unit = |(bias, input): (&f64, &Vec<f64>), before: &[String]| act(self.terms(*bias, input, before));
            let mut h = self.names("h", hidden.bias.len());
            let units = hidden.bias.iter().zip(&hidden.input).map(|unit_of| unit(unit_of, &x)).zip(h.clone());
            query.step("skiplayer_units", &x, &units.collect::<Vec<_>>());
            for (l, block) in hidden.blocks.iter().enumerate() {
                let own: Vec<String> = self.names(&format!("u{}_", l + 2), block.bias.len());
                let units = block.bias.iter().zip(&block.input).map(|unit_of| unit(unit_of, &h)).zip(own.clone());
                let kept = [&x[..], &h].concat();
                query.step(&format!("skiplayer_units_{}", l + 2), &kept, &units.collect::<Vec<_>>());
                let next: Vec<String> = self.names(&format!("h{}_", l + 2), hidden.bias.len());
                let raised =
                    |(h, weights): (&String, &Vec<f64>)| sum(&[vec![h.clone()], products(weights, &own)].concat());
                let raised: Vec<(String, String)> = h.iter().zip(&block.output).map(raised).zip(next.clone()).collect();
                query.step(&format!("skiplayer_layer_{}", l + 2), &x, &raised);
                h = next;
            }
            for (score, head) in scores.iter_mut().zip(&hidden.head) {
                score.extend(products(head, &h));
            }
        }
        let scores: Vec<(String, String)> =
            scores.iter().enumerate().map(|(o, terms)| (sum(terms), self.name("z", o))).collect();
        query.step("skiplayer_scores", &[], &scores);
    }

    /// bias + weights x, without the weights that are zero.
    fn terms(&self, bias: f64, weights: &[f64], x: &[String]) -> Vec<String> {
        let bias = format!("CAST({} AS {})", number(bias), self.dialect.double());
        [vec![bias], products(weights, x)].concat()
    }

    fn activation(&self, activation: Activation, a: &str) -> String {
        match activation {
            Activation::Tanh => format!("TANH({a})"),
            Activation::Relu => self.dialect.largest(&[a.to_owned(), "0e0".to_owned()]),
            Activation::Gelu => {
                let low = self.dialect.largest(&[format!("({a})"), number(-GELU_BOUND)]);
                let bounded = self.dialect.smaller(&low, &number(GELU_BOUND));
                let (scale, cubic) = (number(GELU_SCALE), number(GELU_CUBIC));
                format!("5e-1 * ({a}) * (1e0 + TANH({scale} * {bounded} * (1e0 + {cubic} * {bounded} * {bounded})))")
            }
        }
    }

    /// From linear predictors to numbers, counts or probabilities, called `_p1`, `_p2`, …
    fn means(&self, query: &mut Query) {
        let (z, p) = (|o| self.name("z", o), |o| self.name("p", o));
        match &self.pipeline.model.output {
            Output::Numbers { targets } => {
                let of = |(o, target): (usize, &skiplayer::pipeline::Target)| {
                    (format!("{} * {} + {}", z(o), number(target.scale), number(target.mean)), p(o))
                };
                query.step("skiplayer_means", &[], &targets.iter().enumerate().map(of).collect::<Vec<_>>());
            }
            Output::Count { largest, .. } | Output::HazardRatio { largest, .. } => {
                let bounded = self.dialect.smaller(&z(0), &number(*largest));
                query.step("skiplayer_means", &[], &[(self.where_known(&z(0), self.exp(&bounded)), p(0))]);
            }
            Output::Amount { largest, scale, .. } => {
                let bounded = self.dialect.smaller(&z(0), &number(*largest));
                let amount = format!("{} * {}", number(*scale), self.exp(&bounded));
                query.step("skiplayer_means", &[], &[(self.where_known(&z(0), amount), p(0))]);
            }
            Output::Share { .. } => query.step("skiplayer_means", &[], &[(self.event_probability(&z(0)), p(0))]),
            Output::TwoClasses { .. } => {
                let event = self.event_probability(&z(0));
                query.step("skiplayer_event", &[], &[(event, p(1))]);
                query.step("skiplayer_means", &[p(1)], &[(format!("1e0 - {}", p(1)), p(0))]);
            }
            Output::Ordered { thresholds, gaps, .. } => {
                let (below, above) = (|c: usize| self.name("below", c), |c: usize| self.name("above", c));
                let sides = thresholds.iter().enumerate().flat_map(|(c, threshold)| {
                    let distance = |from: &str, to: &str| self.event_probability(&format!("({to} - {from})"));
                    let (z, threshold) = (z(0), number(*threshold));
                    [(distance(&z, &threshold), below(c)), (distance(&threshold, &z), above(c))]
                });
                query.step("skiplayer_sides", &[], &sides.collect::<Vec<_>>());
                let of_class = |(k, gap): (usize, &f64)| {
                    let share = match k {
                        0 => below(0),
                        k if k == thresholds.len() => above(k - 1),
                        k => format!("{} * {} * {}", below(k), above(k - 1), number(*gap)),
                    };
                    (share, p(k))
                };
                query.step("skiplayer_means", &[], &gaps.iter().enumerate().map(of_class).collect::<Vec<_>>());
            }
            Output::Classes { classes, .. } => {
                self.softmax(query, &self.names("z", classes.len()), "skiplayer_means", "p", &[]);
            }
        }
        let n_classes = self.pipeline.model.output.classes().len();
        if let Some(Interval::Set { inverse_temperature, smallest, .. }) = &self.pipeline.interval {
            let probabilities = self.names("p", n_classes);
            let log = |p: &String| {
                let bounded = self.dialect.largest(&[p.clone(), number(*smallest)]);
                format!("{} * LN({bounded})", number(*inverse_temperature))
            };
            let logs: Vec<(String, String)> = probabilities.iter().map(log).zip(self.names("l", n_classes)).collect();
            query.step("skiplayer_logs", &probabilities, &logs);
            self.softmax(query, &self.names("l", n_classes), "skiplayer_calibrated", "q", &probabilities);
        }
    }

    /// Powers of e divided by their sum: columns `from` become columns `into1`, `into2`, …, beside those that are `kept`.
    fn softmax(&self, query: &mut Query, from: &[String], name: &str, into: &str, kept: &[String]) {
        let power = |eta: &String| self.exp(&format!("{eta} - {}", self.dialect.largest(from)));
        let powers = self.names(&format!("{into}e"), from.len());
        let raised: Vec<(String, String)> = from.iter().map(power).zip(powers.clone()).collect();
        query.step(&format!("{name}_powers"), kept, &raised);
        let total = sum(&powers);
        let share = |power: &String| format!("{power} / ({total})");
        let shares: Vec<(String, String)> = powers.iter().map(share).zip(self.names(into, from.len())).collect();
        query.step(name, kept, &shares);
    }

    /// `value` where the number `of` is there: only an offset can be missing, and least and greatest numbers pass over what is.
    fn where_known(&self, of: &str, value: String) -> String {
        let is_offset = |feature: &Feature| matches!(feature, Feature::Offset { .. });
        if !self.pipeline.model.features.iter().any(is_offset) {
            return value;
        }
        format!("CASE WHEN {of} IS NOT NULL THEN {value} END")
    }

    /// 1 / (1 + e^-eta) with e^-|eta|, so that small probabilities keep their digits.
    fn event_probability(&self, eta: &str) -> String {
        let small = self.exp(&format!("-ABS({eta})"));
        let above = format!("CASE WHEN {eta} >= 0 THEN 1e0 ELSE {small} END");
        self.where_known(eta, format!("{above} / (1e0 + {small})"))
    }

    /// e^a; some databases have no number below 1e-307.
    fn exp(&self, a: &str) -> String {
        format!("EXP({})", self.dialect.largest(&[a.to_owned(), number(-LARGEST_EXPONENT)]))
    }

    /// The columns that `predict` writes.
    fn result(&self) -> Result<Vec<(String, String)>> {
        let output = &self.pipeline.model.output;
        let (targets, classes) = (output.targets(), output.classes());
        let p = |o: usize| self.name("p", o);
        let of_target = |kind: &str, name: &str| match targets.len() {
            1 => quoted(kind),
            _ => quoted(&format!("{kind}_{name}")),
        };
        let mut result: Vec<(String, String)> = Vec::new();
        if classes.is_empty() {
            result.extend(targets.iter().enumerate().map(|(o, name)| (p(o), of_target("prediction", name))));
        } else {
            let largest = self.dialect.largest(&self.names("p", classes.len()));
            let when = |(o, class): (usize, &String)| format!(" WHEN {} = {largest} THEN {}", p(o), text(class));
            let whens: String = classes.iter().enumerate().map(when).collect();
            result.push((format!("CASE{whens} END"), quoted("prediction")));
            let probability = |(o, class): (usize, &String)| (p(o), quoted(&format!("p_{class}")));
            result.extend(classes.iter().enumerate().map(probability));
        }
        match &self.pipeline.interval {
            None => {}
            Some(Interval::Reach { reach, lowest, highest, whole, .. }) => {
                for (o, (name, reach)) in targets.iter().zip(reach).enumerate() {
                    let known = |stopped: String| self.where_known(&p(o), stopped);
                    let mut lower = format!("{} - {}", p(o), number(*reach));
                    if let Some(lowest) = lowest {
                        lower = known(self.dialect.largest(&[lower, number(*lowest)]));
                    }
                    let mut upper = format!("{} + {}", p(o), number(*reach));
                    if let Some(highest) = highest {
                        upper = known(self.dialect.smaller(&upper, &number(*highest)));
                    }
                    if *whole {
                        let (first, last) = (self.dialect.ceiling(&lower), self.dialect.floor(&upper));
                        lower = known(self.dialect.smaller(&first, &last));
                        upper = known(self.dialect.largest(&[first, last]));
                    }
                    result.push((lower, of_target("lower", name)));
                    result.push((upper, of_target("upper", name)));
                }
            }
            Some(Interval::CvPlus { folds, .. }) => {
                return Err(Error::input(
                    Place::from(TO.to("sql")),
                    format!("CV+ intervals, which rest on {} more models", folds.len()),
                )
                .expected("intervals in time order, sets of classes, or no intervals")
                .hint(message!["try ", TO.to("onnx"), ", or leave intervals out"]));
            }
            Some(Interval::Set { least_probability, .. }) => {
                let member = |(o, class): (usize, &String)| {
                    let separated = text(&format!("|{class}"));
                    format!("CASE WHEN {} >= {} THEN {separated} ELSE '' END", p(o), number(*least_probability))
                };
                let members: Vec<String> = classes.iter().enumerate().map(member).collect();
                let set = self.where_known(&p(0), format!("SUBSTR({}, 2)", members.join(" || ")));
                result.push((set, quoted("set")));
                let calibrated = |(o, class): (usize, &String)| {
                    (self.where_known(&p(o), self.name("q", o)), quoted(&format!("calibrated_{class}")))
                };
                result.extend(classes.iter().enumerate().map(calibrated));
            }
        }
        Ok(result)
    }
}

fn listed(texts: &[String]) -> String {
    texts.iter().map(|own| text(own)).collect::<Vec<_>>().join(", ")
}

/// The products that are not zero whatever the column.
fn products(weights: &[f64], columns: &[String]) -> Vec<String> {
    let used = weights.iter().zip(columns).filter(|(weight, _)| **weight != 0.0);
    used.map(|(weight, column)| format!("{} * {column}", number(*weight))).collect()
}

/// The sum of all terms, no deeper than databases take it.
fn sum(terms: &[String]) -> String {
    if terms.len() <= LONGEST_SUM {
        return terms.join(" + ");
    }
    let parts: Vec<String> = terms.chunks(LONGEST_SUM).map(|part| format!("({})", sum(part))).collect();
    sum(&parts)
}
