//! The rules that label seconds, and the stage of the pipeline each belongs to.

/// A stage of the pipeline (rules.md 3.3), in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Stage {
    /// Corrections, local times to instants, order.
    Normalise,
    /// Repeated taps.
    Dedup,
    /// Punches to shifts.
    Group,
    /// Punches to sessions.
    Pair,
    /// An in without an out.
    OddEnd,
    /// Rounding of punches.
    Round,
    /// Outside the shift.
    Cut,
    /// Breaks.
    Breaks,
    /// Counters, tiers, approval.
    Tiers,
    /// Rounding of totals.
    Totals,
    /// Premium windows.
    Overlays,
    /// Late, early, the norm.
    Punctuality,
    /// Credit to the time bank.
    Credit,
}

/// A rule: why a second has its label, or a number its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Rule {
    /// A person voided the punch.
    #[cfg_attr(feature = "serde", serde(rename = "correction.void"))]
    CorrectionVoid,
    /// A person moved the punch.
    #[cfg_attr(feature = "serde", serde(rename = "correction.replace"))]
    CorrectionReplace,
    /// A person added the punch.
    #[cfg_attr(feature = "serde", serde(rename = "correction.add"))]
    CorrectionAdd,
    /// The local time did not exist; read with the offset before the gap.
    #[cfg_attr(feature = "serde", serde(rename = "civil.gap"))]
    CivilGap,
    /// The local time occurred twice; the first was taken.
    #[cfg_attr(feature = "serde", serde(rename = "civil.fold"))]
    CivilFold,
    /// The local time occurred twice; the order of the terminal's log told which.
    #[cfg_attr(feature = "serde", serde(rename = "civil.fold_told"))]
    CivilFoldTold,
    /// Left out: it repeats the other punch.
    #[cfg_attr(feature = "serde", serde(rename = "dedup.window"))]
    DedupWindow,
    /// The punches belong to the shift whose window this is.
    #[cfg_attr(feature = "serde", serde(rename = "group.window"))]
    GroupWindow,
    /// The punches belong to no shift; no pause between them begins a new group.
    #[cfg_attr(feature = "serde", serde(rename = "group.unscheduled"))]
    GroupUnscheduled,
    /// Between two paired punches, within the shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.alternate"))]
    PairAlternate,
    /// Between an in and an out as claimed, within the shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.typed"))]
    PairTyped,
    /// Between the first and the last punch, within the shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.first_last"))]
    PairFirstLast,
    /// Between two paired punches of a group without a shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.unscheduled"))]
    PairUnscheduled,
    /// A punch between the first and the last, which makes no difference.
    #[cfg_attr(feature = "serde", serde(rename = "pair.inner"))]
    PairInner,
    /// The pair is longer than the policy's longest session.
    #[cfg_attr(feature = "serde", serde(rename = "pair.max_shift"))]
    MaxShift,
    /// The out is assumed at the scheduled end.
    #[cfg_attr(feature = "serde", serde(rename = "odd_end.shift_end"))]
    OddEndShiftEnd,
    /// The out is assumed when the norm and its tolerance were worked.
    #[cfg_attr(feature = "serde", serde(rename = "odd_end.by_norm"))]
    OddEndByNorm,
    /// The out is assumed after a fixed time.
    #[cfg_attr(feature = "serde", serde(rename = "odd_end.fixed"))]
    OddEndFixed,
    /// The in was rounded, from its first to its second time.
    #[cfg_attr(feature = "serde", serde(rename = "round.in"))]
    RoundIn,
    /// The out was rounded, from its first to its second time.
    #[cfg_attr(feature = "serde", serde(rename = "round.out"))]
    RoundOut,
    /// Lateness within the forgiving grace: paid from the scheduled start.
    #[cfg_attr(feature = "serde", serde(rename = "forgive.in"))]
    ForgiveIn,
    /// Leaving early within the forgiving grace: paid to the scheduled end.
    #[cfg_attr(feature = "serde", serde(rename = "forgive.out"))]
    ForgiveOut,
    /// What rounding added to the work, or took from it.
    #[cfg_attr(feature = "serde", serde(rename = "round.delta"))]
    RoundDelta,
    /// Between two paired punches, before the shift, and the policy counts it.
    #[cfg_attr(feature = "serde", serde(rename = "count_before.always"))]
    CountBeforeAlways,
    /// Between two paired punches, before the shift, and it was approved.
    #[cfg_attr(feature = "serde", serde(rename = "count_before.approved"))]
    CountBeforeApproved,
    /// Between two paired punches, before the shift, and the policy does not count it.
    #[cfg_attr(feature = "serde", serde(rename = "count_before.never"))]
    CountBeforeNever,
    /// Between two paired punches, after the shift, and the policy counts it.
    #[cfg_attr(feature = "serde", serde(rename = "count_after.always"))]
    CountAfterAlways,
    /// Between two paired punches, after the shift, and it was approved.
    #[cfg_attr(feature = "serde", serde(rename = "count_after.approved"))]
    CountAfterApproved,
    /// Between two paired punches, after the shift, and the policy does not count it.
    #[cfg_attr(feature = "serde", serde(rename = "count_after.never"))]
    CountAfterNever,
    /// Between two sessions, outside the shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.between_sessions"))]
    BetweenSessions,
    /// Inside an unpaid break of the shift.
    #[cfg_attr(feature = "serde", serde(rename = "break.unpaid_window"))]
    BreakUnpaidWindow,
    /// Inside a paid break of the shift.
    #[cfg_attr(feature = "serde", serde(rename = "break.paid_window"))]
    BreakPaidWindow,
    /// Between two sessions.
    #[cfg_attr(feature = "serde", serde(rename = "break.punched"))]
    BreakPunched,
    /// Taken off because it was worked for long enough.
    #[cfg_attr(feature = "serde", serde(rename = "break.auto_deduct"))]
    BreakAutoDeduct,
    /// A punched break, paid because it was worked for long enough.
    #[cfg_attr(feature = "serde", serde(rename = "break.auto_add"))]
    BreakAutoAdd,
    /// A paid break beyond the cap of paid breaks.
    #[cfg_attr(feature = "serde", serde(rename = "break.over_cap"))]
    BreakOverCap,
    /// Below every threshold: regular.
    #[cfg_attr(feature = "serde", serde(rename = "tier.regular"))]
    TierRegular,
    /// Past the threshold of the tier, and no other tier pays more.
    #[cfg_attr(feature = "serde", serde(rename = "tier.over"))]
    TierOver,
    /// Overtime within the tolerance: regular.
    #[cfg_attr(feature = "serde", serde(rename = "overtime.tolerance"))]
    Tolerance,
    /// Overtime that makes no whole block: regular.
    #[cfg_attr(feature = "serde", serde(rename = "overtime.quantum"))]
    Quantum,
    /// Overtime beyond the limit of a date: regular.
    #[cfg_attr(feature = "serde", serde(rename = "overtime.max_day"))]
    MaxDay,
    /// Overtime beyond the limit of a workweek: regular.
    #[cfg_attr(feature = "serde", serde(rename = "overtime.max_week"))]
    MaxWeek,
    /// Overtime that was approved, or needs no approval.
    #[cfg_attr(feature = "serde", serde(rename = "approval.approved"))]
    Approved,
    /// Overtime that was not approved.
    #[cfg_attr(feature = "serde", serde(rename = "approval.unapproved"))]
    Unapproved,
    /// Approved overtime of a date below the minimum: not payable.
    #[cfg_attr(feature = "serde", serde(rename = "approval.minimum"))]
    BelowMinimum,
    /// The total was rounded, from its first to its second value.
    #[cfg_attr(feature = "serde", serde(rename = "round.totals"))]
    RoundTotals,
    /// Worked inside the window of the premium.
    #[cfg_attr(feature = "serde", serde(rename = "overlay.window"))]
    Overlay,
    /// From the scheduled start to the first in.
    #[cfg_attr(feature = "serde", serde(rename = "punctuality.late"))]
    Late,
    /// From the last out to the scheduled end.
    #[cfg_attr(feature = "serde", serde(rename = "punctuality.early_out"))]
    EarlyOut,
    /// What was asked for.
    #[cfg_attr(feature = "serde", serde(rename = "punctuality.norm"))]
    Norm,
    /// Worked up to an assumed out.
    #[cfg_attr(feature = "serde", serde(rename = "odd_end.assumed"))]
    Assumed,
    /// Payable overtime that earns credit of the class.
    #[cfg_attr(feature = "serde", serde(rename = "credit.class"))]
    Credit,
}

impl Rule {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CorrectionVoid => "correction.void",
            Self::CorrectionReplace => "correction.replace",
            Self::CorrectionAdd => "correction.add",
            Self::CivilGap => "civil.gap",
            Self::CivilFold => "civil.fold",
            Self::CivilFoldTold => "civil.fold_told",
            Self::DedupWindow => "dedup.window",
            Self::GroupWindow => "group.window",
            Self::GroupUnscheduled => "group.unscheduled",
            Self::PairAlternate => "pair.alternate",
            Self::PairTyped => "pair.typed",
            Self::PairFirstLast => "pair.first_last",
            Self::PairUnscheduled => "pair.unscheduled",
            Self::PairInner => "pair.inner",
            Self::MaxShift => "pair.max_shift",
            Self::OddEndShiftEnd => "odd_end.shift_end",
            Self::OddEndByNorm => "odd_end.by_norm",
            Self::OddEndFixed => "odd_end.fixed",
            Self::RoundIn => "round.in",
            Self::RoundOut => "round.out",
            Self::ForgiveIn => "forgive.in",
            Self::ForgiveOut => "forgive.out",
            Self::RoundDelta => "round.delta",
            Self::CountBeforeAlways => "count_before.always",
            Self::CountBeforeApproved => "count_before.approved",
            Self::CountBeforeNever => "count_before.never",
            Self::CountAfterAlways => "count_after.always",
            Self::CountAfterApproved => "count_after.approved",
            Self::CountAfterNever => "count_after.never",
            Self::BetweenSessions => "pair.between_sessions",
            Self::BreakUnpaidWindow => "break.unpaid_window",
            Self::BreakPaidWindow => "break.paid_window",
            Self::BreakPunched => "break.punched",
            Self::BreakAutoDeduct => "break.auto_deduct",
            Self::BreakAutoAdd => "break.auto_add",
            Self::BreakOverCap => "break.over_cap",
            Self::TierRegular => "tier.regular",
            Self::TierOver => "tier.over",
            Self::Tolerance => "overtime.tolerance",
            Self::Quantum => "overtime.quantum",
            Self::MaxDay => "overtime.max_day",
            Self::MaxWeek => "overtime.max_week",
            Self::Approved => "approval.approved",
            Self::Unapproved => "approval.unapproved",
            Self::BelowMinimum => "approval.minimum",
            Self::RoundTotals => "round.totals",
            Self::Overlay => "overlay.window",
            Self::Late => "punctuality.late",
            Self::EarlyOut => "punctuality.early_out",
            Self::Norm => "punctuality.norm",
            Self::Assumed => "odd_end.assumed",
            Self::Credit => "credit.class",
        }
    }

    /// The stage it belongs to.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::CorrectionVoid
            | Self::CorrectionReplace
            | Self::CorrectionAdd
            | Self::CivilGap
            | Self::CivilFold
            | Self::CivilFoldTold => Stage::Normalise,
            Self::DedupWindow => Stage::Dedup,
            Self::GroupWindow | Self::GroupUnscheduled => Stage::Group,
            Self::PairAlternate
            | Self::PairTyped
            | Self::PairFirstLast
            | Self::PairUnscheduled
            | Self::PairInner
            | Self::MaxShift => Stage::Pair,
            Self::OddEndShiftEnd | Self::OddEndByNorm | Self::OddEndFixed | Self::Assumed => Stage::OddEnd,
            Self::RoundIn | Self::RoundOut | Self::ForgiveIn | Self::ForgiveOut | Self::RoundDelta => {
                Stage::Round
            }
            Self::CountBeforeAlways
            | Self::CountBeforeApproved
            | Self::CountBeforeNever
            | Self::CountAfterAlways
            | Self::CountAfterApproved
            | Self::CountAfterNever
            | Self::BetweenSessions => Stage::Cut,
            Self::BreakUnpaidWindow
            | Self::BreakPaidWindow
            | Self::BreakPunched
            | Self::BreakAutoDeduct
            | Self::BreakAutoAdd
            | Self::BreakOverCap => Stage::Breaks,
            Self::TierRegular
            | Self::TierOver
            | Self::Tolerance
            | Self::Quantum
            | Self::MaxDay
            | Self::MaxWeek
            | Self::Approved
            | Self::Unapproved
            | Self::BelowMinimum => Stage::Tiers,
            Self::RoundTotals => Stage::Totals,
            Self::Overlay => Stage::Overlays,
            Self::Late | Self::EarlyOut | Self::Norm => Stage::Punctuality,
            Self::Credit => Stage::Credit,
        }
    }
}
