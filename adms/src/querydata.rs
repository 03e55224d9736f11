//! Answers to queries ("acc"): packets of a table, of a count, of options; joined before they are read, since a record may
//! begin in one packet and end in the next.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::JoinError;
use crate::parameters::Parameters;
use crate::serial::Serial;
use crate::table::{Records, Table, records};

/// What an answer carries (`type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum QueryKind {
    /// Rows of a table.
    TableData,
    /// The number of rows, `<table>=<n>`.
    Count,
    /// Settings of the terminal.
    Options,
    /// Anything else.
    Other,
}

/// A packet of an answer: what its URL says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryData<'a> {
    /// What it carries.
    pub kind: QueryKind,
    /// The command that is answered.
    pub command_id: Option<&'a str>,
    /// The table.
    pub table: &'a str,
    /// Records in this packet.
    pub count: Option<u32>,
    /// How many packets there are.
    pub packets: Option<u32>,
    /// Which one this is: from 1 on by the document, from 0 on as some firmware does.
    pub index: Option<u32>,
}

impl<'a> QueryData<'a> {
    pub(crate) fn new(parameters: Parameters<'a>) -> Self {
        let number = |name: &str| parameters.raw(name).and_then(|text| text.parse().ok());
        let kind = parameters.get("type").unwrap_or_default();
        Self {
            kind: if kind.eq_ignore_ascii_case("tabledata") {
                QueryKind::TableData
            } else if kind.eq_ignore_ascii_case("count") {
                QueryKind::Count
            } else if kind.eq_ignore_ascii_case("options") {
                QueryKind::Options
            } else {
                QueryKind::Other
            },
            command_id: parameters.raw("cmdid"),
            table: parameters.raw("tablename").unwrap_or_default(),
            count: number("count"),
            packets: number("packcnt"),
            index: number("packidx"),
        }
    }

    /// The table as that of an upload, for [`records`] and [`Receipt::stored`](crate::Receipt::stored).
    #[must_use]
    pub const fn as_table(&self) -> Table<'a> {
        match self.kind {
            QueryKind::Options => Table::Options,
            _ => Table::TableData(self.table),
        }
    }

    /// The records of a joined answer.
    #[must_use]
    pub fn records<'b>(&self, joined: &'b [u8]) -> Records<'b> {
        records(&self.as_table(), joined)
    }

    /// Whether this packet is the whole answer.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self.packets, None | Some(0 | 1))
    }
}

/// How much a [`Joiner`] keeps. What passes a limit is refused, and the query may be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain limits, to be written out by the caller"
)]
pub struct JoinLimits {
    /// Answers under way at once.
    pub answers: usize,
    /// Packets of one answer.
    pub packets: u32,
    /// Bytes of all packets of all answers.
    pub bytes: usize,
    /// How long an answer may take after its last packet.
    pub ttl: TimeDelta,
}

impl Default for JoinLimits {
    /// 64 answers of up to 4096 packets, 16 MiB together, 10 minutes.
    fn default() -> Self {
        Self {
            answers: 64,
            packets: 4096,
            bytes: 16 << 20,
            ttl: TimeDelta::minutes(10),
        }
    }
}

/// What a packet led to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Joined {
    /// More packets are to come.
    Waiting,
    /// All packets, one behind the other.
    Complete(Vec<u8>),
}

/// Joins packets by serial, command and table, in whatever order they come, twice or once.
///
/// It holds packets in memory: what is lost with the power was an answer, and the question can be asked again.
/// Acknowledge each packet, so that the terminal sends the next.
#[derive(Debug, Default)]
pub struct Joiner {
    limits: JoinLimits,
    answers: BTreeMap<Key, Answer>,
    bytes: usize,
}

type Key = (String, String, String);

#[derive(Debug)]
struct Answer {
    count: u32,
    packets: BTreeMap<u32, Vec<u8>>,
    last: DateTime<Utc>,
}

impl Joiner {
    /// A joiner with these limits.
    #[must_use]
    pub const fn new(limits: JoinLimits) -> Self {
        Self {
            limits,
            answers: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Takes a packet.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; what was kept of the same answer is dropped when its packets contradict each other.
    pub fn add(
        &mut self,
        serial: &Serial,
        packet: &QueryData<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Joined, JoinError> {
        self.expire(now);
        if packet.is_whole() {
            return Ok(Joined::Complete(body.to_vec()));
        }
        let (Some(count), Some(index)) = (packet.packets, packet.index) else {
            return Err(JoinError::Position);
        };
        if index > count {
            return Err(JoinError::Position);
        }
        if count > self.limits.packets {
            return Err(JoinError::TooMuch);
        }
        let key: Key = (
            serial.as_str().to_owned(),
            packet.command_id.unwrap_or_default().to_owned(),
            packet.table.to_owned(),
        );
        let known = self.answers.get(&key);
        let replaced = known
            .and_then(|answer| answer.packets.get(&index))
            .map_or(0, Vec::len);
        let bytes = self.bytes.saturating_sub(replaced).saturating_add(body.len());
        if bytes > self.limits.bytes || (known.is_none() && self.answers.len() >= self.limits.answers) {
            return Err(JoinError::TooMuch);
        }
        if known.is_some_and(|answer| answer.count != count) {
            self.drop_answer(&key);
            return Err(JoinError::Disagree);
        }
        let answer = self.answers.entry(key.clone()).or_insert_with(|| Answer {
            count,
            packets: BTreeMap::new(),
            last: now,
        });
        answer.last = now;
        answer.packets.insert(index, body.to_vec());
        self.bytes = bytes;
        // Counted from 0 or from 1, it is complete with `count` different numbers; with one more it is neither.
        let both = answer.packets.contains_key(&0) && answer.packets.contains_key(&count);
        if both {
            self.drop_answer(&key);
            return Err(JoinError::Disagree);
        }
        if u32::try_from(answer.packets.len()).unwrap_or(u32::MAX) < count {
            return Ok(Joined::Waiting);
        }
        let packets = self.drop_answer(&key);
        Ok(Joined::Complete(packets.into_values().flatten().collect()))
    }

    /// Drops the answers whose last packet is longer ago than the limit, and returns the serials and ids of the commands
    /// that may be asked again. [`add`](Self::add) does the same by itself.
    pub fn expire(&mut self, now: DateTime<Utc>) -> Vec<(String, String)> {
        let old: Vec<Key> = self
            .answers
            .iter()
            .filter(|(_, answer)| now.signed_duration_since(answer.last) > self.limits.ttl)
            .map(|(key, _)| key.clone())
            .collect();
        old.into_iter()
            .map(|key| {
                self.drop_answer(&key);
                (key.0, key.1)
            })
            .collect()
    }

    /// Answers under way.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.answers.len()
    }

    /// Bytes held.
    #[must_use]
    pub const fn held_bytes(&self) -> usize {
        self.bytes
    }

    fn drop_answer(&mut self, key: &Key) -> BTreeMap<u32, Vec<u8>> {
        let packets = self
            .answers
            .remove(key)
            .map(|answer| answer.packets)
            .unwrap_or_default();
        let freed = packets.values().map(Vec::len).sum();
        self.bytes = self.bytes.saturating_sub(freed);
        packets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(index: u32, count: u32) -> QueryData<'static> {
        QueryData {
            kind: QueryKind::TableData,
            command_id: Some("12"),
            table: "transaction",
            count: Some(1),
            packets: Some(count),
            index: Some(index),
        }
    }

    fn serial() -> Serial {
        "A1".parse().unwrap()
    }

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn records_that_straddle_packets_in_any_order_from_0_or_1() {
        let text =
            b"transaction pin=1\ttime_second=1\teventtype=0\ntransaction pin=2\ttime_second=2\teventtype=0\n";
        let parts: Vec<&[u8]> = text.chunks(30).collect();
        let count = u32::try_from(parts.len()).unwrap();
        for first in [0, 1] {
            let mut joiner = Joiner::default();
            let mut order: Vec<u32> = (0..count).collect();
            order.reverse();
            let last = order.pop().unwrap();
            for at in order {
                let body = parts[usize::try_from(at).unwrap()];
                // Twice, as a terminal does that did not see the reply.
                for _ in 0..2 {
                    assert_eq!(
                        joiner.add(&serial(), &packet(at + first, count), body, NOW),
                        Ok(Joined::Waiting)
                    );
                }
            }
            let packet = packet(last + first, count);
            let Ok(Joined::Complete(joined)) = joiner.add(&serial(), &packet, parts[0], NOW) else {
                panic!("complete")
            };
            assert_eq!(joined, text);
            assert_eq!(packet.records(&joined).filter(Result::is_ok).count(), 2);
            assert_eq!((joiner.waiting(), joiner.held_bytes()), (0, 0));
        }
    }

    #[test]
    fn limits_and_contradictions() {
        let limits = JoinLimits {
            answers: 1,
            packets: 3,
            bytes: 5,
            ttl: TimeDelta::seconds(10),
        };
        let mut joiner = Joiner::new(limits);
        assert_eq!(
            joiner.add(&serial(), &packet(1, 4), b"a", NOW),
            Err(JoinError::TooMuch)
        );
        assert_eq!(
            joiner.add(&serial(), &packet(4, 3), b"a", NOW),
            Err(JoinError::Position)
        );
        assert_eq!(
            joiner.add(&serial(), &packet(1, 3), b"abcd", NOW),
            Ok(Joined::Waiting)
        );
        assert_eq!(
            joiner.add(&serial(), &packet(2, 3), b"ab", NOW),
            Err(JoinError::TooMuch)
        );
        let other = "B2".parse().unwrap();
        assert_eq!(
            joiner.add(&other, &packet(1, 3), b"a", NOW),
            Err(JoinError::TooMuch)
        );
        assert_eq!(
            joiner.add(&serial(), &packet(1, 2), b"a", NOW),
            Err(JoinError::Disagree)
        );
        assert_eq!((joiner.waiting(), joiner.held_bytes()), (0, 0));
        joiner.add(&serial(), &packet(0, 3), b"a", NOW).unwrap();
        assert_eq!(
            joiner.add(&serial(), &packet(3, 3), b"a", NOW),
            Err(JoinError::Disagree)
        );
        joiner.add(&serial(), &packet(0, 3), b"a", NOW).unwrap();
        let later = NOW + TimeDelta::seconds(11);
        assert_eq!(joiner.expire(later), [("A1".to_owned(), "12".to_owned())]);
        assert_eq!(joiner.held_bytes(), 0);
    }
}
