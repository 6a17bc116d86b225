//! Studies of many trainings: tables of means over seeds.

use skiplayer_deep::analysis::degradation::{Mean, Outcome, Trend};
use skiplayer_deep::recipe::{Budget, Recipe};
use skiplayer_deep::train::wilson;

use super::grid::{Align, Grid};
use super::number::{bytes, count, percent, seconds, si, whole, with_interval};
use super::page::Page;

/// All of `skiplayer deep degrade`.
pub fn degradation(trends: &[Trend], outcomes: &[Outcome], verdict: &str, recipe: &Recipe) -> String {
    let mut page = Page::for_stdout();
    page.gap();
    for sentence in verdict.split_inclusive(").") {
        page.headline(sentence.trim());
    }
    page.heading("Training error by depth");
    let mut columns = vec![("layers", Align::Right)];
    columns.extend(trends.iter().map(|trend| (trend.family.as_str(), Align::Left)));
    columns.extend(trends.iter().map(|_| ("test", Align::Left)));
    let mut grid = Grid::new(&columns);
    let mut depths: Vec<usize> = outcomes.iter().map(|outcome| outcome.depth).collect();
    depths.sort_unstable();
    depths.dedup();
    for depth in depths {
        let errors = |family: &str, error: Error| {
            let of = outcomes.iter().filter(|outcome| outcome.depth == depth && outcome.family == family);
            interval(&of.filter_map(error).collect::<Vec<_>>())
        };
        let train = trends.iter().map(|trend| errors(&trend.family, training_error));
        let test = trends.iter().map(|trend| errors(&trend.family, test_error));
        grid.row(std::iter::once(depth.to_string()).chain(train).chain(test));
    }
    page.grid(&grid);
    page.gap();
    let mut seeds: Vec<u64> = outcomes.iter().map(|outcome| outcome.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let budget = budget(recipe);
    page.aside(&format!(
        "{}; {budget} by the recipe {}; errors of the finished networks on the examples as they are. \
         Only the training error distinguishes degradation from overfitting.",
        means(seeds.len()),
        recipe.name
    ));
    page.aside(&runs(outcomes));
    for sentence in unlike_twins(outcomes) {
        page.aside(&sentence);
    }
    page.finish()
}

/// All of `skiplayer deep compare`; `memory`: bytes of one example in training, by network.
pub fn comparison(outcomes: &[Outcome], memory: &dyn Fn(&str) -> Option<u64>, recipe: &Recipe) -> String {
    let mut page = Page::for_stdout();
    page.gap();
    let mut grid = Grid::new(&[
        ("network", Align::Left),
        ("training error", Align::Left),
        ("test error", Align::Left),
        ("parameters", Align::Right),
        ("multiply-adds", Align::Right),
        ("memory", Align::Right),
        ("a step", Align::Right),
    ]);
    let mut names: Vec<&str> = Vec::new();
    for outcome in outcomes {
        if !names.contains(&outcome.network.as_str()) {
            names.push(&outcome.network);
        }
    }
    for name in names {
        let ours: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.network == name).collect();
        let train: Vec<(f64, usize)> = ours.iter().copied().filter_map(training_error).collect();
        let test: Vec<(f64, usize)> = ours.iter().copied().filter_map(test_error).collect();
        let step = ours.iter().map(|outcome| outcome.seconds_per_step).sum::<f64>() / ours.len() as f64;
        grid.row([
            name.to_owned(),
            interval(&train),
            interval(&test),
            si(ours[0].n_parameters),
            si(ours[0].multiply_adds),
            memory(name).map_or("–".to_owned(), bytes),
            seconds(step),
        ]);
    }
    page.grid(&grid);
    page.gap();
    let n_seeds = outcomes.iter().map(|outcome| outcome.seed).max().unwrap_or(0) as usize;
    page.aside(&format!(
        "{}; {} by the recipe {}; multiply-adds and memory for one example, memory in training.",
        means(n_seeds),
        budget(recipe),
        recipe.name
    ));
    page.aside(&runs(outcomes));
    page.finish()
}

fn budget(recipe: &Recipe) -> String {
    match recipe.budget {
        Budget::Epochs(n) => format!("{n} epochs"),
        Budget::Iterations(n) => count(n as usize, "step"),
        Budget::Minutes(n) => format!("{n} minutes"),
    }
}

/// An error and the number of examples that it is from, 0 where it is no share of them.
type Error = fn(&Outcome) -> Option<(f64, usize)>;

fn training_error(outcome: &Outcome) -> Option<(f64, usize)> {
    Some((outcome.train_error, outcome.n_train))
}

fn test_error(outcome: &Outcome) -> Option<(f64, usize)> {
    Some((outcome.test_error?, outcome.n_test))
}

/// `12.3% ± 0.4` over seeds; of one seed with the interval that its examples give; or a dash.
fn interval(values: &[(f64, usize)]) -> String {
    let errors: Vec<f64> = values.iter().map(|(error, _)| *error).collect();
    let Mean { mean, hi, .. } = Mean::of(&errors);
    match (values, hi) {
        ([], _) => "–".to_owned(),
        (_, Some(hi)) => format!("{} ± {:.1}", percent(mean), 100.0 * (hi - mean)),
        ([(_, n), ..], None) => with_interval(mean, wilson(mean, *n)),
    }
}

/// What the intervals are of.
fn means(n_seeds: usize) -> String {
    match n_seeds {
        0 | 1 => "One seed, with 95% intervals by the number of examples".to_owned(),
        n => format!("Means over {} with 95% intervals", count(n, "seed")),
    }
}

/// Where the trainings are.
fn runs(outcomes: &[Outcome]) -> String {
    match outcomes {
        [] => String::new(),
        [first, .., last] => format!("Folders of the trainings: {} to {}.", first.run, last.run),
        [only] => format!("Folder of the training: {}.", only.run),
    }
}

/// Networks of equal depth that should differ by their skips alone, and do not have equal counts: one sentence each.
fn unlike_twins(outcomes: &[Outcome]) -> Vec<String> {
    let mut sentences = Vec::new();
    for (i, a) in outcomes.iter().enumerate() {
        let twin = outcomes[..i].iter().find(|b| {
            b.depth == a.depth
                && b.family != a.family
                && (b.n_parameters, b.multiply_adds) != (a.n_parameters, a.multiply_adds)
        });
        let sentence = twin.map(|b| {
            format!(
                "{} and {} are no twins: {} and {} parameters.",
                b.network,
                a.network,
                whole(b.n_parameters),
                whole(a.n_parameters)
            )
        });
        if let Some(sentence) = sentence.filter(|sentence| !sentences.contains(sentence)) {
            sentences.push(sentence);
        }
    }
    sentences
}
