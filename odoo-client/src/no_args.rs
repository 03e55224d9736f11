//! No arguments.

use serde::Serialize;

/// The arguments of a method that takes none: the empty object `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NoArgs {}

impl NoArgs {
    /// No arguments.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}
