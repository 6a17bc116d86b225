//! What the output looks like to pipes, and the help.

use crate::run::*;

#[test]
fn pipes_get_plain_text() {
    let folder = Folder::with("t.csv", plain_table(40).replace("a,b", "a,"));
    let fit = ["fit", "t.csv", "--target", "y", "--method", "linear"];
    let refused = ["fit", "t.csv", "--target", "z"];
    for (name, value) in [("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("CLICOLOR", "0")] {
        for args in [&fit[..], &refused, &["show", "t.safetensors"], &["--help"], &["fit"]] {
            let done = Done::from(folder.command(args).env(name, value).output().unwrap(), args);
            assert!(!done.stdout.contains('\x1b') && !done.stderr.contains('\x1b'), "{name}={value}: {done:?}");
        }
    }
    let forced = |no_color: &str| {
        let mut command = folder.command(&fit);
        Done::from(command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", no_color).output().unwrap(), &fit).ok()
    };
    assert!(forced("").stdout.contains('\x1b') && forced("").stderr.contains('\x1b'));
    assert!(!forced("1").stdout.contains('\x1b'));
}

#[test]
fn lines_are_at_most_100_columns() {
    let wide = "a_very_long_name_".repeat(12);
    let names: Vec<String> = (0..20).map(|j| format!("{wide}{j}")).collect();
    let table = csv(&format!("{},y", names.join(",")), 60, |i| {
        let x: Vec<f64> = (0..20).map(|j| noise(i, j)).collect();
        format!("{},{}", x.iter().map(f64::to_string).collect::<Vec<_>>().join(","), x.iter().sum::<f64>())
    });
    let folder = Folder::with("t.csv", table);
    let done = folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear"]).ok();
    assert!(done.stdout.contains("… and 8 more, see `skiplayer show t.safetensors`"), "{}", done.stdout);
    // A single word that is longer stands alone.
    let too_long = |line: &&str| line.chars().count() > 100 && line.split_whitespace().count() > 1;
    assert_eq!(done.stdout.lines().find(too_long), None);
    let path = folder.run(&["show", "t.safetensors"]).ok().stdout;
    assert!(path.contains("chosen"), "{path}");
}

#[test]
fn help_has_examples_and_fits() {
    let folder = Folder::new();
    for args in [
        &["--help"][..],
        &["fit", "--help"],
        &["fit", "-h"],
        &["predict", "--help"],
        &["explain", "--help"],
        &["show", "--help"],
    ] {
        let text = folder.run(args).ok().stdout;
        assert!(text.contains("Examples:\n  skiplayer "), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    let fit = folder.run(&["fit", "--help"]).ok().stdout;
    for words in ["\nTable:", "\nMethod:", "\nNetwork:", "\nEffort:", "\nOutput:", ".safetensors", "\nEvaluation:"] {
        assert!(fit.contains(words), "{words} is missing from\n{fit}");
    }
}
