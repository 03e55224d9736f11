//! The five methods every model has. Thin: each is one call.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::NoArgs;
use crate::client::Client;
use crate::error::Error;

/// Which part of a search result is wanted, and in what order. Everything, in the model's own order, unless set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Page<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// Everything.
    pub const fn new() -> Self {
        Self {
            offset: None,
            limit: None,
            order: None,
        }
    }

    /// Skips this many records.
    pub const fn offset(mut self, records: u32) -> Self {
        self.offset = Some(records);
        self
    }

    /// At most this many records.
    pub const fn limit(mut self, records: u32) -> Self {
        self.limit = Some(records);
        self
    }

    /// The order, such as `"date desc, id"`.
    pub const fn order(mut self, order: &'a str) -> Self {
        self.order = Some(order);
        self
    }
}

#[derive(Serialize)]
struct SearchRead<'a, D: ?Sized> {
    domain: &'a D,
    fields: &'a [&'a str],
    #[serde(flatten)]
    page: &'a Page<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    fields: &'a [&'a str],
}

#[derive(Serialize)]
struct Values<'a, V> {
    vals: &'a V,
}

#[derive(Serialize)]
struct ValuesList<'a, V> {
    vals_list: &'a [V],
}

impl Client {
    /// The records of `model` that `domain` selects, with these fields (and `id`). `domain` is a
    /// [`Domain`](crate::Domain) or anything else that serialises to Odoo's list form; no field names means all fields.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn search_read<D, T>(
        &self,
        model: &str,
        domain: &D,
        fields: &[&str],
        page: &Page<'_>,
    ) -> Result<Vec<T>, Error>
    where
        D: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        self.call(model, "search_read", &SearchRead { domain, fields, page })
            .await
    }

    /// The records with these ids.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`ErrorKind::MissingRecord`](crate::ErrorKind::MissingRecord) if one does not exist.
    pub async fn read<T: DeserializeOwned>(
        &self,
        model: &str,
        ids: &[i64],
        fields: &[&str],
    ) -> Result<Vec<T>, Error> {
        self.on(model, "read").ids(ids).call(&Fields { fields }).await
    }

    /// Creates one record for each of `values`, in one transaction, and returns their ids in the same order.
    ///
    /// Not idempotent: after [`Error::is_outcome_unknown`] look whether the records are there before repeating it.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn create<V: Serialize>(&self, model: &str, values: &[V]) -> Result<Vec<i64>, Error> {
        self.call(model, "create", &ValuesList { vals_list: values })
            .await
    }

    /// Sets the same values on each of the records.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn write<V: Serialize>(&self, model: &str, ids: &[i64], values: &V) -> Result<(), Error> {
        self.on(model, "write")
            .ids(ids)
            .call::<_, bool>(&Values { vals: values })
            .await
            .map(drop)
    }

    /// Deletes the records.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn unlink(&self, model: &str, ids: &[i64]) -> Result<(), Error> {
        self.on(model, "unlink")
            .ids(ids)
            .call::<_, bool>(&NoArgs::new())
            .await
            .map(drop)
    }
}
