//! What the documents say is true: commands print what stands below them, links lead somewhere, files that are named exist, and pages
//! that are meant to be short are.

mod console;
mod fields;
mod links;
mod pages;

use std::fs;

use pages::{pages, workspace};

#[test]
#[cfg(unix)]
fn commands_print_what_the_documents_show() {
    let found: Vec<_> = pages().into_iter().filter(|page| page.text.contains(console::FENCE)).collect();
    assert!(found.iter().any(|page| page.name == "docs/getting-started.md"), "pages with commands are found");
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = found.iter().map(|page| scope.spawn(|| console::differences(page))).collect();
        runs.into_iter().flat_map(|run| run.join().expect("a page is read without a panic")).collect()
    });
    assert!(
        wrong.is_empty(),
        "{}\n\n`{}=1 cargo test -p skiplayer-cli --test documents` writes outputs into the pages where it can",
        wrong.join("\n\n"),
        console::UPDATE
    );
}

#[test]
fn every_field_of_the_json_is_on_its_page() {
    let unknown = fields::unknown();
    assert!(unknown.is_empty(), "docs/reference/json.md does not name {unknown:?}");
}

#[test]
fn every_record_says_where_it_comes_from() {
    let missing = fields::records_without_provenance();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn links_lead_to_a_file_and_a_heading() {
    let broken: Vec<String> = pages().iter().flat_map(links::broken).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn rust_files_that_are_named_exist() {
    let missing: Vec<String> = pages().iter().flat_map(links::missing_rust_files).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let lost = links::out_of_reach(&pages(), "README.md", "docs/");
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}

#[test]
fn the_readme_and_the_map_are_short() {
    for (name, most) in [("README.md", 90), ("ARCHITECTURE.md", 130)] {
        let lines = fs::read_to_string(workspace().join(name)).expect(name).lines().count();
        assert!(lines <= most, "{name} has {lines} lines, {most} are the limit: move details into docs/");
    }
}
