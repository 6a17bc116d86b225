//! The name that was probably meant.

/// The candidate closest to `wanted` by edit distance, ignoring case, if it is close enough to be a slip of the pen.
///
/// ```
/// use skiplayer::data::nearest_name;
///
/// assert_eq!(nearest_name("strenght", ["age", "strength"]), Some("strength".to_owned()));
/// assert_eq!(nearest_name("price", ["age", "strength"]), None);
/// ```
pub fn nearest_name<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().collect();
    let tolerated = 1 + wanted.len() / 4;
    candidates
        .into_iter()
        .map(|name| (edit_distance(&wanted, &name.to_lowercase().chars().collect::<Vec<_>>()), name))
        .filter(|&(distance, _)| distance <= tolerated)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name.to_owned())
}

/// Insertions, deletions and substitutions that turn `a` into `b`; O(|a| |b|) time, O(|b|) memory.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
