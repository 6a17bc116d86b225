//! The name that was probably meant.

use strsim::osa_distance;

/// The candidate closest to `wanted` by edit distance, ignoring case, if it is close enough to be a slip of the pen.
///
/// ```
/// use skiplayer::table::nearest_name;
///
/// assert_eq!(nearest_name("strenght", ["age", "strength"]), Some("strength".to_owned()));
/// assert_eq!(nearest_name("aeg", ["age", "strength"]), Some("age".to_owned()));
/// assert_eq!(nearest_name("price", ["age", "strength"]), None);
/// assert_eq!(nearest_name("x", ["y", "k"]), None);
/// ```
pub fn nearest_name<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    // Something has to be left of the name: among names of one letter none is a slip for another.
    let n = wanted.chars().count();
    let tolerated = (1 + n / 4).min(n.saturating_sub(1));
    candidates
        .into_iter()
        .map(|name| (osa_distance(&wanted, &name.to_lowercase()), name))
        .filter(|&(distance, _)| distance <= tolerated)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name.to_owned())
}

/// The first ten of `names`, as an error lists what there is.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    let mut list = names.iter().take(10).map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ");
    if names.len() > 10 {
        list += &format!(" and {} more", names.len() - 10);
    }
    list
}
