//! A bar on stderr where somebody watches, and the clock that the core does not read.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use skiplayer::fit::{Event, Observer};

/// Watches a fit.
pub struct Progress {
    bar: Mutex<Option<ProgressBar>>,
    visible: bool,
    deadline: Option<Instant>,
}

impl Progress {
    /// Shows bars unless `quiet` or nobody looks at stderr; asks to stop after `limit`.
    pub fn new(quiet: bool, limit: Option<Duration>) -> Self {
        Self {
            bar: Mutex::new(None),
            visible: !quiet && std::io::stderr().is_terminal(),
            deadline: limit.and_then(|limit| Instant::now().checked_add(limit)),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Progress {
    fn event(&self, event: Event) {
        if !self.visible {
            return;
        }
        let Ok(mut slot) = self.bar.lock() else { return };
        match event {
            Event::Stage { name, steps } => {
                if let Some(old) = slot.take() {
                    old.finish_and_clear();
                }
                let bar = ProgressBar::new(steps as u64).with_message(name);
                if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} [{elapsed}]") {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(Duration::from_millis(200));
                *slot = Some(bar);
            }
            Event::Step => {
                if let Some(bar) = slot.as_ref() {
                    bar.inc(1);
                }
            }
            // Warnings are in the result, and are told once at the end.
            Event::Warning(_) => {}
        }
    }

    fn interrupted(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}
