//! A run of seconds that are alike.

use crate::label::{Label, Tier};
use crate::punch::PunchId;
use crate::rule::Rule;

/// Which premium windows hold a segment: a set of positions in [`DayResult::overlays`](crate::DayResult::overlays). In JSON a list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OverlaySet(u16);

impl OverlaySet {
    /// Whether the overlay at a position is in the set.
    #[must_use]
    pub const fn contains(self, position: usize) -> bool {
        position < 16 && self.0 & (1 << position) != 0
    }

    /// Whether no overlay is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The positions, ascending.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        (0..16).filter(move |&position| self.contains(position))
    }

    pub(crate) const fn insert(&mut self, position: usize) {
        if position < 16 {
            self.0 |= 1 << position;
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for OverlaySet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.positions())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for OverlaySet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OverlaySet".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "array", "items": {"type": "integer"}, "description": "positions in the day's overlays"})
    }
}

/// A run of seconds `[from, to)` with one label, one tier and one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Segment {
    /// First second, unix time.
    pub from: i64,
    /// First second after the segment, unix time.
    pub to: i64,
    /// What the seconds were.
    pub label: Label,
    /// What they are paid as; `None` when they are not worked.
    pub tier: Option<Tier>,
    /// Rate of the tier in basis points, before day kinds and premiums; 0 when they are not worked.
    pub rate_bp: u32,
    /// Whether overtime is approved; `None` when it is no overtime.
    pub approved: Option<bool>,
    /// The premium windows they lie in.
    pub overlays: OverlaySet,
    /// They lie before an out that was assumed.
    pub assumed: bool,
    /// The rule that gave the label.
    pub rule: Rule,
    /// The two punches between which the segment lies; one, twice, when the out was assumed.
    pub punch_ids: [PunchId; 2],
}

impl Segment {
    /// Length in seconds.
    #[must_use]
    pub const fn seconds(&self) -> i64 {
        self.to - self.from
    }
}

/// Cuts the segments at the instants given, where these lie inside one.
pub(crate) fn cut_at(segments: &mut Vec<Segment>, edges: impl IntoIterator<Item = i64>) {
    for edge in edges {
        let after = segments.partition_point(|s| s.from < edge);
        let Some(segment) = after.checked_sub(1).and_then(|i| segments.get_mut(i)) else {
            continue;
        };
        if edge < segment.to {
            let rest = Segment {
                from: edge,
                ..segment.clone()
            };
            segment.to = edge;
            segments.insert(after, rest);
        }
    }
}
