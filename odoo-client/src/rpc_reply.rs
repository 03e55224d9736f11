//! The answers of JSON-RPC: errors come with status 200, and the exception's name is all that tells them apart.

use serde::de::DeserializeOwned;
use serde::{Deserialize, de};
use serde_json::Value;

use crate::api_key::ApiKey;
use crate::error::{Error, ServerFault};
use crate::failure::ErrorKind;
use crate::reply::{self, fault_of, scrub};

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: de::DeserializeOwned"))]
struct Envelope<T> {
    error: Option<Value>,
    result: Option<T>,
}

/// The result, or the error that stands in its place.
pub(crate) fn decode<T: DeserializeOwned>(
    body: &[u8],
    method: Option<&str>,
    key: Option<&ApiKey>,
) -> Result<T, Error> {
    let envelope: Envelope<T> = reply::decode(body, key).map_err(Error::path_below_result)?;
    if let Some(fault) = envelope.error {
        return Err(refuse(&fault, method, key).status(200));
    }
    match envelope.result {
        Some(result) => Ok(result),
        // Odoo 14 leaves the result out when the method returns nothing.
        None => reply::decode(b"null", key),
    }
}

/// The error in a body that comes with another status.
pub(crate) fn error(body: &[u8], method: Option<&str>, key: Option<&ApiKey>) -> Option<Error> {
    let envelope: Envelope<Value> = serde_json::from_slice(body).ok()?;
    Some(refuse(&envelope.error?, method, key))
}

/// The table of exceptions. A call that ended in one of them was rolled back.
fn refuse(error: &Value, method: Option<&str>, key: Option<&ApiKey>) -> Error {
    let fault = error.get("data").and_then(|data| fault_of(data, key));
    let Some(fault) = fault else {
        let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        let kind = match code {
            404 => ErrorKind::MissingAddonOrMethod,
            100 => ErrorKind::Unauthorized,
            _ => ErrorKind::Server,
        };
        return Error::new(kind)
            .outcome_unknown(false)
            .detail(format!("error {code}: {}", scrub(key, message, 300)));
    };
    let kind = kind(&fault, method);
    let mut failed = Error::new(kind).outcome_unknown(false);
    if kind == ErrorKind::Validation && is_without_ids(&fault) {
        failed = failed.detail("the method works on records and was given no ids");
    }
    failed.fault(Some(fault))
}

fn kind(fault: &ServerFault, method: Option<&str>) -> ErrorKind {
    let (module, class) = fault.name.rsplit_once('.').unwrap_or(("", &fault.name));
    match (module, class) {
        // execute_kw denies access only when it checks the key.
        ("odoo.exceptions", "AccessDenied") | (_, "SessionExpiredException" | "AuthenticationError") => {
            ErrorKind::Unauthorized
        }
        ("odoo.exceptions", "AccessError") | (_, "Forbidden") => ErrorKind::Forbidden,
        ("odoo.exceptions", "MissingError") => ErrorKind::MissingRecord,
        ("odoo.exceptions", "LockError" | "ConcurrencyError") | (_, "Conflict") => ErrorKind::Locked,
        (_, "TooManyRequests") => ErrorKind::Unavailable,
        ("odoo.exceptions", "UserError") if is_missing_model(&fault.message) => {
            ErrorKind::MissingAddonOrMethod
        }
        (
            "odoo.exceptions",
            "UserError" | "ValidationError" | "RedirectWarning" | "Warning" | "except_orm",
        ) => ErrorKind::Validation,
        ("builtins", "AttributeError") if names_method(&fault.message, method) => {
            ErrorKind::MissingAddonOrMethod
        }
        ("builtins", "TypeError") if is_about_arguments(&fault.message, method) => ErrorKind::Validation,
        ("builtins", "IndexError") if is_without_ids(fault) => ErrorKind::Validation,
        (_, "NotFound") => ErrorKind::MissingAddonOrMethod,
        (_, "RequestEntityTooLarge") => ErrorKind::TooLarge,
        ("psycopg2" | "psycopg2.errors", "OperationalError" | "InvalidCatalogName")
            if is_missing_database(&fault.message) =>
        {
            ErrorKind::WrongHostOrDatabase
        }
        (
            "psycopg2" | "psycopg2.errors",
            "IntegrityError"
            | "UniqueViolation"
            | "NotNullViolation"
            | "CheckViolation"
            | "ForeignKeyViolation"
            | "ExclusionViolation"
            | "RestrictViolation",
        ) => ErrorKind::Validation,
        _ => ErrorKind::Server,
    }
}

/// Both series write this sentence without translating it.
fn is_missing_model(message: &str) -> bool {
    message.starts_with("Object ") && message.ends_with("doesn't exist")
}

fn is_missing_database(message: &str) -> bool {
    message.contains("database \"") && message.contains("does not exist")
}

/// Whether a missing attribute is the method itself and not something inside it.
/// 14: `type object 'res.partner' has no attribute 'nope'`; 19: `The method 'res.partner.nope' does not exist`.
fn names_method(message: &str, method: Option<&str>) -> bool {
    let about = message.starts_with("type object '") || message.starts_with("The method '");
    about
        && method.is_none_or(|method| {
            message.contains(&format!("'{method}'")) || message.contains(&format!(".{method}'"))
        })
}

/// Whether the method's own parameters were not met.
fn is_about_arguments(message: &str, method: Option<&str>) -> bool {
    let about = message.contains("unexpected keyword argument")
        || message.contains("required positional argument")
        || message.contains("multiple values for argument")
        || message.contains("positional arguments but");
    about && method.is_none_or(|method| message.contains(&format!("{method}()")))
}

/// `execute_kw` takes the ids from the first argument; the line of the traceback is the same from 14 to 19.
fn is_without_ids(fault: &ServerFault) -> bool {
    fault.name == "builtins.IndexError"
        && fault
            .traceback
            .as_deref()
            .is_some_and(|traceback| traceback.contains("ids, args = args[0], args[1:]"))
}
