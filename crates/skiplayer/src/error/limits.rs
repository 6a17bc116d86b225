//! Values that a table of options does not allow.

use super::setting::{Kind, Setting};
use super::{Error, Result};

impl Setting {
    /// Refuses a count that the table does not allow.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](super::ErrorKind::Input), with the limits.
    pub fn check_count(&self, value: usize) -> Result<()> {
        match self.kind {
            Kind::Count { least, most } if !(least..=most).contains(&(value as u64)) => {
                Err(Error::input(self, value.to_string()).expected(format!("{least} to {most}")))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a number that the table does not allow, NaN among them.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](super::ErrorKind::Input), with the limits.
    pub fn check_number(&self, value: f64) -> Result<()> {
        match self.kind {
            Kind::Number { above, below } if !(value > above && value < below) => {
                let limits = if below.is_finite() {
                    format!("above {above} and below {below}")
                } else {
                    format!("above {above}")
                };
                Err(Error::input(self, value.to_string()).expected(format!("a number {limits}")))
            }
            _ => Ok(()),
        }
    }
}
