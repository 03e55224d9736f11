//! What became of events that were out for delivery.

use rusqlite::OptionalExtension;

use super::Tx;
use crate::{DeadLetter, LeaseId, Seq, Settled};

/// One day in milliseconds.
pub(super) const DAY_MS: i64 = 86_400_000;

impl Tx<'_> {
    /// Delivered: the events leave the queue, their fingerprints stay. The lease plays no part: what the sink has, it has,
    /// however late the news.
    pub(crate) fn ack(&mut self, seqs: &[Seq], at_ms: i64) -> rusqlite::Result<Settled> {
        self.allow_settling()?;
        let connection = self.connection;
        let mut delete = connection.prepare_cached("DELETE FROM event WHERE seq = ?1 RETURNING fp")?;
        let mut stamp = connection.prepare_cached("UPDATE seen SET day = ?2 WHERE fp = ?1")?;
        // Day 0 means not delivered, so a host whose clock stands before 1970 writes day 1.
        let day = at_ms.div_euclid(DAY_MS).max(1);
        let mut settled = Settled::default();
        for &seq in seqs {
            let fp: Option<Vec<u8>> = delete.query_row([seq.get()], |row| row.get(0)).optional()?;
            if let Some(fp) = fp {
                self.touch()?;
                stamp.execute((fp, day))?;
                self.leave_pending(seq, &mut settled);
            } else {
                settled.ignored += 1;
            }
        }
        Ok(settled)
    }

    /// Not delivered: the events are pending again, and the attempt is counted. An event that another lease holds by now is
    /// left to it.
    pub(crate) fn nack(&mut self, lease: LeaseId, seqs: &[Seq]) -> rusqlite::Result<Settled> {
        self.allow_settling()?;
        let connection = self.connection;
        let mut count = connection
            .prepare_cached("UPDATE event SET attempts = min(attempts + 1, 4294967295) WHERE seq = ?1")?;
        let mut settled = Settled::default();
        for &seq in seqs {
            let foreign = self.leases.holder(seq).is_some_and(|holder| holder != lease);
            if !foreign && count.execute([seq.get()])? == 1 {
                self.touch()?;
                self.released.push(seq);
                settled.settled += 1;
            } else {
                settled.ignored += 1;
            }
        }
        Ok(settled)
    }

    /// Refused by the sink: the events move to the dead ones, where they stay.
    pub(crate) fn dead(&mut self, letters: &[DeadLetter], at_ms: i64) -> rusqlite::Result<Settled> {
        self.allow_settling()?;
        let connection = self.connection;
        let mut bury = connection.prepare_cached(
            "INSERT INTO dead (seq, fp, code, reason, attempts, recv_ms, dead_ms, source, crc, body)
             SELECT seq, fp, ?2, ?3, attempts, recv_ms, ?4, source, crc, body FROM event WHERE seq = ?1",
        )?;
        let mut delete = connection.prepare_cached("DELETE FROM event WHERE seq = ?1")?;
        let mut settled = Settled::default();
        for letter in letters {
            if bury.execute((letter.seq.get(), &letter.code, &letter.reason, at_ms))? == 1 {
                self.touch()?;
                delete.execute([letter.seq.get()])?;
                self.counts.dead += 1;
                self.leave_pending(letter.seq, &mut settled);
            } else {
                settled.ignored += 1;
            }
        }
        Ok(settled)
    }

    fn leave_pending(&mut self, seq: Seq, settled: &mut Settled) {
        self.counts.pending = self.counts.pending.saturating_sub(1);
        self.released.push(seq);
        settled.settled += 1;
    }
}
