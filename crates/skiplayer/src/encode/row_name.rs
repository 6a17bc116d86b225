//! What rows are called in messages, where no file says on which line they stand.

/// "row 17".
pub fn row_name(row: usize) -> String {
    format!("row {}", row + 1)
}
