//! Time of the kernels, as shares of the multiply-adds that this machine can do, measured in the same run.
//!
//!     cargo bench -p skiplayer --bench kernels
//!     KERNELS_RECORD=benchmarks/records/kernels.json cargo bench -p skiplayer --bench kernels
//!
//! Criterion's throughput is in "elements": here floating-point operations (one multiply-add is two), or values for tanh and exp.
//! Counted are the products of matrices that a pass cannot do without; activations, losses and sums come on top of them.

use std::cell::RefCell;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Bencher, Criterion, Throughput};
use pulp::{Arch, Simd, WithSimd};
use rayon::ThreadPool;
use rayon::prelude::*;
use serde_json::json;
use skiplayer::fit::fixed::FixedProblem;
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::net::{Activation, Architecture};
use skiplayer::random::Random;
use skiplayer::simd::{Scalar, exp, tanh};
use skiplayer::solve::{PathOptions, linear_path};

const ROWS: usize = 20_000;

/// Running sums of the loop that measures the peak: enough to hide the latency of a multiply-add on every processor.
const SUMS: usize = 10;

/// x <- a x + b in many registers at once: nothing but multiply-adds.
struct Peak<T> {
    rounds: usize,
    seed: T,
}

macro_rules! peak {
    ($type:ident, $splat:ident, $multiply_add:ident, $add:ident, $total:ident, $lanes:ident) => {
        impl WithSimd for Peak<$type> {
            /// Operations done, and a number that keeps the compiler from doing none.
            type Output = (usize, $type);

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
                let (a, b) = (simd.$splat(0.999), simd.$splat(self.seed));
                let mut sums = [b; SUMS];
                for _ in 0..self.rounds {
                    for sum in &mut sums {
                        *sum = simd.$multiply_add(a, *sum, b);
                    }
                }
                let total = sums.into_iter().fold(b, |total, sum| simd.$add(total, sum));
                (2 * self.rounds * SUMS * S::$lanes, simd.$total(total))
            }
        }
    };
}

peak!(f32, splat_f32s, mul_add_e_f32s, add_f32s, reduce_sum_f32s, F32_LANES);
peak!(f64, splat_f64s, mul_add_e_f64s, add_f64s, reduce_sum_f64s, F64_LANES);

/// Operations a second on all threads of the pool at once: the best of some runs.
fn peak<T: Scalar>() -> f64
where
    Peak<T>: WithSimd<Output = (usize, T)>,
{
    let threads = rayon::current_num_threads();
    let run = || {
        let start = Instant::now();
        let done: usize = (0..threads)
            .into_par_iter()
            .with_max_len(1)
            .map(|_| {
                let peak = Peak { rounds: black_box(4_000_000), seed: black_box(T::of(0.5)) };
                let (operations, end) = Arch::new().dispatch(peak);
                black_box(end);
                operations
            })
            .sum();
        done as f64 / start.elapsed().as_secs_f64()
    };
    (0..9).map(|_| run()).fold(0.0, f64::max)
}

fn normal(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut random = Random::simulated(seed);
    Matrix::from_fn(rows, columns, |_, _| random.normal())
}

fn problem<T: Scalar>(hidden: &[usize]) -> FixedProblem<T> {
    let architecture =
        Architecture { n_inputs: 20, n_outputs: 1, hidden: hidden.to_vec(), activation: Activation::Tanh };
    let (x, y) = (normal(ROWS, 20, 1), normal(ROWS, 1, 2));
    FixedProblem::new(architecture, &x, &y, &vec![1.0; ROWS], Loss::Squared, 0.0).expect("data")
}

/// Operations in the products of a forward and a backward pass. The first layer needs no derivative for its inputs.
fn operations(p: usize, hidden: &[usize]) -> usize {
    let width = hidden[0];
    let blocks: usize = hidden[1..].iter().map(|m| 3 * 2 * width * m).sum();
    2 * ROWS * (2 * p + 2 * p * width + 3 * width + blocks)
}

struct Activate<'a, T> {
    values: &'a mut [T],
    is_exp: bool,
}

impl<T: Scalar> WithSimd for Activate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if self.is_exp {
            self.values.iter_mut().for_each(|v| *v = exp::<T, S>(-*v));
        } else {
            self.values.iter_mut().for_each(|v| *v = tanh::<T, S>(*v + T::ONE));
        }
    }
}

/// What was measured.
struct Row {
    kernel: String,
    precision: &'static str,
    threads: usize,
    seconds: f64,
    /// Operations, where a share of the peak has a meaning.
    operations: Option<usize>,
    /// Values, for functions of one.
    values: Option<usize>,
}

#[derive(Default)]
struct Suite {
    rows: RefCell<Vec<Row>>,
}

impl Suite {
    /// Lets Criterion time `run`, and keeps the median of its samples.
    fn time(&self, criterion: &mut Criterion, mut row: Row, mut run: impl FnMut()) {
        let name = format!("{} {} threads={}", row.kernel, row.precision, row.threads);
        let samples = RefCell::new(Vec::new());
        let mut group = criterion.benchmark_group("kernels");
        if let Some(elements) = row.operations.or(row.values) {
            group.throughput(Throughput::Elements(elements as u64));
        }
        group.bench_function(&name, |bencher: &mut Bencher| {
            bencher.iter_custom(|n| {
                let start = Instant::now();
                (0..n).for_each(|_| run());
                let elapsed = start.elapsed();
                samples.borrow_mut().push(elapsed.as_secs_f64() / n as f64);
                elapsed
            });
        });
        group.finish();
        let mut samples = samples.into_inner();
        samples.sort_by(f64::total_cmp);
        // None where a filter leaves the kernel out.
        if let Some(median) = samples.get(samples.len() / 2) {
            row.seconds = *median;
            self.rows.borrow_mut().push(row);
        }
    }

    /// On one thread if there is a pool for it, else on all.
    fn passes<T: Scalar>(&self, criterion: &mut Criterion, precision: &'static str, alone: Option<&ThreadPool>) {
        let threads = alone.map_or_else(rayon::current_num_threads, ThreadPool::current_num_threads);
        for hidden in [&[8][..], &[64], &[256], &[256, 256]] {
            let problem: FixedProblem<T> = problem(hidden);
            let theta = problem.start(1);
            let mut gradient = vec![0.0; theta.len()];
            let units: Vec<String> = hidden.iter().map(usize::to_string).collect();
            let kernel = format!("forward + backward 20-{}-1", units.join("-"));
            let operations = Some(operations(20, hidden));
            let mut pass = || {
                black_box(problem.value_gradient(&theta, &mut gradient));
            };
            self.time(criterion, Row { kernel, precision, threads, seconds: 0.0, operations, values: None }, || {
                match alone {
                    Some(pool) => pool.install(&mut pass),
                    None => pass(),
                }
            });
        }
    }

    fn functions<T: Scalar>(&self, criterion: &mut Criterion, precision: &'static str) {
        let mut values = vec![T::of(0.5); 4096];
        for (name, is_exp) in [("tanh", false), ("exp", true)] {
            let row = Row {
                kernel: name.into(),
                precision,
                threads: 1,
                seconds: 0.0,
                operations: None,
                values: Some(values.len()),
            };
            self.time(criterion, row, || {
                Arch::new().dispatch(Activate { values: black_box(&mut values), is_exp });
            });
        }
    }

    fn gauss_newton(&self, criterion: &mut Criterion) {
        let problem: FixedProblem = problem(&[16]);
        let theta = problem.start(1);
        let (l, threads) = (theta.len(), rayon::current_num_threads());
        let row = Row {
            kernel: format!("Gauss-Newton 20-16-1, {l} weights"),
            precision: "f64",
            threads,
            seconds: 0.0,
            // One triangle.
            operations: Some(ROWS * l * (l + 1)),
            values: None,
        };
        self.time(criterion, row, || {
            black_box(problem.gauss_newton(&theta));
        });
    }

    fn lasso(&self, criterion: &mut Criterion) {
        for (n, p) in [(500, 5000), (5000, 200), (442, 10)] {
            let (x, y) = (normal(n, p, 3), normal(n, 1, 4));
            let row = Row {
                kernel: format!("lasso path {n} x {p}"),
                precision: "f64",
                threads: rayon::current_num_threads(),
                seconds: 0.0,
                operations: None,
                values: None,
            };
            let options = PathOptions { tol: 1e-6, ..PathOptions::default() };
            self.time(criterion, row, || {
                black_box(linear_path(&x, &y, &vec![1.0; n], Loss::Squared, &options).expect("a path"));
            });
        }
    }
}

/// Peaks of one precision and number of threads.
fn peaks() -> Vec<(&'static str, usize, f64)> {
    let threads = rayon::current_num_threads();
    vec![("f32", threads, peak::<f32>()), ("f64", threads, peak::<f64>())]
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let suite = Suite::default();
    let mut found = Vec::new();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    found.extend(alone.install(peaks));
    found.extend(peaks());
    suite.functions::<f32>(&mut criterion, "f32");
    suite.functions::<f64>(&mut criterion, "f64");
    for pool in [Some(&alone), None] {
        suite.passes::<f32>(&mut criterion, "f32", pool);
        suite.passes::<f64>(&mut criterion, "f64", pool);
    }
    suite.gauss_newton(&mut criterion);
    suite.lasso(&mut criterion);
    // Again after a minute of work: processors slow down when they are warm.
    found.extend(peaks());

    let rows = suite.rows.into_inner();
    let peak_of = |precision: &str, threads: usize| {
        found.iter().filter(|(p, t, _)| *p == precision && *t == threads).map(|(.., peak)| *peak).fold(0.0, f64::max)
    };
    let mut table =
        String::from("| kernel | precision | threads | time | speed | share of peak |\n|---|---|---|---|---|---|\n");
    let mut record = Vec::new();
    for row in &rows {
        let speed = row.operations.map(|operations| operations as f64 / row.seconds);
        let share = speed.map(|speed| speed / peak_of(row.precision, row.threads));
        let text = match (speed, row.values) {
            (Some(speed), _) => format!("{:.1} GFLOP/s", speed / 1e9),
            (None, Some(values)) => format!("{:.2} ns a value", row.seconds * 1e9 / values as f64),
            (None, None) => String::new(),
        };
        let share_text = share.map_or_else(String::new, |share| format!("{:.0}%", 100.0 * share));
        let _ = writeln!(
            table,
            "| {} | {} | {} | {:.3} ms | {text} | {share_text} |",
            row.kernel,
            row.precision,
            row.threads,
            row.seconds * 1e3
        );
        record.push(json!({
            "kernel": row.kernel, "precision": row.precision, "threads": row.threads, "seconds": row.seconds,
            "operations": row.operations, "share_of_peak": share,
        }));
    }
    let peaks: Vec<_> = found
        .iter()
        .map(|(precision, threads, peak)| json!({ "precision": precision, "threads": threads, "operations_a_second": peak }))
        .collect();
    for (precision, threads, peak) in &found {
        println!("peak {precision}, {threads} threads: {:.1} GFLOP/s", peak / 1e9);
    }
    println!("{table}");
    if let Some(path) = std::env::var_os("KERNELS_RECORD") {
        let body = json!({
            "command": "KERNELS_RECORD=benchmarks/records/kernels.json cargo bench -p skiplayer --bench kernels",
            "processor": processor(), "rows": ROWS, "peaks": peaks, "results": record, "table": table,
        });
        let text = serde_json::to_string_pretty(&body).expect("a record");
        std::fs::write(&path, text + "\n").expect("a place for the record");
    }
}

/// As Linux calls it.
fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}
