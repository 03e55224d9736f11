//! Stage 11: premium windows, whatever the tier and the kind of the day.

use chrono::NaiveDate;

use super::assemble::Draft;
use crate::day_kind::DayFacts;
use crate::policy::Overlay;
use crate::result::OverlaySeconds;
use crate::segment::{Segment, cut_at};
use crate::site_day::SiteDays;
use crate::zone::ZoneTable;

/// Marks the worked segments inside each window, and fills the totals.
pub(crate) fn apply<'f>(
    draft: &mut Draft<'_>,
    overlays: &[Overlay],
    zone: &ZoneTable,
    site: &mut SiteDays,
    facts: impl Fn(NaiveDate) -> Option<&'f DayFacts>,
) {
    if overlays.is_empty() {
        return;
    }
    draft.day.overlays = Vec::with_capacity(overlays.len());
    let segments = &mut draft.day.segments;
    let span = segments
        .first()
        .map(|s| s.from)
        .zip(segments.last().map(|s| s.to));
    for (position, overlay) in overlays.iter().enumerate() {
        let mut inside_s = 0;
        if let Some((from, to)) = span {
            let applies = |date| {
                overlay.days.is_empty()
                    || overlay
                        .days
                        .iter()
                        .any(|kind| DayFacts::known_as(facts(date), kind))
            };
            site.windows(zone, (overlay.from, overlay.to), from, to, |window, date| {
                if applies(date) {
                    inside_s += worked_inside(segments, window);
                }
            });
            if inside_s > 0 && inside_s >= overlay.min_s {
                site.windows(zone, (overlay.from, overlay.to), from, to, |window, date| {
                    if applies(date) {
                        mark(segments, window, position);
                    }
                });
            } else {
                inside_s = 0;
            }
        }
        draft.day.overlays.push(OverlaySeconds {
            name: overlay.name.clone(),
            seconds: inside_s,
            rate_bp: overlay.rate_bp,
        });
    }
}

/// Worked seconds inside a window.
fn worked_inside(segments: &[Segment], (from, to): (i64, i64)) -> i64 {
    let first = segments.partition_point(|s| s.to <= from);
    let near = segments
        .get(first..)
        .unwrap_or_default()
        .iter()
        .take_while(|s| s.from < to);
    near.filter(|s| s.label.is_worked())
        .map(|s| s.to.min(to) - s.from.max(from))
        .sum()
}

fn mark(segments: &mut Vec<Segment>, (from, to): (i64, i64), position: usize) {
    for edge in [from, to] {
        let after = segments.partition_point(|s| s.from < edge);
        let worked = after
            .checked_sub(1)
            .and_then(|i| segments.get(i))
            .is_some_and(|s| s.label.is_worked());
        if worked {
            cut_at(segments, [edge]);
        }
    }
    let first = segments.partition_point(|s| s.to <= from);
    let near = segments
        .get_mut(first..)
        .unwrap_or_default()
        .iter_mut()
        .take_while(|s| s.from < to);
    near.filter(|s| s.label.is_worked())
        .for_each(|s| s.overlays.insert(position));
}
