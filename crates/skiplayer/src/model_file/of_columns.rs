//! A whole fit of columns in memory, as the front ends of programming languages ask for it.

use super::{ModelFile, Provenance};
use crate::evaluate::{Evaluation, EvaluationOptions, IntervalModel, OuterFold, evaluate, evaluate_from};
use crate::fit::{Config, Fitted, Observer, fit};
use crate::schema::Dataset;
use crate::{ErrorKind, Result};

impl<R: Default> ModelFile<R> {
    /// Fits `data`, which are columns in memory and no file, and with `evaluation` also evaluates the procedure.
    ///
    /// If the observer interrupts the evaluation before it has anything to say, the model is kept without one: it is worth more
    /// than the rest that there was no time for.
    ///
    /// # Errors
    /// Those of [`fit`](crate::fit::fit()) and [`evaluate`](crate::evaluate::evaluate()).
    pub fn of_columns(
        data: &Dataset,
        config: &Config,
        evaluation: Option<&EvaluationOptions>,
        observer: &dyn Observer,
    ) -> Result<Self> {
        let fitted = fit(data, config, observer)?;
        let evaluated = match evaluation {
            Some(options) => evaluated_in_time(data, config, options, observer)?,
            None => (None, None),
        };
        let data = (data.table().n_rows(), "columns in memory");
        Ok(Self::of_fit(data, config, fitted, evaluated))
    }

    /// The same with an evaluation whose outer folds have been run before.
    ///
    /// # Errors
    /// Those of [`fit`](crate::fit::fit()) and [`evaluate_from`](crate::evaluate::evaluate_from()).
    pub fn of_columns_and_folds(
        data: &Dataset,
        config: &Config,
        evaluation: &EvaluationOptions,
        folds: &[OuterFold],
        observer: &dyn Observer,
    ) -> Result<Self> {
        let (evaluation, intervals) = evaluate_from(data, config, evaluation, folds, observer)?;
        let fitted = fit(data, config, observer)?;
        let data = (data.table().n_rows(), "columns in memory");
        Ok(Self::of_fit(data, config, fitted, (Some(evaluation), intervals)))
    }

    /// The model of [rows that are with workers](crate::fit::parts).
    pub fn of_parts(fitted: Fitted, config: &Config) -> Self {
        let data = (fitted.summary.n_rows, "rows in parts");
        Self::of_fit(data, config, fitted, (None, None))
    }

    fn of_fit(
        (rows, data): (usize, &str),
        config: &Config,
        Fitted { model, summary }: Fitted,
        (evaluation, intervals): (Option<Evaluation>, Option<IntervalModel>),
    ) -> Self {
        let provenance = Provenance {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: config.seed,
            options: config.clone(),
            data: data.to_owned(),
            fingerprint: "none".to_owned(),
            rows,
            reading: R::default(),
            members: Vec::new(),
        };
        Self { model, summary, provenance, evaluation, intervals, labels: None }
    }
}

/// The evaluation, or nothing where it was interrupted.
fn evaluated_in_time(
    data: &Dataset,
    config: &Config,
    options: &EvaluationOptions,
    observer: &dyn Observer,
) -> Result<(Option<Evaluation>, Option<IntervalModel>)> {
    match evaluate(data, config, options, observer) {
        Ok((evaluation, intervals)) => Ok((Some(evaluation), intervals)),
        Err(error) if error.kind() == ErrorKind::Failure && observer.interrupted() => Ok((None, None)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::fit::{Event, Method, Silent};
    use crate::schema::ColumnRoles;
    use crate::table::{Table, Values};

    /// Interrupts whatever comes after a stage whose name begins so.
    struct InterruptsAt(&'static str, AtomicBool);

    impl Observer for InterruptsAt {
        fn event(&self, event: Event) {
            if matches!(event, Event::Stage { name, .. } if name.starts_with(self.0)) {
                self.1.store(true, Ordering::Relaxed);
            }
        }

        fn interrupted(&self) -> bool {
            self.1.load(Ordering::Relaxed)
        }
    }

    fn table() -> Table {
        let x: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 60)).collect();
        let y = x.iter().enumerate().map(|(i, x)| 3.0 * x + 5.0 * (i as f64).sin()).collect();
        Table::from_columns(vec![x]).unwrap().with_column("y", Values::Numeric(y)).unwrap()
    }

    fn linear() -> Config {
        Config { method: Method::Linear, ..Config::default() }
    }

    #[test]
    fn the_fit_and_its_evaluation_are_those_of_their_own_functions() {
        let table = table();
        let data = Dataset::new(&table, ColumnRoles::new("y")).unwrap();
        let options = EvaluationOptions { folds: 3, ..EvaluationOptions::default() };
        let file = ModelFile::<()>::of_columns(&data, &linear(), Some(&options), &Silent).unwrap();
        let Fitted { model, summary } = fit(&data, &linear(), &Silent).unwrap();
        let (evaluation, intervals) = evaluate(&data, &linear(), &options, &Silent).unwrap();
        assert_eq!((file.model, file.summary), (model, summary));
        assert_eq!((file.evaluation, file.intervals), (Some(evaluation), intervals));
        assert_eq!((file.provenance.rows, file.provenance.seed), (60, linear().seed));
    }

    #[test]
    fn an_interrupted_evaluation_leaves_the_model() {
        let table = table();
        let data = Dataset::new(&table, ColumnRoles::new("y")).unwrap();
        let observer = InterruptsAt("evaluation", AtomicBool::new(false));
        let file = ModelFile::<()>::of_columns(&data, &linear(), Some(&EvaluationOptions::default()), &observer);
        let file = file.unwrap();
        assert!(observer.interrupted() && file.evaluation.is_none() && file.intervals.is_none());
        assert_eq!(file.model, fit(&data, &linear(), &Silent).unwrap().model);
    }

    #[test]
    fn options_of_an_evaluation_that_cannot_be_meant_are_an_error_all_the_same() {
        let table = table();
        let data = Dataset::new(&table, ColumnRoles::new("y")).unwrap();
        let options = EvaluationOptions { folds: 1, ..EvaluationOptions::default() };
        let refused = ModelFile::<()>::of_columns(&data, &linear(), Some(&options), &Silent).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Input);
    }
}
