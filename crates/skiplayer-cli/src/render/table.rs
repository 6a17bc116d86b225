//! Aligned columns.

/// Rows of cells under a header: the first column to the left, the others to the right, two spaces between.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |c: usize| {
        let cells = rows.iter().map(|row| row[c].chars().count());
        cells.chain([header[c].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let mut text = String::from(" ");
        for (c, cell) in cells.iter().enumerate() {
            let fill = " ".repeat(widths[c].saturating_sub(cell.chars().count()));
            text += &if c == 0 { format!(" {cell}{fill}") } else { format!("  {fill}{cell}") };
        }
        text.trim_end().to_owned() + "\n"
    };
    let mut text = line(header.to_vec());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text
}
