//! How a client is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Certificate, Url};

use crate::api_key::ApiKey;
use crate::client::{Client, Inner};
use crate::error::{Error, Target};
use crate::failure::ErrorKind;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(150);
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_RESPONSE_LIMIT: usize = 64 * 1024 * 1024;
// nginx closes an idle connection after 75 s by default. A request written into a connection that is being closed has
// an unknown outcome, so idle connections are given up well before that.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// Settings of a [`Client`]; made by [`Client::builder`].
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    url: String,
    database: String,
    key: ApiKey,
    timeout: Duration,
    connect_timeout: Duration,
    user_agent: String,
    ca_pem: Option<Vec<u8>>,
    response_limit: usize,
}

impl ClientBuilder {
    pub(crate) fn new(url: String, database: String, key: ApiKey) -> Self {
        Self {
            url,
            database,
            key,
            timeout: DEFAULT_TIMEOUT,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            user_agent: concat!("punchclock-odoo/", env!("CARGO_PKG_VERSION")).to_owned(),
            ca_pem: None,
            response_limit: DEFAULT_RESPONSE_LIMIT,
        }
    }

    /// The time one call may take from start to the last byte of its answer; 150 s unless set.
    ///
    /// Odoo ends a request after 120 s (`limit_time_real`) and repeats a transaction that met a lock up to five times
    /// with pauses that add up to about 30 s. A client that gives up earlier only makes unknown outcomes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The time for making a connection, TLS handshake included; 10 s unless set, and never more than nine tenths of
    /// the time of the whole call, so that a server that cannot be reached is not mistaken for one that does not
    /// answer.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The `User-Agent` header, such as `my-product/1.2`; this crate's name and version unless set.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Certificate authorities in PEM form that are trusted besides those of the system, for an Odoo behind a private
    /// certificate.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = Some(pem.into());
        self
    }

    /// The largest answer that is read, in bytes; 64 MiB unless set. Reading stops there, whatever the server sends.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Checks the settings and makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`], naming the setting: an address that is not just `http(s)://host[:port]`, a
    /// database name or user agent that cannot stand in a header, a zero time-out, PEM text without a certificate, or
    /// an `https` address on a machine that has no certificate authorities when none were given.
    pub fn build(self) -> Result<Client, Error> {
        let base = parse_base(&self.url)?;
        let database = header(&self.database, "the database name")?;
        let user_agent = header(&self.user_agent, "the user agent")?;
        let mut authorization = header(&format!("bearer {}", self.key.expose()), "the API key")?;
        authorization.set_sensitive(true);
        if self.timeout.is_zero() || self.connect_timeout.is_zero() {
            return Err(invalid(
                "a time-out of zero would fail every call: set it to some seconds",
            ));
        }
        let certificates = self
            .ca_pem
            .as_deref()
            .map(parse_ca)
            .transpose()?
            .unwrap_or_default();

        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .user_agent(user_agent)
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout.min(self.timeout / 10 * 9))
            .pool_idle_timeout(POOL_IDLE);
        // Loading the system's certificate authorities fails where there are none, as on a minimal image. An http
        // address needs none, so it must not fail for that: no redirect is followed, hence no https is ever spoken.
        http = if base.scheme() == "http" {
            http.tls_certs_only(Vec::new())
        } else {
            http.tls_certs_merge(certificates)
        };
        let http = http.build().map_err(|error| {
            invalid(format!(
                "TLS cannot be set up ({}): install the system's certificate authorities (Debian: ca-certificates) or \
                 give the PEM file of your own",
                root_cause(&error)
            ))
            .source(error.without_url())
        })?;

        let target = Target {
            url: base.as_str().trim_end_matches('/').to_owned(),
            database: self.database,
        };
        Ok(Client::from_inner(Inner {
            http,
            base,
            target: Arc::new(target),
            key: self.key,
            authorization,
            database,
            timeout: self.timeout,
            response_limit: self.response_limit,
        }))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address is left out: until it is checked it may hold a user and a password.
        f.debug_struct("ClientBuilder")
            .field("database", &self.database)
            .field("key", &self.key)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("user_agent", &self.user_agent)
            .field("ca_pem_bytes", &self.ca_pem.as_ref().map(Vec::len))
            .field("response_limit", &self.response_limit)
            .finish_non_exhaustive()
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidConfig).detail(detail)
}

fn parse_base(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text.trim()).map_err(|error| {
        invalid(format!(
            "the address of Odoo cannot be read ({error}): write it like https://odoo.example.com"
        ))
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid(
            "the address of Odoo must begin with https:// or http:// and name a host",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "the address of Odoo must not hold a user or a password: the API key says who calls",
        ));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            "the address of Odoo must be only scheme, host and port, like https://odoo.example.com, not the address \
             of a page",
        ));
    }
    Ok(url)
}

fn header(text: &str, what: &str) -> Result<HeaderValue, Error> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(invalid(format!(
            "{what} is empty or holds characters that cannot stand in an HTTP header"
        )));
    }
    HeaderValue::from_str(text).map_err(|_| invalid(format!("{what} cannot stand in an HTTP header")))
}

fn parse_ca(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let none = "the file of certificate authorities holds no certificate in PEM form (BEGIN CERTIFICATE)";
    let certificates = Certificate::from_pem_bundle(pem).map_err(|error| invalid(none).source(error))?;
    if certificates.is_empty() {
        return Err(invalid(none));
    }
    Ok(certificates)
}

/// The innermost reason, which is the part a person can act on ("Connection refused").
pub(crate) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
