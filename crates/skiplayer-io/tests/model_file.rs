//! Models through files: the same bits come back, and whatever else is there gives one clear error.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use skiplayer::ErrorKind;
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{Config, Fitted, Method, Silent, fit};
use skiplayer::linear_part::LinearPart;
use skiplayer::net::{Activation, Architecture, Network};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};
use skiplayer_io::{ModelFile, Provenance, check_model_path, load_model, save_model};

/// Awkward numbers in the means and scales (a file of decimals may lose their last bit) and in the weights.
fn example() -> ModelFile {
    let n = 40;
    let column = |f: &dyn Fn(f64) -> f64| Values::Numeric((0..n).map(|i| f(f64::from(i))).collect());
    let table = Table::from_columns(vec![])
        .and_then(|t| t.with_column("wörth", column(&|i| (i * 0.7).sin() * 1e7 / 3.0)))
        .and_then(|t| t.with_column("tiny", column(&|i| (i * 1.3).cos() * 1e-12 / 7.0)))
        .and_then(|t| {
            t.with_column("kind", Values::from_text((0..n).map(|i| Some(["a", "b \"c\"", "d"][i as usize % 3]))))
        })
        .and_then(|t| t.with_column("y", column(&|i| (i * 0.7).sin() + (i * 1.3).cos() / 9.0 + (i * i).cos() * 0.1)))
        .unwrap();
    let config = Config { method: Method::Linear, ..Config::default() };
    let Fitted { mut model, summary } =
        fit(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), &config, &Silent).unwrap();
    let architecture = Architecture {
        n_inputs: model.encoding.n_features(),
        n_outputs: 1,
        hidden: vec![3, 2],
        activation: Activation::Gelu,
    };
    let mut parameters: Vec<f64> = (0..Network::n_parameters(&architecture)).map(|i| (i as f64).sin() / 3.0).collect();
    parameters[..4].copy_from_slice(&[-0.0, f64::MIN_POSITIVE / 8.0, f64::MAX, 0.1 + 0.2]);
    model.network = Network::new(architecture, parameters);
    // Lines through units that nobody could have fitted, with awkward decimals.
    let lines = (0..3 * (1 + model.encoding.n_features())).map(|i| f64::from(i as u32).cos() / 7.0).collect();
    model.linear_part = model.linear_part.map(|part| LinearPart { unit_lines: Some(lines), ..part });
    let provenance = Provenance {
        version: "0.1.0".into(),
        seed: u64::MAX,
        options: Config { seed: u64::MAX, ..config.clone() },
        data: "wörth.csv".into(),
        fingerprint: "00ff".into(),
        rows: 40,
        reading: Default::default(),
        members: Vec::new(),
    };
    // With the models of outer folds, whose weights are tensors too.
    let options = EvaluationOptions { folds: 3, repeats: Some(1), ..EvaluationOptions::default() };
    let (evaluation, intervals) =
        evaluate(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), &config, &options, &Silent).unwrap();
    ModelFile { model, summary, provenance, evaluation: Some(evaluation), intervals, labels: None }
}

fn good() -> &'static (ModelFile, Vec<u8>) {
    static GOOD: OnceLock<(ModelFile, Vec<u8>)> = OnceLock::new();
    GOOD.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.safetensors");
        let file = example();
        save_model(&path, &file).unwrap();
        let bytes = fs::read(&path).unwrap();
        (file, bytes)
    })
}

/// A folder with a file in it, gone when dropped.
struct Saved {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn saved(bytes: impl AsRef<[u8]>) -> Saved {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    fs::write(&path, bytes).unwrap();
    Saved { _folder: folder, path }
}

fn message(bytes: impl AsRef<[u8]>) -> String {
    let file = saved(bytes);
    let error = load_model(&file.path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("the model {}: found ", file.path.display())), "{text}");
    text
}

fn json() -> serde_json::Value {
    let bytes = &good().1;
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    serde_json::from_str(header["__metadata__"]["skiplayer"].as_str().unwrap()).unwrap()
}

/// A file as `save_model` writes it, with other JSON or other tensors.
fn forged(json: &serde_json::Value, change: impl Fn(&str, &mut Vec<usize>, &mut Vec<f64>) -> bool) -> Vec<u8> {
    let network = &good().0.model.network;
    let mut tensors = Vec::new();
    for (name, mut shape, range) in network.layout().tensors() {
        let mut values = network.parameters[range].to_vec();
        if change(&name, &mut shape, &mut values) {
            tensors.push((name, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()));
        }
    }
    let views = tensors.iter().map(|(n, s, b)| (n.clone(), TensorView::new(Dtype::F64, s.clone(), b).unwrap()));
    let metadata = std::collections::HashMap::from([("skiplayer".to_owned(), json.to_string())]);
    safetensors::serialize(views, Some(metadata)).unwrap()
}

fn keep(_: &str, _: &mut Vec<usize>, _: &mut Vec<f64>) -> bool {
    true
}

#[test]
fn what_is_saved_is_loaded_bit_for_bit() {
    let (file, bytes) = good();
    let loaded = load_model(&saved(bytes).path).unwrap();
    assert_eq!(loaded, *file);
    let bits = |file: &ModelFile| file.model.network.parameters.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&loaded), bits(file));
    let scales = |file: &ModelFile| {
        let scales = file.model.encoding.feature_scaling();
        scales.iter().flat_map(|s| [s.mean.to_bits(), s.scale.to_bits()]).collect::<Vec<_>>()
    };
    assert_eq!(scales(&loaded), scales(file));
    // And again: a loaded model is saved as the same bytes, but for the order of keys.
    let again = saved("");
    save_model(&again.path, &loaded).unwrap();
    assert_eq!(load_model(&again.path).unwrap(), *file);
    assert_eq!(fs::metadata(&again.path).unwrap().len(), bytes.len() as u64);
}

#[test]
fn other_programs_can_read_the_weights() {
    let tensors = safetensors::SafeTensors::deserialize(&good().1).unwrap();
    assert_eq!(tensors.tensor("skip.weight").unwrap().shape(), [1, good().0.model.encoding.n_features()]);
    assert_eq!(tensors.tensor("block.2.in.weight").unwrap().shape(), [2, 3]);
    let json = json();
    assert_eq!((json["format"].as_str(), json["schema"].as_u64()), (Some("skiplayer-model"), Some(2)));
    assert_eq!(json["provenance"]["data"], "wörth.csv");
}

#[test]
fn one_message_for_each_mistake() {
    let (_, bytes) = good();
    let not_safetensors = "found a file that is not in the safetensors format";
    assert!(message("a,b\n1,2\n3,4\n").contains(not_safetensors));
    assert!(message("").contains(not_safetensors));
    assert!(message("{\"a\": 1}").contains(not_safetensors));
    assert!(message([255u8; 64]).contains(not_safetensors));

    for length in [9, 100, bytes.len() / 2, bytes.len() - 1] {
        let text = message(&bytes[..length]);
        assert!(text.contains(&format!("{length} bytes where its header promises")), "{text}");
        assert!(text.contains("cut short"), "{text}");
    }
    let view = TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
    let foreign = safetensors::serialize([("weight", view)], None).unwrap();
    assert!(message(foreign).contains("found a safetensors file of another program"));

    let mut newer = json();
    newer["schema"] = 3.into();
    newer["model"] = "something that this version has never seen".into();
    let text = message(forged(&newer, keep));
    assert!(text.contains("written by a newer skiplayer (schema 3), expected a schema up to 2"), "{text}");
    assert!(text.ends_with("update skiplayer"), "{text}");

    let mut other = json();
    other["format"] = "skiplayer-images".into();
    assert!(message(forged(&other, keep)).contains("the format `skiplayer-images`"));

    let mut gone = json();
    gone["model"]["encoding"].take();
    assert!(message(forged(&gone, keep)).contains("a description that makes no sense"));

    let missing = forged(&json(), |name, _, _| name != "hidden.bias");
    assert!(message(missing).contains("no tensor `hidden.bias`"));
    let wrong = forged(&json(), |name, shape, _| {
        if name == "skip.weight" {
            shape.reverse();
        }
        true
    });
    assert!(message(wrong).contains("the tensor `skip.weight` as F64 [4, 1], not F64 [1, 4]"));
    for value in [f64::NAN, f64::INFINITY] {
        let broken = forged(&json(), |name, _, values| {
            if name == "output.weight" {
                values[0] = value;
            }
            true
        });
        assert!(message(broken).contains("a weight in the tensor `output.weight` that is not a finite number"));
    }
}

#[test]
fn impossible_shapes_are_refused() {
    let sizes: [u64; 4] = [0, 7, 1 << 40, u64::MAX];
    for size in sizes {
        for part in ["n_inputs", "n_outputs"] {
            let mut json = json();
            json["model"]["network"]["architecture"][part] = size.into();
            message(forged(&json, keep));
        }
        let mut json = json();
        json["model"]["network"]["architecture"]["hidden"] = serde_json::json!([size, size, 3]);
        message(forged(&json, keep));
    }
    let mut json = json();
    json["model"]["target"]["task"] = "binary".into();
    json["model"]["task"] = "binary".into();
    assert!(message(forged(&json, keep)).contains("a target that does not fit the network"));
    let mut json = self::json();
    json["model"]["linear_part"]["coef"] = serde_json::json!([1.0]);
    assert!(message(forged(&json, keep)).contains("a linear part that does not fit the network"));
    let offsets = r#"{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]},
        "__metadata__":{"skiplayer":"{\"format\":\"skiplayer-model\",\"schema\":1}"}}"#;
    let mut huge = (offsets.len() as u64).to_le_bytes().to_vec();
    huge.extend(offsets.as_bytes());
    assert!(message(huge).contains("cut short"));
}

#[test]
fn numbers_that_json_cannot_hold_are_not_saved() {
    let mut file = good().0.clone();
    file.summary.kkt = f64::INFINITY;
    let place = saved("");
    let error = save_model(&place.path, &file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failure, "{error}");
    assert_eq!(fs::read(&place.path).unwrap(), b"", "what was there is untouched");
}

#[test]
fn where_a_model_may_go() {
    let model = saved(&good().1);
    let folder = model.path.parent().unwrap();
    let refused = |path: &Path| check_model_path(path).unwrap_err().to_string();
    assert!(check_model_path(&model.path).is_ok());
    assert!(check_model_path(&folder.join("new.safetensors")).is_ok());
    assert!(check_model_path(Path::new("new.safetensors")).is_ok());
    assert!(check_model_path(&saved("").path).is_ok());
    assert!(refused(&saved("a,b\n1,2\n").path).contains("a file that is not a skiplayer model"));
    assert!(refused(&saved(&good().1[..50]).path).contains("a file that is not a skiplayer model"));
    assert!(refused(folder).contains("found a folder"));
    assert!(refused(&folder.join("no/m.safetensors")).contains("found no such folder"));
    // A model of the future is a model too.
    let mut newer = json();
    newer["schema"] = 99.into();
    assert!(check_model_path(&saved(forged(&newer, keep)).path).is_ok());

    let missing = load_model(&folder.join("no.safetensors")).unwrap_err().to_string();
    assert!(missing.contains("found no such file"), "{missing}");
    assert!(load_model(folder).unwrap_err().to_string().contains("found a folder"));
}

#[test]
fn files_of_older_versions_are_read() {
    let mut json = json();
    json["intervals"] = serde_json::Value::Null;
    let mut model = json["model"].take();
    let fields = model.as_object_mut().unwrap();
    fields.remove("linear_part").unwrap();
    fields["explanation"].as_object_mut().unwrap().remove("standard_errors").unwrap();
    for coefficient in fields["explanation"]["coefficients"].as_array_mut().unwrap() {
        coefficient.as_object_mut().unwrap().remove("standard_error");
    }
    json["model"] = model;
    let file = saved(forged(&json, keep));
    let loaded = load_model(&file.path).unwrap().model;
    assert_eq!((loaded.linear_part, &loaded.network), (None, &good().0.model.network));
}

#[test]
fn loading_is_fast() {
    let mut file = good().0.clone();
    let architecture = Architecture { hidden: vec![100_000], ..file.model.network.architecture };
    let parameters = vec![0.5; Network::n_parameters(&architecture)];
    file.model.network = Network::new(architecture, parameters);
    file.model.linear_part = None;
    let place = saved("");
    save_model(&place.path, &file).unwrap();
    let start = Instant::now();
    load_model(&place.path).unwrap();
    assert!(start.elapsed().as_secs_f64() < 1.0, "{:?} for 600,000 weights", start.elapsed());
}

/// Whatever `bytes` are, reading them gives a model that can be used, or an error.
fn try_to_use(bytes: &[u8]) {
    let file = saved(bytes);
    let _ = check_model_path(&file.path);
    if let Ok(loaded) = load_model(&file.path) {
        let table = Table::from_columns(vec![vec![1.0]]).unwrap();
        let _ = loaded.model.predict(&table);
        let _ = loaded.model.explain(&table, &[0]);
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), length in 0u64..400) {
        try_to_use(&bytes);
        let mut framed = length.to_le_bytes().to_vec();
        framed.push(b'{');
        framed.extend(&bytes);
        try_to_use(&framed);
    }

    #[test]
    fn any_truncation(length in 0..good().1.len()) {
        let file = saved(&good().1[..length]);
        prop_assert!(load_model(&file.path).is_err());
    }

    #[test]
    fn any_flips(flips in prop::collection::vec((0..good().1.len(), any::<u8>()), 1..8)) {
        let mut bytes = good().1.clone();
        flips.iter().for_each(|&(at, byte)| bytes[at] = byte);
        try_to_use(&bytes);
    }

    /// Digits are where a flip still leaves JSON behind.
    #[test]
    fn any_digits(changes in prop::collection::vec((any::<prop::sample::Index>(), b'0'..=b'9'), 1..6)) {
        let mut bytes = good().1.clone();
        let digits: Vec<usize> = (8..bytes.len()).filter(|&i| bytes[i].is_ascii_digit()).collect();
        changes.iter().for_each(|(at, digit)| bytes[digits[at.index(digits.len())]] = *digit);
        try_to_use(&bytes);
    }
}
