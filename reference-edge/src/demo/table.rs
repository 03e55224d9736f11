//! Plain text tables: columns as wide as their widest cell, numbers to the right.

use std::fmt;

/// A table of texts under a heading.
#[derive(Debug, Clone)]
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    left: usize,
}

impl Table {
    /// A table whose first `left` columns are text; the others are aligned to the right.
    #[must_use]
    pub(super) fn new(head: &[&str], left: usize) -> Self {
        Self {
            head: head.iter().map(|&cell| cell.to_owned()).collect(),
            rows: Vec::new(),
            left,
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn widths(&self) -> Vec<usize> {
        (0..self.head.len())
            .map(|column| {
                std::iter::once(&self.head)
                    .chain(&self.rows)
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or_default()
            })
            .collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let line = |f: &mut fmt::Formatter<'_>, row: &[String]| {
            let mut text = String::new();
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                if column < self.left {
                    text.push_str(&format!("  {cell:<width$}"));
                } else {
                    text.push_str(&format!("  {cell:>width$}"));
                }
            }
            writeln!(f, "{}", text.trim_end())
        };
        line(f, &self.head)?;
        let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        line(f, &rule)?;
        self.rows.iter().try_for_each(|row| line(f, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_also_with_accents() {
        let mut table = Table::new(&["name", "n"], 1);
        table.row(vec!["Zoë".to_owned(), "7".to_owned()]);
        table.row(vec!["Bartholomew".to_owned(), "1024".to_owned()]);
        assert_eq!(
            table.to_string(),
            "  name            n\n  ───────────  ────\n  Zoë             7\n  Bartholomew  1024\n"
        );
    }
}
