//! Rows of text in aligned columns.

/// A table for people.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    rows: Vec<Vec<String>>,
    /// Columns of numbers: aligned to the right.
    right: Vec<usize>,
}

impl Columns {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A first row of headings, and which columns hold numbers.
    pub(crate) fn headed(headings: &[&str], right: &[usize]) -> Self {
        let rows = vec![headings.iter().map(|&text| text.to_owned()).collect()];
        Self { rows, right: right.to_vec() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Two columns: a name and what it is.
    pub(crate) fn pair(&mut self, name: &str, value: impl ToString) {
        self.row([name.to_owned(), value.to_string()]);
    }

    /// The lines, without spaces at their ends.
    pub(crate) fn text(&self) -> String {
        let widths = self.widths();
        let lines = self.rows.iter().map(|row| self.line(row, &widths));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, &width))| {
            if self.right.contains(&column) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut columns = Columns::headed(&["name", "keys"], &[1]);
        columns.row(["base", "7"]);
        columns.row(["delta_index", "12345"]);
        let lines = ["name          keys", "base             7", "delta_index  12345"];
        assert_eq!(columns.text(), lines.join("\n"));
    }
}
