//! Which pass of a repeated hour a punch belongs to, where the order of the terminal's log tells.
//!
//! When clocks are set back, 02:10 and 02:50 each occur twice. A log that reads 02:50 then 02:10 can only mean the first 02:50 and the second
//! 02:10, since a log never runs backwards. A log that reads 02:10 then 02:50 fits three readings, so it tells nothing.

use std::collections::BTreeMap;

use crate::punch::{Punch, PunchId, PunchTime};
use crate::zone::Local;

/// For each punch the instant the log's order proves; `None` where it proves nothing or the punch is not in a fold.
pub(crate) fn decide(located: &[(&Punch, Local)]) -> Vec<Option<i64>> {
    let mut told = vec![None; located.len()];
    // Only punches of one terminal's log say anything about each other, and of those only what can lie inside a repeated hour: another fold
    // punch, or an instant. A local time that occurred once lies before both passes or after both.
    let mut logs: BTreeMap<Option<&str>, Vec<(i64, &PunchId, usize)>> = BTreeMap::new();
    for (index, (punch, local)) in located.iter().enumerate() {
        let may_lie_in_fold = matches!(local, Local::Fold { .. }) || matches!(punch.time, PunchTime::At(_));
        if let (Some(seq), true) = (punch.seq, may_lie_in_fold) {
            logs.entry(punch.device.as_deref())
                .or_default()
                .push((seq, &punch.id, index));
        }
    }
    for log in logs.values_mut() {
        log.sort_unstable();
        let line: Vec<(usize, i64, i64)> = log
            .iter()
            .filter_map(|&(_, _, index)| {
                let (_, local) = located.get(index)?;
                Some(match *local {
                    Local::Fold { earlier, later } => (index, earlier, later),
                    other => (index, other.as_punch(), other.as_punch()),
                })
            })
            .collect();
        decide_line(&line, &mut told);
    }
    told
}

/// `line` holds `(index, first candidate, second candidate)` in log order. The smallest and the greatest ascending reading are walked; where
/// they agree on a punch, the order has told. A punch that fits no ascending reading breaks the line: the clock was moved there.
fn decide_line(line: &[(usize, i64, i64)], told: &mut [Option<i64>]) {
    let mut rest = line;
    while !rest.is_empty() {
        let mut lows: Vec<i64> = Vec::new();
        let mut bound = i64::MIN;
        for &(_, earlier, later) in rest {
            let Some(low) = [earlier, later].into_iter().find(|&at| at >= bound) else {
                break;
            };
            lows.push(low);
            bound = low;
        }
        let (run, after) = rest.split_at(lows.len().max(1).min(rest.len()));
        let mut bound = i64::MAX;
        for (&(index, earlier, later), &low) in run.iter().zip(&lows).rev() {
            let high = [later, earlier]
                .into_iter()
                .find(|&at| at <= bound)
                .unwrap_or(low);
            bound = high;
            if low == high
                && earlier != later
                && let Some(slot) = told.get_mut(index)
            {
                *slot = Some(low);
            }
        }
        rest = after;
    }
}
