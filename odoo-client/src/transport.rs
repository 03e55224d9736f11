//! The two doors of Odoo and how a call is written for each.

#[cfg(feature = "__client")]
use serde_json::{Map, Value};

/// How calls travel to Odoo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// JSON-2, `POST /json/2/MODEL/METHOD`: Odoo 19 and later.
    Json2,
    /// JSON-RPC, `POST /jsonrpc` with `execute_kw`: Odoo 14 to 21. Needs the login of the key's user.
    JsonRpc,
}

impl std::fmt::Display for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Json2 => "JSON-2",
            Self::JsonRpc => "JSON-RPC",
        })
    }
}

/// A call whose names have been checked, not yet written for a transport.
#[cfg(feature = "__client")]
pub(crate) struct Prepared<'a> {
    pub(crate) model: &'a str,
    pub(crate) method: &'a str,
    /// Named arguments; `ids` and `context` among them as JSON-2 has them.
    pub(crate) arguments: Map<String, Value>,
}

#[cfg(feature = "__client")]
pub(crate) use wire::{Json2, JsonRpc, Wire, common};

#[cfg(feature = "__client")]
mod wire {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::{Map, Prepared, Value, legacy};
    use crate::api_key::ApiKey;
    use crate::error::Error;
    use crate::reply::Reply;

    /// How one transport writes a call and reads its answer. It sends nothing itself.
    pub(crate) trait Wire {
        /// The path of the request.
        fn path(&self, call: &Prepared<'_>) -> String;
        /// Whether key and database are named in the headers.
        const HEADERS: bool;
        /// The body of the request.
        fn body(&self, call: &Prepared<'_>) -> serde_json::Result<Vec<u8>>;
        /// The result in an answer.
        fn decode<T: DeserializeOwned>(
            &self,
            call: &Prepared<'_>,
            reply: &Reply,
            key: &ApiKey,
        ) -> Result<T, Error>;
    }

    pub(crate) struct Json2;

    impl Wire for Json2 {
        const HEADERS: bool = true;

        fn path(&self, call: &Prepared<'_>) -> String {
            format!("/json/2/{}/{}", call.model, call.method)
        }

        fn body(&self, call: &Prepared<'_>) -> serde_json::Result<Vec<u8>> {
            serde_json::to_vec(&call.arguments)
        }

        fn decode<T: DeserializeOwned>(
            &self,
            _: &Prepared<'_>,
            reply: &Reply,
            key: &ApiKey,
        ) -> Result<T, Error> {
            reply.json2(Some(key))
        }
    }

    /// `execute_kw` names database, user and key in its arguments.
    pub(crate) struct JsonRpc<'a> {
        pub(crate) database: &'a str,
        pub(crate) uid: i64,
        pub(crate) key: &'a ApiKey,
    }

    impl Wire for JsonRpc<'_> {
        const HEADERS: bool = false;

        fn path(&self, _: &Prepared<'_>) -> String {
            "/jsonrpc".to_owned()
        }

        fn body(&self, call: &Prepared<'_>) -> serde_json::Result<Vec<u8>> {
            let mut named = call.arguments.clone();
            let positional = legacy::positional(call.method, &mut named);
            envelope(
                "object",
                "execute_kw",
                &json!([
                    self.database,
                    self.uid,
                    self.key.expose(),
                    call.model,
                    call.method,
                    positional,
                    Value::Object(named)
                ]),
            )
        }

        fn decode<T: DeserializeOwned>(
            &self,
            call: &Prepared<'_>,
            reply: &Reply,
            key: &ApiKey,
        ) -> Result<T, Error> {
            reply.json_rpc(Some(call.method), Some(key))
        }
    }

    fn envelope(service: &str, method: &str, args: &Value) -> serde_json::Result<Vec<u8>> {
        let mut params = Map::new();
        params.insert("service".to_owned(), Value::from(service));
        params.insert("method".to_owned(), Value::from(method));
        params.insert("args".to_owned(), args.clone());
        serde_json::to_vec(&json!({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}))
    }

    /// A request of the service `common`, which needs no user.
    pub(crate) fn common(method: &str, args: &Value) -> serde_json::Result<Vec<u8>> {
        envelope("common", method, args)
    }
}

/// What `execute_kw` of the older series wants by position.
#[cfg(feature = "__client")]
mod legacy {
    use super::{Map, Value};

    // Methods of records: their first argument is the list of ids, an empty one included.
    const OF_RECORDS: [&str; 5] = ["read", "write", "unlink", "copy", "exists"];

    /// Takes out of the named arguments those that must, or that under all versions only can, go by position:
    /// `search`'s domain is called `args` up to Odoo 16 and `domain` later, and `create` must find its values first.
    pub(super) fn positional(method: &str, named: &mut Map<String, Value>) -> Vec<Value> {
        let mut positional = Vec::new();
        match named.remove("ids") {
            Some(ids) => positional.push(ids),
            None if OF_RECORDS.contains(&method) => positional.push(Value::Array(Vec::new())),
            None => {}
        }
        match method {
            "create" => {
                if let Some(values) = named.remove("vals_list") {
                    // For a single one the older door would return a single id.
                    positional.push(match values {
                        Value::Array(_) => values,
                        single => Value::Array(vec![single]),
                    });
                }
            }
            // Called `values` where a model of an older series overrides it.
            "write" => positional.extend(named.remove("vals")),
            "search" | "search_count" => {
                positional.extend(named.remove("domain").or_else(|| named.remove("args")));
            }
            "name_search" => {
                if let Some(domain) = named.remove("domain").or_else(|| named.remove("args")) {
                    positional.push(named.remove("name").unwrap_or_else(|| Value::from("")));
                    positional.push(domain);
                }
            }
            "default_get" => {
                positional.extend(named.remove("fields").or_else(|| named.remove("fields_list")));
            }
            _ => {}
        }
        positional
    }

    #[cfg(test)]
    mod tests {
        use serde_json::json;

        use super::*;

        #[test]
        fn what_goes_by_position() {
            let cases = [
                (
                    "create",
                    json!({"vals_list": {"a": 1}}),
                    json!([[{"a": 1}]]),
                    json!({}),
                ),
                (
                    "create",
                    json!({"vals_list": [{"a": 1}], "context": {}}),
                    json!([[{"a": 1}]]),
                    json!({"context": {}}),
                ),
                (
                    "write",
                    json!({"ids": [1], "vals": {"a": 1}}),
                    json!([[1], {"a": 1}]),
                    json!({}),
                ),
                (
                    "search",
                    json!({"domain": [], "limit": 1}),
                    json!([[]]),
                    json!({"limit": 1}),
                ),
                (
                    "search_read",
                    json!({"domain": []}),
                    json!([]),
                    json!({"domain": []}),
                ),
                (
                    "read",
                    json!({"ids": [1], "fields": []}),
                    json!([[1]]),
                    json!({"fields": []}),
                ),
                ("read", json!({"fields": []}), json!([[]]), json!({"fields": []})),
                (
                    "name_search",
                    json!({"name": "x", "domain": []}),
                    json!(["x", []]),
                    json!({}),
                ),
                (
                    "name_search",
                    json!({"name": "x"}),
                    json!([]),
                    json!({"name": "x"}),
                ),
                ("default_get", json!({"fields": ["a"]}), json!([["a"]]), json!({})),
                (
                    "action",
                    json!({"ids": [2], "x": 1}),
                    json!([[2]]),
                    json!({"x": 1}),
                ),
            ];
            for (method, arguments, by_position, by_name) in cases {
                let Value::Object(mut named) = arguments else {
                    unreachable!()
                };
                assert_eq!(
                    Value::Array(positional(method, &mut named)),
                    by_position,
                    "{method}"
                );
                assert_eq!(Value::Object(named), by_name, "{method}");
            }
        }
    }
}
