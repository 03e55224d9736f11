//! How punches become sessions.

/// How the punches of one group become sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Pairing {
    /// First in, second out, third in, and so on.
    #[default]
    Alternate,
    /// Every in with the out that follows it, as claimed.
    Typed,
    /// The first punch with the last; what lies between makes no difference.
    FirstLast,
    /// The first in with the last out, as claimed.
    TypedFirstLast,
}

/// What the claim of a terminal (in, out) is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Trust {
    /// Nothing: order alone decides.
    Ignore,
    /// Order decides; a claim that says otherwise is raised.
    Hint,
    /// The claim decides: the first in wins over repeated ones, an out without an in is an orphan. A punch without a claim takes its turn.
    Strict,
}

impl Pairing {
    /// The trust that goes with the mode when a policy names none: `Strict` for the typed modes, `Ignore` for the others.
    #[must_use]
    pub const fn default_trust(self) -> Trust {
        match self {
            Self::Alternate | Self::FirstLast => Trust::Ignore,
            Self::Typed | Self::TypedFirstLast => Trust::Strict,
        }
    }
}

/// What becomes of an in that was never followed by an out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum OddEnd {
    /// It earns nothing and is shown.
    #[default]
    Unknown,
    /// The out is assumed at the scheduled end; without a shift, or in after it, it stays unknown.
    ShiftEnd,
    /// The out is assumed when the norm of the day plus a tolerance is worked, unpaid breaks not counted. (Odoo 19: automatic check-out.)
    ByNorm {
        /// Seconds past the norm.
        tolerance_s: i64,
    },
    /// The out is assumed so many seconds after the in.
    Fixed {
        /// Seconds after the in.
        after_s: i64,
    },
}
