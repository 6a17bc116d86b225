use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use skiplayer_deep::data::Shape;
use skiplayer_io::deep::{ImageOptions, read_data_set};

use super::refused;

fn array(sizes: &[u32], bytes: &[u8]) -> Vec<u8> {
    let sizes = sizes.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, 8, (sizes.clone().count() / 4) as u8].into_iter().chain(sizes).chain(bytes.iter().copied()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three training images of 2 x 3 and two test images.
fn small_set(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let bytes: Vec<u8> = (0..18).collect();
    fs::write(folder.join("train-images-idx3-ubyte.gz"), packed(&array(&[3, 2, 3], &bytes))).unwrap();
    fs::write(folder.join("train-labels-idx1-ubyte.gz"), packed(&array(&[3], &[2, 0, 1]))).unwrap();
    fs::write(folder.join("t10k-images.idx3-ubyte"), array(&[2, 2, 3], &bytes[6..])).unwrap();
    fs::write(folder.join("t10k-labels.idx1-ubyte"), array(&[2], &[3, 2])).unwrap();
}

#[test]
fn packed_or_not_and_under_both_names() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("fashion");
    small_set(&folder);
    let set = read_data_set(&folder, &ImageOptions::default()).unwrap();
    assert_eq!((set.name.as_str(), set.train.shape()), ("fashion", Shape { height: 2, width: 3, channels: 1 }));
    assert_eq!((set.train.image(1), set.train.labels()), (&[6, 7, 8, 9, 10, 11][..], &[2, 0, 1][..]));
    // Class 3 is in the test images only.
    assert_eq!(set.train.classes(), ["0", "1", "2", "3"]);
    assert_eq!(set.test.unwrap().labels(), [3, 2]);
}

#[test]
fn training_images_alone_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    small_set(folder.path());
    fs::remove_file(folder.path().join("t10k-images.idx3-ubyte")).unwrap();
    assert!(read_data_set(folder.path(), &ImageOptions::default()).unwrap().test.is_none());
}

#[test]
fn files_that_are_not_as_they_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    small_set(folder.path());

    let whole = fs::read(path("train-images-idx3-ubyte.gz")).unwrap();
    fs::write(path("train-images-idx3-ubyte.gz"), &whole[..whole.len() - 9]).unwrap();
    assert!(refused(folder.path()).contains("train-images-idx3-ubyte.gz: found packed bytes that cannot be unpacked"));

    fs::write(path("train-images-idx3-ubyte.gz"), array(&[3, 2, 3], &[0; 17])).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("found 17 bytes of data, expected 3 x 2 x 3, as its header says"), "{message}");

    fs::write(path("train-images-idx3-ubyte.gz"), [0, 0, 8, 3, 0, 0]).unwrap();
    assert!(refused(folder.path()).contains("found 6 bytes, expected a header of 16"));
    fs::write(path("train-images-idx3-ubyte.gz"), array(&[u32::MAX; 3], &[0; 17])).unwrap();
    assert!(refused(folder.path()).contains("found 17 bytes of data, expected 4294967295 x "));

    fs::write(path("train-images-idx3-ubyte.gz"), array(&[3], &[0; 3])).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("found the first bytes 00 00 08 01, expected 00 00 08 03"), "{message}");

    fs::write(path("train-images-idx3-ubyte.gz"), array(&[4, 1, 1], &[0; 4])).unwrap();
    let message = refused(folder.path());
    assert!(
        message.contains("train-labels-idx1-ubyte.gz: found 3 labels, expected 4, one for each image of"),
        "{message}"
    );

    fs::remove_file(path("train-labels-idx1-ubyte.gz")).unwrap();
    assert!(refused(folder.path()).contains("train-labels-idx1-ubyte: found no such file"));
}

/// EMNIST puts the name of the set before the part, and QMNIST keeps rows of eight numbers as labels.
#[test]
fn relatives_of_mnist_are_found_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let images = array(&[2, 1, 1], &[5, 6]);
    fs::write(path("emnist-letters-train-images-idx3-ubyte.gz"), packed(&images)).unwrap();
    fs::write(path("emnist-letters-train-labels-idx1-ubyte.gz"), packed(&array(&[2], &[1, 2]))).unwrap();
    fs::write(path("emnist-letters-test-images-idx3-ubyte.gz"), packed(&images)).unwrap();
    fs::write(path("emnist-letters-test-labels-idx1-ubyte.gz"), packed(&array(&[2], &[2, 1]))).unwrap();
    let set = read_data_set(folder.path(), &ImageOptions::default()).unwrap();
    assert_eq!((set.train.labels(), set.test.unwrap().labels()), (&[1, 2][..], &[2, 1][..]));
    fs::write(path("qmnist-train-images-idx3-ubyte"), &images).unwrap();
    assert!(refused(folder.path()).contains("found the sets emnist-letters-, qmnist-, expected the files of one set"));
    for part in ["train", "test"] {
        for file in ["images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"] {
            fs::remove_file(path(&format!("emnist-letters-{part}-{file}"))).unwrap();
        }
    }
    let rows: Vec<u8> =
        [7u32, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 1, 1, 1, 1, 1].iter().flat_map(|n| n.to_be_bytes()).collect();
    let header = [0, 0, 0x0c, 2, 0, 0, 0, 2, 0, 0, 0, 8];
    fs::write(path("qmnist-train-labels-idx2-int"), [&header[..], &rows].concat()).unwrap();
    assert_eq!(read_data_set(folder.path(), &ImageOptions::default()).unwrap().train.labels(), [7, 3]);
    fs::write(path("qmnist-train-labels-idx2-int"), [&header[..], &rows[..40]].concat()).unwrap();
    assert!(refused(folder.path()).contains("found 10 numbers behind a header of 2 rows"));
}
