//! Why a second was counted as it was, and where a number comes from: the steps of the trace that answer.

use crate::result::DayResult;
use crate::rule::Rule;
use crate::segment::Segment;
use crate::trace::{Step, Subject, Total};

/// The answer to "why was this second counted so?".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// The segment the second lies in, with its label, tier and rule.
    pub segment: &'a Segment,
    /// The steps that led there, in the order of the pipeline; empty when the policy turns the trace off.
    pub steps: Vec<&'a Step>,
}

impl DayResult {
    /// Why the second at `at` was counted as it was; `None` outside first in and last out.
    #[must_use]
    pub fn explain(&self, at: i64) -> Option<Explanation<'_>> {
        let segment = self.segment_at(at)?;
        let ends: Vec<u16> = (0_u16..)
            .zip(&self.punches)
            .filter(|(_, punch)| segment.punch_ids.contains(&punch.id))
            .map(|(position, _)| position)
            .collect();
        let concerns = |step: &&Step| match (step.rule, step.subject) {
            (
                Rule::Late
                | Rule::EarlyOut
                | Rule::Norm
                | Rule::RoundDelta
                | Rule::RoundTotals
                | Rule::Credit,
                _,
            ) => false,
            // What was done to a punch that bounds the segment.
            (_, Subject::Punch(punch)) => ends.contains(&punch),
            (Rule::DedupWindow, Subject::Punches(_, kept)) => ends.contains(&kept),
            (Rule::GroupWindow | Rule::GroupUnscheduled, _) => true,
            _ => (step.from..step.to).contains(&at),
        };
        let mut steps: Vec<&Step> = self.trace.iter().filter(concerns).collect();
        steps.sort_by_key(|step| step.rule.stage());
        Some(Explanation { segment, steps })
    }

    /// The steps whose effects sum up to a number of the day; see [`Step::effect`].
    #[must_use]
    pub fn explain_total(&self, total: Total) -> Vec<&Step> {
        self.trace.iter().filter(|step| step.effect(total) != 0).collect()
    }

    /// The value of a number.
    #[must_use]
    pub fn total(&self, total: Total) -> i64 {
        match total {
            Total::Scheduled => self.scheduled_s,
            Total::Worked => self.worked_s,
            Total::Regular => self.regular_s,
            Total::Overtime => self.overtime_s,
            Total::Tier(tier) => self.by_tier.get(usize::from(tier)).map_or(0, |t| t.seconds),
            Total::Overlay(overlay) => self.overlays.get(usize::from(overlay)).map_or(0, |o| o.seconds),
            Total::Break => self.break_s,
            Total::Ignored => self.ignored_s,
            Total::Late => self.late_s,
            Total::EarlyOut => self.early_out_s,
            Total::Assumed => self.assumed_s,
            Total::RoundingDelta => self.rounding_delta_s,
            Total::Approved => self.approved_s,
            Total::Unapproved => self.unapproved_s,
            Total::Payable => self.payable_s,
            Total::Credit => self.credits.iter().map(|c| c.work_s).sum(),
        }
    }
}
