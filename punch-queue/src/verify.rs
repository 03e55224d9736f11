//! Is everything in the file what was put there?

use rusqlite::{Connection, ErrorCode};

use crate::row::{self, Row};
use crate::{Fingerprint, Seq};

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// SQLite's quick check: every page of every table is whole and in order.
    Quick,
    /// SQLite's integrity check, the checksum of every pending and every refused event, and that each of them is known by
    /// its fingerprint and not noted as delivered.
    Full,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// SQLite found the file damaged.
    #[non_exhaustive]
    File {
        /// SQLite's words.
        detail: String,
    },
    /// The bytes of an event changed on the disk.
    #[non_exhaustive]
    Checksum {
        /// Which event.
        seq: Seq,
        /// The name of the table it is in.
        table: &'static str,
    },
    /// The fingerprint of a pending or refused event is not known, or noted as delivered: a copy could come in, or retention could
    /// forget it.
    #[non_exhaustive]
    Unknown {
        /// Which event.
        seq: Seq,
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },
}

/// What verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// What is wrong, at most [`Verified::MAX_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// Events whose checksum was computed.
    pub events: u64,
}

impl Verified {
    /// Most problems listed; a file with more is not looked at further.
    pub const MAX_PROBLEMS: usize = 100;

    /// Nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn note(&mut self, problem: Problem) {
        if !self.is_full() {
            self.problems.push(problem);
        }
    }

    const fn is_full(&self) -> bool {
        self.problems.len() >= Self::MAX_PROBLEMS
    }
}

/// What SQLite says of the pages; empty if they are whole.
pub(crate) fn pages(connection: &Connection, check: Check) -> rusqlite::Result<Vec<String>> {
    let pragma = match check {
        Check::Quick => "quick_check",
        Check::Full => "integrity_check",
    };
    let mut statement = connection.prepare(&format!("PRAGMA {pragma}({})", Verified::MAX_PROBLEMS))?;
    let mut rows = statement.query([])?;
    let mut said = Vec::new();
    loop {
        match rows.next() {
            Ok(Some(row)) => said.push(row.get::<_, String>(0)?),
            Ok(None) => break,
            // Some damage ends the check instead of being listed by it.
            Err(error) if is_damage(&error) => {
                said.push(error.to_string());
                break;
            }
            Err(error) => return Err(error),
        }
    }
    said.retain(|line| line != "ok");
    Ok(said)
}

/// Whether SQLite says that the file is damaged.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Looks at everything, in one view of the file.
pub(crate) fn verify(connection: &Connection, check: Check) -> rusqlite::Result<Verified> {
    let mut verified = Verified::default();
    for detail in pages(connection, check)? {
        verified.note(Problem::File { detail });
    }
    if check == Check::Full && verified.is_sound() {
        events(connection, "event", &mut verified)?;
        events(connection, "dead", &mut verified)?;
    }
    Ok(verified)
}

fn events(connection: &Connection, table: &'static str, verified: &mut Verified) -> rusqlite::Result<()> {
    let mut all = connection.prepare(&format!(
        "SELECT seq, fp, attempts, recv_ms, source, crc, body FROM {table} ORDER BY seq"
    ))?;
    let mut known = connection.prepare("SELECT count(*) FROM seen WHERE fp = ?1 AND day = 0")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        verified.events += 1;
        match row::checked(row)? {
            Row::Damaged(damaged) => verified.note(Problem::Checksum {
                seq: damaged.seq,
                table,
            }),
            Row::Good(event) => {
                let found: i64 = known.query_row([event.fingerprint.as_bytes()], |row| row.get(0))?;
                if found == 0 {
                    verified.note(Problem::Unknown {
                        seq: event.seq,
                        fingerprint: event.fingerprint,
                    });
                }
            }
        }
        if verified.is_full() {
            break;
        }
    }
    Ok(())
}
