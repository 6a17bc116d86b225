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
