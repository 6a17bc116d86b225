//! A model as a function of its encoded features: the projected line, and the perturbation around it, in units of the target.

use crate::Model;
use crate::encode::Task;
use crate::linear_part::LinearPart;
use crate::linear_part::Units;
use crate::matrix::Matrix;

/// Values (n, K) of a function at the rows of a matrix (n, p).
pub type Function<'a> = dyn Fn(&Matrix) -> Matrix + Sync + 'a;

/// Line and perturbation of a model.
#[derive(Debug, Clone)]
pub struct Surface<'a> {
    model: &'a Model,
    /// Scores of classes centred.
    part: LinearPart,
    /// Units of the target in a unit of each output.
    scale: Vec<f64>,
}

impl<'a> Surface<'a> {
    /// The surface of `model`, whose linear part is `part`.
    pub fn new(model: &'a Model, part: &LinearPart) -> Self {
        let mut part = part.clone();
        if model.task == Task::Multiclass {
            part.centre_outputs();
        }
        let units = Units::new(&model.encoding, &model.target);
        let scale = (0..part.intercept.len()).map(|o| units.output(o).scale).collect();
        Self { model, part, scale }
    }

    /// Outputs K.
    pub fn n_outputs(&self) -> usize {
        self.scale.len()
    }

    /// Units of the target in a unit of output `o`.
    pub fn scale(&self, o: usize) -> f64 {
        self.scale[o]
    }

    /// The line at the means of the training rows.
    pub fn baseline(&self, o: usize) -> f64 {
        Units::new(&self.model.encoding, &self.model.target).output(o).invert(self.part.intercept[o])
    }

    /// Linear predictors (n, K) of the network.
    pub fn linear_predictor(&self, x: &Matrix) -> Matrix {
        let mut eta = self.model.network.forward(x);
        if self.model.task == Task::Multiclass {
            centre_rows(&mut eta);
        }
        let units = Units::new(&self.model.encoding, &self.model.target);
        for o in 0..self.n_outputs() {
            let unit = units.output(o);
            eta.column_mut(o).iter_mut().for_each(|value| *value = unit.invert(*value));
        }
        eta
    }

    /// What one standardised unit of feature `j` moves in output `o`.
    pub fn slope(&self, o: usize, j: usize) -> f64 {
        let p = self.model.network.architecture.n_inputs;
        self.part.coef[o * p + j] * self.scale[o]
    }

    /// Network minus line (n, K); exactly zero where there are no units.
    pub fn perturbation(&self, x: &Matrix) -> Matrix {
        let (n, k) = (x.n_rows(), self.n_outputs());
        if self.model.network.n_units() == 0 {
            return Matrix::zeros(n, k);
        }
        let (mut full, line) = (self.model.network.forward(x), self.part.forward(x));
        if self.model.task == Task::Multiclass {
            centre_rows(&mut full);
        }
        for o in 0..k {
            full.column_mut(o).iter_mut().zip(line.column(o)).for_each(|(f, l)| *f = (*f - l) * self.scale[o]);
        }
        full
    }
}

/// What effects on the output called `name` are measured in.
pub fn unit_of_effects(task: Task, name: &str) -> String {
    match task {
        Task::Regression => name.to_owned(),
        Task::Binary => format!("log odds of {name}"),
        Task::Multiclass | Task::Ordinal => format!("score of {name}"),
        Task::Count | Task::Amount => format!("log of the mean {name}"),
        Task::Successes => format!("log odds of {name}"),
        Task::Survival => "log hazard".to_owned(),
    }
}

/// Subtracts from each row its mean: scores of classes are unique only up to a constant.
pub fn centre_rows(eta: &mut Matrix) {
    let k = eta.n_columns();
    let means: Vec<f64> = (0..eta.n_rows()).map(|i| (0..k).map(|o| eta.get(i, o)).sum::<f64>() / k as f64).collect();
    (0..k).for_each(|o| eta.column_mut(o).iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean));
}
