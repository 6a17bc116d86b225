//! What kind of text a file is, by what it begins with.

use super::json_object::Object;

/// Whether a text begins like ARFF.
pub fn is_arff(beginning: &[u8]) -> bool {
    let mut lines = beginning.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"%"));
    first.is_some_and(|line| ["@relation", "@attribute"].iter().any(|word| starts_with(line, word)))
}

/// Whether a text begins with an object on a line of its own.
pub fn is_json_lines(beginning: &[u8]) -> bool {
    let start = beginning.trim_ascii_start();
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    // The first line may be longer than what is known of the file.
    start.starts_with(b"{\"") && (line.len() == start.len() || serde_json::from_slice::<Object>(line).is_ok())
}

/// Whether a text begins like a list of objects, or like one object over several lines.
pub fn is_json(beginning: &[u8]) -> bool {
    match beginning.trim_ascii_start() {
        [b'[', rest @ ..] => matches!(rest.trim_ascii_start().first(), Some(b'{' | b'[')),
        [b'{', rest @ ..] => rest.trim_ascii_start().first() == Some(&b'"'),
        _ => false,
    }
}

/// Whether a text begins like a page of HTML, or another file of XML.
pub fn is_markup(beginning: &[u8]) -> bool {
    let start = beginning.trim_ascii_start();
    ["<!doctype", "<html", "<table", "<?xml"].iter().any(|word| starts_with(start, word))
}

/// Whether a text begins with a label and `index:value`.
pub fn is_svmlight(beginning: &[u8]) -> bool {
    let mut lines = beginning.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).unwrap_or_default();
    let first = first.split(|&byte| byte == b'#').next().unwrap_or_default();
    let mut words = first.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_label = |word: &[u8]| str::from_utf8(word).is_ok_and(|word| word.parse::<f64>().is_ok());
    words.next().is_some_and(is_label) && words.next().is_some_and(|word| pair(word).is_some())
}

/// `index:value`, of svmlight.
pub fn pair(word: &[u8]) -> Option<(usize, &str)> {
    let (index, value) = str::from_utf8(word).ok()?.split_once(':')?;
    value.parse::<f64>().ok()?;
    Some((index.parse().ok()?, value))
}

/// Whether a line starts with a keyword, in any case.
pub fn starts_with(line: &[u8], keyword: &str) -> bool {
    line.get(..keyword.len()).is_some_and(|start| start.eq_ignore_ascii_case(keyword.as_bytes()))
}
