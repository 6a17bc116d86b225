//! Weights that other programs wrote.

mod torch;

use std::fs;

use proptest::prelude::*;
use skiplayer_deep::network::Array;
use skiplayer_io::deep::{ForeignWeights, read_weights};
use torch::*;

fn read(bytes: &[u8]) -> Result<ForeignWeights, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.pth");
    fs::write(&path, bytes).unwrap();
    read_weights(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "w.pth"))
}

fn of(name: &'static str, storage: usize, offset: u8, sizes: &[u8], strides: &[u8]) -> Tensor {
    Tensor { name, storage, offset, sizes: sizes.to_vec(), strides: strides.to_vec() }
}

/// Two tensors of one storage, one of them transposed, a number, half precision, and a count.
fn example() -> (Vec<Tensor>, Vec<Storage>) {
    let half: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|value| half_bits(*value)).collect();
    let storages = vec![
        Storage::floats(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        Storage { kind: "HalfStorage", count: 2, bytes: half },
        Storage { kind: "LongStorage", count: 1, bytes: 9i64.to_le_bytes().to_vec() },
        Storage { kind: "DoubleStorage", count: 1, bytes: 0.25f64.to_le_bytes().to_vec() },
    ];
    let tensors = vec![
        of("module.fc.weight", 0, 0, &[3, 2], &[1, 3]),
        of("module.fc.bias", 0, 1, &[2], &[1]),
        of("module.bn.weight", 1, 0, &[2], &[1]),
        of("module.bn.num_batches_tracked", 2, 0, &[], &[]),
        of("module.scale", 3, 0, &[], &[]),
    ];
    (tensors, storages)
}

/// IEEE 754 binary16 of numbers that it holds exactly.
fn half_bits(value: f32) -> [u8; 2] {
    let bits = value.to_bits();
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    let half = ((bits >> 16) & 0x8000) as u16 | ((exponent as u16) << 10) | ((bits >> 13) & 0x3ff) as u16;
    half.to_le_bytes()
}

fn expected(inside: &str) -> ForeignWeights {
    let array = |name: &str, shape: &[usize], values: &[f32]| {
        (name.to_owned(), Array { shape: shape.to_vec(), values: values.to_vec() })
    };
    ForeignWeights {
        arrays: vec![
            array("module.fc.weight", &[3, 2], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
            array("module.fc.bias", &[2], &[1.0, 2.0]),
            array("module.bn.weight", &[2], &[1.5, -2.0]),
            array("module.scale", &[], &[0.25]),
        ],
        inside: inside.to_owned(),
        note: String::new(),
    }
}

#[test]
fn both_formats_hold_the_same_tensors() {
    let (tensors, storages) = example();
    for inside in ["", "state_dict", "model"] {
        let new = archive(&objects(&tensors, &storages, inside, true), &storages);
        assert_eq!(read(&new).unwrap(), expected(inside));
        let old = stream(&objects(&tensors, &storages, inside, false), &storages);
        assert_eq!(read(&old).unwrap(), expected(inside));
    }
}

#[test]
fn no_beginning_of_a_file_is_taken_for_the_file() {
    let (tensors, storages) = example();
    let files = [
        archive(&objects(&tensors, &storages, "state_dict", true), &storages),
        stream(&objects(&tensors, &storages, "state_dict", false), &storages),
    ];
    for file in files {
        for n in 0..file.len() {
            let message = read(&file[..n]).unwrap_err();
            assert!(message.starts_with("the weights w.pth"), "{n}: {message}");
        }
    }
}

#[test]
fn functions_that_are_not_needed_are_refused_by_name() {
    let (_, storages) = example();
    let mut pickle = vec![0x80, 2];
    global(&mut pickle, "posix", "system");
    pickle.extend(b"(X\x04\x00\x00\x00true tR.");
    for file in [archive(&pickle, &storages), stream(&pickle, &storages)] {
        let message = read(&file).unwrap_err();
        assert!(message.contains("found the function or type `posix.system`"), "{message}");
        assert!(message.contains("nothing executed"), "{message}");
    }
    // The same by the opcodes of protocol 4.
    let named = b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.";
    assert!(read(&archive(named, &storages)).unwrap_err().contains("`builtins.eval`"));
    // A type of PyTorch that would build something else.
    let mut quantised = vec![0x80, 2];
    global(&mut quantised, "torch._utils", "_rebuild_qtensor");
    quantised.push(b'.');
    assert!(read(&archive(&quantised, &storages)).unwrap_err().contains("`torch._utils._rebuild_qtensor`"));
}

#[test]
fn what_holds_no_weights_is_named() {
    let bytes = Storage { kind: "CharStorage", count: 2, bytes: vec![1, 2] };
    let tensors = [of("fc.weight", 0, 0, &[2], &[1])];
    let message = read(&archive(&objects(&tensors, &[bytes], "", true), &[])).unwrap_err();
    assert!(message.contains("tensor `fc.weight`: found values of type char"), "{message}");
    assert!(message.contains("quantised"), "{message}");

    let optimizer = b"\x80\x02}(X\x05\x00\x00\x00state}X\x0c\x00\x00\x00param_groups]u.";
    let message = read(&archive(optimizer, &[])).unwrap_err();
    assert!(message.contains("found a table of state, param_groups, with no named tensors"), "{message}");

    let storages = [Storage::floats(&[1.0, 2.0])];
    for (tensor, found) in [
        (of("w", 0, 1, &[2], &[1]), "the tensor `w` beyond its numbers"),
        (of("w", 0, 0, &[200], &[0]), "numbers that stand for several places"),
    ] {
        let file = archive(&objects(&[tensor], &storages, "", true), &storages);
        assert!(read(&file).unwrap_err().contains(found), "{found}");
    }
    assert!(read(b"a,b\n1,2\n").unwrap_err().contains("a file in no known format"));
    assert!(read(b"\x80\x02K\x01.").unwrap_err().contains("a pickle of another program"));
    let folder = tempfile::tempdir().unwrap();
    assert!(read_weights(folder.path()).unwrap_err().to_string().contains("found a folder"));
    assert!(read_weights(&folder.path().join("no.pth")).unwrap_err().to_string().contains("no such file"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_files_are_errors_and_nothing_else(
        is_new: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (tensors, storages) = example();
        let pickle = objects(&tensors, &storages, "state_dict", is_new);
        let mut damaged = pickle.clone();
        for (at, byte) in &changes {
            let at = at.index(damaged.len());
            damaged[at] = *byte;
        }
        let file = if is_new { archive(&damaged, &storages) } else { stream(&damaged, &storages) };
        // Read or refused: never a panic, and no more numbers than the file has.
        if let Ok(weights) = read(&file) {
            prop_assert!(weights.arrays.iter().all(|(_, array)| array.values.len() <= 6));
        }
        let mut whole = stream(&pickle, &storages);
        for (at, byte) in changes {
            let at = at.index(whole.len());
            whole[at] = byte;
        }
        let _ = read(&whole);
    }
}
