//! Stage 2: repeated taps.
//!
//! A punch is dropped when it comes within the window of the last *kept* punch and does not claim the opposite of it. The window hangs on the
//! kept punch, so a slow train of taps is not swallowed for ever.

use crate::normalise::Mark;

/// A repeated tap and the punch it repeats, as indices of the sorted marks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropped {
    pub(crate) mark: usize,
    pub(crate) repeats: usize,
}

/// Indices of the kept marks, and the dropped ones; both in time order.
pub(crate) fn dedup(marks: &[Mark], window_s: i64) -> (Vec<usize>, Vec<Dropped>) {
    let mut kept: Vec<usize> = Vec::with_capacity(marks.len());
    let mut dropped = Vec::new();
    let mut last: Option<(usize, &Mark)> = None;
    for (index, mark) in marks.iter().enumerate() {
        let repeats = last.filter(|(_, last)| {
            let alike = last.claimed.is_none() || mark.claimed.is_none() || last.claimed == mark.claimed;
            alike && mark.at - last.at <= window_s
        });
        if let Some((repeats, _)) = repeats {
            dropped.push(Dropped { mark: index, repeats });
        } else {
            kept.push(index);
            last = Some((index, mark));
        }
    }
    (kept, dropped)
}
