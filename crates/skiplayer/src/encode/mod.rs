//! What is learned from the training rows before any network sees them: columns to numbers and back.

mod calendar;
mod features;
mod gaps;
mod lookup;
mod means;
mod merged;
mod offset;
mod row_name;
mod standardise;
pub(crate) mod summary;
mod survival;
pub(crate) mod target;
mod training_range;
mod trials;
mod warning;
mod wild_cells;

pub use calendar::{Part, Source};
pub use features::{Encoding, InputEncoding};
pub(crate) use means::{class_probabilities, means};
pub use offset::OffsetColumns;
pub(crate) use row_name::row_name;
pub use standardise::Standard;
pub use survival::SurvivalTarget;
pub(crate) use survival::events;
pub use target::{TargetColumns, TargetEncoding, Task, class_of_rows};
pub use training_range::{Outside, Unlike};
pub(crate) use trials::{shares, trials_of};
pub use warning::Remark;
