//! Stage 3: which punch belongs to which shift; the rest forms groups of work without a shift.
//!
//! Grouping comes before pairing: a forgotten punch then spoils its own shift and no other.

use crate::normalise::Mark;
use crate::policy::PolicyFields;
use crate::schedule::Slot;

/// Punches that count for one day.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Index of the shift; `None` for work without one.
    pub(crate) slot: Option<usize>,
    /// Indices of kept marks, in time order.
    pub(crate) marks: Vec<usize>,
}

/// One group for each slot, in their order and also when empty; then the groups without a shift in time order.
pub(crate) fn group(slots: &[Slot], marks: &[Mark], kept: &[usize], policy: &PolicyFields) -> Vec<Group> {
    let mut scheduled: Vec<Group> = (0..slots.len())
        .map(|i| Group {
            slot: Some(i),
            marks: Vec::new(),
        })
        .collect();
    let mut unscheduled: Vec<Group> = Vec::new();
    // The group without a shift that may still take the next punch: (its first instant, its last instant).
    let mut loose: Option<(i64, i64)> = None;

    let mut by_opening: Vec<usize> = (0..slots.len()).collect();
    by_opening.sort_by_key(|&i| slots.get(i).map(|s| (s.open, i)));
    let mut coming = by_opening.into_iter().peekable();
    let mut open: Vec<usize> = Vec::new();

    for &index in kept {
        let Some(mark) = marks.get(index) else { continue };
        while let Some(slot) = coming.next_if(|&i| slots.get(i).is_some_and(|s| s.open <= mark.at)) {
            open.push(slot);
        }
        open.retain(|&i| slots.get(i).is_some_and(|s| mark.at <= s.close));

        let chosen = choose(slots, &scheduled, &open, mark.at);
        if let Some(group) = chosen.and_then(|i| scheduled.get_mut(i)) {
            group.marks.push(index);
            // A session never reaches over punches of a shift, or seconds would count twice.
            loose = None;
            continue;
        }
        let joins = loose.is_some_and(|(first, last)| {
            let in_session = unscheduled.last().is_some_and(|g| g.marks.len() % 2 == 1);
            mark.at - first <= policy.max_shift_s
                && (in_session || mark.at - last <= policy.new_shift_after_s)
        });
        match unscheduled.last_mut().filter(|_| joins) {
            Some(group) => group.marks.push(index),
            None => unscheduled.push(Group {
                slot: None,
                marks: vec![index],
            }),
        }
        loose = Some((
            loose.filter(|_| joins).map_or(mark.at, |(first, _)| first),
            mark.at,
        ));
    }
    scheduled.append(&mut unscheduled);
    scheduled
}

/// The shift of a punch among those whose window holds it. More than one can: neighbours share the instant at which one closes and the other
/// opens, where the earlier wins; and shifts with overlapping hours, where the one with an open session wins, then the nearest start, then the
/// earlier start, then the lower id.
fn choose(slots: &[Slot], groups: &[Group], open: &[usize], at: i64) -> Option<usize> {
    let overlapping = open
        .iter()
        .filter(|&&i| slots.get(i).is_some_and(|s| s.overlaps))
        .count()
        > 1;
    open.iter().copied().min_by_key(|&i| {
        let in_session = groups.get(i).is_some_and(|g| g.marks.len() % 2 == 1);
        let distance = slots.get(i).map_or(i64::MAX, |s| (s.start - at).abs());
        // The index is the order by start, end and id.
        if overlapping {
            (!in_session, distance, i)
        } else {
            (false, 0, i)
        }
    })
}
