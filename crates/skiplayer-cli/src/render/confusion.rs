//! What classes are taken for.

use skiplayer_deep::train::{Confusion, wilson};

use super::grid::{Align, Grid};
use super::number::{percent, with_interval};
use super::page::Page;

/// A matrix that is wider has no place on a page: then its largest entries are listed.
const WIDEST: usize = 96;
/// Classes that are listed with their errors, and pairs that are mistaken.
const LISTED: usize = 10;
const MISTAKES: usize = 5;
/// The title of the rows.
const RIGHT: &str = "right, predicted:";
/// Letters of a name above a column of the matrix.
const LETTERS: usize = 8;

/// Errors of the classes, the worst first, and the matrix of what each is taken for; nothing where there is no error.
pub fn confusion(confusion: &Confusion, names: &[String]) -> String {
    let mut classes: Vec<(&String, u64, u64)> =
        names.iter().zip(confusion.errors()).map(|(name, (n, n_wrong))| (name, n, n_wrong)).collect();
    classes.retain(|(_, _, n_wrong)| *n_wrong > 0);
    if classes.is_empty() {
        return String::new();
    }
    classes.sort_by(|a, b| (b.2 as f64 / b.1 as f64).total_cmp(&(a.2 as f64 / a.1 as f64)));
    let mut page = Page::for_stdout();
    page.heading("Errors by class");
    let mut grid =
        Grid::new(&[("class", Align::Left), ("wrong", Align::Right), ("of", Align::Right), ("error", Align::Left)]);
    for (name, n, n_wrong) in classes.iter().take(LISTED) {
        let error = *n_wrong as f64 / *n as f64;
        let error = with_interval(error, wilson(error, *n as usize));
        grid.row([(*name).clone(), n_wrong.to_string(), n.to_string(), error]);
    }
    page.grid(&grid);
    if classes.len() > LISTED {
        page.aside(&format!("and {} more classes with errors; `--json` has all of them", classes.len() - LISTED));
    }
    page.heading("What classes are taken for");
    let grid = if width(confusion, names) <= WIDEST { square(confusion, names) } else { pairs(confusion, names) };
    page.grid(&grid);
    page.finish()
}

/// Columns of text that the matrix takes: the names of the rows, and each column with the gap before it.
fn width(confusion: &Confusion, names: &[String]) -> usize {
    let first = names.iter().map(|name| name.chars().count()).chain([RIGHT.len()]).max().unwrap_or_default();
    let digits = |k: usize| confusion.rows().map(|row| row[k].to_string().len()).max().unwrap_or_default();
    let column = |(k, name): (usize, &String)| 3 + digits(k).max(name.chars().count().min(LETTERS));
    first + names.iter().enumerate().map(column).sum::<usize>()
}

/// Right classes in rows, predicted ones in columns.
fn square(confusion: &Confusion, names: &[String]) -> Grid {
    let short = |name: &String| name.chars().take(LETTERS).collect::<String>();
    let titles: Vec<String> = names.iter().map(short).collect();
    let columns = titles.iter().map(|title| (title.as_str(), Align::Right));
    let mut grid = Grid::new(&std::iter::once((RIGHT, Align::Left)).chain(columns).collect::<Vec<_>>());
    for (name, row) in names.iter().zip(confusion.rows()) {
        grid.row(std::iter::once(name.clone()).chain(row.iter().map(u64::to_string)));
    }
    grid
}

fn pairs(confusion: &Confusion, names: &[String]) -> Grid {
    let mut grid = Grid::new(&[
        ("right", Align::Left),
        ("predicted", Align::Left),
        ("times", Align::Right),
        ("of it", Align::Right),
    ]);
    let errors = confusion.errors();
    for (right, predicted, n) in confusion.mistakes().into_iter().take(MISTAKES) {
        let share = n as f64 / errors[right].0.max(1) as f64;
        grid.row([names[right].clone(), names[predicted].clone(), n.to_string(), percent(share)]);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_of_few_classes_and_pairs_of_many() {
        let names = |n: usize| (0..n).map(|i| format!("class-{i}")).collect::<Vec<_>>();
        let mut few = Confusion::new(3);
        few.add(&[0, 0, 1, 2, 2], &[0, 1, 1, 2, 2]);
        let text = confusion(&few, &names(3));
        assert!(text.contains("class-0       1    2   50.0% (9.5% to 90.5%)"), "{text}");
        assert!(
            text.contains("right, predicted:") && text.contains("class-2                   0         0         2"),
            "{text}"
        );
        let mut many = Confusion::new(12);
        many.add(&[11, 11, 11, 3], &[4, 4, 11, 2]);
        let text = confusion(&many, &names(12));
        assert!(text.contains("class-11   class-4         2    66.7%"), "{text}");
        let mut right = Confusion::new(2);
        right.add(&[0, 1], &[0, 1]);
        assert_eq!(confusion(&right, &names(2)), "");
    }
}
