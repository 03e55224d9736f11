//! Giving events out for delivery, oldest first.

use std::time::Duration;

use super::{Engine, Tx};
use crate::row::{self, Damaged, Row};
use crate::{Damage, Error, Event, Lease, LeaseId};

impl Engine {
    /// Leases the oldest events that no other lease holds. Rows that fail their checksum are moved to quarantine on the way.
    pub(crate) fn lease(
        &mut self,
        max_events: usize,
        max_bytes: usize,
        ttl: Duration,
    ) -> Result<Lease, Error> {
        let now = self.clock.now();
        self.leases.expire(now);
        let (events, damaged) = self.oldest_free(max_events, max_bytes)?;
        self.set_aside(&damaged)?;
        let id = self
            .leases
            .grant(events.iter().map(|event| event.seq), now.saturating_add(ttl));
        Ok(Lease { id, events })
    }

    /// Gives a lease more time, from now. What it has lost already stays lost.
    pub(crate) fn extend(&mut self, lease: LeaseId, ttl: Duration) -> Result<usize, Error> {
        self.check()?;
        let now = self.clock.now();
        self.leases.expire(now);
        Ok(self.leases.extend(lease, now.saturating_add(ttl)))
    }

    fn oldest_free(
        &mut self,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<(Vec<Event>, Vec<Damaged>), Error> {
        self.check()?;
        let gather = || {
            let mut events: Vec<Event> = Vec::new();
            let mut damaged = Vec::new();
            let mut bytes = 0_usize;
            let mut statement = self.connection.prepare_cached(row::SELECT_PENDING)?;
            let mut rows = statement.query([i64::MIN])?;
            while events.len() < max_events {
                let Some(row) = rows.next()? else { break };
                if self.leases.holder(row::seq(row)?).is_some() {
                    continue;
                }
                match row::checked(row)? {
                    Row::Good(event) => {
                        bytes = bytes.saturating_add(event.body.len());
                        // One event always goes, however large: it would never go otherwise.
                        if bytes > max_bytes && !events.is_empty() {
                            break;
                        }
                        events.push(event);
                    }
                    Row::Damaged(row) => damaged.push(row),
                }
            }
            Ok((events, damaged))
        };
        gather().map_err(|error: rusqlite::Error| self.fail(&error))
    }

    fn set_aside(&mut self, damaged: &[Damaged]) -> Result<(), Error> {
        if damaged.is_empty() {
            return Ok(());
        }
        for row in damaged {
            tracing::error!(seq = row.seq.get(), fingerprint = %row.fingerprint, "a row failed its checksum and goes to quarantine");
        }
        match self.transact(|tx| damaged.iter().try_for_each(|row| tx.set_aside(row))) {
            // No space to move them: they wait where they are, and the good rows go out.
            Err(error) if error.is_full() => Ok(()),
            other => other.map(drop),
        }
    }
}

impl Tx<'_> {
    /// Moves a damaged row to quarantine and forgets its fingerprint, so that the terminal's own copy is accepted when it
    /// is read again.
    fn set_aside(&mut self, row: &Damaged) -> rusqlite::Result<()> {
        self.allow_settling()?;
        self.touch()?;
        self.connection
            .prepare_cached("DELETE FROM event WHERE seq = ?1")?
            .execute([row.seq.get()])?;
        self.counts.pending = self.counts.pending.saturating_sub(1);
        self.keep_damaged(row)
    }

    /// Keeps what can be read of a damaged row that was taken out of its table, and forgets its fingerprint.
    pub(super) fn keep_damaged(&mut self, row: &Damaged) -> rusqlite::Result<()> {
        let forgotten = self
            .connection
            .prepare_cached("DELETE FROM seen WHERE fp = ?1")?
            .execute([&row.fp])?;
        self.keep_bytes(row)?;
        self.counts.seen = self.counts.seen.saturating_sub(u64::from(forgotten > 0));
        self.counts.damaged += 1;
        self.damage.push(Damage::Row {
            source: row.source.clone(),
            fingerprint: row.fingerprint.clone(),
        });
        Ok(())
    }
}
