//! Odoo's way of writing values in JSON.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};
use serde::de::value::{BoolDeserializer, MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// Odoo writes `false` for an empty field of any type; this reads it as `None`.
///
/// For a field of type `bool`, where `false` is a value, read a plain `bool` instead.
///
/// ```
/// use punchclock_odoo::Many2One;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Employee {
///     #[serde(deserialize_with = "punchclock_odoo::false_is_none")]
///     barcode: Option<String>,
///     #[serde(deserialize_with = "punchclock_odoo::false_is_none")]
///     parent_id: Option<Many2One>,
/// }
/// ```
///
/// # Errors
///
/// Those of `T`.
pub fn false_is_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(FalseIsNone(PhantomData))
}

struct FalseIsNone<T>(PhantomData<T>);

macro_rules! forward {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E: de::Error>(self, value: $type) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(Some)
        })*
    };
}

// Each form is handed on as it comes, without an intermediate value, so that the path of a fault deeper inside stays
// known.
impl<'de, T: Deserialize<'de>> Visitor<'de> for FalseIsNone<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or false for an empty field")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        if value {
            let forwarded: BoolDeserializer<E> = value.into_deserializer();
            T::deserialize(forwarded).map(Some)
        } else {
            Ok(None)
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    forward!(visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, visit_string: String);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(seq)).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

/// A link to one record as `read` and `search_read` write it: `[7, "Its name"]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Many2One {
    /// The id of the record.
    pub id: i64,
    /// The name Odoo shows for it, in the language of the call.
    pub name: String,
}

impl<'de> Deserialize<'de> for Many2One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Odoo writes false for the name of a record that has none.
        #[derive(serde::Deserialize)]
        struct Pair(i64, #[serde(deserialize_with = "false_is_none")] Option<String>);
        let Pair(id, name) = Pair::deserialize(deserializer)?;
        Ok(Self {
            id,
            name: name.unwrap_or_default(),
        })
    }
}

/// An instant as Odoo writes it: UTC without saying so, to the second, `YYYY-MM-DD HH:MM:SS`. Odoo refuses any other
/// form, ISO 8601 with a `T` or an offset included.
///
/// ```
/// use punchclock_odoo::OdooDateTime;
///
/// let at: OdooDateTime = "2026-03-02 08:00:03".parse()?;
/// assert_eq!(at.utc().timestamp(), 1_772_438_403);
/// assert_eq!(at.to_string(), "2026-03-02 08:00:03");
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OdooDateTime(DateTime<Utc>);

const FORM: &str = "%Y-%m-%d %H:%M:%S";

impl OdooDateTime {
    /// The instant.
    #[must_use]
    pub const fn utc(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for OdooDateTime {
    /// Fractions of a second are dropped, as Odoo drops them.
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(0))
    }
}

impl From<OdooDateTime> for DateTime<Utc> {
    fn from(at: OdooDateTime) -> Self {
        at.0
    }
}

impl std::str::FromStr for OdooDateTime {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NaiveDateTime::parse_from_str(text, FORM).map(|naive| Self::from(naive.and_utc()))
    }
}

impl fmt::Display for OdooDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(FORM).fmt(f)
    }
}

impl Serialize for OdooDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OdooDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = OdooDateTime;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a UTC time such as \"2026-03-02 08:00:03\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse()
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
