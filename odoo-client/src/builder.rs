//! How a client is set up.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Certificate, Identity, Proxy, Url};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use crate::api_key::ApiKey;
use crate::client::{Client, Inner};
use crate::error::{Error, Target};
use crate::failure::ErrorKind;
use crate::transport::Transport;

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
    identity: Option<(Vec<u8>, SecretSlice<u8>)>,
    proxy: Option<ProxySettings>,
    login: Option<String>,
    transport: Option<Transport>,
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
            identity: None,
            proxy: None,
            login: None,
            transport: None,
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

    /// A certificate of this client with its private key, both in PEM form (the key as PKCS #8), for a proxy in front of
    /// Odoo that asks for one.
    pub fn client_certificate_pem(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        self.identity = Some((certificate.into(), SecretSlice::from(key.into())));
        self
    }

    /// The HTTP proxy to go through, such as `http://proxy.example.com:3128`. The environment's settings are never
    /// read. A proxy for an `https` address only sees where the connection goes, one for `http` sees the key.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(ProxySettings {
            url: url.into(),
            login: self.proxy.and_then(|proxy| proxy.login),
        });
        self
    }

    /// User and password for the [`proxy`](Self::proxy).
    pub fn proxy_login(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        let login = Some((user.into(), SecretString::from(password.into())));
        self.proxy = Some(match self.proxy {
            Some(proxy) => ProxySettings { login, ..proxy },
            None => ProxySettings {
                url: String::new(),
                login,
            },
        });
        self
    }

    /// The login of the key's user, which JSON-RPC needs and JSON-2 does not.
    ///
    /// With it the client finds out by itself how to talk to the server, unless [`transport`](Self::transport) says it:
    /// at the first call, and again after a 404 or a change of version. Without it calls go through JSON-2.
    pub fn login(mut self, login: impl Into<String>) -> Self {
        self.login = Some(login.into());
        self
    }

    /// Always use this transport; nothing is probed. [`Transport::JsonRpc`] needs a [`login`](Self::login).
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
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
    /// database name, login or user agent that cannot stand in a header, a zero time-out, PEM text without a certificate, or
    /// an `https` address on a machine that has no certificate authorities when none were given.
    pub fn build(self) -> Result<Client, Error> {
        let base = parse_base(&self.url)?;
        let database = header(&self.database, "the database name")?;
        let user_agent = header(&self.user_agent, "the user agent")?;
        let authorization = bearer(&self.key)?;
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

        let transport = match (self.transport, self.login.is_some()) {
            (None, true) => None,
            (None, false) | (Some(Transport::Json2), _) => Some(Transport::Json2),
            (Some(Transport::JsonRpc), true) => Some(Transport::JsonRpc),
            (Some(Transport::JsonRpc), false) => {
                return Err(invalid(
                    "JSON-RPC needs the login of the API key's user beside the key",
                ));
            }
        };
        if self.login.as_ref().is_some_and(|login| login.trim().is_empty()) {
            return Err(invalid("the login is empty"));
        }

        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .user_agent(user_agent)
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout.min(self.timeout / 10 * 9))
            .pool_idle_timeout(POOL_IDLE);
        if let Some(proxy) = &self.proxy {
            http = http.proxy(proxy.build()?);
        }
        #[cfg(feature = "rustls")]
        {
            http = http.tls_backend_rustls();
        }
        if let Some((certificate, key)) = &self.identity {
            http = http.identity(parse_identity(certificate, key)?);
        }
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
            login: self.login,
            forced: transport,
            chosen: RwLock::new(None),
            probing: tokio::sync::Mutex::new(()),
            bulk: tokio::sync::Mutex::new(()),
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
            .field("client_certificate", &self.identity.is_some())
            .field("proxy", &self.proxy.is_some())
            .field("login", &self.login)
            .field("transport", &self.transport)
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

#[derive(Clone)]
struct ProxySettings {
    url: String,
    login: Option<(String, SecretString)>,
}

impl ProxySettings {
    fn build(&self) -> Result<Proxy, Error> {
        let url = Url::parse(self.url.trim()).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        });
        // The text is not shown: a password may stand in it.
        let url = url.ok_or_else(|| {
            invalid("the proxy must be given like http://proxy.example.com:3128, its user and password apart")
        })?;
        let proxy = Proxy::all(url)
            .map_err(|error| invalid("the proxy cannot be used").source(error.without_url()))?;
        Ok(match &self.login {
            Some((user, password)) => proxy.basic_auth(user, password.expose_secret()),
            None => proxy,
        })
    }
}

#[cfg(feature = "rustls")]
fn parse_identity(certificate: &[u8], key: &SecretSlice<u8>) -> Result<Identity, Error> {
    let mut pem = certificate.to_vec();
    pem.push(b'\n');
    pem.extend_from_slice(key.expose_secret());
    let identity = Identity::from_pem(&pem);
    drop(SecretSlice::from(pem));
    identity.map_err(no_identity)
}

#[cfg(not(feature = "rustls"))]
fn parse_identity(certificate: &[u8], key: &SecretSlice<u8>) -> Result<Identity, Error> {
    Identity::from_pkcs8_pem(certificate, key.expose_secret()).map_err(no_identity)
}

// Without its cause: what a parser says about a private key belongs nowhere.
fn no_identity(_: reqwest::Error) -> Error {
    invalid("the client certificate and its key cannot be read: give both in PEM form, the key as PKCS #8")
}

pub(crate) fn bearer(key: &ApiKey) -> Result<HeaderValue, Error> {
    let mut value = header(&format!("bearer {}", key.expose()), "the API key")?;
    value.set_sensitive(true);
    Ok(value)
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
