//! A fit in a thread of its own, watched by the thread that asked for it.
//!
//! Python delivers signals to the main thread, and a progress callback should run where its caller is. So the work goes to
//! a second thread without the interpreter, and this one waits, hands on events, and asks for signals every so often. An
//! exception from either stops the work at its next iteration and is raised when the work has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use skiplayer::Result;
use skiplayer::fit::{Event, Observer};

use crate::fault::raised;
use crate::spelling::PythonNames;
use crate::threads;

/// How long Ctrl-C may wait: short to a person, long to a processor.
const PATIENCE: Duration = Duration::from_millis(50);

/// Who watches, for how long, and how many threads work.
pub struct Watch {
    /// Called as `listener(kind, text, steps)` with the kinds "expected", "stage", "step" and "warning"; its answer is whether to stop
    /// with the best model at hand.
    pub listener: Option<Py<PyAny>>,
    pub max_seconds: Option<f64>,
    /// `None`: as many as there are processors.
    pub n_threads: Option<usize>,
}

impl Watch {
    /// Runs `work` without the interpreter.
    pub fn run<T: Send>(self, py: Python<'_>, work: impl FnOnce(&dyn Observer) -> Result<T> + Send) -> PyResult<T> {
        let limit = self.max_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let pool = threads::pool(self.n_threads)?;
        let listener = self.listener;
        py.detach(move || {
            let stop = AtomicBool::new(false);
            let (sender, events) = channel();
            thread::scope(|scope| {
                let relay = Relay { sender, heard: listener.is_some(), stop: &stop, deadline };
                // The relay goes with the worker: when it is dropped, the channel says that the work has ended.
                let worker = scope.spawn(move || pool.install(|| work(&relay)));
                let heard = hand_on(&events, listener.as_ref(), &stop);
                stop.fetch_or(heard.is_err(), Ordering::Relaxed);
                let result = worker.join();
                heard?;
                match result {
                    Ok(result) => result.map_err(raised),
                    Err(_) => Err(PyRuntimeError::new_err("the fit ended in a defect of skiplayer: please report it")),
                }
            })
        })
    }
}

/// The worker's end.
struct Relay<'a> {
    sender: Sender<Event>,
    heard: bool,
    stop: &'a AtomicBool,
    deadline: Option<Instant>,
}

impl Observer for Relay<'_> {
    fn event(&self, event: Event) {
        if self.heard {
            // Nobody listens any more only if the caller is about to stop the work.
            self.sender.send(event).unwrap_or_default();
        }
    }

    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// The caller's end: until the worker is done, or a signal or the listener raises.
fn hand_on(events: &Receiver<Event>, listener: Option<&Py<PyAny>>, stop: &AtomicBool) -> PyResult<()> {
    loop {
        match events.recv_timeout(PATIENCE) {
            Ok(event) => Python::attach(|py| {
                py.check_signals()?;
                if let Some(listener) = listener
                    && tell(py, listener, event)?
                {
                    stop.store(true, Ordering::Relaxed);
                }
                Ok::<(), PyErr>(())
            })?,
            Err(RecvTimeoutError::Timeout) => Python::attach(|py| py.check_signals())?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn tell(py: Python<'_>, listener: &Py<PyAny>, event: Event) -> PyResult<bool> {
    let (kind, text, steps) = match event {
        Event::Expected(outlook) => ("expected", format!("{} {}", outlook.least, outlook.most), 0),
        Event::Stage { name, steps } => ("stage", name, steps),
        Event::Step => ("step", String::new(), 0),
        Event::Warning(message) => ("warning", message.spelled(&PythonNames).to_string(), 0),
    };
    listener.call1(py, (kind, text, steps))?.extract(py)
}
