//! Classes are matched by their names: a position means nothing outside of the list that it is in.

use skiplayer::{Error, Result};

/// Names that a message lists; of more it says how many there are.
const LISTED: usize = 12;

/// Where the classes `found` in the data at `place` stand among those that a network knows.
///
/// # Errors
/// A class that the network does not know, with both lists.
pub fn class_positions(found: &[String], known: &[String], place: &str) -> Result<Vec<u16>> {
    let position = |name: &String| known.iter().position(|other| other == name);
    let positions: Option<Vec<u16>> = found.iter().map(|name| position(name).map(|i| i as u16)).collect();
    positions.ok_or_else(|| {
        let unknown: Vec<&String> = found.iter().filter(|name| position(name).is_none()).collect();
        let word = if unknown.len() == 1 { "is" } else { "are" };
        Error::input(place, format!("the classes {}", listed(found)))
            .expected(format!("some or all of those that the network was trained on: {}", listed(known)))
            .hint(format!("{} {word} not among them: rename or leave out what is another class", listed(unknown)))
    })
}

/// `cat, dog and 3 more`
pub fn listed(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    match names.len() {
        0 => "none".to_owned(),
        n if n <= LISTED => names.join(", "),
        n => format!("{} and {} more", names[..LISTED].join(", "), n - LISTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &str) -> Vec<String> {
        words.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn classes_in_another_order_or_fewer_of_them_are_found() {
        let known = names("cat dog fox");
        assert_eq!(class_positions(&names("dog fox"), &known, "pets").unwrap(), [1, 2]);
        assert_eq!(class_positions(&names("fox cat dog"), &known, "pets").unwrap(), [2, 0, 1]);
        assert_eq!(
            class_positions(&names("dog wolf"), &known, "pets").unwrap_err().to_string(),
            "pets: found the classes dog, wolf, expected some or all of those that the network was trained on: cat, dog, fox; \
             wolf is not among them: rename or leave out what is another class"
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<String> = (0..20).map(|i| i.to_string()).collect();
        assert_eq!(listed(&many), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more");
    }
}
