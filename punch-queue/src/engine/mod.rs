//! What the writer thread owns: the one connection that writes, the numbering, the counts, the leases.

mod dead;
mod enqueue;
mod lease;
mod maintain;
mod open;
mod restore;
mod settle;

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use crate::lease::LeaseTable;
use crate::lock::ProcessLock;
use crate::salvage::{self, DamageHook};
use crate::schema::pragmas;
use crate::space::Space;
use crate::{Damage, Error, MonotonicClock, Recovery, Seq, Stats, read};

/// How many numbers are reserved in the file at once, so that numbering costs a page in one commit of many.
const SEQ_BLOCK: i64 = 10_000;

/// Pages that settling may use above the quota: a full queue must still be able to move a refused event to the dead ones.
const SETTLE_PAGES: u64 = 256;

#[derive(Debug)]
pub(crate) struct Engine {
    connection: Connection,
    path: PathBuf,
    numbers: Numbers,
    counts: Stats,
    leases: LeaseTable,
    clock: Arc<dyn MonotonicClock>,
    quota_pages: Option<u64>,
    /// Whether the file still says that it was closed in order.
    marked_clean: bool,
    poison: Option<String>,
    /// Where the next slice of forgetting goes on.
    forgotten_up_to: Option<Vec<u8>>,
    recovery: Recovery,
    on_damage: DamageHook,
    space: Space,
    /// Let go of last, when the connection is closed.
    _lock: ProcessLock,
}

/// Numbering by blocks: everything up to `reserved` was announced in the file before it was handed out.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    next: i64,
    reserved: i64,
}

/// One transaction in the making. What it changes in memory is taken over only once it is committed.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    connection: &'a Connection,
    leases: &'a LeaseTable,
    space: &'a Space,
    /// New events are being stored, which must leave the reserve free.
    intake: bool,
    quota_pages: Option<u64>,
    numbers: Numbers,
    marked_clean: bool,
    wrote: bool,
    counts: Stats,
    released: Vec<Seq>,
    damage: Vec<Damage>,
}

impl Engine {
    pub(crate) fn recovery(&self) -> Recovery {
        self.recovery.clone()
    }

    /// Runs `work` in a transaction and commits it. On an error nothing of it happened. The flag says whether there was
    /// anything to write.
    pub(crate) fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> rusqlite::Result<T>,
    ) -> Result<(T, bool), Error> {
        self.check()?;
        self.leases.expire(self.clock.now());
        self.try_transact(work).map_err(|error| self.fail(&error))
    }

    fn try_transact<T>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<(T, bool)> {
        // IMMEDIATE: a transaction that begins by reading could be refused when it first writes.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut tx = Tx {
            connection: &transaction,
            leases: &self.leases,
            space: &self.space,
            intake: false,
            quota_pages: self.quota_pages,
            numbers: self.numbers,
            marked_clean: self.marked_clean,
            wrote: false,
            counts: self.counts,
            released: Vec::new(),
            damage: Vec::new(),
        };
        let made = work(&mut tx)?;
        let Tx {
            numbers,
            marked_clean,
            wrote,
            counts,
            released,
            damage,
            ..
        } = tx;
        transaction.commit()?;
        self.numbers = numbers;
        self.marked_clean = marked_clean;
        self.counts = counts;
        self.counts.commits += u64::from(wrote);
        for seq in released {
            self.leases.release(seq);
        }
        damage.iter().for_each(|damage| self.on_damage.tell(damage));
        if wrote {
            self.space.take_on();
        }
        Ok((made, wrote))
    }

    /// Reads outside a transaction.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.check()?;
        work(&self.connection).map_err(|error| self.fail(&error))
    }

    pub(crate) fn stats(&mut self) -> Result<Stats, Error> {
        self.leases.expire(self.clock.now());
        let mut stats = Stats {
            leased: self.leases.len(),
            ..self.counts
        };
        let path = self.path.clone();
        self.read(|connection| read::measure(connection, &path, &mut stats))?;
        Ok(stats)
    }

    /// Refuses to go on after an error that leaves the connection in doubt.
    fn check(&self) -> Result<(), Error> {
        match &self.poison {
            Some(cause) => Err(Error::Poisoned {
                path: self.path.clone(),
                cause: cause.clone(),
            }),
            None => Ok(()),
        }
    }

    fn fail(&mut self, error: &rusqlite::Error) -> Error {
        // A value that cannot be read makes one row doubtful; only what SQLite itself reports makes the connection so.
        let reported = error.sqlite_error().is_some();
        let error = Error::from_sqlite(&self.path, error);
        if reported && error.poisons() {
            tracing::error!(%error, "the queue stops until it is opened again");
            if !matches!(error, Error::Io { .. }) {
                salvage::suspect(&self.path);
            }
            self.poison = Some(error.to_string());
        }
        error
    }

    pub(crate) const fn is_poisoned(&self) -> bool {
        self.poison.is_some()
    }

    /// Marks the file as closed in order, moves the log into it and closes it. On a full disk both may have to be left; the
    /// log then stays beside the file, and the next opening reads it.
    pub(crate) fn close(mut self) -> Result<(), Error> {
        self.check()?;
        let mut tidied = self.sign_off().and_then(|()| self.checkpoint());
        if tidied.as_ref().is_err_and(Error::is_full) && self.throw_off_ballast() {
            tidied = self.sign_off().and_then(|()| self.checkpoint());
        }
        match tidied {
            Err(error) if error.is_full() => tracing::warn!(%error, "closing without tidying up"),
            other => other?,
        }
        let Self { connection, path, .. } = self;
        // Only here: a connection that ends in any other way leaves the log where it is.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
            .map_err(|error| Error::from_sqlite(&path, &error))?;
        connection
            .close()
            .map_err(|(_, error)| Error::from_sqlite(&path, &error))
    }

    /// Makes room on a full disk: without the ballast the log can be moved into the file, and then be written from its
    /// beginning again. Says whether trying again is worth it.
    pub(crate) fn throw_off_ballast(&mut self) -> bool {
        let thrown_off = self.space.throw_off();
        let moved = self.checkpoint_unless_read().is_ok();
        (thrown_off || moved) && !self.is_poisoned()
    }

    fn sign_off(&mut self) -> Result<(), Error> {
        if self.marked_clean {
            return Ok(());
        }
        let last = self.numbers.next - 1;
        let sign = |tx: &mut Tx<'_>| {
            tx.allow_settling()?;
            tx.set_meta("high_seq", last)?;
            for (key, rows) in counted(&tx.counts) {
                tx.set_meta(key, i64::try_from(rows).unwrap_or(i64::MAX))?;
            }
            tx.set_meta("clean", 1)
        };
        self.try_transact(sign)
            .map(drop)
            .map_err(|error| self.fail(&error))
    }

    /// Moves the log into the file. A reader may hold a part of it back; that is no error and is read at the next opening.
    fn checkpoint(&mut self) -> Result<(), Error> {
        let moved = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        moved.map_err(|error| self.fail(&error))
    }
}

/// What is noted at an orderly close, so that rows that vanish while nobody looks are missed.
fn counted(stats: &Stats) -> [(&'static str, u64); 3] {
    [
        ("rows_event", stats.pending),
        ("rows_dead", stats.dead),
        ("rows_seen", stats.seen),
    ]
}

impl Tx<'_> {
    /// Notes that this transaction writes, and with the first one after opening that the file is no longer closed in order.
    fn touch(&mut self) -> rusqlite::Result<()> {
        if self.intake {
            self.intake = false;
            if let Some((free, reserve)) = self.space.too_little() {
                let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
                let detail = format!("{free} bytes are free on the disk, {reserve} are kept in reserve");
                return Err(rusqlite::Error::SqliteFailure(full, Some(detail)));
            }
        }
        self.wrote = true;
        if self.marked_clean {
            self.marked_clean = false;
            self.set_meta("clean", 0)?;
        }
        Ok(())
    }

    /// The next number.
    fn next_seq(&mut self) -> rusqlite::Result<Seq> {
        if self.numbers.next > self.numbers.reserved {
            let reserved = self.numbers.next.saturating_add(SEQ_BLOCK - 1);
            self.set_meta("high_seq", reserved)?;
            self.numbers.reserved = reserved;
        }
        let seq = Seq::new(self.numbers.next);
        self.numbers.next = self.numbers.next.saturating_add(1);
        Ok(seq)
    }

    fn set_meta(&self, key: &str, value: i64) -> rusqlite::Result<()> {
        let sql = "INSERT INTO meta (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
        self.connection
            .prepare_cached(sql)?
            .execute((key, value))
            .map(drop)
    }

    /// From here on this transaction may grow the file to the quota.
    fn allow_intake(&mut self) -> rusqlite::Result<()> {
        self.intake = true;
        self.quota_pages
            .map_or(Ok(()), |pages| pragmas::limit_pages(self.connection, pages))
    }

    /// From here on this transaction may grow the file a little above the quota.
    fn allow_settling(&mut self) -> rusqlite::Result<()> {
        self.intake = false;
        let limit = |pages: u64| pragmas::limit_pages(self.connection, pages.saturating_add(SETTLE_PAGES));
        self.quota_pages.map_or(Ok(()), limit)
    }
}
