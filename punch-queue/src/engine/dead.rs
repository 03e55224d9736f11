//! What an operator does with what the sink refused and with what could not be read.

use rusqlite::OptionalExtension;

use super::Tx;
use super::settle::DAY_MS;
use crate::row::{self, Row};
use crate::{Seq, Settled};

impl Tx<'_> {
    /// Refused events are pending again, under their old numbers: a number names one event for ever.
    pub(crate) fn requeue(&mut self, seqs: &[Seq]) -> rusqlite::Result<Settled> {
        self.allow_settling()?;
        let connection = self.connection;
        let mut look = connection.prepare_cached(row::SELECT_ONE_DEAD)?;
        let mut restore = connection.prepare_cached(
            "INSERT INTO event (seq, fp, recv_ms, source, crc, body)
             SELECT seq, fp, recv_ms, source, crc, body FROM dead WHERE seq = ?1",
        )?;
        let mut remove = connection.prepare_cached("DELETE FROM dead WHERE seq = ?1")?;
        let mut settled = Settled::default();
        for &seq in seqs {
            let found = look.query_row([seq.get()], row::checked).optional()?;
            let Some(found) = found else {
                settled.ignored += 1;
                continue;
            };
            self.touch()?;
            match found {
                Row::Good(_) => {
                    restore.execute([seq.get()])?;
                    remove.execute([seq.get()])?;
                    self.counts.pending += 1;
                    settled.settled += 1;
                }
                Row::Damaged(damaged) => {
                    remove.execute([seq.get()])?;
                    self.keep_damaged(&damaged)?;
                    settled.ignored += 1;
                }
            }
            self.counts.dead = self.counts.dead.saturating_sub(1);
        }
        Ok(settled)
    }

    /// Refused events are deleted; their fingerprints stay known, as delivered ones do.
    pub(crate) fn purge_dead(&mut self, seqs: &[Seq], at_ms: i64) -> rusqlite::Result<Settled> {
        self.allow_settling()?;
        let connection = self.connection;
        let mut remove = connection.prepare_cached("DELETE FROM dead WHERE seq = ?1 RETURNING fp")?;
        let mut stamp = connection.prepare_cached("UPDATE seen SET day = ?2 WHERE fp = ?1")?;
        let day = at_ms.div_euclid(DAY_MS).max(1);
        let mut settled = Settled::default();
        for &seq in seqs {
            let fp: Option<Vec<u8>> = remove.query_row([seq.get()], |row| row.get(0)).optional()?;
            let Some(fp) = fp else {
                settled.ignored += 1;
                continue;
            };
            self.touch()?;
            stamp.execute((fp, day))?;
            self.counts.dead = self.counts.dead.saturating_sub(1);
            settled.settled += 1;
        }
        Ok(settled)
    }

    /// Quarantined pieces are deleted.
    pub(crate) fn purge_quarantine(&mut self, ids: &[i64]) -> rusqlite::Result<Settled> {
        self.allow_settling()?;
        let connection = self.connection;
        let mut remove = connection.prepare_cached("DELETE FROM quarantine WHERE id = ?1")?;
        let mut settled = Settled::default();
        for id in ids {
            if remove.execute([id])? == 1 {
                self.touch()?;
                self.counts.quarantined = self.counts.quarantined.saturating_sub(1);
                settled.settled += 1;
            } else {
                settled.ignored += 1;
            }
        }
        Ok(settled)
    }
}
