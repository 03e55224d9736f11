//! Changes of x2many fields.

use serde::ser::{Serialize, SerializeTuple as _, Serializer};

use crate::no_args::NoArgs;

/// One change of a one2many or many2many field, as `create` and `write` take it in a list.
///
/// ```
/// use punchclock_odoo::Command;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Employee<'a> {
///     name: &'a str,
///     category_ids: Vec<Command>,
/// }
///
/// let new = Employee { name: "Ada", category_ids: vec![Command::Link(3), Command::Set(vec![5, 8])] };
/// assert_eq!(serde_json::to_string(&new)?, r#"{"name":"Ada","category_ids":[[4,3,0],[6,0,[5,8]]]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "Odoo has had these seven since before version 14"
)]
pub enum Command<V = NoArgs> {
    /// Creates a record with these values and links it.
    Create(V),
    /// Writes values to a record that is linked.
    Update(i64, V),
    /// Takes a record out and deletes it.
    Delete(i64),
    /// Takes a record out without deleting it (unless it cannot be without its owner).
    Unlink(i64),
    /// Links a record that exists.
    Link(i64),
    /// Takes all out, like [`Unlink`](Self::Unlink) for each.
    Clear,
    /// Links exactly these records.
    Set(Vec<i64>),
}

impl<V: Serialize> Serialize for Command<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, id) = match self {
            Self::Create(_) => (0, 0),
            Self::Update(id, _) => (1, *id),
            Self::Delete(id) => (2, *id),
            Self::Unlink(id) => (3, *id),
            Self::Link(id) => (4, *id),
            Self::Clear => (5, 0),
            Self::Set(_) => (6, 0),
        };
        let mut command = serializer.serialize_tuple(3)?;
        command.serialize_element(&code)?;
        command.serialize_element(&id)?;
        match self {
            Self::Create(values) | Self::Update(_, values) => command.serialize_element(values)?,
            Self::Set(ids) => command.serialize_element(ids)?,
            _ => command.serialize_element(&0)?,
        }
        command.end()
    }
}
