//! The one error type of the crate.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::failure::{ErrorKind, Failure};
#[cfg(feature = "__client")]
use crate::load;
use crate::load::LoadMessage;

/// Which Odoo a client talks to; shown in every message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) database: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "database {:?} at {}", self.database, self.url)
    }
}

/// What Odoo said about an error, from the JSON object in the body. `debug`, the traceback, is kept apart: it names
/// paths and values of the server that belong in no log by accident.
#[derive(Clone, Default)]
pub(crate) struct ServerFault {
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) traceback: Option<String>,
}

/// Why a call failed.
///
/// `Display` is one line that names the thing and says what to do. Neither it nor `Debug` ever shows the API key, the
/// arguments of the call, or Odoo's traceback (see [`server_traceback`](Self::server_traceback)). Odoo's own message
/// is shown; it may name records.
pub struct Error(Box<Inner>);

struct Inner {
    failure: Failure,
    target: Option<Arc<Target>>,
    call: Option<(String, String)>,
    status: Option<u16>,
    fault: Option<ServerFault>,
    path: Option<String>,
    load: Vec<LoadMessage>,
    record: Option<usize>,
    detail: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            failure: Failure::new(kind),
            target: None,
            call: None,
            status: None,
            fault: None,
            path: None,
            load: Vec::new(),
            record: None,
            detail: None,
            source: None,
        }))
    }

    #[cfg(feature = "__client")]
    pub(crate) fn target(mut self, target: &Arc<Target>) -> Self {
        self.0.target = Some(Arc::clone(target));
        self
    }

    #[cfg(feature = "__client")]
    pub(crate) fn call(mut self, model: &str, method: &str) -> Self {
        self.0.call = Some((model.to_owned(), method.to_owned()));
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn fault(mut self, fault: Option<ServerFault>) -> Self {
        self.0.fault = fault;
        self
    }

    pub(crate) fn path(mut self, path: String) -> Self {
        self.0.path = Some(path);
        self
    }

    /// The JSON path of a fault inside the result, which JSON-RPC wraps once more.
    pub(crate) fn path_below_result(mut self) -> Self {
        if let Some(path) = &mut self.0.path {
            if let Some(inner) = path.strip_prefix("result") {
                *path = inner.trim_start_matches('.').to_owned();
            }
            if path.is_empty() {
                ".".clone_into(path);
            }
        }
        self
    }

    #[cfg(feature = "__client")]
    pub(crate) fn load_messages_of(mut self, messages: Vec<LoadMessage>) -> Self {
        self.0.record = load::culprits(&messages).first().copied();
        self.0.load = messages;
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    pub(crate) fn outcome_unknown(mut self, unknown: bool) -> Self {
        self.0.failure.outcome_unknown = unknown;
        self
    }

    pub(crate) fn wait(mut self, retry_after: Option<Duration>) -> Self {
        self.0.failure.retry_after = retry_after;
        self
    }

    #[cfg(feature = "__client")]
    pub(crate) fn source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind
    }

    /// The failure reduced to what a decision needs, such as [`RetryPolicy::decide`](crate::RetryPolicy::decide).
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.0.failure
    }

    /// Whether the very same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.failure.is_retryable()
    }

    /// Whether Odoo refused the API key.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Unauthorized
    }

    /// Whether the key, the rights, the database, the address, the addon or the server must be put right by a person:
    /// pause, raise an alarm and keep the data, which is not at fault. Look
    /// again from time to time: nothing tells a client that a person has acted.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.0.failure.is_configuration()
    }

    /// Whether the call may have been carried out although no usable answer came: repeat it only if it is idempotent.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.failure.outcome_unknown
    }

    /// Whether Odoo refused the values or arguments of this call (422), so that repeating it is pointless.
    #[must_use]
    pub fn is_validation(&self) -> bool {
        self.kind() == ErrorKind::Validation
    }

    /// Whether the request was larger than the server accepts (413): send less at once.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.kind() == ErrorKind::TooLarge
    }

    /// Whether Odoo accepted the key, but its user may not do this (403).
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.kind() == ErrorKind::Forbidden
    }

    /// Whether the model or the method does not exist: usually an addon is not installed or too old.
    #[must_use]
    pub fn is_missing_addon(&self) -> bool {
        self.kind() == ErrorKind::MissingAddonOrMethod
    }

    /// Whether a record with one of the ids does not exist any more.
    #[must_use]
    pub fn is_missing_record(&self) -> bool {
        self.kind() == ErrorKind::MissingRecord
    }

    /// Whether no such database is visible at this address, or no Odoo is there.
    #[must_use]
    pub fn is_wrong_host_or_database(&self) -> bool {
        self.kind() == ErrorKind::WrongHostOrDatabase
    }

    /// Whether the server was busy: locked records, a restart, an upgrade, throttling.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self.kind(), ErrorKind::Locked | ErrorKind::Unavailable)
    }

    /// Which of the records sent was at fault, counted from 0, where Odoo says it: [`load`](crate::Client::load) does,
    /// `create` does not (send it through [`Bulk`](crate::Bulk) to find out).
    #[must_use]
    pub fn record(&self) -> Option<usize> {
        self.0.record
    }

    /// What [`load`](crate::Client::load) said about each record it refused.
    #[must_use]
    pub fn load_messages(&self) -> &[LoadMessage] {
        &self.0.load
    }

    /// How long the server asked to wait. An unlimited number from outside: limit it before sleeping.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.failure.retry_after
    }

    /// The HTTP status, if an answer came.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.status
    }

    /// The Python path of the exception in Odoo, such as `odoo.exceptions.ValidationError`.
    #[must_use]
    pub fn exception_name(&self) -> Option<&str> {
        self.0.fault.as_ref().map(|fault| fault.name.as_str())
    }

    /// Odoo's message, as its user would read it.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.0.fault.as_ref().map(|fault| fault.message.as_str())
    }

    /// Odoo's traceback. Not part of `Display` or `Debug`: it can hold paths, SQL and values of the server.
    #[must_use]
    pub fn server_traceback(&self) -> Option<&str> {
        self.0.fault.as_ref().and_then(|fault| fault.traceback.as_deref())
    }

    /// The model that was called.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.0.call.as_ref().map(|(model, _)| model.as_str())
    }

    /// The method that was called.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.0.call.as_ref().map(|(_, method)| method.as_str())
    }

    /// Where in the answer decoding failed, such as `outcomes[3].id`.
    #[must_use]
    pub fn json_path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    fn summary(&self) -> &'static str {
        match self.kind() {
            ErrorKind::InvalidConfig => "the Odoo client cannot be set up",
            ErrorKind::InvalidRequest => "the call was not sent",
            ErrorKind::Connect => "no connection to Odoo",
            ErrorKind::OutcomeUnknown => "no complete answer from Odoo; the call may have been carried out",
            ErrorKind::Unauthorized => "Odoo refused the API key",
            ErrorKind::Forbidden => "Odoo does not allow the user of this API key to do this",
            ErrorKind::MissingAddonOrMethod => "Odoo does not know this model or method",
            ErrorKind::MissingRecord => "a record does not exist in Odoo",
            ErrorKind::WrongHostOrDatabase => "no Odoo 19 or later with this database was found",
            ErrorKind::Redirected => "the server points to another address, which is not followed",
            ErrorKind::BadRequest => "Odoo could not read the request",
            ErrorKind::Locked => "a record is locked in Odoo by another transaction",
            ErrorKind::TooLarge => "the request is larger than the server accepts",
            ErrorKind::UnsupportedMedia => "the server refused the content type application/json",
            ErrorKind::Validation => "Odoo refused the values of this call",
            ErrorKind::Server => "Odoo failed inside",
            ErrorKind::Unavailable => "Odoo is not available at the moment",
            ErrorKind::NotJson => "the answer is not JSON, so it is not Odoo's",
            ErrorKind::ResponseTooLarge => "the answer is larger than the limit of this client",
            ErrorKind::Decode => "the answer does not have the expected shape",
            ErrorKind::UnexpectedStatus => "the server answered with an unexpected HTTP status",
        }
    }

    fn advice(&self) -> Option<&'static str> {
        Some(match self.kind() {
            ErrorKind::Connect => {
                "check the address, the network and that Odoo runs (for https also the certificate authority)"
            }
            ErrorKind::OutcomeUnknown => "repeat it only if it is idempotent",
            ErrorKind::Unauthorized => {
                "check that the key is complete, not expired or revoked, made in this very database, of scope \"rpc\" \
                 or none, and that its user is active"
            }
            ErrorKind::Forbidden => "check the groups and companies of that user",
            ErrorKind::MissingAddonOrMethod => "check that the addon is installed and recent enough",
            ErrorKind::MissingRecord => "read the ids again",
            ErrorKind::WrongHostOrDatabase => {
                "check the address, the database name, and Odoo's dbfilter and db_name settings"
            }
            ErrorKind::Redirected => "put the final address (scheme, host, port) into the configuration",
            ErrorKind::BadRequest => "this is a fault of the client or of a proxy in between",
            ErrorKind::Locked => "try again soon",
            ErrorKind::TooLarge => {
                "send less at once, or raise the body limit of Odoo and of the proxy in front of it"
            }
            ErrorKind::UnsupportedMedia => "check what a proxy in between does to the request",
            ErrorKind::Validation => "correct the values, or bring client and addon to fitting versions",
            ErrorKind::Server => "see Odoo's log; try again later",
            ErrorKind::Unavailable => "try again later",
            ErrorKind::NotJson => {
                "check that the address is Odoo's own and that no login, portal or maintenance page is in between"
            }
            ErrorKind::ResponseTooLarge => "ask for less at once, or raise the limit",
            ErrorKind::Decode => "check that client and addon are of fitting versions",
            ErrorKind::UnexpectedStatus => "check what stands at this address",
            ErrorKind::InvalidConfig | ErrorKind::InvalidRequest => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.write_str(self.summary())?;
        if let Some(target) = &inner.target {
            write!(f, " ({target})")?;
        }
        if let Some(advice) = self.advice() {
            write!(f, ": {advice}")?;
        }
        if let Some(detail) = &inner.detail {
            write!(f, "{} {detail}", if self.advice().is_some() { ";" } else { ":" })?;
        }
        let mut facts = Vec::new();
        if let Some((model, method)) = &inner.call {
            facts.push(format!("calling {model}/{method}"));
        }
        if let Some(status) = inner.status {
            facts.push(format!("HTTP {status}"));
        }
        if let Some(path) = &inner.path {
            facts.push(format!("at {path}"));
        }
        let about = |message: &&LoadMessage| message.is_error && message.record() == inner.record;
        if let Some(message) = inner.load.iter().find(about).or_else(|| inner.load.first()) {
            facts.push(message.to_string());
        }
        if let Some(fault) = &inner.fault {
            facts.push(format!("{}: {}", fault.name, fault.message.replace('\n', " ")));
        }
        if !facts.is_empty() {
            write!(f, " [{}]", facts.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("outcome_unknown", &inner.failure.outcome_unknown)
            .field("retry_after", &inner.failure.retry_after)
            .field("target", &inner.target)
            .field("model", &self.model())
            .field("method", &self.method())
            .field("status", &inner.status)
            .field("exception_name", &self.exception_name())
            .field("server_message", &self.server_message())
            .field("json_path", &inner.path)
            .field("record", &inner.record)
            .field("load_messages", &inner.load)
            .field("detail", &inner.detail)
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
