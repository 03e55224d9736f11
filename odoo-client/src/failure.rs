//! What went wrong, as plain data: the input of every decision about a failed call.

use std::time::Duration;

use crate::reply::Reply;

/// What kind of failure a call met.
///
/// The HTTP column is what Odoo 19 answers on `/json/2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client could not be built: address, database name, key, certificate or time-out is unusable.
    InvalidConfig,
    /// The call was refused before anything was sent: bad model or method name, or arguments that are not a JSON
    /// object.
    InvalidRequest,
    /// No connection was made (name, route, port, TLS handshake): the request was certainly not carried out.
    Connect,
    /// The request was or may have been sent, and no complete answer came back in time. It may have been carried out.
    OutcomeUnknown,
    /// 401: the API key is missing, wrong, expired, of another scope, or its user is archived.
    Unauthorized,
    /// 403: the key is good, but its user may not do this.
    Forbidden,
    /// 404 in JSON: the model or the method does not exist, so usually an addon is not installed or too old.
    MissingAddonOrMethod,
    /// 404 in JSON from the record layer: a record with that id does not exist any more.
    MissingRecord,
    /// 404 that is not Odoo's JSON: no such database is visible at this address, or the address is not an Odoo 19+.
    WrongHostOrDatabase,
    /// 3xx: the server points to another address. It is not followed.
    Redirected,
    /// 400: Odoo could not read the request.
    BadRequest,
    /// 409: the record is locked by another transaction, or a method answers that what it was given collides.
    Locked,
    /// 413: the request is larger than Odoo or a proxy in front of it accepts.
    TooLarge,
    /// 415: the content type was refused.
    UnsupportedMedia,
    /// 422: Odoo refused these values, or the arguments do not fit the method.
    Validation,
    /// 500 and other 5xx: an error inside Odoo; its transaction was rolled back if the answer is Odoo's own.
    Server,
    /// 408, 429, 502, 503, 504: busy, restarting, being upgraded, or throttled by a proxy.
    Unavailable,
    /// 200, but the body is not JSON: a login page, a captive portal, a maintenance page.
    NotJson,
    /// 200, but the answer is larger than the client's limit.
    ResponseTooLarge,
    /// 200 and JSON, but not of the shape that was asked for.
    Decode,
    /// An HTTP status that Odoo's JSON-2 does not use.
    UnexpectedStatus,
}

/// One failure reduced to what a decision needs; made from an [`Error`](crate::Error) with
/// [`Error::failure`](crate::Error::failure), or by hand in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What happened.
    pub kind: ErrorKind,
    /// Whether the call may have been carried out all the same.
    pub outcome_unknown: bool,
    /// How long the server asked to wait.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure of this kind, with the cautious answer to whether the call may have been carried out.
    #[must_use]
    pub const fn new(kind: ErrorKind) -> Self {
        let outcome_unknown = matches!(
            kind,
            ErrorKind::OutcomeUnknown
                | ErrorKind::Server
                | ErrorKind::Unavailable
                | ErrorKind::NotJson
                | ErrorKind::ResponseTooLarge
                | ErrorKind::Decode
                | ErrorKind::UnexpectedStatus
        );
        Self {
            kind,
            outcome_unknown,
            retry_after: None,
        }
    }

    /// What an answer with this status and these headers (name and value) comes to when its body is unknown, for those
    /// who bring their own HTTP; `None` for a success. `Retry-After` is read in seconds, or as a date against the
    /// answer's own `Date`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use punchclock_odoo::{Failure, RetryDecision, RetryPolicy};
    ///
    /// let failure = Failure::from_response(429, [("Retry-After", "30")]).expect("no success");
    /// let decision = RetryPolicy::default().decide(&failure, 1, false, 0.0);
    /// assert_eq!(decision, RetryDecision::Wait(Duration::from_secs(30)));
    /// ```
    pub fn from_response<'h>(
        status: u16,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Option<Self> {
        let reply = Reply::new(status, headers, Vec::new());
        (status != 200).then(|| reply.refusal(None).failure())
    }

    /// The same failure, known to have left nothing behind (`false`) or not (`true`).
    #[must_use]
    pub const fn with_outcome_unknown(mut self, outcome_unknown: bool) -> Self {
        self.outcome_unknown = outcome_unknown;
        self
    }

    /// The same failure with the server's wish to wait.
    #[must_use]
    pub const fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Whether the very same call may succeed later without anyone changing anything.
    ///
    /// Look at [`outcome_unknown`](Self::outcome_unknown) too before repeating a call that is not idempotent.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Connect
                | ErrorKind::OutcomeUnknown
                | ErrorKind::Locked
                | ErrorKind::Server
                | ErrorKind::Unavailable
        )
    }

    /// Whether a person must change something outside the data (key, rights, database, address, addon, server) before
    /// any call can succeed: pause, raise an alarm, keep the data, and look again from time to time.
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::InvalidConfig
                | ErrorKind::Unauthorized
                | ErrorKind::Forbidden
                | ErrorKind::MissingAddonOrMethod
                | ErrorKind::WrongHostOrDatabase
                | ErrorKind::Redirected
                | ErrorKind::NotJson
        )
    }
}
