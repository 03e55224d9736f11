//! `fjall`, with the least that makes an outbox of it: one keyspace of known fingerprints and one of pending events, a look-up
//! before every insert, and every commit flushed.

use std::path::Path;
use std::time::Duration;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use punchclock_benches::run::time;
use punchclock_queue::Fingerprint;

use crate::side::body;

pub struct Fjall {
    db: Database,
    seen: Keyspace,
    pending: Keyspace,
    made: usize,
}

impl Fjall {
    pub fn open(folder: &Path) -> Self {
        let db = Database::builder(folder).open().unwrap();
        let keyspace = |name| db.keyspace(name, KeyspaceCreateOptions::default).unwrap();
        let (seen, pending) = (keyspace("seen"), keyspace("pending"));
        Self {
            db,
            seen,
            pending,
            made: 0,
        }
    }

    /// What the queue's own input has: a fingerprint of 16 bytes and a body.
    fn events(from: usize, count: usize) -> Vec<([u8; 16], u64, String)> {
        let fingerprints = punchclock_benches::input::events(from, count);
        let numbered = fingerprints.into_iter().zip(from..);
        numbered
            .map(|(event, number)| (fingerprint(&event.fingerprint), number as u64, body(number)))
            .collect()
    }

    fn enqueue(&self, events: &[([u8; 16], u64, String)], a_commit: usize) {
        for events in events.chunks(a_commit) {
            let mut batch = self.db.batch().durability(Some(PersistMode::SyncData));
            let mut new = false;
            for (fingerprint, number, body) in events {
                if self.seen.contains_key(fingerprint).unwrap() {
                    continue;
                }
                new = true;
                batch.insert(&self.seen, fingerprint, []);
                batch.insert(&self.pending, number.to_be_bytes(), body);
            }
            if new {
                batch.commit().unwrap();
            }
        }
    }
}

fn fingerprint(fingerprint: &Fingerprint) -> [u8; 16] {
    *fingerprint.as_bytes()
}

impl crate::side::Side for Fjall {
    fn new_events(&mut self, count: usize, a_commit: usize) -> Duration {
        let events = Self::events(self.made, count);
        self.made += count;
        time(&mut || self.enqueue(&events, a_commit))
    }

    fn known_events(&mut self, count: usize) -> Duration {
        let events = Self::events(0, count);
        time(&mut || self.enqueue(&events, 100))
    }

    fn drain(&mut self, count: usize) -> Duration {
        time(&mut || {
            let mut left = count;
            while left > 0 {
                let taken: Vec<_> = self
                    .pending
                    .iter()
                    .take(left.min(100))
                    .map(|item| item.into_inner().unwrap())
                    .collect();
                assert!(!taken.is_empty(), "{left} events are missing");
                left -= taken.len();
                let mut batch = self.db.batch().durability(Some(PersistMode::SyncData));
                for (number, _) in taken {
                    batch.remove(&self.pending, number);
                }
                batch.commit().unwrap();
            }
        })
    }
}
