//! Stage 3: which punch belongs to which shift; the rest forms groups of work without a shift.
//!
//! Grouping comes before pairing: a forgotten punch then spoils its own shift and no other.

use core::ops::Range;

use super::normalise::Mark;
use crate::policy::{OverlapRule, Policy, Trust};
use crate::punch::Direction;
use crate::schedule::Slot;

/// Punches that count for one day.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Index of the shift; `None` for work without one.
    pub(crate) slot: Option<usize>,
    /// Its part of [`Grouping::order`].
    pub(crate) range: Range<usize>,
}

/// All groups over one list of marks.
#[derive(Debug)]
pub(crate) struct Grouping {
    /// One group for each slot, in their order and also when empty; then the groups without a shift in time order.
    pub(crate) groups: Vec<Group>,
    /// Indices of kept marks, group by group, in time order inside each.
    order: Vec<usize>,
}

impl Grouping {
    /// Indices of the kept marks of a group, in time order.
    pub(crate) fn marks(&self, group: &Group) -> &[usize] {
        self.order.get(group.range.clone()).unwrap_or_default()
    }
}

/// A group while punches are handed out.
#[derive(Debug, Clone, Copy, Default)]
struct Filling {
    count: usize,
    /// The last punch began a session, by its claim or by turns.
    in_session: bool,
}

impl Filling {
    fn take(&mut self, mark: &Mark<'_>, trust: Trust) {
        self.count += 1;
        let claimed = mark
            .claimed
            .and_then(|c| c.direction())
            .filter(|_| trust == Trust::Strict);
        self.in_session = claimed.map_or(!self.in_session, |direction| direction == Direction::In);
    }
}

/// Hands out the kept marks. `policy_at` gives the policy in force at an instant.
pub(crate) fn group<'p>(
    slots: &[Slot],
    marks: &[Mark<'_>],
    kept: &[usize],
    policy_at: impl Fn(i64) -> &'p Policy,
) -> Grouping {
    let mut filling: Vec<Filling> = vec![Filling::default(); slots.len()];
    // The group without a shift that may still take the next punch: its first instant, its last instant.
    let mut loose: Option<(i64, i64)> = None;
    let mut assigned: Vec<usize> = Vec::with_capacity(kept.len());

    let mut by_opening: Vec<usize> = (0..slots.len()).collect();
    by_opening.sort_by_key(|&i| slots.get(i).map(|s| (s.open, i)));
    let mut coming = by_opening.into_iter().peekable();
    let mut open: Vec<usize> = Vec::new();

    for mark in kept.iter().filter_map(|&index| marks.get(index)) {
        while let Some(slot) = coming.next_if(|&i| slots.get(i).is_some_and(|s| s.open <= mark.at)) {
            open.push(slot);
        }
        open.retain(|&i| slots.get(i).is_some_and(|s| mark.at <= s.close));
        let policy = policy_at(mark.at);

        if let Some(chosen) = choose(slots, &filling, &open, mark.at, policy.fields().overlap_rule) {
            assigned.push(chosen);
            if let Some(group) = filling.get_mut(chosen) {
                group.take(mark, policy.trust());
            }
            // A session never reaches over punches of a shift, or seconds would count twice.
            loose = None;
            continue;
        }
        let joins = loose.is_some_and(|(first, last)| {
            let in_session = filling.last().is_some_and(|g| g.in_session);
            mark.at - first <= policy.fields().max_shift_s
                && (in_session || mark.at - last <= policy.fields().new_shift_after_s)
        });
        if !joins {
            filling.push(Filling::default());
        }
        assigned.push(filling.len() - 1);
        if let Some(group) = filling.last_mut() {
            group.take(mark, policy.trust());
        }
        loose = Some((
            loose.filter(|_| joins).map_or(mark.at, |(first, _)| first),
            mark.at,
        ));
    }

    let mut groups: Vec<Group> = Vec::with_capacity(filling.len());
    let mut begin = 0;
    for (index, group) in filling.iter().enumerate() {
        groups.push(Group {
            slot: (index < slots.len()).then_some(index),
            range: begin..begin,
        });
        begin += group.count;
    }
    let mut order = vec![0; kept.len()];
    for (&mark, &group) in kept.iter().zip(&assigned) {
        if let Some(group) = groups.get_mut(group)
            && let Some(place) = order.get_mut(group.range.end)
        {
            *place = mark;
            group.range.end += 1;
        }
    }
    Grouping { groups, order }
}

/// The shift of a punch among those whose window holds it. More than one can: neighbours share the instant at which one closes and the other
/// opens, where the earlier wins; and shifts with overlapping hours, where the policy's rule decides.
fn choose(slots: &[Slot], groups: &[Filling], open: &[usize], at: i64, rule: OverlapRule) -> Option<usize> {
    if let [only] = open {
        return Some(*only);
    }
    let overlapping = open
        .iter()
        .filter(|&&i| slots.get(i).is_some_and(|s| s.overlaps))
        .count()
        > 1;
    open.iter().copied().min_by_key(|&i| {
        let in_session = groups.get(i).is_some_and(|g| g.in_session);
        let distance = slots.get(i).map_or(i64::MAX, |s| (s.start - at).abs());
        // The index is the order by start, end and id.
        match rule {
            OverlapRule::OpenSession if overlapping => (!in_session, distance, i),
            OverlapRule::NearestStart if overlapping => (false, distance, i),
            _ => (false, 0, i),
        }
    })
}
