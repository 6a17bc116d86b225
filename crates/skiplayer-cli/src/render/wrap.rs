//! Paragraphs.

use console::measure_text_width;

/// Breaks `text` at blanks into lines that end by column `width` and begin behind `indent` blanks; those of the first line
/// are already there. A word that is longer has a line of its own.
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut wrapped = String::new();
    let mut used = indent;
    for (i, word) in text.split_whitespace().enumerate() {
        let length = measure_text_width(word);
        if i > 0 && used + 1 + length > width {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            used = indent;
        } else if i > 0 {
            wrapped.push(' ');
            used += 1;
        }
        wrapped.push_str(word);
        used += length;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_to_the_width() {
        assert_eq!(wrap("one two three four", 9, 2), "one two\n  three\n  four");
        assert_eq!(wrap("a verylongword b", 6, 0), "a\nverylongword\nb");
        assert_eq!(wrap("\x1b[1mbold\x1b[0m b", 6, 0), "\x1b[1mbold\x1b[0m b");
        assert_eq!(wrap("", 6, 0), "");
    }
}
