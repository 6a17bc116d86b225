//! From the rows of a dataset to samples, for all rows and for folds.

use super::folds::{Fold, Resample, Scheme};
use crate::Result;
use crate::encode::{Encoding, TargetEncoding, class_of_rows};
use crate::fit::baseline::of_the_line;
use crate::fit::loss_parameter::with_estimated_parameter;
use crate::fit::rules::input_rules;
use crate::fit::sample::Sample;
use crate::fit::thresholds;
use crate::schema::Dataset;

/// A sample and what was learned to make it.
#[derive(Debug, Clone)]
pub struct Encoded {
    pub sample: Sample,
    pub encoding: Encoding,
    pub target: TargetEncoding,
    pub messages: Vec<String>,
}

impl Dataset<'_> {
    /// Learns the encoding from the usable rows `chosen` (indices into the schema's rows).
    pub(crate) fn encode(&self, chosen: &[usize]) -> Result<Encoded> {
        let (rows, mut weight) = self.select(chosen);
        let mean = weight.iter().sum::<f64>() / self.n_observations(chosen).max(1.0);
        weight.iter_mut().for_each(|w| *w /= mean);
        let schema = self.schema();
        let (encoding, messages) = Encoding::learn(self.table(), &schema.inputs, &rows, &weight)?;
        let mut target = TargetEncoding::learn(self.table(), schema.target(), &rows, &weight)?;
        let mut sample = self.sample(&encoding, &target, &rows, weight)?;
        if let (Some(learned), Some(own)) = (of_the_line(&sample), &mut target.survival) {
            own.baseline = learned.baseline;
            sample.offset = learned.offset;
        }
        if let Some(loss) = with_estimated_parameter(&sample).or_else(|| thresholds::of_the_line(&sample)) {
            (sample.loss, target.loss) = (loss, Some(loss));
        }
        Ok(Encoded { sample, encoding, target, messages })
    }

    fn select(&self, chosen: &[usize]) -> (Vec<usize>, Vec<f64>) {
        chosen.iter().map(|&i| (self.schema().rows[i], self.schema().weight[i])).unzip()
    }

    fn sample(&self, encoding: &Encoding, target: &TargetEncoding, rows: &[usize], weight: Vec<f64>) -> Result<Sample> {
        let (x, _) = encoding.apply(self.table(), rows)?;
        let y = target.encode(self.table(), rows)?;
        let offset = target.offsets_of_loss(self.table(), rows)?;
        let rules = input_rules(&self.schema().rules, encoding);
        let durations = target.durations(self.table(), rows)?;
        Ok(Sample { x, y, weight, offset, loss: target.loss(), rules, durations })
    }

    /// How these rows are divided into inner folds: as the caller has, or else as [`scheme`](Self::scheme) says.
    ///
    /// Folds of the caller are groups of rows, of which as many as there are inner folds go into one each.
    pub(crate) fn inner_scheme(&self) -> Result<Scheme> {
        match &self.schema().inner_fold {
            Some(folds) => Ok(Scheme::Groups(folds.clone())),
            None => self.scheme(),
        }
    }

    /// How these rows may be divided into folds.
    pub(crate) fn scheme(&self) -> Result<Scheme> {
        let schema = self.schema();
        if let Some(time) = &schema.time {
            return Ok(Scheme::Time(time.clone()));
        }
        if let Some(groups) = &schema.groups {
            return Ok(Scheme::Groups(groups.clone()));
        }
        Ok(Scheme::Strata(if schema.task.is_classification() {
            class_of_rows(self.table(), &schema.targets[0], &schema.classes, &schema.rows)?
        } else {
            // Events are what durations tell by.
            match &schema.survival {
                Some(own) => own.events(self.table(), &schema.rows)?.into_iter().map(|event| event as usize).collect(),
                None => vec![0; schema.rows.len()],
            }
        }))
    }

    /// The fold of a training sample and the usable rows `test` seen through what was learned from it.
    pub(crate) fn fold_with(
        &self,
        encoding: &Encoding,
        target: &TargetEncoding,
        train: Sample,
        test: &[usize],
    ) -> Result<Fold> {
        let (rows, weight) = self.select(test);
        let test = self.sample(encoding, target, &rows, weight)?;
        let scales = target.standard.iter().zip(self.target_scales());
        let loss_scale = scales.map(|(own, whole)| target.loss().of_units(own.scale / whole)).collect();
        Ok(Fold { train, test, loss_scale })
    }
}

impl Resample for Dataset<'_> {
    fn fold(&self, train: &[usize], test: &[usize]) -> Result<Fold> {
        let learned = self.encode(train)?;
        self.fold_with(&learned.encoding, &learned.target, learned.sample, test)
    }

    fn groups(&self) -> Option<&[usize]> {
        self.schema().groups.as_deref()
    }
}
