//! The JSON of [`Over`]: `"norm"` or a number of seconds.
#![cfg(feature = "serde")]

use serde::de::{Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Over;

impl Serialize for Over {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Norm => serializer.serialize_str("norm"),
            Self::Seconds(s) => serializer.serialize_i64(*s),
        }
    }
}

impl<'de> Deserialize<'de> for Over {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OverVisitor;
        impl Visitor<'_> for OverVisitor {
            type Value = Over;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("\"norm\" or a whole number of seconds")
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Over, E> {
                if v == "norm" {
                    Ok(Over::Norm)
                } else {
                    Err(E::invalid_value(Unexpected::Str(v), &self))
                }
            }
            fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Over, E> {
                Ok(Over::Seconds(v))
            }
            fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Over, E> {
                i64::try_from(v)
                    .map(Over::Seconds)
                    .map_err(|_| E::custom("number of seconds too large"))
            }
        }
        deserializer
            .deserialize_any(OverVisitor)
            .map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Over {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Over".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{"const": "norm"}, {"type": "integer"}],
            "description": "after the norm of the date, or after so many seconds"
        })
    }
}
