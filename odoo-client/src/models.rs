//! The models that a time clock meets, with the fields that every series from Odoo 14 on has unless a field says
//! otherwise. Your own types are as good: see [`Model`].

use serde::Deserialize;

use crate::model::Model;
use crate::value::{Many2One, OdooDateTime, false_is_none};

macro_rules! model {
    ($type:ident, $name:literal, [$($field:literal),*]) => {
        impl Model for $type {
            const NAME: &'static str = $name;
            const FIELDS: &'static [&'static str] = &[$($field),*];

            fn id(&self) -> i64 {
                self.id
            }
        }
    };
}

/// A user, `res.users`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The id of the record.
    pub id: i64,
    /// The name shown.
    pub name: String,
    /// The login.
    pub login: String,
    /// Whether the user is not archived.
    pub active: bool,
    /// The time zone, an IANA name.
    #[serde(deserialize_with = "false_is_none")]
    pub tz: Option<String>,
    /// The company the user works in by default.
    pub company_id: Many2One,
    /// The companies the user belongs to.
    pub company_ids: Vec<i64>,
}
model!(
    User,
    "res.users",
    ["name", "login", "active", "tz", "company_id", "company_ids"]
);

/// A company, `res.company`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Company {
    /// The id of the record.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The company above it.
    #[serde(deserialize_with = "false_is_none")]
    pub parent_id: Option<Many2One>,
}
model!(Company, "res.company", ["name", "parent_id"]);

/// An employee, `hr.employee`. Reading it needs the right to HR data; without it Odoo shows `hr.employee.public`, which
/// has no barcode.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Employee {
    /// The id of the record.
    pub id: i64,
    /// The name.
    pub name: String,
    /// Whether the employee is not archived.
    pub active: bool,
    /// The badge or PIN a terminal knows the employee by.
    #[serde(deserialize_with = "false_is_none")]
    pub barcode: Option<String>,
    /// The company.
    pub company_id: Many2One,
    /// The department.
    #[serde(deserialize_with = "false_is_none")]
    pub department_id: Option<Many2One>,
    /// The user the employee logs in as.
    #[serde(deserialize_with = "false_is_none")]
    pub user_id: Option<Many2One>,
    /// The time zone, an IANA name.
    #[serde(deserialize_with = "false_is_none")]
    pub tz: Option<String>,
}
model!(
    Employee,
    "hr.employee",
    [
        "name",
        "active",
        "barcode",
        "company_id",
        "department_id",
        "user_id",
        "tz"
    ]
);

/// A span of presence, `hr.attendance`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Attendance {
    /// The id of the record.
    pub id: i64,
    /// Who was present.
    pub employee_id: Many2One,
    /// From when.
    pub check_in: OdooDateTime,
    /// Until when; none while present.
    #[serde(deserialize_with = "false_is_none")]
    pub check_out: Option<OdooDateTime>,
    /// Hours between both; from Odoo 17 on without the breaks of the working schedule.
    pub worked_hours: f64,
}
model!(
    Attendance,
    "hr.attendance",
    ["employee_id", "check_in", "check_out", "worked_hours"]
);

/// A place of work, `hr.work.location`: Odoo 15 and later.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WorkLocation {
    /// The id of the record.
    pub id: i64,
    /// The name.
    pub name: String,
    /// Whether the place is not archived.
    pub active: bool,
    /// The company.
    pub company_id: Many2One,
    /// The address, a partner.
    #[serde(deserialize_with = "false_is_none")]
    pub address_id: Option<Many2One>,
}
model!(
    WorkLocation,
    "hr.work.location",
    ["name", "active", "company_id", "address_id"]
);

/// An API key without its secret, `res.users.apikeys`. [`Client::keys`](crate::Client::keys) reads the day it expires as
/// well, which Odoo knows since 18.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ApiKeyRecord {
    /// The id of the record.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// The user it stands for.
    pub user_id: Many2One,
    /// What it opens; everything if none.
    #[serde(deserialize_with = "false_is_none")]
    pub scope: Option<String>,
    /// When it was made.
    #[serde(deserialize_with = "false_is_none")]
    pub create_date: Option<OdooDateTime>,
}
model!(
    ApiKeyRecord,
    "res.users.apikeys",
    ["name", "user_id", "scope", "create_date"]
);
