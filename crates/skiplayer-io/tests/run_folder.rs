//! Folders of trainings: what survives a process that is killed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use skiplayer::ErrorKind;
use skiplayer_io::deep::{Checkpoint, RunFolder, Tensor, read_checkpoint};

fn checkpoint(step: u64, validation_error: Option<f64>) -> Checkpoint {
    let tensor = |shape: &[usize], from: f32| {
        let n = shape.iter().product::<usize>();
        Tensor { shape: shape.to_vec(), values: (0..n).map(|i| from + i as f32 / 3.0).collect() }
    };
    let tensors = [
        ("stem.weight", tensor(&[2, 3, 3, 3], step as f32)),
        ("momentum.stem.weight", tensor(&[2, 3, 3, 3], -1.0)),
        ("head.bias", Tensor { shape: vec![3], values: vec![f32::NAN, f32::INFINITY, -0.0] }),
        ("scale", Tensor { shape: vec![], values: vec![0.1] }),
    ];
    let tensors = BTreeMap::from(tensors.map(|(name, tensor)| (name.to_owned(), tensor)));
    let state = json!({ "minutes": 0.1 + 0.2, "warm_up": { "is_over": true } });
    Checkpoint { network: "resnet-20".to_owned(), step, validation_error, state, tensors }
}

fn new_run(folder: &Path) -> RunFolder {
    RunFolder::create(&folder.join("runs/first"), &json!({ "network": "resnet-20" })).unwrap()
}

fn steps(run: &RunFolder) -> Vec<u64> {
    let files = fs::read_dir(run.path().join("checkpoints")).unwrap();
    let mut steps: Vec<u64> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.trim_start_matches("step-").trim_end_matches(".safetensors").parse().unwrap())
        .collect();
    steps.sort_unstable();
    steps
}

fn file(run: &RunFolder, step: u64) -> PathBuf {
    run.path().join(format!("checkpoints/step-{step:010}.safetensors"))
}

#[test]
fn what_is_saved_is_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    assert_eq!(run.latest().unwrap(), None);
    let saved = checkpoint(7, Some(0.1 + 0.2));
    run.save(&saved, 3).unwrap();
    let read = RunFolder::open(run.path()).unwrap().latest().unwrap().unwrap();
    assert!(read.passed_over.is_empty());
    // A number that is none differs from itself: bits are compared.
    let bits = |checkpoint: &Checkpoint| -> Vec<u32> {
        checkpoint.tensors.values().flat_map(|tensor| &tensor.values).map(|value| value.to_bits()).collect()
    };
    assert_eq!(bits(&read.checkpoint), bits(&saved));
    let shapes = |checkpoint: &Checkpoint| -> Vec<(String, Vec<usize>)> {
        checkpoint.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect()
    };
    assert_eq!(shapes(&read.checkpoint), shapes(&saved));
    let rest = |checkpoint: Checkpoint| Checkpoint { tensors: BTreeMap::new(), ..checkpoint };
    assert_eq!(rest(read.checkpoint), rest(saved));
    assert_eq!(run.config::<Value>().unwrap(), json!({ "network": "resnet-20" }));
}

#[test]
fn the_last_ones_and_the_best_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    assert_eq!(run.best().unwrap(), None);
    let errors = [None, Some(0.5), Some(0.2), Some(f64::NAN), Some(0.2), Some(0.3), None];
    let kept: [&[u64]; 7] = [&[1], &[1, 2], &[2, 3], &[3, 4], &[3, 4, 5], &[3, 5, 6], &[3, 6, 7]];
    for ((step, error), kept) in (1..).zip(errors).zip(kept) {
        run.save(&checkpoint(step, error), 2).unwrap();
        assert_eq!(steps(&run), kept);
    }
    assert_eq!(run.best().unwrap().unwrap().step, 3);
    run.save(&checkpoint(8, Some(0.1)), 0).unwrap();
    assert_eq!(steps(&run), [8]);
}

/// Whatever is left of the newest file, the one before it is found.
#[test]
fn a_checkpoint_that_is_cut_off_anywhere_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    run.save(&checkpoint(10, Some(0.5)), 3).unwrap();
    run.save(&checkpoint(20, Some(0.4)), 3).unwrap();
    let whole = fs::read(file(&run, 20)).unwrap();
    for length in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        fs::write(file(&run, 20), &whole[..length]).unwrap();
        let latest = run.latest().unwrap().unwrap();
        assert_eq!((latest.checkpoint.step, latest.passed_over.len()), (10, 1), "{length} bytes");
        assert_eq!(run.best().unwrap().unwrap().step, 10, "{length} bytes");
    }
    // It does not count as one of the last, either.
    run.save(&checkpoint(30, None), 1).unwrap();
    assert_eq!(steps(&run), [10, 20, 30]);
    fs::write(file(&run, 20), &whole).unwrap();
    fs::remove_file(file(&run, 30)).unwrap();
    assert_eq!(run.latest().unwrap().unwrap().checkpoint.step, 20);
}

#[test]
fn a_changed_weight_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    run.save(&checkpoint(10, None), 3).unwrap();
    let mut bytes = fs::read(file(&run, 10)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(file(&run, 10), &bytes).unwrap();
    let error = run.latest().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.to_string().contains("found tensors that have changed since they were written"), "{error}");
}

#[test]
fn files_of_others_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let message = |metadata: Option<&str>| {
        let metadata = metadata.map(|json| [("skiplayer".to_owned(), json.to_owned())].into());
        let nothing: [(&str, safetensors::tensor::TensorView); 0] = [];
        fs::write(&path, safetensors::serialize(nothing, metadata).unwrap()).unwrap();
        read_checkpoint(&path).unwrap_err().to_string()
    };
    assert!(message(None).contains("found a safetensors file of another program"));
    assert!(message(Some(r#"{"format":"skiplayer-model"}"#)).contains("found the format `skiplayer-model`"));
    let newer = message(Some(r#"{"format":"skiplayer-checkpoint","schema":2}"#));
    assert!(
        newer.contains("found a file written by a newer skiplayer (schema 2), expected a schema up to 1"),
        "{newer}"
    );
    let incomplete = message(Some(r#"{"format":"skiplayer-checkpoint","schema":1}"#));
    assert!(incomplete.contains("missing field `network`"), "{incomplete}");
    let missing = read_checkpoint(&folder.path().join("no")).unwrap_err().to_string();
    assert!(missing.contains("found no such file, expected the files of a training"), "{missing}");
}

#[test]
fn a_checkpoint_fits_its_own_network_only() {
    let checkpoint = checkpoint(5, None);
    let shapes: Vec<(String, Vec<usize>)> =
        checkpoint.tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
    let check = |network: &str, shapes: &[(String, Vec<usize>)]| {
        let result = checkpoint.check(network, shapes.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())));
        result.map_err(|error| error.to_string())
    };
    assert_eq!(check("resnet-20", &shapes), Ok(()));
    let message = check("resnet-56", &shapes).unwrap_err();
    assert!(
        message.starts_with("the checkpoint of step 5: found the network resnet-20, expected resnet-56"),
        "{message}"
    );
    let message = check("resnet-20", &shapes[1..]).unwrap_err();
    assert!(message.contains("found a tensor `head.bias`, expected 3 tensors, none of this name"), "{message}");
    let mut other = shapes.clone();
    other[3].1 = vec![2, 3, 1, 1];
    let message = check("resnet-20", &other).unwrap_err();
    assert!(
        message.contains("found the tensor `stem.weight` of shape [2, 3, 3, 3], expected shape [2, 3, 1, 1]"),
        "{message}"
    );
    other[3].0 = "stem.gamma".to_owned();
    let message = check("resnet-20", &other).unwrap_err();
    assert!(message.contains("found no tensor `stem.gamma`, expected one of shape [2, 3, 1, 1]"), "{message}");
}

#[test]
fn a_torn_last_line_costs_that_line_only() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    assert!(run.metrics::<Value>().unwrap().is_empty());
    let record = |step: u64| json!({ "step": step, "note": "é", "loss": 1.5 });
    run.append(&record(1)).unwrap();
    run.append(&record(2)).unwrap();
    let path = run.path().join("metrics.jsonl");
    let whole = fs::read(&path).unwrap();
    for length in whole.len() / 2..whole.len() - 1 {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(run.metrics::<Value>().unwrap(), [record(1)], "{length} bytes");
        run.append(&record(3)).unwrap();
        assert_eq!(run.metrics::<Value>().unwrap(), [record(1), record(3)], "{length} bytes");
    }
    // Only the end of the line is missing.
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    run.append(&record(3)).unwrap();
    assert_eq!(run.metrics::<Value>().unwrap(), [record(1), record(2), record(3)]);
}

#[test]
fn a_resumed_training_forgets_what_it_will_do_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    run.rewind(5).unwrap();
    (1..=4).for_each(|step| run.append(&json!({ "step": step })).unwrap());
    run.rewind(2).unwrap();
    run.append(&json!({ "step": 3, "again": true })).unwrap();
    let steps = [json!({ "step": 1 }), json!({ "step": 2 }), json!({ "step": 3, "again": true })];
    assert_eq!(run.metrics::<Value>().unwrap(), steps);
}

#[test]
fn an_edited_line_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    run.append(&json!({ "step": 1 })).unwrap();
    let mut file = fs::File::options().append(true).open(run.path().join("metrics.jsonl")).unwrap();
    file.write_all(b"step 2\n").unwrap();
    let message = run.metrics::<Value>().unwrap_err().to_string();
    assert!(message.contains("metrics.jsonl, line 2: found a record that makes no sense"), "{message}");
}

#[test]
fn a_folder_is_used_once() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(folder.path());
    let again = |path: &Path| RunFolder::create(path, &Value::Null).unwrap_err().to_string();
    assert!(again(run.path()).contains("found the files of a training, expected a new name; resume that training"));
    assert!(again(folder.path()).contains("found something else, expected a new name or an empty folder"));
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    RunFolder::create(&empty, &Value::Null).unwrap();
    let open = |path: &Path| RunFolder::open(path).unwrap_err().to_string();
    assert!(open(folder.path()).contains("found a folder without `config.json`, expected the folder of a training"));
    assert!(open(&folder.path().join("no")).contains("found no such folder"));
    fs::write(run.path().join("config.json"), "{").unwrap();
    assert!(run.config::<Value>().unwrap_err().to_string().contains("found a configuration that makes no sense (EOF"));
}
