use std::fs;
use std::path::Path;

use image::{DynamicImage, GrayImage, Luma, RgbImage};
use skiplayer_deep::data::{Fit, IGNORED, Labelled, MaskValues, PictureOptions, Shape};
use skiplayer_io::deep::{ImageOptions, OtherSizes, read_data_set, read_pictures, write_mask};

use super::{refused, refused_with};

fn save(folder: &Path, name: &str, picture: impl Into<DynamicImage>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    picture.into().save(&path).unwrap();
}

/// A mask of 2 x 3 with these values.
fn mask(values: [u8; 6]) -> GrayImage {
    GrayImage::from_raw(3, 2, values.to_vec()).unwrap()
}

fn picture(level: u8) -> GrayImage {
    GrayImage::from_pixel(3, 2, Luma([level]))
}

/// Two images with masks.
fn small_set(folder: &Path) {
    save(folder, "images/b.png", picture(9));
    save(folder, "images/a.jpg", picture(200));
    save(folder, "masks/a.png", mask([0, 1, 2, 0, 255, 0]));
    save(folder, "masks/b.png", mask([1; 6]));
    fs::write(folder.join("images/notes.txt"), "no picture").unwrap();
}

#[test]
fn images_and_masks_are_paired_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let cells = folder.path().join("cells");
    small_set(&cells);
    let set = read_data_set(&cells, &ImageOptions::default()).unwrap();
    assert_eq!((set.name.as_str(), set.train.shape(), set.test.is_none()), ("cells", Shape::new(1, 2, 3), true));
    assert_eq!((set.train.labelled(), set.train.classes()), (Labelled::Pixel, &["0", "1", "2"].map(String::from)[..]));
    assert!(set.train.image(0)[0].abs_diff(200) <= 1 && set.train.image(1) == [9; 6]);
    assert_eq!((set.train.labels_of(0), set.train.labels_of(1)), (&[0, 1, 2, 0, IGNORED, 0][..], &[1; 6][..]));
}

#[test]
fn parts_for_training_and_testing_have_the_classes_of_both() {
    let folder = tempfile::tempdir().unwrap();
    small_set(&folder.path().join("train"));
    save(folder.path(), "val/images/c.png", RgbImage::new(3, 2));
    save(folder.path(), "val/masks/c.png", mask([0, 3, 0, 0, 0, 0]));
    let set = read_data_set(folder.path(), &ImageOptions::default()).unwrap();
    let test = set.test.unwrap();
    assert_eq!((set.train.len(), test.len(), test.classes().len(), test.shape().channels), (2, 1, 4, 3));
}

#[test]
fn masks_that_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    small_set(folder.path());
    save(folder.path(), "masks/b.png", GrayImage::new(2, 3));
    let message = refused(folder.path());
    assert!(message.contains("masks/b.png: found a mask of 3 x 2 (height x width), expected 2 x 3, as "), "{message}");

    save(folder.path(), "masks/b.png", RgbImage::new(3, 2));
    assert!(refused(folder.path()).contains("masks/b.png: found a mask in colour, expected a grey PNG"));
    save(folder.path(), "masks/b.png", DynamicImage::new_luma16(3, 2));
    assert!(refused(folder.path()).contains("a grey mask of 16 bits"));
    fs::copy(path("images/a.jpg"), path("masks/b.png")).unwrap();
    assert!(refused(folder.path()).contains("masks/b.png: found a mask that is no PNG"));
    fs::write(path("masks/b.png"), &fs::read(path("masks/a.png")).unwrap()[..40]).unwrap();
    assert!(refused(folder.path()).contains("masks/b.png: found a mask that cannot be decoded"));

    fs::remove_file(path("masks/b.png")).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("images/b.png: found an image without a mask, expected the mask "), "{message}");
    save(folder.path(), "masks/b.png", mask([0; 6]));
    save(folder.path(), "masks/c.png", mask([0; 6]));
    assert!(refused(folder.path()).contains("masks/c.png: found a mask without an image"));
    save(folder.path(), "images/c.png", GrayImage::new(4, 4));
    save(folder.path(), "masks/c.png", GrayImage::new(4, 4));
    let message = refused(folder.path());
    assert!(message.contains("images/c.png: found a picture of 4 x 4 (height x width), expected 2 x 3"), "{message}");
    save(folder.path(), "images/a.png", picture(1));
    assert!(refused(folder.path()).contains("one picture of a name"));
}

/// The usual black and white would be one class and pixels that count for nothing.
#[test]
fn black_and_white_masks_are_not_taken_for_classes() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "images/a.png", picture(1));
    save(folder.path(), "masks/a.png", mask([0, 255, 255, 0, 0, 0]));
    let message = refused(folder.path());
    assert!(message.contains("found masks of one class") && message.contains("have to become 0 and 1"), "{message}");
}

/// One bit a pixel: 0 and 1 are classes, whatever grey they are shown as. Six white pixels of eight, by hand.
#[test]
fn masks_of_one_bit() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "images/a.png", GrayImage::new(8, 1));
    let chunk = |kind: &[u8], data: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(&[kind, data].concat());
        [&(data.len() as u32).to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
    };
    let header = [0, 0, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0];
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, &[0, 0b0111_1110]).unwrap();
    let bytes = [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &header),
        &chunk(b"IDAT", &packed.finish().unwrap()),
        &chunk(b"IEND", &[]),
    ]
    .concat();
    fs::create_dir_all(folder.path().join("masks")).unwrap();
    fs::write(folder.path().join("masks/a.png"), bytes).unwrap();
    let set = read_data_set(folder.path(), &ImageOptions::default()).unwrap();
    assert_eq!(set.train.labels_of(0), [0, 1, 1, 1, 1, 1, 1, 0]);
}

#[test]
fn what_is_written_is_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "images/a.png", picture(1));
    let (path, shape) = (folder.path().join("masks/a.png"), Shape::new(1, 2, 3));
    write_mask(&path, shape, &[0, 1, 2, 3, 1, 0]).unwrap();
    let set = read_data_set(folder.path(), &ImageOptions::default()).unwrap();
    assert_eq!(set.train.labels_of(0), [0, 1, 2, 3, 1, 0]);
    let error = write_mask(&path, shape, &[0, 1, 255, 3, 1, 0]).unwrap_err().to_string();
    assert!(error.contains("found the class 255, expected at most 254"), "{error}");
    let pictures = [folder.path().join("images/a.png")];
    assert!(read_pictures(&pictures, shape, OtherSizes::Refused).is_ok());
    let larger = Shape::new(1, 4, 4);
    assert_eq!(read_pictures(&pictures, larger, OtherSizes::Fitted(Fit::Crop)).unwrap().shape(), larger);
    let error = read_pictures(&pictures, larger, OtherSizes::Refused).unwrap_err().to_string();
    assert!(error.contains("a.png: found a picture of 2 x 3 (height x width), expected 4 x 4"), "{error}");
}

#[test]
fn scenes_of_digits_stay_what_they_are() {
    let set = read_data_set(Path::new("digit-scenes"), &ImageOptions::default()).unwrap();
    let test = set.test.unwrap();
    assert_eq!((set.train.len(), test.len(), set.train.shape()), (1438, 359, Shape::new(1, 24, 24)));
    assert_eq!((test.classes().len(), test.classes()[0].as_str(), test.classes()[10].as_str()), (11, "ground", "9"));
    let digits = read_data_set(Path::new("digits"), &ImageOptions::default()).unwrap().test.unwrap();
    // Each digit is in four scenes, with all of its ink.
    for class in 1..=10 {
        let ink = test.labels().iter().filter(|&&label| label == class).count();
        let of_class = digits.indices().into_iter().filter(|&i| digits.labels_of(i)[0] + 1 == class);
        let expected: usize = of_class.map(|i| digits.image(i).iter().filter(|&&level| level >= 128).count()).sum();
        assert_eq!(ink, 4 * expected);
    }
    // Noise makes a threshold wrong for some of the ink and some of the ground.
    let wrong =
        test.pixels().iter().zip(test.labels()).filter(|(level, label)| (**level >= 128) != (**label > 0)).count();
    let share = wrong as f64 / test.labels().len() as f64;
    assert!((0.02..0.10).contains(&share), "{share}");
    let sum = |values: &[u8]| (1u64..).zip(values).map(|(i, &value)| i * u64::from(value)).sum::<u64>();
    assert_eq!(sum(test.pixels()), 1_002_355_068_204);
}

/// Chunks of a PNG with a palette of four colours, one byte a pixel, as Pascal VOC has them.
fn palette_mask(width: u32, height: u32, values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette((0..=255).flat_map(|i: u8| [i.wrapping_mul(37), 255 - i, 3]).collect::<Vec<u8>>());
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(values).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn masks_with_a_palette_are_read_by_their_indices() {
    let folder = tempfile::tempdir().unwrap();
    let voc = folder.path().join("voc");
    for name in ["a", "b", "c"] {
        save(&voc, &format!("JPEGImages/{name}.jpg"), picture(50));
    }
    fs::create_dir_all(voc.join("SegmentationClass")).unwrap();
    fs::write(voc.join("SegmentationClass/a.png"), palette_mask(3, 2, &[0, 1, 2, 0, 255, 0])).unwrap();
    fs::write(voc.join("SegmentationClass/b.png"), palette_mask(3, 2, &[1; 6])).unwrap();
    let set = read_data_set(&voc, &ImageOptions::default()).unwrap();
    assert_eq!((set.train.classes().len(), set.train.labels_of(0)), (3, &[0, 1, 2, 0, IGNORED, 0][..]));
    assert_eq!(set.notes, ["left out: 1 picture without a mask (`JPEGImages/c.jpg`)"]);
}

/// A black and white mask that was scaled: between 0 and 255 there is every grey, along the edge only.
fn smooth() -> GrayImage {
    GrayImage::from_fn(24, 24, |x, y| Luma([(20 * (x + y / 2)).saturating_sub(180).min(255) as u8]))
}

#[test]
fn smooth_edges_are_no_classes() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "images/a.png", GrayImage::from_pixel(24, 24, Luma([9])));
    save(folder.path(), "masks/a.png", smooth());
    let message = refused(folder.path());
    assert!(message.contains("of them on edges only") && message.contains("0,255"), "{message}");
    let options = |masks| ImageOptions::from(PictureOptions::default().with_masks(masks));
    let values = read_data_set(folder.path(), &options(MaskValues::Values(vec![0, 255]))).unwrap().train;
    assert_eq!(values.classes(), ["0", "255"]);
    let expected: Vec<u16> = smooth().as_raw().iter().map(|&value| u16::from(value > 127)).collect();
    assert_eq!(values.labels(), expected);
    let threshold = read_data_set(folder.path(), &options(MaskValues::Threshold(200))).unwrap().train;
    assert_eq!(threshold.labels(), smooth().as_raw().iter().map(|&value| u16::from(value >= 200)).collect::<Vec<_>>());
    // JPEG changes values, but not so far that the nearest class is another one.
    fs::remove_file(folder.path().join("masks/a.png")).unwrap();
    save(folder.path(), "masks/a.jpg", GrayImage::from_fn(24, 24, |x, _| Luma([if x < 8 { 0 } else { 255 }])));
    let jpeg = read_data_set(folder.path(), &options(MaskValues::Values(vec![0, 255]))).unwrap().train;
    assert_eq!(jpeg.class_counts(), [8 * 24, 16 * 24]);
    let twice = options(MaskValues::Values(vec![7, 7]));
    assert!(refused_with(folder.path(), &twice).contains("found 7, 7, expected two to 255 different values"));
}

#[test]
fn values_far_apart_and_pixels_without_a_class_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "images/a.png", picture(1));
    save(folder.path(), "masks/a.png", mask([0, 128, 0, 0, 0, 0]));
    assert!(refused(folder.path()).contains("found the grey values 0, 128, expected grey values 0, 1 and so on"));
    save(folder.path(), "masks/a.png", mask([0, 2, 255, 0, 0, 0]));
    let notes = read_data_set(folder.path(), &ImageOptions::default()).unwrap().notes;
    assert!(notes[0].starts_with("17% of the pixels of masks have the value 255"), "{notes:?}");
    assert_eq!(notes[1], "1 of the classes 0 to 2 have no pixel");
}

/// Image and mask are scaled and cut together.
#[test]
fn masks_go_with_their_images_to_another_size() {
    let folder = tempfile::tempdir().unwrap();
    let left_half = |width: u32, height: u32, level: u8| {
        GrayImage::from_fn(width, height, |x, _| Luma([if x < width / 2 { level } else { 0 }]))
    };
    save(folder.path(), "images/a.png", left_half(16, 16, 200));
    save(folder.path(), "masks/a.png", left_half(16, 16, 1));
    save(folder.path(), "images/b.png", left_half(32, 16, 200));
    save(folder.path(), "masks/b.png", left_half(32, 16, 1));
    for fit in [Fit::Crop, Fit::Pad] {
        let pictures = PictureOptions::default().sized([8, 8], fit);
        let set = read_data_set(folder.path(), &ImageOptions::from(pictures)).unwrap();
        for image in 0..2 {
            for (pixel, label) in set.train.image(image).iter().zip(set.train.labels_of(image)) {
                assert!(
                    *label == IGNORED && *pixel == 0 || *label == u16::from(*pixel > 100),
                    "{fit:?} {pixel} {label}"
                );
            }
        }
        let n_outside = set.train.labels().iter().filter(|label| **label == IGNORED).count();
        assert_eq!(n_outside, if fit == Fit::Pad { 8 * 4 } else { 0 });
    }
}
