//! Storing what a terminal uploads, then acknowledging it.

use chrono::{DateTime, Utc};
use punchclock_adms::{Receipt, Reply, Stamp, Table, Upload, body, semantics};
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
        let bytes: &[u8] = match received {
            Received::Whole(bytes, _) => bytes,
            Received::TooLarge { length, digest } => {
                return self.too_large(terminal, upload, *length, digest, now).await;
            }
            Received::CutOff | Received::Busy => return Reply::unavailable(),
        };
        // Some firmware compresses bulk uploads (protocol-adms §1.1).
        let body = match body::inflate(bytes.into(), MOST) {
            Ok(body) => body,
            Err(error) => {
                self.metrics.refused("not_inflated");
                tracing::error!(
                    terminal = terminal.config.label(),
                    %error,
                    "a compressed upload cannot be read; it is not acknowledged"
                );
                return Reply::unavailable();
            }
        };
        match self.store(terminal, upload, &body, now).await {
            Ok(receipt) => {
                self.take_users(terminal, upload, &body, now);
                Reply::stored(receipt)
            }
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
        Ok(Receipt::stored(&upload.table, lines))
    }

    /// What passed the limit leaves its digest and an alarm.
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
            Ok(_) => semantics::for_oversize(&upload.table, Receipt::stored(&upload.table, 1)),
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
            Received::Whole(body, _) if body.is_empty() => return Reply::pong(),
            Received::Whole(body, _) => (
                u64::try_from(body.len()).unwrap_or(u64::MAX),
                Sha256::digest(body).into(),
            ),
            Received::TooLarge { length, digest } => (*length, *digest),
            Received::CutOff | Received::Busy => return Reply::unavailable(),
        };
        let kept = tables::digest_of(&terminal.config.serial, "unknown request", length, &digest, now);
        match self.intake.store(Channel::Push, &[], vec![kept], None).await {
            Ok(_) => Reply::stored(Receipt::recorded()),
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
