//! From an answer over HTTP to a value or an error: the table of statuses, in one place.

use std::fmt;
use std::time::Duration;

use chrono::DateTime;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::api_key::ApiKey;
use crate::error::{Error, ServerFault};
use crate::failure::ErrorKind;
use crate::rpc_reply;
use crate::transport::Transport;

const MESSAGE_CHARS: usize = 2000;
const TRACEBACK_CHARS: usize = 64 * 1024;

/// What the headers of an answer say that matters here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    content_type: Option<String>,
    location: Option<String>,
    retry_after: Option<String>,
    date: Option<String>,
}

impl Head {
    pub(crate) fn new<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Self {
        let mut head = Self::default();
        for (name, value) in headers {
            let slot = match name.to_ascii_lowercase().as_str() {
                "content-type" => &mut head.content_type,
                "location" => &mut head.location,
                "retry-after" => &mut head.retry_after,
                "date" => &mut head.date,
                _ => continue,
            };
            *slot = Some(value.to_owned());
        }
        head
    }

    pub(crate) fn is_json(&self) -> bool {
        let essence = self
            .content_type
            .as_deref()
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
    }

    /// `Retry-After` in seconds, or as a date measured against the server's own `Date`: no clock of ours is involved.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let value = self.retry_after.as_deref()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = DateTime::parse_from_rfc2822(value).ok()?;
        let now = DateTime::parse_from_rfc2822(self.date.as_deref()?).ok()?;
        Some((until - now).to_std().unwrap_or_default())
    }
}

/// A complete answer of an Odoo server, for those who bring their own HTTP: [`Client`](crate::Client) reads its answers
/// through the same door.
///
/// ```
/// use punchclock_odoo::{ErrorKind, Reply, Transport};
///
/// let json = [("Content-Type", "application/json")];
/// let ids: Vec<i64> = Reply::new(200, json, b"[7, 8]".to_vec()).decode(Transport::Json2)?;
/// assert_eq!(ids, [7, 8]);
/// // JSON-RPC answers errors with status 200.
/// let body = br#"{"error": {"code": 200, "data": {"name": "odoo.exceptions.AccessError", "message": "no"}}}"#;
/// let refused = Reply::new(200, json, body.to_vec()).decode::<Vec<i64>>(Transport::JsonRpc).unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::Forbidden);
/// # Ok::<(), punchclock_odoo::Error>(())
/// ```
pub struct Reply {
    status: u16,
    head: Head,
    body: Vec<u8>,
}

impl Reply {
    /// An answer with this status, these headers (name and value) and this body.
    pub fn new<'h>(
        status: u16,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self::from_head(status, Head::new(headers), body.into())
    }

    pub(crate) const fn from_head(status: u16, head: Head, body: Vec<u8>) -> Self {
        Self { status, head, body }
    }

    /// The result of the call this answers, or why there is none.
    ///
    /// # Errors
    ///
    /// Every kind that an answer can mean; see [`ErrorKind`].
    pub fn decode<T: DeserializeOwned>(&self, transport: Transport) -> Result<T, Error> {
        match transport {
            Transport::Json2 => self.json2(None),
            Transport::JsonRpc => self.json_rpc(None, None),
        }
    }

    pub(crate) fn json2<T: DeserializeOwned>(&self, key: Option<&ApiKey>) -> Result<T, Error> {
        self.expect_json(key)?;
        decode(&self.body, key)
    }

    pub(crate) fn json_rpc<T: DeserializeOwned>(
        &self,
        method: Option<&str>,
        key: Option<&ApiKey>,
    ) -> Result<T, Error> {
        if self.status != 200 && self.head.is_json() {
            // Odoo 14 answers some errors with a status besides the error.
            if let Some(error) = rpc_reply::error(&self.body, method, key) {
                return Err(error.status(self.status).wait(self.head.retry_after()));
            }
        }
        self.expect_json(key)?;
        rpc_reply::decode(&self.body, method, key)
    }

    /// The error that a status other than 200 means.
    pub(crate) fn refusal(&self, key: Option<&ApiKey>) -> Error {
        refuse(self.status, &self.head, &self.body, key)
    }

    fn expect_json(&self, key: Option<&ApiKey>) -> Result<(), Error> {
        if self.status != 200 {
            return Err(self.refusal(key));
        }
        if !self.head.is_json() {
            let content_type = self.head.content_type.as_deref().unwrap_or("no content type");
            return Err(Error::new(ErrorKind::NotJson).status(200).detail(format!(
                "it is of {} bytes and type {}",
                self.body.len(),
                scrub(key, content_type, 100)
            )));
        }
        Ok(())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body is personal data.
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Text from outside made fit to be shown.
pub(crate) fn scrub(key: Option<&ApiKey>, text: &str, max_chars: usize) -> String {
    match key {
        Some(key) => key.scrub(text, max_chars),
        None => crate::api_key::clean(text, max_chars),
    }
}

/// Decodes a JSON text, telling where it does not fit.
///
/// The path to a fault costs time on every value, so it is only looked for once a fault is known.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8], key: Option<&ApiKey>) -> Result<T, Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(_) => decode_slowly(body, key),
    }
}

fn decode_slowly<T: DeserializeOwned>(body: &[u8], key: Option<&ApiKey>) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let fault = match serde_path_to_error::deserialize(&mut json) {
        Ok(value) => match json.end() {
            Ok(()) => return Ok(value),
            Err(_) => {
                return Err(Error::new(ErrorKind::NotJson)
                    .status(200)
                    .detail("something follows the JSON value"));
            }
        },
        Err(fault) => fault,
    };
    let place = format!("line {}, column {}", fault.inner().line(), fault.inner().column());
    Err(match fault.inner().classify() {
        // An HTTP/1.0 answer ends with its connection, so a cut one looks complete until it is decoded.
        Category::Eof | Category::Io => {
            Error::new(ErrorKind::OutcomeUnknown).detail(format!("the answer was cut off at {place}"))
        }
        Category::Syntax => {
            Error::new(ErrorKind::NotJson).detail(format!("it breaks off being JSON at {place}"))
        }
        Category::Data => {
            let shown = scrub(key, &without_quoted(&fault.inner().to_string()), 300);
            Error::new(ErrorKind::Decode)
                .path(scrub(key, &fault.path().to_string(), 300))
                .detail(shown)
        }
    }
    .status(200))
}

/// The table of statuses (Odoo 19, `/json/2`).
fn refuse(status: u16, head: &Head, body: &[u8], key: Option<&ApiKey>) -> Error {
    let fault = if head.is_json() {
        server_fault(body, key)
    } else {
        None
    };
    let from_odoo = fault.is_some();
    let missing_record = fault
        .as_ref()
        .is_some_and(|fault| fault.name == "odoo.exceptions.MissingError");
    let kind = match status {
        300..=399 => ErrorKind::Redirected,
        400 => ErrorKind::BadRequest,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 if missing_record => ErrorKind::MissingRecord,
        404 if from_odoo => ErrorKind::MissingAddonOrMethod,
        404 => ErrorKind::WrongHostOrDatabase,
        409 => ErrorKind::Locked,
        413 => ErrorKind::TooLarge,
        415 => ErrorKind::UnsupportedMedia,
        422 => ErrorKind::Validation,
        408 | 429 | 502..=504 => ErrorKind::Unavailable,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::UnexpectedStatus,
    };
    let mut error = Error::new(kind).status(status).wait(head.retry_after());
    // Odoo rolls back when it answers an error, and a request that was throttled (429), given up while being read
    // (408) or found no server (503) was not carried out. A gateway's 502 or 504, or a 5xx that is not in Odoo's own
    // form, may come from something in between while Odoo went on to commit.
    let carried_out = match kind {
        ErrorKind::Server => !from_odoo,
        ErrorKind::Unavailable => matches!(status, 502 | 504),
        ErrorKind::UnexpectedStatus => status < 400,
        _ => false,
    };
    error = error.outcome_unknown(carried_out);
    if kind == ErrorKind::Redirected {
        let location = head.location.as_deref().unwrap_or("nowhere");
        error = error.detail(format!("it points to {}", scrub(key, location, 200)));
    } else if !from_odoo && kind != ErrorKind::WrongHostOrDatabase {
        error = error.detail("the answer is not in Odoo's form, so a proxy in front of it may have given it");
    }
    error.fault(fault)
}

fn server_fault(body: &[u8], key: Option<&ApiKey>) -> Option<ServerFault> {
    fault_of(&serde_json::from_slice(body).ok()?, key)
}

/// The fault in Odoo's form: `name`, `message`, `debug`.
pub(crate) fn fault_of(value: &Value, key: Option<&ApiKey>) -> Option<ServerFault> {
    let member = |name: &str| value.get(name).and_then(Value::as_str);
    Some(ServerFault {
        name: scrub(key, member("name")?, 200),
        message: scrub(key, member("message").unwrap_or_default(), MESSAGE_CHARS),
        traceback: member("debug").map(|debug| scrub(key, debug, TRACEBACK_CHARS)),
    })
}

/// A decoding error quotes the text it did not expect; values of the answer are personal data and stay out.
fn without_quoted(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut quoted = false;
    let mut escaped = false;
    for c in message.chars() {
        if quoted {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    quoted = false;
                    shown.push_str("…\"");
                }
                _ => {}
            }
        } else {
            quoted = c == '"';
            shown.push(c);
        }
    }
    shown
}
