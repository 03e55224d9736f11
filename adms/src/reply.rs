//! What a terminal is told.
//!
//! A terminal takes status 200 with the letters `OK` anywhere in the body for success and anything else for failure,
//! upon which it sends the same again. So no other reply may hold these letters, in any case.

use chrono::NaiveDateTime;

use crate::command::Command;
use crate::error::RequestError;
use crate::options::HandshakeOptions;
use crate::serial::Serial;

/// A reply, for any HTTP server to send with `Content-Length` and without compression.
///
/// Leave out the `Date` header, or send it only while the host's clock is right: terminals set theirs by it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a request without a reply is sent again"]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// Evidence that an upload is stored. Make it after the commit and not before.
///
/// It is what [`Reply::ok_count`] wants: whoever writes `Receipt::stored` in front of a commit sees that it is a lie.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the terminal sends the upload again unless it is acknowledged"]
pub struct Receipt {
    lines: usize,
}

impl Receipt {
    /// All `lines` of an upload are durable: new punches, known ones, and lines kept for review, together.
    ///
    /// Counting only what is new makes some terminals send a replayed batch for ever.
    pub const fn stored(lines: usize) -> Self {
        Self { lines }
    }
}

impl Reply {
    /// Acknowledges an upload: `OK: n`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a receipt acknowledges one upload, once"
    )]
    pub fn ok_count(receipt: Receipt) -> Self {
        Self::text(200, format!("OK: {}", receipt.lines))
    }

    /// A bare `OK`: no command, a heartbeat seen, a table without a count stored.
    ///
    /// Without LF, which old firmware would read as a bad command; never empty, which it takes for a failure.
    pub fn ok() -> Self {
        Self::text(200, "OK")
    }

    /// The answer to a handshake.
    pub fn handshake(serial: &Serial, options: &HandshakeOptions) -> Self {
        Self::text(200, format!("GET OPTION FROM: {serial}\n{}", options.lines()))
    }

    /// The answer to a heartbeat: `commands`, or a bare `OK` if there are none.
    pub fn commands(commands: &[Command]) -> Self {
        if commands.is_empty() {
            return Self::ok();
        }
        Self::text(
            200,
            commands
                .iter()
                .map(|command| format!("{command}\n"))
                .collect::<String>(),
        )
    }

    /// The answer to a request for the time: the terminal's local time and its minutes east of UTC.
    pub fn time(local: NaiveDateTime, offset_minutes: i32) -> Self {
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let offset = offset_minutes.unsigned_abs();
        let local = local.format("%Y-%m-%dT%H:%M:%S");
        Self::text(
            200,
            format!("Time={local}{sign}{:02}:{:02}\n", offset / 60, offset % 60),
        )
    }

    /// 503: not stored, send it again later. For overload, a full disk, a terminal that is not approved.
    pub fn unavailable() -> Self {
        Self::error(503)
    }

    /// 400: no terminal sends this, or its body was cut off.
    pub fn bad_request() -> Self {
        Self::error(400)
    }

    /// 413: the body is larger than will ever be taken. A terminal sends it again for ever, so raise an alarm.
    pub fn too_large() -> Self {
        Self::error(413)
    }

    fn error(status: u16) -> Self {
        Self::text(status, "ERROR")
    }

    fn text(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            content_type: "text/plain",
            body: body.into().into_bytes(),
        }
    }
}

impl RequestError {
    /// What to answer to such a request.
    pub fn reply(&self) -> Reply {
        match self {
            Self::TargetTooLong { .. } => Reply::error(414),
            Self::Method => Reply::error(405),
            Self::NotIclock => Reply::error(404),
            Self::MissingSerial | Self::InvalidSerial(_) => Reply::bad_request(),
        }
    }
}
