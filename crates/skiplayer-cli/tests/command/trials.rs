//! Successes out of trials.

use crate::run::*;

/// 120 rows with 5 to 12 trials: the larger `a`, the more of them succeed.
fn table(edit: impl Fn(usize, [u32; 2]) -> String) -> String {
    let row = |i: usize| {
        let number = |k: usize| ((i * k + k) as f64 * 0.618_033_988_749_895).fract();
        let (a, trials) = (4.0 * number(7) - 2.0, 5 + (i % 8) as u32);
        let share = 1.0 / (1.0 + (-1.2 * a).exp());
        let successes = (f64::from(trials) * share + number(11) - 0.5).round().clamp(0.0, f64::from(trials));
        format!("{a:.3},{:.3},{}\n", number(5), edit(i, [successes as u32, trials]))
    };
    "a,b,sown,sprouted\n".to_owned() + &(0..120).map(row).collect::<String>()
}

fn plain(_: usize, [successes, trials]: [u32; 2]) -> String {
    format!("{trials},{successes}")
}

const FIT: [&str; 8] = ["fit", "t.csv", "--target", "sprouted", "--trials", "sown", "-o", "m.safetensors"];

#[test]
fn fit_show_and_predict() {
    let folder = Folder::with("t.csv", table(plain));
    let told = folder.run(&[&FIT[..], &["--folds", "3", "--repeats", "1"]].concat()).ok().stdout;
    for words in [
        "sprouted of sown (successes)",
        "log odds that one of the `sown` trials of a row is one of its `sprouted`",
        "deviance",
    ] {
        assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words}: {told}");
    }
    let predicted = folder.run(&["predict", "m.safetensors", "t.csv", "--interval", "0.9", "--json", "-q"]).json();
    let column =
        |name: &str| predicted[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
    for (i, share) in column("prediction").into_iter().enumerate() {
        let trials = 5.0 + (i % 8) as f64;
        assert!((column("expected")[i] - trials * share).abs() < 1e-12);
        let (lower, upper) = (column("lower")[i], column("upper")[i]);
        assert!(0.0 <= lower && lower <= share && share <= upper && upper <= 1.0);
    }
    let without = folder.read("t.csv").replace("sown", "other");
    let folder = Folder::with("t.csv", table(plain));
    folder.run(&FIT).ok();
    folder.write("new.csv", &without);
    let predicted = folder.run(&["predict", "m.safetensors", "new.csv", "--json", "-q"]).json();
    assert!(predicted["expected"].is_null() && predicted["prediction"].as_array().unwrap().len() == 120);
    folder.run(&["show", "m.safetensors"]).ok();
    assert!(
        folder.run(&["explain", "m.safetensors", "t.csv", "--rows", "1"]).ok().stdout.contains("share of sprouted")
    );
    folder.run(&["export", "m.safetensors", "--to", "sql", "-q"]).ok();
    folder.run(&[&FIT[..], &["--report", "r.html", "-q"]].concat()).ok();
    assert!(folder.read("r.html").contains("Regression of successes of "));
}

#[test]
fn counts_that_cannot_be_are_named() {
    let stderr = |edit: fn(usize, [u32; 2]) -> String, trials: &str| {
        let folder = Folder::with("t.csv", table(edit));
        let run = folder.run(&["fit", "t.csv", "--target", "sprouted", "--trials", trials, "--no-evaluate"]);
        run.refused().to_owned()
    };
    for (edit, words) in [
        (
            (|i, own| if i == 3 { "4,5".into() } else { plain(i, own) }) as fn(usize, [u32; 2]) -> String,
            "5 of 4 trials in row 4",
        ),
        (|i, own| if i == 3 { "0,0".into() } else { plain(i, own) }, "0 in row 4"),
        (|i, own| if i == 3 { "4.5,2".into() } else { plain(i, own) }, "4.5 in row 4"),
        (|i, own| if i == 3 { "4,-2".into() } else { plain(i, own) }, "-2 in row 4"),
    ] {
        let told = stderr(edit, "sown");
        assert!(told.contains(words), "{words}: {told}");
    }
    let told = stderr(plain, "sow");
    assert!(told.contains("--trials sow") && told.contains("did you mean `sown`?"), "{told}");
}
