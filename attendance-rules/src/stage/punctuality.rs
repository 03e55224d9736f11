//! Late and early: measured from the scheduled edges, or from the core of a flexible shift; raised only beyond the grace. The grace forgives
//! the anomaly, not the time.

use super::pair::Pair;
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::policy::{MeasureFrom, PolicyFields};
use crate::schedule::Slot;

/// Seconds late and seconds early. Without an accepted session both are unknown, which is 0 and not a lateness: a lone punch may be the in or
/// the out. An assumed out is not early.
pub(crate) fn measure(
    slot: &Slot,
    pairs: &[Pair<'_>],
    policy: &PolicyFields,
    anomalies: &mut Vec<Anomaly>,
) -> (i64, i64) {
    let Some(first) = pairs.iter().find(|p| p.accepted) else {
        return (0, 0);
    };
    let Some(last) = pairs.iter().rfind(|p| p.accepted) else {
        return (0, 0);
    };
    let (come, go) = match policy.measure_from {
        MeasureFrom::Rounded => (first.from, last.to),
        MeasureFrom::Raw => (first.raw.0, last.raw.1),
    };
    let (begin, end) = slot.punctual();
    let late = (come - begin).max(0);
    let early = if last.go.is_some() { (end - go).max(0) } else { 0 };
    if late > policy.grace_in_s {
        anomalies.push(Anomaly::new(
            AnomalyCode::Late,
            vec![first.come.id.clone()],
            Some(late),
        ));
    }
    if early > policy.grace_out_s {
        anomalies.push(Anomaly::new(
            AnomalyCode::EarlyOut,
            vec![last.ids()[1].clone()],
            Some(early),
        ));
    }
    (late, early)
}
