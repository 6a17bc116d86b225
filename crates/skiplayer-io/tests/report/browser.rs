//! The report in a real browser, where one is installed: no error, nothing that overlaps or leaves the page, pictures.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sample::{classes, linear_alone, nasty, regression};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Pictures go to this folder if the variable is set.
const PICTURES: &str = "SKIPLAYER_REPORT_PICTURES";

/// In the log of the browser, in front of what a page says to its console: warnings and errors that no script asked for.
const CONSOLE: &str = ":CONSOLE";

/// Past the harness, which swallows what passing tests print: nobody shall take what was skipped for what was seen.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// Texts that overlap, leave their chart or the page, as words in the title of the document.
const PROBE: &str = r#"<script>
const problems = [];
addEventListener("error", (e) => problems.push("error " + (e.message || "loading " + e.target.tagName)), true);
window.onload = () => {
  const page = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > page) problems.push("page is " + document.documentElement.scrollWidth + " wide");
  for (const svg of document.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    if (box.width === 0) continue;
    const texts = [...svg.querySelectorAll("text")].map(t => [t.textContent.trim(), t.getBoundingClientRect()]);
    texts.forEach(([word, a], i) => {
      if (a.left < box.left - 1 || a.right > box.right + 1 || a.top < box.top - 1 || a.bottom > box.bottom + 1)
        problems.push(word + " leaves the chart " + svg.querySelector("title").textContent);
      if (a.height < 10) problems.push(word + " is " + a.height + " high");
      for (const [other, b] of texts.slice(i + 1))
        if (a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom)
          problems.push(word + " overlaps " + other + " in " + svg.querySelector("title").textContent);
    });
  }
  for (const cell of document.querySelectorAll("th, td, dd, dt, h1, h2, p, li, figcaption")) {
    const box = cell.getBoundingClientRect();
    if (box.width > 0 && cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).display !== "inline")
      problems.push("too wide: " + cell.tagName + " " + cell.textContent.slice(0, 40));
  }
  document.title = "seen " + page + ": " + problems.join("; ") + ".";
};
</script></body>"#;

fn browser() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let files = folders.iter().flat_map(|folder| NAMES.map(|name| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

fn run(browser: &Path, profile: &Path, arguments: &[OsString]) -> String {
    let output = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"])
        .arg("--enable-logging=stderr")
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let console: Vec<&str> = told.lines().filter(|line| line.contains(CONSOLE)).collect();
    assert!(console.is_empty(), "{console:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn option(name: &str, value: impl AsRef<std::ffi::OsStr>) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(value);
    option
}

#[test]
fn nothing_overlaps_on_a_wide_or_a_narrow_screen() {
    let Some(browser) = browser() else {
        skipped("reports were not opened, no Chromium on this machine");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for (name, sample) in
        [("regression", regression()), ("nasty", nasty()), ("classes", classes()), ("linear", linear_alone())]
    {
        let html = sample.html();
        assert!(!html.contains("<script>"));
        let page = folder.path().join(format!("{name}.html"));
        fs::write(&page, html.replace("</body>", PROBE)).unwrap();
        // A headless window is at least 500 wide; a frame is as narrow as one likes.
        let frame = folder.path().join(format!("{name}-frame.html"));
        for width in [390, 1280] {
            let inner = html.replace("</body>", &PROBE.replace("document.title =", "parent.document.title ="));
            let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
            let outer = format!(
                "<!DOCTYPE html><title></title><iframe style=\"border:0;width:{width}px;height:9000px\" srcdoc=\"{inner}\"></iframe>"
            );
            fs::write(&frame, outer).unwrap();
            let arguments = [
                "--window-size=1400,1000".into(),
                "--virtual-time-budget=3000".into(),
                "--dump-dom".into(),
                frame.clone().into(),
            ];
            let dom = run(&browser, &folder.path().join("profile"), &arguments);
            let title = dom.split("<title>").nth(1).and_then(|t| t.split("</title>").next()).unwrap_or("no title");
            assert_eq!(title, format!("seen {width}: ."), "{name}");
        }
    }
}

#[test]
fn pictures_for_the_eye() {
    let (Some(browser), Some(folder)) = (browser(), std::env::var_os(PICTURES).map(PathBuf::from)) else {
        skipped(&format!("no pictures of reports, no Chromium on this machine, or {PICTURES} does not name a folder"));
        return;
    };
    fs::create_dir_all(&folder).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let samples =
        [("regression", regression()), ("nasty", nasty()), ("classes", classes()), ("linear", linear_alone())];
    for (name, sample) in samples {
        let page = folder.join(format!("{name}.html"));
        fs::write(&page, sample.html()).unwrap();
        let phone = folder.join(format!("{name}-phone.html"));
        let frame = format!(
            "<body style=\"margin:0\"><iframe style=\"border:0;width:390px;height:14000px\" src=\"{name}.html\">"
        );
        fs::write(&phone, frame).unwrap();
        let shots: [(&str, &Path, &str, &[&str]); 3] = [
            ("light", &page, "1200,8000", &[]),
            ("dark", &page, "1200,8000", &["--blink-settings=preferredColorScheme=0"]),
            ("phone", &phone, "500,14000", &[]),
        ];
        for (shot, file, size, more) in shots {
            let mut arguments =
                vec![option("window-size", size), option("screenshot", folder.join(format!("{name}-{shot}.png")))];
            arguments.extend(more.iter().map(OsString::from));
            arguments.push(file.into());
            run(&browser, profile.path(), &arguments);
        }
        let paper = vec![
            option("print-to-pdf", folder.join(format!("{name}.pdf"))),
            "--no-pdf-header-footer".into(),
            page.into(),
        ];
        run(&browser, profile.path(), &paper);
    }
}
