//! How a simulated terminal is set up.

use std::net::SocketAddr;
use std::time::Duration;

use super::columns::Columns;
use super::terminal::Terminal;
use crate::dialect::Dialect;

/// Settings of a terminal; from [`Terminal::builder`].
#[derive(Debug, Clone)]
#[must_use = "a terminal does nothing until it is started"]
pub struct Builder {
    pub(super) serial: String,
    pub(super) server: SocketAddr,
    pub(super) heartbeat: Option<Duration>,
    pub(super) retry_gap: Duration,
    pub(super) batch: usize,
    pub(super) path_prefix: String,
    pub(super) columns: Columns,
    pub(super) content_type: Option<&'static str>,
    pub(super) slowly: Option<(usize, Duration)>,
    pub(super) dialect: Dialect,
    pub(super) refusals: Vec<(String, i64)>,
}

impl Builder {
    pub(super) fn new(serial: String, server: SocketAddr) -> Self {
        Self {
            serial,
            server,
            heartbeat: None,
            retry_gap: Duration::from_secs(5),
            batch: 128,
            path_prefix: String::new(),
            columns: Columns::default(),
            content_type: Some("text/plain"),
            slowly: None,
            dialect: Dialect::Att,
            refusals: Vec::new(),
        }
    }

    /// The dialect. Default [`Dialect::Att`]; with [`Dialect::Acc`] it registers, fetches its configuration, and sends its
    /// punches as door events.
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Answers commands that begin with `verb` with this code instead of obeying them.
    pub fn refuse(mut self, verb: &str, code: i64) -> Self {
        self.refusals.push((verb.to_owned(), code));
        self
    }

    /// Time between heartbeats. Default: the `Delay` of the handshake.
    pub fn heartbeat(self, every: Duration) -> Self {
        Self {
            heartbeat: Some(every),
            ..self
        }
    }

    /// Pause after anything that failed. Default 5 s, as newer firmware does.
    pub fn retry_gap(self, gap: Duration) -> Self {
        Self {
            retry_gap: gap,
            ..self
        }
    }

    /// Most records in one upload. Default 128, as current firmware does.
    pub fn batch(self, records: usize) -> Self {
        Self {
            batch: records.max(1),
            ..self
        }
    }

    /// What stands in the path before `/iclock`, for example `api` or `tenant/secret`. Default: nothing.
    pub fn path_prefix(self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        Self {
            path_prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("/{prefix}")
            },
            ..self
        }
    }

    /// The columns of its lines. Default [`Columns::Seven`].
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// Sends uploads without `Content-Type`, as clocks in the field do. Default: `text/plain`.
    pub fn no_content_type(self) -> Self {
        Self {
            content_type: None,
            ..self
        }
    }

    /// Sends the body of an upload `bytes` at a time, with a `pause` after each. Default: at once.
    pub fn send_slowly(self, bytes: usize, pause: Duration) -> Self {
        Self {
            slowly: Some((bytes.max(1), pause)),
            ..self
        }
    }

    /// Switches the terminal on, as a task of the current tokio runtime.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as [`tokio::spawn`] does.
    #[must_use = "a terminal that is dropped is switched off"]
    pub fn start(self) -> Terminal {
        Terminal::start(self)
    }
}
