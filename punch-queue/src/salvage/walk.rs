//! Reads what can be read of a damaged table, by ranges of its key.
//!
//! A page that cannot be read ends a statement; the rows behind it are reached by starting again beyond it. So: upwards to the
//! first bad page, then in growing steps to the first key beyond it, downwards from there to the bad page again, and on
//! upwards. Between two bad pages that one step jumped over, the range is halved until everything readable was read.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row};

use crate::Error;

/// Statements spent on halving ranges, for one table.
const PROBES: u32 = 4_000;

/// What a table is ordered by. Ranges are counted in 128 bits, which hold both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Number,
    Fingerprint,
}

impl Key {
    const fn largest(self) -> u128 {
        match self {
            Self::Number => i64::MAX.unsigned_abs() as u128,
            Self::Fingerprint => u128::MAX,
        }
    }

    /// The first step over a bad page; fingerprints lie a second, which is 96 bits, or less apart.
    const fn step(self) -> u128 {
        match self {
            Self::Number => 1,
            Self::Fingerprint => 1 << 64,
        }
    }

    fn value(self, key: u128) -> Value {
        match self {
            Self::Number => Value::Integer(i64::try_from(key).unwrap_or(i64::MAX)),
            Self::Fingerprint => Value::Blob(key.to_be_bytes().to_vec()),
        }
    }

    fn of(self, row: &Row<'_>) -> Option<u128> {
        match (self, row.get_ref(0).ok()?) {
            (Self::Number, ValueRef::Integer(number)) => u128::try_from(number).ok(),
            (Self::Fingerprint, ValueRef::Blob(bytes)) => bytes.try_into().ok().map(u128::from_be_bytes),
            _ => None,
        }
    }
}

/// A table with the columns to read, the key first.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) connection: &'a Connection,
    pub(super) name: &'static str,
    pub(super) key: Key,
    pub(super) key_column: &'static str,
    pub(super) columns: &'static str,
}

/// Gives every row that can be reached to `take`, some twice. Says whether all could be reached.
pub(super) fn walk(
    table: &Table<'_>,
    take: &mut dyn FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<bool, Error> {
    let end = table.key.largest();
    let mut gaps = VecDeque::new();
    let mut complete = true;
    let mut from = 0;
    loop {
        let read = table.read(from, end, Direction::Up, take)?;
        if !read.broken {
            break;
        }
        let low = read.last.map_or(from, |last| last.saturating_add(1));
        let beyond = table.beyond(low, end);
        let high = match beyond {
            Beyond::Key(key) => key.saturating_sub(1),
            Beyond::Nothing(high) => high,
            Beyond::Unreadable => end,
        };
        let read = table.read(low, high, Direction::Down, take)?;
        if read.broken {
            let high = read.last.map_or(high, |last| last.saturating_sub(1));
            // Halving a range without a known end would only search where nothing can be.
            match beyond {
                Beyond::Key(_) | Beyond::Nothing(_) if low < high => gaps.push_back((low, high)),
                _ => complete = false,
            }
        }
        match beyond {
            Beyond::Key(key) => from = key,
            Beyond::Nothing(_) | Beyond::Unreadable => break,
        }
    }
    let mut probes = 0;
    while let Some((low, high)) = gaps.pop_front() {
        if probes >= PROBES || low >= high {
            complete = false;
            continue;
        }
        probes += 2;
        let middle = low + (high - low) / 2;
        let upper = table.read(middle + 1, high, Direction::Up, take)?;
        if upper.broken {
            gaps.push_back((upper.last.map_or(middle + 1, |last| last.saturating_add(1)), high));
        }
        let lower = table.read(low, middle, Direction::Down, take)?;
        if lower.broken {
            gaps.push_back((low, lower.last.map_or(middle, |last| last.saturating_sub(1))));
        }
    }
    Ok(complete)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// What lies beyond a bad page.
#[derive(Debug, Clone, Copy)]
enum Beyond {
    /// A row.
    Key(u128),
    /// No row from this key on.
    Nothing(u128),
    /// No statement came through.
    Unreadable,
}

/// How far one statement came.
#[derive(Debug, Default)]
struct Read {
    last: Option<u128>,
    broken: bool,
}

impl Table<'_> {
    fn read(
        &self,
        low: u128,
        high: u128,
        direction: Direction,
        take: &mut dyn FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<Read, Error> {
        let mut read = Read::default();
        if low > high {
            return Ok(read);
        }
        let ran = self.run(low, high, direction, &mut |row| {
            // A row whose key is none tells nothing of how far the walk has come.
            read.last = self
                .key
                .of(row)
                .filter(|key| (low..=high).contains(key))
                .or(read.last);
            match take(row) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            }
        });
        match ran {
            Ok(ControlFlow::Break(error)) => return Err(error),
            Ok(ControlFlow::Continue(())) => {}
            Err(_) => read.broken = true,
        }
        Ok(read)
    }

    /// The first key found by ever longer steps beyond a bad page.
    fn beyond(&self, low: u128, end: u128) -> Beyond {
        let mut step = self.key.step();
        while let Some(probe) = low.checked_add(step).filter(|probe| *probe <= end) {
            let mut found = None;
            let ran = self.run(probe, end, Direction::Up, &mut |row| {
                // A key outside the range asked for is damage too.
                found = self.key.of(row).filter(|key| *key >= probe);
                ControlFlow::Break(())
            });
            match (ran, found) {
                (Ok(ControlFlow::Break(())), Some(key)) => return Beyond::Key(key),
                (Ok(ControlFlow::Continue(())), _) => return Beyond::Nothing(probe),
                _ => match step.checked_mul(2) {
                    Some(longer) => step = longer,
                    None => break,
                },
            }
        }
        Beyond::Unreadable
    }

    fn run<B>(
        &self,
        low: u128,
        high: u128,
        direction: Direction,
        each: &mut dyn FnMut(&Row<'_>) -> ControlFlow<B>,
    ) -> rusqlite::Result<ControlFlow<B>> {
        let Self {
            name,
            key_column,
            columns,
            ..
        } = self;
        let order = match direction {
            Direction::Up => "ASC",
            Direction::Down => "DESC",
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {columns} FROM {name} WHERE {key_column} BETWEEN ?1 AND ?2 ORDER BY {key_column} {order}"
        ))?;
        let mut rows = statement.query((self.key.value(low), self.key.value(high)))?;
        while let Some(row) = rows.next()? {
            if let ControlFlow::Break(value) = each(row) {
                return Ok(ControlFlow::Break(value));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
