//! Intake: one upload, one transaction, one outcome an event.

use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use super::Tx;
use crate::row::checksum;
use crate::{Batch, CursorUpdate, NewQuarantine, Outcome};

impl Tx<'_> {
    /// Stores what is new in the batch, says for each event what became of it, and moves the cursor. A batch that brings
    /// nothing new writes nothing, so a terminal that replays its memory costs no write.
    pub(crate) fn enqueue(&mut self, batch: &Batch) -> rusqlite::Result<Vec<Outcome>> {
        self.allow_intake()?;
        let outcomes = self.events(batch)?;
        for piece in &batch.quarantine {
            self.quarantine(piece)?;
        }
        if let Some(cursor) = &batch.cursor {
            self.cursor(cursor)?;
        }
        Ok(outcomes)
    }

    fn events(&mut self, batch: &Batch) -> rusqlite::Result<Vec<Outcome>> {
        let connection = self.connection;
        // RETURNING gives no row on a conflict, so newness is read from the count of changed rows.
        let mut learn = connection.prepare_cached(
            "INSERT INTO seen (fp, mark, day) VALUES (?1, ?2, 0) ON CONFLICT (fp) DO NOTHING",
        )?;
        let mut recall = connection.prepare_cached("SELECT mark FROM seen WHERE fp = ?1")?;
        let mut store = connection.prepare_cached(
            "INSERT INTO event (seq, fp, recv_ms, source, crc, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let mut outcomes = Vec::with_capacity(batch.events.len());
        for event in &batch.events {
            let fp = event.fingerprint.as_bytes().as_slice();
            let outcome = if learn.execute((fp, event.mark))? == 1 {
                self.touch()?;
                let seq = self.next_seq()?;
                let crc = checksum(fp, event.received_ms, event.source.as_bytes(), &event.body);
                store.execute((seq.get(), fp, event.received_ms, &event.source, crc, &event.body))?;
                self.counts.accepted += 1;
                self.counts.pending += 1;
                self.counts.seen += 1;
                Outcome::Accepted { seq }
            } else {
                let kept_mark: i64 = recall.query_row([fp], |row| row.get(0))?;
                let kept_mark = u32::try_from(kept_mark).unwrap_or(u32::MAX);
                self.counts.duplicates += 1;
                if kept_mark == event.mark {
                    Outcome::Duplicate
                } else {
                    self.counts.conflicts += 1;
                    Outcome::Conflict { kept_mark }
                }
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Keeps bytes that could not be read, once.
    pub(crate) fn quarantine(&mut self, piece: &NewQuarantine) -> rusqlite::Result<()> {
        let mut hash = Sha256::new();
        hash.update(piece.source.as_bytes());
        hash.update([0]);
        hash.update(&piece.raw);
        let digest = hash.finalize();
        let sql = "INSERT INTO quarantine (recv_ms, source, reason, digest, raw) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (digest) DO NOTHING";
        let row = (
            piece.received_ms,
            &piece.source,
            &piece.reason,
            digest.as_slice(),
            &piece.raw,
        );
        if self.connection.prepare_cached(sql)?.execute(row)? == 1 {
            self.touch()?;
            self.counts.quarantined += 1;
        }
        Ok(())
    }

    fn cursor(&mut self, cursor: &CursorUpdate) -> rusqlite::Result<()> {
        let known: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT state FROM cursor WHERE device = ?1")?
            .query_row([&cursor.device], |row| row.get(0))
            .optional()?;
        if known.as_ref() == Some(&cursor.state) {
            return Ok(());
        }
        let sql = "INSERT INTO cursor (device, state) VALUES (?1, ?2)
                   ON CONFLICT (device) DO UPDATE SET state = excluded.state";
        self.connection
            .prepare_cached(sql)?
            .execute((&cursor.device, &cursor.state))?;
        self.touch()
    }
}
