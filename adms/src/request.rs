//! From method, target and raw body to a typed request.

use std::fmt;

use crate::error::RequestError;
use crate::handshake::Handshake;
use crate::heartbeat::GetRequest;
use crate::parameters::Parameters;
use crate::serial::Serial;
use crate::table::Table;

/// Longest request target that is read, in bytes. The longest seen, a heartbeat with 13 values, has some 250.
pub const MAX_TARGET: usize = 8 * 1024;

/// A request as the HTTP server received it.
///
/// The body is the raw body whatever the `Content-Type`: terminals send none at all, or one that would make a web
/// framework eat the body.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the four parts of an HTTP request; there is no fifth"
)]
pub struct Incoming<'a> {
    /// The method, for example `POST`.
    pub method: &'a str,
    /// Path and query, for example `/iclock/cdata?SN=A1&table=ATTLOG&Stamp=9999`.
    pub target: &'a str,
    /// Header names and values in the order received.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body, whole: a body shorter than its `Content-Length` must not get here.
    pub body: &'a [u8],
}

impl fmt::Debug for Incoming<'_> {
    /// Sizes alone: target, headers and body hold keys, tokens and templates.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Incoming")
            .field("method", &self.method)
            .field("target_bytes", &self.target.len())
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// A request of a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request<'a> {
    /// Who sends it, by its own word: the protocol has no proof.
    pub serial: Serial,
    /// What it wants.
    pub kind: Kind<'a>,
    /// What stood in the path before `/iclock`.
    pub prefix: PathPrefix<'a>,
    /// The parameters of the query.
    pub parameters: Parameters<'a>,
}

/// What stood in the path before `/iclock`, without slashes at its ends; often empty.
///
/// A site may use it as a shared secret, so `Debug` shows only its length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PathPrefix<'a>(&'a str);

impl<'a> PathPrefix<'a> {
    /// The prefix, as sent.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for PathPrefix<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PathPrefix({} bytes)", self.0.len())
    }
}

/// What a terminal wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind<'a> {
    /// `GET cdata?options=all`: it starts, or its network came back. Answer with
    /// [`Reply::handshake`](crate::Reply::handshake).
    Handshake(Handshake<'a>),
    /// `POST cdata`: records. Store them, then acknowledge.
    Upload(Upload<'a>),
    /// `GET getrequest`: a heartbeat that fetches commands.
    GetRequest(GetRequest<'a>),
    /// `POST devicecmd`: results of commands, in the body or in the parameters; see [`result`](crate::result).
    CommandResult(&'a [u8]),
    /// `ping`: a heartbeat during a long upload.
    Ping,
    /// `GET cdata?type=time`: the terminal asks for the time.
    Time,
    /// Any other `/iclock/…`. Answer with [`Reply::ok`](crate::Reply::ok); what it carries is not an upload known here.
    Unknown,
}

impl Kind<'_> {
    /// A short name, one of a fixed set: fit for a metric's label.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Handshake(_) => "handshake",
            Self::Upload(_) => "upload",
            Self::GetRequest(_) => "getrequest",
            Self::CommandResult(_) => "devicecmd",
            Self::Ping => "ping",
            Self::Time => "time",
            Self::Unknown => "unknown",
        }
    }
}

/// Records of one table.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload<'a> {
    /// The table they belong to.
    pub table: Table<'a>,
    /// The stamp in the URL as sent, percent signs and all. Most terminals always send `9999`; it says nothing about
    /// what was sent before.
    pub stamp: Option<&'a str>,
    /// The raw body.
    pub body: &'a [u8],
}

impl fmt::Debug for Upload<'_> {
    /// Without the body, which may hold passwords and templates.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Upload")
            .field("table", &self.table)
            .field("stamp", &self.stamp)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// Reads a request.
///
/// Accepted are `/iclock/cdata`, `/iclock/cdata.aspx`, a slash at the end, any prefix before `/iclock` (it is in
/// [`Request::prefix`]; whether it is the right one is the caller's to check), and parameter names in any case.
///
/// # Errors
///
/// [`RequestError`] when no terminal sends such a request: another path, another method, no usable serial number.
///
/// # Examples
///
/// ```
/// use punchclock_adms::{Incoming, Kind, Table, attlog};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let request = punchclock_adms::parse(&Incoming {
///     method: "POST",
///     target: "/iclock/cdata?SN=CNYG213260182&table=ATTLOG&Stamp=9999",
///     headers: &[],
///     body: b"8\t2025-01-29 12:10:17\t1\t1\t0\t0\t0\t0\t0\t0\t10902\n",
/// })?;
/// assert_eq!(request.serial.as_str(), "CNYG213260182");
/// let Kind::Upload(upload) = request.kind else { return Err("an upload was expected".into()) };
/// assert_eq!(upload.table, Table::AttLog);
/// assert_eq!(attlog::lines(upload.body).filter(Result::is_ok).count(), 1);
/// # Ok(())
/// # }
/// ```
pub fn parse<'a>(incoming: &Incoming<'a>) -> Result<Request<'a>, RequestError> {
    if incoming.target.len() > MAX_TARGET {
        return Err(RequestError::TargetTooLong {
            length: incoming.target.len(),
            limit: MAX_TARGET,
        });
    }
    let method = Method::read(incoming.method).ok_or(RequestError::Method)?;
    let (path, query) = incoming.target.split_once('?').unwrap_or((incoming.target, ""));
    let (prefix, endpoint) = split_path(path).ok_or(RequestError::NotIclock)?;
    let parameters = Parameters::new(query);
    // The serial is read as sent: its alphabet needs no percent sign.
    let serial: Serial = parameters
        .raw("SN")
        .ok_or(RequestError::MissingSerial)?
        .parse()
        .map_err(RequestError::InvalidSerial)?;
    let kind = kind(method, endpoint, parameters, incoming.body);
    Ok(Request {
        serial,
        kind,
        prefix: PathPrefix(prefix),
        parameters,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
}

impl Method {
    fn read(text: &str) -> Option<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("GET") => Some(Self::Get),
            _ if text.eq_ignore_ascii_case("POST") => Some(Self::Post),
            _ => None,
        }
    }
}

/// Prefix and endpoint of a path: `/a/b/iclock/cdata.aspx/` is `a/b` and `cdata`.
fn split_path(path: &str) -> Option<(&str, &str)> {
    let path = match path.split_once("://") {
        // The absolute form that proxies send.
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            rest.find('/').and_then(|slash| rest.get(slash..))?
        }
        _ => path,
    };
    let mut start = 0_usize;
    for segment in path.split('/') {
        let end = start.checked_add(segment.len())?;
        if segment.eq_ignore_ascii_case("iclock") {
            let prefix = path.get(..start)?.trim_matches('/');
            let endpoint = path.get(end..)?.trim_matches('/');
            let suffix = endpoint
                .len()
                .checked_sub(".aspx".len())
                .and_then(|at| endpoint.split_at_checked(at));
            return Some((
                prefix,
                match suffix {
                    Some((name, suffix)) if suffix.eq_ignore_ascii_case(".aspx") => name,
                    _ => endpoint,
                },
            ));
        }
        start = end.checked_add(1)?;
    }
    None
}

fn kind<'a>(method: Method, endpoint: &str, parameters: Parameters<'a>, body: &'a [u8]) -> Kind<'a> {
    let is = |name: &str| endpoint.eq_ignore_ascii_case(name);
    match method {
        Method::Get if is("cdata") => get_cdata(parameters),
        Method::Post if is("cdata") => post_cdata(parameters, body),
        // Photographs of firmware that saw no server version.
        Method::Post if is("fdata") => Kind::Upload(Upload {
            table: Table::of(&parameters).unwrap_or(Table::AttPhoto),
            stamp: stamp(&parameters),
            body,
        }),
        Method::Get if is("getrequest") => Kind::GetRequest(GetRequest::new(parameters)),
        Method::Post if is("devicecmd") => Kind::CommandResult(body),
        _ if is("ping") => Kind::Ping,
        _ => Kind::Unknown,
    }
}

fn get_cdata(parameters: Parameters<'_>) -> Kind<'_> {
    if parameters.contains("options") || parameters.contains("pushver") {
        return Kind::Handshake(Handshake::new(parameters));
    }
    match parameters.get("type") {
        Some(kind) if kind.eq_ignore_ascii_case("time") => Kind::Time,
        _ => Kind::Unknown,
    }
}

fn post_cdata<'a>(parameters: Parameters<'a>, body: &'a [u8]) -> Kind<'a> {
    // A question ("may this card enter?"), not records: it must never be taken for an upload and stored.
    if parameters.contains("AuthType") {
        return Kind::Unknown;
    }
    let table = Table::of(&parameters).unwrap_or(Table::Unknown(""));
    Kind::Upload(Upload {
        table,
        stamp: stamp(&parameters),
        body,
    })
}

/// The stamp, under any of the names that the dialects give it.
fn stamp<'a>(parameters: &Parameters<'a>) -> Option<&'a str> {
    [
        "Stamp",
        "OpStamp",
        "PhotoStamp",
        "ATTLOGStamp",
        "OPERLOGStamp",
        "ATTPHOTOStamp",
    ]
    .iter()
    .find_map(|name| parameters.raw(name))
}
