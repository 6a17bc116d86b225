//! Intervals and sets as columns of predictions.

use super::conformal::IntervalModel;
use crate::encode::{class_probabilities, means};
use crate::evaluate::options::INTERVAL;
use crate::table::Table;
use crate::{Error, Model, PredictedColumn, Result};

impl IntervalModel {
    /// Columns of prediction intervals at coverage `level`: `lower` and `upper` (`lower_<target>`, … where there are several),
    /// or for classes `set`, the classes in the prediction set separated by `|`, and
    /// `calibrated_<class>`, the probability of each as sure as those out of fold turned out to be right.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict), and a level that is not between 0 and 1.
    pub fn predict(&self, model: &Model, table: &Table, level: f64) -> Result<Vec<(String, PredictedColumn)>> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::input(&INTERVAL, level.to_string()).expected("a share between 0 and 1, such as 0.9"));
        }
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let (x, _) = model.encoding.apply(table, &rows)?;
        let mean = means(&model.network.forward(&x), &model.target);
        if let Some(least) = self.least_probability(level) {
            let classes = &model.target.classes;
            let probabilities: Vec<Vec<f64>> =
                rows.iter().map(|&i| class_probabilities(&mean, i, model.task)).collect();
            let set = |p: &Vec<f64>| {
                let members = (0..classes.len()).filter(|&c| p[c] >= least);
                members.map(|c| classes[c].as_str()).collect::<Vec<_>>().join("|")
            };
            let sets = PredictedColumn::Text(probabilities.iter().map(set).collect());
            let calibrated: Vec<Vec<f64>> = probabilities.iter().filter_map(|p| self.calibrated(p)).collect();
            let named = classes.iter().enumerate().map(|(c, class)| {
                let of_class = calibrated.iter().map(|p| p[c]).collect();
                (format!("calibrated_{class}"), PredictedColumn::Numbers(of_class))
            });
            return Ok(std::iter::once(("set".into(), sets)).chain(named).collect());
        }
        let Some(bounds) = self.bounds(table, &rows, &mean, level)? else { return Ok(Vec::new()) };
        let mut columns = Vec::new();
        for (o, name) in model.target.names.iter().enumerate() {
            let of = |end: &str| if model.target.names.len() > 1 { format!("{end}_{name}") } else { end.to_owned() };
            columns.push((of("lower"), PredictedColumn::Numbers(bounds.lower.column(o).to_vec())));
            columns.push((of("upper"), PredictedColumn::Numbers(bounds.upper.column(o).to_vec())));
        }
        Ok(columns)
    }
}
