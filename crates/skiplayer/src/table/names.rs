//! The name that was probably meant.

/// The candidate closest to `wanted` by edit distance, ignoring case, if it is close enough to be a slip of the pen.
///
/// ```
/// use skiplayer::table::nearest_name;
///
/// assert_eq!(nearest_name("strenght", ["age", "strength"]), Some("strength".to_owned()));
/// assert_eq!(nearest_name("aeg", ["age", "strength"]), Some("age".to_owned()));
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

/// The first ten of `names`, as an error lists what there is.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    let mut list = names.iter().take(10).map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ");
    if names.len() > 10 {
        list += &format!(" and {} more", names.len() - 10);
    }
    list
}

/// Insertions, deletions, substitutions and exchanges of neighbours that turn `a` into `b`; O(|a| |b|) time, O(|b|) memory.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let substituted = last[j] + usize::from(a[i] != b[j]);
            let mut distance = substituted.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                distance = distance.min(before_last[j - 1] + 1);
            }
            row.push(distance);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
