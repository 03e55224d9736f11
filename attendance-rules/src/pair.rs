//! Stages 4 and 5: punches of one group become sessions, and the odd end stays unknown.

use crate::anomaly::{Anomaly, AnomalyCode};
use crate::normalise::Mark;
use crate::policy::{Pairing, PolicyFields};

/// Two punches, first the in, then the out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) come: &'a Mark,
    pub(crate) go: &'a Mark,
    /// `false` for a pair longer than the longest session: its time is shown, and earns nothing.
    pub(crate) accepted: bool,
}

/// Pairs the kept punches of a group. A punch without a partner is unknown, not guessed: it earns nothing and is raised.
pub(crate) fn pair<'a>(
    marks: &[&'a Mark],
    policy: &PolicyFields,
    anomalies: &mut Vec<Anomaly>,
) -> Vec<Pair<'a>> {
    match policy.pairing {
        Pairing::Alternate => alternate(marks, policy.max_shift_s, anomalies),
    }
}

fn alternate<'a>(marks: &[&'a Mark], max_shift_s: i64, anomalies: &mut Vec<Anomaly>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::with_capacity(marks.len() / 2);
    for two in marks.chunks(2) {
        match *two {
            [come, go] => {
                let length = go.at - come.at;
                let accepted = length <= max_shift_s;
                if !accepted {
                    let ids = vec![come.id.clone(), go.id.clone()];
                    anomalies.push(Anomaly::new(AnomalyCode::OverMaxShift, ids, Some(length)));
                }
                pairs.push(Pair { come, go, accepted });
            }
            [odd] => anomalies.push(Anomaly::new(AnomalyCode::OddPunch, vec![odd.id.clone()], None)),
            _ => {}
        }
    }
    pairs
}
