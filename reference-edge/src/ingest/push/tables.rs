//! What an uploaded table becomes: punches, raw lines kept for review, or, where it holds what must never be
//! stored (templates, photographs, passwords, card numbers), only its PIN, length and digest.

use chrono::{DateTime, Utc};
use punchclock_adms::{Record, Table, count_lines, records, semantics};
use punchclock_queue::NewQuarantine;
use sha2::{Digest as _, Sha256};

use crate::punch::{Channel, Punch};

/// Punches and bad lines in one commit.
const SLICE: usize = 500;

/// Some rows of an upload.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Punches to be queued.
    pub(super) punches: Vec<Punch>,
    /// Everything else that is kept.
    pub(super) quarantine: Vec<NewQuarantine>,
    /// Lines of the body in this slice: what is acknowledged.
    pub(super) lines: usize,
}

/// Reads a table, slice by slice; there is always one. Nothing of it is refused: what cannot be read is kept raw.
pub(super) fn slices<'a>(
    serial: &'a str,
    table: &'a Table<'a>,
    body: &'a [u8],
    received_at: DateTime<Utc>,
) -> Box<dyn Iterator<Item = Rows> + Send + 'a> {
    let whole = |quarantine| Rows {
        quarantine: vec![quarantine],
        lines: count_lines(body),
        ..Rows::default()
    };
    match table {
        Table::AttLog
        | Table::OperLog
        | Table::Options
        | Table::ErrorLog
        | Table::UserInfo
        | Table::WorkCode
        | Table::RtLog
        | Table::RtState
        | Table::TableData(_) => Box::new(by_record(serial, table, body, received_at)),
        table if table.is_secret() || table.name().is_empty() => {
            // Without a name it may be anything, an image of a finger for one (`FPImage=`, protocol-adms §1.2).
            Box::new(std::iter::once(whole(digest(
                serial,
                table.name(),
                body,
                received_at,
            ))))
        }
        table => {
            let reason = format!("table {}", table.name());
            Box::new(std::iter::once(whole(kept(
                serial,
                reason,
                body.to_vec(),
                received_at,
            ))))
        }
    }
}

fn by_record<'a>(
    serial: &'a str,
    table: &'a Table<'a>,
    body: &'a [u8],
    received_at: DateTime<Utc>,
) -> impl Iterator<Item = Rows> + Send + 'a {
    let mut items = records(table, body).peekable();
    let mut first = true;
    std::iter::from_fn(move || {
        // An upload without a line is acknowledged too, so that its terminal does not repeat it for ever.
        if items.peek().is_none() && !first {
            return None;
        }
        first = false;
        let mut rows = Rows::default();
        // What is no punch explains gaps and clock jumps, but may hold secrets.
        let mut others = String::new();
        for item in items.by_ref().take(SLICE) {
            rows.lines = rows.lines.saturating_add(1);
            match &item {
                Ok(Record::Punch(line)) => rows.punches.push(Punch {
                    serial: serial.to_owned(),
                    pin: line.pin.to_owned(),
                    local_time: line.time,
                    state: line.status,
                    verify: line.verify,
                    work_code: line.work_code.filter(|code| !code.is_empty()).map(str::to_owned),
                    channel: Channel::Push,
                    received_at,
                }),
                Ok(Record::Event(event)) if event.is_attendance() => rows.punches.push(Punch {
                    serial: serial.to_owned(),
                    pin: event.pin.to_owned(),
                    local_time: event.time,
                    // 2 is "neither" at a door and "break out" at a clock.
                    state: event.in_out.filter(|state| *state < 2),
                    verify: event.verify.and_then(|verify| verify.parse().ok()),
                    work_code: None,
                    channel: Channel::Push,
                    received_at,
                }),
                // Told to Odoo, and asked for again after a restart; kept, they would fill the disk day by day.
                Ok(Record::User(_)) => {}
                Err(bad) if !table.is_secret() => {
                    let reason = format!("{}: {}", table.name(), bad.reason);
                    rows.quarantine
                        .push(kept(serial, reason, bad.raw.to_vec(), received_at));
                }
                _ => {
                    others.push_str(&semantics::keep(table, &item));
                    others.push('\n');
                }
            }
        }
        if !others.is_empty() {
            rows.quarantine.push(kept(
                serial,
                format!("table {}, without secrets", table.name()),
                others.into_bytes(),
                received_at,
            ));
        }
        Some(rows)
    })
}

/// What is left of a body that must not be stored, or is too large to be.
pub(super) fn digest_of(
    serial: &str,
    what: &str,
    length: u64,
    digest: &[u8; 32],
    received_at: DateTime<Utc>,
) -> NewQuarantine {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    kept(
        serial,
        format!("{what}: only the digest is kept"),
        format!("length={length}\tsha256={hex}").into_bytes(),
        received_at,
    )
}

fn digest(serial: &str, table: &str, body: &[u8], received_at: DateTime<Utc>) -> NewQuarantine {
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    digest_of(
        serial,
        &format!("table {table}"),
        length,
        &Sha256::digest(body).into(),
        received_at,
    )
}

fn kept(serial: &str, reason: String, raw: Vec<u8>, received_at: DateTime<Utc>) -> NewQuarantine {
    NewQuarantine::new(
        format!("push:{serial}"),
        received_at.timestamp_millis(),
        reason,
        raw,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: Table<'_>, body: &str) -> Rows {
        let mut all = Rows::default();
        for rows in slices("SN1", &table, body.as_bytes(), DateTime::UNIX_EPOCH) {
            all.punches.extend(rows.punches);
            all.quarantine.extend(rows.quarantine);
            all.lines += rows.lines;
        }
        all
    }

    #[test]
    fn a_long_log_comes_in_slices_and_an_empty_one_in_one() {
        let body = "1\t2026-03-02 08:00:00\t0\t1\n".repeat(1_201);
        let sizes = |body: &str| -> Vec<usize> {
            slices("SN1", &Table::AttLog, body.as_bytes(), DateTime::UNIX_EPOCH)
                .map(|rows| rows.lines)
                .collect()
        };
        assert_eq!(sizes(&body), [500, 500, 201]);
        assert_eq!(sizes(""), [0]);
    }

    #[test]
    fn an_upload_without_a_table_leaves_its_digest() {
        let rows = read(Table::Unknown(""), "image of a finger");
        assert!(
            rows.quarantine
                .iter()
                .all(|row| !row.raw.windows(5).any(|text| text == b"image"))
        );
        assert_eq!(rows.quarantine.len(), 1);
    }

    #[test]
    fn a_bad_line_is_kept_and_costs_its_neighbours_nothing() {
        let rows = read(
            Table::AttLog,
            "1\t2026-03-02 08:00:00\t0\t1\nnonsense\n2\t2026-02-30 08:00:00\t0\t1\n3\t2026-03-02 08:00:01\t0\t1",
        );
        assert_eq!((rows.punches.len(), rows.quarantine.len(), rows.lines), (2, 2, 4));
        assert!(rows.quarantine.iter().any(|line| line.raw == b"nonsense"));
    }

    #[test]
    fn templates_passwords_and_cards_are_not_stored() {
        let user = "USER PIN=7\tName=Ann\tPri=0\tPasswd=hunter2\tCard=[0102030405]\nFP PIN=7\tFID=1\tSize=8\tValid=1\tTMP=c2VjcmV0\n";
        for (table, body) in [
            (Table::OperLog, user),
            (Table::BioData, "BIODATA Pin=7\tTmp=c2VjcmV0\n"),
        ] {
            let rows = read(table, body);
            assert!(!rows.quarantine.is_empty() && rows.lines > 0);
            for line in &rows.quarantine {
                let text = String::from_utf8_lossy(&line.raw);
                for secret in ["hunter2", "0102030405", "c2VjcmV0"] {
                    assert!(!text.contains(secret), "{text}");
                }
            }
        }
    }

    #[test]
    fn at_a_door_who_was_let_in_has_punched_and_the_rest_is_kept() {
        let rows = read(
            Table::RtLog,
            "time=2026-03-02 08:00:00\tpin=7\tcardno=123456\tevent=0\tinoutstatus=1\tverifytype=15\n\
             time=2026-03-02 08:00:05\tpin=0\tcardno=654321\tevent=27\tinoutstatus=0\n\
             time=2026-02-30 08:00:05\tpin=8\tevent=0\n",
        );
        assert_eq!((rows.lines, rows.punches.len(), rows.quarantine.len()), (3, 1, 2));
        assert_eq!(
            (rows.punches[0].pin.as_str(), rows.punches[0].state),
            ("7", Some(1))
        );
        for row in &rows.quarantine {
            let text = String::from_utf8_lossy(&row.raw);
            assert!(!text.contains("654321"), "{text}");
        }
    }

    #[test]
    fn an_unknown_table_is_kept_raw() {
        let rows = read(Table::Unknown("NEWTABLE"), "a=1\nb=2\n");
        assert_eq!(rows.quarantine.len(), 1);
        assert_eq!(rows.quarantine[0].raw, b"a=1\nb=2\n");
        assert_eq!(rows.lines, 2);
    }
}
