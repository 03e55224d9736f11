//! One call: its arguments become a JSON object of named values, whatever the transport.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::names;
use crate::transport::Prepared;

/// A call being put together; made by [`Client::on`].
#[must_use]
pub struct Call<'a> {
    client: &'a Client,
    model: &'a str,
    method: &'a str,
    ids: Option<&'a [i64]>,
    context: Option<Result<Value, String>>,
    companies: Option<&'a [i64]>,
}

impl<'a> Call<'a> {
    pub(crate) const fn new(client: &'a Client, model: &'a str, method: &'a str) -> Self {
        Self {
            client,
            model,
            method,
            ids: None,
            context: None,
            companies: None,
        }
    }

    pub(crate) const fn client(&self) -> &'a Client {
        self.client
    }

    pub(crate) const fn model(&self) -> &'a str {
        self.model
    }

    /// The records the method works on. Leave it out for a method of the model itself: Odoo refuses ids there.
    pub const fn ids(mut self, ids: &'a [i64]) -> Self {
        self.ids = Some(ids);
        self
    }

    /// The context, which must serialise to a JSON object: `lang`, `tz`, `allowed_company_ids`, `active_test` and so on.
    pub fn context<C: Serialize + ?Sized>(mut self, context: &C) -> Self {
        self.context = Some(serde_json::to_value(context).map_err(|error| error.to_string()));
        self
    }

    /// The companies this call works in, the first one being the current company: `allowed_company_ids` of the context.
    ///
    /// Odoo refuses (403) a company that the user does not belong to.
    pub fn companies(mut self, ids: &'a [i64]) -> Self {
        self.companies = Some(ids);
        self
    }

    /// Sends the call and decodes its result; see [`Client::call`].
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; and [`ErrorKind::InvalidRequest`] if ids or context are given twice.
    pub async fn call<A, T>(self, args: &A) -> Result<T, Error>
    where
        A: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        let (client, model, method) = (self.client, self.model, self.method);
        let arguments = self.arguments(args).map_err(|fault| {
            let error = Error::new(ErrorKind::InvalidRequest)
                .target(client.target())
                .detail(fault);
            // A refused name is quoted and cut in the detail; only checked names appear as the call.
            if names::model_fault(model).is_none() && names::method_fault(method).is_none() {
                error.call(model, method)
            } else {
                error
            }
        })?;
        client
            .dispatch(&Prepared {
                model,
                method,
                arguments,
            })
            .await
    }

    fn arguments<A: Serialize + ?Sized>(self, args: &A) -> Result<Map<String, Value>, String> {
        if let Some(fault) = names::model_fault(self.model).or_else(|| names::method_fault(self.method)) {
            return Err(fault);
        }
        let mut object = object(
            serde_json::to_value(args).map_err(|error| error.to_string()),
            "the arguments",
        )?;
        if let Some(ids) = self.ids {
            insert(&mut object, "ids", Value::from(ids))?;
        }
        let mut context = match self.context {
            Some(context) => Some(self::object(context, "the context")?),
            None => None,
        };
        if let Some(companies) = self.companies {
            let context = context.get_or_insert_with(Map::new);
            insert(context, "allowed_company_ids", Value::from(companies))?;
        }
        if let Some(context) = context {
            insert(&mut object, "context", Value::Object(context))?;
        }
        Ok(object)
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("model", &self.model)
            .field("method", &self.method)
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}

fn object(value: Result<Value, String>, what: &str) -> Result<Map<String, Value>, String> {
    let found = match value {
        Ok(Value::Object(object)) => return Ok(object),
        Ok(Value::Array(_)) => "an array",
        Ok(Value::Null) => "null",
        Ok(Value::String(_)) => "a string",
        Ok(Value::Bool(_) | Value::Number(_)) => "a single value",
        Err(error) => return Err(format!("{what} cannot be written as JSON ({error})")),
    };
    Err(format!(
        "{what} must be a JSON object of named values but are {found}: use a struct, a map, or NoArgs for none"
    ))
}

fn insert(object: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), String> {
    match object.insert(key.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(format!(
            "{key:?} is given twice: once among the arguments and once beside them"
        )),
    }
}
