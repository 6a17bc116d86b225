//! The digits of scikit-learn, which are built in: 1,797 images of 8 x 8, in 10 classes.
//!
//! Grey levels from 0 to 16 become 0 to 255, rounded. They are the test part of a data set whose digits 13 people wrote; who
//! wrote which is not known. There is no official split: here 359 images, a fifth, are the test images, chosen at random in
//! proportion to the classes by seed 0, always the same. So one person's digits are on both sides, and an error on the test
//! images is one for these 13 people, not for others. (E. Alpaydin, C. Kaynak 1998, "Cascading classifiers", Kybernetika 34.)

use std::path::Path;

use skiplayer::{Error, Result};
use skiplayer_deep::data::{DataSet, Images, Shape, stratified_split};

use super::file;

const PACKED: &[u8] = include_bytes!("../../../data/digits.csv.gz");
const SHAPE: Shape = Shape { height: 8, width: 8, channels: 1 };
const N_LEVELS: u32 = 16;

pub fn read() -> Result<DataSet> {
    let text = file::unpack(Path::new("digits"), PACKED)?;
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for (i, line) in String::from_utf8_lossy(&text).lines().enumerate().skip(1) {
        let damaged = || Error::failure("digits", format!("line {} of the built-in data makes no sense", i + 1));
        let cells: Vec<u32> =
            line.split(',').map(str::parse).collect::<std::result::Result<_, _>>().map_err(|_| damaged())?;
        let (&label, image) =
            cells.split_last().filter(|(_, image)| image.len() == SHAPE.size() as usize).ok_or_else(damaged)?;
        labels.push(label as u16);
        pixels.extend(image.iter().map(|level| ((255 * level + N_LEVELS / 2) / N_LEVELS) as u8));
    }
    let all = Images::new(SHAPE, pixels, labels, (0..10).map(|digit| digit.to_string()).collect())?;
    let split = stratified_split(&all, &all.indices(), all.len() / 5, 0)?;
    DataSet::new("digits", all.select(&split.train), Some(all.select(&split.held_out)))
}
