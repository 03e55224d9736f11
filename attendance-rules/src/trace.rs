//! The trace: which rule did what, compactly. 24 bytes a step; sentences are made elsewhere ([`render`](crate::render)).

use crate::rule::Rule;

/// What a step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Subject {
    /// The day as a whole.
    Day,
    /// A punch: position in [`DayResult::punches`](crate::DayResult::punches).
    Punch(u16),
    /// Two punches: positions in [`DayResult::punches`](crate::DayResult::punches).
    Punches(u16, u16),
    /// A tier: position in [`DayResult::by_tier`](crate::DayResult::by_tier).
    Tier(u16),
    /// A premium window: position in [`DayResult::overlays`](crate::DayResult::overlays).
    Overlay(u16),
    /// A credit: position in [`DayResult::credits`](crate::DayResult::credits).
    Credit(u16),
}

/// One step: a rule did something to seconds `[from, to)`, or moved a value from `from` to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Step {
    /// The rule; its stage is [`Rule::stage`].
    pub rule: Rule,
    /// What it is about.
    pub subject: Subject,
    /// Before: first second, unix time; for `round.*` the value before; for `round.totals` and `round.delta` seconds.
    pub from: i64,
    /// After: first second after, unix time; for `round.*` the value after.
    pub to: i64,
}

/// A number of a day, as a question to [`DayResult::explain_total`](crate::DayResult::explain_total).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Total {
    /// [`DayResult::scheduled_s`](crate::DayResult::scheduled_s).
    Scheduled,
    /// [`DayResult::worked_s`](crate::DayResult::worked_s).
    Worked,
    /// [`DayResult::regular_s`](crate::DayResult::regular_s).
    Regular,
    /// [`DayResult::overtime_s`](crate::DayResult::overtime_s).
    Overtime,
    /// A tier of [`DayResult::by_tier`](crate::DayResult::by_tier), by position.
    Tier(u16),
    /// A premium of [`DayResult::overlays`](crate::DayResult::overlays), by position.
    Overlay(u16),
    /// [`DayResult::break_s`](crate::DayResult::break_s).
    Break,
    /// [`DayResult::ignored_s`](crate::DayResult::ignored_s).
    Ignored,
    /// [`DayResult::late_s`](crate::DayResult::late_s).
    Late,
    /// [`DayResult::early_out_s`](crate::DayResult::early_out_s).
    EarlyOut,
    /// [`DayResult::assumed_s`](crate::DayResult::assumed_s).
    Assumed,
    /// [`DayResult::rounding_delta_s`](crate::DayResult::rounding_delta_s).
    RoundingDelta,
    /// [`DayResult::approved_s`](crate::DayResult::approved_s).
    Approved,
    /// [`DayResult::unapproved_s`](crate::DayResult::unapproved_s).
    Unapproved,
    /// [`DayResult::payable_s`](crate::DayResult::payable_s).
    Payable,
    /// Work that earns credit: the sum of [`DayResult::credits`](crate::DayResult::credits).
    Credit,
}

impl Step {
    pub(crate) const fn new(rule: Rule, subject: Subject, from: i64, to: i64) -> Self {
        Self {
            rule,
            subject,
            from,
            to,
        }
    }

    /// `to - from`.
    #[must_use]
    pub const fn seconds(&self) -> i64 {
        self.to - self.from
    }

    /// How many seconds of a number this step accounts for. Over all steps of a day they sum up to the number.
    #[must_use]
    pub fn effect(&self, total: Total) -> i64 {
        let of_tier = |tier| matches!((self.rule, self.subject), (Rule::TierOver | Rule::RoundTotals, Subject::Tier(t)) if t == tier);
        let counts = match total {
            Total::Scheduled => self.rule == Rule::Norm,
            Total::Worked => matches!(self.rule, Rule::TierRegular | Rule::TierOver | Rule::RoundTotals),
            Total::Regular => {
                self.rule == Rule::TierRegular
                    || (self.rule == Rule::RoundTotals && self.subject == Subject::Day)
            }
            Total::Overtime => {
                self.rule == Rule::TierOver
                    || (self.rule == Rule::RoundTotals && self.subject != Subject::Day)
            }
            Total::Tier(tier) => of_tier(tier),
            Total::Overlay(overlay) => {
                self.rule == Rule::Overlay && self.subject == Subject::Overlay(overlay)
            }
            Total::Break => matches!(
                self.rule,
                Rule::BreakUnpaidWindow | Rule::BreakPunched | Rule::BreakAutoDeduct | Rule::BreakOverCap
            ),
            Total::Ignored => {
                matches!(self.rule, Rule::CountBeforeNever | Rule::CountAfterNever)
                    || (self.rule == Rule::MaxShift && matches!(self.subject, Subject::Punches(..)))
            }
            Total::Late => self.rule == Rule::Late,
            Total::EarlyOut => self.rule == Rule::EarlyOut,
            Total::Assumed => self.rule == Rule::Assumed,
            Total::RoundingDelta => matches!(self.rule, Rule::RoundDelta | Rule::RoundTotals),
            Total::Approved => self.rule == Rule::Approved,
            Total::Unapproved => self.rule == Rule::Unapproved,
            Total::Payable => match self.rule {
                Rule::Approved => true,
                Rule::BelowMinimum => return -self.seconds(),
                _ => false,
            },
            Total::Credit => self.rule == Rule::Credit,
        };
        if counts { self.seconds() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_24_bytes() {
        assert_eq!(size_of::<Step>(), 24);
    }
}
