//! What columns mean, from a fit to predictions on files that are written otherwise.

use crate::run::*;

fn predicted(folder: &Folder, file: &str) -> Vec<f64> {
    let text = folder.run(&["predict", "m.safetensors", file]).ok().stdout;
    text.lines().skip(1).map(|line| line.parse().unwrap()).collect()
}

/// y follows x and the number of the row; a third of the rows are gone, as after a filter.
fn filtered(header: &str, name: impl Fn(usize) -> String) -> String {
    let rows = (0..120).filter(|i| noise(*i, 1) > -0.2).map(|i| {
        let x = noise(i, 1);
        format!("{},{x},{}", name(i), x + 0.02 * i as f64 + 0.1 * noise(i, 2))
    });
    std::iter::once(header.to_owned()).chain(rows).collect::<Vec<_>>().join("\n")
}

#[test]
fn row_names_are_set_aside_with_one_message_and_kept_when_asked() {
    let number = |i: usize| i.to_string();
    for (header, name) in
        [(",x,y", "x1"), ("Unnamed: 0,x,y", "Unnamed: 0"), ("index,x,y", "index"), ("rownames,x,y", "rownames")]
    {
        let folder = Folder::with("t.csv", filtered(header, number));
        let fit = ["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "m.safetensors"];
        let done = folder.run(&fit).ok();
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
        assert!(done.stderr.contains(&format!("column `{name}` is set aside")), "{}", done.stderr);
        assert!(done.stdout.contains("1 of 1 used: x"), "{}", done.stdout);
        let kept = folder.run(&[&fit[..], &["--keep", name]].concat()).ok();
        assert!(kept.stdout.contains(&format!("2 of 2 used: {name}, x")), "{}", kept.stdout);
    }
    let text = Folder::with("t.csv", filtered("\"\",x,y", |i| format!("\"Car {i}\"")));
    let done = text.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "m.safetensors"]).ok();
    assert!(done.stderr.contains("set aside: it has no name and names the rows"), "{}", done.stderr);
}

#[test]
fn years_and_doses_that_happen_to_be_consecutive_are_inputs() {
    let years = csv("year,x,y", 40, |i| format!("{},{},{}", 1950 + i, noise(i, 1), 0.3 * i as f64 + noise(i, 2)));
    let folder = Folder::with("t.csv", years);
    let done = folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "m.safetensors"]).ok();
    assert!(!done.stderr.contains("set aside") && done.stdout.contains("2 of 2 used: year, x"), "{done:?}");
}

#[test]
fn categories_match_however_their_numbers_are_spelt() {
    let y = |i: usize| [0.0, 3.0, -2.0][i % 3] + noise(i, 1) / 10.0;
    let folder = Folder::with("t.csv", csv("k,b,y", 90, |i| format!("{},{},{}", i % 3 + 1, i % 2 == 0, y(i))));
    folder
        .run(&[
            "fit",
            "t.csv",
            "--target",
            "y",
            "--categorical",
            "k",
            "--method",
            "linear",
            "-q",
            "-o",
            "m.safetensors",
        ])
        .ok();
    let expected = predicted(&folder, "t.csv");
    for (name, k, b) in
        [("float.csv", ".0", ["True", "False"]), ("digits.csv", "", ["1", "0"]), ("words.csv", ".00", ["yes", "no"])]
    {
        folder.write(name, csv("k,b,y", 90, |i| format!("{}{k},{},{}", i % 3 + 1, b[i % 2], y(i))));
        let done = folder.run(&["predict", "m.safetensors", name]).ok();
        assert_eq!((predicted(&folder, name), done.stderr.as_str()), (expected.clone(), ""), "{name}");
    }
    folder.write("none.csv", csv("k,b,y", 90, |i| format!("{},true,{}", ["a", "b"][i % 2], y(i))));
    let none = folder.run(&["predict", "m.safetensors", "none.csv", "-q"]);
    assert!(none.refused().contains("`k`: found no category of training in 90 cells, the first is `a` in row 1"));
}

#[test]
fn identifiers_of_19_digits_are_groups_of_their_own() {
    let id = |i: usize| 1_382_016_600_011_617_669_u64 + (i / 6) as u64;
    let folder = Folder::with("t.csv", csv("id,x,y", 180, |i| format!("{},{},{}", id(i), noise(i, 1), noise(i, 2))));
    let text = Folder::with("t.csv", csv("id,x,y", 180, |i| format!("s{},{},{}", id(i), noise(i, 1), noise(i, 2))));
    let fit = [
        "fit",
        "t.csv",
        "--target",
        "y",
        "--group",
        "id",
        "--method",
        "linear",
        "--folds",
        "3",
        "--json",
        "-o",
        "m.safetensors",
    ];
    let (numbers, words) = (folder.run(&fit).json(), text.run(&fit).json());
    assert_eq!(numbers["verdict"], words["verdict"]);
    assert_eq!(numbers["coefficients"], words["coefficients"]);
}

#[test]
fn rows_lost_to_a_word_are_counted_in_errors_too() {
    let folder = Folder::with("t.csv", csv("x,alley", 60, |i| format!("{},{}", noise(i, 1), ["Grvl", "None"][i % 2])));
    let done = folder.run(&["fit", "t.csv", "--target", "alley", "-o", "m.safetensors"]);
    let error = done.refused();
    assert!(error.contains("the value Grvl in all 30 rows"), "{error}");
    assert!(error.contains("30 rows without a target left out, the first is row 2 (line 3)"), "{error}");
    assert!(error.contains("30 cells of the target are `None`, which is read as missing"), "{error}");
}

#[test]
fn dates_are_a_trend_and_what_comes_again() {
    let day = |i: usize| {
        let (year, of_year) = (2020 + i / 365, i % 365);
        let month = (of_year / 31).min(11);
        (year, month + 1, of_year % 31 % 28 + 1)
    };
    let y = |i: usize| 0.001 * i as f64 + if day(i).1 == 7 { 2.0 } else { 0.0 } + noise(i, 1) / 10.0;
    let at = |i: usize| i * 37 % 1000;
    let iso = |i: usize| format!("{}-{:02}-{:02}", day(i).0, day(i).1, day(i).2);
    let folder = Folder::with("t.csv", csv("when,y", 400, |i| format!("{},{}", iso(at(i)), y(at(i)))));
    let fit = folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "m.safetensors"]).ok();
    assert!(fit.stderr.contains("column `when` holds dates from 2020-01-01 to 2022-09-"), "{}", fit.stderr);
    assert!(fit.stderr.contains("an input as days since the first, with month and weekday"), "{}", fit.stderr);
    assert!(fit.stdout.contains("when month=Jul"), "{}", fit.stdout);
    let expected = predicted(&folder, "t.csv");
    let german = |i: usize| format!("{:02}.{:02}.{}", day(i).2, day(i).1, day(i).0);
    let american = |i: usize| format!("{}/{}/{}", day(i).1, day(i).2, day(i).0);
    folder.write("german.csv", csv("when", 400, |i| german(at(i))));
    folder.write("american.csv", csv("when", 400, |i| american(at(i))));
    folder.write("stamps.csv", csv("when", 400, |i| format!("{} 00:00:00+00:00", iso(at(i)))));
    for name in ["german.csv", "american.csv", "stamps.csv"] {
        assert_eq!(predicted(&folder, name), expected, "{name}");
    }
    folder.write("late.csv", "when\n2022-07-04\n2024-07-04\n2024-07-05\n");
    let late = folder.run(&["predict", "m.safetensors", "late.csv"]).ok();
    assert!(late.stderr.contains("2 rows with dates after 2022-09-"), "{}", late.stderr);
    assert!(late.stderr.contains("the first is 2024-07-04 in row 2"), "{}", late.stderr);
    folder.write("wrong.csv", "when\n3.5\n4.5\n");
    let wrong = folder.run(&["predict", "m.safetensors", "wrong.csv"]);
    assert!(wrong.refused().contains("column `when`: found numbers, expected dates, as in training"));
    let explained = folder.run(&["explain", "m.safetensors", "late.csv", "--rows", "2"]).ok().stdout;
    assert!(explained.contains("2024-07-04") && explained.contains("Jul"), "{explained}");
}

#[test]
fn dates_whose_day_and_month_cannot_be_told_apart_are_asked_about() {
    let folder = Folder::with(
        "t.csv",
        csv("when,x,y", 60, |i| {
            format!("{:02}/{:02}/2024,{},{}", i % 12 + 1, i * 5 % 11 + 1, noise(i, 1), noise(i, 2))
        }),
    );
    let fit = ["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "m.safetensors"];
    let asked = folder.run(&fit);
    assert!(asked.refused().contains("column `when`: found dates such as `02/06/2024`"), "{asked:?}");
    folder.run(&[&fit[..], &["--drop", "when"]].concat()).ok();
    for order in ["dmy", "mdy"] {
        let done = folder.run(&[&fit[..], &["--dates", order]].concat()).ok();
        let (first, last) = if order == "dmy" { ("2024-01-01", "2024-11-12") } else { ("2024-01-01", "2024-12-11") };
        assert!(done.stderr.contains(&format!("holds dates from {first} to {last}")), "{}", done.stderr);
        // The model knows how they were written.
        predicted(&folder, "t.csv");
    }
}

#[test]
fn times_of_evaluation_may_have_zones_and_be_american() {
    for time in ["2024-02-{}:00:00+00:00", "02/{}/2024"] {
        let cell = |i: usize| {
            let text = if time.starts_with('2') {
                format!("{:02} {:02}", i / 24 + 1, i % 24)
            } else {
                format!("{:02}", i % 28 + 1)
            };
            time.replace("{}", &text)
        };
        let folder =
            Folder::with("t.csv", csv("t,x,y", 84, |i| format!("{},{},{}", cell(i), noise(i, 1), noise(i, 2))));
        let fit = [
            "fit",
            "t.csv",
            "--target",
            "y",
            "--time",
            "t",
            "--method",
            "linear",
            "--folds",
            "3",
            "-q",
            "-o",
            "m.safetensors",
        ];
        folder.run(&fit).ok();
    }
    let folder = Folder::with(
        "t.csv",
        csv("t,x,y", 60, |i| format!("2024-02-{:02},{},{}", i % 31 + 1, noise(i, 1), noise(i, 2))),
    );
    let bad = folder.run(&["fit", "t.csv", "--target", "y", "--time", "t", "-o", "m.safetensors"]);
    assert!(bad.refused().contains("`2024-02-30` in row 30"), "there is no such day: {bad:?}");
}

#[test]
fn a_column_that_is_missing_is_not_taken_for_another_input() {
    let folder = Folder::with(
        "t.csv",
        csv("x,k,y", 60, |i| format!("{},{},{}", noise(i, 1), noise(i, 2), noise(i, 1) + noise(i, 2))),
    );
    folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-q", "-o", "m.safetensors"]).ok();
    folder.write("new.csv", "k,z\n1,2\n");
    let error = folder.run(&["predict", "m.safetensors", "new.csv"]).refused().to_owned();
    assert!(error.contains("column `x`: found no such column") && !error.contains("is it `k`"), "{error}");
}
