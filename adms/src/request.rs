//! From method, target and raw body to a typed request.

use std::borrow::Cow;
use std::fmt;

use crate::body;
use crate::error::RequestError;
use crate::handshake::Handshake;
use crate::heartbeat::GetRequest;
use crate::parameters::Parameters;
use crate::querydata::QueryData;
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
    /// The bytes after the head, as received: [`parse`] checks them against `Content-Length`, and undoes chunks and
    /// compression.
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

/// What a terminal wants. The body stands apart, in [`Whole::body`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind<'a> {
    /// `GET cdata?options=all`: it starts, or its network came back. Answer with
    /// [`Reply::handshake`](crate::Reply::handshake), in the dialect "acc" with
    /// [`Reply::acc_handshake`](crate::Reply::acc_handshake).
    Handshake(Handshake<'a>),
    /// `POST cdata`: records. Store them, then acknowledge with [`Reply::stored`](crate::Reply::stored).
    Upload(Upload<'a>),
    /// `POST querydata`: a packet of the answer to a query ("acc"). Join the packets with a
    /// [`Joiner`](crate::querydata::Joiner), then as an upload.
    QueryData(QueryData<'a>),
    /// `GET getrequest`: a heartbeat that fetches commands.
    GetRequest(GetRequest<'a>),
    /// `POST devicecmd`: results of commands, in the body or in the parameters; see [`command::results`](crate::command::results).
    CommandResult,
    /// `ping`: a heartbeat during a long upload. Also `test` and `inspect`.
    Ping,
    /// `GET cdata?type=time`: the terminal asks for the time; [`Reply::time`](crate::Reply::time).
    Time,
    /// `GET rtdata?type=time`: the same in the dialect "acc"; [`Reply::acc_time`](crate::Reply::acc_time).
    AccTime,
    /// `POST registry`: a terminal of the dialect "acc" introduces itself; its settings are the body, read by
    /// [`settings::pairs`](crate::settings::pairs). Answer with [`Reply::registered`](crate::Reply::registered) or
    /// [`Reply::registry_refused`](crate::Reply::registry_refused).
    Registry,
    /// `push`: it fetches its configuration ("acc"); [`Reply::acc_options`](crate::Reply::acc_options).
    PushConfig,
    /// `GET cdata?table=RemoteAtt&PIN=`: a person who is not enrolled at this terminal stands in front of it;
    /// [`Reply::remote_user`](crate::Reply::remote_user).
    RemoteUser(RemoteUser<'a>),
    /// `POST cdata?AuthType=`: may this person enter? [`Reply::verified`](crate::Reply::verified) or
    /// [`Reply::not_verified`](crate::Reply::not_verified), within three seconds. Never stored as records.
    Verify,
    /// `GET cdata?type=LastPunch` or `table=SELFSERVICEDATA`: a person asks for their own data. Optional.
    SelfService,
    /// `POST exchange`: an offer of encryption. Answered without keys ([`Reply::commands`](crate::Reply::commands) of
    /// none), everything stays readable; the algorithm is the vendor's own and not built here.
    KeyExchange,
    /// Any other `/iclock/…`, downloads of files among them, which are never served. What it carries is no upload
    /// known here: keep it for review, then answer with [`Reply::stored`](crate::Reply::stored) and
    /// [`Receipt::recorded`](crate::Receipt::recorded).
    Unknown,
}

impl Kind<'_> {
    /// A short name, one of a fixed set: fit for a metric's label.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Handshake(_) => "handshake",
            Self::Upload(_) => "upload",
            Self::QueryData(_) => "querydata",
            Self::GetRequest(_) => "getrequest",
            Self::CommandResult => "devicecmd",
            Self::Ping => "ping",
            Self::Time => "time",
            Self::AccTime => "acc_time",
            Self::Registry => "registry",
            Self::PushConfig => "push",
            Self::RemoteUser(_) => "remote_user",
            Self::Verify => "verify",
            Self::SelfService => "self_service",
            Self::KeyExchange => "exchange",
            Self::Unknown => "unknown",
        }
    }
}

/// Records of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload<'a> {
    /// The table they belong to.
    pub table: Table<'a>,
    /// The stamp in the URL as sent, percent signs and all. Most terminals always send `9999`; it says nothing about
    /// what was sent before.
    pub stamp: Option<&'a str>,
}

/// Somebody who is not enrolled at the terminal in front of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteUser<'a> {
    /// Their number, as sent, percent signs and all.
    pub pin: &'a str,
}

/// A request with its body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Whole<'a> {
    /// The request.
    pub request: Request<'a>,
    /// Its body, without transfer coding and compression; borrowed where it had neither.
    pub body: Cow<'a, [u8]>,
}

impl fmt::Debug for Whole<'_> {
    /// Without the body, which may hold passwords and templates.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Whole")
            .field("request", &self.request)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// Reads a request: [`parse_head`] and [`body::decode`](crate::body::decode) with [`MAX_INFLATED`](crate::body::MAX_INFLATED).
///
/// # Errors
///
/// [`RequestError`] when no terminal sends such a request, or when its body is short or broken. The reply to give is
/// [`RequestError::reply`].
///
/// # Examples
///
/// ```
/// use punchclock_adms::{Incoming, Kind, Table, attlog};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let whole = punchclock_adms::parse(&Incoming {
///     method: "POST",
///     target: "/iclock/cdata?SN=CNYG213260182&table=ATTLOG&Stamp=9999",
///     headers: &[],
///     body: b"8\t2025-01-29 12:10:17\t1\t1\t0\t0\t0\t0\t0\t0\t10902\n",
/// })?;
/// assert_eq!(whole.request.serial.as_str(), "CNYG213260182");
/// let Kind::Upload(upload) = whole.request.kind else { return Err("an upload was expected".into()) };
/// assert_eq!(upload.table, Table::AttLog);
/// assert_eq!(attlog::lines(&whole.body).filter(Result::is_ok).count(), 1);
/// # Ok(())
/// # }
/// ```
pub fn parse<'a>(incoming: &Incoming<'a>) -> Result<Whole<'a>, RequestError> {
    let request = parse_head(incoming.method, incoming.target)?;
    let body =
        body::decode(incoming.headers, incoming.body, body::MAX_INFLATED).map_err(RequestError::Body)?;
    Ok(Whole { request, body })
}

/// Reads what stands before the body, which is all it takes to know who it is and what they want: a server decides here
/// whether the body is worth its memory.
///
/// Accepted are `/iclock/cdata`, `/iclock/cdata.aspx`, a slash at the end, any prefix before `/iclock` (it is in
/// [`Request::prefix`]; whether it is the right one is the caller's to check), and parameter names in any case.
///
/// # Errors
///
/// [`RequestError`] when no terminal sends such a request: another path, another method, no usable serial number.
pub fn parse_head<'a>(method: &str, target: &'a str) -> Result<Request<'a>, RequestError> {
    if target.len() > MAX_TARGET {
        return Err(RequestError::TargetTooLong {
            length: target.len(),
            limit: MAX_TARGET,
        });
    }
    let method = Method::read(method).ok_or(RequestError::Method)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (prefix, endpoint) = split_path(path).ok_or(RequestError::NotIclock)?;
    let parameters = Parameters::new(query);
    // The serial is read as sent: its alphabet needs no percent sign.
    let serial: Serial = parameters
        .raw("SN")
        .ok_or(RequestError::MissingSerial)?
        .parse()
        .map_err(RequestError::InvalidSerial)?;
    Ok(Request {
        serial,
        kind: kind(method, endpoint, parameters),
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

fn kind<'a>(method: Method, endpoint: &'a str, parameters: Parameters<'a>) -> Kind<'a> {
    let is = |name: &str| endpoint.eq_ignore_ascii_case(name);
    let asks_for = |kind: &str| {
        parameters
            .get("type")
            .is_some_and(|found| found.eq_ignore_ascii_case(kind))
    };
    match method {
        Method::Get if is("cdata") => get_cdata(parameters),
        Method::Post if is("cdata") => post_cdata(parameters),
        // Photographs of firmware that saw no server version.
        Method::Post if is("fdata") => Kind::Upload(Upload {
            table: Table::of(&parameters).unwrap_or(Table::AttPhoto),
            stamp: stamp(&parameters),
        }),
        Method::Get if is("getrequest") => Kind::GetRequest(GetRequest::new(parameters)),
        Method::Post if is("devicecmd") => Kind::CommandResult,
        Method::Post if is("registry") => Kind::Registry,
        Method::Post if is("querydata") => Kind::QueryData(QueryData::new(parameters)),
        Method::Post if is("exchange") => Kind::KeyExchange,
        Method::Get if is("rtdata") && asks_for("time") => Kind::AccTime,
        // Door events of an older form that nobody has described.
        Method::Post if is("rtdata") || is("edata") || is("event") => Kind::Upload(Upload {
            table: Table::Unknown(endpoint),
            stamp: stamp(&parameters),
        }),
        _ if is("push") => Kind::PushConfig,
        _ if is("ping") || is("test") || is("inspect") => Kind::Ping,
        _ => Kind::Unknown,
    }
}

fn get_cdata(parameters: Parameters<'_>) -> Kind<'_> {
    let is = |name: &str, wanted: &str| {
        parameters
            .get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case(wanted))
    };
    if parameters.contains("options") || parameters.contains("pushver") {
        Kind::Handshake(Handshake::new(parameters))
    } else if is("type", "time") {
        Kind::Time
    } else if is("type", "LastPunch") || is("table", "SELFSERVICEDATA") {
        Kind::SelfService
    } else if let Some(pin) = parameters.raw("PIN")
        && (is("table", "RemoteAtt") || !parameters.contains("table"))
    {
        Kind::RemoteUser(RemoteUser { pin })
    } else {
        Kind::Unknown
    }
}

fn post_cdata(parameters: Parameters<'_>) -> Kind<'_> {
    // A question ("may this card enter?"), not records: it must never be taken for an upload and stored.
    if parameters.contains("AuthType") {
        return Kind::Verify;
    }
    Kind::Upload(Upload {
        table: Table::of(&parameters).unwrap_or(Table::Unknown("")),
        stamp: stamp(&parameters),
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
        "BIODATAStamp",
        "IDCARDStamp",
        "ERRORLOGStamp",
    ]
    .iter()
    .find_map(|name| parameters.raw(name))
}
