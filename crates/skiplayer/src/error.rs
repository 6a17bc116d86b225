//! One error type for every crate: what was given, what was expected, and what to try.

use std::fmt;

/// Result with the project's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Who can mend it: the caller (bad input) or nobody at hand (a failure).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The data, an option or a file is not usable as given. The command line exits with 2.
    Input,
    /// The input was fine and the work failed all the same. The command line exits with 1.
    Failure,
}

/// An error that names the place, what was found there, what was expected and what to try.
///
/// ```
/// use skiplayer::Error;
///
/// let error = Error::input("column `age`", "the text `old` in row 17")
///     .expected("a number")
///     .hint("declare it with `--categorical age`");
/// assert_eq!(
///     error.to_string(),
///     "column `age`: found the text `old` in row 17, expected a number; declare it with `--categorical age`"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    place: String,
    found: String,
    expected: Option<String>,
    hint: Option<String>,
}

impl Error {
    /// The caller gave something unusable at `place` (a file, row, column or option).
    pub fn input(place: impl Into<String>, found: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Input, place: place.into(), found: found.into(), expected: None, hint: None }
    }

    /// The input was fine, and `what` went wrong at `place`.
    pub fn failure(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Failure, ..Self::input(place, what) }
    }

    /// What would have been usable.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// What to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Bad input or a failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Input => write!(f, "{}: found {}", self.place, self.found)?,
            ErrorKind::Failure => write!(f, "{}: {}", self.place, self.found)?,
        }
        if let Some(expected) = &self.expected {
            write!(f, ", expected {expected}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
