//! Stage 6: rounding of punches on the wall clock, and forgiveness. The raw times are kept beside.

use super::pair::Pair;
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::policy::{PolicyFields, RoundMode, RoundRule};
use crate::schedule::Slot;
use crate::zone::ZoneTable;

/// Rounds the accepted pairs. No in crosses the out before it (`floor`: that of the group before), no out the next punch of another group.
pub(crate) fn round(
    pairs: &mut [Pair<'_>],
    policy: &PolicyFields,
    zone: &ZoneTable,
    (floor, ceiling): (i64, i64),
    anomalies: &mut Vec<Anomaly>,
) {
    let rules = &policy.rounding;
    if rules.come.is_none() && rules.go.is_none() {
        return;
    }
    let first = pairs.iter().position(|p| p.accepted);
    let last = pairs.iter().rposition(|p| p.accepted);
    let mut floor = floor;
    for (index, pair) in pairs.iter_mut().enumerate().filter(|(_, p)| p.accepted) {
        let at_edge = |edge: Option<usize>| !rules.meal_exempt.0 || edge == Some(index);
        let near = |at: i64, rule: Option<RoundRule>, edge| match rule.filter(|_| at_edge(edge)) {
            Some(rule) => round_instant(at, zone, rule),
            None => at,
        };
        pair.from = near(pair.raw.0, rules.come, first).max(floor);
        // An assumed out is no reading of a clock.
        let go = if pair.go.is_some() {
            near(pair.raw.1, rules.go, last)
        } else {
            pair.raw.1
        };
        pair.to = go.min(ceiling.max(pair.raw.1)).max(pair.from);
        if pair.to == pair.from && pair.raw.0 < pair.raw.1 {
            let ids = pair.ids().map(Clone::clone).to_vec();
            anomalies.push(Anomaly::new(
                AnomalyCode::RoundedAway,
                ids,
                Some(pair.raw.1 - pair.raw.0),
            ));
        }
        floor = pair.to;
    }
}

/// Pays lateness and early leaving within the forgiving grace as if on time.
pub(crate) fn forgive(
    pairs: &mut [Pair<'_>],
    slot: &Slot,
    policy: &PolicyFields,
    (floor, ceiling): (i64, i64),
) {
    let (begin, end) = slot.punctual();
    if let Some(first) = pairs.iter_mut().find(|p| p.accepted) {
        let late = first.from - begin;
        if late > 0 && late <= policy.forgive_in_s {
            first.from = begin.max(floor).min(first.from);
        }
    }
    if let Some(last) = pairs.iter_mut().rev().find(|p| p.accepted) {
        let early = end - last.to;
        if early > 0 && early <= policy.forgive_out_s {
            last.to = end.min(ceiling).max(last.to);
        }
    }
}

/// An instant rounded on the wall clock of a zone, so that it works at +05:45 too.
fn round_instant(at: i64, zone: &ZoneTable, rule: RoundRule) -> i64 {
    let wall = at + i64::from(zone.offset_at(at));
    at + round_seconds(wall, rule) - wall
}

/// Seconds of a wall clock rounded to a unit. A unit below one second rounds nothing.
///
/// ```
/// use punchclock_rules::{RoundMode, RoundRule, round_seconds};
/// let quarter = RoundRule::new(900, RoundMode::NearestHalfUp);
/// assert_eq!(round_seconds(8 * 3600 + 7 * 60 + 30, quarter), 8 * 3600 + 15 * 60);
/// ```
#[must_use]
pub fn round_seconds(wall: i64, rule: RoundRule) -> i64 {
    let unit = rule.unit_s;
    if unit < 1 {
        return wall;
    }
    let past = wall.rem_euclid(unit);
    let (down, up) = (wall - past, if past == 0 { wall } else { wall - past + unit });
    match rule.mode {
        RoundMode::Down if past > 0 && unit - past <= rule.grace_s => up,
        RoundMode::Down => down,
        RoundMode::Up if past <= rule.grace_s => down,
        RoundMode::Up => up,
        RoundMode::NearestHalfUp => {
            if past * 2 >= unit {
                up
            } else {
                down
            }
        }
        RoundMode::NearestHalfDown => {
            if past * 2 > unit {
                up
            } else {
                down
            }
        }
        RoundMode::NearestPartialMinDown => {
            // Below a minute there is no partial minute to cut off.
            let minute = if unit < 60 {
                wall
            } else {
                wall - wall.rem_euclid(60)
            };
            round_seconds(
                minute,
                RoundRule {
                    mode: RoundMode::NearestHalfUp,
                    ..rule
                },
            )
        }
    }
}
