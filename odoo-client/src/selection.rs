//! Selection fields.

use serde::{Deserialize, Serialize};

/// The value of a selection field: one of those a program knows, or another one that an addon or a newer Odoo added.
///
/// ```
/// use punchclock_odoo::Selection;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// #[serde(rename_all = "snake_case")]
/// enum Mode {
///     Kiosk,
///     Manual,
/// }
///
/// let known: Selection<Mode> = serde_json::from_str("\"kiosk\"")?;
/// assert_eq!(known, Selection::Known(Mode::Kiosk));
/// let newer: Selection<Mode> = serde_json::from_str("\"auto_check_out\"")?;
/// assert_eq!(newer, Selection::Other("auto_check_out".to_owned()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "a value is known or not")]
pub enum Selection<T> {
    /// A value that the type knows.
    Known(T),
    /// Another value, as Odoo writes it.
    Other(String),
}

impl<T> Selection<T> {
    /// The value, if the type knows it.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}
