//! The vectors of ops that need no evaluation: local times, rounding, rates, thresholds, status, assumed ends.

use chrono::{Days, NaiveDateTime};
use punchclock_rules::{
    DayStatus, Local, RoundMode, RoundRule, Threshold, chained_rate, close_by_norm, round_seconds, tolerated,
};
use serde_json::{Value, json};

use super::given::{flag, instant, known, list, number, text, time, written, zone};

pub(crate) fn resolve_local(given: &Value) -> Result<Value, String> {
    known(given, &["tz", "local", "gap", "fold", "tzdb_min"])?;
    let zone = zone(given)?;
    if let Some(least) = given.get("tzdb_min").and_then(Value::as_str) {
        let have = zone.tzdb_version().unwrap_or_default();
        if have < least {
            return Err(format!("the zone data is {have}, older than {least}"));
        }
    }
    let local: NaiveDateTime = text(given, "local")?.parse().map_err(|e| format!("local: {e}"))?;
    let choice = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or("compatible");
    let (kind, at) = match zone.resolve(local).ok_or("the time is outside the table")? {
        Local::Unique(at) => ("unique", at),
        Local::Gap {
            earlier,
            later,
            transition,
        } => match choice("gap") {
            "compatible" | "later" => ("gap", later),
            "earlier" => ("gap", earlier),
            "transition" => ("gap", transition),
            other => return Err(format!("gap {other:?} is not known")),
        },
        Local::Fold { earlier, later } => match choice("fold") {
            "compatible" | "earlier" => ("fold", earlier),
            "later" => ("fold", later),
            other => return Err(format!("fold {other:?} is not known")),
        },
    };
    Ok(json!({"kind": kind, "instant": written(at)}))
}

pub(crate) fn round_table(given: &Value) -> Result<Value, String> {
    known(given, &["unit_s", "mode", "grace_s", "in"])?;
    let mode = match text(given, "mode")? {
        "down" => RoundMode::Down,
        "up" => RoundMode::Up,
        "nearest_half_up" => RoundMode::NearestHalfUp,
        "nearest_half_down" => RoundMode::NearestHalfDown,
        "nearest_partial_min_down" => RoundMode::NearestPartialMinDown,
        other => return Err(format!("mode {other:?} is not known")),
    };
    let unit_s = number(given, "unit_s")?.ok_or("unit_s is missing")?;
    let rule = RoundRule::new(unit_s, mode).with_grace(number(given, "grace_s")?.unwrap_or(0));
    let mut out = Vec::new();
    for entry in list(given, "in")? {
        let read = time(&json!({ "in": entry }), "in")?;
        let rounded = round_seconds(i64::from(read.seconds()), rule);
        out.push(format!(
            "{:02}:{:02}:{:02}",
            rounded / 3_600,
            rounded / 60 % 60,
            rounded % 60
        ));
    }
    Ok(json!({ "out": out }))
}

pub(crate) fn premium_rate(given: &Value) -> Result<Value, String> {
    known(given, &["multipliers_bp"])?;
    let mut rates = Vec::new();
    for rate in list(given, "multipliers_bp")? {
        rates.push(
            rate.as_u64()
                .and_then(|r| u32::try_from(r).ok())
                .ok_or_else(|| format!("{rate} is no rate"))?,
        );
    }
    let (num, den) = chained_rate(&rates).ok_or("the product is too large")?;
    let exact = i64::try_from(num).map_err(|e| e.to_string())?;
    Ok(if den == 1 {
        json!({ "rate_bp": exact })
    } else {
        json!({ "rate_bp": format!("{num}/{den}") })
    })
}

pub(crate) fn status(given: &Value) -> Result<Value, String> {
    known(given, &["worked_s", "absent_below_s", "half_day_below_s"])?;
    let field = |name| Ok::<_, String>(number(given, name)?.unwrap_or(0));
    let status = DayStatus::of(
        field("worked_s")?,
        field("absent_below_s")?,
        field("half_day_below_s")?,
    );
    Ok(json!({"status": status.as_str()}))
}

pub(crate) fn threshold(given: &Value) -> Result<Value, String> {
    known(
        given,
        &[
            "worked_s",
            "expected_s",
            "employer_tolerance_s",
            "employee_tolerance_s",
            "undertime",
        ],
    )?;
    let field = |name| Ok::<_, String>(number(given, name)?.unwrap_or(0));
    let over = field("worked_s")? - field("expected_s")?;
    let overtime = tolerated(over.max(0), field("employer_tolerance_s")?, Threshold::Strict);
    let short = tolerated((-over).max(0), field("employee_tolerance_s")?, Threshold::Strict);
    let undertime = if flag(given, "undertime") { -short } else { 0 };
    Ok(json!({"overtime_s": overtime, "undertime_s": undertime}))
}

pub(crate) fn auto_close(given: &Value) -> Result<Value, String> {
    known(
        given,
        &[
            "tz",
            "open_in",
            "expected_s",
            "tolerance_s",
            "previous_worked_s",
            "unpaid_windows",
        ],
    )?;
    let zone = zone(given)?;
    let open = instant(given.get("open_in"))?;
    let field = |name| Ok::<_, String>(number(given, name)?.unwrap_or(0));
    let left = field("expected_s")? + field("tolerance_s")? - field("previous_worked_s")?;
    let first = zone.to_local(open).ok_or("outside the table")?.date();
    let mut unpaid = Vec::new();
    for date in first
        .checked_sub_days(Days::new(1))
        .unwrap_or(first)
        .iter_days()
        .take(6)
    {
        for window in list(given, "unpaid_windows")? {
            let (from, to) = (time(window, "start")?, time(window, "end")?);
            let last = if to > from { date } else { date + Days::new(1) };
            let at = |time: punchclock_rules::TimeOfDay, date| {
                time.on(date)
                    .and_then(|local| zone.resolve(local))
                    .ok_or("outside the table")
            };
            unpaid.push((at(from, date)?.as_start(), at(to, last)?.as_end()));
        }
    }
    unpaid.sort_unstable();
    Ok(json!({"out": written(close_by_norm(open, left, &unpaid))}))
}
