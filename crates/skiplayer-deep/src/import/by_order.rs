//! Tensors matched by order and shape, where their names mean nothing.

use skiplayer::Result;

use crate::describe::architecture::Architecture;
use crate::network::Array;
use crate::network::parameters::{batch_norms, parameters};

/// Names and shapes of all tensors of `architecture`, in the order in which PyTorch writes them: layers as they are passed, of each the
/// parameters, then the statistics, and projections behind the branch that they go around.
///
/// # Errors
/// Layers that do not fit together.
pub fn expected(architecture: &Architecture) -> Result<Vec<(String, Vec<usize>)>> {
    let norms = batch_norms(architecture)?;
    let mut all = Vec::new();
    for declared in parameters(architecture)? {
        let norm = declared.name.strip_suffix(".bias").and_then(|path| norms.iter().find(|norm| norm.path == path));
        all.push((declared.name.clone(), declared.shape));
        if let Some(norm) = norm {
            all.extend([&norm.mean, &norm.variance].map(|declared| (declared.name.clone(), declared.shape.clone())));
        }
    }
    let mut ordered = Vec::new();
    let mut waiting: Vec<(String, Vec<usize>)> = Vec::new();
    for tensor in all {
        let block = |name: &str| name.split(".downsample.").next().map(str::to_owned);
        let is_left = waiting
            .first()
            .is_some_and(|(name, _)| block(name).is_none_or(|block| !tensor.0.starts_with(&format!("{block}."))));
        if is_left {
            ordered.append(&mut waiting);
        }
        if tensor.0.contains(".downsample.") { waiting.push(tensor) } else { ordered.push(tensor) }
    }
    ordered.append(&mut waiting);
    Ok(ordered)
}

/// Our name for each of `arrays`, if all shapes are those of `expected`, in order.
pub fn matched(arrays: &[(String, Array)], expected: &[(String, Vec<usize>)]) -> Option<Vec<String>> {
    let fits = arrays.len() == expected.len()
        && arrays.iter().zip(expected).all(|((_, array), (_, shape))| array.shape == *shape);
    fits.then(|| expected.iter().map(|(name, _)| name.clone()).collect())
}
