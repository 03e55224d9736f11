//! What a second was, and what it is paid as.

use std::sync::Arc;

/// What a second between the first in and the last out was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Label {
    /// Worked.
    #[cfg_attr(feature = "serde", serde(rename = "work"))]
    Work,
    /// In a paid break; it counts as worked.
    #[cfg_attr(feature = "serde", serde(rename = "break:paid"))]
    BreakPaid,
    /// On the clock during an unpaid break of the shift.
    #[cfg_attr(feature = "serde", serde(rename = "break:unpaid_window"))]
    BreakUnpaidWindow,
    /// Punched out, and in again later.
    #[cfg_attr(feature = "serde", serde(rename = "break:punched"))]
    BreakPunched,
    /// On the clock, and taken off by the policy as a break.
    #[cfg_attr(feature = "serde", serde(rename = "break:auto_deduct"))]
    BreakAutoDeduct,
    /// On the clock before the shift; not counted.
    #[cfg_attr(feature = "serde", serde(rename = "ignored:before_shift"))]
    IgnoredBeforeShift,
    /// On the clock after the shift; not counted.
    #[cfg_attr(feature = "serde", serde(rename = "ignored:after_shift"))]
    IgnoredAfterShift,
    /// Between two punches too far apart to be one session; not counted.
    #[cfg_attr(feature = "serde", serde(rename = "ignored:over_max_shift"))]
    IgnoredOverMaxShift,
    /// Off the clock between two sessions, outside the hours of the shift: neither work nor a break.
    #[cfg_attr(feature = "serde", serde(rename = "off_clock"))]
    OffClock,
}

impl Label {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::BreakPaid => "break:paid",
            Self::BreakUnpaidWindow => "break:unpaid_window",
            Self::BreakPunched => "break:punched",
            Self::BreakAutoDeduct => "break:auto_deduct",
            Self::IgnoredBeforeShift => "ignored:before_shift",
            Self::IgnoredAfterShift => "ignored:after_shift",
            Self::IgnoredOverMaxShift => "ignored:over_max_shift",
            Self::OffClock => "off_clock",
        }
    }

    /// Whether its seconds are part of worked time.
    #[must_use]
    pub const fn is_worked(self) -> bool {
        matches!(self, Self::Work | Self::BreakPaid)
    }

    /// Whether its seconds are break time that is not worked.
    #[must_use]
    pub const fn is_unpaid_break(self) -> bool {
        matches!(
            self,
            Self::BreakUnpaidWindow | Self::BreakPunched | Self::BreakAutoDeduct
        )
    }

    /// Whether its seconds were on the clock, or between two punches, and the policy leaves them out.
    #[must_use]
    pub const fn is_ignored(self) -> bool {
        matches!(
            self,
            Self::IgnoredBeforeShift | Self::IgnoredAfterShift | Self::IgnoredOverMaxShift
        )
    }
}

/// What a worked second is paid as; in JSON `"regular"` or the name of the tier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Tier {
    /// Below every threshold.
    Regular,
    /// Past the threshold of the tier of this name.
    Over(Arc<str>),
}

impl Tier {
    /// The name, as it is written in JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Regular => "regular",
            Self::Over(name) => name,
        }
    }

    /// Whether it is overtime.
    #[must_use]
    pub const fn is_overtime(&self) -> bool {
        matches!(self, Self::Over(_))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Tier {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Tier {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Tier".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "\"regular\", or the name of a tier of the policy"})
    }
}
