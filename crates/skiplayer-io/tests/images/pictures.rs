use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use skiplayer_deep::data::{Fit, PictureOptions, Shape};
use skiplayer_io::deep::{ImageOptions, read_data_set};

use super::{refused, refused_with};

/// A picture whose pixel (y, x) is red y, green x, blue `blue`.
fn colour(height: u32, width: u32, blue: u8) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([y as u8, x as u8, blue])).into()
}

fn grey(height: u32, width: u32, level: u8) -> DynamicImage {
    GrayImage::from_pixel(width, height, Luma([level])).into()
}

fn sized(size: [usize; 2]) -> ImageOptions {
    PictureOptions::default().sized(size, Fit::Crop).into()
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
    let options = sized([8, 8]);
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
    assert!(message.contains("a/1.png is; the pictures have 2 sizes: choose one for all with "), "{message}");
    let nothing = sized([0, 8]);
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
    assert!(refused(folder.path()).contains("found no pictures, expected PNG, JPEG, BMP or PNM files of one class"));
    fs::write(folder.path().join("a/2.webp"), "x").unwrap();
    assert!(
        refused(folder.path())
            .contains("2.webp: found a webp file, expected PNG, JPEG, BMP or PNM; convert it, or take it out")
    );
}

#[test]
fn classes_of_test_images_are_those_of_training_images() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "train/cat/1.png", &grey(3, 4, 0));
    save(folder.path(), "train/dog/1.png", &grey(3, 4, 0));
    // Fewer classes are matched by their names.
    save(folder.path(), "test/dog/1.png", &grey(3, 4, 0));
    assert_eq!(read_data_set(folder.path(), &ImageOptions::default()).unwrap().test.unwrap().labels_of(0), [1]);
    save(folder.path(), "test/wolf/1.png", &grey(3, 4, 0));
    let message = refused(folder.path());
    assert!(message.contains("wolf") && message.contains("cat, dog"), "{message}");
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
    let options = ImageOptions::default().with_cache(&cache);
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
    let small = sized([1, 1]).with_cache(&cache);
    assert_eq!(read_data_set(&pictures, &small).unwrap().train.shape().height, 1);
    save(&pictures, "train/a/2.png", &colour(2, 2, 3));
    assert_eq!(read_data_set(&pictures, &options).unwrap().train.len(), 2);
}

#[test]
fn the_longer_side_is_scaled_and_the_rest_is_black() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "a/1.png", &grey(4, 16, 200));
    let pictures = PictureOptions::default().sized([8, 8], Fit::Pad);
    let set = read_data_set(folder.path(), &ImageOptions::from(pictures)).unwrap();
    let rows: Vec<u8> = set.train.image(0).chunks(8).map(|row| row[3]).collect();
    assert_eq!(rows, [0, 0, 0, 200, 200, 0, 0, 0]);
}

/// The decoder fills what is missing with grey; a small picture inside of the file has an end of its own.
#[test]
fn a_jpeg_that_is_cut_off_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let noisy = RgbImage::from_fn(64, 64, |x, y| Rgb([((x * 37) ^ (y * 101)) as u8, (x * y) as u8, y as u8]));
    let path = save(folder.path(), "a/1.jpg", &noisy.clone().into());
    assert!(read_data_set(folder.path(), &ImageOptions::default()).is_ok());
    let bytes = fs::read(&path).unwrap();
    // A segment for applications that holds a whole JPEG file, as cameras write previews.
    let preview = [&[0xff, 0xe1][..], &(bytes.len() as u16 + 2).to_be_bytes(), &bytes].concat();
    let with_preview = [&bytes[..2], &preview, &bytes[2..]].concat();
    fs::write(&path, &with_preview).unwrap();
    assert!(read_data_set(folder.path(), &ImageOptions::default()).is_ok());
    fs::write(&path, &with_preview[..with_preview.len() - bytes.len() / 3]).unwrap();
    let message = refused(folder.path());
    assert!(
        message.contains("a/1.jpg: found a JPEG file whose end is missing, expected a whole PNG, JPEG"),
        "{message}"
    );
    save(folder.path(), "a/2.jpg", &noisy.into());
    fs::write(folder.path().join("a/2.jpg"), &bytes[..bytes.len() / 2]).unwrap();
    assert!(refused(folder.path()).contains("1 other files cannot be read either"));
}

#[test]
fn other_endings_are_read_and_what_is_left_out_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let jpeg = save(folder.path(), "a/1.jpg", &grey(4, 4, 100));
    for name in ["a/2.jfif", "b/3.jpe", "b/4.JPG"] {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::copy(&jpeg, folder.path().join(name)).unwrap();
    }
    save(folder.path(), "a/5.pgm", &grey(4, 4, 7));
    save(folder.path(), "b/6.ppm", &colour(4, 4, 7));
    save(folder.path(), "b/7.bmp", &colour(4, 4, 7));
    save(folder.path(), "b/old/8.png", &grey(4, 4, 7));
    save(folder.path(), "loose.png", &grey(4, 4, 7));
    fs::write(folder.path().join("b/notes.txt"), "x").unwrap();
    let set = read_data_set(folder.path(), &ImageOptions::default()).unwrap();
    assert_eq!(set.train.class_counts(), [3, 4]);
    assert_eq!(
        set.notes,
        [
            "left out: 1 file that is no picture (`b/notes.txt`)",
            "left out: 1 folder inside of a folder of pictures (`b/old`)",
            "left out: 1 picture that is in no folder of a class (`loose.png`)",
        ]
    );
}

#[test]
fn folders_for_training_validation_and_tests() {
    let folder = tempfile::tempdir().unwrap();
    // As archives unpack: a folder in a folder.
    let pets = folder.path().join("archive/Pets");
    for (part, n) in [("Train", 3), ("valid", 2), ("test", 1)] {
        for i in 0..n {
            save(&pets, &format!("{part}/cat/{i}.png"), &grey(2, 2, i));
            save(&pets, &format!("{part}/dog/{i}.png"), &grey(2, 2, i));
        }
    }
    // Tests may know fewer classes.
    fs::remove_dir_all(pets.join("test/cat")).unwrap();
    let set = read_data_set(&folder.path().join("archive"), &ImageOptions::default()).unwrap();
    assert_eq!((set.train.len(), set.validation.as_ref().unwrap().len()), (6, 4));
    let test = set.test.unwrap();
    assert_eq!((test.labels(), test.classes()), (&[1][..], set.train.classes()));
    assert_eq!(set.notes, ["trained on `Train`, validated on `valid`, tested on `test`"]);
    // A folder of loose pictures says no classes.
    fs::remove_dir_all(pets.join("test")).unwrap();
    save(&pets, "test/1.png", &grey(2, 2, 1));
    let set = read_data_set(&folder.path().join("archive"), &ImageOptions::default()).unwrap();
    assert_eq!((set.validation.is_some(), set.test.is_some()), (false, true));
    assert_eq!(set.notes[0], "trained on `Train`, tested on `valid`");
    assert!(set.notes[1].starts_with("`test` is left out: it holds 1 pictures"), "{:?}", set.notes);
    save(&pets, "valid/wolf/1.png", &grey(2, 2, 1));
    let message = refused(&folder.path().join("archive"));
    assert!(
        message.contains("found the classes cat, dog, wolf, expected those of the training images: cat, dog"),
        "{message}"
    );
}
