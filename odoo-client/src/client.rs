//! The client: one HTTP request a call.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api_key::ApiKey;
use crate::builder::{ClientBuilder, bearer, root_cause};
use crate::call::Call;
use crate::error::{Error, Target};
use crate::failure::ErrorKind;
use crate::probe::{Chosen, Route};
use crate::read;
use crate::reply::Reply;
use crate::trace;
use crate::transport::{Json2, JsonRpc, Prepared, Transport, Wire};

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
    pub(crate) login: Option<String>,
    pub(crate) forced: Option<Transport>,
    pub(crate) chosen: RwLock<Option<Chosen>>,
    /// Held while a server is being probed, so that a hundred callers ask it once.
    pub(crate) probing: tokio::sync::Mutex<()>,
    /// Held while a bulk runs: one request in flight per key.
    pub(crate) bulk: tokio::sync::Mutex<()>,
}

impl Inner {
    /// The same settings and connections with another key.
    pub(crate) fn with_key(&self, key: ApiKey) -> Result<Self, Error> {
        Ok(Self {
            authorization: bearer(&key)?,
            key,
            http: self.http.clone(),
            base: self.base.clone(),
            target: Arc::clone(&self.target),
            database: self.database.clone(),
            timeout: self.timeout,
            response_limit: self.response_limit,
            login: self.login.clone(),
            forced: self.forced,
            chosen: RwLock::new(None),
            probing: tokio::sync::Mutex::new(()),
            bulk: tokio::sync::Mutex::new(()),
        })
    }
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

    /// Sends one call and decodes its answer.
    pub(crate) async fn dispatch<T: DeserializeOwned>(&self, call: &Prepared<'_>) -> Result<T, Error> {
        let outcome = async {
            let route = self.route().await?;
            match self.exchange(route, call).await {
                // Odoo may have been upgraded, or put behind another name, since the transport was chosen. A 404 left
                // nothing behind, so the call may go out again by another door.
                Err(error) if self.may_have_moved(&error) => {
                    self.forget();
                    match self.route().await {
                        Ok(other) if other.transport() != route.transport() => {
                            self.exchange(other, call).await
                        }
                        _ => Err(error),
                    }
                }
                Err(error) if error.is_unauthorized() => {
                    self.forget();
                    Err(error)
                }
                result => result,
            }
        };
        outcome.await.map_err(|error| {
            let error = error.target(&self.0.target).call(call.model, call.method);
            trace::debug!(
                model = call.model,
                method = call.method,
                kind = ?error.kind(),
                status = error.http_status(),
                "Odoo call failed"
            );
            error
        })
    }

    async fn exchange<T: DeserializeOwned>(&self, route: Route, call: &Prepared<'_>) -> Result<T, Error> {
        match route {
            Route::Json2 => self.through(&Json2, call).await,
            Route::JsonRpc { uid } => {
                let wire = JsonRpc {
                    database: &self.0.target.database,
                    uid,
                    key: &self.0.key,
                };
                self.through(&wire, call).await
            }
        }
    }

    async fn through<W: Wire, T: DeserializeOwned>(&self, wire: &W, call: &Prepared<'_>) -> Result<T, Error> {
        let inner = &self.0;
        let body = wire.body(call).map_err(|error| {
            Error::new(ErrorKind::InvalidRequest)
                .detail(format!("the arguments cannot be written as JSON ({error})"))
        })?;
        trace::debug!(
            model = call.model,
            method = call.method,
            bytes = body.len(),
            "calling Odoo"
        );
        let mut request = self.post(&wire.path(call), body);
        if W::HEADERS {
            request = request
                .header(AUTHORIZATION, inner.authorization.clone())
                .header("X-Odoo-Database", inner.database.clone());
        }
        let reply = self.send(request).await?;
        wire.decode(call, &reply, &inner.key)
    }

    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        let mut url = self.0.base.clone();
        url.set_path(path);
        self.0.http.get(url).header(ACCEPT, "application/json")
    }

    pub(crate) fn post(&self, path: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
        let mut url = self.0.base.clone();
        url.set_path(path);
        self.0
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body)
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply, Error> {
        let response = request
            .send()
            .await
            .map_err(|error| transport_error(error, &self.0.key))?;
        read::read(response, self.0.response_limit, &self.0.key).await
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
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
            .field("login", &self.0.login)
            .field("forced_transport", &self.0.forced)
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
