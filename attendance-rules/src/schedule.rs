//! Shift instances on the time line: civil edges become instants, margins become windows, windows of neighbours are trimmed.

use std::sync::Arc;

use chrono::{Days, NaiveDate, NaiveDateTime};

use crate::error::{Fault, FaultKind};
use crate::limits::{MAX_AT, MAX_BREAKS, MAX_NAME_BYTES, MAX_SHIFTS, MAX_SPAN_S, MIN_AT};
use crate::policy::{BreakRule, Norm, Policies, PolicyFields};
use crate::shift::{BreakWindow, ShiftInstance};
use crate::time_of_day::TimeOfDay;
use crate::zone::{Local, ZoneTable, Zones};

/// Dates on which windows are laid out for one shift or group; none is longer than three.
const MAX_WINDOW_DAYS: usize = 8;

/// A shift on the time line.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) id: Arc<str>,
    pub(crate) date: NaiveDate,
    pub(crate) zone: Arc<str>,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// First and last instant, both inclusive, at which a punch may belong to this shift.
    pub(crate) open: i64,
    pub(crate) close: i64,
    pub(crate) norm_s: i64,
    /// Core time of a flexible shift.
    pub(crate) core: Option<(i64, i64)>,
    /// Its breaks, those of the shift and those of the policy: sorted, disjoint. Those of the policy may lie outside `[start, end)`.
    pub(crate) breaks: Vec<Pause>,
    /// Its hours overlap those of another shift.
    pub(crate) overlaps: bool,
}

/// A break on the time line, `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) paid: bool,
    /// Position of the policy's window it comes from.
    pub(crate) rule: Option<u8>,
}

impl Slot {
    /// Between which instants a person is neither late nor early.
    pub(crate) fn punctual(&self) -> (i64, i64) {
        self.core.unwrap_or((self.start, self.end))
    }
}

/// Resolves every shift; sorted by `(start, end, id)`, windows trimmed.
pub(crate) fn resolve(
    shifts: &[ShiftInstance],
    policies: &Policies,
    zones: &Zones,
    faults: &mut Vec<Fault>,
) -> Vec<Slot> {
    if shifts.len() > MAX_SHIFTS {
        faults.push(Fault::new(
            "shifts",
            FaultKind::TooMany,
            format!("at most {MAX_SHIFTS} shifts in one evaluation"),
        ));
        return Vec::new();
    }
    let mut slots = Vec::with_capacity(shifts.len());
    for (index, shift) in shifts.iter().enumerate() {
        let mut found = Vec::new();
        slots.extend(slot(shift, policies.on(shift.date).fields(), zones, &mut found));
        faults.extend(found.into_iter().map(|mut fault| {
            fault.field = format!("shifts[{index}].{}", fault.field);
            fault
        }));
    }
    let mut ids: Vec<(&str, usize)> = shifts.iter().enumerate().map(|(i, s)| (&*s.id, i)).collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        if let [(first, _), (second, index)] = pair
            && first == second
        {
            let message = format!("the id {first:?} stands for two shifts");
            faults.push(Fault::new(
                format!("shifts[{index}].id"),
                FaultKind::Duplicate,
                message,
            ));
        }
    }
    slots.sort_by(|a: &Slot, b| (a.start, a.end, &a.id).cmp(&(b.start, b.end, &b.id)));
    trim(&mut slots);
    slots
}

fn slot(
    shift: &ShiftInstance,
    policy: &PolicyFields,
    zones: &Zones,
    faults: &mut Vec<Fault>,
) -> Option<Slot> {
    let mut fault =
        |field: &str, kind: FaultKind, message: String| faults.push(Fault::new(field, kind, message));
    if shift.id.is_empty() || shift.id.len() > MAX_NAME_BYTES {
        fault(
            "id",
            FaultKind::OutOfRange,
            format!("an id has 1 to {MAX_NAME_BYTES} bytes"),
        );
    }
    for (field, value) in [
        ("norm_s", shift.norm_s),
        ("open_before_s", shift.open_before_s),
        ("close_after_s", shift.close_after_s),
    ] {
        if let Some(value) = value.filter(|v| !(0..=MAX_SPAN_S).contains(v)) {
            fault(
                field,
                FaultKind::OutOfRange,
                format!("must be from 0 to {MAX_SPAN_S} seconds, not {value}"),
            );
        }
    }
    let near = |date: NaiveDate| {
        let low = date.checked_sub_days(Days::new(1));
        let high = date.checked_add_days(Days::new(1));
        low.zip(high)
            .is_some_and(|(low, high)| (low..=high).contains(&shift.start.date()))
    };
    if !near(shift.date) {
        let message = format!("{} is more than a day from the start {}", shift.date, shift.start);
        fault("date", FaultKind::OutOfRange, message);
    }
    let Some(zone) = zones.named(shift.zone.as_deref()) else {
        let name = shift.zone.as_deref().unwrap_or_default();
        fault(
            "zone",
            FaultKind::UnknownZone,
            format!("no table was supplied for zone {name:?}"),
        );
        return None;
    };
    let start = instant(zone, shift.start, Local::as_start);
    let end = instant(zone, shift.end, Local::as_end);
    if start.is_none() {
        fault(
            "start",
            FaultKind::OutOfRange,
            "must lie from 1970 to 2099".to_owned(),
        );
    }
    if end.is_none() {
        fault(
            "end",
            FaultKind::OutOfRange,
            "must lie from 1970 to 2099".to_owned(),
        );
    }
    let (start, end) = start.zip(end)?;
    if end <= start {
        fault("end", FaultKind::Order, "must come after the start".to_owned());
        return None;
    }
    if end - start > MAX_SPAN_S {
        fault(
            "end",
            FaultKind::OutOfRange,
            format!("a shift lasts at most {MAX_SPAN_S} seconds"),
        );
        return None;
    }
    let mut breaks = pauses(shift, zone, faults)?;
    if !policy.breaks.windows.is_empty() {
        add_windows(
            &mut breaks,
            &policy.breaks.windows,
            zone,
            shift.start.date(),
            shift.end.date(),
        );
    }
    let core = match shift.core {
        None => None,
        Some((from, to)) if from < to && shift.start <= from && to <= shift.end => {
            instant(zone, from, Local::as_start).zip(instant(zone, to, Local::as_end))
        }
        Some(_) => {
            faults.push(Fault::new(
                "core",
                FaultKind::OutOfRange,
                "must lie inside the shift and have a length",
            ));
            return None;
        }
    };
    let norm_s = shift
        .norm_s
        .unwrap_or_else(|| norm(shift, (start, end), &breaks, policy));
    let open_before = shift.open_before_s.unwrap_or(policy.open_before_s);
    let close_after = shift.close_after_s.unwrap_or(policy.close_after_s);
    Some(Slot {
        id: Arc::clone(&shift.id),
        date: shift.date,
        zone: Arc::clone(zone.shared_name()),
        start,
        end,
        open: start.saturating_sub(open_before),
        close: end.saturating_add(close_after),
        norm_s,
        core,
        breaks,
        overlaps: false,
    })
}

/// The breaks on the time line; `None` when one is not usable.
fn pauses(shift: &ShiftInstance, zone: &ZoneTable, faults: &mut Vec<Fault>) -> Option<Vec<Pause>> {
    if shift.breaks.len() > MAX_BREAKS {
        faults.push(Fault::new(
            "breaks",
            FaultKind::TooMany,
            format!("at most {MAX_BREAKS} breaks in one shift"),
        ));
        return None;
    }
    let mut order: Vec<(usize, &BreakWindow)> = shift.breaks.iter().enumerate().collect();
    order.sort_by_key(|(_, b)| (b.from, b.to));
    let mut pauses: Vec<Pause> = Vec::with_capacity(order.len());
    let mut previous_end = shift.start;
    let mut usable = true;
    for (index, window) in order {
        let mut refuse = |kind, message: &str| {
            faults.push(Fault::new(format!("breaks[{index}]"), kind, message));
            usable = false;
        };
        if window.from >= window.to {
            refuse(FaultKind::Order, "the end must come after the start");
        } else if window.from < shift.start || window.to > shift.end {
            refuse(FaultKind::OutOfRange, "must lie inside the shift");
        } else if window.from < previous_end {
            refuse(FaultKind::Order, "overlaps another break of the shift");
        } else if let Some((from, to)) = break_edges(zone, window) {
            previous_end = window.to;
            // Setting clocks forward can swallow a break whole.
            if from < to {
                pauses.push(Pause {
                    from,
                    to,
                    paid: window.paid,
                    rule: None,
                });
            }
        } else {
            refuse(FaultKind::OutOfRange, "must lie from 1970 to 2099");
        }
    }
    usable.then_some(pauses)
}

/// What the shift asks for: its length less the unpaid breaks inside it.
fn norm(shift: &ShiftInstance, (start, end): (i64, i64), breaks: &[Pause], policy: &PolicyFields) -> i64 {
    let inside = breaks.iter().map(|b| (b.from.max(start), b.to.min(end), b.paid));
    let unpaid: i64 = inside
        .filter(|(from, to, paid)| !paid && from < to)
        .map(|(from, to, _)| to - from)
        .sum();
    let length = match policy.overtime.norm {
        Norm::Civil => end - start,
        Norm::Absolute => (shift.end - shift.start).num_seconds(),
    };
    (length - unpaid).max(0)
}

/// Adds the policy's windows on the dates given and those beside them, where they leave the breaks already there alone.
pub(crate) fn add_windows(
    breaks: &mut Vec<Pause>,
    windows: &[BreakRule],
    zone: &ZoneTable,
    first: NaiveDate,
    last: NaiveDate,
) {
    let own = breaks.len();
    let first = first.checked_sub_days(Days::new(1)).unwrap_or(first);
    let last = last.checked_add_days(Days::new(1)).unwrap_or(last);
    for date in first
        .iter_days()
        .take_while(|date| *date <= last)
        .take(MAX_WINDOW_DAYS)
    {
        for (window, rule) in windows.iter().zip(0_u8..) {
            if let Some((from, to)) = window_on(zone, window.from, window.to, date) {
                breaks.push(Pause {
                    from,
                    to,
                    paid: window.paid,
                    rule: Some(rule),
                });
            }
        }
    }
    // What the shift says itself holds; after it, what begins earlier.
    let (given, added) = breaks.split_at_mut(own);
    added.sort_by_key(|p| (p.from, p.to, p.rule));
    let mut taken: Vec<Pause> = given.to_vec();
    let mut end = i64::MIN;
    for pause in added {
        let mut from = pause.from.max(end);
        for own in given.iter() {
            if own.from >= pause.to || own.to <= from {
                continue;
            }
            if from < own.from {
                taken.push(Pause {
                    from,
                    to: own.from,
                    ..*pause
                });
            }
            from = own.to;
        }
        if from < pause.to {
            taken.push(Pause { from, ..*pause });
        }
        end = end.max(pause.to);
    }
    taken.sort_by_key(|p| p.from);
    *breaks = taken;
}

/// A window of the wall clock on a date: `[from, to)`, the end on the next date when it is not after the start. `None` when clocks skipped it.
pub(crate) fn window_on(
    zone: &ZoneTable,
    from: TimeOfDay,
    to: TimeOfDay,
    date: NaiveDate,
) -> Option<(i64, i64)> {
    let end_date = if to > from {
        date
    } else {
        date.checked_add_days(Days::new(1))?
    };
    let begin = zone.resolve(from.on(date)?)?.as_start();
    let end = zone.resolve(to.on(end_date)?)?.as_end();
    (begin < end).then_some((begin, end))
}

/// A break that touches a repeated hour keeps the length that was written down: no one rests an hour longer because clocks were set back.
fn break_edges(zone: &ZoneTable, window: &BreakWindow) -> Option<(i64, i64)> {
    let (from, to) = (zone.resolve(window.from)?, zone.resolve(window.to)?);
    Some(match (from, to) {
        (Local::Fold { later, .. }, Local::Unique(_) | Local::Gap { .. }) => (later, to.as_start()),
        _ => (from.as_start(), to.as_start()),
    })
}

fn instant(zone: &ZoneTable, local: NaiveDateTime, pick: fn(Local) -> i64) -> Option<i64> {
    zone.resolve(local)
        .map(pick)
        .filter(|at| (MIN_AT..MAX_AT).contains(at))
}

/// Trims the windows of neighbours: a shift does not open before an earlier one has ended, and closes when the next opens.
/// Shifts whose hours overlap cannot be parted so; their windows stay, and each punch is decided on its own.
fn trim(slots: &mut [Slot]) {
    let longest = slots.iter().map(|s| s.close - s.start).max().unwrap_or(0);
    for next in 1..slots.len() {
        let (earlier, rest) = slots.split_at_mut(next);
        let Some(next) = rest.first_mut() else { continue };
        // Only what starts late enough can still be open.
        let near = earlier.partition_point(|s| s.start < next.open.saturating_sub(longest));
        let Some(near) = earlier.get_mut(near..) else {
            continue;
        };
        for previous in near.iter_mut() {
            if previous.end <= next.start {
                next.open = next.open.max(previous.end);
            } else {
                previous.overlaps = true;
                next.overlaps = true;
            }
        }
        for previous in near.iter_mut().filter(|p| p.end <= next.start) {
            previous.close = previous.close.min(next.open);
        }
    }
}
