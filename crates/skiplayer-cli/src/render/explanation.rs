//! What adds up to a prediction, as small tables.

use skiplayer::encode::{Task, Unlike};
use skiplayer::explain::{Decomposition, RowExplanations};
use skiplayer::table::{Table, Values};
use skiplayer_io::ModelFile;

use super::grid::{Align, Grid};
use super::number::number;
use super::page::Page;

/// Contributions of a row that are shown one by one.
const MOST_PARTS: usize = 12;
/// Width of the longest bar, on either side.
const BAR: usize = 10;

/// All of `skiplayer explain`.
pub fn explained(file: &ModelFile, table: &Table, found: &RowExplanations) -> String {
    let mut page = Page::for_stdout();
    for (i, &row) in found.rows.iter().enumerate() {
        for output in &found.outputs {
            one_row(&mut page, file, table, output, i, row);
        }
        for cell in outside(found, row) {
            let flag = page.palette.yellow("outside training");
            page.paragraph(&format!("{flag}: {cell}"));
        }
    }
    page.gap();
    let has_units = found.outputs.iter().any(|output| !output.units.is_empty());
    let units =
        if has_units { "; hidden units add the nonlinear part (`skiplayer show` prints their formulas)" } else { "" };
    page.aside(&format!(
        "The baseline is the linear part at the means of the training rows. Each input adds the effect of its own value{units}. \
         Together they add up to the prediction."
    ));
    page.finish()
}

fn one_row(page: &mut Page, file: &ModelFile, table: &Table, output: &Decomposition, i: usize, row: usize) {
    let target = &file.model.target;
    let prediction = number(output.prediction[i]);
    let name = output.output.as_deref().unwrap_or(&target.names[0]);
    let predicted = match file.model.task {
        Task::Regression => format!("{name} = {prediction}"),
        Task::Binary => format!("probability of {} = {prediction}", target.classes[1]),
        Task::Multiclass => format!("probability of {name} = {prediction}"),
        Task::Count | Task::Amount => format!("mean {name} = {prediction}"),
        Task::Ordinal => {
            format!("mean place of {name} among its classes, from 0 for {} on = {prediction}", target.classes[0])
        }
        Task::Successes => format!("share of {name} = {prediction}"),
        Task::Survival => format!("hazard ratio = {prediction}"),
    };
    page.heading(&format!("Row {}: {predicted}", row + 1));
    let title = if file.model.task == Task::Regression { "contribution".to_owned() } else { output.unit.clone() };
    let mut grid = Grid::new(&[("", Align::Left), ("value", Align::Left), (&title, Align::Point), ("", Align::Left)]);
    let inputs =
        output.inputs.iter().map(|part| (part.name.clone(), cell(file, table, &part.name, row), part.values[i]));
    let units = output.units.iter().map(|part| (part.name.clone(), String::new(), part.values[i]));
    let mut parts: Vec<(String, String, f64)> = inputs.chain(units).collect();
    parts.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    if parts.len() > MOST_PARTS + 1 {
        let rest = parts.split_off(MOST_PARTS);
        let sum = rest.iter().map(|part| part.2).sum();
        parts.push((format!("{} smaller ones, together", rest.len()), String::new(), sum));
    }
    let largest = parts.iter().map(|part| part.2.abs()).fold(0.0, f64::max);
    grid.row(["baseline".to_owned(), String::new(), number(output.baseline), String::new()]);
    for (name, value, amount) in parts {
        grid.row([name, value, signed(amount), bar(amount, largest)]);
    }
    grid.row(["sum".to_owned(), String::new(), number(output.linear_predictor[i]), String::new()]);
    page.grid(&grid);
}

/// What is unlike training in `row`, in words.
pub fn outside(found: &RowExplanations, row: usize) -> Vec<String> {
    let of_row = found.outside.iter().filter(|cell| cell.row == row);
    of_row
        .map(|cell| match &cell.what {
            Unlike::Range { value, low, high } => {
                let texts = [value, low, high].map(|v| short(*v));
                let is_clear = texts[0] != texts[1] && texts[0] != texts[2];
                let [value, low, high] = if is_clear { texts } else { [value, low, high].map(f64::to_string) };
                format!("{} is {value}, training had {low} to {high}", cell.input)
            }
            Unlike::Date { value, low, high } => format!("{} is {value}, training had {low} to {high}", cell.input),
            Unlike::Category { value, taken_as } => {
                format!("{} is {value}, which training did not have; taken as {taken_as}", cell.input)
            }
            Unlike::Missing { taken_as } => {
                let taken_as = taken_as.parse().map_or_else(|_| taken_as.clone(), short);
                format!("{} is missing, which training did not have; taken as {taken_as}", cell.input)
            }
        })
        .collect()
}

/// What the input called `name` is in `row`.
fn cell(file: &ModelFile, table: &Table, name: &str, row: usize) -> String {
    let input = file.model.encoding.inputs.iter().find(|input| input.name() == name);
    let Some((input, column)) = input.and_then(|input| Some((input, table.column(input.column())?))) else {
        return String::new();
    };
    match (input.words(column, row), &column.values) {
        (None, Values::Numeric(values)) => short(values[row]),
        (words, _) => words.unwrap_or_default(),
    }
}

/// As it is written in a table, or where that is long six digits of it.
fn short(value: f64) -> String {
    let text = value.to_string();
    if text.len() <= 9 {
        return text;
    }
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    let text = rounded.to_string();
    if text.len() <= 12 { text } else { format!("{rounded:e}") }
}

fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", number(value)) } else { number(value) }
}

/// A bar to the left of a middle line for what lowers the prediction, to the right for what raises it.
fn bar(value: f64, largest: f64) -> String {
    let length = if largest > 0.0 { (value.abs() / largest * BAR as f64).round() as usize } else { 0 };
    let (left, right) = if value < 0.0 { (length, 0) } else { (0, length) };
    format!("{}{}│{}", " ".repeat(BAR - left), "█".repeat(left), "█".repeat(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_shortened() {
        let cases = [
            (28.0, "28"),
            (0.125, "0.125"),
            (-0.522_748_441_480_747_4, "-0.522748"),
            (1_234_567.891, "1234570"),
            (1e300, "1e300"),
            (-1.234_567_89e-9, "-1.23457e-9"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn bars_stand_on_a_middle_line() {
        assert_eq!(bar(2.0, 2.0), format!("{}│{}", " ".repeat(BAR), "█".repeat(BAR)));
        assert_eq!(bar(-1.0, 2.0), format!("{}{}│", " ".repeat(BAR - BAR / 2), "█".repeat(BAR / 2)));
        assert_eq!(bar(0.0, 0.0).trim(), "│");
    }
}
