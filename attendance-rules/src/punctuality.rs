//! Late and early: measured from the scheduled edges, raised only beyond the grace. The grace forgives the anomaly, not the time.

use crate::anomaly::{Anomaly, AnomalyCode};
use crate::policy::PolicyFields;
use crate::result::Session;
use crate::schedule::Slot;

/// `(late_s, early_out_s)`. Without an accepted session both are unknown, which is 0 and not a lateness: a lone punch may be the in or the out.
pub(crate) fn measure(
    slot: &Slot,
    sessions: &[Session],
    policy: &PolicyFields,
    anomalies: &mut Vec<Anomaly>,
) -> (i64, i64) {
    let (Some(first), Some(last)) = (sessions.first(), sessions.last()) else {
        return (0, 0);
    };
    let late = (first.from - slot.start).max(0);
    let early = (slot.end - last.to).max(0);
    if late > policy.grace_in_s {
        anomalies.push(Anomaly::new(
            AnomalyCode::Late,
            vec![first.in_id.clone()],
            Some(late),
        ));
    }
    if early > policy.grace_out_s {
        anomalies.push(Anomaly::new(
            AnomalyCode::EarlyOut,
            vec![last.out_id.clone()],
            Some(early),
        ));
    }
    (late, early)
}
