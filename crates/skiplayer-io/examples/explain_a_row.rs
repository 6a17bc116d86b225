//! Takes the prediction of one row apart: baseline + inputs + hidden units = prediction.
//!
//!     cargo run --release -p skiplayer-io --example explain_a_row

use std::path::Path;

use skiplayer::Result;
use skiplayer::fit::{Config, Silent, fit};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer_io::{ReadOptions, read_table};

fn main() -> Result<()> {
    let table = read_table(Path::new("data/concrete.csv"), &ReadOptions::default())?.table;
    let data = Dataset::new(&table, ColumnRoles::new("compressive_strength"))?;
    let model = fit(&data, &Config::default(), &Silent)?.model;

    let explained = model.explain(&table, &[0])?;
    for output in &explained.outputs {
        println!("{:>24} {:10.3}  {}", "baseline", output.baseline, output.unit);
        for part in output.inputs.iter().chain(&output.units) {
            println!("{:>24} {:+10.3}", part.name, part.values[0]);
        }
        println!("{:>24} {:10.3}", "prediction", output.prediction[0]);
    }
    Ok(())
}
