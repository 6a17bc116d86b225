//! Who watches a fit. The core pushes events and asks whether to go on; it prints nothing and reads no clock.

use super::outlook::Outlook;
use crate::error::Message;

/// What happens during a fit.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// How long a fit, or an evaluation, is likely to take on the threads that it has. Comes before its first stage.
    Expected(Outlook),
    /// A stage begins: its name in words, and how many equal steps it has.
    Stage { name: String, steps: usize },
    /// A step of the current stage is done.
    Step,
    /// Something the user should know.
    Warning(Message),
}

/// Receives events, possibly from several threads, and may stop the fit.
pub trait Observer: Sync {
    /// Called for every event.
    fn event(&self, event: Event);

    /// Whether to stop as soon as a usable model is at hand. Asked at every iteration.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _event: Event) {}
}
