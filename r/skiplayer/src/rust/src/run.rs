//! A fit in a thread of its own, for which R waits in small steps.
//!
//! R leaves a computation by a long jump, which must not cross frames of Rust. So R itself waits, in a loop that asks for what has
//! happened and listens for Ctrl-C in between; when the loop is left for whatever reason, it tells the work to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use savvy::{savvy, savvy_err, ListSexp, OwnedLogicalSexp, Sexp, TypedSexp};
use serde_json::{json, Value};
use skiplayer::evaluate::{evaluate, EvaluationOptions};
use skiplayer::explain::importances_of;
use skiplayer::fit::{Config, Event, Observer};
use skiplayer::model_file::{LabelKind, ModelFile};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::Table;
use skiplayer::{Error, Result};

use crate::columns::table;
use crate::fault::outcome;
use crate::model::Model;
use crate::options::options;
use crate::roles::roles;
use crate::spelling::RNames;
use crate::threads;
use crate::value::{from_r, to_r, Fields};

/// Work that goes on beside R.
#[savvy]
pub struct Run {
    events: Receiver<Event>,
    stop: Arc<AtomicBool>,
    /// Until R has the result.
    worker: Option<JoinHandle<Result<Model>>>,
}

/// What a piece of work is limited to.
struct Limits {
    n_threads: usize,
    limit: Option<Duration>,
}

#[savvy]
impl Run {
    /// Begins a fit of `columns`; with `evaluation`, a list, also its evaluation. `about` is [`About`].
    fn fit(
        columns: ListSexp,
        roles_of: ListSexp,
        fit_options: ListSexp,
        evaluation: Sexp,
        about: ListSexp,
        n_threads: i32,
        max_seconds: f64,
    ) -> savvy::Result<Sexp> {
        let config: Config = options(&fit_options)?;
        let evaluation = evaluation_options(evaluation)?;
        let about = About::of(&about)?;
        let work = move |table: Table, roles: ColumnRoles, observer: &dyn Observer| {
            fitted(&table, roles, &config, evaluation.as_ref(), about, observer)
        };
        Self::start(&columns, &roles_of, Limits::new(n_threads, max_seconds), work)
    }

    /// Begins the evaluation of `model`, which was fitted to `columns`.
    fn evaluate(
        model: &Model,
        columns: ListSexp,
        roles_of: ListSexp,
        evaluation: ListSexp,
        n_threads: i32,
        max_seconds: f64,
    ) -> savvy::Result<Sexp> {
        let options: EvaluationOptions = options(&evaluation)?;
        let model = model.clone();
        let work = move |table: Table, roles: ColumnRoles, observer: &dyn Observer| {
            let data = Dataset::new(&table, roles)?;
            let Model { mut file, importances } = model;
            let (evaluation, intervals) = evaluate(&data, &file.provenance.options, &options, observer)?;
            file.evaluation = Some(evaluation);
            file.intervals = intervals;
            Ok(Model { file, importances })
        };
        Self::start(&columns, &roles_of, Limits::new(n_threads, max_seconds), work)
    }

    /// Waits for so many seconds at most, or until something has happened: `list(done =, events = )`, an event being
    /// `list(kind =, text =, steps =)`.
    fn wait(&self, seconds: f64) -> savvy::Result<Sexp> {
        let mut happened = Vec::new();
        let patience = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let mut done = self.worker.is_none();
        match self.events.recv_timeout(patience) {
            Ok(event) => {
                happened.push(told(event));
                happened.extend(self.events.try_iter().map(told));
            }
            Err(RecvTimeoutError::Timeout) => {}
            // The sender goes with the work.
            Err(RecvTimeoutError::Disconnected) => done = true,
        }
        let mut fields = Fields::new(2)?;
        fields.add("done", OwnedLogicalSexp::try_from_slice([done])?.into())?;
        fields.add("events", to_r(&Value::Array(happened))?)?;
        fields.done()
    }

    /// Tells the work to end with the best model at hand, or none.
    fn stop(&self) -> savvy::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The result, or a fault; waits for it, and is to be asked for once.
    fn join(&mut self) -> savvy::Result<Sexp> {
        let worker = self.worker.take().ok_or_else(|| savvy_err!("the result was taken before"))?;
        let defect = |_| Err(Error::failure("the fit", "it ended in a defect of skiplayer: please report it"));
        outcome(worker.join().unwrap_or_else(defect), Sexp::try_from)
    }
}

impl Run {
    /// Begins `work` on the table of `columns`; a fault where there is no such table.
    fn start<W>(columns: &ListSexp, roles_of: &ListSexp, limits: Limits, work: W) -> savvy::Result<Sexp>
    where
        W: FnOnce(Table, ColumnRoles, &dyn Observer) -> Result<Model> + Send + 'static,
    {
        let roles = roles(roles_of)?;
        let table = table(columns)?;
        outcome(table.and_then(|table| Self::spawn(table, roles, limits, work)), Sexp::try_from)
    }

    fn spawn<W>(table: Table, roles: ColumnRoles, limits: Limits, work: W) -> Result<Self>
    where
        W: FnOnce(Table, ColumnRoles, &dyn Observer) -> Result<Model> + Send + 'static,
    {
        let pool = threads::pool(limits.n_threads)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, events) = channel();
        let relay = Relay { sender, stop: Arc::clone(&stop), deadline: limits.deadline() };
        let worker = thread::spawn(move || pool.install(|| work(table, roles, &relay)));
        Ok(Self { events, stop, worker: Some(worker) })
    }
}

impl Drop for Run {
    /// Nobody waits for a run that R has forgotten.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Limits {
    /// `max_seconds` is not limited where it is not finite.
    fn new(n_threads: i32, max_seconds: f64) -> Self {
        let n_threads = usize::try_from(n_threads).unwrap_or(0);
        Self { n_threads, limit: Duration::try_from_secs_f64(max_seconds).ok() }
    }

    fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.limit?)
    }
}

/// The worker's end.
struct Relay {
    sender: Sender<Event>,
    stop: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Observer for Relay {
    fn event(&self, event: Event) {
        // Nobody listens any more only if R is about to stop the work.
        self.sender.send(event).unwrap_or_default();
    }

    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

fn told(event: Event) -> Value {
    match event {
        Event::Stage { name, steps } => json!({"kind": "stage", "text": name, "steps": steps}),
        Event::Step => json!({"kind": "step", "text": "", "steps": 0}),
        Event::Warning(message) => {
            json!({"kind": "warning", "text": message.spelled(&RNames).to_string(), "steps": 0})
        }
    }
}

fn fitted(
    table: &Table,
    roles: ColumnRoles,
    config: &Config,
    evaluation: Option<&EvaluationOptions>,
    about: About,
    observer: &dyn Observer,
) -> Result<Model> {
    let data = Dataset::new(table, roles)?;
    let mut file = ModelFile::of_columns(&data, config, evaluation, observer)?;
    file.provenance.reading = about.reading;
    file.labels = about.labels;
    let importances = importances_of(&file.model, &data)?;
    Ok(Model { file, importances: Some(importances) })
}

/// What a model file says of where the model comes from.
struct About {
    /// What the labels of a classification were in R.
    labels: Option<LabelKind>,
    /// How R makes the columns, beside the rules by which files are read: of those there are none.
    reading: Value,
}

impl About {
    /// `list(labels =, design =)`, each text or NULL.
    fn of(list: &ListSexp) -> savvy::Result<Self> {
        let mut fields = from_r(list)?;
        let labels = serde_json::from_value(fields.remove("labels").unwrap_or_default());
        let labels = labels.map_err(|error| savvy_err!("labels: {error}"))?;
        let reading = match fields.remove("design") {
            Some(Value::String(design)) => json!({ "r": design }),
            _ => json!({}),
        };
        Ok(Self { labels, reading })
    }
}

/// NULL for none.
fn evaluation_options(list: Sexp) -> savvy::Result<Option<EvaluationOptions>> {
    match list.into_typed() {
        TypedSexp::List(list) => options(&list).map(Some),
        _ => Ok(None),
    }
}
