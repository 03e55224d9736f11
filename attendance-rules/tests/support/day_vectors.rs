//! The vectors of ops that are answered by the whole engine: each builds an input of it and reads the answer.

use std::collections::BTreeMap;

use chrono::{Days, Duration, NaiveDate, NaiveDateTime, NaiveTime};
use punchclock_rules::{
    AnomalyCode, Approval, Approvals, AutoAdd, AutoDeduct, BreakRule, CountOutside, Counts, Credit,
    CreditClass, DayFacts, DayKind, DayMode, DayResult, Evaluator, Input, Label, Over, Overlay, Overtime,
    Pairing, Policy, PolicyFields, Punch, Ratio, RoundRule, Rounding, Rule, Scope, Segment, ShiftInstance,
    Tier, TierRule, TimeOfDay, Total, Trust, ZoneTable, Zones,
};
use serde_json::{Value, json};

use super::given::{
    date, ends, flag, instant, intervals, known, list, number, punches, text, time, written, zone,
};

const HOURS_48: i64 = 172_800;

/// A policy that leaves the input as it is: no repeated taps, no limit but the engine's own.
fn plain(change: impl FnOnce(&mut PolicyFields)) -> Result<Policy, String> {
    let mut fields = PolicyFields::default();
    fields.dedup_window_s = 0;
    fields.max_shift_s = HOURS_48;
    change(&mut fields);
    Policy::new(fields).map_err(|e| e.to_string())
}

fn run(policy: Policy, zone: ZoneTable, input: &Input<'_>) -> Result<Vec<DayResult>, String> {
    let evaluation = Evaluator::new(policy.into(), Zones::from(zone))
        .evaluate(input)
        .map_err(|e| e.to_string())?;
    for day in &evaluation.days {
        accounted(day)?;
    }
    Ok(evaluation.days)
}

/// Whatever a vector asks: the numbers of each day are what its trace sums up to.
fn accounted(day: &DayResult) -> Result<(), String> {
    let tiers = (0..u16::try_from(day.by_tier.len()).unwrap_or(0)).map(Total::Tier);
    let overlays = (0..u16::try_from(day.overlays.len()).unwrap_or(0)).map(Total::Overlay);
    let named = [
        Total::Worked,
        Total::Regular,
        Total::Overtime,
        Total::Break,
        Total::Ignored,
        Total::Late,
        Total::EarlyOut,
        Total::Assumed,
        Total::RoundingDelta,
        Total::Approved,
        Total::Unapproved,
        Total::Payable,
        Total::Scheduled,
        Total::Credit,
    ];
    for total in named.into_iter().chain(tiers).chain(overlays) {
        let traced: i64 = day.trace.iter().map(|step| step.effect(total)).sum();
        if traced != day.total(total) {
            return Err(format!(
                "{total:?} is {} and its trace says {traced}",
                day.total(total)
            ));
        }
    }
    Ok(())
}

fn mode(given: &Value) -> Result<(Pairing, Option<Trust>), String> {
    let pairing = match given.get("mode").and_then(Value::as_str).unwrap_or("alternate") {
        "alternate" => Pairing::Alternate,
        "typed" => Pairing::Typed,
        "first_last" => Pairing::FirstLast,
        "typed_first_last" => Pairing::TypedFirstLast,
        other => return Err(format!("mode {other:?} is not known")),
    };
    let trust = match given.get("trust").and_then(Value::as_str) {
        None => None,
        Some("ignore") => Some(Trust::Ignore),
        Some("hint") => Some(Trust::Hint),
        Some("strict") => Some(Trust::Strict),
        Some(other) => return Err(format!("trust {other:?} is not known")),
    };
    Ok((pairing, trust))
}

/// A shift in UTC over all that is given, with no margins: what is judged is not the shift.
fn around(from: i64, to: i64, zone: &ZoneTable) -> Result<ShiftInstance, String> {
    let civil = |at: i64| {
        zone.to_local(at)
            .ok_or_else(|| "an instant is outside the table".to_owned())
    };
    Ok(ShiftInstance::new("all", civil(from)?, civil(to)?))
}

fn anomalies(day: &DayResult, apart_from: &[AnomalyCode]) -> Vec<Value> {
    let told = day.anomalies.iter().filter(|a| !apart_from.contains(&a.code));
    let mut list: Vec<(&str, &str)> = told
        .filter_map(|a| Some((a.punch_ids.first()?.as_str(), a.code.as_str())))
        .collect();
    let place = |id: &str| day.punches.iter().position(|p| p.id.as_str() == id);
    list.sort_by_key(|(id, code)| (place(id), *code));
    list.into_iter()
        .map(|(id, code)| json!({"code": code, "id": id}))
        .collect()
}

fn dropped(day: &DayResult) -> Vec<&str> {
    let dropped = day
        .anomalies
        .iter()
        .filter(|a| a.code == AnomalyCode::DuplicateDropped);
    dropped
        .filter_map(|a| a.punch_ids.first())
        .map(|id| id.as_str())
        .collect()
}

fn seconds(day: &DayResult, which: impl Fn(&Segment) -> bool) -> i64 {
    day.segments
        .iter()
        .filter(|s| which(s))
        .map(Segment::seconds)
        .sum()
}

pub(crate) fn pair(given: &Value) -> Result<Value, String> {
    known(
        given,
        &["mode", "trust", "punches", "dedup_window_s", "max_shift_s"],
    )?;
    let punches = punches(given)?;
    let times = list(given, "punches")?.iter().map(|p| instant(p.get("at")));
    let times = times.collect::<Result<Vec<i64>, String>>()?;
    let (Some(&first), Some(&last)) = (times.iter().min(), times.iter().max()) else {
        return Ok(json!({"intervals": [], "worked_s": 0, "ignored": [], "anomalies": []}));
    };
    let (pairing, trust) = mode(given)?;
    let (window, longest) = (number(given, "dedup_window_s")?, number(given, "max_shift_s")?);
    let policy = plain(|f| {
        (f.pairing, f.trust) = (pairing, trust);
        f.dedup_window_s = window.unwrap_or(0);
        f.max_shift_s = longest.unwrap_or(HOURS_48);
    })?;
    let shift = around(first, last + 1, &ZoneTable::utc())?;
    let days = run(policy, ZoneTable::utc(), &Input::new(&[shift], &punches))?;
    let [day] = days.as_slice() else {
        return Err(format!("{} days and not one", days.len()));
    };
    let ids =
        |s: &punchclock_rules::Session| json!([s.in_id.as_str(), s.out_id.as_ref().map(|id| id.as_str())]);
    Ok(json!({
        "intervals": day.sessions.iter().map(ids).collect::<Vec<_>>(),
        "worked_s": day.worked_s,
        "ignored": dropped(day),
        // The shift is the vector's own scaffold, so are its edges.
        "anomalies": anomalies(day, &[AnomalyCode::DuplicateDropped, AnomalyCode::Late, AnomalyCode::EarlyOut]),
    }))
}

fn civil(date: NaiveDate, from: TimeOfDay, to: TimeOfDay) -> Result<(NaiveDateTime, NaiveDateTime), String> {
    let last = if to > from { date } else { date + Days::new(1) };
    let on = |time: TimeOfDay, date| time.on(date).ok_or_else(|| "the calendar ends".to_owned());
    Ok((on(from, date)?, on(to, last)?))
}

fn civil_shift(id: &str, date: NaiveDate, shift: &Value) -> Result<ShiftInstance, String> {
    let (start, end) = civil(date, time(shift, "start")?, time(shift, "end")?)?;
    Ok(ShiftInstance::new(id, start, end))
}

pub(crate) fn attribute(given: &Value) -> Result<Value, String> {
    known(given, &["tz", "shifts", "punches"])?;
    let mut shifts = Vec::new();
    for shift in list(given, "shifts")? {
        known(shift, &["id", "start", "end", "before_s", "after_s", "dates"])?;
        for date in list(shift, "dates")? {
            let date: NaiveDate = date
                .as_str()
                .unwrap_or_default()
                .parse()
                .map_err(|e| format!("dates: {e}"))?;
            let mut instance = civil_shift(&format!("{}@{date}", text(shift, "id")?), date, shift)?;
            instance.open_before_s = Some(number(shift, "before_s")?.unwrap_or(0));
            instance.close_after_s = Some(number(shift, "after_s")?.unwrap_or(0));
            shifts.push(instance);
        }
    }
    let punches = punches(given)?;
    let days = run(plain(|_| {})?, zone(given)?, &Input::new(&shifts, &punches))?;
    let mut assigned = serde_json::Map::new();
    for punch in &punches {
        let day = days
            .iter()
            .find(|d| d.punches.iter().any(|p| p.id == punch.id))
            .ok_or("a punch is in no day")?;
        let place = day.shift_id.as_ref().map(|id| {
            let name = id.rsplit_once('@').map_or(&**id, |(name, _)| name);
            json!({"shift": name, "date": day.date.to_string()})
        });
        assigned.insert(punch.id.as_str().to_owned(), place.unwrap_or(Value::Null));
    }
    Ok(json!({ "assigned": assigned }))
}

pub(crate) fn day_assign(given: &Value) -> Result<Value, String> {
    known(
        given,
        &[
            "tz",
            "mode",
            "new_shift_after_s",
            "max_shift_s",
            "day_starts_at",
            "intervals",
        ],
    )?;
    let mode = match text(given, "mode")? {
        "shift_start" => DayMode::ShiftStart,
        "shift_end" => DayMode::ShiftEnd,
        "most_worked" => DayMode::MostWorked,
        "split_midnight" => DayMode::SplitMidnight,
        other => return Err(format!("mode {other:?} is not known")),
    };
    let (pause, longest) = (number(given, "new_shift_after_s")?, number(given, "max_shift_s")?);
    let starts = if given.get("day_starts_at").is_some() {
        time(given, "day_starts_at")?
    } else {
        TimeOfDay::START
    };
    let policy = plain(|f| {
        f.pairing = Pairing::Typed;
        f.day_mode = mode;
        f.day_starts_at = starts;
        f.new_shift_after_s = pause.unwrap_or(f.new_shift_after_s);
        f.max_shift_s = longest.unwrap_or(HOURS_48);
    })?;
    let mut worked: BTreeMap<String, i64> = BTreeMap::new();
    for day in run(
        policy,
        zone(given)?,
        &Input::new(&[], &ends(&intervals(given, "intervals")?)),
    )? {
        if day.worked_s > 0 {
            *worked.entry(day.date.to_string()).or_default() += day.worked_s;
        }
    }
    Ok(json!({ "days": worked }))
}

pub(crate) fn duration(given: &Value) -> Result<Value, String> {
    known(given, &["tz", "intervals", "unpaid_break_s"])?;
    let pause = number(given, "unpaid_break_s")?;
    let policy = plain(|f| {
        f.pairing = Pairing::Typed;
        f.new_shift_after_s = HOURS_48;
        f.breaks
            .auto_deduct
            .extend(pause.map(|amount| AutoDeduct::new(0, amount)));
    })?;
    let days = run(
        policy,
        zone(given)?,
        &Input::new(&[], &ends(&intervals(given, "intervals")?)),
    )?;
    Ok(json!({"worked_s": days.iter().map(|d| d.worked_s).sum::<i64>()}))
}

pub(crate) fn punctuality(given: &Value) -> Result<Value, String> {
    known(
        given,
        &["tz", "shift", "first_in", "last_out", "grace_in_s", "grace_out_s"],
    )?;
    let (grace_in, grace_out) = (number(given, "grace_in_s")?, number(given, "grace_out_s")?);
    let policy = plain(|f| {
        f.grace_in_s = grace_in.unwrap_or(0);
        f.grace_out_s = grace_out.unwrap_or(0);
    })?;
    let shift = given.get("shift").ok_or("shift is missing")?;
    let shift = civil_shift("s", date(shift, "date")?, shift)?.with_margins(86_400, 86_400);
    let punches = [
        Punch::at("in", instant(given.get("first_in"))?),
        Punch::at("out", instant(given.get("last_out"))?),
    ];
    let days = run(policy, zone(given)?, &Input::new(&[shift], &punches))?;
    let day = days.first().ok_or("no day")?;
    let raised = |code| day.anomalies.iter().any(|a| a.code == code);
    Ok(json!({
        "late_s": day.late_s,
        "late": raised(AnomalyCode::Late),
        "early_out_s": day.early_out_s,
        "early_out": raised(AnomalyCode::EarlyOut),
    }))
}

fn windows(given: &Value, name: &str) -> Result<Vec<(TimeOfDay, TimeOfDay)>, String> {
    let mut windows = Vec::new();
    for window in list(given, name)? {
        known(window, &["start", "end", "from", "to"])?;
        let edge = |one, other| {
            if window.get(one).is_some() {
                time(window, one)
            } else {
                time(window, other)
            }
        };
        let (from, to) = (edge("start", "from")?, edge("end", "to")?);
        // A whole day that does not begin at midnight is its two parts.
        match (from == to, from == TimeOfDay::START) {
            (true, true) => windows.push((from, TimeOfDay::END)),
            (true, false) => windows.extend([(from, TimeOfDay::END), (TimeOfDay::START, to)]),
            (false, _) => windows.push((from, to)),
        }
    }
    Ok(windows)
}

fn unpaid(given: &Value) -> Result<Vec<BreakRule>, String> {
    Ok(windows(given, "unpaid_windows")?
        .into_iter()
        .map(|(from, to)| BreakRule::unpaid(from, to))
        .collect())
}

pub(crate) fn breaks(given: &Value) -> Result<Value, String> {
    known(
        given,
        &[
            "tz",
            "intervals",
            "unpaid_windows",
            "auto_deduct",
            "auto_add",
            "count_gaps_as_break",
        ],
    )?;
    let rule = |value: &Value| {
        known(value, &["after_s", "amount_s"])?;
        let field = |name| number(value, name)?.ok_or_else(|| format!("{name} is missing"));
        Ok::<_, String>((field("after_s")?, field("amount_s")?))
    };
    let mut deduct = Vec::new();
    for value in list(given, "auto_deduct")? {
        let (after, amount) = rule(value)?;
        let mut rule = AutoDeduct::new(after, amount);
        rule.count_punched = flag(given, "count_gaps_as_break");
        deduct.push(rule);
    }
    let mut add = Vec::new();
    for value in list(given, "auto_add")? {
        let (after, amount) = rule(value)?;
        add.push(AutoAdd::new(after, amount));
    }
    let unpaid = unpaid(given)?;
    let policy = plain(|f| {
        f.pairing = Pairing::Typed;
        f.breaks.windows = unpaid;
        f.breaks.auto_deduct = deduct;
        f.breaks.auto_add = add;
    })?;
    let zone = zone(given)?;
    let intervals = intervals(given, "intervals")?;
    let (Some(from), Some(to)) = (
        intervals.iter().map(|i| i.0).min(),
        intervals.iter().map(|i| i.1).max(),
    ) else {
        return Ok(json!({"worked_s": 0, "deducted_s": 0, "added_s": 0}));
    };
    let shift = around(from, to, &zone)?;
    let days = run(policy, zone, &Input::new(&[shift], &ends(&intervals)))?;
    let day = days.first().ok_or("no day")?;
    Ok(json!({
        "worked_s": day.worked_s,
        "deducted_s": seconds(day, |s| matches!(s.label, Label::BreakUnpaidWindow | Label::BreakAutoDeduct)),
        "added_s": seconds(day, |s| s.rule == Rule::BreakAutoAdd),
    }))
}

pub(crate) fn overlay(given: &Value) -> Result<Value, String> {
    known(given, &["tz", "windows", "intervals", "min_s"])?;
    let windows = windows(given, "windows")?;
    let least = number(given, "min_s")?.unwrap_or(0);
    let policy = plain(|f| {
        f.pairing = Pairing::Typed;
        f.new_shift_after_s = HOURS_48;
        f.overlays = overlays(&windows);
        f.overlays.iter_mut().for_each(|overlay| overlay.min_s = least);
    })?;
    let days = run(
        policy,
        zone(given)?,
        &Input::new(&[], &ends(&intervals(given, "intervals")?)),
    )?;
    let worked: i64 = days.iter().map(|d| d.worked_s).sum();
    let inside: i64 = days.iter().map(|d| seconds(d, |s| !s.overlays.is_empty())).sum();
    Ok(json!({"worked_s": worked, "in_window_s": inside, "outside_s": worked - inside}))
}

fn overlays(windows: &[(TimeOfDay, TimeOfDay)]) -> Vec<Overlay> {
    let named = windows.iter().enumerate();
    named
        .map(|(n, &(from, to))| Overlay::new(format!("window {n}"), from, to))
        .collect()
}

pub(crate) fn approve(given: &Value) -> Result<Value, String> {
    known(given, &["tz", "overtime", "approved", "minimum_s"])?;
    let least = number(given, "minimum_s")?.unwrap_or(0);
    let policy = plain(|f| {
        f.pairing = Pairing::Typed;
        f.new_shift_after_s = HOURS_48;
        f.overtime = Overtime::daily(Over::Seconds(0));
        f.overtime.approval = Approval::Interval;
        f.overtime.min_s = least;
    })?;
    let mut input = Input::default();
    let punches = ends(&intervals(given, "overtime")?);
    input.punches = &punches;
    input.approvals = Approvals::intervals(intervals(given, "approved")?);
    let days = run(policy, zone(given)?, &input)?;
    let sum = |field: fn(&DayResult) -> i64| days.iter().map(field).sum::<i64>();
    Ok(json!({
        "overtime_s": sum(|d| d.overtime_s),
        "approved_s": sum(|d| d.approved_s),
        "unapproved_s": sum(|d| d.unapproved_s),
        "payable_s": sum(|d| d.payable_s),
    }))
}

pub(crate) fn overtime(given: &Value) -> Result<Value, String> {
    known(given, &["days", "rules", "week_starts", "weekly_counts"])?;
    let mut rules = Overtime::none();
    let mut kinds: BTreeMap<NaiveDate, Vec<DayKind>> = BTreeMap::new();
    for rule in list(given, "rules")? {
        known(rule, &["name", "scope", "over_s", "over", "bp", "dates"])?;
        let name = text(rule, "name")?;
        let scope = match text(rule, "scope")? {
            "day" => Scope::Day,
            "week" => Scope::Week,
            "seventh_day" => Scope::ConsecutiveDay { day: 7 },
            "dates" => {
                let kind = DayKind::from(format!("dates of {name}"));
                for date in list(rule, "dates")? {
                    let date: NaiveDate = date
                        .as_str()
                        .unwrap_or_default()
                        .parse()
                        .map_err(|e| format!("dates: {e}"))?;
                    // Still a workday: the rule names the date, and does not ask for less work.
                    kinds
                        .entry(date)
                        .or_insert_with(|| vec![DayKind::from(DayKind::WORKDAY)])
                        .push(kind.clone());
                }
                Scope::DayKind { kind }
            }
            other => return Err(format!("scope {other:?} is not known")),
        };
        let over = match (number(rule, "over_s")?, rule.get("over").and_then(Value::as_str)) {
            (Some(over), None) => Over::Seconds(over),
            (None, Some("expected")) => Over::Norm,
            (None, None) => Over::Seconds(0),
            (_, other) => return Err(format!("over {other:?} is not known")),
        };
        let bp = number(rule, "bp")?.unwrap_or(15_000);
        let bp = u32::try_from(bp).map_err(|e| format!("bp: {e}"))?;
        // Two rules over one threshold: only the higher rate, and of one rate the first, can ever name a second.
        match rules
            .tiers
            .iter_mut()
            .find(|t| t.scope == scope && t.over == over)
        {
            Some(same) if same.rate_bp >= bp => {}
            Some(same) => *same = TierRule::new(name, scope, over).at_bp(bp),
            None => rules.tiers.push(TierRule::new(name, scope, over).at_bp(bp)),
        }
    }
    rules.counts = match given.get("weekly_counts").and_then(Value::as_str) {
        None | Some("straight_only") => Counts::StraightOnly,
        Some("all") => Counts::All,
        Some(other) => return Err(format!("weekly_counts {other:?} is not known")),
    };
    if let Some(day) = given.get("week_starts").and_then(Value::as_str) {
        rules.week_starts = day
            .parse()
            .map_err(|_| format!("week_starts {day:?} is no weekday"))?;
    }
    let policy = plain(|f| {
        f.pairing = Pairing::Typed;
        f.overtime = rules;
    })?;

    let (mut shifts, mut work) = (Vec::new(), Vec::new());
    for day in list(given, "days")? {
        known(day, &["date", "worked_s", "expected_s"])?;
        let start = date(day, "date")?.and_time(NaiveTime::MIN);
        let worked = number(day, "worked_s")?.unwrap_or(0);
        if !(0..=86_400).contains(&worked) {
            return Err(format!("{worked} s do not fit into a day"));
        }
        // A second at least, so that a day without work has its norm too.
        let end = start + Duration::seconds(worked.max(1));
        let shift = ShiftInstance::new(start.date().to_string(), start, end).with_margins(0, 0);
        shifts.push(shift.with_norm(number(day, "expected_s")?.unwrap_or(0)));
        let begin = start.and_utc().timestamp();
        work.push((begin, begin + worked));
    }
    let facts: Vec<DayFacts> = kinds
        .into_iter()
        .map(|(date, kinds)| DayFacts::new(date, kinds))
        .collect();
    let punches = ends(&work);
    let mut input = Input::new(&shifts, &punches);
    input.facts = &facts;
    let days = run(policy, ZoneTable::utc(), &input)?;
    let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
    let mut answer = Vec::new();
    for day in &days {
        let mut line = serde_json::Map::from_iter([("date".to_owned(), json!(day.date.to_string()))]);
        let tiers = day.by_tier.iter().map(|t| (&*t.name, t.seconds));
        for (name, seconds) in core::iter::once(("regular", day.regular_s))
            .chain(tiers)
            .filter(|(_, s)| *s > 0)
        {
            line.insert(name.to_owned(), json!(seconds));
            *totals.entry(name).or_default() += seconds;
        }
        answer.push(Value::Object(line));
    }
    Ok(json!({"days": answer, "totals": totals}))
}

pub(crate) fn day(given: &Value) -> Result<Value, String> {
    known(
        given,
        &[
            "tz",
            "mode",
            "trust",
            "shift",
            "punches",
            "unpaid_windows",
            "dedup_window_s",
            "max_shift_s",
            "ignore_before_shift",
            "ignore_after_shift",
            "night",
            "coc_rates",
            "day_kind",
            "rounding",
            "grace_in_s",
            "grace_out_s",
        ],
    )?;
    let shift = given.get("shift").ok_or("shift is missing")?;
    known(shift, &["date", "start", "end", "expected_s"])?;
    let on = date(shift, "date")?;
    let mut instance = civil_shift("s", on, shift)?.with_margins(14_400, 36_000);
    instance.norm_s = number(shift, "expected_s")?;
    let kind = given.get("day_kind").and_then(Value::as_str).unwrap_or("weekday");
    let mut classes = Vec::new();
    for (name, rate) in given
        .get("coc_rates")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let part = |i| {
            rate.get(i)
                .and_then(Value::as_u64)
                .and_then(|n| u32::try_from(n).ok())
                .ok_or("a rate is two numbers")
        };
        let name_of = if name == "weekday" { DayKind::WORKDAY } else { name };
        classes.push(CreditClass::new(
            name.as_str(),
            [DayKind::from(name_of)],
            Ratio::new(part(0)?, part(1)?),
        ));
    }
    let (pairing, trust) = mode(given)?;
    let (unpaid, night, rounding) = (unpaid(given)?, windows(given, "night")?, rounding_of(given)?);
    let field = |name| number(given, name);
    let (window, longest) = (field("dedup_window_s")?, field("max_shift_s")?);
    let (grace_in, grace_out) = (field("grace_in_s")?, field("grace_out_s")?);
    let policy = plain(|f| {
        (f.pairing, f.trust) = (pairing, trust);
        f.dedup_window_s = window.unwrap_or(0);
        f.max_shift_s = longest.unwrap_or(57_600);
        f.grace_in_s = grace_in.unwrap_or(0);
        f.grace_out_s = grace_out.unwrap_or(0);
        for (flagged, count) in [
            (flag(given, "ignore_before_shift"), &mut f.count_before),
            (flag(given, "ignore_after_shift"), &mut f.count_after),
        ] {
            *count = if flagged {
                CountOutside::Never
            } else {
                CountOutside::Always
            };
        }
        f.breaks.windows = unpaid;
        f.overlays = overlays(&night);
        f.rounding = rounding;
        let mut credit = Credit::default();
        credit.classes = classes;
        f.credit = credit;
    })?;
    let facts: Vec<DayFacts> = if kind == "weekday" {
        Vec::new()
    } else {
        vec![DayFacts::new(on, [DayKind::from(kind)])]
    };
    let punches = punches(given)?;
    let shifts = [instance];
    let mut input = Input::new(&shifts, &punches);
    input.facts = &facts;
    let days = run(policy, zone(given)?, &input)?;
    let day = days
        .iter()
        .find(|d| d.shift_id.is_some())
        .ok_or("no day of the shift")?;
    let spans = day.segments.iter().map(|s| {
        let mut label = match (s.label, &s.tier) {
            (Label::Work, Some(Tier::Over(_))) => "work:overtime".to_owned(),
            (Label::Work, _) => "work:regular".to_owned(),
            (other, _) => other.as_str().to_owned(),
        };
        if !s.overlays.is_empty() {
            label.push_str("+night");
        }
        (s.from, s.to, label)
    });
    // These vectors state punctuality and absence as totals, not as anomalies.
    let totals_only = [
        AnomalyCode::DuplicateDropped,
        AnomalyCode::Absent,
        AnomalyCode::Late,
        AnomalyCode::EarlyOut,
        AnomalyCode::InEarly,
        AnomalyCode::OutLate,
    ];
    Ok(json!({
        "worked_s": day.worked_s,
        "regular_s": day.regular_s,
        "overtime_s": day.overtime_s,
        "night_s": seconds(day, |s| !s.overlays.is_empty()),
        "unpaid_window_s": seconds(day, |s| s.label == Label::BreakUnpaidWindow),
        "ignored_s": seconds(day, |s| matches!(s.label, Label::IgnoredBeforeShift | Label::IgnoredAfterShift)),
        "late_s": day.late_s,
        "early_out_s": day.early_out_s,
        "coc_credit_s": day.credits.iter().map(|c| c.credit_s).sum::<i64>(),
        "anomalies": anomalies(day, &totals_only),
        "ignored_punches": dropped(day),
        "timeline": merged(spans).into_iter().map(|(from, to, label)| json!([written(from), written(to), label])).collect::<Vec<_>>(),
    }))
}

fn rounding_of(given: &Value) -> Result<Rounding, String> {
    let mut rounding = Rounding::default();
    let Some(rules) = given.get("rounding") else {
        return Ok(rounding);
    };
    known(rules, &["in", "out"])?;
    let read = |name| -> Result<Option<RoundRule>, String> {
        let rule = rules.get(name).filter(|rule| !rule.is_null());
        rule.map(|rule| serde_json::from_value(rule.clone()).map_err(|e| format!("rounding.{name}: {e}")))
            .transpose()
    };
    (rounding.come, rounding.go) = (read("in")?, read("out")?);
    Ok(rounding)
}

/// Neighbours of one label as one entry: the engine cuts at shift edges and the vectors do not.
fn merged(entries: impl Iterator<Item = (i64, i64, String)>) -> Vec<(i64, i64, String)> {
    let mut out: Vec<(i64, i64, String)> = Vec::new();
    for (from, to, label) in entries {
        match out.last_mut() {
            Some(last) if last.1 == from && last.2 == label => last.1 = to,
            _ => out.push((from, to, label)),
        }
    }
    out
}
