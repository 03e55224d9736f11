//! From an HTTP response to a value or an error: the table of statuses, in one place.

use std::time::Duration;

use chrono::DateTime;
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::api_key::ApiKey;
use crate::client::transport_error;
use crate::error::{Error, ServerFault};
use crate::failure::ErrorKind;

// An error's body is only read to explain it. Odoo's tracebacks are some kilobytes.
const ERROR_BODY_LIMIT: usize = 1024 * 1024;
const MESSAGE_CHARS: usize = 2000;
const TRACEBACK_CHARS: usize = 64 * 1024;

/// A complete answer with status 200, not yet decoded.
pub(crate) struct Answer {
    body: Vec<u8>,
}

enum Ended {
    Complete,
    OverLimit,
    Failed(reqwest::Error),
}

impl Answer {
    /// Reads a response. Never holds more than `limit` bytes and one network read of it.
    pub(crate) async fn read(response: Response, limit: usize, key: &ApiKey) -> Result<Self, Error> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if status != 200 {
            // The status alone decides what to do, so a cut or endless body of an error does not hide it.
            let (body, _) = read_body(response, limit.min(ERROR_BODY_LIMIT)).await;
            return Err(refuse(status, &headers, &body, key));
        }
        let (body, ended) = read_body(response, limit).await;
        match ended {
            Ended::Complete => {}
            Ended::OverLimit => {
                return Err(Error::new(ErrorKind::ResponseTooLarge)
                    .status(status)
                    .detail(format!("it is over {limit} bytes")));
            }
            Ended::Failed(error) => return Err(transport_error(error, key).status(status)),
        }
        if !is_json(&headers) {
            let content_type = text(&headers, &CONTENT_TYPE).unwrap_or("no content type");
            return Err(Error::new(ErrorKind::NotJson).status(status).detail(format!(
                "it is of {} bytes and type {}",
                body.len(),
                key.scrub(content_type, 100)
            )));
        }
        Ok(Self { body })
    }
}

/// Decodes the result of a call, telling where it does not fit.
pub(crate) fn decode<T: DeserializeOwned>(answer: &Answer, key: &ApiKey) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(&answer.body);
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
            let shown = key.scrub(&without_quoted(&fault.inner().to_string()), 300);
            Error::new(ErrorKind::Decode)
                .path(key.scrub(&fault.path().to_string(), 300))
                .detail(shown)
        }
    }
    .status(200))
}

async fn read_body(mut response: Response, limit: usize) -> (Vec<u8>, Ended) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if chunk.len() > limit.saturating_sub(body.len()) => {
                return (body, Ended::OverLimit);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (body, Ended::Complete),
            Err(error) => return (body, Ended::Failed(error)),
        }
    }
}

/// The table of statuses (Odoo 19, `/json/2`).
fn refuse(status: u16, headers: &HeaderMap, body: &[u8], key: &ApiKey) -> Error {
    let fault = server_fault(headers, body, key);
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
    let mut error = Error::new(kind).status(status).wait(retry_after(headers));
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
        let location = text(headers, &LOCATION).unwrap_or("nowhere");
        error = error.detail(format!("it points to {}", key.scrub(location, 200)));
    } else if !from_odoo && kind != ErrorKind::WrongHostOrDatabase {
        error = error.detail("the answer is not in Odoo's form, so a proxy in front of it may have given it");
    }
    error.fault(fault)
}

fn server_fault(headers: &HeaderMap, body: &[u8], key: &ApiKey) -> Option<ServerFault> {
    if !is_json(headers) {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    let member = |name: &str| value.get(name).and_then(Value::as_str);
    Some(ServerFault {
        name: key.scrub(member("name")?, 200),
        message: key.scrub(member("message").unwrap_or_default(), MESSAGE_CHARS),
        traceback: member("debug").map(|debug| key.scrub(debug, TRACEBACK_CHARS)),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = text(headers, &CONTENT_TYPE)
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}

/// `Retry-After` in seconds, or as a date measured against the server's own `Date`: no clock of ours is involved.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(value).ok()?;
    let now = DateTime::parse_from_rfc2822(text(headers, &DATE)?).ok()?;
    Some((until - now).to_std().unwrap_or_default())
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
