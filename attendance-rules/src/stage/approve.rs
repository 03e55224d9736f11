//! Approval: which overtime was asked for, and whether it is enough to be paid.

use super::assemble::Draft;
use crate::approval::{Approvals, covers};
use crate::label::Tier;
use crate::policy::{Approval, Overtime};
use crate::segment::{Segment, cut_at};

/// Marks the overtime of a date as approved or not, and fills the three totals of each draft.
pub(crate) fn apply(day: &mut [Draft<'_>], rules: &Overtime, approvals: &Approvals, joined: &[(i64, i64)]) {
    let mut approved_on_date = 0;
    for draft in day.iter_mut() {
        let segments = &mut draft.day.segments;
        if rules.approval == Approval::Interval
            && let (Some(from), Some(to)) = (segments.first().map(|s| s.from), segments.last().map(|s| s.to))
        {
            let near = joined.partition_point(|(_, end)| *end <= from);
            let near = joined
                .get(near..)
                .unwrap_or_default()
                .iter()
                .take_while(|(begin, _)| *begin < to);
            let overtime = |segments: &[Segment], at: i64| {
                let after = segments.partition_point(|s| s.from < at);
                let segment = after.checked_sub(1).and_then(|i| segments.get(i));
                segment.is_some_and(|s| s.tier.as_ref().is_some_and(Tier::is_overtime))
            };
            for edge in near.flat_map(|&(begin, end)| [begin, end]) {
                if overtime(segments, edge) {
                    cut_at(segments, [edge]);
                }
            }
        }
        let on_date = approvals.days.contains(&draft.day.date);
        let (mut approved_s, mut unapproved_s) = (0, 0);
        for segment in segments
            .iter_mut()
            .filter(|s| s.tier.as_ref().is_some_and(Tier::is_overtime))
        {
            let approved = match rules.approval {
                Approval::None => true,
                Approval::Day => on_date,
                Approval::Interval => covers(joined, segment.from),
            };
            segment.approved = Some(approved);
            *(if approved {
                &mut approved_s
            } else {
                &mut unapproved_s
            }) += segment.seconds();
        }
        (draft.day.approved_s, draft.day.unapproved_s) = (approved_s, unapproved_s);
        approved_on_date += approved_s;
    }
    for draft in day {
        draft.day.payable_s = if approved_on_date >= rules.min_s {
            draft.day.approved_s
        } else {
            0
        };
    }
}
