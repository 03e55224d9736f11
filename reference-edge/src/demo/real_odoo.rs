//! The demonstration against a real Odoo: terminals, people and calendars of its own, and what Odoo made of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use punchclock_odoo::{ApiKey, Client, Domain};
use punchclock_queue::{normalise_pin, normalise_serial};
use serde::Deserialize;
use serde_json::{Value, json};

use super::odoo_stand_in::Arrived;
use super::payroll::Day;
use super::plan::{PlannedTerminal, Shift, WORKDAYS};
use crate::config::Secret;
use crate::error::EdgeError;

/// A real Odoo and an administrator's key.
#[derive(Debug, Clone)]
pub struct RealOdoo {
    /// Its URL, plain HTTP: the demonstration cuts the line in between, which a TLS session would take for an attack.
    pub url: String,
    /// The database; the addon `punchclock` must be installed.
    pub database: String,
    /// A file with an API key of a user who may create employees and gateways.
    pub api_key_file: PathBuf,
}

/// An Odoo with a branch of its own in it.
#[derive(Debug)]
pub struct Prepared {
    pub(super) admin: Client,
    url: String,
    target: String,
    database: String,
    pub(super) gateway: i64,
    gateway_key: Secret,
    serials: Vec<String>,
    employees: BTreeMap<i64, (String, String)>,
}

#[derive(Debug, Deserialize)]
struct NewGateway {
    gateway_id: i64,
    key: String,
}

#[derive(Debug, Deserialize)]
struct Drained {
    remaining: u64,
    failed: u64,
}

#[derive(Debug, Deserialize)]
struct EventRow {
    serial: String,
    pin: String,
    local_time: String,
}

/// A day as Odoo keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OdooDay {
    employee_id: (i64, String),
    /// The date the shift counts for.
    pub date: NaiveDate,
    /// Seconds worked.
    pub worked_seconds: i64,
    /// Of these, beyond the schedule.
    pub overtime_seconds: i64,
    /// The figures may still change.
    pub provisional: bool,
}

impl OdooDay {
    /// The employee's id.
    #[must_use]
    pub fn employee(&self) -> i64 {
        self.employee_id.0
    }
}

impl Prepared {
    /// Creates a gateway with its technical user, and for each planned terminal its record, calendars, people and
    /// PINs. Names carry `suffix`, so that runs do not meet.
    ///
    /// # Errors
    /// The URL is not plain HTTP, the key does not open, the addon is missing, or the user may not create these.
    pub async fn new(odoo: &RealOdoo, plan: &[PlannedTerminal], suffix: &str) -> Result<Self, EdgeError> {
        let target = host_and_port(&odoo.url)?;
        let key = Secret::read(&odoo.api_key_file, "the API key of Odoo")?;
        let key = ApiKey::new(key.expose()).map_err(failed)?;
        let admin = Client::builder(&odoo.url, &odoo.database, key)
            .build()
            .map_err(failed)?;
        let gateway: NewGateway = admin
            .call(
                "punchclock.gateway",
                "create_with_user",
                &json!({ "name": format!("Demo edge {suffix}") }),
            )
            .await
            .map_err(failed)?;
        let mut prepared = Self {
            admin,
            url: odoo.url.clone(),
            target,
            database: odoo.database.clone(),
            gateway: gateway.gateway_id,
            gateway_key: Secret::new(gateway.key),
            serials: Vec::new(),
            employees: BTreeMap::new(),
        };
        for terminal in plan {
            prepared.terminal(terminal, gateway.gateway_id, suffix).await?;
        }
        Ok(prepared)
    }

    async fn terminal(
        &mut self,
        plan: &PlannedTerminal,
        gateway: i64,
        suffix: &str,
    ) -> Result<(), EdgeError> {
        let name = format!("{} {suffix}", plan.name);
        let space = self
            .create("punchclock.pin.space", json!({ "name": name }))
            .await?;
        let terminal = json!({
            "name": name, "serial": plan.serial, "tz": plan.zone, "gateway_id": gateway, "pin_space_id": space,
        });
        self.create("punchclock.terminal", terminal).await?;
        self.serials.push(plan.serial.clone());
        let mut calendars: Vec<(Shift, i64)> = Vec::new();
        for person in &plan.people {
            let known = calendars
                .iter()
                .find(|(shift, _)| *shift == person.shift)
                .map(|(_, id)| *id);
            let calendar = match known {
                Some(calendar) => calendar,
                None => {
                    let values = calendar(
                        &format!("{name} {:02}:00", person.shift.start.0),
                        plan.zone,
                        person.shift,
                    );
                    let id = self.create("resource.calendar", values).await?;
                    calendars.push((person.shift, id));
                    id
                }
            };
            let employee = json!({
                "name": format!("{} {suffix}", person.name), "resource_calendar_id": calendar, "tz": plan.zone,
            });
            let employee = self.create("hr.employee", employee).await?;
            let pin = json!({ "pin_space_id": space, "pin": person.pin, "employee_id": employee });
            self.create("punchclock.pin", pin).await?;
            self.employees
                .insert(employee, (person.name.to_owned(), person.pin.clone()));
        }
        Ok(())
    }

    async fn create(&self, model: &str, values: Value) -> Result<i64, EdgeError> {
        let ids = self.admin.create(model, &[values]).await.map_err(failed)?;
        ids.first()
            .copied()
            .ok_or_else(|| EdgeError::Demo(format!("Odoo created no {model}")))
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The key of the gateway's technical user, for the edge.
    #[must_use]
    pub fn gateway_key(&self) -> &str {
        self.gateway_key.expose()
    }

    /// The employees created, by PIN.
    #[must_use]
    pub fn employee(&self, pin: &str) -> Option<i64> {
        self.employees
            .iter()
            .find(|(_, (_, of))| of == pin)
            .map(|(id, _)| *id)
    }

    /// The serials of these terminals.
    #[must_use]
    pub fn serials(&self) -> &[String] {
        &self.serials
    }

    /// Events of these terminals.
    ///
    /// # Errors
    /// Odoo did not answer.
    pub async fn count(&self) -> Result<usize, EdgeError> {
        let domain = Domain::field("serial").is_in(self.serials.iter().map(String::as_str));
        let count: u64 = self
            .admin
            .call("punchclock.event", "search_count", &json!({ "domain": domain }))
            .await
            .map_err(failed)?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The events of these terminals, each as often as Odoo has it.
    ///
    /// # Errors
    /// Odoo did not answer.
    pub async fn arrived(&self) -> Result<Vec<Arrived>, EdgeError> {
        let domain = Domain::field("serial").is_in(self.serials.iter().map(String::as_str));
        let rows: Vec<EventRow> = self
            .admin
            .search_read(
                "punchclock.event",
                &domain,
                &["serial", "pin", "local_time"],
                &Default::default(),
            )
            .await
            .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                // Odoo's own form of a time has a space where ISO 8601 has a T.
                let local =
                    NaiveDateTime::parse_from_str(&row.local_time, "%Y-%m-%d %H:%M:%S").map_err(|error| {
                        EdgeError::Demo(format!("Odoo tells the time {:?}: {error}", row.local_time))
                    })?;
                Ok(Arrived {
                    serial: normalise_serial(&row.serial).into_owned(),
                    pin: normalise_pin(&row.pin).to_owned(),
                    local,
                })
            })
            .collect()
    }

    /// The days that Odoo computed for these employees, after computing what is due now instead of waiting for its
    /// scheduled job.
    ///
    /// # Errors
    /// Odoo did not answer.
    pub async fn computed_days(&self) -> Result<Vec<OdooDay>, EdgeError> {
        loop {
            let drained: Drained = self
                .admin
                .call("punchclock.dirty.day", "drain", &json!({}))
                .await
                .map_err(failed)?;
            if drained.failed > 0 {
                return Err(EdgeError::Demo(format!(
                    "Odoo could not compute {} days; its list of marked days says why",
                    drained.failed
                )));
            }
            if drained.remaining == 0 {
                break;
            }
            // The scheduled job holds some of them just now.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        // A day on which nobody had to come is told too, and is nothing to compare or to pay.
        let domain = Domain::field("employee_id")
            .is_in(self.employees.keys().copied())
            .and(Domain::field("status").ne("rest"));
        self.admin
            .search_read(
                "punchclock.day",
                &domain,
                &[
                    "employee_id",
                    "date",
                    "worked_seconds",
                    "overtime_seconds",
                    "provisional",
                ],
                &Default::default(),
            )
            .await
            .map_err(failed)
    }

    /// Rows of `hr.attendance` of these employees.
    ///
    /// # Errors
    /// Odoo did not answer.
    pub async fn attendances(&self) -> Result<usize, EdgeError> {
        let domain = Domain::field("employee_id").is_in(self.employees.keys().copied());
        let count: u64 = self
            .admin
            .call("hr.attendance", "search_count", &json!({ "domain": domain }))
            .await
            .map_err(failed)?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The same for the table and the payroll file.
    ///
    /// # Errors
    /// Odoo did not answer.
    pub async fn days(&self) -> Result<Vec<Day>, EdgeError> {
        let days = self.computed_days().await?;
        Ok(days
            .into_iter()
            .filter_map(|day| {
                let (employee, pin) = self.employees.get(&day.employee())?;
                Some(Day {
                    employee: employee.clone(),
                    payroll_id: pin.clone(),
                    date: day.date,
                    worked_s: day.worked_seconds,
                    overtime_s: day.overtime_seconds,
                    provisional: day.provisional,
                })
            })
            .collect())
    }
}

/// A working calendar of one shift on each working day. Odoo's calendars end at midnight, so that a night shift is
/// written as the evening of one day and the morning of the next; the addon joins them again.
fn calendar(name: &str, zone: &str, shift: Shift) -> Value {
    let mut lines = vec![json!([5, 0, 0])];
    let (from, to) = shift.pause;
    for day in 0..WORKDAYS {
        for (start, end, period) in [
            (shift.start, from, "morning"),
            (from, to, "lunch"),
            (to, shift.end, "afternoon"),
        ] {
            for (weekday, hour_from, hour_to) in on_weekdays(shift, day, start, end) {
                lines.push(json!([0, 0, {
                    "name": period, "dayofweek": weekday.to_string(), "day_period": period,
                    "hour_from": hour_from, "hour_to": hour_to,
                }]));
            }
        }
    }
    json!({ "name": name, "tz": zone, "attendance_ids": lines })
}

/// A part of a shift as (weekday, from, to) in hours, split where it crosses midnight.
fn on_weekdays(shift: Shift, day: u64, start: (u32, u32), end: (u32, u32)) -> Vec<(u64, f64, f64)> {
    let hour = |(hour, minute): (u32, u32)| f64::from(hour) + f64::from(minute) / 60.0;
    let next = |time: (u32, u32)| time < shift.start;
    match (next(start), next(end)) {
        (false, false) => vec![(day, hour(start), hour(end))],
        (true, _) => vec![((day + 1) % 7, hour(start), hour(end))],
        (false, true) => vec![(day, hour(start), 24.0), ((day + 1) % 7, 0.0, hour(end))],
    }
}

fn host_and_port(url: &str) -> Result<String, EdgeError> {
    let rest = url.strip_prefix("http://").ok_or_else(|| {
        EdgeError::Demo(format!("{url}: give the plain-HTTP address of Odoo (http://…); the demonstration cuts the line in between, which does not work inside TLS"))
    })?;
    let authority = rest.split('/').next().unwrap_or_default();
    Ok(if authority.contains(':') {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
pub(super) fn failed(error: punchclock_odoo::Error) -> EdgeError {
    EdgeError::Delivery(error.to_string())
}
