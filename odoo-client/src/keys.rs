//! API keys: which there are, when they expire, and new ones where the server makes them.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::api_key::ApiKey;
use crate::client::Client;
use crate::domain::Domain;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::no_args::NoArgs;
use crate::page::Page;
use crate::value::{Many2One, OdooDateTime, false_is_none};

const MODEL: &str = "res.users.apikeys";

/// The API keys that the client's user may see; made by [`Client::keys`].
///
/// Least privilege: give each machine its own internal user, without a password, with only the groups its calls need,
/// and a key that expires. A key made in the user interface opens everything its user may do. Keys are made and revoked
/// by programs only where Odoo offers it (`res.users.apikeys` methods `generate` and `revoke`, added after 19.0), for
/// users with the Settings right or where the system parameter `base.enable_programmatic_api_keys` is set; ask with
/// [`can_manage`](Self::can_manage). Elsewhere a person makes them under Preferences, Account Security.
#[must_use]
pub struct Keys<'a>(&'a Client);

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct KeyInfo {
    /// The id of the record.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// The user it stands for.
    pub user_id: Many2One,
    /// What it opens; everything if none.
    #[serde(default, deserialize_with = "false_is_none")]
    pub scope: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "false_is_none")]
    pub create_date: Option<OdooDateTime>,
    /// When it stops working; none if never, and before Odoo 18, which knows no expiry.
    #[serde(default, deserialize_with = "false_is_none")]
    pub expiration_date: Option<OdooDateTime>,
}

impl KeyInfo {
    /// Whether the key stops working within this time from `now`, or already has. Warn of it some weeks before: an
    /// internal user's keys last 90 days at most unless an administrator allows more.
    #[must_use]
    pub fn expires_within(&self, within: Duration, now: DateTime<Utc>) -> bool {
        self.expiration_date.is_some_and(|at| {
            // A span past the end of the calendar covers every day.
            chrono::TimeDelta::from_std(within)
                .ok()
                .and_then(|within| now.checked_add_signed(within))
                .is_none_or(|limit| at.utc() <= limit)
        })
    }
}

#[derive(Serialize)]
struct FieldsGet<'a> {
    allfields: &'a [&'a str],
    attributes: &'a [&'a str],
}

#[derive(Serialize)]
struct Generate<'a> {
    key: &'a str,
    scope: Option<&'a str>,
    name: &'a str,
    expiration_date: Option<OdooDateTime>,
}

#[derive(Serialize)]
struct Revoke<'a> {
    key: &'a str,
}

impl Client {
    /// The API keys of the client's user.
    pub const fn keys(&self) -> Keys<'_> {
        Keys(self)
    }

    /// The same client with another key; settings and connections are shared.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidConfig`] if the key cannot stand in a header.
    fn with_key(&self, key: ApiKey) -> Result<Self, Error> {
        self.inner().with_key(key).map(Self::from_inner)
    }
}

impl Keys<'_> {
    /// The keys, oldest first: a user's own, or everybody's for one with the Settings right.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn list(&self) -> Result<Vec<KeyInfo>, Error> {
        const WANTED: [&str; 5] = ["name", "user_id", "scope", "create_date", "expiration_date"];
        // Which of the fields there are depends on the series.
        let known: std::collections::BTreeMap<String, IgnoredAny> = self
            .0
            .call(
                MODEL,
                "fields_get",
                &FieldsGet {
                    allfields: &WANTED,
                    attributes: &["type"],
                },
            )
            .await?;
        let fields: Vec<&str> = WANTED
            .into_iter()
            .filter(|field| known.contains_key(*field))
            .collect();
        self.0
            .search_read(MODEL, &Domain::all(), &fields, &Page::new().order("id"))
            .await
    }

    /// The keys that stop working within this time from `now`.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn expiring(&self, within: Duration, now: DateTime<Utc>) -> Result<Vec<KeyInfo>, Error> {
        let mut keys = self.list().await?;
        keys.retain(|key| key.expires_within(within, now));
        Ok(keys)
    }

    /// Whether this server lets programs make and revoke keys. Asked with a call that lacks its arguments, so that
    /// nothing can come of it.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn can_manage(&self) -> Result<bool, Error> {
        match self
            .0
            .call::<_, IgnoredAny>(MODEL, "generate", &NoArgs::new())
            .await
        {
            Err(error) if error.is_missing_addon() || error.is_forbidden() => Ok(false),
            // It exists and misses its arguments.
            Ok(_) => Ok(true),
            Err(error) if error.is_validation() => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Makes a key for the client's user. Without a scope it opens everything its user may do; without a day to expire
    /// it needs the right to make such keys.
    ///
    /// Not idempotent: after [`Error::is_outcome_unknown`] look at the [`list`](Self::list) for a key of this name.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`ErrorKind::MissingAddonOrMethod`] where the server does not offer it.
    pub async fn create(
        &self,
        name: &str,
        scope: Option<&str>,
        expires: Option<OdooDateTime>,
    ) -> Result<ApiKey, Error> {
        let args = Generate {
            key: self.0.inner().key.expose(),
            scope,
            name,
            expiration_date: expires,
        };
        let key: String = self.0.call(MODEL, "generate", &args).await?;
        ApiKey::new(key).map_err(|_| {
            Error::new(ErrorKind::Decode)
                .target(self.0.target())
                .call(MODEL, "generate")
                .detail("the answer is not an API key")
        })
    }

    /// Ends the validity of a key.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`ErrorKind::MissingAddonOrMethod`] where the server does not offer it.
    pub async fn revoke(&self, key: &ApiKey) -> Result<(), Error> {
        self.0
            .call::<_, IgnoredAny>(MODEL, "revoke", &Revoke { key: key.expose() })
            .await
            .map(drop)
    }

    /// The first half of changing the client's key: makes a new one and tries it. Store [`Rotation::key`] durably, then
    /// call [`Rotation::finish`], which revokes the old one.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); the old key still works.
    pub async fn rotate(
        &self,
        name: &str,
        scope: Option<&str>,
        expires: Option<OdooDateTime>,
    ) -> Result<Rotation, Error> {
        let key = self.create(name, scope, expires).await?;
        let renewed = self.0.with_key(key.clone())?;
        renewed
            .call::<_, IgnoredAny>("res.users", "context_get", &NoArgs::new())
            .await?;
        Ok(Rotation {
            key,
            old: self.0.inner().key.clone(),
            renewed,
        })
    }
}

/// A new key that works beside the old one; made by [`Keys::rotate`].
#[must_use = "the old key is revoked by `finish`"]
#[derive(Debug)]
pub struct Rotation {
    key: ApiKey,
    old: ApiKey,
    renewed: Client,
}

impl Rotation {
    /// The new key.
    #[must_use]
    pub const fn key(&self) -> &ApiKey {
        &self.key
    }

    /// Revokes the old key; the client that comes back uses the new one.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; the new key works, and the old one may still.
    pub async fn finish(&self) -> Result<Client, Error> {
        self.renewed.keys().revoke(&self.old).await?;
        Ok(self.renewed.clone())
    }
}

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(self.0).finish()
    }
}
