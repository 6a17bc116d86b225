//! What no training can come of.

use skiplayer::{Error, Result, message};

use crate::data::{Examples, listed};
use crate::describe::architecture::Architecture;
use crate::describe::layer::Layer;
use crate::describe::traverse::Visit;
use crate::options::{BATCH, PARTS, SIZE};

/// Whether there is something to tell apart.
///
/// # Errors
/// Examples of one class.
pub fn check_classes(examples: &Examples, place: &str) -> Result<()> {
    if examples.are_numbers() || examples.n_outputs() > 1 {
        return Ok(());
    }
    Err(Error::input(place, format!("one class, {}", listed(examples.output_names())))
        .expected("at least two: any network is right about one from the start"))
}

/// Whether every batch norm sees at least two values of a channel when a batch of `n_rows` goes through the network in `parts`. The variance
/// of a single value is zero, so that what comes out of the norm would say nothing about what went in.
///
/// # Errors
/// A batch norm that would see one value; layers that do not fit together.
pub fn check_batch_norms(architecture: &Architecture, n_rows: usize, parts: usize) -> Result<()> {
    let smallest = smallest_part(n_rows, parts);
    let mut alone = None;
    architecture.traverse(&mut |visit| {
        if let Visit::Layer { path, layer: Layer::BatchNorm { .. }, input, .. } = visit
            && input.positions().saturating_mul(smallest as u64) < 2
        {
            alone.get_or_insert(path);
        }
    })?;
    let Some(path) = alone else { return Ok(()) };
    let found = match (n_rows, parts) {
        (n, 1) => format!("{n} at a time"),
        (n, parts) => format!("{n} in {parts} parts, one of which is a single example"),
    };
    Err(Error::input("recipe, batch", found)
        .expected(format!(
            "at least two: at the batch norm {path} an example is a single pixel, and one value has no variance"
        ))
        .hint(message![
            "what helps: larger batches (",
            &BATCH,
            "), fewer parts (",
            &PARTS,
            "), or larger pictures (",
            &SIZE,
            ")"
        ]))
}

/// Rows in the smallest of the parts that a batch goes through a network in.
fn smallest_part(n_rows: usize, parts: usize) -> usize {
    let part = n_rows.div_ceil(parts.max(1)).max(1);
    match n_rows % part {
        0 => part.min(n_rows),
        rest => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Images;
    use crate::describe::family::Family;
    use crate::describe::shape::Shape;
    use proptest::prelude::*;

    proptest! {
        /// The parts as a step takes them.
        #[test]
        fn the_smallest_part_is_the_smallest(n_rows in 1_usize..200, parts in 1_usize..50) {
            let part = n_rows.div_ceil(parts);
            let sizes = (0..n_rows).step_by(part).map(|first| part.min(n_rows - first));
            prop_assert_eq!(sizes.min(), Some(smallest_part(n_rows, parts)));
        }
    }

    #[test]
    fn a_batch_norm_needs_two_values() {
        let network = |side| "resnet-8".parse::<Family>().unwrap().build(Shape::new(1, side, side), 2).unwrap();
        // Maps of the last stage are a quarter of the image a side.
        for (side, n_rows, parts) in [(8, 1, 1), (4, 2, 1), (4, 4, 2), (1, 2, 1)] {
            check_batch_norms(&network(side), n_rows, parts).unwrap();
        }
        let refused = |side, n_rows, parts| check_batch_norms(&network(side), n_rows, parts).unwrap_err().to_string();
        let message = refused(4, 1, 1);
        assert!(
            message
                .starts_with("recipe, batch: found 1 at a time, expected at least two: at the batch norm layer3.0.bn1"),
            "{message}"
        );
        assert!(refused(4, 5, 3).contains("5 in 3 parts, one of which is a single example"));
        // Nothing is normalised: a batch of one is a batch.
        let bare = network(4).without_batch_norm().unwrap();
        check_batch_norms(&bare, 1, 1).unwrap();
    }

    #[test]
    fn one_class_is_refused() {
        let images = |names: &[&str]| {
            let classes = names.iter().map(|name| (*name).to_owned()).collect();
            Examples::Images(Images::new(Shape::new(1, 1, 1), vec![1, 2], vec![0, 0], classes).unwrap())
        };
        check_classes(&images(&["cat", "dog"]), "pets").unwrap();
        let message = check_classes(&images(&["cat"]), "pets").unwrap_err().to_string();
        assert!(message.starts_with("pets: found one class, cat, expected at least two"), "{message}");
    }
}
