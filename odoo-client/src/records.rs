//! The methods every model has. Thin: each is one call.

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::load::Loaded;
use crate::no_args::NoArgs;
use crate::page::Page;

#[derive(Serialize)]
struct SearchRead<'a, D: ?Sized> {
    domain: &'a D,
    fields: &'a [&'a str],
    #[serde(flatten)]
    page: &'a Page<'a>,
}

#[derive(Serialize)]
struct Search<'a, D: ?Sized> {
    domain: &'a D,
    #[serde(flatten)]
    page: &'a Page<'a>,
}

#[derive(Serialize)]
struct Count<'a, D: ?Sized> {
    domain: &'a D,
}

#[derive(Serialize)]
struct Load<'a, R> {
    fields: &'a [&'a str],
    data: &'a [R],
}

#[derive(Serialize)]
struct Fields<'a> {
    fields: &'a [&'a str],
}

#[derive(Serialize)]
struct Values<'a, V: ?Sized> {
    vals: &'a V,
}

#[derive(Serialize)]
struct ValuesList<'a, V> {
    vals_list: &'a [V],
}

// Each is written once, for a call with its context; `Client`'s are the same without one.
impl Call<'_> {
    pub(crate) async fn search<D: Serialize + ?Sized>(
        self,
        domain: &D,
        page: &Page<'_>,
    ) -> Result<Vec<i64>, Error> {
        self.call(&Search { domain, page }).await
    }

    pub(crate) async fn search_count<D: Serialize + ?Sized>(self, domain: &D) -> Result<u64, Error> {
        self.call(&Count { domain }).await
    }

    pub(crate) async fn search_read<D, T>(
        self,
        domain: &D,
        fields: &[&str],
        page: &Page<'_>,
    ) -> Result<Vec<T>, Error>
    where
        D: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        self.call(&SearchRead { domain, fields, page }).await
    }

    pub(crate) async fn read<T: DeserializeOwned>(self, fields: &[&str]) -> Result<Vec<T>, Error> {
        self.call(&Fields { fields }).await
    }

    pub(crate) async fn create<V: Serialize>(self, values: &[V]) -> Result<Vec<i64>, Error> {
        self.call(&ValuesList { vals_list: values }).await
    }

    // Odoo answers true; a method that an addon overrides may answer anything.
    pub(crate) async fn write<V: Serialize + ?Sized>(self, values: &V) -> Result<(), Error> {
        self.call::<_, IgnoredAny>(&Values { vals: values })
            .await
            .map(drop)
    }

    pub(crate) async fn unlink(self) -> Result<(), Error> {
        self.call::<_, IgnoredAny>(&NoArgs::new()).await.map(drop)
    }

    pub(crate) async fn load<R: Serialize>(self, fields: &[&str], rows: &[R]) -> Result<Vec<i64>, Error> {
        let (client, model) = (self.client(), self.model().to_owned());
        let loaded: Loaded = self.call(&Load { fields, data: rows }).await?;
        match loaded.ids {
            Some(ids) if !loaded.messages.iter().any(|message| message.is_error) => Ok(ids),
            _ => Err(Error::new(ErrorKind::Validation)
                .target(client.target())
                .call(&model, "load")
                .status(200)
                .load_messages_of(loaded.messages)),
        }
    }
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
        self.on(model, "search_read")
            .search_read(domain, fields, page)
            .await
    }

    /// The records with these ids. One that does not exist is left out by Odoo, without an error: compare the ids.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn read<T: DeserializeOwned>(
        &self,
        model: &str,
        ids: &[i64],
        fields: &[&str],
    ) -> Result<Vec<T>, Error> {
        self.on(model, "read").ids(ids).read(fields).await
    }

    /// Creates one record for each of `values`, in one transaction, and returns their ids in the same order.
    ///
    /// Not idempotent: after [`Error::is_outcome_unknown`] look whether the records are there before repeating it.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn create<V: Serialize>(&self, model: &str, values: &[V]) -> Result<Vec<i64>, Error> {
        self.on(model, "create").create(values).await
    }

    /// Sets the same values on each of the records.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn write<V: Serialize>(&self, model: &str, ids: &[i64], values: &V) -> Result<(), Error> {
        self.on(model, "write").ids(ids).write(values).await
    }

    /// Deletes the records.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn unlink(&self, model: &str, ids: &[i64]) -> Result<(), Error> {
        self.on(model, "unlink").ids(ids).unlink().await
    }

    /// The ids of the records that `domain` selects.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn search<D: Serialize + ?Sized>(
        &self,
        model: &str,
        domain: &D,
        page: &Page<'_>,
    ) -> Result<Vec<i64>, Error> {
        self.on(model, "search").search(domain, page).await
    }

    /// How many records `domain` selects.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn search_count<D: Serialize + ?Sized>(&self, model: &str, domain: &D) -> Result<u64, Error> {
        self.on(model, "search_count").search_count(domain).await
    }

    /// Creates or updates one record for each of `rows` by Odoo's import, all or none, and returns their ids.
    ///
    /// `fields` names the columns. With a column `id` that holds external ids, such as
    /// `punchclock.punch_0007`, the call is idempotent: sent again it writes the same records. A many2one field is given
    /// by external id (`employee_id/id`), by database id (`employee_id/.id`) or by name (`employee_id`). Values are
    /// text, as in a CSV file.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`ErrorKind::Validation`] with [`Error::record`] and [`Error::load_messages`] if Odoo refused
    /// a row, and nothing was stored.
    pub async fn load<R: Serialize>(
        &self,
        model: &str,
        fields: &[&str],
        rows: &[R],
    ) -> Result<Vec<i64>, Error> {
        self.on(model, "load").load(fields, rows).await
    }
}
