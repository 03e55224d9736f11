//! The layout of the file: versions, pragmas, and what may be opened at all.

pub(crate) mod examine;
mod migrate;
pub(crate) mod pragmas;

pub(crate) use migrate::migrate;

use crate::Error;

/// "PQUE": says that an SQLite file is a queue.
pub(crate) const APPLICATION_ID: i32 = 0x5051_5545;

/// The schemas, oldest first; the file's `user_version` is how many of them it has been through.
const MIGRATIONS: &[&str] = &[include_str!("0001_init.sql")];

/// The newest schema this version knows.
#[expect(clippy::cast_possible_wrap, reason = "a short list")]
pub(crate) const NEWEST: i64 = MIGRATIONS.len() as i64;

/// The oldest SQLite that cannot corrupt a write-ahead log when two connections meet at its reset.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Refuses an SQLite library with the WAL-reset fault.
pub(crate) fn check_library() -> Result<(), Error> {
    accept_library(rusqlite::version_number(), rusqlite::version())
}

fn accept_library(number: i32, name: &str) -> Result<(), Error> {
    if number < OLDEST_SQLITE {
        return Err(Error::SqliteTooOld {
            found: name.to_owned(),
            needed: "3.51.3",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_with_the_wal_reset_fault_is_refused() {
        assert!(accept_library(3_051_002, "3.51.2").is_err());
        assert!(accept_library(3_040_001, "3.40.1").is_err());
        assert!(accept_library(3_051_003, "3.51.3").is_ok());
        check_library().unwrap();
    }
}
