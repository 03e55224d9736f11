//! Taking rows of a damaged queue over, under their old numbers. Everything may be done twice.

use super::{Engine, Numbers, Tx};
use crate::row::{Damaged, checksum};
use crate::{Error, Event, NewQuarantine, Stats};

impl Engine {
    /// Goes on numbering after `high`, and says so in the file.
    pub(crate) fn number_from(&mut self, high: i64) -> Result<(), Error> {
        let high = high.max(self.numbers.next.saturating_sub(1));
        self.transact(|tx| {
            tx.numbers = Numbers {
                next: high.saturating_add(1),
                reserved: high,
            };
            tx.touch()?;
            tx.set_meta("high_seq", high)
        })
        .map(drop)
    }

    pub(crate) const fn counts(&self) -> &Stats {
        &self.counts
    }

    /// Moves what was taken over into the file.
    pub(crate) fn settle_down(&mut self) -> Result<(), Error> {
        // What the old file held is not news of this process.
        self.counts = Stats {
            pending: self.counts.pending,
            dead: self.counts.dead,
            seen: self.counts.seen,
            quarantined: self.counts.quarantined,
            ..Stats::default()
        };
        self.checkpoint()
    }
}

impl Tx<'_> {
    /// A pending event, unless its fingerprint is here already.
    pub(crate) fn restore_event(&mut self, event: &Event) -> rusqlite::Result<()> {
        if !self.relearn(event)? {
            return Ok(());
        }
        let sql = "INSERT INTO event (seq, fp, attempts, recv_ms, source, crc, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (seq) DO NOTHING";
        let crc = crc_of(event);
        let fp = event.fingerprint.as_bytes().as_slice();
        let connection = self.connection;
        let mut insert = connection.prepare_cached(sql)?;
        let mut store = |seq: i64| {
            insert.execute((
                seq,
                fp,
                event.attempts,
                event.received_ms,
                &event.source,
                crc,
                &event.body,
            ))
        };
        // Two rows of one number: the damage made one of them.
        if store(event.seq.get())? == 0 {
            store(self.next_seq()?.get())?;
        }
        self.number_after(event)?;
        self.counts.pending += 1;
        Ok(())
    }

    /// A refused event, unless its fingerprint is here already.
    pub(crate) fn restore_dead(
        &mut self,
        event: &Event,
        code: &str,
        reason: &str,
        dead_ms: i64,
    ) -> rusqlite::Result<()> {
        if !self.relearn(event)? {
            return Ok(());
        }
        let sql = "INSERT INTO dead (seq, fp, code, reason, attempts, recv_ms, dead_ms, source, crc, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (seq) DO NOTHING";
        let crc = crc_of(event);
        let fp = event.fingerprint.as_bytes().as_slice();
        let connection = self.connection;
        let mut insert = connection.prepare_cached(sql)?;
        let mut store = |seq: i64| {
            insert.execute((
                seq,
                fp,
                code,
                reason,
                event.attempts,
                event.received_ms,
                dead_ms,
                &event.source,
                crc,
                &event.body,
            ))
        };
        if store(event.seq.get())? == 0 {
            store(self.next_seq()?.get())?;
        }
        self.number_after(event)?;
        self.counts.dead += 1;
        Ok(())
    }

    /// A fingerprint with its mark. `false` if it was noted as not delivered and its event is not here.
    pub(crate) fn restore_seen(&mut self, fp: &[u8], mark: i64, day: i64) -> rusqlite::Result<bool> {
        let connection = self.connection;
        let mark = mark.clamp(0, i64::from(u32::MAX));
        let mut update = connection.prepare_cached("UPDATE seen SET mark = ?2 WHERE fp = ?1")?;
        if update.execute((fp, mark))? == 1 {
            self.touch()?;
            return Ok(true);
        }
        if day <= 0 {
            return Ok(false);
        }
        self.touch()?;
        connection
            .prepare_cached("INSERT INTO seen (fp, mark, day) VALUES (?1, ?2, ?3)")?
            .execute((fp, mark, day))?;
        self.counts.seen += 1;
        Ok(true)
    }

    /// The bytes of a row that cannot be believed.
    pub(crate) fn keep_bytes(&mut self, row: &Damaged) -> rusqlite::Result<()> {
        let reason = format!(
            "row {} of fingerprint {} failed its checksum",
            row.seq, row.fingerprint
        );
        self.quarantine(&NewQuarantine::new(
            row.source.clone(),
            row.received_ms,
            reason,
            row.body.clone(),
        ))
    }

    fn relearn(&mut self, event: &Event) -> rusqlite::Result<bool> {
        let sql = "INSERT INTO seen (fp, mark, day) VALUES (?1, 0, 0) ON CONFLICT (fp) DO NOTHING";
        let new = self
            .connection
            .prepare_cached(sql)?
            .execute([event.fingerprint.as_bytes()])?
            == 1;
        if new {
            self.touch()?;
            self.counts.seen += 1;
        }
        Ok(new)
    }

    /// No later number may be one that is in use.
    fn number_after(&mut self, event: &Event) -> rusqlite::Result<()> {
        let seq = event.seq.get();
        if seq >= self.numbers.next {
            self.numbers = Numbers {
                next: seq.saturating_add(1),
                reserved: seq,
            };
            self.set_meta("high_seq", seq)?;
        }
        Ok(())
    }
}

fn crc_of(event: &Event) -> u32 {
    checksum(
        event.fingerprint.as_bytes(),
        event.received_ms,
        event.source.as_bytes(),
        &event.body,
    )
}
