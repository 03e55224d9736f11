//! The pipeline: each stage in its order (DESIGN.md gives the reasons).

use crate::day::{self, Draft};
use crate::dedup::{self, Dropped};
use crate::error::Error;
use crate::policy::Policy;
use crate::punch::Punch;
use crate::result::{DayResult, Evaluation};
use crate::shift::ShiftInstance;
use crate::zone::Zones;
use crate::{digest, group, normalise, overtime, schedule};

/// Computes the days of one person.
///
/// The order of `shifts` and `punches` does not matter. Punches that belong to no shift form groups of their own. Nothing is read but the
/// arguments: the same arguments give the same answer everywhere.
///
/// # Errors
/// Every fault of the input, see [`Error`]: ids that repeat, ends before starts, unknown zones, values outside [`limits`](crate::limits).
pub fn evaluate(
    policy: &Policy,
    shifts: &[ShiftInstance],
    punches: &[Punch],
    zones: &Zones,
) -> Result<Evaluation, Error> {
    let fields = policy.fields();
    let mut faults = Vec::new();
    let slots = schedule::resolve(shifts, fields, zones, &mut faults);
    let marks = normalise::normalise(punches, zones, &mut faults);
    if !faults.is_empty() {
        return Err(Error::new(faults));
    }
    let (kept, dropped) = dedup::dedup(&marks, fields.dedup_window_s);
    let repeats = |kept: usize| repeats_of(&dropped, kept);
    let groups = group::group(&slots, &marks, &kept, fields);
    let mut drafts: Vec<Draft> = groups
        .iter()
        .map(|g| day::draft(g, &slots, &marks, repeats, fields, zones))
        .collect();
    drafts
        .sort_by(|a, b| (a.day.date, a.start, &a.day.shift_id).cmp(&(b.day.date, b.start, &b.day.shift_id)));

    let mut days: Vec<DayResult> = Vec::with_capacity(drafts.len());
    let mut origins = Vec::with_capacity(drafts.len());
    for draft in drafts {
        days.push(draft.day);
        origins.push((draft.slot, draft.marks));
    }
    overtime::assign(&mut days, fields);
    for (day, (slot, of_day)) in days.iter_mut().zip(&origins) {
        let slot = slot.and_then(|i| slots.get(i));
        let of_day = of_day.iter().filter_map(|&i| marks.get(i));
        day.input_hash = digest::of_day(policy, zones.tzdb_version(), slot, of_day, day);
    }
    Ok(Evaluation {
        days,
        tzdb_version: zones.tzdb_version().map(str::to_owned),
    })
}

/// The marks that repeat a kept one. `dropped` is in time order, and so are the kept marks they repeat.
fn repeats_of(dropped: &[Dropped], kept: usize) -> Vec<usize> {
    let from = dropped.partition_point(|d| d.repeats < kept);
    dropped
        .iter()
        .skip(from)
        .take_while(|d| d.repeats == kept)
        .map(|d| d.mark)
        .collect()
}
