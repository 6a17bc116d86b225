//! Watching a fit: a bar on the terminal, warnings, and the time limit.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use skiplayer::fit::{Event, Observer, Outlook};

use crate::output::Warnings;
use crate::spelling::in_words;

/// Shows what a fit does, if a person watches.
pub struct Progress<'a> {
    bar: ProgressBar,
    warnings: &'a Warnings,
    deadline: Option<Instant>,
    expected: Mutex<Expected>,
}

impl<'a> Progress<'a> {
    /// `deadline`: when to ask the fit to stop.
    pub fn new(warnings: &'a Warnings, quiet: bool, deadline: Option<Instant>) -> Self {
        let watched = io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|kind| kind != "dumb");
        let bar = if watched && !quiet {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        Self { bar, warnings, deadline, expected: Mutex::default() }
    }

    /// Something of unknown length begins.
    pub fn begin(&self, name: &str) {
        self.start("{spinner} {msg}  {elapsed}", name);
    }

    fn start(&self, template: &str, name: &str) {
        if self.bar.is_hidden() {
            return;
        }
        // Every template is a constant of this file.
        let template = format!("{template}{}", self.lock().in_brackets());
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar.set_style(style.progress_chars("━╸─"));
        self.bar.reset();
        self.bar.set_message(name.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    /// Says how long all of it is likely to take.
    pub fn expect(&self, outlook: Option<Outlook>) {
        self.lock().all = outlook;
        self.begin("fitting");
    }

    /// Seconds that it was expected to take: all of it, or its parts so far.
    pub fn expected(&self) -> Option<Outlook> {
        let expected = self.lock();
        expected.all.or_else(|| expected.parts.iter().copied().reduce(Outlook::and))
    }

    fn lock(&self) -> MutexGuard<'_, Expected> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, stopped at another time.
    pub fn until(&self, deadline: Option<Instant>) -> Until<'_> {
        Until { progress: self, deadline }
    }

    /// Takes the bar off the screen.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress<'_> {
    fn event(&self, event: Event) {
        match event {
            Event::Expected(outlook) => self.lock().parts.push(outlook),
            Event::Stage { name, steps } => {
                self.bar.set_length(steps as u64);
                self.start("{spinner} {msg}  {bar:30} {pos}/{len}  {elapsed}", &name);
            }
            Event::Step => self.bar.inc(1),
            Event::Warning(message) => self.bar.suspend(|| self.warnings.add(&in_words(&message))),
        }
    }

    fn interrupted(&self) -> bool {
        has_passed(self.deadline)
    }
}

/// How long it is likely to take.
#[derive(Default)]
struct Expected {
    /// Where that could be said before it began.
    all: Option<Outlook>,
    /// The fit, and its evaluation.
    parts: Vec<Outlook>,
}

impl Expected {
    /// ` (all: 3 to 20 s)`, ` (fit: 1 to 4 min)`, or nothing.
    fn in_brackets(&self) -> String {
        let (what, outlook) = match (self.all, &self.parts[..]) {
            (Some(all), _) => ("all", all),
            (None, [fit]) => ("fit", *fit),
            (None, [.., evaluation]) => ("evaluation", *evaluation),
            (None, []) => return String::new(),
        };
        format!(" ({what}: {})", time_range(outlook))
    }
}

/// A part of the work that has less time than the whole.
pub struct Until<'a> {
    progress: &'a Progress<'a>,
    deadline: Option<Instant>,
}

impl Observer for Until<'_> {
    fn event(&self, event: Event) {
        self.progress.event(event);
    }

    fn interrupted(&self) -> bool {
        has_passed(self.deadline)
    }
}

/// `3 to 20 s` or `2 to 10 min`.
fn time_range(Outlook { least, most }: Outlook) -> String {
    let (unit, seconds) = if most < 120.0 { ("s", 1.0) } else { ("min", 60.0) };
    let (least, most) = ((least / seconds).round(), (most / seconds).ceil());
    if least < 1.0 { format!("up to {most} {unit}") } else { format!("{least} to {most} {unit}") }
}

fn has_passed(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}
