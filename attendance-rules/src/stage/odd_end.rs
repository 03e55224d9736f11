//! Stage 5: an in without an out stays unknown, or gets an assumed out that is told as one.

use super::normalise::Mark;
use super::pair::{Pair, Paired};
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::policy::{OddEnd, Policy, Trust};
use crate::rule::Rule;
use crate::schedule::Slot;

/// What closing an open session needs to know of the day.
pub(crate) struct Circumstances<'a> {
    pub(crate) slot: Option<&'a Slot>,
    /// Net seconds worked in the closed sessions.
    pub(crate) worked_s: i64,
    /// Unpaid breaks, ascending.
    pub(crate) unpaid: &'a [(i64, i64)],
    /// No assumed time reaches past the next punch of the person.
    pub(crate) next: Option<i64>,
}

/// Closes the open session if the policy assumes an end, or raises that its end is unknown. Returns the rule that assumed the out.
pub(crate) fn close<'a>(
    paired: &mut Paired<'a>,
    policy: &Policy,
    day: &Circumstances<'_>,
    anomalies: &mut Vec<Anomaly>,
) -> Option<Rule> {
    let open = paired.open?;
    let assumed = assume(open, policy, day).filter(|(to, _)| *to > open.at);
    let Some((to, rule)) = assumed else {
        let code = if policy.trust() == Trust::Strict {
            AnomalyCode::MissingOut
        } else {
            AnomalyCode::OddPunch
        };
        anomalies.push(Anomaly::new(code, vec![open.id.clone()], None));
        return None;
    };
    paired.pairs.push(Pair::until(open, None, to, true));
    Some(rule)
}

fn assume(open: &Mark<'_>, policy: &Policy, day: &Circumstances<'_>) -> Option<(i64, Rule)> {
    let fields = policy.fields();
    let (to, rule) = match fields.odd_end {
        OddEnd::Unknown => return None,
        OddEnd::ShiftEnd => (day.slot?.end, Rule::OddEndShiftEnd),
        OddEnd::Fixed { after_s } => (open.at + after_s, Rule::OddEndFixed),
        OddEnd::ByNorm { tolerance_s } => {
            let left = day.slot?.norm_s + tolerance_s - day.worked_s;
            (close_by_norm(open.at, left, day.unpaid), Rule::OddEndByNorm)
        }
    };
    let to = to
        .min(open.at + fields.max_shift_s)
        .min(day.next.unwrap_or(i64::MAX));
    Some((to, rule))
}

/// The instant at which `left_s` seconds have been worked from `open_in` on, unpaid breaks (ascending, disjoint) not counted.
#[must_use]
pub fn close_by_norm(open_in: i64, left_s: i64, unpaid: &[(i64, i64)]) -> i64 {
    let mut out = open_in.saturating_add(left_s.max(0));
    for &(from, to) in unpaid {
        let from = from.max(open_in);
        if from < out && from < to {
            out = out.saturating_add(to - from);
        }
    }
    out
}
