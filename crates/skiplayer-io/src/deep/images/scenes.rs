//! Digit scenes, which are built in: four of the [`digits`](super::digits) on a noisy ground of 24 x 24, and a mask that says which
//! pixels are ink of which digit.
//!
//! A scene has four quarters of 12 x 12 with a digit of 8 x 8 somewhere in each. Class 0 is the ground, class 1 + d is ink of the digit
//! d: pixels at least half black before noise is added. Noise is normal, with a standard deviation of a sixth of the range of grey
//! levels, and cut off at its ends. So the mask is not a threshold of the image, and which class the ink is needs its surroundings.
//!
//! There are as many scenes as digits, each digit is in four of them, and those of test scenes are test digits. Everything comes from
//! seed 0: the scenes are always the same.

use skiplayer::Result;
use skiplayer_deep::data::{DataSet, Images, Shape};
use skiplayer_deep::rng::{Purpose, Stream};

use super::digits;

const SHAPE: Shape = Shape { height: 24, width: 24, channels: 1 };
const QUARTER: usize = 12;
const DIGIT: usize = 8;
/// Of noise, in grey levels.
const DEVIATION: f64 = 255.0 / 6.0;

pub fn read() -> Result<DataSet> {
    let digits = digits::read()?;
    let test = digits.test.as_ref().map(|test| scenes(test, 1)).transpose()?;
    DataSet::new("digit-scenes", scenes(&digits.train, 0)?, test)
}

/// As many scenes as `digits`.
fn scenes(digits: &Images, part: u32) -> Result<Images> {
    let mut stream = Stream::new(0, Purpose::BuiltIn, part, 0);
    let quarters: Vec<Vec<usize>> = (0..4).map(|_| stream.permutation(digits.len())).collect();
    let n = SHAPE.size() as usize;
    let (mut pixels, mut masks) = (Vec::new(), Vec::new());
    for scene in 0..digits.len() {
        let (mut ink, mut mask) = (vec![0_u8; n], vec![0_u16; n]);
        for (quarter, order) in quarters.iter().enumerate() {
            let i = order[scene] as u32;
            let class = 1 + digits.labels_of(i)[0];
            let mut within = || stream.below((QUARTER - DIGIT + 1) as u32) as usize;
            let (top, left) = (quarter / 2 * QUARTER + within(), quarter % 2 * QUARTER + within());
            for (y, row) in digits.image(i).chunks_exact(DIGIT).enumerate() {
                for (x, &level) in row.iter().enumerate() {
                    let place = (top + y) * SHAPE.width + left + x;
                    ink[place] = level;
                    if level >= 128 {
                        mask[place] = class;
                    }
                }
            }
        }
        pixels.extend(ink.iter().map(|&level| (f64::from(level) + DEVIATION * stream.normal()).round() as u8));
        masks.extend(mask);
    }
    let ink = (0..10).map(|digit| digit.to_string());
    Images::with_masks(SHAPE, pixels, masks, std::iter::once("ground".to_owned()).chain(ink).collect())
}
