//! Maintenance in slices: forgetting what cannot come back, giving pages back, moving the log into the file.

use std::time::Duration;

use super::settle::DAY_MS;
use super::{Engine, Tx};
use crate::schema::pragmas::{BUSY, PAGE_BYTES};
use crate::{Budget, Error, MIN_RETENTION_DAYS, Maintained, Stats};

/// Free pages that stay in the file for the next events, so that a quiet queue is not cut and grown again every day.
const SPARE_PAGES: u64 = 256;

/// 2000-01-01T00:00:00 in Unix seconds: where the first four bytes of a fingerprint count from.
const FINGERPRINT_EPOCH: i64 = 946_684_800;

/// What is forgotten in a slice: fingerprints below the first, delivered up to the second.
#[derive(Debug, Clone, Copy)]
struct Cutoff {
    /// Exclusive upper bound in the order of the fingerprints, which is the order of punch times.
    prefix: u32,
    /// Last day of delivery, in days since 1970.
    day: i64,
}

impl Cutoff {
    /// `None` if the clock stands where nothing can be old enough.
    fn of(budget: &Budget) -> Option<Self> {
        let now_ms = budget.synced_now_ms?;
        let days = i64::from(budget.retention_days.max(MIN_RETENTION_DAYS));
        let day = now_ms.div_euclid(DAY_MS).checked_sub(days)?;
        // A terminal's clock may be a time zone off.
        let second = day.checked_sub(1)?.checked_mul(86_400)?;
        let prefix = second.checked_sub(FINGERPRINT_EPOCH)?;
        (prefix > 0 && day > 0).then(|| Self {
            prefix: u32::try_from(prefix).unwrap_or(u32::MAX),
            day,
        })
    }
}

impl Engine {
    /// One slice. What a full disk keeps from being done is left for later.
    pub(crate) fn maintain(&mut self, budget: Budget) -> Result<Maintained, Error> {
        let mut done = Maintained {
            done: true,
            ..Maintained::default()
        };
        if let Some(cutoff) = Cutoff::of(&budget) {
            let after = self.forgotten_up_to.take();
            let ((forgotten, rest), _) =
                self.transact(|tx| tx.forget(cutoff, after.as_deref(), budget.rows))?;
            done.forgotten = forgotten;
            done.done = rest.is_none();
            self.forgotten_up_to = rest;
        }
        let before = self.sizes()?;
        let spare = (before.free_bytes / PAGE_BYTES).saturating_sub(SPARE_PAGES);
        let pages = spare.min(u64::from(budget.pages));
        if pages > 0 {
            self.vacuum(pages)?;
            done.done &= spare <= pages;
        }
        self.checkpoint_unless_read()?;
        let after = self.sizes()?;
        done.freed_bytes = before.db_bytes.saturating_sub(after.db_bytes);
        done.wal_bytes = after.wal_bytes;
        Ok(done)
    }

    fn sizes(&mut self) -> Result<Stats, Error> {
        let path = self.path.clone();
        let mut stats = Stats::default();
        self.read(|connection| crate::read::measure(connection, &path, &mut stats))?;
        Ok(stats)
    }

    /// Gives free pages at the end of the file back.
    fn vacuum(&mut self, pages: u64) -> Result<(), Error> {
        // One step frees one page, so the statement must be run to its end.
        let run = |tx: &mut Tx<'_>| {
            tx.allow_settling()?;
            tx.touch()?;
            let mut statement = tx
                .connection
                .prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
            let mut rows = statement.query([])?;
            while rows.next()?.is_some() {}
            Ok(())
        };
        match self.transact(run) {
            Err(error) if error.is_full() && self.throw_off_ballast() => self.transact(run).map(drop),
            other => other.map(drop),
        }
    }

    /// Moves the log into the file as far as no reader needs it, without waiting for one.
    pub(super) fn checkpoint_unless_read(&mut self) -> Result<(), Error> {
        self.read(|connection| {
            connection.busy_timeout(Duration::ZERO)?;
            let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            connection.busy_timeout(BUSY)?;
            moved
        })
    }
}

impl Tx<'_> {
    /// Forgets delivered fingerprints, looking at no more than `rows` of them in the order of their punch times. Answers how
    /// many, and where to go on, if there is more.
    fn forget(
        &mut self,
        cutoff: Cutoff,
        after: Option<&[u8]>,
        rows: u32,
    ) -> rusqlite::Result<(u64, Option<Vec<u8>>)> {
        self.allow_settling()?;
        let bound = cutoff.prefix.to_be_bytes();
        let connection = self.connection;
        // A bare prefix sorts before every fingerprint that begins with it. The day of what is pending or refused is 0.
        let mut look = connection.prepare_cached(
            "SELECT fp, day BETWEEN 1 AND ?3 FROM seen WHERE fp > ?1 AND fp < ?2 ORDER BY fp LIMIT ?4",
        )?;
        let mut remove = connection.prepare_cached("DELETE FROM seen WHERE fp = ?1")?;
        let looked: Vec<(Vec<u8>, bool)> = look
            .query_map(
                (after.unwrap_or(&[]), bound.as_slice(), cutoff.day, rows.max(1)),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?
            .collect::<rusqlite::Result<_>>()?;
        let mut forgotten = 0;
        for (fp, old) in &looked {
            if *old {
                self.touch()?;
                forgotten += u64::try_from(remove.execute([fp])?).unwrap_or(0);
            }
        }
        self.counts.seen = self.counts.seen.saturating_sub(forgotten);
        let full = looked.len() >= usize::try_from(rows.max(1)).unwrap_or(usize::MAX);
        let rest = looked.into_iter().next_back().filter(|_| full).map(|(fp, _)| fp);
        Ok((forgotten, rest))
    }
}
