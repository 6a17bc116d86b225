//! One error type for every crate: what was given, what was expected, and what to try.
//!
//! ```text
//!  spelling.rs  Spelling: how a front end writes an option     ──> --keep age, keep=["age"], ColumnRoles::keep
//!  mention.rs   Mention: an option and its value, in a message
//!  setting.rs   Setting: one option, its name, what it takes   ──> KEEP.to("age")
//!  message.rs   Message: text that names options by identity   ──> message!["set it with ", KEEP.to("age")]
//!  place.rs     Place: the file, row, column or option         ──> Place::of_column("age")
//!  limits.rs    values that a table of options does not allow
//! ```
//!
//! No crate but a front end knows how its users write an option: a message holds the [`Setting`] itself, and whoever shows the
//! message says with a [`Spelling`] how it is written.

mod limits;
mod mention;
mod message;
mod place;
mod setting;
mod spelling;
mod value;

use std::fmt;

pub use mention::Mention;
pub use message::{Message, Part, join};
pub use place::Place;
pub(crate) use setting::choices;
pub use setting::{Action, Choice, Choices, Feature, Kind, Setting};
pub use spelling::{RustNames, Spelled, Spelling};
pub use value::Value;

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
/// `Display` names options by their Rust fields; [`spelled`](Self::spelled) names them as another front end writes them.
///
/// ```
/// use skiplayer::error::Place;
/// use skiplayer::{Error, message};
/// use skiplayer::schema::options::TASK;
///
/// let error = Error::input(Place::of_target("age"), "the text `old` in row 17")
///     .expected("numbers")
///     .hint(message!["try ", TASK.to("multiclass"), ", or mend that cell"]);
/// assert_eq!(
///     error.to_string(),
///     "target `age`: found the text `old` in row 17, expected numbers; \
///      try `ColumnRoles::task = \"multiclass\"`, or mend that cell"
/// );
/// assert_eq!(error.place().column(), Some("age"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Facts>);

/// In a box: a `Result` on a hot path is no larger for the words of its error.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    kind: ErrorKind,
    place: Place,
    found: Message,
    expected: Option<Message>,
    hint: Option<Message>,
}

impl Error {
    /// The caller gave something unusable at `place` (a file, row, column or option).
    pub fn input(place: impl Into<Place>, found: impl Into<Message>) -> Self {
        Self::new(ErrorKind::Input, place.into(), found.into())
    }

    /// The input was fine, and `what` went wrong at `place`.
    pub fn failure(place: impl Into<Place>, what: impl Into<Message>) -> Self {
        Self::new(ErrorKind::Failure, place.into(), what.into())
    }

    fn new(kind: ErrorKind, place: Place, found: Message) -> Self {
        Self(Box::new(Facts { kind, place, found, expected: None, hint: None }))
    }

    /// What would have been usable.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<Message>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// What to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Message>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The [name](crate::table::nearest_name) that was probably meant, as the hint; none if none is `near`.
    #[must_use]
    pub fn did_you_mean(self, near: Option<String>) -> Self {
        match near {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// What else to try, or to know; nothing if `hint` is empty.
    #[must_use]
    pub(crate) fn and_hint(mut self, hint: impl Into<Message>) -> Self {
        let hint = hint.into();
        if !hint.is_empty() {
            let own = self.0.hint.take();
            self.0.hint = Some(join(own.into_iter().chain([hint]), "; "));
        }
        self
    }

    /// Bad input or a failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file, row, column or option.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// What is there; of a failure, what went wrong.
    pub fn found(&self) -> &Message {
        &self.0.found
    }

    /// What would have been usable, where that was said.
    pub fn expectation(&self) -> Option<&Message> {
        self.0.expected.as_ref()
    }

    /// What to try, where that was said.
    pub fn advice(&self) -> Option<&Message> {
        self.0.hint.as_ref()
    }

    /// The whole error in the words of a front end.
    pub fn spelled<'a>(&'a self, spelling: &'a dyn Spelling) -> Spelled<'a, Self> {
        Spelled { what: self, spelling }
    }
}

impl fmt::Display for Spelled<'_, Error> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { kind, place, found, expected, hint } = &*self.what.0;
        let found_there = match kind {
            ErrorKind::Input => "found ",
            ErrorKind::Failure => "",
        };
        write!(f, "{}: {found_there}{}", place.spelled(self.spelling), found.spelled(self.spelling))?;
        if let Some(expected) = expected {
            write!(f, ", expected {}", expected.spelled(self.spelling))?;
        }
        if let Some(hint) = hint {
            write!(f, "; {}", hint.spelled(self.spelling))?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spelled(&RustNames).fmt(f)
    }
}

impl std::error::Error for Error {}
