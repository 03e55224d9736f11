//! Finding out which server this is and how to talk to it.

use std::sync::PoisonError;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::transport::{Transport, common};
use crate::version::{CommonVersion, ServerVersion, VersionBody};

// A probe asks for a few bytes: a server that takes longer is not well.
const PROBE_TIMEOUT: Duration = Duration::from_secs(15);
/// The first series with JSON-2.
const JSON2_SINCE: u16 = 19;

/// The door in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Json2,
    JsonRpc { uid: i64 },
}

impl Route {
    pub(crate) const fn transport(self) -> Transport {
        match self {
            Self::Json2 => Transport::Json2,
            Self::JsonRpc { .. } => Transport::JsonRpc,
        }
    }
}

/// What a probe found.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    route: Route,
    version: Option<ServerVersion>,
}

impl Client {
    /// The version of the server; needs neither key nor database, and sends neither.
    ///
    /// Asks `GET /web/version` first, which Odoo 19 and later answer, then, unless the client speaks JSON-2 only,
    /// `common.version` of JSON-RPC. When the version is not the one that was found before, the transport is chosen
    /// anew at the next call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongHostOrDatabase`] if the address is no Odoo of these versions; any kind of a call besides.
    pub async fn version(&self) -> Result<ServerVersion, Error> {
        let version = self
            .ask_version()
            .await
            .map_err(|error| error.target(&self.inner().target))?;
        let known = self.chosen().and_then(|chosen| chosen.version);
        if known.is_some_and(|known| known != version) {
            self.forget();
        }
        Ok(version)
    }

    /// How calls travel at present; none as long as no call has been made and none was configured.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        self.inner()
            .forced
            .or_else(|| self.chosen().map(|chosen| chosen.route.transport()))
    }

    /// Whether an answer may mean that the server is not the one that was probed.
    pub(crate) fn may_have_moved(&self, error: &Error) -> bool {
        self.inner().forced.is_none()
            && matches!(
                error.kind(),
                ErrorKind::WrongHostOrDatabase | ErrorKind::MissingAddonOrMethod
            )
            && error.http_status() == Some(404)
    }

    pub(crate) fn forget(&self) {
        *self
            .inner()
            .chosen
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn chosen(&self) -> Option<Chosen> {
        self.inner()
            .chosen
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The door to use; probed at the first call and after [`forget`](Self::forget).
    pub(crate) async fn route(&self) -> Result<Route, Error> {
        if self.inner().forced == Some(Transport::Json2) {
            return Ok(Route::Json2);
        }
        if let Some(chosen) = self.chosen() {
            return Ok(chosen.route);
        }
        let _one_at_a_time = self.inner().probing.lock().await;
        if let Some(chosen) = self.chosen() {
            return Ok(chosen.route);
        }
        // What is known is only the database or the key that a probe refused: nothing of the call was sent.
        let chosen = self.probe().await.map_err(|error| error.outcome_unknown(false))?;
        crate::trace::debug!(transport = %chosen.route.transport(), version = ?chosen.version, "chose a transport");
        let route = chosen.route;
        *self
            .inner()
            .chosen
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(chosen);
        Ok(route)
    }

    async fn probe(&self) -> Result<Chosen, Error> {
        let version = match self.inner().forced {
            Some(_) => None,
            None => Some(self.ask_version().await?),
        };
        let json2 = version
            .as_ref()
            .and_then(|version| version.major)
            .is_some_and(|major| major >= JSON2_SINCE);
        let route = if json2 {
            Route::Json2
        } else {
            Route::JsonRpc {
                uid: self.authenticate().await?,
            }
        };
        Ok(Chosen { route, version })
    }

    async fn ask_version(&self) -> Result<ServerVersion, Error> {
        let key = &self.inner().key;
        if self.inner().forced != Some(Transport::JsonRpc) {
            let reply = self.send(self.probing(self.get("/web/version"))).await?;
            match reply.json2::<VersionBody>(Some(key)) {
                Ok(body) => return Ok(body.into()),
                Err(error) if self.inner().forced.is_some() => return Err(error),
                // Before 19 there is no such page; a server without a database may point elsewhere.
                Err(error) if !is_absent(error.kind()) => return Err(error),
                Err(_) => {}
            }
        }
        let body: CommonVersion = self.common("version", &json!([])).await?;
        Ok(body.into())
    }

    /// The id of the key's user. Odoo answers `false` when login and key do not fit.
    async fn authenticate(&self) -> Result<i64, Error> {
        let inner = self.inner();
        let login = inner.login.as_deref().unwrap_or_default();
        let args = json!([inner.target.database, login, inner.key.expose(), {}]);
        let uid: Value = self.common("authenticate", &args).await?;
        uid.as_i64().ok_or_else(|| {
            Error::new(ErrorKind::Unauthorized).status(200).detail(format!(
                "the key is not one of the user {:?}, or the user is archived",
                inner.key.scrub(login, 100)
            ))
        })
    }

    async fn common<T: serde::de::DeserializeOwned>(&self, method: &str, args: &Value) -> Result<T, Error> {
        let body = common(method, args).map_err(|error| {
            Error::new(ErrorKind::InvalidRequest)
                .detail(format!("the arguments cannot be written as JSON ({error})"))
        })?;
        let reply = self.send(self.probing(self.post("/jsonrpc", body))).await?;
        reply.json_rpc(None, Some(&self.inner().key))
    }

    fn probing(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.timeout(self.inner().timeout.min(PROBE_TIMEOUT))
    }
}

const fn is_absent(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WrongHostOrDatabase
            | ErrorKind::MissingAddonOrMethod
            | ErrorKind::Redirected
            | ErrorKind::NotJson
    )
}
