//! The vectors of ops `money`, `rest`, `average`, `cycle`, `spread` and `meal`: `given` in, `expect` out.

use core::ops::Range;

use chrono::DateTime;
use punchclock_rules::compliance::{self, MealRule};
use punchclock_rules::pay::{Amount, Basis, Week};
use serde_json::{Value, json};

pub(crate) fn money(given: &Value) -> Result<Value, String> {
    let only = [
        "basis",
        "hours",
        "straight_remuneration_cents",
        "standard_hours",
        "overtime_over_h",
        "overtime_bp",
    ];
    known(given, &only)?;
    let basis = match text(given, "basis")? {
        "all_hours" => Basis::AllHours,
        "standard_hours" => Basis::StandardHours(hours(given, "standard_hours")?),
        other => return Err(format!("basis {other:?} is not known")),
    };
    let mut week = Week {
        worked_s: hours(given, "hours")?,
        straight_cents: whole(given, "straight_remuneration_cents")?,
        basis,
        ..Week::default()
    };
    if given.get("overtime_over_h").is_some() {
        week.overtime_over_s = hours(given, "overtime_over_h")?;
    }
    if given.get("overtime_bp").is_some() {
        week.overtime_bp = whole(given, "overtime_bp")?
            .try_into()
            .map_err(|_| "overtime_bp is out of range")?;
    }
    let pay = week.pay().ok_or("a week that has no regular rate")?;
    Ok(json!({
        "regular_rate_cents": exact(pay.regular_rate),
        "overtime_h": in_hours(pay.overtime_s)?,
        "total_cents": pay.total_cents,
    }))
}

pub(crate) fn rest(given: &Value) -> Result<Value, String> {
    known(given, &["min_rest_s", "intervals"])?;
    let found = compliance::daily_rest(&intervals(given)?, whole(given, "min_rest_s")?);
    Ok(json!({"rests_s": found.rests_s, "violations": found.violations}))
}

pub(crate) fn average(given: &Value) -> Result<Value, String> {
    known(given, &["weeks_s", "max_avg_s"])?;
    let weeks = list(given, "weeks_s")?
        .iter()
        .map(number)
        .collect::<Result<Vec<i64>, _>>()?;
    let found = compliance::average(&weeks, whole(given, "max_avg_s")?);
    Ok(json!({"average_s": found.average_s, "within": found.within}))
}

pub(crate) fn cycle(given: &Value) -> Result<Value, String> {
    known(given, &["weeks_h", "threshold_h"])?;
    let weeks = list(given, "weeks_h")?
        .iter()
        .map(hours_of)
        .collect::<Result<Vec<i64>, _>>()?;
    let overtime_s = compliance::work_period(&weeks, hours(given, "threshold_h")?);
    Ok(json!({"overtime_h": in_hours(overtime_s)?}))
}

pub(crate) fn spread(given: &Value) -> Result<Value, String> {
    known(given, &["max_spread_s", "intervals"])?;
    let found = compliance::spread(&intervals(given)?, whole(given, "max_spread_s")?);
    Ok(json!({"spread_s": found.spread_s, "violation": found.violation}))
}

pub(crate) fn meal(given: &Value) -> Result<Value, String> {
    known(given, &["rules", "min_break_s", "premium_s", "intervals"])?;
    let rules: Vec<MealRule> =
        serde_json::from_value(field(given, "rules")?.clone()).map_err(|e| format!("rules: {e}"))?;
    let (least, premium) = (whole(given, "min_break_s")?, whole(given, "premium_s")?);
    let found = compliance::meals(&intervals(given)?, &rules, least, premium);
    Ok(json!({"missed": found.missed, "premium_s": found.premium_s}))
}

/// A field nobody reads would make the vector pass for the wrong reason.
fn known(given: &Value, fields: &[&str]) -> Result<(), String> {
    let given = given.as_object().ok_or("given is an object")?;
    let unknown = given.keys().find(|name| !fields.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| {
        Err(format!("given has the unknown field {name:?}"))
    })
}

fn field<'a>(given: &'a Value, name: &str) -> Result<&'a Value, String> {
    given.get(name).ok_or_else(|| format!("given has no {name}"))
}

fn text<'a>(given: &'a Value, name: &str) -> Result<&'a str, String> {
    field(given, name)?
        .as_str()
        .ok_or_else(|| format!("{name} is no text"))
}

fn list<'a>(given: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    field(given, name)?
        .as_array()
        .ok_or_else(|| format!("{name} is no list"))
}

fn whole(given: &Value, name: &str) -> Result<i64, String> {
    number(field(given, name)?)
}

fn number(value: &Value) -> Result<i64, String> {
    value
        .as_i64()
        .ok_or_else(|| format!("{value} is no whole number"))
}

fn hours(given: &Value, name: &str) -> Result<i64, String> {
    hours_of(field(given, name)?)
}

/// Hours as written, `46` or `46.25`, in seconds; read digit by digit, not as a float.
fn hours_of(value: &Value) -> Result<i64, String> {
    let written = value
        .as_number()
        .ok_or_else(|| format!("{value} are no hours"))?
        .to_string();
    let (units, decimals) = written.split_once('.').unwrap_or((&written, ""));
    let wrong = || format!("{written} h are not a whole number of seconds");
    let scale = u32::try_from(decimals.len())
        .ok()
        .and_then(|n| 10_i64.checked_pow(n))
        .ok_or_else(wrong)?;
    let digits: i64 = format!("{units}{decimals}").parse().map_err(|_| wrong())?;
    let scaled = digits.checked_mul(3_600).ok_or_else(wrong)?;
    if scaled % scale == 0 {
        Ok(scaled / scale)
    } else {
        Err(wrong())
    }
}

/// Seconds as hours: `6`, or `6.5` where that is exact.
fn in_hours(seconds: i64) -> Result<Value, String> {
    if seconds % 3_600 == 0 {
        return Ok(json!(seconds / 3_600));
    }
    if seconds % 36 != 0 {
        return Err(format!("{seconds} s are no hours in decimals"));
    }
    let written = format!("{}.{:02}", seconds / 3_600, seconds % 3_600 / 36);
    serde_json::from_str(&written).map_err(|e| e.to_string())
}

/// `1200`, or `"15000/11"`.
fn exact(amount: Amount) -> Value {
    let whole = amount.whole().and_then(|whole| i64::try_from(whole).ok());
    whole.map_or_else(|| json!(amount.to_string()), |whole| json!(whole))
}

fn intervals(given: &Value) -> Result<Vec<Range<i64>>, String> {
    let at = |value: Option<&Value>| {
        let text = value
            .and_then(Value::as_str)
            .ok_or("an interval has two instants")?;
        DateTime::parse_from_rfc3339(text)
            .map(|at| at.timestamp())
            .map_err(|e| format!("{text}: {e}"))
    };
    list(given, "intervals")?
        .iter()
        .map(|pair| Ok(at(pair.get(0))?..at(pair.get(1))?))
        .collect()
}
