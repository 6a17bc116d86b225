use std::path::Path;

use skiplayer_io::deep::{ImageOptions, read_data_set};

/// Expected values are those of scikit-learn's `load_digits`: first image, number of each digit, sum of all grey levels.
#[test]
fn all_digits_are_there_and_the_split_stays_what_it_is() {
    let set = read_data_set(Path::new("digits"), &ImageOptions::default()).unwrap();
    let test = set.test.unwrap();
    assert_eq!((set.train.len(), test.len()), (1438, 359));
    let mut counts = [0; 10];
    set.train.labels().iter().chain(test.labels()).for_each(|&label| counts[usize::from(label)] += 1);
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    let levels = |pixels: &[u8]| pixels.iter().map(|&byte| (u64::from(byte) * 16 + 127) / 255).sum::<u64>();
    assert_eq!(levels(set.train.pixels()) + levels(test.pixels()), 561_718);
    // A fifth of each class, and the same images for ever: a sum over positions tells them.
    let per_class = |labels: &[u16]| {
        (0..10).map(|class| labels.iter().filter(|&&label| label == class).count()).collect::<Vec<_>>()
    };
    assert_eq!(per_class(test.labels()), [36, 36, 35, 37, 36, 36, 36, 36, 35, 36]);
    let fingerprint = (1u64..).zip(test.pixels()).fold(0u64, |sum, (i, &byte)| sum.wrapping_add(i * u64::from(byte)));
    assert_eq!(fingerprint, 20_478_085_553);
}

#[test]
fn the_first_training_image_in_ink() {
    let set = read_data_set(Path::new("digits"), &ImageOptions::default()).unwrap();
    let rows: Vec<String> = set
        .train
        .image(0)
        .chunks(8)
        .map(|row| row.iter().map(|&byte| b" .:+#"[usize::from(byte) / 52] as char).collect())
        .collect();
    let zero = ["  .+:   ", "  +#+#. ", "  #  +: ", " .+  :: ", " .:  :: ", " .+  +: ", "  #.++  ", "  .++   "];
    assert_eq!(rows, zero);
    assert_eq!(set.train.labels()[0], 0);
}
