//! Storing what a terminal uploads, then acknowledging it.

use std::io::Read as _;

use chrono::{DateTime, Utc};
use punchclock_adms::{Receipt, Reply, Stamp, Table, Upload};
use punchclock_queue::{CursorUpdate, normalise_serial};
use sha2::{Digest as _, Sha256};

use super::Endpoint;
use super::body::{MOST, Received};
use super::tables::{self, Rows};
use crate::intake::{IntakeError, Stored};
use crate::punch::Channel;
use crate::site::TerminalState;

/// Under which name the queue keeps the stamp of a terminal's last committed punches.
pub(super) fn stamp_cursor(terminal: &TerminalState) -> String {
    format!("push:{}", normalise_serial(&terminal.config.serial))
}

impl Endpoint {
    /// Stores an upload, then acknowledges it.
    pub(super) async fn upload(
        &self,
        terminal: &TerminalState,
        upload: &Upload<'_>,
        received: &Received,
        now: DateTime<Utc>,
    ) -> Reply {
        let result = match received {
            Received::TooLarge { length, digest } => {
                return self.too_large(terminal, upload, *length, digest, now).await;
            }
            // Door terminals of the "acc" dialect are not served yet: acknowledged, their punches would be gone.
            _ if matches!(upload.table, Table::RtLog | Table::RtState | Table::TableData) => {
                self.metrics.refused("acc_dialect");
                tracing::warn!(
                    terminal = terminal.config.label(),
                    table = upload.table.name(),
                    "it speaks the \"acc\" dialect, which is not served: set it to T&A, or poll it; it keeps its punches"
                );
                return Reply::unavailable();
            }
            _ if upload.body.starts_with(&GZIP) => match inflated(upload.body) {
                Ok(body) => self.store(terminal, upload, &body, now).await,
                Err(why) => {
                    self.metrics.refused("not_inflated");
                    tracing::error!(
                        terminal = terminal.config.label(),
                        why,
                        "a compressed upload cannot be read; it is not acknowledged"
                    );
                    return Reply::unavailable();
                }
            },
            _ => self.store(terminal, upload, upload.body, now).await,
        };
        match result {
            Ok(receipt) if upload.table.is_counted() => Reply::ok_count(receipt),
            Ok(_) => Reply::ok(),
            Err(error) => {
                self.metrics.refused("not_stored");
                tracing::error!(%error, terminal = terminal.config.label(), "an upload was not stored; the terminal keeps it");
                Reply::unavailable()
            }
        }
    }

    /// Commits a table slice by slice, so that a large one neither fills the memory nor holds up other terminals. If
    /// a later slice fails, the terminal sends all of it again, and what was stored is a duplicate then.
    async fn store(
        &self,
        terminal: &TerminalState,
        upload: &Upload<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Receipt, IntakeError> {
        let serial = &terminal.config.serial;
        let mut lines = 0_usize;
        let mut total = Stored::default();
        let mut slices = tables::slices(serial, &upload.table, body, now).peekable();
        while let Some(Rows {
            punches,
            quarantine,
            lines: of_slice,
        }) = slices.next()
        {
            lines = lines.saturating_add(of_slice);
            let cursor = slices.peek().is_none().then(|| stamp(terminal, upload)).flatten();
            total = total.plus(
                self.intake
                    .store(Channel::Push, &punches, quarantine, cursor)
                    .await?,
            );
        }
        if total.conflict > 0 {
            tracing::warn!(
                terminal = terminal.config.label(),
                conflicts = total.conflict,
                "punches arrived again with another state; the first copy is kept"
            );
        }
        Ok(Receipt::stored(lines))
    }

    /// What passed the limit leaves its digest and an alarm. A photograph would come again for ever, so it is
    /// acknowledged; punches must come again.
    async fn too_large(
        &self,
        terminal: &TerminalState,
        upload: &Upload<'_>,
        length: u64,
        digest: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Reply {
        self.metrics.refused("too_large");
        let table = upload.table.name();
        tracing::error!(
            terminal = terminal.config.label(),
            table,
            length,
            "an upload is too large; its digest is kept"
        );
        let kept = tables::digest_of(
            &terminal.config.serial,
            &format!("table {table}, too large"),
            length,
            digest,
            now,
        );
        match self.intake.store(Channel::Push, &[], vec![kept], None).await {
            Ok(_) if upload.table == Table::AttLog => Reply::too_large(),
            Ok(_) if upload.table.is_counted() => Reply::ok_count(Receipt::stored(1)),
            Ok(_) => Reply::ok(),
            Err(_) => Reply::unavailable(),
        }
    }

    /// A request of a kind nobody has described. It may hold templates, so that only its digest is kept; refused, it
    /// would come again for ever.
    pub(super) async fn unknown(
        &self,
        terminal: &TerminalState,
        received: &Received,
        now: DateTime<Utc>,
    ) -> Reply {
        let (length, digest) = match received {
            Received::Whole(body, _) if body.is_empty() => return Reply::ok(),
            Received::Whole(body, _) => (
                u64::try_from(body.len()).unwrap_or(u64::MAX),
                Sha256::digest(body).into(),
            ),
            Received::TooLarge { length, digest } => (*length, *digest),
            Received::CutOff | Received::Busy => return Reply::unavailable(),
        };
        let kept = tables::digest_of(&terminal.config.serial, "unknown request", length, &digest, now);
        match self.intake.store(Channel::Push, &[], vec![kept], None).await {
            Ok(_) => Reply::ok(),
            Err(_) => Reply::unavailable(),
        }
    }
}

/// The stamp of an upload of punches, to be committed with them.
fn stamp(terminal: &TerminalState, upload: &Upload<'_>) -> Option<CursorUpdate> {
    if upload.table != Table::AttLog {
        return None;
    }
    let stamp: Stamp = upload.stamp?.parse().ok()?;
    Some(CursorUpdate::new(stamp_cursor(terminal), stamp.as_str()))
}

/// How gzip begins (RFC 1952). Some firmware compresses bulk uploads (protocol-adms §1.1).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The text of a compressed body, up to the limit of an uncompressed one.
fn inflated(body: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut text = Vec::new();
    let limit = u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::MultiGzDecoder::new(body)
        .take(limit)
        .read_to_end(&mut text)
        .map_err(|_| "it begins like gzip and is none")?;
    if text.len() > MOST {
        Err("inflated, it is too large")
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(text: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text)?;
        encoder.finish()
    }

    #[test]
    fn a_compressed_body_is_read_and_a_bomb_is_not() {
        let text = b"1\t2026-03-02 08:00:00\t0\t1\n".repeat(100);
        assert_eq!(inflated(&gzip(&text).unwrap()).unwrap(), text);
        assert!(inflated(&gzip(&vec![0; MOST + 1]).unwrap()).is_err());
        assert!(inflated(b"\x1f\x8bnot gzip at all").is_err());
    }
}
