//! Watching a training: a bar while an epoch runs, a line when it ends.

use std::env;
use std::io::{self, IsTerminal};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use skiplayer::Result;
use skiplayer_deep::data::{Augment, DataSummary};
use skiplayer_deep::recipe::Budget;
use skiplayer_deep::train::{Best, EpochRecord, Request, Session, StepRecord};
use skiplayer_io::deep::RunFolder;

use crate::output;
use crate::render::{duration, number, percent};

/// Weight of the last step in the means of the bar.
const FRESH: f64 = 0.05;

pub struct Monitor {
    bar: ProgressBar,
    is_quiet: bool,
    mean: std::cell::Cell<Option<(f64, f64)>>,
    batch: usize,
    /// Steps of the whole training, or minutes if the clock decides.
    n_steps: Option<u64>,
    minutes: Option<f64>,
    /// Where this process began, and where its last epoch ended: steps, minutes.
    began: (u64, Instant),
    last: std::cell::Cell<(u64, f64)>,
    /// Whether there is a validation error to show.
    validates: bool,
    /// Whether the class of each pixel is predicted, and classes overlap more or less.
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
            n_steps: session.plan().n_steps(),
            minutes: match request.recipe.budget {
                Budget::Minutes(minutes) => Some(minutes),
                _ => None,
            },
            began: (session.step(), Instant::now()),
            last: std::cell::Cell::new((session.step(), 0.0)),
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
        if request.recipe.parts > 1 && !session.network().statistics().is_empty() {
            let part = request.recipe.batch.div_ceil(request.recipe.parts);
            monitor.say(&format!(
                "  batches go through in {} parts: batch norms see {part} {} at a time",
                request.recipe.parts, data.word
            ));
        }
        let validation = if monitor.validates { format!(" {:>10}", "validation") } else { String::new() };
        let overlap = if monitor.predicts_masks { format!(" {:>8}", "mean IoU") } else { String::new() };
        let speed = format!("{}/s", data.word);
        monitor.say(&format!(
            "{:>6} {:>9} {:>10} {:>11}{validation} {:>9} {:>10}{overlap} {speed:>8} {:>7} {:>7}",
            "epoch", "rate", "train loss", "train error", "test loss", "test error", "minutes", "left"
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
            true => format!(" {:>10}", optional(record.validation_error, percent)),
            false => String::new(),
        };
        let overlap = match self.predicts_masks {
            true => format!(" {:>8}", optional(record.test_mean_iou, number)),
            false => String::new(),
        };
        let (speed, left) = self.pace(record);
        self.say(&format!(
            "{:>6.1} {:>9} {:>10} {:>11}{validation} {:>9} {:>10}{overlap} {:>8} {:>7.2} {:>7}",
            record.epoch,
            number(record.learning_rate),
            number(record.train_loss),
            percent(record.train_error),
            optional(record.test_loss, number),
            optional(record.test_error, percent),
            speed.map_or("–".to_owned(), |speed| format!("{speed:.0}")),
            record.minutes,
            left.map_or("–".to_owned(), duration)
        ));
    }

    /// Examples a second since the last epoch ended, and seconds that are left of the whole training, evaluations included.
    fn pace(&self, record: &EpochRecord) -> (Option<f64>, Option<f64>) {
        let (first, begin) = self.began;
        let seconds = begin.elapsed().as_secs_f64();
        let (last_step, last_seconds) = self.last.replace((record.step, seconds));
        let n_steps = record.step.saturating_sub(last_step);
        let speed = (n_steps > 0 && seconds > last_seconds)
            .then(|| n_steps as f64 * self.batch as f64 / (seconds - last_seconds));
        let left = match (self.minutes, self.n_steps) {
            (Some(minutes), _) => Some(60.0 * (minutes - record.minutes).max(0.0)),
            (None, Some(n)) => {
                let done = record.step.saturating_sub(first);
                (done > 0).then(|| seconds / done as f64 * n.saturating_sub(record.step) as f64)
            }
            (None, None) => None,
        };
        (speed, left)
    }

    /// What came out: which epoch is used, beside the last one, and the test error with its interval.
    pub fn finish(&self, session: &Session, last: Option<&EpochRecord>) -> Result<()> {
        self.bar.finish_and_clear();
        if self.is_quiet {
            return Ok(());
        }
        if let Some(Best { validation_error, epoch }) = session.best() {
            let end = if session.is_given_up() { "stopped early; " } else { "" };
            let beside = last.filter(|last| last.epoch != epoch).and_then(|last| last.validation_error);
            let beside = beside
                .map_or(String::new(), |error| format!("; the last one, which is kept too, has {}", percent(error)));
            self.say(&format!("{end}epoch {epoch:.0} is used: validation error {}{beside}", percent(validation_error)));
        }
        if let Some(score) =
            last.filter(|last| last.test_error.is_some()).map(|_| session.test_score()).transpose()?.flatten()
            && let Some((lo, hi)) = score.error_interval()
        {
            let (error, n) = (percent(score.error()), score.n);
            self.say(&format!(
                "test error after the last step {error}, 95% {} to {} ({n} examples)",
                percent(lo),
                percent(hi)
            ));
        }
        Ok(())
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
