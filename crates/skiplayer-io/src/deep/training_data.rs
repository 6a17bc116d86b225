//! What a deep network learns from: images, or a table whose rows are encoded as the table engine encodes them.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use skiplayer::encode::{Encoding, TargetEncoding, Task, class_of_rows};
use skiplayer::matrix::Matrix;
use skiplayer::schema::options::TARGET;
use skiplayer::schema::{ColumnRoles, Schema, resolve};
use skiplayer::table::Table;
use skiplayer::{Error, Result};
use skiplayer_deep::data::{Answers, Examples, Rows, Split, TrainingData, random_split, stratified_subset};

use super::images::{ImageOptions, read_data_set};
use crate::table::{ReadOptions, TableFile, read_table};

/// Every so many-th row of a table is for testing.
const TESTED: usize = 5;

/// How a trained network saw the columns of a table.
#[derive(Serialize, Deserialize)]
struct TableEncoding {
    inputs: Encoding,
    targets: TargetEncoding,
}

/// The examples at `source`: images, as [`read_data_set`] finds them, or a file that holds a table.
///
/// Of a table, `target` is to be predicted from all other columns (the last column, if it is not named). A fifth of the rows is held
/// out for testing, the same ones every time, from each class in proportion; the encoding is learned from the others, or is `known`
/// since the network was trained: see [`TrainingData::encoding`]. Numbers to predict are standardised, so that a squared error of 1 is
/// that of the mean.
///
/// # Errors
/// As [`read_data_set`] and [`read_table`]; a target that is not there, or one that nothing can be learned about; a table for a network
/// that was trained on images.
pub fn read_training_data(
    source: &Path,
    images: &ImageOptions,
    target: Option<&str>,
    known: Option<&Value>,
) -> Result<TrainingData> {
    if source.is_file() {
        return read_rows(source, target, known);
    }
    match target {
        Some(_) => Err(Error::input(&TARGET, "a column").expected("a table to predict it from, not images")),
        None => read_data_set(source, images).map(TrainingData::from),
    }
}

fn read_rows(source: &Path, target: Option<&str>, known: Option<&Value>) -> Result<TrainingData> {
    let place = source.display().to_string();
    let unreadable = |error: serde_json::Error| {
        Error::input("checkpoint", error.to_string()).expected("an encoding of columns as this program writes it")
    };
    let known: Option<TableEncoding> =
        known.map(|known| serde_json::from_value(known.clone()).map_err(unreadable)).transpose()?;
    let TableFile { table, lines, .. } = read_table(source, &ReadOptions::default())?;
    let last = table.columns().last().map(|column| column.name.clone()).unwrap_or_default();
    let column = known.as_ref().and_then(|known| known.targets.names.first().cloned());
    let mut spec = ColumnRoles::new(target.map(str::to_owned).or(column).unwrap_or(last));
    spec.lines = lines;
    spec.task = known.as_ref().map(|known| known.targets.task);
    let mut schema = resolve(&table, &spec)?;
    if matches!(schema.task, Task::Count | Task::Amount) {
        // There is no loss for counts here.
        spec.task = Some(Task::Regression);
        schema = resolve(&table, &spec)?;
    }
    if let Some(known) = &known {
        schema.classes.clone_from(&known.targets.classes);
    }
    let split = split(&table, &schema)?;
    let rows_of = |part: &[u32]| part.iter().map(|&i| schema.rows[i as usize]).collect::<Vec<usize>>();
    let (train, held_out) = (rows_of(&split.train), rows_of(&split.held_out));
    let even = vec![1.0; train.len()];
    let TableEncoding { inputs, targets } = match known {
        Some(known) => known,
        None => TableEncoding {
            inputs: Encoding::learn(&table, &schema.inputs, &train, &even)?.0,
            targets: TargetEncoding::learn(&table, schema.target(), &train, &even)?,
        },
    };
    let part = |rows: &[usize]| -> Result<Examples> {
        let (features, _) = inputs.apply(&table, rows)?;
        let answers = match schema.task {
            Task::Regression | Task::Count | Task::Amount | Task::Successes | Task::Survival => {
                Answers::Numbers { values: by_row(&targets.encode(&table, rows)?), names: targets.names.clone() }
            }
            Task::Binary | Task::Multiclass | Task::Ordinal => {
                Answers::Classes { labels: labels(&table, &schema, rows)?, names: schema.classes.clone() }
            }
        };
        Rows::new(features.n_columns(), by_row(&features), answers).map(Examples::Rows)
    };
    let name = source.file_stem().map_or_else(|| "table".to_owned(), |name| name.to_string_lossy().into_owned());
    let (train, test) = (part(&train)?, part(&held_out)?);
    let encoding = serde_json::to_value(TableEncoding { inputs, targets })
        .map_err(|error| Error::failure(place, error.to_string()))?;
    let notes = vec![format!("a fifth of the rows of `{}` is for testing", source.display())];
    Ok(TrainingData { name, train, validation: None, test: Some(test), notes, encoding: Some(encoding) })
}

/// Positions among the usable rows.
fn split(table: &Table, schema: &Schema) -> Result<Split> {
    let n = schema.rows.len();
    if !schema.task.is_classification() {
        return random_split(n, n / TESTED, 0);
    }
    let labels = labels(table, schema, &schema.rows)?;
    let all: Vec<u32> = (0..n as u32).collect();
    let held_out = stratified_subset(&labels, schema.classes.len(), &all, n / TESTED, 0)?;
    let train = all.into_iter().filter(|i| held_out.binary_search(i).is_err()).collect();
    Ok(Split { train, held_out })
}

fn labels(table: &Table, schema: &Schema, rows: &[usize]) -> Result<Vec<u16>> {
    let classes = class_of_rows(table, &schema.targets[0], &schema.classes, rows)?;
    // Preparation refuses targets of so many classes that they would not fit.
    Ok(classes.into_iter().map(|class| class as u16).collect())
}

fn by_row(matrix: &Matrix) -> Vec<f32> {
    let entries = |i: usize| (0..matrix.n_columns()).map(move |j| matrix.get(i, j) as f32);
    (0..matrix.n_rows()).flat_map(entries).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, header: &str, row: impl Fn(usize) -> String) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let rows: String = (0..50).map(|i| row(i) + "\n").collect();
        std::fs::write(&path, format!("{header}\n{rows}")).unwrap();
        (folder, path)
    }

    #[test]
    fn numbers_are_standardised_on_the_rows_that_are_learned_from() {
        let (_folder, path) = table("t.csv", "a,b,y", |i| format!("{},{},{}", i * 7 % 25, i % 3, i as f64 / 3.0));
        let data = read_training_data(&path, &ImageOptions::default(), None, None).unwrap();
        assert_eq!((data.train.len(), data.test.as_ref().map(Examples::len)), (40, Some(10)));
        let Examples::Rows(rows) = &data.train else { panic!("images") };
        let Answers::Numbers { values, .. } = rows.answers() else { panic!("classes") };
        let mean = values.iter().sum::<f32>() / 40.0;
        let square = values.iter().map(|v| v * v).sum::<f32>() / 40.0;
        assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4, "{mean} {square}");
        assert_eq!((data.train.shape().channels, data.train.labels()), (2, None));
    }

    /// Another table is seen through the columns of the first one: its own means are not those of the network.
    #[test]
    fn an_encoding_that_is_known_is_kept() {
        let (_folder, path) = table("t.csv", "a,b,y", |i| format!("{},{},{}", i * 7 % 25, i % 3, i as f64 / 3.0));
        let first = read_training_data(&path, &ImageOptions::default(), None, None).unwrap();
        let (_other, shifted) =
            table("u.csv", "b,a,y", |i| format!("{},{},{}", i % 3, 100 + i * 7 % 25, i as f64 / 3.0));
        let known = first.encoding.as_ref();
        let second = read_training_data(&shifted, &ImageOptions::default(), None, known).unwrap();
        let value = |data: &TrainingData| match &data.train {
            Examples::Rows(rows) => rows.row(0).to_vec(),
            Examples::Images(_) => panic!("images"),
        };
        let (first_row, second_row) = (value(&first), value(&second));
        // `a` is a hundred larger, in units of its standard deviation of about 7.
        assert!(
            second_row[0] - first_row[0] > 10.0 && (second_row[1] - first_row[1]).abs() < 1e-6,
            "{first_row:?} {second_row:?}"
        );
        assert_eq!(second.encoding, first.encoding);
    }

    #[test]
    fn classes_are_divided_in_proportion() {
        let class = |i: usize| if i.is_multiple_of(5) { "rare" } else { "usual" };
        let (_folder, path) = table("t.csv", "kind,a,b", |i| format!("{},{}.5,{}", class(i), i * 7 % 50, i % 3));
        let data = read_training_data(&path, &ImageOptions::default(), Some("kind"), None).unwrap();
        let test = data.test.unwrap();
        assert_eq!(test.labels().unwrap().iter().filter(|&&label| label == 0).count(), 2);
        assert_eq!(data.train.n_outputs(), 2);
        let error = read_training_data(&path, &ImageOptions::default(), Some("kimd"), None).unwrap_err().to_string();
        assert!(error.contains("kimd"), "{error}");
        assert!(read_training_data(Path::new("digits"), &ImageOptions::default(), Some("kind"), None).is_err());
    }
}
