//! One call: its arguments become the JSON object that JSON-2 expects.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::names;

/// The arguments of a method that takes none: the empty object `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NoArgs {}

impl NoArgs {
    /// No arguments.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}

/// A call being put together; made by [`Client::on`].
#[must_use]
pub struct Call<'a> {
    client: &'a Client,
    model: &'a str,
    method: &'a str,
    ids: Option<&'a [i64]>,
    context: Option<Result<Value, String>>,
}

impl<'a> Call<'a> {
    pub(crate) const fn new(client: &'a Client, model: &'a str, method: &'a str) -> Self {
        Self {
            client,
            model,
            method,
            ids: None,
            context: None,
        }
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
        let body = self.body(args).map_err(|fault| {
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
        client.post(model, method, body).await
    }

    fn body<A: Serialize + ?Sized>(self, args: &A) -> Result<Vec<u8>, String> {
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
        if let Some(context) = self.context {
            insert(
                &mut object,
                "context",
                Value::Object(self::object(context, "the context")?),
            )?;
        }
        serde_json::to_vec(&object).map_err(|error| error.to_string())
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
