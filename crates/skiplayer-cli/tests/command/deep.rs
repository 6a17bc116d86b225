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
    assert_eq!(shown["summary"].as_array().unwrap().len(), 5);
    assert_eq!(shown["architecture"]["stages"][0]["blocks"][0]["name"], "layer1.0");
    let parts = shown["summary"].as_array().unwrap().iter();
    assert_eq!(parts.map(|part| part["n_parameters"].as_u64().unwrap()).sum::<u64>(), shown["parameters"]);
}

#[test]
fn bad_networks_are_refused() {
    let folder = Folder::new();
    for (args, words) in [
        (&["resnet-111"][..], "the nearest is `resnet-110`"),
        (&["resnet-20", "--input", "3x32"], "expected channels, height and width like 3x32x32"),
        (&["unet", "--input", "3x100x100"], "sides that are multiples of 16"),
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
fn validation_chooses_the_epoch_that_is_used() {
    let folder = Folder::new();
    let train = |name: &str, out: &str, more: &str| {
        let args =
            format!("deep train {name} --data digits --images 120 --batch 24 --epochs 4 --out {out} --quiet {more}");
        folder.run(&args.split_whitespace().collect::<Vec<_>>()).ok();
    };
    train("resnet-8", "run", "--validation 0.2 --keep 1 --parts 2 --exact-statistics --evaluate-every 2");
    let lines: Vec<serde_json::Value> =
        folder.read("run/metrics.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["validation_error"].is_null() && lines[0]["test_error"].is_null());
    let best = [1, 3].into_iter().min_by(|a, b| {
        let error = |i: usize| lines[i]["validation_error"].as_f64().unwrap();
        error(*a).total_cmp(&error(*b))
    });
    let best = &lines[best.unwrap()];
    let told = folder.run(&["deep", "evaluate", "run", "--json"]).json();
    assert_eq!((&told["step"], &told["error"]), (&best["step"], &best["test_error"]));
    // Weights of another network are not taken for those of this one.
    train("resnet-14", "other", "");
    std::fs::remove_dir_all(folder.path("run/checkpoints")).unwrap();
    std::fs::rename(folder.path("other/checkpoints"), folder.path("run/checkpoints")).unwrap();
    let picture = folder.path("picture.png");
    image::GrayImage::new(8, 8).save(picture).unwrap();
    for args in [
        &["deep", "train", "--resume", "run"][..],
        &["deep", "evaluate", "run"],
        &["deep", "predict", "run", "picture.png"],
    ] {
        let done = folder.run(args);
        assert!(done.code == 2 && done.stderr.contains("resnet-8"), "{done:?}");
    }
    let done = folder.run(&["deep", "predict", "run", "picture.png"]);
    assert!(done.refused().contains("run: found a checkpoint of resnet-14, expected one of resnet-8"), "{done:?}");
}

/// Images with a bright square, and masks that say where it is.
fn squares(folder: &Folder, n: usize) {
    for i in 0..n {
        let (top, left) = ((i * 3 % 5) as u32, (i * 2 % 5) as u32);
        let is_square = |x: u32, y: u32| (left..left + 4).contains(&x) && (top..top + 4).contains(&y);
        let image = image::GrayImage::from_fn(8, 8, |x, y| {
            let bright = if is_square(x, y) { 160.0 } else { 90.0 };
            image::Luma([(bright + 140.0 * noise(i, 8 * y as usize + x as usize)) as u8])
        });
        let mask = image::GrayImage::from_fn(8, 8, |x, y| image::Luma([u8::from(is_square(x, y))]));
        for (part, picture) in [("images", &image), ("masks", &mask)] {
            let path = folder.path(&format!("squares/{part}/{i}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            picture.save(&path).unwrap();
        }
    }
}

#[test]
fn pixels_are_told_apart() {
    let folder = Folder::new();
    squares(&folder, 30);
    let train =
        "deep train unet-2-4 --data squares --batch 10 --epochs 24 --set augment.pad=1 --seed 2 --out run --json";
    let trained = folder.run(&train.split(' ').collect::<Vec<_>>()).json();
    assert_eq!(trained["finished"], true);
    let told = folder.run(&["deep", "evaluate", "run", "--json"]).json();
    assert_eq!((told["images"].as_u64(), told["pixels"].as_u64()), (Some(30), Some(30 * 64)));
    assert!(told["mean_iou"].as_f64().unwrap() > 0.8 && told["error"].as_f64().unwrap() < 0.1, "{told}");
    let mean = told["iou"].as_object().unwrap().values().map(|iou| iou.as_f64().unwrap()).sum::<f64>() / 2.0;
    assert!((mean - told["mean_iou"].as_f64().unwrap()).abs() < 1e-12);
    let shown = folder.run(&["deep", "evaluate", "run"]).ok().stdout;
    assert!(shown.contains("of the pixels wrong, mean intersection over union 0."), "{shown}");

    // All masks together are as wrong as evaluation says.
    let images: Vec<String> = (0..30).map(|i| format!("squares/images/{i}.png")).collect();
    let mut args = vec!["deep", "predict", "run", "--masks", "told", "--json"];
    args.extend(images.iter().map(String::as_str));
    let predicted = folder.run(&args).json();
    let mut n_wrong = 0;
    for i in 0..30 {
        let mask = |part: &str| image::open(folder.path(&format!("{part}/{i}.png"))).unwrap().into_luma8().into_raw();
        n_wrong += mask("told").iter().zip(mask("squares/masks")).filter(|(told, right)| **told != *right).count();
    }
    assert_eq!(n_wrong as f64 / (30.0 * 64.0), told["error"].as_f64().unwrap());
    let shares = predicted["predictions"][3]["shares"].as_object().unwrap();
    assert!((shares.values().map(|share| share.as_f64().unwrap()).sum::<f64>() - 1.0).abs() < 1e-12);
    let csv = folder.run(&["deep", "predict", "run", "--masks", "told", "squares/images/3.png"]).ok().stdout;
    assert_eq!(csv.lines().collect::<Vec<_>>(), ["image,mask", "squares/images/3.png,told/3.png"]);

    let refused = |args: &str, words: &str| {
        let done = folder.run(&args.split(' ').collect::<Vec<_>>());
        assert!(done.refused().contains(words), "{args}: {done:?}");
    };
    image::GrayImage::new(9, 8).save(folder.path("wide.png")).unwrap();
    refused("deep predict run squares/images/3.png", "--masks");
    refused(
        "deep predict run --masks told wide.png",
        "wide.png: found a picture of 8 x 9 (height x width), expected 8 x 8",
    );
    refused("deep predict run --masks squares/images squares/images/3.png", "another one");
    refused("deep predict run --masks told squares/images/3.png squares/masks/3.png", "different names");
    refused("deep train resnet-8 --data squares", "outputs of resnet-8: found 2, expected 2x8x8");
    refused("deep train unet-2-4 --data digits", "outputs of unet-2-4: found 10x8x8, expected 10");
    refused(
        "deep train unet-4-4 --data squares",
        "input of unet-4-4: found 1x8x8, expected sides that are multiples of 16: each of 4 levels halves them; bring images and \
         masks to the nearest such size with `--size 16x16`",
    );
    refused(
        "deep evaluate run --data digits",
        "digits: found one answer for each image or row, expected images with masks, as unet-2-4 in run was trained on",
    );
    image::GrayImage::new(8, 9).save(folder.path("squares/masks/3.png")).unwrap();
    refused("deep evaluate run", "squares/masks/3.png: found a mask of 9 x 8");
}

#[test]
fn images_of_other_sizes_than_expected() {
    let folder = Folder::new();
    let save = |name: &str, width: u32, height: u32| {
        let path = folder.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::new(width, height).save(&path).unwrap();
    };
    let refused = |args: &str, words: &str| {
        let done = folder.run(&args.split(' ').collect::<Vec<_>>());
        assert!(done.refused().contains(words), "{args}: {done:?}");
    };
    // Pictures of several sizes.
    save("mixed/a/1.png", 8, 8);
    save("mixed/b/1.png", 9, 8);
    refused(
        "deep train resnet-8 --data mixed",
        "b/1.png: found a picture of 8 x 9 (height x width), expected 8 x 8, as ",
    );
    // Files in the format of MNIST: fewer bytes than their header says, and test images of another size.
    let idx = |sizes: &[u32]| {
        let n: u32 = sizes.iter().product();
        let header = [0, 0, 8, sizes.len() as u8].into_iter().chain(sizes.iter().flat_map(|size| size.to_be_bytes()));
        header.chain((0..n).map(|i| (i % 2) as u8)).collect::<Vec<u8>>()
    };
    std::fs::create_dir(folder.path("idx")).unwrap();
    folder.write("idx/train-labels-idx1-ubyte", idx(&[20]));
    folder.write("idx/train-images-idx3-ubyte", &idx(&[20, 8, 8])[..1000]);
    refused("deep train resnet-8 --data idx", "train-images-idx3-ubyte: found 984 bytes of data, expected 20 x 8 x 8");
    folder.write("idx/train-images-idx3-ubyte", idx(&[20, 8, 8]));
    folder.write("idx/t10k-labels-idx1-ubyte", idx(&[5]));
    folder.write("idx/t10k-images-idx3-ubyte", idx(&[5, 7, 8]));
    refused("deep train resnet-8 --data idx", "found images of 1x7x8, expected 1x8x8, as the training images are");
    // A network that was trained on other images than it is asked about.
    folder.write("idx/t10k-images-idx3-ubyte", idx(&[5, 8, 8]));
    folder
        .run(&"deep train resnet-8 --data idx --batch 10 --epochs 1 --out run --quiet".split(' ').collect::<Vec<_>>())
        .ok();
    std::fs::remove_dir_all(folder.path("mixed/b")).unwrap();
    save("mixed/a/1.png", 9, 9);
    save("mixed/b/1.png", 9, 9);
    refused(
        "deep evaluate run --data mixed",
        "mixed: found the classes a, b, expected some or all of those that the network was trained on: 0, 1",
    );
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
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--backend", "cpi"], "did you mean `cpu`?");
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--validation", "1"], "recipe, validation");
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--patience", "0"], "recipe, patience");
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--parts", "0"], "recipe, parts");
    refused(&["deep", "train", "--resume", "nowhere", "--patience", "3"], "--patience");
    refused(&["deep", "evaluate", "nowhere"], "nowhere");
    folder.write("taken", "a file");
    refused(&["deep", "train", "resnet-8", "--data", "digits", "--out", "taken"], "taken");
}

const STUDY: [&str; 12] = [
    "--family",
    "mlp-*-8,resmlp-*-8",
    "--depths",
    "4,8",
    "--epochs",
    "2",
    "--batch",
    "16",
    "--seeds",
    "2",
    "--json",
    "--quiet",
];

#[test]
fn a_study_of_depth_goes_on_where_it_was_stopped() {
    let folder = Folder::with(
        "t.csv",
        csv("a,b,y", 100, |i| {
            let (a, b) = (noise(i, 1), noise(i, 2));
            format!("{a},{b},{}", a * b + 0.1 * noise(i, 3))
        }),
    );
    let degrade = |more: &[&str]| folder.run(&[&["deep", "degrade"], more].concat()).json();
    let args = [&["--data", "t.csv", "--out", "study"][..], &STUDY].concat();
    let whole = degrade(&args);
    let outcomes = whole["outcomes"].as_array().unwrap();
    assert_eq!((outcomes.len(), whole["finished"].as_bool()), (8, Some(true)));
    assert_eq!(whole["trends"][1]["family"], "resmlp-*-8");
    assert!(whole["verdict"].as_str().unwrap().contains("mlp-*-8: "));
    // Twins: equal counts at equal depth.
    assert_eq!(outcomes[0]["n_parameters"], outcomes[1]["n_parameters"]);
    // The last two trainings are lost: they are done again, and come to the same.
    let lines = folder.read("study/metrics.jsonl");
    let kept: String = lines.lines().take(6).map(|line| line.to_owned() + "\n").collect();
    folder.write("study/metrics.jsonl", kept);
    std::fs::remove_dir_all(folder.path("study/resmlp-8-8-seed-2")).unwrap();
    let again = degrade(&["--resume", "study", "--report", "study.html", "--json"]);
    for (a, b) in outcomes.iter().zip(again["outcomes"].as_array().unwrap()) {
        assert_eq!(
            (&a["network"], &a["train_error"], &a["test_error"]),
            (&b["network"], &b["train_error"], &b["test_error"])
        );
    }
    assert!(folder.read("study.html").contains("Does depth hurt training?"));
    let shown = folder.run(&["deep", "degrade", "--resume", "study"]).ok().stdout;
    assert!(
        shown.contains("Training error by depth") && shown.lines().all(|line| line.chars().count() <= 100),
        "{shown}"
    );
    // A training of a study is a training like any other, on a table too.
    let evaluated = folder.run(&["deep", "evaluate", "study/mlp-4-8-seed-1"]).ok().stdout;
    assert!(evaluated.contains("of the variance (20 test rows)"), "{evaluated}");
}

#[test]
fn networks_of_one_size_beside_each_other() {
    let folder = Folder::new();
    let args = "deep compare resnet-8 densenet-10-4 --equal parameters --data digits --images 100 --batch 50 --epochs 1 --seeds 1";
    let args: Vec<&str> = args.split(' ').collect();
    let shown = folder.run(&args).ok().stdout;
    assert!(shown.contains("multiply-adds") && shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    let resumed = ["deep", "compare", "--resume", "compare-digits", "--report", "page.html", "--json"];
    let outcomes = folder.run(&resumed).json();
    assert!(folder.read("page.html").contains("Which network?") && !folder.read("page.html").contains("0 layers"));
    let sizes: Vec<f64> = outcomes["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| outcome["n_parameters"].as_f64().unwrap())
        .collect();
    assert!((0.7..1.4).contains(&(sizes[0] / sizes[1])), "{sizes:?}");
}

#[test]
fn a_trained_network_is_looked_at_pruned_and_grown() {
    let folder = Folder::new();
    let args = [&TRAIN[..], &["--epochs", "2", "--out", "run", "--keep", "3"]].concat();
    let args: Vec<&str> = args.iter().map(|word| if *word == "resnet-8" { "resnet-14" } else { word }).collect();
    folder.run(&args).json();

    let seen = folder.run(&["deep", "inspect", "run", "--report", "seen.html", "--json"]).json();
    let seen = &seen["inspections"][0];
    assert_eq!((seen["network"].as_str(), seen["step"].as_u64()), (Some("resnet-14"), Some(6)));
    // Without batch norm, at the start, after each epoch.
    assert_eq!(seen["gradients"].as_array().unwrap().len(), 4);
    assert_eq!(seen["responses"].as_array().unwrap().len(), 13);
    assert_eq!(seen["lesions"]["single"].as_array().unwrap().len(), 6);
    assert!(seen["landscape"].is_null() && seen["mixing"].is_object() && seen["paths"].is_object());
    let page = folder.read("seen.html");
    for title in ["Layer responses", "Gradient flow", "Shattered gradients", "Lesions", "Paths", "Depth mixing"] {
        assert!(page.contains(title), "{title}");
    }
    let landscape = ["deep", "inspect", "run", "--only", "landscape", "--grid", "3", "--examples", "40", "--json"];
    let heights = folder.run(&landscape).json();
    // Interrupted in the middle of a line: the rest is computed again, the same.
    let file = "run/landscape-3-of-40-step-6.jsonl";
    let text = folder.read(file);
    folder.write(file, &text[..text.len() / 2]);
    assert_eq!(folder.run(&landscape).json(), heights);
    assert_eq!(folder.read(file), text);

    let plane =
        ["deep", "inspect", "run", "--only", "landscape", "--trajectory", "--grid", "2", "--examples", "40", "--json"];
    let plane = &folder.run(&plane).json()["inspections"][0];
    // The start, and two epochs; the last is in the middle.
    assert_eq!(
        (plane["trajectory"].as_array().unwrap().len(), &plane["trajectory"][2][0]),
        (3, &serde_json::json!(0.0))
    );

    let grown = folder.run(&["deep", "grow", "run", "--to", "resnet-20", "--out", "grown", "--json"]).json();
    assert!(grown["difference"]["training"].as_f64().unwrap() < 1e-5);
    let error = |run: &str| folder.run(&["deep", "evaluate", run, "--json"]).json()["error"].clone();
    assert_eq!(error("grown"), error("run"));
    let on = folder.run(&["deep", "train", "--resume", "grown", "--json"]).json();
    assert_eq!(on["finished"], true);

    let prune =
        ["deep", "prune", "run", "--price", "20", "--epochs", "2", "--fine-tune", "1", "--out", "small", "--json"];
    let pruned = folder.run(&prune).json();
    let removed = pruned["removed"].as_array().unwrap();
    // At such a price every branch that can go goes.
    assert_eq!(removed.len(), 4, "{pruned}");
    assert!(pruned["parameters"]["after"].as_u64() < pruned["parameters"]["before"].as_u64());
    assert_eq!(error("small/pruned"), pruned["error"]["fine_tuned"]);
    assert_eq!(error("small/scratch"), pruned["error"]["scratch"]);
    // What pays is, for everyone who looks at it, the network with its scales.
    assert_eq!(error("small/penalised"), pruned["error"]["pruned"]);
    let again = folder.run(&["deep", "prune", "--resume", "small"]).ok().stdout;
    assert!(again.contains("4 of 6 branches are not needed"), "{again}");
}

#[test]
fn pictures_are_told_apart() {
    let folder = Folder::new();
    for i in 0..12 {
        for (class, grey) in [("dark", 10 + i), ("light", 200 + i)] {
            let path = folder.path(&format!("pictures/{class}/{i}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            image::GrayImage::from_fn(9, 8, |x, y| image::Luma([grey + ((x * y) % 5) as u8])).save(&path).unwrap();
        }
    }
    // Not one of them learned from with this name.
    let other = folder.path("other.png");
    image::GrayImage::from_pixel(20, 16, image::Luma([220])).save(&other).unwrap();
    let train = "deep train resnet-8 --data pictures --batch 8 --epochs 20 --set augment.pad=0 --out run --quiet";
    folder.run(&train.split(' ').collect::<Vec<_>>()).ok();
    let told = folder.run(&["deep", "predict", "run", "other.png", "pictures/dark/3.png", "--json"]).json();
    let classes: Vec<&str> =
        told["predictions"].as_array().unwrap().iter().map(|p| p["class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["light", "dark"], "{told}");
    let shares = told["predictions"][0]["probabilities"].as_object().unwrap();
    assert!((shares.values().map(|p| p.as_f64().unwrap()).sum::<f64>() - 1.0).abs() < 1e-5);
    let csv = folder.run(&["deep", "predict", "run", "other.png"]).ok().stdout;
    assert!(csv.starts_with("image,class,probability\nother.png,light,"), "{csv}");
    folder.write("text.png", "no picture");
    for (file, words) in [("text.png", "text.png"), ("nowhere.png", "nowhere.png")] {
        let done = folder.run(&["deep", "predict", "run", file]);
        assert!(done.refused().contains(words), "{done:?}");
    }
}

#[test]
fn analyses_that_cannot_be() {
    let folder = Folder::with("t.csv", plain_table(40));
    let refused = |args: &str, words: &str| {
        let done = folder.run(&args.split(' ').collect::<Vec<_>>());
        assert!(done.code == 2 && done.stderr.contains(words), "{args}: {}", done.stderr);
    };
    refused("deep inspect nowhere", "nowhere");
    refused("deep inspect x --only lesion", "did you mean `lesions`?");
    refused("deep inspect x --grid 1", "--grid");
    refused("deep degrade --data nowhere", "nowhere");
    refused("deep degrade --data digits --depths 21", "the nearest is `plain-20`");
    refused("deep degrade --data digits --seeds 0", "--seeds");
    refused("deep degrade --data t.csv --target z --epochs 1", "z");
    refused("deep degrade --resume nowhere", "nowhere");
    refused("deep compare resnet-8 --data digits", "two or more");
    refused("deep compare resnet-8 plain-8 --data digits --seeds 0", "--seeds");
    refused("deep compare resnet-8 plain-8 --data digits --budget 0", "--budget");
    refused("deep prune nowhere", "nowhere");
    refused("deep prune x --price 0", "--lambda");
    refused("deep grow nowhere --to resnet-20", "nowhere");
    // A run folder without a checkpoint, one of a network of one block, one that cannot be pruned.
    let train = |name: &str, out: &str| {
        let args = format!("deep train {name} --data t.csv --epochs 1 --batch 16 --out {out} --quiet");
        folder.run(&args.split(' ').collect::<Vec<_>>()).ok();
    };
    train("resmlp-4-4", "one");
    refused("deep inspect one", "a network of one block");
    train("mlp-8-4", "plain");
    refused("deep prune plain", "no block can go");
    refused("deep grow plain --to resmlp-16-4", "growing");
    std::fs::remove_dir_all(folder.path("plain/checkpoints")).unwrap();
    std::fs::create_dir(folder.path("plain/checkpoints")).unwrap();
    refused("deep inspect plain", "no checkpoint");
    std::fs::remove_file(folder.path("t.csv")).unwrap();
    refused("deep inspect one", "t.csv");
}

/// Pictures of a class that differ in brightness, each its own.
fn shades(folder: &Folder, place: &str, classes: &[(&str, u8)], n: u8) {
    for (class, grey) in classes {
        for i in 0..n {
            let path = folder.path(&format!("{place}/{class}/{i}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            image::GrayImage::from_fn(8, 8, |x, y| image::Luma([grey + i % 7 + ((x * y) % 5) as u8]))
                .save(&path)
                .unwrap();
        }
    }
}

fn words(args: &str) -> Vec<&str> {
    args.split_whitespace().collect()
}

/// A network that learned cat, dog and fox is asked about dog and fox: its second class is the other's first.
#[test]
fn classes_are_matched_by_their_names() {
    let folder = Folder::new();
    shades(&folder, "pets", &[("cat", 10), ("dog", 110), ("fox", 220)], 12);
    shades(&folder, "some", &[("dog", 110), ("fox", 220)], 6);
    shades(&folder, "wild", &[("fox", 220), ("wolf", 110)], 6);
    let train = "deep train resnet-8 --data pets --batch 12 --epochs 30 --set augment.pad=0 --seed 2 --out run --json";
    let trained = folder.run(&words(train)).json();
    assert_eq!(trained["data"]["outputs"], serde_json::json!(["cat", "dog", "fox"]));
    let told = folder.run(&words("deep evaluate run --data some --json")).json();
    assert_eq!(
        (&told["classes"]["fox"]["n"], &told["classes"]["cat"]["n"]),
        (&serde_json::json!(6), &serde_json::json!(0))
    );
    assert_eq!(told["confusion"], serde_json::json!([[0, 0, 0], [0, 6, 0], [0, 0, 6]]));
    let csv = folder.run(&words("deep predict run some/fox some/dog/1.png --top 2")).ok().stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines.len(), lines[0]), (8, "image,class,probability,class_2,probability_2"), "{csv}");
    assert!(lines[1].starts_with("some/fox/0.png,fox,") && lines[7].starts_with("some/dog/1.png,dog,"), "{csv}");
    let error = |data: &str| folder.run(&["deep", "evaluate", "run", "--data", data, "--json"]).json()["error"].clone();
    assert_eq!((error("pets"), error("some")), (serde_json::json!(0.0), serde_json::json!(0.0)));
    let done = folder.run(&words("deep evaluate run --data wild"));
    let lists =
        "found the classes fox, wolf, expected some or all of those that the network was trained on: cat, dog, fox";
    assert!(done.refused().contains(lists), "{done:?}");
    let done = folder.run(&words("deep inspect run --data wild --only lesions"));
    assert!(done.refused().contains("wolf is not among them"), "{done:?}");
    // On resuming: a class that is gone changes the data, one that is new is refused.
    std::fs::remove_dir_all(folder.path("pets/cat")).unwrap();
    let done = folder.run(&words("deep train --resume run --epochs 20"));
    assert!(done.refused().contains("a learning rate that falls to its end"), "{done:?}");
    shades(&folder, "pets", &[("wolf", 50)], 12);
    let done = folder.run(&words("deep train --resume run"));
    assert!(done.refused().contains("found the classes dog, fox, wolf"), "{done:?}");
}

/// Grey pictures for a network in colour, and larger ones than it knows, are brought to what it takes.
#[test]
fn pictures_of_another_kind_are_brought_to_the_network() {
    let folder = Folder::new();
    shades(&folder, "grey", &[("dark", 10), ("light", 200)], 8);
    for (class, level) in [("dark", 10), ("light", 200)] {
        for i in 0..10_u8 {
            let path = folder.path(&format!("colour/{class}/{i}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let (width, height) = if i % 2 == 0 { (20, 16) } else { (16, 30) };
            image::RgbImage::from_pixel(width, height, image::Rgb([level, level + i, level])).save(&path).unwrap();
        }
    }
    let done = folder.run(&words("deep train resnet-8 --data colour --epochs 1"));
    assert!(done.refused().contains("the pictures have 2 sizes: choose one for all with"), "{done:?}");
    let train = "deep train resnet-8 --data colour --size 8 --fit pad --epochs 16 --set augment.pad=0 --seed 2 --out run --json";
    let trained = folder.run(&words(train)).json();
    // Twenty pictures are fewer than the batch of the recipe.
    assert_eq!((trained["step"].as_u64(), &trained["data"]["shape"]), (Some(16), &serde_json::json!("3x8x8")));
    assert!(trained["data"]["notes"][0].as_str().unwrap().starts_with("batches of 20 instead of"), "{trained}");
    let error = folder.run(&words("deep evaluate run --data grey --json")).json();
    assert_eq!(error["images"].as_u64(), Some(16), "{error}");
    // The data are kept as they were read: pictures that changed since are noticed.
    let other = image::RgbImage::from_pixel(16, 30, image::Rgb([1, 2, 3]));
    other.save(folder.path("colour/dark/3.png")).unwrap();
    let done = folder.run(&words("deep train --resume run --json"));
    assert_eq!(done.json()["finished"], true);
}

#[test]
fn a_training_that_is_over_says_so_and_a_constant_rate_goes_on() {
    let folder = Folder::new();
    let train = "deep train resnet-8 --data digits --images 80 --batch 40 --epochs 1 --seed 3 --out run --quiet";
    folder.run(&words(&format!("{train} --set schedule=constant"))).ok();
    let done = folder.run(&words("deep train --resume run"));
    assert!(done.stderr.contains("is over: its budget is spent after 2 steps; `--epochs`"), "{done:?}");
    let on = folder.run(&words("deep train --resume run --epochs 3 --json")).json();
    assert_eq!((on["step"].as_u64(), on["finished"].as_bool()), (Some(6), Some(true)));
    // Its weights and its normalisation begin another one.
    let begun = "deep train resnet-8 --data digits --images 80 --batch 40 --epochs 1 --lr 1e-12 --seed 3 --init run --out next --json";
    folder.run(&words(begun)).json();
    let error = |run: &str| folder.run(&["deep", "evaluate", run, "--json"]).json()["error"].as_f64().unwrap();
    assert!((error("next") - error("run")).abs() < 0.1);
    let done = folder
        .run(&words("deep train resnet-14 --data digits --images 80 --batch 40 --epochs 1 --init run --out other"));
    assert!(done.refused().contains("found weights of resnet-8, expected those of resnet-14"), "{done:?}");
}

/// Before a branch is cut the error is that of the network as it was: by statistics of its weights, not of those of an hour ago.
#[test]
fn the_error_before_pruning_is_that_of_the_network() {
    let folder = Folder::new();
    let train = "deep train resnet-8 --data digits --images 400 --batch 40 --epochs 4 --seed 3 --out run --json";
    let trained = folder.run(&words(train)).json();
    let error = folder.run(&words("deep evaluate run --json")).json()["error"].clone();
    assert_eq!(trained["last"]["test_error"], error);
    let pruned =
        folder.run(&words("deep prune run --lambda 1e-9 --lr 1e-12 --epochs 1 --fine-tune 1 --out small --json"));
    let pruned = pruned.json();
    assert_eq!(pruned["error"]["before"], error);
    // Nothing moved and nothing is cut, and statistics are from the same batches: to a tenth of a point.
    assert_eq!(pruned["removed"].as_array().unwrap().len(), 0);
    let after = pruned["error"]["pruned"].as_f64().unwrap();
    assert!((after - error.as_f64().unwrap()).abs() < 0.001, "{pruned}");
    let (low, high) =
        (pruned["interval"]["before"][0].as_f64().unwrap(), pruned["interval"]["before"][1].as_f64().unwrap());
    assert!(low < after && after < high && pruned["examples"] == 359, "{pruned}");
}

/// A landscape that is kept in a run folder is of the data that it was computed on.
#[test]
fn a_landscape_of_other_data_is_computed_anew() {
    let folder = Folder::new();
    shades(&folder, "one", &[("dark", 10), ("light", 200)], 10);
    shades(&folder, "two", &[("dark", 90), ("light", 120)], 10);
    folder
        .run(&words("deep train resnet-8 --data one --batch 10 --epochs 2 --set augment.pad=0 --out run --quiet"))
        .ok();
    let landscape = |data: &str| {
        let args = format!("deep inspect run --data {data} --only landscape --grid 3 --examples 20 --json");
        folder.run(&words(&args)).json()["inspections"][0]["landscape"].clone()
    };
    let (one, two) = (landscape("one"), landscape("two"));
    assert_ne!(one, two);
    assert_eq!(landscape("one"), one);
}

#[test]
fn runs_of_one_network_are_told_apart_by_their_folders() {
    let folder = Folder::new();
    for out in ["first", "second"] {
        let train = format!("deep train resnet-8 --data digits --images 40 --batch 20 --epochs 1 --out {out} --quiet");
        folder.run(&words(&train)).ok();
    }
    let shown = folder.run(&words("deep inspect first second --only mixing --examples 20")).ok().stdout;
    assert!(shown.contains("first") && shown.contains("second") && shown.contains("digits"), "{shown}");
}

/// One network twice, or two that `--equal` makes one, would have one folder.
#[test]
fn trainings_of_a_study_have_names_of_their_own() {
    let folder = Folder::new();
    for args in [
        "deep compare resnet-8 resnet-8 --data digits --epochs 1",
        "deep compare resnet-8 resnet-14 resnet-20 --equal parameters --data digits --epochs 1",
    ] {
        let done = folder.run(&words(args));
        assert!(done.refused().contains("networks of a study: found resnet-8 twice"), "{done:?}");
    }
    let compare = "deep compare resnet-8 plain-8 --data digits --images 40 --batch 20 --epochs 1 --seeds 1 --report page.html --json";
    let compared = folder.run(&words(compare)).json();
    let outcome = &compared["outcomes"][1];
    assert_eq!((&outcome["run"], &outcome["n_test"]), (&serde_json::json!("plain-8-seed-1"), &serde_json::json!(359)));
    assert!(folder.read("page.html").contains("plain-8-seed-1"));
    let shown = folder.run(&words("deep compare --resume compare-digits")).ok().stdout;
    assert!(
        shown.contains("resnet-8-seed-1 to plain-8-seed-1") && shown.contains("by the number of examples"),
        "{shown}"
    );
}

/// The metrics are a table too, and what a training came to is said with its interval.
#[test]
fn metrics_are_a_table_and_errors_have_intervals() {
    let folder = Folder::new();
    let train =
        "deep train resnet-8 --data digits --images 120 --batch 24 --epochs 2 --validation 0.2 --parts 2 --out run";
    let shown = folder.run(&words(train)).ok().stdout;
    for text in ["images/s", "left", "batch norms see 12 images at a time", "is used: validation error", ", 95% "] {
        assert!(shown.contains(text), "`{text}` is missing from\n{shown}");
    }
    let table = folder.read("run/metrics.csv");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("step,epoch,learning_rate,train_loss,train_error,validation_loss"), "{table}");
    assert!(lines[1].starts_with("4,1.0,") && lines[2].starts_with("8,2.0,"), "{table}");

    let told = folder.run(&words("deep evaluate run --last --confusion matrix.csv --json")).json();
    assert_eq!((told["step"].as_u64(), told["run"].as_str()), (Some(8), Some("run")));
    let matrix = folder.read("matrix.csv");
    let rows: Vec<Vec<&str>> = matrix.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), rows[0][0], rows[0][10], rows[10][0]), (11, "right", "9", "9"));
    let total: f64 = rows[1..].iter().flat_map(|row| &row[1..]).map(|cell| cell.parse::<f64>().unwrap()).sum();
    assert_eq!(total, 359.0);
    let shown = folder.run(&words("deep evaluate run")).ok().stdout;
    assert!(shown.starts_with("run: resnet-8 after ") && shown.contains("Errors by class"), "{shown}");
}

#[test]
fn a_learning_rate_is_looked_for_and_nothing_is_trained() {
    let folder = Folder::new();
    let find = "deep train resnet-8 --data digits --images 200 --batch 40 --find-rate";
    let found = folder.run(&words(&format!("{find} --json"))).json();
    let points = found["points"].as_array().unwrap();
    assert!(points.len() > 20 && points[0]["learning_rate"].as_f64() == Some(1e-6), "{found}");
    let rate = found["proposed"].as_f64().unwrap();
    assert!(rate > 1e-6 && rate < 2.0, "{rate}");
    assert!(!folder.path("resnet-8-digits").exists());
    assert!(folder.run(&words(find)).ok().stdout.contains("try --lr "));
}

/// A training begins with the weights of another one for other classes: only its last layer is new.
#[test]
fn weights_for_other_classes_begin_a_training() {
    let folder = Folder::new();
    shades(&folder, "pets", &[("cat", 10), ("dog", 110), ("fox", 220)], 12);
    shades(&folder, "tools", &[("axe", 20), ("saw", 200)], 12);
    let train = "deep train resnet-8 --batch 12 --epochs 20 --set augment.pad=0 --seed 2 --json";
    folder.run(&words(&format!("{train} --data pets --out pets-run"))).json();
    let begun = folder.run(&words(&format!("{train} --data tools --init pets-run --out tools-run"))).json();
    let notes = begun["data"]["notes"].to_string();
    assert!(notes.contains("the last layer begins anew: pets-run was trained for cat, dog, fox"), "{notes}");
    assert_eq!(begun["data"]["outputs"], serde_json::json!(["axe", "saw"]));
    let told = folder.run(&words("deep evaluate tools-run --json")).json();
    assert_eq!(told["error"], 0.0);
    let checkpoint = "deep train resnet-8 --data tools --out again --init";
    let file = std::fs::read_dir(folder.path("pets-run/checkpoints")).unwrap().next().unwrap().unwrap().path();
    let args = [words(checkpoint), vec![file.to_str().unwrap()]].concat();
    assert!(folder.run(&args).refused().contains("expected its run folder"));

    // Where in a picture a class is seen.
    let predict = "deep predict tools-run tools/axe/0.png tools/saw/3.png --maps maps";
    let csv = folder.run(&words(predict)).ok().stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "image,class,probability,map");
    assert!(lines[1].starts_with("tools/axe/0.png,axe,") && lines[1].ends_with(",maps/0.png"), "{csv}");
    assert_eq!(image::open(folder.path("maps/3.png")).unwrap().to_rgb8().dimensions(), (256, 256));
    assert!(folder.run(&words("deep predict tools-run tools/axe/0.png --maps tools/axe")).refused().contains("--maps"));
}

/// Fewer pictures than a batch are left when a training goes on.
#[test]
fn a_training_goes_on_with_fewer_pictures_than_a_batch() {
    let folder = Folder::new();
    shades(&folder, "pets", &[("cat", 10), ("dog", 200)], 12);
    let train = "deep train resnet-8 --data pets --batch 20 --epochs 2 --set augment.pad=0 --set schedule=constant --out run --json";
    folder.run(&words(train)).json();
    for i in 4..12 {
        std::fs::remove_file(folder.path(&format!("pets/cat/{i}.png"))).unwrap();
        std::fs::remove_file(folder.path(&format!("pets/dog/{i}.png"))).unwrap();
    }
    let done = folder.run(&words("deep train --resume run --epochs 4 --json"));
    assert!(
        done.stderr.contains("batches of 8 instead of 20") && done.stderr.contains("24 training images have become 8"),
        "{done:?}"
    );
    let last = done.json();
    assert_eq!((&last["last"]["epoch"], &last["step"]), (&serde_json::json!(4.0), &serde_json::json!(4)));
}

/// Grey pictures for a network in colour, pictures in colour for a grey one, one class, one pixel.
#[test]
fn unusual_pictures_are_right_or_refused_with_the_reason() {
    let folder = Folder::new();
    shades(&folder, "grey", &[("dark", 10), ("light", 200)], 8);
    for (class, level) in [("dark", 10), ("light", 200)] {
        for i in 0..8_u8 {
            let path = folder.path(&format!("colour/{class}/{i}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            image::RgbImage::from_pixel(8, 8, image::Rgb([level, level + i, level])).save(&path).unwrap();
            let path = folder.path(&format!("pixels/{class}/{i}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            image::GrayImage::from_pixel(1, 1, image::Luma([level + i])).save(&path).unwrap();
        }
    }
    let train = |data: &str| {
        let args = format!(
            "deep train resnet-8 --data {data} --batch 8 --epochs 20 --set augment.pad=0 --seed 2 --out {data}-run --json"
        );
        folder.run(&words(&args)).json();
    };
    ["grey", "colour", "pixels"].into_iter().for_each(train);
    let error = |run: &str, data: &str| {
        folder.run(&["deep", "evaluate", run, "--data", data, "--json"]).json()["error"].clone()
    };
    for (run, data) in [("grey-run", "colour"), ("colour-run", "grey"), ("pixels-run", "pixels")] {
        assert_eq!(error(run, data), 0.0, "{run} on {data}");
        let predicted = folder.run(&["deep", "predict", run, &format!("{data}/light")]).ok().stdout;
        assert!(predicted.lines().skip(1).all(|line| line.contains(",light,")), "{run} on {data}: {predicted}");
    }
    let refused = |args: &str, text: &str| {
        let done = folder.run(&words(args));
        assert!(done.refused().contains(text), "{args}: {done:?}");
    };
    refused("deep train resnet-8 --data pixels --batch 1 --set augment.pad=0", "one value has no variance");
    std::fs::remove_dir_all(folder.path("grey/light")).unwrap();
    refused("deep train resnet-8 --data grey", "grey: found one class, dark, expected at least two");
    // One class of those that a network knows is enough to ask it about.
    assert_eq!(error("grey-run", "grey"), 0.0);
}

/// A JPEG file as a telephone writes it: `upright` stored as the sensor lies, with the turn in its EXIF data.
fn photograph(upright: &image::RgbImage, is_turned: bool) -> Vec<u8> {
    let stored = if is_turned { image::imageops::rotate270(upright) } else { upright.clone() };
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&stored).unwrap();
    let orientation = if is_turned { 6 } else { 1 };
    // One entry of one directory: tag 0x0112, one SHORT (TIFF 6.0).
    let tiff =
        [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec(), vec![orientation, 0, 0, 0, 0, 0, 0, 0]].concat();
    let exif = [b"Exif\0\0".to_vec(), tiff].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

/// The hour of a stranger: two hundred photographs of bars that lie or stand, of several sizes, half of them turned by EXIF alone, one file
/// broken. The file is named; without it they train a network that knows new photographs.
#[test]
fn photographs_of_a_telephone_become_a_classifier() {
    let folder = Folder::new();
    let bars = |i: usize, stands: bool| {
        let (width, height) = [(64, 48), (48, 64), (80, 60), (60, 60)][i % 4];
        let (period, shift) = (9 + i as u32 % 4, i as u32 % 7);
        let tint = [0.7 + 0.3 * noise(i, 1), 0.7 + 0.3 * noise(i, 2), 0.7 + 0.3 * noise(i, 3)];
        image::RgbImage::from_fn(width, height, |x, y| {
            let along = if stands { x } else { y };
            let level = if (along + shift) % period < period / 2 { 60.0 } else { 150.0 };
            let grain = 60.0 * noise(i, 7 + (y * width + x) as usize);
            image::Rgb(tint.map(|tint| (tint * level + grain).clamp(0.0, 255.0) as u8))
        })
    };
    let save = |part: &str, numbers: std::ops::Range<usize>| {
        for i in numbers {
            let class = if i % 2 == 0 { "lying" } else { "standing" };
            let path = folder.path(&format!("{part}/{class}/IMG_{i:04}.JPG"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, photograph(&bars(i / 2, i % 2 == 1), i / 8 % 2 == 0)).unwrap();
        }
    };
    save("phone", 0..200);
    save("new", 200..240);
    let broken = folder.path("phone/standing/IMG_0041.JPG");
    let bytes = std::fs::read(&broken).unwrap();
    std::fs::write(&broken, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let train = "deep train resnet-8 --data phone --validation 0.2 --epochs 14 --seed 1 --out run";
    let done = folder.run(&words(&format!("{train} --size 24")));
    assert!(done.refused().contains("IMG_0041.JPG: found a JPEG file whose end is missing"), "{done:?}");
    std::fs::remove_file(&broken).unwrap();
    let done = folder.run(&words(train));
    assert!(done.refused().contains("choose one for all with `--size`"), "{done:?}");
    let trained = folder.run(&words(&format!("{train} --size 24 --json"))).json();
    assert_eq!(trained["data"]["parts"][0]["counts"], serde_json::json!([100, 99]));
    let csv = folder.run(&words("deep predict run new/lying new/standing")).ok().stdout;
    let n_right = csv.lines().skip(1).filter(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        cells[0].contains(&format!("/{}/", cells[1]))
    });
    let n_right = n_right.count();
    assert!(csv.lines().count() == 41 && n_right >= 36, "{n_right} of 40 right: {csv}");
}

/// The tensors of a checkpoint as PyTorch would save them: parameters and statistics alone, without a word of where they come from.
fn as_of_pytorch(checkpoint: &[u8]) -> Vec<u8> {
    let (length, rest) = checkpoint.split_at(8);
    let (header, data) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
    let header: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(header).unwrap();
    let (mut kept, mut bytes) = (serde_json::Map::new(), Vec::new());
    for (name, mut tensor) in header {
        if name == "__metadata__" || name.contains('/') {
            continue;
        }
        let at = |i: usize| tensor["data_offsets"][i].as_u64().unwrap() as usize;
        let own = &data[at(0)..at(1)];
        tensor["data_offsets"] = serde_json::json!([bytes.len(), bytes.len() + own.len()]);
        bytes.extend_from_slice(own);
        kept.insert(name, tensor);
    }
    let header = serde_json::to_vec(&kept).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &bytes].concat()
}

/// Weights without a run folder begin a training: the classes of such a file are not known, so they are those of the data.
#[test]
fn a_file_of_pytorch_begins_a_training() {
    let folder = Folder::new();
    shades(&folder, "pets", &[("cat", 10), ("dog", 200)], 12);
    shades(&folder, "zoo", &[("ape", 10), ("bat", 110), ("cow", 220)], 12);
    let train = "deep train resnet-8 --batch 12 --set augment.pad=0 --seed 2 --json --quiet";
    folder.run(&words(&format!("{train} --data pets --epochs 20 --out run"))).json();
    let checkpoint =
        std::fs::read_dir(folder.path("run/checkpoints")).unwrap().map(|f| f.unwrap().path()).max().unwrap();
    folder.write("weights.safetensors", as_of_pytorch(&std::fs::read(checkpoint).unwrap()));
    // At a rate that moves nothing: what is right was right in the file.
    let still = format!("{train} --epochs 1 --lr 1e-12 --init weights.safetensors");
    folder.run(&words(&format!("{still} --data pets --out again"))).json();
    assert_eq!(folder.run(&words("deep evaluate again --json")).json()["error"], 0.0);
    let notes = folder.run(&words(&format!("{still} --data zoo --out other"))).json()["data"]["notes"].to_string();
    assert!(notes.contains("the last layer begins anew"), "{notes}");
    let args = "deep train resnet-14 --data pets --epochs 1 --out third --init weights.safetensors";
    assert!(folder.run(&words(args)).refused().contains("resnet-14"));
}

#[test]
fn a_table_is_refused_for_images_and_images_for_a_table() {
    let folder = Folder::with("t.csv", plain_table(40));
    shades(&folder, "pets", &[("cat", 10), ("dog", 200)], 8);
    let table = folder.run(&words("deep train resnet-8 --data t.csv --epochs 1"));
    assert!(table.refused().contains("examples for resnet-8: found rows of a table, expected images"), "{table:?}");
    assert!(table.stderr.contains("resmlp-8-64"));
    let images = folder.run(&words("deep train resmlp-4-8 --data pets --epochs 1"));
    assert!(images.refused().contains("examples for resmlp-4-8: found images, expected rows of a table"), "{images:?}");
}

#[test]
fn evaluations_say_what_was_trained_on_and_predictions_go_through_folders_of_classes() {
    let folder = Folder::new();
    shades(&folder, "pets", &[("cat", 10), ("dog", 200)], 8);
    shades(&folder, "others", &[("cat", 12), ("dog", 202)], 8);
    folder
        .run(&words("deep train resnet-8 --data pets --batch 8 --epochs 20 --set augment.pad=0 --out run --quiet"))
        .ok();
    let own = folder.run(&words("deep evaluate run")).ok().stdout;
    assert!(own.contains("(0 of 16 images wrong; it was trained on these)"), "{own}");
    let new = folder.run(&words("deep evaluate run --data others")).ok().stdout;
    assert!(new.contains("(0 of 16 images wrong)"), "{new}");
    let csv = folder.run(&words("deep predict run others")).ok().stdout;
    assert_eq!(csv.lines().count(), 17);
    assert!(csv.contains("\nothers/cat/0.png,cat,") && csv.contains("\nothers/dog/7.png,dog,"), "{csv}");
}

#[test]
fn weights_leave_as_safetensors_and_come_in_again() {
    let folder = Folder::new();
    let words = |text: &str| folder.run(&text.split(' ').collect::<Vec<_>>());
    words("deep train resnet-8 --data digits --images 120 --batch 40 --epochs 1 --seed 3 --out run -q").ok();
    let said = words("deep export run -o net.safetensors").ok().stdout;
    assert!(said.contains("tensors of resnet-8 to net.safetensors; images are normalised by"), "{said}");
    words("deep export run -o net.onnx -q").ok();
    assert!(words("deep export run -o net.txt").refused().contains("expected .onnx or .safetensors"));
    let foreign = words("deep export run -o net.safetensors --names timm");
    assert!(foreign.refused().contains("--names timm: found resnet-8, which timm does not have"), "{foreign:?}");
    let folded = words("deep export run -o folded.safetensors --fold").ok().stdout;
    // 7 convolutions and the linear layer, with a bias each.
    assert!(folded.contains("wrote 16 tensors of resnet-8"), "{folded}");
    let both = words("deep export run -o folded.safetensors --names torchvision --fold");
    assert!(both.refused().contains("expected safetensors with all batch norms"), "{both:?}");
    let missing = words("deep import net.safetensors --net resnet-8 --size 8 -o again");
    assert!(missing.refused().contains("say them with `--mean` and `--std`"), "{missing:?}");
    assert!(!folder.path("again").exists(), "nothing half-written");
    let from = said.rsplit_once('(').unwrap().1.trim_end().trim_end_matches(')').to_owned();
    let (mean, std) = from.split_once(", ").unwrap();
    let import = format!("deep import net.safetensors --net resnet-8 --size 8 --source own --mean {mean} --std {std}");
    let told = words(&format!("{import} -o again")).ok().stdout;
    assert!(told.contains("shortcuts pad with zeros behind the channels"), "{told}");
    let error = |run: &str| words(&format!("deep evaluate {run} --data digits --last --json")).json()["error"].clone();
    assert_eq!(error("again"), error("run"));
    let wrong = words("deep import net.safetensors --net resnet-20 --size 8 --mean 0.5 --std 0.5 -o other");
    assert!(wrong.refused().contains("they are those of resnet-8"), "{wrong:?}");
    let checked = words(&format!("{import} --check digits -o checked")).ok().stdout;
    assert!(checked.contains("test images wrong"), "{checked}");
}
