//! What is true of every report.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::sample::{Sample, classes, linear_alone, nasty, not_finite, regression};

/// A start tag.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Start tags in order, after a strict parser has found every tag closed and every entity known.
fn tags(html: &str) -> Vec<Tag> {
    let mut reader = Reader::from_str(html);
    reader.config_mut().check_end_names = true;
    let mut tags = Vec::new();
    let mut depth = 0usize;
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e} at {}", reader.error_position())) {
            Event::Eof => break,
            event @ (Event::Start(_) | Event::Empty(_)) => {
                let is_open = matches!(event, Event::Start(_));
                let (Event::Start(tag) | Event::Empty(tag)) = event else { unreachable!() };
                depth += usize::from(is_open);
                let attributes = tag.attributes().map(|a| a.unwrap());
                let attributes = attributes.map(|a| (a.key.as_ref().to_owned(), a.value.into_owned())).collect();
                tags.push(Tag { name: tag.name().as_ref().to_owned(), attributes });
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    tags
}

fn samples() -> Vec<(&'static str, String)> {
    let samples: [(&str, &Sample); 5] = [
        ("regression", regression()),
        ("classes", classes()),
        ("linear", linear_alone()),
        ("nasty", nasty()),
        ("not finite", &not_finite()),
    ];
    samples.into_iter().map(|(name, sample)| (name, sample.html())).collect()
}

#[test]
fn every_page_is_well_formed_and_asks_nobody() {
    for (name, html) in samples() {
        for tag in tags(&html) {
            assert_ne!(tag.name, "script", "{name}");
            for (key, value) in &tag.attributes {
                let is_inside = match key.as_str() {
                    "href" => value.starts_with('#'),
                    "src" | "srcset" | "action" | "data" | "poster" => false,
                    "xmlns" => true,
                    key => !value.contains("http:") && !value.contains("https:") && !key.starts_with("on"),
                };
                assert!(is_inside, "{name}: {} {key}={value}", tag.name);
            }
        }
        let style = html.split("<style>").nth(1).and_then(|s| s.split("</style>").next()).unwrap();
        assert!(!style.contains("url(") && !style.contains("@import"), "{name}");
    }
}

#[test]
fn anchors_lead_somewhere() {
    for (name, html) in samples() {
        let tags = tags(&html);
        let mut ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        for target in tags.iter().filter_map(|tag| tag.get("href")) {
            assert!(ids.contains(&&target[1..]), "{name}: {target}");
        }
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{name}: {ids:?}");
    }
}

#[test]
fn every_chart_says_what_it_shows() {
    for (name, html) in samples() {
        let charts: Vec<&str> = html.split("<svg ").skip(1).map(|s| s.split("</svg>").next().unwrap()).collect();
        for chart in &charts {
            let head: String = chart.chars().take(300).collect();
            assert!(head.contains("role=\"img\""), "{name}: {head}");
            let (_, after) = chart.split_once("<title>").unwrap_or_else(|| panic!("{name}: {head}"));
            assert!(!after.starts_with("</title>") && chart.contains("<desc>"), "{name}: {head}");
            assert!(!chart.contains("#0000"), "{name}: a colour without a class: {head}");
            let marks = chart.split("</desc>").nth(1).unwrap();
            for word in ["NaN", "inf", "-2147483648", "2147483647"] {
                assert!(!marks.contains(word), "{name}: {word} in {head}");
            }
        }
        assert!(charts.len() >= if name == "linear" { 5 } else { 15 }, "{name}: {} charts", charts.len());
    }
}

#[test]
fn headings_go_down_one_level_at_a_time() {
    for (name, html) in samples() {
        let levels = tags(&html).into_iter().filter_map(|tag| {
            let digit = tag.name.strip_prefix('h')?.parse::<u32>().ok()?;
            Some(digit)
        });
        let levels: Vec<u32> = levels.collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}");
        assert_eq!(levels[0], 1, "{name}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    }
}

#[test]
fn tables_name_their_rows_and_columns() {
    for (name, html) in samples() {
        for tag in tags(&html).iter().filter(|tag| tag.name == "th") {
            assert!(matches!(tag.get("scope"), Some("row" | "col")), "{name}");
        }
        assert_eq!(html.matches("<table").count(), html.matches("<caption>").count(), "{name}");
    }
}

#[test]
fn names_are_text() {
    let html = nasty().html();
    assert!(!html.contains("<script>alert") && !html.contains("<b>y</b>") && !html.contains('\u{1}'));
    assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assert!(html.contains("&quot;quotes&quot; &amp; &#39;more&#39; \u{fffd}🌊"));
}

#[test]
fn nothing_is_escaped_twice() {
    let pages = samples();
    for (name, html) in &pages {
        assert!(!["&amp;lt;", "&amp;gt;", "&amp;amp;", "&amp;#39;"].iter().any(|twice| html.contains(twice)), "{name}");
    }
    assert!(pages.iter().any(|(_, html)| html.contains("&lt; 1%") || html.contains("&gt; 99%")), "a sign to escape");
}

#[test]
fn all_warnings_are_there_once() {
    let sample = nasty();
    let html = sample.html();
    let escape = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('"', "&quot;").replace('\'', "&#39;").replace('\u{1}', "\u{fffd}")
    };
    let evaluation = sample.evaluation.as_ref().unwrap();
    let summary = &sample.file.summary;
    let typed = evaluation.warnings.iter().chain(&summary.warnings).map(ToString::to_string);
    let all = typed.chain(sample.file.model.explanation.notes.iter().cloned());
    let mut seen = 0;
    for warning in all {
        assert_eq!(html.matches(&format!("<li>{}</li>", escape(&warning))).count(), 1, "{warning}");
        seen += 1;
    }
    assert!(seen >= 2);
}

#[test]
fn the_verdict_comes_first_and_numbers_agree_with_the_record() {
    let html = regression().html();
    let (head, rest) = html.split_once("</header>").unwrap();
    assert!(head.contains("Linear plus hidden units"));
    for text in ["61%", "12%", "31%", "98%", "p\u{a0}=\u{a0}0.002", "worth keeping", "largest for"] {
        assert!(head.contains(text), "{text}");
    }
    for text in ["8.630", "10.40", "19% to 43%", "Teräsvirta", "CV+", "92.1%", "concrete.csv", "9f86d081"] {
        assert!(rest.contains(text), "{text}");
    }
    assert!(rest.contains("−812.4") && rest.contains("2e−1, not converged"));
    for id in [
        "comparison",
        "curvature",
        "effects",
        "coefficients",
        "formulas",
        "diagnostics",
        "intervals",
        "restarts",
        "data",
    ] {
        assert!(html.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let html = linear_alone().html();
    for id in ["curvature", "effects", "diagnostics", "intervals", "restarts"] {
        assert!(!html.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    assert!(html.contains("The fitted model is linear") && html.contains("was not evaluated"));
    assert!(html.contains("<section id=\"path\""));
    let mut sample = Sample {
        file: regression().file.clone(),
        evaluation: regression().evaluation.clone(),
        effects: regression().effects.clone(),
        columns: Vec::new(),
    };
    sample.evaluation.as_mut().unwrap().rows.clear();
    assert!(!sample.html().contains("<section id=\"diagnostics\""));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(regression().html(), regression().html());
}
