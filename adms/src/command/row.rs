//! A row of any table of a terminal: the tables that only some models have (SMS, AccGroup, AccTimeZone, AccHoliday, FACE,
//! BIODATA, BIOPHOTO, userauthorize, timezone and others, §1.6 of the protocol notes) are written and deleted by it.

use std::fmt::{self, Write as _};

use super::values::{Base64, Field, TableName};
use crate::error::CommandError;

/// Columns of a row.
const MAX_COLUMNS: usize = 64;

/// Columns with their values, in the order they are sent. The columns that name the row come with it: a deletion without
/// any would empty the table, so that there is no row without columns.
///
/// ```
/// use punchclock_adms::command::{Action, Command, Row};
/// use punchclock_adms::{Charset, Dialect};
/// let row = Row::new("UID", "1".parse()?)?.with("TimeZone", "3".parse()?)?;
/// let action = Action::UpdateRow { table: "AccGroup".parse()?, row };
/// let line = Command::new(7, action).encode(Dialect::Att, Charset::Utf8)?;
/// assert_eq!(line.as_bytes(), b"C:7:DATA UPDATE AccGroup UID=1\tTimeZone=3\n");
/// # Ok::<(), punchclock_adms::CommandError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Row {
    first: (TableName, Cell),
    more: Vec<(TableName, Cell)>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Cell {
    Text(Field),
    Blob(Base64),
}

impl Row {
    /// A row of one column.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for the name of a column that is empty, long, or more than ASCII letters, digits and `_`.
    pub fn new(column: &str, value: Field) -> Result<Self, CommandError> {
        Ok(Self {
            first: (TableName::new(column)?, Cell::Text(value)),
            more: Vec::new(),
        })
    }

    /// The same with one column more.
    ///
    /// # Errors
    ///
    /// As [`Row::new`], and [`CommandError::TooLong`] past 64 columns.
    pub fn with(self, column: &str, value: Field) -> Result<Self, CommandError> {
        self.with_cell(column, Cell::Text(value))
    }

    /// The same with a template or picture more.
    ///
    /// # Errors
    ///
    /// As [`Row::with`].
    pub fn with_blob(self, column: &str, value: Base64) -> Result<Self, CommandError> {
        self.with_cell(column, Cell::Blob(value))
    }

    fn with_cell(mut self, column: &str, cell: Cell) -> Result<Self, CommandError> {
        let length = self.more.len() + 2;
        if length > MAX_COLUMNS {
            return Err(CommandError::TooLong {
                length,
                limit: MAX_COLUMNS,
            });
        }
        self.more.push((TableName::new(column)?, cell));
        Ok(self)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (column, cell)) in std::iter::once(&self.first).chain(&self.more).enumerate() {
            if number > 0 {
                f.write_char('\t')?;
            }
            match cell {
                Cell::Text(value) => write!(f, "{column}={value}")?,
                Cell::Blob(value) => write!(f, "{column}={value}")?,
            }
        }
        Ok(())
    }
}
