//! Search conditions, written as Odoo expects them: a list in prefix notation.

use chrono::NaiveDate;
use serde::ser::{Serialize, SerializeSeq as _, Serializer};
use serde_json::Value;

use crate::value::OdooDateTime;

/// A search condition.
///
/// ```
/// use punchclock_odoo::Domain;
///
/// let domain = Domain::field("serial").eq("ABC123").and(Domain::field("state").is_in(["new", "open"]));
/// // Serialises to ["&", ["serial", "=", "ABC123"], ["state", "in", ["new", "open"]]]
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Domain(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    All,
    Leaf(String, &'static str, Value),
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
}

/// A field being compared; made by [`Domain::field`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Field(String);

/// A value to compare with: numbers, text, booleans, dates, and lists of them convert into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand(Value);

impl Domain {
    /// The condition every record meets.
    #[must_use]
    pub const fn all() -> Self {
        Self(Node::All)
    }

    /// Begins a comparison of a field, or of a field of a related record (`"employee_id.company_id"`).
    pub fn field(name: impl Into<String>) -> Field {
        Field(name.into())
    }

    /// Both conditions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Node::All, other) | (other, Node::All) => Self(other),
            (Node::And(mut nodes), other) => {
                nodes.push(other);
                Self(Node::And(nodes))
            }
            (first, other) => Self(Node::And(vec![first, other])),
        }
    }

    /// At least one of the conditions.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Node::All, _) | (_, Node::All) => Self(Node::All),
            (Node::Or(mut nodes), other) => {
                nodes.push(other);
                Self(Node::Or(nodes))
            }
            (first, other) => Self(Node::Or(vec![first, other])),
        }
    }

    /// The opposite condition.
    #[must_use]
    pub fn negate(self) -> Self {
        match self.0 {
            Node::Not(inner) => Self(*inner),
            other => Self(Node::Not(Box::new(other))),
        }
    }
}

impl Default for Domain {
    fn default() -> Self {
        Self::all()
    }
}

impl Field {
    fn leaf(self, operator: &'static str, value: impl Into<Operand>) -> Domain {
        Domain(Node::Leaf(self.0, operator, value.into().0))
    }

    /// Equal. Compare with `false` for "is empty".
    #[must_use]
    pub fn eq(self, value: impl Into<Operand>) -> Domain {
        self.leaf("=", value)
    }

    /// Not equal. Compare with `false` for "is set".
    #[must_use]
    pub fn ne(self, value: impl Into<Operand>) -> Domain {
        self.leaf("!=", value)
    }

    /// Less than.
    #[must_use]
    pub fn lt(self, value: impl Into<Operand>) -> Domain {
        self.leaf("<", value)
    }

    /// Less than or equal.
    #[must_use]
    pub fn le(self, value: impl Into<Operand>) -> Domain {
        self.leaf("<=", value)
    }

    /// Greater than.
    #[must_use]
    pub fn gt(self, value: impl Into<Operand>) -> Domain {
        self.leaf(">", value)
    }

    /// Greater than or equal.
    #[must_use]
    pub fn ge(self, value: impl Into<Operand>) -> Domain {
        self.leaf(">=", value)
    }

    /// One of these.
    #[must_use]
    pub fn is_in<T: Into<Operand>>(self, values: impl IntoIterator<Item = T>) -> Domain {
        self.leaf("in", Operand::list(values))
    }

    /// None of these.
    #[must_use]
    pub fn not_in<T: Into<Operand>>(self, values: impl IntoIterator<Item = T>) -> Domain {
        self.leaf("not in", Operand::list(values))
    }

    /// Contains the text, upper and lower case alike.
    #[must_use]
    pub fn ilike(self, text: impl Into<String>) -> Domain {
        self.leaf("ilike", text.into())
    }
}

impl Operand {
    fn list<T: Into<Self>>(values: impl IntoIterator<Item = T>) -> Self {
        Self(Value::Array(
            values.into_iter().map(|value| value.into().0).collect(),
        ))
    }
}

macro_rules! operand_from {
    ($($type:ty),*) => {
        $(impl From<$type> for Operand {
            fn from(value: $type) -> Self {
                Self(Value::from(value))
            }
        })*
    };
}

operand_from!(bool, i32, i64, u32, f64, &str, String);

impl From<&String> for Operand {
    fn from(value: &String) -> Self {
        Self(Value::from(value.as_str()))
    }
}

impl From<&i64> for Operand {
    fn from(value: &i64) -> Self {
        Self(Value::from(*value))
    }
}

impl From<OdooDateTime> for Operand {
    fn from(value: OdooDateTime) -> Self {
        Self(Value::from(value.to_string()))
    }
}

impl From<NaiveDate> for Operand {
    fn from(value: NaiveDate) -> Self {
        Self(Value::from(value.format("%Y-%m-%d").to_string()))
    }
}

impl Serialize for Domain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        // An explicit stack, because the depth of a domain is up to the caller.
        let mut pending = vec![&self.0];
        let top_is_all = self.0 == Node::All;
        while let Some(node) = pending.pop() {
            match node {
                Node::All if top_is_all => {}
                // Odoo's own form of "always true" inside an expression.
                Node::All => list.serialize_element(&(1, "=", 1))?,
                Node::Leaf(field, operator, value) => list.serialize_element(&(field, operator, value))?,
                Node::And(nodes) | Node::Or(nodes) => {
                    let operator = if matches!(node, Node::And(_)) { "&" } else { "|" };
                    for _ in 1..nodes.len() {
                        list.serialize_element(operator)?;
                    }
                    pending.extend(nodes.iter().rev());
                }
                Node::Not(inner) => {
                    list.serialize_element("!")?;
                    pending.push(inner);
                }
            }
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(domain: &Domain) -> String {
        serde_json::to_string(domain).unwrap()
    }

    #[test]
    fn prefix_notation() {
        let a = || Domain::field("a").eq(1);
        let b = || Domain::field("b").ne("x");
        let c = || Domain::field("c").is_in([1_i64, 2]);
        assert_eq!(json(&Domain::all()), "[]");
        assert_eq!(json(&a()), r#"[["a","=",1]]"#);
        assert_eq!(
            json(&a().and(b()).and(c())),
            r#"["&","&",["a","=",1],["b","!=","x"],["c","in",[1,2]]]"#
        );
        assert_eq!(
            json(&a().or(b()).and(c())),
            r#"["&","|",["a","=",1],["b","!=","x"],["c","in",[1,2]]]"#
        );
        assert_eq!(
            json(&a().and(b().or(c()))),
            r#"["&",["a","=",1],"|",["b","!=","x"],["c","in",[1,2]]]"#
        );
        assert_eq!(
            json(&a().and(b()).negate()),
            r#"["!","&",["a","=",1],["b","!=","x"]]"#
        );
        assert_eq!(json(&a().negate().negate()), json(&a()));
    }

    #[test]
    fn all_is_neutral_in_and_and_absorbing_in_or() {
        let a = || Domain::field("a").eq(true);
        assert_eq!(Domain::all().and(a()), a());
        assert_eq!(a().and(Domain::all()), a());
        assert_eq!(a().or(Domain::all()), Domain::all());
        assert_eq!(json(&Domain::all().negate()), r#"["!",[1,"=",1]]"#);
    }

    #[test]
    fn operands() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let at = OdooDateTime::from(date.and_hms_opt(8, 0, 3).unwrap().and_utc());
        assert_eq!(json(&Domain::field("d").ge(date)), r#"[["d",">=","2026-03-02"]]"#);
        assert_eq!(
            json(&Domain::field("t").lt(at)),
            r#"[["t","<","2026-03-02 08:00:03"]]"#
        );
        assert_eq!(
            json(&Domain::field("s").not_in(["x"])),
            r#"[["s","not in",["x"]]]"#
        );
        assert_eq!(json(&Domain::field("s").ilike("x")), r#"[["s","ilike","x"]]"#);
        assert_eq!(
            json(&Domain::field("f").le(0.5).or(Domain::field("g").gt(2_u32))),
            r#"["|",["f","<=",0.5],["g",">",2]]"#
        );
    }
}
