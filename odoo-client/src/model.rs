//! Typed models: a Rust type that stands for some fields of an Odoo model.

use serde::de::DeserializeOwned;

/// A type that holds one record of an Odoo model, or the part of it that a program needs.
///
/// The fields that are asked for and the fields of the type are written side by side; a macro would save little and
/// hide what is sent.
///
/// ```no_run
/// use punchclock_odoo::{Client, Domain, Error, Many2One, Model, Page};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Department {
///     id: i64,
///     name: String,
///     #[serde(deserialize_with = "punchclock_odoo::false_is_none")]
///     manager_id: Option<Many2One>,
/// }
///
/// impl Model for Department {
///     const NAME: &'static str = "hr.department";
///     const FIELDS: &'static [&'static str] = &["name", "manager_id"];
///
///     fn id(&self) -> i64 {
///         self.id
///     }
/// }
///
/// # async fn example(client: Client) -> Result<(), Error> {
/// let departments: Vec<Department> = client.records().search_read(&Domain::all(), &Page::new()).await?;
/// # Ok(())
/// # }
/// ```
pub trait Model: DeserializeOwned {
    /// The name of the model, such as `hr.employee`.
    const NAME: &'static str;
    /// The fields to read; Odoo adds `id`.
    const FIELDS: &'static [&'static str];

    /// The id of the record.
    fn id(&self) -> i64;
}

#[cfg(feature = "__client")]
pub use client_side::Records;

#[cfg(feature = "__client")]
mod client_side {
    use std::fmt;
    use std::marker::PhantomData;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::Model;
    use crate::call::Call;
    use crate::client::Client;
    use crate::context::Context;
    use crate::cursor::Cursor;
    use crate::error::Error;
    use crate::page::Page;

    /// The records of one model; made by [`Client::records`]. Each method is one call unless it says otherwise.
    #[must_use]
    pub struct Records<'a, M> {
        client: &'a Client,
        context: Option<Context>,
        model: PhantomData<fn() -> M>,
    }

    impl Client {
        /// The records of the model `M`.
        pub const fn records<M: Model>(&self) -> Records<'_, M> {
            Records {
                client: self,
                context: None,
                model: PhantomData,
            }
        }
    }

    impl<'a, M: Model> Records<'a, M> {
        /// The context of every call made through this value.
        pub fn context(mut self, context: Context) -> Self {
            self.context = Some(context);
            self
        }

        /// The companies to work in, the first one being the current company.
        pub fn companies(mut self, ids: impl Into<Vec<i64>>) -> Self {
            self.context = Some(self.context.unwrap_or_default().companies(ids));
            self
        }

        fn on<'b>(&'b self, method: &'b str) -> Call<'b> {
            let call = self.client.on(M::NAME, method);
            match &self.context {
                Some(context) => call.context(context),
                None => call,
            }
        }

        /// The ids of the records that `domain` selects.
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn search<D: Serialize + ?Sized>(
            &self,
            domain: &D,
            page: &Page<'_>,
        ) -> Result<Vec<i64>, Error> {
            self.on("search").search(domain, page).await
        }

        /// How many records `domain` selects.
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn count<D: Serialize + ?Sized>(&self, domain: &D) -> Result<u64, Error> {
            self.on("search_count").search_count(domain).await
        }

        /// The records that `domain` selects.
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn search_read<D: Serialize + ?Sized>(
            &self,
            domain: &D,
            page: &Page<'_>,
        ) -> Result<Vec<M>, Error> {
            self.on("search_read").search_read(domain, M::FIELDS, page).await
        }

        /// All records that `domain` selects, `page_size` at a time in the order of their ids; see [`Cursor`].
        pub fn pages<D: Serialize>(self, domain: D, page_size: u32) -> Cursor<'a, M, D> {
            Cursor::new(self.client, self.context, domain, page_size)
        }

        /// The records with these ids. One that does not exist is left out by Odoo, without an error: compare the ids.
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn read(&self, ids: &[i64]) -> Result<Vec<M>, Error> {
            self.on("read").ids(ids).read(M::FIELDS).await
        }

        /// Creates one record for each of `values`; see [`Client::create`].
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn create<V: Serialize>(&self, values: &[V]) -> Result<Vec<i64>, Error> {
            self.on("create").create(values).await
        }

        /// Sets the same values on each of the records.
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn write<V: Serialize + ?Sized>(&self, ids: &[i64], values: &V) -> Result<(), Error> {
            self.on("write").ids(ids).write(values).await
        }

        /// Deletes the records.
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn unlink(&self, ids: &[i64]) -> Result<(), Error> {
            self.on("unlink").ids(ids).unlink().await
        }

        /// Creates or updates records by external id; see [`Client::load`].
        ///
        /// # Errors
        ///
        /// As [`Client::load`].
        pub async fn load<R: Serialize>(&self, fields: &[&str], rows: &[R]) -> Result<Vec<i64>, Error> {
            self.on("load").load(fields, rows).await
        }

        /// Calls another method of the model, on these records if there are any.
        ///
        /// # Errors
        ///
        /// As [`Client::call`].
        pub async fn call<A, T>(&self, method: &str, ids: Option<&[i64]>, args: &A) -> Result<T, Error>
        where
            A: Serialize + ?Sized,
            T: DeserializeOwned,
        {
            let call = self.on(method);
            match ids {
                Some(ids) => call.ids(ids).call(args).await,
                None => call.call(args).await,
            }
        }
    }

    impl<M: Model> fmt::Debug for Records<'_, M> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Records")
                .field("model", &M::NAME)
                .field("context", &self.context)
                .finish_non_exhaustive()
        }
    }
}
