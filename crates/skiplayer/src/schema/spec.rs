//! What to predict from what, and the roles that come of it.

use super::class_weight::ClassWeight;
use super::column_rules::ColumnRules;
use super::options::{EVENT, EXPOSURE, GROUP, OFFSET, STRATA, TIME, TRIALS, WEIGHT};
use crate::encode::{OffsetColumns, SurvivalTarget, TargetColumns, Task};
use crate::error::{Message, Setting};
use crate::loss::{Loss, LossKind, Ties};
use crate::table::RowLines;

/// What to predict from what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnRoles {
    /// Several only for regression.
    pub columns: Vec<String>,
    /// `None`: from the target.
    pub task: Option<Task>,
    /// The order of the classes, the second of two being the event; empty: numbers by size, text by the alphabet. Those that no row
    /// has are left out.
    pub classes: Vec<String>,
    /// `None`: that of the task.
    pub loss: Option<LossKind>,
    /// Tweedie's power, between 1 and 2; `None`: 1.5.
    pub power: Option<f64>,
    /// Levels of the quantile loss in increasing order, between 0 and 1; empty: 0.1, 0.5 and 0.9.
    pub quantiles: Vec<f64>,
    /// A column of numbers of trials: the target counts the successes among them. No input.
    pub trials: Option<String>,
    /// A column that is 1 or true where the target, a duration, ends with an event, and 0 or false where it was censored.
    pub event: Option<String>,
    /// A column within whose values durations are compared: no input.
    pub strata: Option<String>,
    /// What is assumed of events at the same time; `None`: Efron's.
    pub ties: Option<Ties>,
    /// A column of row weights (precision weights: only their ratios matter).
    pub weight: Option<String>,
    /// What the weights of rows are multiplied by, for their classes.
    pub class_weight: Option<ClassWeight>,
    /// What is added to the linear predictor, for one target.
    pub offset: OffsetColumns,
    /// A column whose equal cells belong together (patients, wells, mice): no input, and never on both sides of a fold.
    pub group: Option<String>,
    /// A column of times: no input; folds are stretches of it, and evaluation runs forward.
    pub time: Option<String>,
    /// The inner fold of each row of the table, if the caller has divided them: any numbers, one for each fold.
    pub inner_fold: Option<Vec<usize>>,
    /// Whether rows of weight zero are left out without a word: callers that make weights leave rows out by them.
    pub expects_zero_weights: bool,
    /// Columns that are neither target nor input.
    pub drop: Vec<String>,
    /// Inputs even if they look like identifiers (a year in each row).
    pub keep: Vec<String>,
    /// What is asked of single columns.
    pub rules: ColumnRules,
    /// Lines of the file that hold the rows, for messages.
    pub lines: RowLines,
}

impl ColumnRoles {
    /// One target column, everything else by default.
    pub fn new(column: impl Into<String>) -> Self {
        Self { columns: vec![column.into()], ..Self::default() }
    }

    /// Columns with a role of their own: no inputs, and none of them may be the target.
    pub(super) fn single_roles(&self) -> impl Iterator<Item = (&'static Setting, &String)> {
        let (offset, exposure) = (&self.offset.offset, &self.offset.exposure);
        let roles = [
            (&TRIALS, &self.trials),
            (&EVENT, &self.event),
            (&STRATA, &self.strata),
            (&WEIGHT, &self.weight),
            (&OFFSET, offset),
            (&EXPOSURE, exposure),
            (&GROUP, &self.group),
            (&TIME, &self.time),
        ];
        roles.into_iter().filter_map(|(option, name)| Some((option, name.as_ref()?)))
    }

    /// Whether rows may differ in weight, the trials that they stand for aside.
    pub(crate) fn weighs_rows(&self) -> bool {
        self.weight.is_some() || self.class_weight.is_some()
    }

    /// "row 17" or "row 17 (line 18)".
    pub(super) fn row(&self, row: usize) -> String {
        self.lines.name(row)
    }
}

/// A column that is no input although nobody dropped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    pub column: String,
    pub reason: Message,
}

/// The roles of rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    pub task: Task,
    /// What is minimised; parameters are estimated in each fit.
    pub loss: Loss,
    pub targets: Vec<String>,
    pub offset: OffsetColumns,
    /// The column of the numbers of trials that successes are out of.
    pub trials_column: Option<String>,
    /// Of durations which column says how they end, and their strata.
    pub survival: Option<SurvivalTarget>,
    /// Classes of a classification, over all usable rows.
    pub classes: Vec<String>,
    /// Usable rows.
    pub rows: Vec<usize>,
    /// One a usable row, mean 1. Of successes it is that of a trial times the trials of the row, and its sum is that of the trials.
    pub weight: Vec<f64>,
    /// Trials of each usable row; empty where there are none.
    pub trials: Vec<f64>,
    /// Group of each usable row, numbered from 0.
    pub groups: Option<Vec<usize>>,
    /// Time of each usable row, in any unit that increases.
    pub time: Option<Vec<f64>>,
    /// Inner fold of each usable row, where the caller has divided them; numbered from 0.
    pub inner_fold: Option<Vec<usize>>,
    /// Columns used as inputs, in table order.
    pub inputs: Vec<String>,
    pub set_aside: Vec<SetAside>,
    pub rules: ColumnRules,
    pub messages: Vec<Message>,
}

impl Schema {
    /// What is predicted.
    pub fn target(&self) -> TargetColumns<'_> {
        TargetColumns {
            task: self.task,
            loss: self.loss,
            names: &self.targets,
            classes: &self.classes,
            offset: &self.offset,
            trials: self.trials_column.as_deref(),
            survival: self.survival.as_ref(),
        }
    }
}
