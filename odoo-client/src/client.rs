//! The client: one HTTP request a call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{self, Answer};
use crate::api_key::ApiKey;
use crate::builder::{ClientBuilder, root_cause};
use crate::call::Call;
use crate::error::{Error, Target};
use crate::failure::ErrorKind;
use crate::version::{ServerVersion, VersionBody};

// `version` asks for a few bytes that need no database: a server that takes longer is not well.
const VERSION_TIMEOUT: Duration = Duration::from_secs(15);

/// A connection to one database of one Odoo, with one API key.
///
/// Cloning is cheap and shares the connections; the client is `Send` and `Sync` and needs no lock. It must be used
/// inside a tokio runtime.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) target: Arc<Target>,
    pub(crate) key: ApiKey,
    pub(crate) authorization: HeaderValue,
    pub(crate) database: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) response_limit: usize,
}

impl Client {
    /// Begins to set up a client for `database` at `url` (scheme, host and port, such as `https://odoo.example.com`).
    pub fn builder(url: impl Into<String>, database: impl Into<String>, key: ApiKey) -> ClientBuilder {
        ClientBuilder::new(url.into(), database.into(), key)
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The address this client talks to, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.target.url
    }

    /// The database this client talks to.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.0.target.database
    }

    /// Calls `method` of `model` with named arguments and decodes its result.
    ///
    /// `args` must serialise to a JSON object whose keys are the parameter names of the Python method; use
    /// [`NoArgs`](crate::NoArgs) for none. Odoo silently ignores an array, so one is never sent. Record ids and a
    /// context go through [`on`](Self::on), or may be keys (`ids`, `context`) of `args`.
    ///
    /// Dropping the future before it ends leaves the outcome unknown, like a time-out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] before anything is sent; any other kind afterwards.
    pub async fn call<A, T>(&self, model: &str, method: &str, args: &A) -> Result<T, Error>
    where
        A: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        self.on(model, method).call(args).await
    }

    /// Begins a call that carries record ids or a context.
    ///
    /// ```no_run
    /// # async fn example(client: punchclock_odoo::Client) -> Result<(), punchclock_odoo::Error> {
    /// use punchclock_odoo::NoArgs;
    ///
    /// let done: bool = client.on("hr.attendance", "unlink").ids(&[7, 8]).call(&NoArgs::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on<'a>(&'a self, model: &'a str, method: &'a str) -> Call<'a> {
        Call::new(self, model, method)
    }

    /// The version of the server (`GET /web/version`; needs neither key nor database, and sends neither).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongHostOrDatabase`] if the address is not an Odoo 19 or later; any kind of a call besides.
    pub async fn version(&self) -> Result<ServerVersion, Error> {
        let inner = &self.0;
        let mut url = inner.base.clone();
        url.set_path("/web/version");
        let request = inner
            .http
            .get(url)
            .header(ACCEPT, "application/json")
            .timeout(inner.timeout.min(VERSION_TIMEOUT));
        let outcome = async {
            let answer = self.send(request).await?;
            answer::decode::<VersionBody>(&answer, &inner.key)
        };
        outcome
            .await
            .map(ServerVersion::from)
            .map_err(|error| error.target(&inner.target))
    }

    /// Sends one call whose names and body have been checked.
    pub(crate) async fn post<T>(&self, model: &str, method: &str, body: Vec<u8>) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        let inner = &self.0;
        let mut url = inner.base.clone();
        url.set_path(&format!("/json/2/{model}/{method}"));
        tracing::debug!(model, method, bytes = body.len(), "calling Odoo");
        let request = inner
            .http
            .post(url)
            .header(AUTHORIZATION, inner.authorization.clone())
            .header("X-Odoo-Database", inner.database.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body);
        let outcome = async {
            let answer = self.send(request).await?;
            answer::decode(&answer, &inner.key)
        };
        outcome.await.map_err(|error| {
            let error = error.target(&inner.target).call(model, method);
            tracing::debug!(model, method, kind = ?error.kind(), status = error.http_status(), "Odoo call failed");
            error
        })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, Error> {
        let response = request
            .send()
            .await
            .map_err(|error| transport_error(error, &self.0.key))?;
        Answer::read(response, self.0.response_limit, &self.0.key).await
    }

    pub(crate) fn target(&self) -> &Arc<Target> {
        &self.0.target
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.0.target.url)
            .field("database", &self.0.target.database)
            .field("key", &self.0.key)
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}

/// A failure without a complete answer. Only a failure to connect proves that nothing was sent; everything else,
/// time-outs above all, leaves the outcome unknown.
pub(crate) fn transport_error(error: reqwest::Error, key: &ApiKey) -> Error {
    let error = error.without_url();
    let kind = if error.is_connect() {
        ErrorKind::Connect
    } else if error.is_builder() {
        ErrorKind::InvalidRequest
    } else {
        ErrorKind::OutcomeUnknown
    };
    let cause = if error.is_timeout() {
        "it took too long".to_owned()
    } else {
        root_cause(&error)
    };
    Error::new(kind).detail(key.scrub(&cause, 300)).source(error)
}
