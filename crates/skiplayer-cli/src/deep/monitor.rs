//! Watching a training: a bar while an epoch runs, a line when it ends.

use std::env;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use skiplayer_deep::data::{Augment, DataSummary};
use skiplayer_deep::train::{Best, EpochRecord, Request, Session, StepRecord};
use skiplayer_io::deep::RunFolder;

use crate::output;
use crate::render::{number, percent};

/// Weight of the last step in the means of the bar.
const FRESH: f64 = 0.05;

pub struct Monitor {
    bar: ProgressBar,
    is_quiet: bool,
    mean: std::cell::Cell<Option<(f64, f64)>>,
    batch: usize,
    /// Whether there is a validation error to show.
    validates: bool,
    /// Whether pixels are told, and classes overlap more or less.
    predicts_masks: bool,
}

impl Monitor {
    pub fn new(session: &Session, request: &Request, data: &DataSummary, folder: &RunFolder, is_quiet: bool) -> Self {
        let is_watched = io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|kind| kind != "dumb");
        let bar = if is_watched && !is_quiet {
            ProgressBar::with_draw_target(session.plan().n_steps(), ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        let template = "{spinner} {bar:30} {pos}/{len}  {msg}  {elapsed} < {eta}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸─"));
        bar.set_position(session.step());
        bar.reset_eta();
        let monitor = Self {
            bar,
            is_quiet,
            mean: std::cell::Cell::new(None),
            batch: request.recipe.batch,
            validates: session.validates(),
            predicts_masks: session.predicts_masks(),
        };
        let name = &session.network().architecture().name;
        let begins = if session.step() == 0 { String::new() } else { format!(", from step {}", session.step()) };
        monitor.say(&format!(
            "{name} on {} by the recipe {} ({}), seed {}, into {}{begins}",
            request.data,
            request.recipe.name,
            varied(&request.recipe.augment),
            request.seed,
            folder.path().display()
        ));
        data.lines().iter().for_each(|line| monitor.say(&format!("  {line}")));
        let validation = if monitor.validates { format!(" {:>11}", "validation") } else { String::new() };
        let overlap = if monitor.predicts_masks { format!(" {:>9}", "mean IoU") } else { String::new() };
        monitor.say(&format!(
            "{:>7} {:>9} {:>11} {:>11}{validation} {:>11} {:>11}{overlap} {:>8}",
            "epoch", "rate", "train loss", "train error", "test loss", "test error", "minutes"
        ));
        monitor
    }

    pub fn step(&self, record: &StepRecord) {
        if self.bar.is_hidden() {
            return;
        }
        let wrong = |n_correct| 1.0 - n_correct as f64 / record.n.max(1) as f64;
        let error = record.n_correct.map_or(record.loss, wrong);
        let (loss, error) = match self.mean.get() {
            None => (record.loss, error),
            Some((loss, mean)) => (loss + FRESH * (record.loss - loss), mean + FRESH * (error - mean)),
        };
        self.mean.set(Some((loss, error)));
        self.bar.inc(1);
        let speed = self.bar.per_sec() * self.batch as f64;
        self.bar.set_message(format!("loss {loss:.3}  error {}  {speed:.0} images/s", percent(error)));
    }

    pub fn epoch(&self, record: &EpochRecord) {
        let optional = |value: Option<f64>, show: fn(f64) -> String| value.map_or("–".to_owned(), show);
        let validation = match self.validates {
            true => format!(" {:>11}", optional(record.validation_error, percent)),
            false => String::new(),
        };
        let overlap = match self.predicts_masks {
            true => format!(" {:>9}", optional(record.test_mean_iou, number)),
            false => String::new(),
        };
        self.say(&format!(
            "{:>7.1} {:>9} {:>11} {:>11}{validation} {:>11} {:>11}{overlap} {:>8.2}",
            record.epoch,
            number(record.learning_rate),
            number(record.train_loss),
            percent(record.train_error),
            optional(record.test_loss, number),
            optional(record.test_error, percent),
            record.minutes
        ));
    }

    pub fn finish(&self, session: &Session) {
        self.bar.finish_and_clear();
        if let Some(Best { validation_error, epoch }) = session.best() {
            let end = if session.is_given_up() { "stopped early; " } else { "" };
            self.say(&format!("{end}epoch {epoch:.0} is used: validation error {}", percent(validation_error)));
        }
    }

    /// A line above the bar; a reader that has seen enough is no reason to stop.
    fn say(&self, line: &str) {
        if !self.is_quiet {
            self.bar.suspend(|| {
                let _ = output::print(&format!("{line}\n"));
            });
        }
    }
}

/// How training images vary, in words.
fn varied(augment: &Augment) -> String {
    match (augment.pad, augment.flip) {
        (0, false) => "images as they are".to_owned(),
        (0, true) => "flips".to_owned(),
        (pad, flip) => format!("crops padded by {pad}, {} flips", if flip { "with" } else { "no" }),
    }
}
