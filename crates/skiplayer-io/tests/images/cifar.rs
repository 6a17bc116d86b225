use std::fs;
use std::path::Path;

use skiplayer_io::deep::{ImageOptions, read_data_set};

use super::{refused, refused_with};

/// A record: labels, then planes in which red, green and blue of pixel i are i, i + 1 and i + 2 plus `shift`.
fn record(labels: &[u8], shift: usize) -> Vec<u8> {
    let planes = (0..3).flat_map(|c| (0..1024).map(move |i| (i + c + shift) as u8));
    labels.iter().copied().chain(planes).collect()
}

/// CIFAR-10 with two images a file.
fn cifar_10(folder: &Path) {
    for i in 1..=5 {
        fs::write(folder.join(format!("data_batch_{i}.bin")), [record(&[i], 0), record(&[0], 7)].concat()).unwrap();
    }
    fs::write(folder.join("test_batch.bin"), record(&[9], 100)).unwrap();
    // The official file ends with an empty line.
    let classes = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
    fs::write(folder.join("batches.meta.txt"), classes).unwrap();
}

#[test]
fn cifar_10_is_read_batch_by_batch_and_pixel_by_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("cifar-10-batches-bin");
    fs::create_dir(&inner).unwrap();
    cifar_10(&inner);
    for source in [folder.path(), &inner] {
        let set = read_data_set(source, &ImageOptions::default()).unwrap();
        let test = set.test.unwrap();
        assert_eq!((set.name.as_str(), set.train.len(), test.len()), ("CIFAR-10", 10, 1));
        assert_eq!(set.train.labels(), [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
        assert_eq!(set.train.classes()[9], "truck");
        assert_eq!(set.train.classes().len(), 10);
        // Channels of one pixel are neighbours: pixel (1, 3) is number 35.
        assert_eq!(set.train.image(3)[35 * 3..][..3], [42, 43, 44]);
        assert_eq!(test.image(0)[..3], [100, 101, 102]);
    }
}

#[test]
fn cifar_100_has_two_labels() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("train.bin"), [record(&[1, 2], 0), record(&[0, 1], 0)].concat()).unwrap();
    fs::write(path("test.bin"), record(&[1, 0], 5)).unwrap();
    fs::write(path("fine_label_names.txt"), "apple\nbear\nwolf\n").unwrap();
    fs::write(path("coarse_label_names.txt"), "fruit\nanimals\n").unwrap();
    let fine = read_data_set(folder.path(), &ImageOptions::default()).unwrap();
    assert_eq!((fine.train.labels(), fine.train.classes().len()), (&[2, 1][..], 3));
    assert_eq!(fine.train.image(0)[..3], [0, 1, 2]);
    let coarse = ImageOptions::default().coarse();
    let coarse = read_data_set(folder.path(), &coarse).unwrap();
    assert_eq!((coarse.train.labels(), coarse.train.classes().len()), (&[1, 0][..], 2));
    fs::write(path("coarse_label_names.txt"), "fruit\n").unwrap();
    let options = ImageOptions::default().coarse();
    let message = refused_with(folder.path(), &options);
    assert!(message.contains("train.bin, image 1: found the label 1, expected one of 1 classes"), "{message}");
}

#[test]
fn files_that_are_not_as_they_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    cifar_10(folder.path());

    fs::write(path("data_batch_3.bin"), &record(&[3], 0)[..3000]).unwrap();
    let message = refused(folder.path());
    assert!(
        message.contains("data_batch_3.bin: found 3000 bytes: 0 whole images and 3000 over, expected"),
        "{message}"
    );
    assert!(message.ends_with("images of 3073 bytes each; is the file cut off? Unpack its archive again"), "{message}");

    fs::write(path("data_batch_3.bin"), [record(&[3], 0), record(&[10], 0)].concat()).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("data_batch_3.bin, image 2: found the label 10, expected one of 10 classes"), "{message}");

    fs::remove_file(path("data_batch_3.bin")).unwrap();
    let message = refused(folder.path());
    assert!(message.contains("data_batch_3.bin: found no such file, expected all files of the data set"), "{message}");
}

#[test]
fn the_python_version_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data_batch_1"), "x").unwrap();
    assert!(refused(folder.path()).contains("found the Python version of CIFAR, expected the binary version"));
}
