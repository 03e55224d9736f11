//! Who holds what: in memory only.
//!
//! There is exactly one process, so a lease needs no disk write; losing them at a restart means redelivery, which the sink's
//! unique key absorbs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{LeaseId, Seq};

#[derive(Debug, Default)]
pub(crate) struct LeaseTable {
    granted: u64,
    held: BTreeMap<Seq, (LeaseId, Duration)>,
}

impl LeaseTable {
    /// Ends every lease whose time has come.
    pub(crate) fn expire(&mut self, now: Duration) {
        self.held.retain(|_, (_, until)| *until > now);
    }

    /// The lease that holds the event.
    pub(crate) fn holder(&self, seq: Seq) -> Option<LeaseId> {
        self.held.get(&seq).map(|(lease, _)| *lease)
    }

    /// A new lease over these events.
    pub(crate) fn grant(&mut self, seqs: impl Iterator<Item = Seq>, until: Duration) -> LeaseId {
        self.granted = self.granted.wrapping_add(1);
        let id = LeaseId(self.granted);
        self.held.extend(seqs.map(|seq| (seq, (id, until))));
        id
    }

    /// Lets the lease run until another moment; says how many events it still holds.
    pub(crate) fn extend(&mut self, lease: LeaseId, until: Duration) -> usize {
        let mut held = 0;
        for (holder, end) in self.held.values_mut() {
            if *holder == lease {
                *end = until;
                held += 1;
            }
        }
        held
    }

    /// Ends the lease over one event.
    pub(crate) fn release(&mut self, seq: Seq) {
        self.held.remove(&seq);
    }

    /// How many events are out.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.held.len()).unwrap_or(u64::MAX)
    }
}
