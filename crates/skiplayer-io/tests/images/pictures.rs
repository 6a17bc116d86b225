use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use skiplayer_deep::data::Shape;
use skiplayer_io::deep::{ImageOptions, read_data_set};

use super::{refused, refused_with};

/// A picture whose pixel (y, x) is red y, green x, blue `blue`.
fn colour(height: u32, width: u32, blue: u8) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([y as u8, x as u8, blue])).into()
}

fn grey(height: u32, width: u32, level: u8) -> DynamicImage {
    GrayImage::from_pixel(width, height, Luma([level])).into()
}

fn save(folder: &Path, name: &str, picture: &DynamicImage) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    picture.save(&path).unwrap();
    path
}

#[test]
fn a_folder_is_a_class() {
    let folder = tempfile::tempdir().unwrap();
    let pets = folder.path().join("pets");
    save(&pets, "dog/b.png", &grey(3, 4, 9));
    save(&pets, "dog/a.PNG", &colour(3, 4, 7));
    save(&pets, "cat/1.png", &colour(3, 4, 5));
    save(&pets, ".hidden/1.png", &colour(9, 9, 5));
    fs::write(pets.join("dog/notes.txt"), "not a picture").unwrap();
    let set = read_data_set(&pets, &ImageOptions::default()).unwrap();
    assert_eq!((set.name.as_str(), set.test.is_none()), ("pets", true));
    assert_eq!(set.train.shape(), Shape { height: 3, width: 4, channels: 3 });
    assert_eq!((set.train.classes(), set.train.labels()), (&["cat".to_owned(), "dog".to_owned()][..], &[0, 1, 1][..]));
    // Pixel (2, 1); files are in the order of their names.
    assert_eq!(set.train.image(1)[(2 * 4 + 1) * 3..][..3], [2, 1, 7]);
    assert_eq!(set.train.image(2)[..3], [9, 9, 9]);
}

#[test]
fn grey_pictures_have_one_channel_and_jpeg_is_read() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "train/a/1.jpg", &grey(8, 8, 200));
    save(folder.path(), "train/b/1.jpeg", &grey(8, 8, 20));
    save(folder.path(), "val/a/1.png", &grey(8, 8, 3));
    save(folder.path(), "val/b/1.png", &grey(8, 8, 4));
    let set = read_data_set(folder.path(), &ImageOptions::default()).unwrap();
    assert_eq!(set.train.shape().channels, 1);
    assert!(set.train.image(0)[0].abs_diff(200) <= 1 && set.train.image(1)[63].abs_diff(20) <= 1);
    assert_eq!(set.test.unwrap().image(1), [4; 64]);
}

#[test]
fn the_shorter_side_is_scaled_and_the_rest_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    // Columns 0..4 are cut off on each side: they are red, the middle is green.
    let striped = |height: u32, scale: u32| -> DynamicImage {
        RgbImage::from_fn(16 * scale, height, |x, _| {
            if (4 * scale..12 * scale).contains(&x) { Rgb([0, 255, 0]) } else { Rgb([255, 0, 0]) }
        })
        .into()
    };
    save(folder.path(), "a/1.png", &striped(8, 1));
    save(folder.path(), "a/2.png", &striped(32, 4));
    save(folder.path(), "a/3.png", &striped(8, 1).rotate90());
    let options = ImageOptions { size: Some([8, 8]), ..ImageOptions::default() };
    let set = read_data_set(folder.path(), &options).unwrap();
    assert_eq!(set.train.shape(), Shape { height: 8, width: 8, channels: 3 });
    for image in [0, 2] {
        assert!(set.train.image(image).chunks(3).all(|pixel| pixel == [0, 255, 0]));
    }
    // At the edges of what is scaled down the filter sees a little of what is cut off.
    let middle = set.train.image(1).chunks(3).enumerate().filter(|(i, _)| (1..7).contains(&(i % 8)));
    assert!(middle.map(|(_, pixel)| pixel).all(|pixel| pixel == [0, 255, 0]));
}

#[test]
fn pictures_of_several_sizes_need_a_size() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "a/1.png", &grey(3, 4, 0));
    save(folder.path(), "b/1.png", &grey(4, 3, 0));
    let message = refused(folder.path());
    assert!(message.contains("b/1.png: found a picture of 4 x 3 (height x width), expected 3 x 4, as "), "{message}");
    assert!(message.contains("a/1.png is; choose a size for all"), "{message}");
    let nothing = ImageOptions { size: Some([0, 8]), ..ImageOptions::default() };
    assert!(refused_with(folder.path(), &nothing).starts_with("image size: found 0 x 8"));
}

#[test]
fn what_is_not_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "a/1.png", &grey(30, 40, 0));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("1.png: found a picture that cannot be decoded ("), "{message}");
    fs::remove_file(&path).unwrap();
    assert!(refused(folder.path()).contains("found no pictures, expected PNG or JPEG files of one class"));
    fs::write(folder.path().join("a/2.webp"), "x").unwrap();
    assert!(
        refused(folder.path()).contains("2.webp: found a webp file, expected PNG or JPEG; convert it, or take it out")
    );
}

#[test]
fn classes_of_test_images_are_those_of_training_images() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "train/cat/1.png", &grey(3, 4, 0));
    save(folder.path(), "train/dog/1.png", &grey(3, 4, 0));
    save(folder.path(), "test/dog/1.png", &grey(3, 4, 0));
    let message = refused(folder.path());
    assert!(message.contains("found the classes dog, expected those of the training images: cat, dog"), "{message}");
}

/// Sets the time of a file back, so that a test does not depend on the resolution of the clock.
fn touch(path: &Path, seconds_ago: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds_ago);
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn the_cache_is_used_until_something_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (pictures, cache) = (folder.path().join("pictures"), folder.path().join("cache"));
    let path = save(&pictures, "train/a/1.png", &colour(2, 2, 1));
    save(&pictures, "test/a/1.png", &colour(2, 2, 2));
    touch(&path, 100);
    let options = ImageOptions { cache: Some(cache.clone()), ..ImageOptions::default() };
    let first = read_data_set(&pictures, &options).unwrap();
    assert_eq!(first, read_data_set(&pictures, &ImageOptions::default()).unwrap());
    let written = fs::read(&cache).unwrap();

    // The same length and time: only the cache can still know the old picture.
    let old = fs::read(&path).unwrap();
    let mut damaged = old.clone();
    damaged[40..].fill(0);
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, &damaged).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(read_data_set(&pictures, &options).unwrap(), first);

    // Another time: it is decoded again, and found to be damaged.
    touch(&path, 50);
    assert!(refused_with(&pictures, &options).contains("cannot be decoded"));
    fs::write(&path, &old).unwrap();

    // A cache that is cut off is made anew; so is one for another size or with another file.
    fs::write(&cache, &written[..written.len() - 3]).unwrap();
    assert_eq!(read_data_set(&pictures, &options).unwrap(), first);
    let small = ImageOptions { size: Some([1, 1]), ..options.clone() };
    assert_eq!(read_data_set(&pictures, &small).unwrap().train.shape().height, 1);
    save(&pictures, "train/a/2.png", &colour(2, 2, 3));
    assert_eq!(read_data_set(&pictures, &options).unwrap().train.len(), 2);
}
