//! Reading many records a page at a time.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;

use crate::client::Client;
use crate::context::Context;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::model::Model;
use crate::page::Page;

/// All records that a domain selects, a page at a time, in the order of their ids.
///
/// Each page asks for the ids after the last one seen instead of counting an offset: what is created or deleted
/// meanwhile makes no record appear twice or be skipped, and the last page costs as little as the first. After an error
/// the same page can be asked for again.
///
/// ```no_run
/// # async fn example(client: punchclock_odoo::Client) -> Result<(), punchclock_odoo::Error> {
/// use punchclock_odoo::{Domain, models::Attendance};
///
/// let mut pages = client.records::<Attendance>().pages(Domain::all(), 1000);
/// while let Some(page) = pages.next().await? {
///     println!("{} attendances", page.len());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Cursor<'a, M, D> {
    client: &'a Client,
    context: Option<Context>,
    domain: D,
    page_size: u32,
    after: Option<i64>,
    done: bool,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model, D: Serialize> Cursor<'a, M, D> {
    pub(crate) const fn new(client: &'a Client, context: Option<Context>, domain: D, page_size: u32) -> Self {
        Self {
            client,
            context,
            domain,
            page_size: if page_size == 0 { 1 } else { page_size },
            after: None,
            done: false,
            model: PhantomData,
        }
    }

    /// The next page; `None` once there are no more.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`ErrorKind::InvalidRequest`] if the domain is not a list.
    pub async fn next(&mut self) -> Result<Option<Vec<M>>, Error> {
        if self.done {
            return Ok(None);
        }
        let domain = self.domain()?;
        let mut call = self.client.on(M::NAME, "search_read");
        if let Some(context) = &self.context {
            call = call.context(context);
        }
        let page = Page::new().limit(self.page_size).order("id");
        let records: Vec<M> = call.search_read(&domain, M::FIELDS, &page).await?;
        let last = records.iter().map(M::id).max();
        // A server that sends the same again must not keep us here for ever.
        if last.is_some() && last <= self.after {
            return Err(self.fault(
                ErrorKind::Decode,
                "a page holds no record after the page before it",
            ));
        }
        self.done = u32::try_from(records.len()).is_ok_and(|count| count < self.page_size);
        match last {
            Some(last) => {
                self.after = Some(last);
                Ok(Some(records))
            }
            None => Ok(None),
        }
    }

    /// The domain and the ids after the last one. A domain in prefix notation is one condition or several that all
    /// must hold, so a condition in front of it is one more.
    fn domain(&self) -> Result<Value, Error> {
        let Ok(Value::Array(mut domain)) = serde_json::to_value(&self.domain) else {
            return Err(self.fault(
                ErrorKind::InvalidRequest,
                "the domain is not a list of conditions",
            ));
        };
        if let Some(after) = self.after {
            domain.insert(0, serde_json::json!(["id", ">", after]));
        }
        Ok(Value::Array(domain))
    }

    fn fault(&self, kind: ErrorKind, detail: &str) -> Error {
        Error::new(kind)
            .target(self.client.target())
            .call(M::NAME, "search_read")
            .detail(detail)
    }
}

impl<M: Model, D> fmt::Debug for Cursor<'_, M, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("model", &M::NAME)
            .field("page_size", &self.page_size)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
