//! Stage 2: repeated taps.
//!
//! A punch is dropped when it comes within the window of the last *kept* punch and does not claim the opposite of it. The window hangs on the
//! kept punch, so a slow train of taps is not swallowed for ever.

use super::normalise::Mark;
use crate::policy::DedupScope;

/// A repeated tap and the punch it repeats, as indices of the sorted marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) mark: usize,
    pub(crate) repeats: usize,
}

/// Indices of the kept marks in time order, and the dropped ones by the kept mark they repeat. `rules` gives window and scope at an instant.
pub(crate) fn dedup(
    marks: &[Mark<'_>],
    rules: impl Fn(i64) -> (i64, DedupScope),
) -> (Vec<usize>, Vec<Dropped>) {
    let mut kept: Vec<usize> = Vec::with_capacity(marks.len());
    let mut dropped = Vec::new();
    // The last kept mark among those that are compared with each other: one for all, or one for each site or terminal.
    let mut last: Vec<(Option<&str>, usize)> = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        let (window_s, scope) = rules(mark.at);
        let place = match scope {
            DedupScope::All => None,
            DedupScope::Site => mark.punch.zone.as_deref(),
            DedupScope::Device => mark.punch.device.as_deref(),
        };
        let slot = last
            .iter()
            .position(|(of, _)| scope == DedupScope::All || *of == place);
        let repeats = slot.and_then(|i| last.get(i)).map(|l| l.1).filter(|&kept| {
            marks.get(kept).is_some_and(|kept| {
                let alike = kept.claimed.is_none() || mark.claimed.is_none() || kept.claimed == mark.claimed;
                alike && mark.at - kept.at <= window_s
            })
        });
        if let Some(repeats) = repeats {
            dropped.push(Dropped { mark: index, repeats });
            continue;
        }
        kept.push(index);
        match slot.and_then(|i| last.get_mut(i)) {
            Some(entry) => entry.1 = index,
            None => last.push((place, index)),
        }
    }
    dropped.sort_by_key(|d| (d.repeats, d.mark));
    (kept, dropped)
}

/// The marks that repeat a kept one.
pub(crate) fn repeats_of(dropped: &[Dropped], kept: usize) -> impl Iterator<Item = usize> {
    let from = dropped.partition_point(|d| d.repeats < kept);
    dropped
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(move |d| d.repeats == kept)
        .map(|d| d.mark)
}
