//! Overtime: counters, tiers, thresholds, approval.

use std::sync::Arc;

use chrono::{NaiveDate, Weekday};

use crate::day_kind::DayKind;
use crate::time_of_day::TimeOfDay;

/// Where a tier begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Over {
    /// After the norms of all shifts of the date; a date without a shift, or one that is no workday, has the norm 0, so all its work is over it.
    #[default]
    Norm,
    /// After this many seconds of the tier's counter.
    Seconds(i64),
}

/// What a tier counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Scope {
    /// The worked seconds of the date.
    #[default]
    Day,
    /// The seconds of the workweek (168 hours, 29 CFR 778.105), as [`Counts`] says.
    Week,
    /// The seconds of a work period of some days, counted from a date; such as 28 days under 29 USC 207(k).
    Cycle {
        /// Length in days, 2 to 371.
        days: u32,
        /// First day of one period; the others follow.
        anchor: NaiveDate,
    },
    /// The worked seconds of the date, on the n-th worked date in a row within the workweek.
    ConsecutiveDay {
        /// Which one; California's is 7.
        day: u32,
    },
    /// The worked seconds of the date, on dates of a kind.
    DayKind {
        /// The kind.
        kind: DayKind,
    },
}

/// Which seconds fill the counter of a week or a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Counts {
    /// Only those that are not overtime already: no pyramiding.
    #[default]
    StraightOnly,
    /// All.
    All,
    /// All on dates that have one of these kinds.
    Kinds(Vec<DayKind>),
}

/// One rule: seconds past a threshold are paid at a rate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TierRule {
    /// Name, as it stands in results; unique in the policy and not `regular`.
    pub name: Arc<str>,
    /// What is counted. Default: the date.
    #[cfg_attr(feature = "serde", serde(default))]
    pub scope: Scope,
    /// Where the tier begins. Default: the norm; only a tier of the day scope can have the norm.
    #[cfg_attr(feature = "serde", serde(default))]
    pub over: Over,
    /// Rate of its seconds in basis points of the straight rate: 15000 is time and a half.
    #[cfg_attr(feature = "serde", serde(default = "time_and_a_half"))]
    pub rate_bp: u32,
    /// Among tiers of one rate the lowest rank names the second; among those the one listed first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rank: u32,
}

#[cfg(feature = "serde")]
const fn time_and_a_half() -> u32 {
    15_000
}

impl TierRule {
    /// A tier over a threshold of the date at 15000 basis points.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, scope: Scope, over: Over) -> Self {
        Self {
            name: name.into(),
            scope,
            over,
            rate_bp: 15_000,
            rank: 0,
        }
    }

    /// Sets the rate.
    #[must_use]
    pub const fn at_bp(mut self, rate_bp: u32) -> Self {
        self.rate_bp = rate_bp;
        self
    }
}

/// What a second is paid that several tiers claim. It always bears the name of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Conflict {
    /// The highest rate.
    #[default]
    Highest,
    /// One plus the sum of what each pays extra: 150 % and 120 % make 170 %. (Odoo "sum".)
    Stack,
    /// The highest rate, and every counter counts all seconds whatever [`Overtime::counts`] says: overlaps count once. (Odoo "max".)
    Union,
}

/// How the overtime of a date is held against the tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Threshold {
    /// Only what lies above the tolerance.
    #[default]
    Excess,
    /// All of it once it is more than the tolerance, else nothing. (Odoo 19.)
    Strict,
    /// All of it once it is as much as the tolerance, else nothing.
    AtLeast,
}

/// What overtime needs to be payable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Approval {
    /// Nothing: all of it counts as approved.
    #[default]
    None,
    /// The date must be approved.
    Day,
    /// The very time must be approved: overtime worked inside approved intervals.
    Interval,
}

/// What the norm of a night is on which clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Norm {
    /// The time that passes between the two readings of the wall clock: nine hours when 22:00 to 06:00 lasts nine.
    #[default]
    Civil,
    /// The difference of the two readings, whatever clocks did: always eight hours.
    Absolute,
}

/// Where a shift that crosses the end of the workweek is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum WeekCut {
    /// It is cut at the second the week ends, in the default zone.
    #[default]
    Exact,
    /// All of it counts in the week of its date.
    WithShift,
}

/// All overtime rules. The default is one tier, `overtime_daily`, over the norm of the date.
///
/// In JSON, `{"daily": {"over": "norm"}}` and `{"daily": {"over": 28800}}` are short for that one tier, `{"daily": null}` for no tier at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "wire::OvertimeWire", into = "wire::OvertimeWire")
)]
#[non_exhaustive]
pub struct Overtime {
    /// The tiers; the order of the list decides where rate and rank tie. At most 32.
    pub tiers: Vec<TierRule>,
    /// Which seconds fill week and cycle counters. Default: only straight ones.
    pub counts: Counts,
    /// What a second is paid that several tiers claim. Default: the highest rate.
    pub conflict: Conflict,
    /// Weekday on which the workweek begins. Default Monday.
    pub week_starts: Weekday,
    /// Wall-clock time at which it begins, in the default zone. Default 00:00.
    pub week_starts_at: TimeOfDay,
    /// Where a shift over the end of the week is counted. Default: cut exactly.
    pub week_cut: WeekCut,
    /// How the overtime of a date is held against `tolerance_s`. Default [`Threshold::Excess`].
    pub threshold: Threshold,
    /// Tolerance of the date's overtime, in seconds; what it swallows is regular. Default 0.
    pub tolerance_s: i64,
    /// Tolerance of missing work, in seconds, for `under_norm` and undertime: strict, all or nothing. Default 0.
    pub undertime_tolerance_s: i64,
    /// Approved overtime of a date below this is not payable. Default 0.
    pub min_s: i64,
    /// Overtime of a date is cut down to whole multiples of this; the rest is regular. Default 0: not at all.
    pub quantum_s: i64,
    /// Overtime of a date beyond this is regular. `None`: no limit.
    pub max_day_s: Option<i64>,
    /// Overtime of a workweek beyond this is regular. `None`: no limit.
    pub max_week_s: Option<i64>,
    /// What overtime needs to be payable. Default: nothing.
    pub approval: Approval,
    /// What the norm is when clocks change. Default [`Norm::Civil`].
    pub norm: Norm,
}

/// Name of the tier that the short form and the default make.
pub(crate) const DAILY: &str = "overtime_daily";

impl Default for Overtime {
    fn default() -> Self {
        Self::daily(Over::Norm)
    }
}

impl Overtime {
    /// No overtime at all.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            tiers: Vec::new(),
            counts: Counts::StraightOnly,
            conflict: Conflict::Highest,
            week_starts: Weekday::Mon,
            week_starts_at: TimeOfDay::START,
            week_cut: WeekCut::Exact,
            threshold: Threshold::Excess,
            tolerance_s: 0,
            undertime_tolerance_s: 0,
            min_s: 0,
            quantum_s: 0,
            max_day_s: None,
            max_week_s: None,
            approval: Approval::None,
            norm: Norm::Civil,
        }
    }

    /// Daily overtime over a threshold: one tier, `overtime_daily`.
    #[must_use]
    pub fn daily(over: Over) -> Self {
        Self::tiers([TierRule::new(DAILY, Scope::Day, over)])
    }

    /// These tiers, everything else as by default.
    #[must_use]
    pub fn tiers(tiers: impl IntoIterator<Item = TierRule>) -> Self {
        Self {
            tiers: tiers.into_iter().collect(),
            ..Self::none()
        }
    }
}

#[cfg(feature = "serde")]
mod wire {
    //! The JSON of overtime rules, with its short form.

    use chrono::Weekday;
    use serde::{Deserialize, Deserializer, Serialize};

    use super::{Approval, Conflict, Counts, Norm, Over, Overtime, Threshold, TierRule, WeekCut};
    use crate::time_of_day::TimeOfDay;

    /// All overtime rules.
    #[derive(Serialize, Deserialize, Default)]
    #[serde(default, deny_unknown_fields)]
    #[cfg_attr(
        feature = "schema",
        derive(schemars::JsonSchema),
        schemars(rename = "Overtime")
    )]
    pub(super) struct OvertimeWire {
        /// Short for one tier `overtime_daily` of the day scope; `null`: no such tier. Left out: over the norm, unless `tiers` is given.
        #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
        daily: Option<Option<Daily>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tiers: Option<Vec<TierRule>>,
        counts: Counts,
        conflict: Conflict,
        week_starts: Start,
        week_starts_at: TimeOfDay,
        week_cut: WeekCut,
        threshold: Threshold,
        tolerance_s: i64,
        undertime_tolerance_s: i64,
        min_s: i64,
        quantum_s: i64,
        max_day_s: Option<i64>,
        max_week_s: Option<i64>,
        approval: Approval,
        norm: Norm,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    struct Daily {
        over: Over,
    }

    /// A weekday by its English name.
    #[derive(Serialize, Deserialize, Clone, Copy, Default)]
    #[serde(rename_all = "snake_case")]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    enum Start {
        #[default]
        Monday,
        Tuesday,
        Wednesday,
        Thursday,
        Friday,
        Saturday,
        Sunday,
    }

    /// Tells `null` apart from a field that was left out.
    fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Daily>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }

    impl From<OvertimeWire> for Overtime {
        fn from(wire: OvertimeWire) -> Self {
            let daily = match (&wire.daily, &wire.tiers) {
                (None, None) => Some(Over::Norm),
                (Some(Some(daily)), _) => Some(daily.over),
                _ => None,
            };
            let mut tiers = Self::daily(daily.unwrap_or_default()).tiers;
            tiers.truncate(usize::from(daily.is_some()));
            tiers.extend(wire.tiers.into_iter().flatten());
            Self {
                tiers,
                counts: wire.counts,
                conflict: wire.conflict,
                week_starts: match wire.week_starts {
                    Start::Monday => Weekday::Mon,
                    Start::Tuesday => Weekday::Tue,
                    Start::Wednesday => Weekday::Wed,
                    Start::Thursday => Weekday::Thu,
                    Start::Friday => Weekday::Fri,
                    Start::Saturday => Weekday::Sat,
                    Start::Sunday => Weekday::Sun,
                },
                week_starts_at: wire.week_starts_at,
                week_cut: wire.week_cut,
                threshold: wire.threshold,
                tolerance_s: wire.tolerance_s,
                undertime_tolerance_s: wire.undertime_tolerance_s,
                min_s: wire.min_s,
                quantum_s: wire.quantum_s,
                max_day_s: wire.max_day_s,
                max_week_s: wire.max_week_s,
                approval: wire.approval,
                norm: wire.norm,
            }
        }
    }

    impl From<Overtime> for OvertimeWire {
        fn from(rules: Overtime) -> Self {
            Self {
                daily: None,
                tiers: Some(rules.tiers),
                counts: rules.counts,
                conflict: rules.conflict,
                week_starts: match rules.week_starts {
                    Weekday::Mon => Start::Monday,
                    Weekday::Tue => Start::Tuesday,
                    Weekday::Wed => Start::Wednesday,
                    Weekday::Thu => Start::Thursday,
                    Weekday::Fri => Start::Friday,
                    Weekday::Sat => Start::Saturday,
                    Weekday::Sun => Start::Sunday,
                },
                week_starts_at: rules.week_starts_at,
                week_cut: rules.week_cut,
                threshold: rules.threshold,
                tolerance_s: rules.tolerance_s,
                undertime_tolerance_s: rules.undertime_tolerance_s,
                min_s: rules.min_s,
                quantum_s: rules.quantum_s,
                max_day_s: rules.max_day_s,
                max_week_s: rules.max_week_s,
                approval: rules.approval,
                norm: rules.norm,
            }
        }
    }

    #[cfg(feature = "schema")]
    impl schemars::JsonSchema for Overtime {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Overtime".into()
        }

        fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
            OvertimeWire::json_schema(generator)
        }
    }
}
