//! What a terminal is told.
//!
//! A terminal takes status 200 with the letters `OK` anywhere in the body for success and anything else for failure,
//! upon which it sends the same again. So no other reply may hold these letters, in any case.

use chrono::NaiveDateTime;

use crate::acc::{AccOptions, RegistryCode};
use crate::command::{Encoded, UserUpdate};
use crate::error::{BodyError, RequestError};
use crate::options::{HandshakeOptions, offset};
use crate::serial::Serial;
use crate::table::{Acknowledgement, Table};
use crate::text::Charset;
use crate::time::pack_time;

/// Longest name of a table that is repeated in a reply.
const MAX_TABLE_NAME: usize = 32;

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

/// Evidence that what arrived is stored. Make it after the commit and not before.
///
/// It is what [`Reply::stored`] wants, and nothing else acknowledges an upload or a result: whoever writes
/// `Receipt::stored` in front of a commit sees that it is a lie.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the terminal sends the upload again unless it is acknowledged"]
pub struct Receipt(Form);

#[derive(Debug, PartialEq, Eq)]
enum Form {
    Counted(usize),
    Named(String, usize),
    Bare,
}

impl Receipt {
    /// All `lines` of an upload to `table` are durable: new records, known ones, and lines kept for review, together.
    ///
    /// Counting only what is new makes some terminals send a replayed batch for ever (§2.2 of the protocol notes). For
    /// tables whose lines were not read, [`count_lines`](crate::count_lines) counts them.
    pub fn stored(table: &Table<'_>, lines: usize) -> Self {
        Self(match table.acknowledgement() {
            Acknowledgement::Counted => Form::Counted(lines),
            Acknowledgement::Bare => Form::Bare,
            Acknowledgement::Named(name) => {
                // It comes from the terminal and goes back to it; a name that is none is not repeated.
                let fits = (1..=MAX_TABLE_NAME).contains(&name.len())
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if fits {
                    Form::Named(name.to_owned(), lines)
                } else {
                    Form::Bare
                }
            }
        })
    }

    /// The result of a command, or a request of an unknown kind, is recorded: a bare `OK`.
    pub const fn recorded() -> Self {
        Self(Form::Bare)
    }

    /// The same receipt, acknowledged with a bare `OK`.
    ///
    /// For packets of `querydata`: the document wants `<table>=<n>`, one author saw a terminal go on to the next of 36
    /// packets only after a bare `OK`.
    pub fn bare(self) -> Self {
        Self::recorded()
    }
}

impl Reply {
    /// Acknowledges what is stored, in the form that its table wants: `OK: n`, `OK`, or `<table>=n`.
    pub fn stored(receipt: Receipt) -> Self {
        match receipt.0 {
            Form::Counted(lines) => Self::text(200, format!("OK: {lines}")),
            Form::Named(name, lines) => Self::text(200, format!("{name}={lines}")),
            Form::Bare => Self::ok(),
        }
    }

    /// The answer to a ping, a test, and to what a terminal offers and need not get: a bare `OK`. These requests carry
    /// nothing that could be lost.
    pub fn pong() -> Self {
        Self::ok()
    }

    /// The answer to a heartbeat: `commands`, or a bare `OK` if there are none.
    ///
    /// The bare `OK` has no LF, which old firmware would read as a bad command, and is never empty, which it takes for a
    /// failure.
    pub fn commands<'c>(commands: impl IntoIterator<Item = &'c Encoded>) -> Self {
        let mut body = Vec::new();
        for command in commands {
            body.extend_from_slice(command.as_bytes());
        }
        if body.is_empty() {
            Self::ok()
        } else {
            Self::text(200, body)
        }
    }

    /// The answer to a handshake of an attendance terminal.
    pub fn handshake(serial: &Serial, options: &HandshakeOptions) -> Self {
        Self::text(200, format!("GET OPTION FROM: {serial}\n{}", options.lines()))
    }

    /// The answer to a handshake in the dialect "acc": with its code to a registered terminal, without one to another,
    /// which registers then.
    pub fn acc_handshake(registered: Option<(&RegistryCode, &AccOptions)>) -> Self {
        match registered {
            None => Self::ok(),
            Some((code, options)) => Self::text(
                200,
                format!("registry=ok\nRegistryCode={}\n{}", code.as_str(), options.lines()),
            ),
        }
    }

    /// The answer to `registry`: the terminal is registered.
    pub fn registered(code: &RegistryCode) -> Self {
        Self::text(200, format!("RegistryCode={}", code.as_str()))
    }

    /// The answer to `registry`: it is not wanted here.
    pub fn registry_refused() -> Self {
        Self::error(406)
    }

    /// The answer to `push`.
    pub fn acc_options(options: &AccOptions) -> Self {
        Self::text(200, options.lines())
    }

    /// The answer to a request for the time: the terminal's local time and its minutes east of UTC.
    pub fn time(local: NaiveDateTime, offset_minutes: i32) -> Self {
        let local = local.format("%Y-%m-%dT%H:%M:%S");
        Self::text(200, format!("Time={local}{}\n", offset(offset_minutes)))
    }

    /// The same for the dialect "acc": a packed time and the server's minutes east of UTC; 503 for a time that cannot be
    /// packed.
    ///
    /// Whether terminals want Greenwich or local time in it was seen on none, so that the caller decides. A wrong answer
    /// shifts the clock: better none than a guess.
    pub fn acc_time(time: NaiveDateTime, offset_minutes: i32) -> Self {
        match pack_time(time) {
            Some(packed) => Self::text(
                200,
                format!("DateTime={packed},ServerTZ={}", offset(offset_minutes)),
            ),
            None => Self::unavailable(),
        }
    }

    /// The answer about somebody who is not enrolled at the terminal: who they are, or that nobody knows them.
    pub fn remote_user(user: Option<&UserUpdate>, charset: Charset) -> Self {
        match user {
            Some(user) => {
                let mut line = charset.encode(&user.att_line()).into_owned();
                line.push(b'\n');
                Self::text(200, line)
            }
            None => Self::ok(),
        }
    }

    /// The answer to a question whether somebody may enter: yes.
    pub fn verified(user: &UserUpdate) -> Self {
        Self::text(200, format!("AUTH=Success\tPIN={}", user.pin()))
    }

    /// The answer to a question whether somebody may enter: no, or not by this server.
    pub fn not_verified() -> Self {
        Self::text(200, "AUTH=Failed")
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

    fn ok() -> Self {
        Self::text(200, "OK")
    }

    fn error(status: u16) -> Self {
        Self::text(status, "ERROR")
    }

    fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: "text/plain",
            body: body.into(),
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
            Self::Body(error) => error.reply(),
        }
    }
}

impl BodyError {
    /// What to answer to such a body: nothing that acknowledges it.
    pub fn reply(&self) -> Reply {
        match self {
            Self::TooLarge { .. } => Reply::too_large(),
            _ => Reply::bad_request(),
        }
    }
}
