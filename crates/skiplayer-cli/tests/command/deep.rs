//! `skiplayer deep`.

use crate::run::*;

#[test]
fn a_network_is_shown_with_its_skips() {
    let folder = Folder::new();
    let shown = folder.run(&["deep", "show", "resnet-110"]).ok().stdout;
    for words in [
        "resnet-110: 110 layers in 54 blocks",
        "1,727,962",
        "252.9 M",
        "layer1.0 to layer1.17: 18 blocks alike",
        "x ─┬─ 3x3 16 ─ bn ─ relu ─ 3x3 16 ─ bn ─┬─ + ─ relu ─ y",
        "└───────────── identity ─────────────┘",
        "/2, zeros up to 32 channels",
    ] {
        assert!(shown.contains(words), "`{words}` is missing from\n{shown}");
    }
    let dropping = folder.run(&["deep", "show", "resnet-110-sd"]).ok().stdout;
    let words = "layer3.1 to layer3.17: 17 blocks alike, branches kept with p = 0.65 to 0.50";
    assert!(dropping.contains(words), "`{words}` is missing from\n{dropping}");
    for name in
        ["resnet-152", "densenet-121", "unet", "preact-1001", "wrn-28-10", "fixup-110", "highway-32", "resmlp-8-64"]
    {
        let shown = folder.run(&["deep", "show", name]).ok().stdout;
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    }
}

#[test]
fn counts_as_json() {
    let folder = Folder::new();
    let shown = folder.run(&["deep", "show", "resnet-20", "--input", "1x28x28", "--outputs", "7", "--json"]).json();
    // A stem for one channel and seven classes: 288 and 195 fewer than with three and ten.
    assert_eq!(shown["parameters"], 269_722 - 288 - 195);
    assert_eq!(shown["outline"].as_array().unwrap().len(), 5);
    assert_eq!(shown["architecture"]["stages"][0]["blocks"][0]["name"], "layer1.0");
    let parts = shown["outline"].as_array().unwrap().iter();
    assert_eq!(parts.map(|part| part["n_parameters"].as_u64().unwrap()).sum::<u64>(), shown["parameters"]);
}

#[test]
fn bad_networks_are_refused() {
    let folder = Folder::new();
    for (args, words) in [
        (&["resnet-111"][..], "the nearest is `resnet-110`"),
        (&["resnet-20", "--input", "3x32"], "expected channels, height and width like 3x32x32"),
        (&["unet", "--input", "3x100x100"], "divide evenly"),
        (&["resnet-20", "--outputs", "0"], "expected a number from 1"),
    ] {
        let done = folder.run(&[&["deep", "show"], args].concat());
        assert!(done.refused().contains(words), "{done:?}");
    }
    let help = folder.run(&["deep", "show", "--help"]).ok().stdout;
    assert!(help.contains("Examples:\n  skiplayer ") && help.lines().all(|line| line.chars().count() <= 100), "{help}");
}

const TRAIN: [&str; 14] = [
    "deep",
    "train",
    "resnet-8",
    "--data",
    "digits",
    "--images",
    "120",
    "--batch",
    "40",
    "--set",
    "augment.pad=1",
    "--seed",
    "3",
    "--json",
];

#[test]
fn a_training_that_was_stopped_goes_on_to_the_same_numbers() {
    let folder = Folder::with("t.csv", plain_table(10));
    let train = |more: &[&str]| {
        let args: Vec<&str> = TRAIN.iter().chain(more).copied().collect();
        folder.run(&args).json()
    };
    let whole = train(&["--epochs", "3", "--out", "whole"]);
    assert_eq!((whole["step"].as_u64(), whole["finished"].as_bool()), (Some(9), Some(true)));
    // Killed while it wrote its last checkpoint: the one before takes its place.
    train(&["--epochs", "3", "--out", "parts"]);
    let last = "parts/checkpoints/step-0000000009.safetensors";
    let bytes = std::fs::read(folder.path(last)).unwrap();
    folder.write(last, &bytes[..bytes.len() / 2]);
    let resumed = folder.run(&["deep", "train", "--resume", "parts", "--json"]);
    assert!(resumed.stderr.contains("an older checkpoint is used"), "{}", resumed.stderr);
    let without_time = |result: serde_json::Value| {
        let mut record = result["last"].clone();
        record["minutes"].take();
        record
    };
    assert_eq!(without_time(resumed.json()), without_time(whole));
    assert_eq!(folder.read("parts/metrics.jsonl").lines().count(), 3);
    let told = |run: &str| folder.run(&["deep", "evaluate", run, "--json"]).json();
    assert_eq!(told("whole")["loss"], told("parts")["loss"]);
    assert_eq!(told("whole")["images"].as_u64(), Some(359));
}

#[test]
fn trainings_that_cannot_be() {
    let folder = Folder::new();
    let refused = |args: &[&str], words: &str| {
        let done = folder.run(args);
        assert!(done.code == 2 && done.stderr.contains(words), "{args:?}: {}", done.stderr);
    };
    refused(&["deep", "train", "resnet-21", "--data", "digits"], "resnet-20");
    refused(&["deep", "train", "resnet-8", "--data", "nowhere"], "nowhere");
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--recipe", "he2016"], "he2015");
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--set", "momentum=0.8"], "momentum");
    refused(&["deep", "train", "--resume", "nowhere"], "nowhere");
    refused(&["deep", "evaluate", "nowhere"], "nowhere");
    folder.write("taken", "a file");
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--out", "taken"], "taken");
}
