//! Made-up but plausible results. The models are small real fits, so that their parts agree with one another.

use std::sync::OnceLock;

use skiplayer::encode::Task;
use skiplayer::error::RustNames;
use skiplayer::evaluate::{
    Calibration, Comparison, ContenderScores, Curvature, CurveLine, Design, Evaluation, Gain, Intervals, LearningCurve,
    RowPrediction, Score, Sensitivity, SplitKind, Test, Verdict, VerdictCode,
};
use skiplayer::explain::{Curve, Effect, Effects, Interaction};
use skiplayer::fit::{Config, Fitted, MemberRecord, Method, Silent, fit};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::solve::{Reason, Termination};
use skiplayer::table::{Table, Values};
use skiplayer_io::{ColumnSummary, ModelFile, Provenance, ReportInput, write_report};

/// Everything that a report needs, owned.
pub struct Sample {
    pub file: ModelFile,
    pub evaluation: Option<Evaluation>,
    pub effects: Effects,
    pub columns: Vec<ColumnSummary>,
}

impl Sample {
    /// The page, by way of a file.
    pub fn html(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let input = ReportInput {
            file: &self.file,
            evaluation: self.evaluation.as_ref(),
            effects: &self.effects,
            command: "skiplayer fit data.csv --target y --evaluate --report report.html && echo '<done>'",
            columns: &self.columns,
            spelling: &RustNames,
        };
        write_report(&path, &input).unwrap();
        std::fs::read_to_string(&path).unwrap()
    }
}

/// Numbers between 0 and 1 that look random and are always the same.
pub struct Numbers(u64);

impl Numbers {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal: twelve uniform numbers.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

const ROWS: usize = 240;

fn table(names: [&str; 5], kinds: [&str; 3]) -> Table {
    let mut numbers = Numbers(7);
    let mut column = |scale: f64, shift: f64| (0..ROWS).map(|_| shift + scale * numbers.normal()).collect::<Vec<f64>>();
    let (cement, water, age) = (column(90.0, 280.0), column(20.0, 180.0), column(0.9, 3.2));
    let noise = column(3.0, 0.0);
    let kind = |i: usize| i * i % 7 % 3;
    let y = (0..ROWS).map(|i| {
        let pull = 6.0 * [0.0, 1.0, -0.5][kind(i)];
        0.1 * cement[i] - 0.22 * (water[i] - 180.0) + 14.0 * (1.4 * (age[i] - 3.0)).tanh() + pull + noise[i]
    });
    let y = y.collect();
    let missing = |i: usize, v: f64| if i % 29 == 3 { f64::NAN } else { v };
    let water = water.iter().enumerate().map(|(i, v)| missing(i, *v)).collect();
    let text = Values::from_text((0..ROWS).map(|i| Some(kinds[kind(i)])));
    Table::from_columns(vec![])
        .and_then(|t| t.with_column(names[0], Values::Numeric(cement)))
        .and_then(|t| t.with_column(names[1], Values::Numeric(water)))
        .and_then(|t| t.with_column(names[2], Values::Numeric(age)))
        .and_then(|t| t.with_column(names[3], text))
        .and_then(|t| t.with_column(names[4], Values::Numeric(y)))
        .unwrap()
}

fn fitted(table: &Table, target: &str, config: Config, data: &str) -> (ModelFile, Vec<ColumnSummary>) {
    let Fitted { model, summary } =
        fit(&Dataset::new(table, ColumnRoles::new(target)).unwrap(), &config, &Silent).unwrap();
    let provenance = Provenance {
        version: "0.1.0".into(),
        seed: config.seed,
        options: config,
        data: data.into(),
        fingerprint: "9f86d081884c7d659a2feaa0c55ad015".into(),
        rows: table.n_rows() + 4,
        reading: Default::default(),
        members: Vec::new(),
    };
    (
        ModelFile { model, summary, provenance, evaluation: None, intervals: None, labels: None },
        table.columns().iter().map(ColumnSummary::of).collect(),
    )
}

fn network_config() -> Config {
    Config { n_units: Some(3), n_starts: 4, inner_folds: 3, ..Config::default() }
}

/// A network with everything that an evaluation can say.
pub fn regression() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let names = ["cement", "water", "log age", "supplier", "strength"];
        let table = table(names, ["north", "south", "overseas"]);
        let (mut file, columns) = fitted(&table, "strength", network_config(), "concrete.csv");
        file.summary.members = members();
        let effects = effects(names, ["north", "south", "overseas"], None);
        Sample { file, evaluation: Some(evaluation(Task::Regression)), effects, columns }
    })
}

/// Names that try to break out, and out of the layout.
pub fn nasty() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let long = "a_very_long_column_name_without_any_blank_".repeat(5);
        let names =
            [&long, "</title><script>alert('x')</script>", "\"quotes\" & 'more' \u{1}🌊", "\u{202e}מִין", "<b>y</b>"];
        let kinds = ["<i>one</i>", "level with \"quotes\"", &long];
        let table = table(names, kinds);
        let (file, columns) = fitted(&table, names[4], network_config(), "<data> & \"co\".csv");
        let mut evaluation = evaluation(Task::Regression);
        evaluation.contenders[1].name = long.clone();
        evaluation.warnings.push(format!("column `{}` & co", names[1]).into());
        evaluation.verdict.reasons.push(format!("{long}{long}"));
        Sample { file, evaluation: Some(evaluation), effects: effects(names, kinds, Some(names[1])), columns }
    })
}

/// Two classes.
pub fn classes() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let names = ["cement", "water", "log age", "supplier", "strength"];
        let numeric = table(names, ["north", "south", "overseas"]);
        let Some(Values::Numeric(strength)) = numeric.column("strength").map(|c| c.values.clone()) else { panic!() };
        let words = strength.iter().map(|y| Some(if *y > 29.0 { "pass" } else { "fail" }));
        let columns = numeric.columns().iter().filter(|c| c.name != "strength").cloned().collect();
        let table = Table::new(columns).and_then(|t| t.with_column("grade", Values::from_text(words))).unwrap();
        let config = Config { method: Method::Linear, inner_folds: 3, ..Config::default() };
        let (file, columns) = fitted(&table, "grade", config, "concrete.csv");
        let mut evaluation = evaluation(Task::Binary);
        evaluation.verdict.code = VerdictCode::Undecided;
        Sample { file, evaluation: Some(evaluation), effects: effects(names, ["a", "b", "c"], None), columns }
    })
}

/// The linear model of a path, that nobody evaluated and whose effects nobody computed.
pub fn linear_alone() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let table = table(["cement", "water", "log age", "supplier", "strength"], ["north", "south", "overseas"]);
        let config = Config { method: Method::Linear, ..Config::default() };
        let (file, columns) = fitted(&table, "strength", config, "concrete.csv");
        Sample { file, evaluation: None, effects: Effects::default(), columns }
    })
}

/// Numbers that no chart can show.
pub fn not_finite() -> Sample {
    let good = regression();
    let mut evaluation = evaluation(Task::Regression);
    let contender = &mut evaluation.contenders[0];
    (contender.mean, contender.se, contender.folds) = (f64::INFINITY, f64::NAN, vec![f64::NAN, 1e308, -1e308]);
    evaluation.gain = Some(Gain { mean: f64::NAN, lo: f64::NEG_INFINITY, hi: f64::INFINITY, ..gain() });
    evaluation.linear_share = f64::NAN;
    for (i, row) in evaluation.rows.iter_mut().enumerate() {
        row.linear = [f64::NAN, f64::MAX, 5e-324, 1e12, 1e12 + 1e-3][i % 5];
        row.network = 3.0;
    }
    let mut effects = good.effects.clone();
    for effect in &mut effects.inputs {
        if let Curve::Numeric { at, line, accumulated, .. } = &mut effect.curve {
            at.fill(1e300);
            line.fill(f64::NAN);
            accumulated[0] = f64::INFINITY;
        }
    }
    let (file, columns) = (good.file.clone(), good.columns.clone());
    Sample { file, evaluation: Some(evaluation), effects, columns }
}

/// Starts that do not agree, one of which did not converge.
fn members() -> Vec<MemberRecord> {
    let member = |n_units: usize, evidence: Option<f64>, kkt: f64| {
        let reason = if evidence.is_some() { Reason::Converged } else { Reason::IterationLimit };
        let termination = Termination { reason, iterations: 212, objective: 96.4, kkt };
        MemberRecord { n_units, n_weights: 5 + 4 * n_units, lambda: 3.1, evidence, termination }
    };
    vec![
        member(3, Some(-812.4), 4e-3),
        member(3, Some(-811.9), 8e-3),
        member(2, Some(-807.2), 2e-3),
        member(4, Some(-799.0), 9e-3),
        member(6, None, 0.21),
    ]
}

fn effects(names: [&str; 5], levels: [&str; 3], output: Option<&str>) -> Effects {
    let mut numbers = Numbers(11);
    let mut numeric = |input: &str, from: f64, to: f64, slope: f64, bend: &dyn Fn(f64) -> f64| {
        let at: Vec<f64> = (0..40).map(|i| from + (to - from) * f64::from(i) / 39.0).collect();
        let line: Vec<f64> = at.iter().map(|x| slope * (x - 0.5 * (from + to))).collect();
        let around = |shift: f64, tilt: f64| {
            let value = move |(x, l): (&f64, &f64)| l + bend(*x) + shift + tilt * (x - from) / (to - from);
            at.iter().zip(&line).map(value).collect::<Vec<f64>>()
        };
        let individual = (0..25).map(|_| around(3.0 * numbers.normal(), 2.0 * numbers.normal())).collect();
        let deciles = (1..10).map(|d| from + (to - from) * (f64::from(d) / 10.0).powf(1.3)).collect();
        let (accumulated, partial) = (around(0.0, 0.0), around(0.3, 0.0));
        let deviation = |values: &mut dyn Iterator<Item = f64>| (values.map(|v| v * v).sum::<f64>() / 40.0).sqrt();
        let linear_size = deviation(&mut line.iter().copied());
        let nonlinear_size = deviation(&mut accumulated.iter().zip(&line).map(|(a, l)| a - l));
        Effect {
            input: input.to_owned(),
            output: output.map(str::to_owned),
            unit: names[4].to_owned(),
            curve: Curve::Numeric { at, line, accumulated, partial, individual, deciles },
            linear_size,
            nonlinear_size,
        }
    };
    let mut inputs = vec![
        numeric(names[2], 0.7, 5.9, 4.6, &|x| 14.0 * (1.4 * (x - 3.0)).tanh() - 4.6 * (x - 3.0)),
        numeric(names[0], 102.0, 540.0, 0.061, &|x| 2.2 * ((x - 300.0) / 120.0).sin()),
        numeric(names[1], 121.8, 247.0, -0.14, &|_| 0.0),
    ];
    inputs.push(Effect {
        input: names[3].to_owned(),
        output: output.map(str::to_owned),
        unit: names[4].to_owned(),
        curve: Curve::Levels {
            levels: levels.iter().map(|level| (*level).to_owned()).collect(),
            counts: vec![103, 69, 68],
            line: vec![0.1, 5.4, -3.2],
            partial: vec![0.2, 6.1, -2.9],
        },
        linear_size: 3.1,
        nonlinear_size: 0.4,
    });
    let pair = |a: &str, b: &str, size: f64| Interaction {
        a: a.to_owned(),
        b: b.to_owned(),
        output: output.map(str::to_owned),
        size,
        share: size * size / 9.0,
        h_squared: size * size / 30.0,
    };
    let interactions =
        vec![pair(names[0], names[2], 1.31), pair(names[1], names[2], 0.62), pair(names[0], names[1], 0.11)];
    Effects { inputs, interactions, n_left_out: 0 }
}

fn gain() -> Gain {
    Gain { mean: 0.312, lo: 0.194, hi: 0.43, p_better: 0.983, p_equal: 0.013, p_worse: 0.004, rope: 0.01 }
}

fn metric_of(task: Task) -> &'static str {
    if task == Task::Regression { "RMSE" } else { "log loss" }
}

fn contender(name: &str, task: Task, mean: f64, units: usize) -> ContenderScores {
    let mut numbers = Numbers(name.len() as u64);
    let folds: Vec<f64> = (0..20).map(|_| mean * (1.0 + 0.08 * numbers.normal())).collect();
    let metric = metric_of(task);
    let other = if task == Task::Regression { "R²" } else { "accuracy" };
    let score = |metric: &str, mean: f64, larger_is_better: bool| Score {
        metric: metric.to_owned(),
        mean,
        se: 0.021 * mean.abs(),
        larger_is_better,
    };
    ContenderScores {
        name: name.to_owned(),
        metric: metric.to_owned(),
        mean,
        se: 0.021 * mean,
        units: (0..20).map(|i| units + usize::from(units > 0) * (i % 3)).collect(),
        scores: vec![score(metric, mean, false), score(other, 0.93 - 0.03 * mean, true)],
        calibration: task.is_classification().then_some(Calibration { slope: 0.91, slope_se: 0.08, intercept: -0.04 }),
        quantiles: None,
        folds,
    }
}

fn learning_curve(task: Task) -> LearningCurve {
    let line = |name: &str, at: f64, fall: f64| CurveLine {
        name: name.into(),
        mean: (0..4).map(|size| at + fall * 0.5_f64.powi(size)).collect(),
        se: vec![0.2; 4],
    };
    LearningCurve {
        metric: metric_of(task).into(),
        n_train: vec![24, 48, 96, 192],
        contenders: vec![
            line("mean", 16.7, 0.3),
            line("linear", 10.2, 1.2),
            line("network without skip", 8.9, 8.0),
            line("skip-layer network", 8.4, 3.0),
        ],
    }
}

/// An evaluation in which the network pays.
pub fn evaluation(task: Task) -> Evaluation {
    let test = |name: &str, statistic: f64, p_value: f64, note: Option<&str>| Test {
        name: name.to_owned(),
        statistic,
        p_value,
        note: note.map(str::to_owned),
    };
    let comparison = |a: &str, b: &str, gain: Gain, p: f64| Comparison {
        a: a.to_owned(),
        b: b.to_owned(),
        gain,
        t: Some(3.41),
        degrees_of_freedom: Some(9.0),
        p_value: Some(p),
    };
    let small = Gain { mean: 0.021, lo: -0.06, hi: 0.1, p_better: 0.612, p_equal: 0.201, p_worse: 0.187, rope: 0.01 };
    Evaluation {
        survival: None,
        learning_curve: Some(learning_curve(task)),
        verdict: Verdict {
            code: VerdictCode::LinearPlusUnits,
            text: "A line explains most of what can be explained, and three hidden units add a bend that holds on rows the \
                   model has not seen. The skip is worth keeping: without it the network predicts less well."
                .to_owned(),
            reasons: vec![
                "signal: the slopes are not all zero (wild bootstrap, p < 0.002)".to_owned(),
                "curvature: the test rejects the linear model (p = 0.002), largest for `log age`".to_owned(),
                "gain over the linear model: 31%, probability of a gain above 1% is 0.98".to_owned(),
                "the skip is needed: without it the loss is 9% larger".to_owned(),
            ],
        },
        curvature: Curvature {
            p_value: Some(0.002),
            tests: vec![
                test("coord", 31.2, 0.002, Some("largest for `log age`")),
                test("poly", 18.9, 0.004, Some("largest for `log age` cubed")),
                test("reset", 7.7, 0.031, None),
            ],
            n_bootstrap: 499,
            slopes: Some(test("all slopes", 211.0, 0.0002, None)),
            note: None,
        },
        gain: Some(gain()),
        linear_share: 0.612,
        nonlinear_share: 0.121,
        contenders: vec![
            contender("mean", task, 16.7, 0),
            contender("linear", task, 10.4, 0),
            contender("network without skip", task, 9.2, 6),
            contender("skip-layer network", task, 8.63, 3),
        ],
        comparisons: vec![
            comparison("linear", "skip-layer network", gain(), 0.0004),
            comparison("network without skip", "skip-layer network", small, 0.31),
        ],
        linearity_tests: vec![
            test("RESET F", 9.1, 0.0003, Some("rejects a true line too often where the noise is heteroscedastic")),
            test("Teräsvirta F", 2.3, 0.021, Some("rejects a true line too often where the noise has heavy tails")),
        ],
        design: Design { split: SplitKind::Plain, folds: 10, repeats: 2, finished: 20, column: None },
        intervals: Some(Intervals {
            method: "CV+".to_owned(),
            level: 0.9,
            coverage: 0.921,
            mean_width: Some(14.2),
            plain_width: Some(12.8),
            lowest: None,
            empty: None,
        }),
        sensitivity: vec![
            Sensitivity {
                condition: "without the 1% of rows with the highest leverage".to_owned(),
                curvature_p_value: Some(0.004),
                gain: Some(0.28),
                verdict: Some(VerdictCode::LinearPlusUnits),
                text: "the verdict stays".to_owned(),
                logarithms: Vec::new(),
            },
            Sensitivity {
                condition: "for log strength".to_owned(),
                curvature_p_value: Some(0.083),
                gain: Some(0.04),
                verdict: Some(VerdictCode::Linear),
                text: "on this scale a line is nearly enough".to_owned(),
                logarithms: vec!["strength".to_owned()],
            },
        ],
        rows: rows(task),
        warnings: vec!["12 rows are duplicates of others; they were kept in one fold".into()],
    }
}

fn rows(task: Task) -> Vec<RowPrediction> {
    let mut numbers = Numbers(3);
    let row = |row: usize| {
        let (signal, bend, noise) = (numbers.normal(), numbers.normal(), numbers.normal());
        let network = 31.0 + 9.0 * signal + 3.0 * bend;
        let curve = 2.4 * (0.12 * (network - 31.0)).powi(2) - 3.0;
        let (observed, linear, network) = if task == Task::Regression {
            (network + 3.1 * noise, network + curve, network)
        } else {
            let p = |size: f64| 1.0 / (1.0 + (-(1.1 + size * signal)).exp());
            (1.0, p(1.0), p(2.0))
        };
        RowPrediction { row, fold: row % 10, observed, linear, network }
    };
    (0..ROWS).map(row).collect()
}
