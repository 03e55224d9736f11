//! The invariants of rules.md §4 over policies of every kind, each test named by its number there. `properties.rs` holds those of the plain
//! policy in more depth, `bank_properties.rs` numbers 32 to 42.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveDateTime, Weekday};
use proptest::prelude::*;
use punchclock_rules::{
    AnomalyCode, Approval, Approvals, AutoAdd, AutoDeduct, BreakRule, BreakWindow, Carry, Claim,
    ComplianceCheck, ComplianceRule, Conflict, CountOutside, Counts, Credit, CreditClass, DayFacts, DayKind,
    DayMode, DayResult, DedupScope, Evaluation, Evaluator, Input, Label, OddEnd, Over, Overlay, Overtime,
    Pairing, Policy, PolicyFields, Punch, PunchTime, Ratio, RoundMode, RoundRule, RoundTotals, Scope,
    ShiftInstance, Threshold, Tier, TierRule, TimeOfDay, Total, Trust, ZoneTable, Zones, render,
    round_seconds,
};

const ZONES: [&str; 13] = [
    "America/New_York",
    "America/Vancouver",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Asia/Manila",
    "Europe/Dublin",
];

#[derive(Debug, Clone)]
struct Case {
    zone: String,
    policy: PolicyFields,
    shifts: Vec<ShiftInstance>,
    punches: Vec<Punch>,
    facts: Vec<DayFacts>,
    approvals: Approvals,
}

impl Case {
    fn input(&self) -> Input<'_> {
        let mut input = Input::new(&self.shifts, &self.punches);
        input.facts = &self.facts;
        input.approvals = self.approvals.clone();
        input
    }

    fn run(&self) -> Evaluation {
        self.run_in(Zones::from(support::zone(&self.zone).unwrap()))
    }

    fn run_in(&self, zones: Zones) -> Evaluation {
        Evaluator::new(self.policy().into(), zones)
            .evaluate(&self.input())
            .unwrap()
    }

    fn policy(&self) -> Policy {
        Policy::new(self.policy.clone()).unwrap()
    }

    fn with(&self, change: impl FnOnce(&mut PolicyFields)) -> Self {
        let mut case = self.clone();
        change(&mut case.policy);
        case
    }
}

/// A date near a change of clocks of the zone, half of the time.
fn place() -> impl Strategy<Value = (String, NaiveDate)> {
    (0..ZONES.len(), any::<prop::sample::Index>(), 0_i64..2).prop_map(|(zone, which, near)| {
        let table = support::zone(ZONES[zone]).unwrap();
        let changes: Vec<i64> = table
            .transitions()
            .iter()
            .map(|t| t.0)
            .filter(|t| (946_684_800..4_000_000_000).contains(t))
            .collect();
        let at = if changes.is_empty() {
            1_748_822_400
        } else {
            changes[which.index(changes.len())] + near * 40 * 86_400
        };
        (
            ZONES[zone].to_owned(),
            DateTime::from_timestamp(at, 0).unwrap().date_naive() - Duration::days(3),
        )
    })
}

fn time() -> impl Strategy<Value = TimeOfDay> {
    (0_u32..96).prop_map(|quarter| TimeOfDay::from_seconds(quarter * 900).unwrap())
}

fn tiers() -> impl Strategy<Value = Overtime> {
    let scope = prop_oneof![
        4 => Just(Scope::Day),
        3 => Just(Scope::Week),
        1 => Just(Scope::Cycle { days: 14, anchor: NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() }),
        1 => (2_u32..4).prop_map(|day| Scope::ConsecutiveDay { day }),
        1 => Just(Scope::DayKind { kind: DayKind::from(DayKind::HOLIDAY) }),
    ];
    let tier = (
        scope,
        prop_oneof![Just(0_i64), 0_i64..60_000],
        0_usize..4,
        0_u32..2,
    );
    let extra = (
        0_i64..1_200,
        prop_oneof![Just(0_i64), Just(900), Just(1_800)],
        prop::option::of(0_i64..20_000),
        prop::option::of(0_i64..60_000),
    );
    let modes = (0_usize..3, 0_usize..3, 0_usize..3, 0_usize..3, 0_usize..7, time());
    (prop::collection::vec(tier, 0..5), extra, modes).prop_map(
        |(tiers, (tolerance, quantum, day, week), m)| {
            let mut rules = Overtime::none();
            for (n, (scope, over, rate, rank)) in tiers.into_iter().enumerate() {
                let over = if over == 0 && scope == Scope::Day {
                    Over::Norm
                } else {
                    Over::Seconds(over)
                };
                if rules.tiers.iter().any(|t| t.scope == scope && t.over == over) {
                    continue;
                }
                let mut tier =
                    TierRule::new(format!("t{n}"), scope, over).at_bp([12_500, 15_000, 20_000, 15_000][rate]);
                tier.rank = rank;
                rules.tiers.push(tier);
            }
            rules.conflict = [Conflict::Highest, Conflict::Stack, Conflict::Union][m.0];
            rules.counts = [
                Counts::StraightOnly,
                Counts::All,
                Counts::Kinds(vec![DayKind::from(DayKind::WORKDAY)]),
            ][m.1]
                .clone();
            rules.threshold = [Threshold::Excess, Threshold::Strict, Threshold::AtLeast][m.2];
            rules.approval = [Approval::None, Approval::Day, Approval::Interval][m.3];
            rules.week_starts = [
                Weekday::Mon,
                Weekday::Tue,
                Weekday::Wed,
                Weekday::Thu,
                Weekday::Fri,
                Weekday::Sat,
                Weekday::Sun,
            ][m.4];
            rules.week_starts_at = m.5;
            (
                rules.tolerance_s,
                rules.quantum_s,
                rules.max_day_s,
                rules.max_week_s,
            ) = (tolerance, quantum, day, week);
            rules.min_s = tolerance / 2;
            rules
        },
    )
}

fn policies() -> impl Strategy<Value = PolicyFields> {
    let modes = (
        0_usize..4,
        0_usize..4,
        0_usize..4,
        0_usize..4,
        0_usize..3,
        0_usize..3,
        0_usize..3,
    );
    let windows = prop::collection::vec((time(), time(), any::<bool>()), 0..3);
    let overlays = prop::collection::vec(
        (
            time(),
            time(),
            prop_oneof![Just(0_i64), 0_i64..10_000],
            any::<bool>(),
        ),
        0..3,
    );
    let auto = (
        any::<bool>(),
        0_i64..30_000,
        0_i64..5_000,
        any::<bool>(),
        any::<bool>(),
    );
    let rounding = (0_usize..4, 0_usize..5, 0_usize..4);
    (
        modes,
        windows,
        overlays,
        tiers(),
        auto,
        rounding,
        (
            0_i64..1_200,
            0_i64..1_200,
            prop_oneof![Just(0_i64), Just(60), 0_i64..600],
        ),
    )
        .prop_map(
            |(
                m,
                windows,
                overlays,
                overtime,
                auto,
                (rounds, mode, unit),
                (forgive_in, forgive_out, dedup),
            )| {
                let mut f = PolicyFields::default();
                f.pairing = [
                    Pairing::Alternate,
                    Pairing::Typed,
                    Pairing::FirstLast,
                    Pairing::TypedFirstLast,
                ][m.0];
                f.trust = [None, Some(Trust::Ignore), Some(Trust::Hint), Some(Trust::Strict)][m.1];
                f.odd_end = [
                    OddEnd::Unknown,
                    OddEnd::ShiftEnd,
                    OddEnd::ByNorm { tolerance_s: 600 },
                    OddEnd::Fixed { after_s: 14_400 },
                ][m.2];
                f.day_mode = [
                    DayMode::ShiftStart,
                    DayMode::ShiftEnd,
                    DayMode::MostWorked,
                    DayMode::SplitMidnight,
                ][m.3];
                let outside = [CountOutside::Always, CountOutside::Approved, CountOutside::Never];
                (f.count_before, f.count_after) = (outside[m.4], outside[m.5]);
                f.dedup_scope = [DedupScope::All, DedupScope::Site, DedupScope::Device][m.6];
                f.dedup_window_s = dedup;
                f.max_shift_s = [57_600, 57_600, 14_400, 7_200][m.1];
                for (from, to, paid) in windows.into_iter().filter(|w| w.0 != w.1) {
                    let mut window = BreakRule::unpaid(from, to);
                    window.paid = paid;
                    f.breaks.windows.push(window);
                }
                if auto.0 {
                    let mut rule = AutoDeduct::new(auto.1, auto.2);
                    (rule.cliff, rule.count_punched) = (auto.3, auto.4);
                    f.breaks.auto_deduct.push(rule);
                    f.breaks.auto_add.push(AutoAdd::new(auto.1, auto.2 / 2));
                    f.breaks.paid_break_cap_s = Some(auto.2);
                }
                for (n, (from, to, least, holidays)) in
                    overlays.into_iter().enumerate().filter(|(_, o)| o.0 != o.1)
                {
                    let mut overlay = Overlay::new(format!("o{n}"), from, to);
                    overlay.min_s = least;
                    if holidays {
                        overlay.days.push(DayKind::from(DayKind::HOLIDAY));
                    }
                    f.overlays.push(overlay);
                }
                f.overtime = overtime;
                let modes = [
                    RoundMode::Down,
                    RoundMode::Up,
                    RoundMode::NearestHalfUp,
                    RoundMode::NearestHalfDown,
                    RoundMode::NearestPartialMinDown,
                ];
                let unit_s = [60, 300, 900, 1_800][unit];
                match rounds {
                    1 => {
                        f.rounding.come = Some(RoundRule::new(unit_s, modes[mode]));
                        f.rounding.go =
                            Some(RoundRule::new(unit_s, modes[(mode + 1) % 5]).with_grace(unit_s / 3));
                        f.rounding.meal_exempt.0 = mode % 2 == 0;
                    }
                    2 => f.rounding.totals = Some(RoundTotals::new(unit_s, modes[mode])),
                    _ => {}
                }
                (f.forgive_in_s, f.forgive_out_s) = if rounds == 3 {
                    (forgive_in, forgive_out)
                } else {
                    (0, 0)
                };
                let mut credit = Credit::default();
                credit.classes.push(CreditClass::new("any", [], Ratio::new(3, 2)));
                f.credit = credit;
                f
            },
        )
}

fn shifts_on(zone: &str, first: NaiveDate, raw: &[(i64, i64, i64, i64, i64)]) -> Vec<ShiftInstance> {
    let table = support::zone(zone).unwrap();
    let mut made = Vec::new();
    for (n, &(day, start, length, pause, pause_length)) in raw.iter().enumerate() {
        let start = first.and_hms_opt(0, 0, 0).unwrap() + Duration::days(day) + Duration::minutes(15 * start);
        let mut shift = ShiftInstance::new(format!("s{n}"), start, start + Duration::minutes(15 * length));
        if pause + pause_length <= length {
            let from = start + Duration::minutes(15 * pause);
            shift = shift.with_break(BreakWindow::unpaid(
                from,
                from + Duration::minutes(15 * pause_length),
            ));
        }
        // A shift swallowed whole by a skipped day is refused, as it should be.
        if table.resolve(shift.start).unwrap().as_start() < table.resolve(shift.end).unwrap().as_end() {
            made.push(shift);
        }
    }
    made
}

/// Shifts, punches biased to their edges, facts and approvals over eight days.
fn cases() -> impl Strategy<Value = Case> {
    let shift = (0_i64..6, 0_i64..96, 1_i64..64, 0_i64..30, 1_i64..8);
    let punch = (
        0_i64..8 * 86_400,
        any::<prop::sample::Index>(),
        -120_i64..=120,
        0_u8..8,
        0_u8..8,
        0_u8..3,
    );
    let fact = (0_u64..8, 0_usize..3, prop::option::of(0_i64..40_000));
    let approval = (0_i64..8 * 96, 1_i64..20);
    (
        place(),
        policies(),
        prop::collection::vec(shift, 0..6),
        prop::collection::vec(punch, 0..24),
        prop::collection::vec(fact, 0..3),
        prop::collection::vec(approval, 0..5),
    )
        .prop_map(|((zone, first), policy, shifts, punches, facts, approvals)| {
            let shifts = shifts_on(&zone, first, &shifts);
            let midnight = first.and_hms_opt(0, 0, 0).unwrap();
            let edges: Vec<NaiveDateTime> = shifts.iter().flat_map(|s| [s.start, s.end]).collect();
            let punches =
                punches
                    .into_iter()
                    .enumerate()
                    .map(|(n, (second, edge, off, near, claim, device))| {
                        let local = if near < 4 && !edges.is_empty() {
                            edges[edge.index(edges.len())] + Duration::seconds(off)
                        } else {
                            midnight + Duration::seconds(second)
                        };
                        let mut punch = Punch::local(n.to_string(), local);
                        punch.claimed = [
                            None,
                            Some(Claim::In),
                            Some(Claim::Out),
                            Some(Claim::BreakOut),
                            Some(Claim::BreakIn),
                            Some(Claim::Transfer),
                        ]
                        .get(usize::from(claim))
                        .copied()
                        .flatten();
                        punch.device = ["a", "b"].get(usize::from(device)).map(|&d| d.to_owned());
                        punch
                    });
            let kinds = [DayKind::HOLIDAY, DayKind::REST_DAY, DayKind::WORKDAY];
            let mut by_date: BTreeMap<NaiveDate, DayFacts> = BTreeMap::new();
            for (day, kind, norm) in facts {
                let mut fact = DayFacts::new(first + Days::new(day), [DayKind::from(kinds[kind])]);
                fact.norm_s = norm;
                by_date.insert(fact.date, fact);
            }
            let begin = midnight.and_utc().timestamp();
            let mut approved = Approvals::intervals(
                approvals
                    .iter()
                    .map(|(q, n)| (begin + q * 900, begin + (q + n) * 900)),
            );
            approved
                .days
                .extend(approvals.iter().map(|(q, _)| first + Days::new((*q as u64) / 96)));
            Case {
                zone,
                policy,
                punches: punches.collect(),
                shifts,
                facts: by_date.into_values().collect(),
                approvals: approved,
            }
        })
}

/// Every number there is of a day.
fn totals(day: &DayResult) -> Vec<(Total, i64)> {
    let mut all = vec![
        Total::Scheduled,
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
        Total::Credit,
    ];
    all.extend((0..day.by_tier.len() as u16).map(Total::Tier));
    all.extend((0..day.overlays.len() as u16).map(Total::Overlay));
    all.into_iter().map(|total| (total, day.total(total))).collect()
}

fn sum(evaluation: &Evaluation, of: impl Fn(&DayResult) -> i64) -> i64 {
    evaluation.days.iter().map(of).sum()
}

fn worked_raw(day: &DayResult) -> i64 {
    day.segments
        .iter()
        .filter(|s| s.label.is_worked())
        .map(|s| s.seconds())
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn law_01_conservation(case in cases()) {
        let evaluation = case.run();
        let rounds_totals = case.policy.rounding.totals.is_some();
        for day in &evaluation.days {
            // C1
            let mut now = day.first_in;
            for segment in &day.segments {
                prop_assert_eq!(Some(segment.from), now);
                prop_assert!(segment.from < segment.to);
                prop_assert_eq!(segment.tier.is_some(), segment.label.is_worked());
                prop_assert_eq!(segment.approved.is_some(), segment.tier.as_ref().is_some_and(Tier::is_overtime));
                now = Some(segment.to);
            }
            prop_assert_eq!(now, day.last_out.or(day.first_in));
            // C2 and law 17
            prop_assert_eq!(day.worked_s, day.regular_s + day.overtime_s);
            prop_assert_eq!(day.overtime_s, day.by_tier.iter().map(|t| t.seconds).sum::<i64>());
            if !rounds_totals {
                prop_assert_eq!(day.worked_s, worked_raw(day));
            }
            // C3 and law 21
            for (position, overlay) in day.overlays.iter().enumerate() {
                let inside: i64 = day.segments.iter().filter(|s| s.overlays.contains(position)).map(|s| s.seconds()).sum();
                prop_assert_eq!(inside, overlay.seconds);
                prop_assert!((0..=worked_raw(day)).contains(&overlay.seconds));
            }
            // C4
            prop_assert_eq!(day.overtime_s, day.approved_s + day.unapproved_s);
            prop_assert!(day.payable_s == day.approved_s || day.payable_s == 0);
            // C9
            for punch in day.punches.iter().filter(|p| !p.used) {
                let named = day.anomalies.iter().any(|a| a.punch_ids.contains(&punch.id));
                let inner = matches!(case.policy.pairing, Pairing::FirstLast | Pairing::TypedFirstLast);
                prop_assert!(named || inner, "punch {} is unused and unnamed", punch.id);
            }
            // C10
            prop_assert_eq!(day.raw_worked_s + day.rounding_delta_s, day.worked_s);
            // Law 25
            prop_assert!(day.late_s >= 0 && day.early_out_s >= 0 && day.break_s >= 0 && day.ignored_s >= 0);
        }
        // No second is in two sessions.
        let mut sessions: Vec<(i64, i64)> = evaluation.days.iter().flat_map(|d| &d.sessions).map(|s| (s.from, s.to)).collect();
        sessions.sort_unstable();
        let apart = sessions.windows(2).all(|two| two[0].1 <= two[1].0);
        // Overlapping shifts share a time; each punch is decided for itself.
        let overlaps = evaluation.days.iter().flat_map(|d| &d.anomalies).any(|a| a.code == AnomalyCode::OverlappingShifts);
        prop_assert!(apart || overlaps, "{sessions:?}");
    }

    #[test]
    fn law_02_order_of_input(case in cases(), seed in any::<u64>()) {
        let mut other = case.clone();
        let turn = |n: usize| (n as u64).wrapping_mul(seed | 1).wrapping_add(seed >> 7) % 7919;
        let mut punches: Vec<_> = other.punches.drain(..).enumerate().collect();
        punches.sort_by_key(|(n, _)| turn(*n));
        other.punches = punches.into_iter().map(|(_, p)| p).collect();
        other.shifts.reverse();
        other.facts.reverse();
        other.approvals.intervals.reverse();
        prop_assert_eq!(case.run(), other.run());
    }

    #[test]
    fn law_04_policies_survive_json(case in cases()) {
        let json = serde_json::to_vec(&case.policy).unwrap();
        let read: PolicyFields = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(&read, &case.policy);
        prop_assert_eq!(serde_json::to_vec(&read).unwrap(), json);
        prop_assert_eq!(case.run(), case.with(|f| *f = read).run());
    }

    #[test]
    fn law_05_a_repeated_tap_changes_no_total(case in cases(), which in any::<prop::sample::Index>(), share in 0_i64..100) {
        // In one scope, and the last kept punch: then the tap is within the window of that one and of no other.
        let case = case.with(|f| { f.dedup_scope = DedupScope::All; f.dedup_window_s = f.dedup_window_s.max(60); });
        let before = case.run();
        let kept: Vec<_> = before.days.iter().flat_map(|d| &d.punches)
            .filter(|p| !before.days.iter().flat_map(|d| &d.anomalies).any(|a| a.code == AnomalyCode::DuplicateDropped && a.punch_ids[0] == p.id))
            .collect();
        if kept.is_empty() { return Ok(()); }
        let tapped = kept[which.index(kept.len())];
        let at = tapped.at + share * case.policy.dedup_window_s / 100;
        if kept.iter().any(|p| p.id != tapped.id && p.at >= tapped.at && p.at <= at) { return Ok(()); }
        let mut more = case.clone();
        let mut tap = Punch::at("zz", at);
        tap.claimed = case.punches.iter().find(|p| p.id == tapped.id).unwrap().claimed;
        more.punches.push(tap);
        let after = more.run();
        prop_assert_eq!(before.days.len(), after.days.len());
        for (a, b) in before.days.iter().zip(&after.days) {
            prop_assert_eq!(totals(a), totals(b));
        }
    }

    #[test]
    fn law_06_outside_the_horizon(case in cases(), far in 1_i64..1_000_000) {
        let at = |p: &Punch| match p.time { PunchTime::Local(t) => t.and_utc().timestamp(), PunchTime::At(at) => at };
        let (low, high) = (case.punches.iter().map(at).min().unwrap_or(0) - 90_000, case.punches.iter().map(at).max().unwrap_or(0) + 90_000);
        let run = |punches: &[Punch]| {
            let mut input = case.input();
            input.punches = punches;
            input.horizon = Some((low, high));
            Evaluator::new(case.policy().into(), Zones::from(support::zone(&case.zone).unwrap())).evaluate(&input).unwrap()
        };
        let mut more = case.punches.clone();
        more.push(Punch::at("after", high + far));
        if low > far { more.push(Punch::at("before", low - far)); }
        prop_assert_eq!(run(&case.punches), run(&more));
    }

    #[test]
    fn law_07_names_of_punches(case in cases()) {
        let mut other = case.clone();
        for punch in &mut other.punches {
            punch.id = format!("{:05}", punch.id.as_str().parse::<u32>().unwrap() + 100).into();
        }
        let (a, b) = (case.run(), other.run());
        prop_assert_eq!(a.days.len(), b.days.len());
        for (a, b) in a.days.iter().zip(&b.days) {
            prop_assert_eq!(totals(a), totals(b));
            prop_assert_eq!(&a.trace, &b.trace);
        }
    }

    #[test]
    fn law_08_weeks_later_in_a_zone_without_changes(case in cases(), weeks in 1_u64..60) {
        let mut here = case.clone();
        here.zone = "Asia/Manila".to_owned();
        // A cycle has its own length, and no week of it is another's.
        here.policy.overtime.tiers.retain(|t| !matches!(t.scope, Scope::Cycle { .. }));
        let mut there = here.clone();
        let days = Duration::days(7 * weeks as i64);
        for shift in &mut there.shifts {
            shift.date += days;
            (shift.start, shift.end) = (shift.start + days, shift.end + days);
            for pause in &mut shift.breaks { (pause.from, pause.to) = (pause.from + days, pause.to + days); }
        }
        for punch in &mut there.punches {
            let PunchTime::Local(local) = punch.time else { panic!("generated as local") };
            punch.time = PunchTime::Local(local + days);
        }
        for fact in &mut there.facts { fact.date += days; }
        let seconds = days.num_seconds();
        for span in &mut there.approvals.intervals { *span = (span.0 + seconds, span.1 + seconds); }
        there.approvals.days = there.approvals.days.iter().map(|d| *d + days).collect();
        let manila = ZoneTable::fixed("Asia/Manila", 28_800).unwrap();
        let (a, b) = (here.run_in(manila.clone().into()), there.run_in(manila.into()));
        prop_assert_eq!(a.days.len(), b.days.len());
        for (a, b) in a.days.iter().zip(&b.days) {
            prop_assert_eq!(totals(a), totals(b));
            prop_assert_eq!(a.date + days, b.date);
            let moved: Vec<_> = a.segments.iter().map(|s| (s.from + seconds, s.to + seconds, s.label, s.tier.clone())).collect();
            let seen: Vec<_> = b.segments.iter().map(|s| (s.from, s.to, s.label, s.tier.clone())).collect();
            prop_assert_eq!(moved, seen);
        }
    }

    #[test]
    fn law_10_without_a_change_of_clocks_a_zone_is_an_offset(case in cases()) {
        let table = support::zone(&case.zone).unwrap();
        let begin = case.shifts.iter().map(|s| s.start).chain(case.punches.iter().map(|p| match p.time { PunchTime::Local(t) => t, PunchTime::At(_) => panic!() })).min();
        let Some(begin) = begin else { return Ok(()) };
        let from = begin.and_utc().timestamp() - 20 * 86_400;
        let to = from + 50 * 86_400;
        if table.transitions().iter().any(|t| (from..to).contains(&t.0)) { return Ok(()); }
        let fixed = ZoneTable::new(table.name(), table.tzdb_version().map(str::to_owned), table.offset_at(from), vec![]).unwrap();
        prop_assert_eq!(case.run(), case.run_in(fixed.into()));
    }

    #[test]
    fn law_12_cuts_change_no_total(case in cases()) {
        for day in case.run().days {
            let mut merged: BTreeMap<(Label, Option<Tier>), i64> = BTreeMap::new();
            let mut runs: Vec<(i64, i64, Label, Option<Tier>)> = Vec::new();
            for s in &day.segments {
                match runs.last_mut() {
                    Some(last) if last.1 == s.from && last.2 == s.label && last.3 == s.tier => last.1 = s.to,
                    _ => runs.push((s.from, s.to, s.label, s.tier.clone())),
                }
            }
            for (from, to, label, tier) in runs { *merged.entry((label, tier)).or_default() += to - from; }
            let worked: i64 = merged.iter().filter(|((label, _), _)| label.is_worked()).map(|(_, s)| s).sum();
            prop_assert_eq!(worked, worked_raw(&day));
        }
    }

    #[test]
    fn law_27_and_28_nothing_assumed_and_nothing_approved(case in cases()) {
        let unknown = case.with(|f| f.odd_end = OddEnd::Unknown).run();
        prop_assert!(unknown.days.iter().all(|d| d.assumed_s == 0 && d.segments.iter().all(|s| !s.assumed)));
        let asks = case.with(|f| {
            if f.overtime.approval == Approval::None { f.overtime.approval = Approval::Interval; }
            for count in [&mut f.count_before, &mut f.count_after] {
                if *count == CountOutside::Approved { *count = CountOutside::Never; }
            }
        });
        let mut without = asks.clone();
        without.approvals = Approvals::default();
        let (with, without) = (asks.run(), without.run());
        prop_assert_eq!(sum(&with, |d| d.worked_s), sum(&without, |d| d.worked_s));
        prop_assert!(without.days.iter().all(|d| d.approved_s == 0 && d.payable_s == 0));
    }

    #[test]
    fn law_29_the_modes_of_dating_agree_in_sum(case in cases()) {
        let worked = |mode| sum(&case.with(|f| { f.day_mode = mode; f.rounding.totals = None; }).run(), |d| d.worked_s);
        let start = worked(DayMode::ShiftStart);
        for mode in [DayMode::ShiftEnd, DayMode::MostWorked, DayMode::SplitMidnight] {
            prop_assert_eq!(worked(mode), start);
        }
    }

    #[test]
    fn law_43_the_trace_sums_up_to_every_number(case in cases()) {
        for day in case.run().days {
            for (total, value) in totals(&day) {
                let traced: i64 = day.trace.iter().map(|s| s.effect(total)).sum();
                prop_assert_eq!(traced, value, "{:?} on {}", total, day.date);
                prop_assert_eq!(day.explain_total(total).is_empty(), day.trace.iter().all(|s| s.effect(total) == 0));
            }
        }
        let silent = case.with(|f| f.trace = false).run();
        prop_assert!(silent.days.iter().all(|d| d.trace.is_empty()));
        for (a, b) in case.run().days.iter().zip(&silent.days) { prop_assert_eq!(totals(a), totals(b)); }
    }

    #[test]
    fn law_44_every_second_of_the_span_is_explained(case in cases(), share in 0_i64..1_000) {
        for day in case.run().days {
            let (Some(from), Some(to)) = (day.first_in, day.last_out) else { continue };
            prop_assert!(day.explain(from - 1).is_none() && day.explain(to).is_none());
            if from == to { continue; }
            for at in [from, to - 1, from + (to - 1 - from) * share / 1_000] {
                let why = day.explain(at).unwrap();
                prop_assert!((why.segment.from..why.segment.to).contains(&at));
                prop_assert!(why.steps.iter().any(|s| s.rule == why.segment.rule), "{:?} at {}", why, at);
                prop_assert!(!why.segment.label.is_worked() || why.steps.iter().any(|s| s.rule.stage() == punchclock_rules::Stage::Tiers));
            }
        }
    }

    #[test]
    fn law_45_checks_change_no_minute(case in cases()) {
        let checked = case.with(|f| for check in [
            ComplianceCheck::DailyRest { min_s: 39_600 }, ComplianceCheck::WeeklyRest { min_s: 126_000 },
            ComplianceCheck::SpreadOver { max_s: 37_800 }, ComplianceCheck::DayLimit { max_s: 28_800 },
            ComplianceCheck::Meal { required_over_s: 18_000, by_s: 18_000, min_break_s: 1_800 },
        ] { f.compliance.push(ComplianceRule::new(check)); });
        for (a, b) in case.run().days.iter().zip(&checked.run().days) {
            prop_assert_eq!(totals(a), totals(b));
            prop_assert_eq!(&a.segments, &b.segments);
        }
    }

    #[test]
    fn law_46_any_request_is_answered_or_refused(case in cases(), numbers in prop::collection::vec(any::<i64>(), 12)) {
        let wild = case.with(|f| {
            let n = |i: usize| numbers[i];
            (f.max_shift_s, f.new_shift_after_s, f.open_before_s) = (n(0) % 200_000, n(1) % 200_000, n(2) % 200_000);
            (f.overtime.tolerance_s, f.overtime.quantum_s, f.forgive_in_s) = (n(3) % 200_000, n(4), n(5) % 200_000);
            (f.overtime.max_day_s, f.breaks.paid_break_cap_s) = (Some(n(6)), Some(n(7) % 200_000));
        });
        if let Ok(policy) = Policy::new(wild.policy.clone()) {
            let zones = Zones::from(support::zone(&wild.zone).unwrap());
            Evaluator::new(policy.into(), zones).evaluate(&wild.input()).unwrap();
        }
    }

    #[test]
    fn law_47_zone_data_after_the_horizon(case in cases()) {
        let table = support::zone(&case.zone).unwrap();
        let last = case.punches.iter().filter_map(|p| match p.time { PunchTime::Local(t) => Some(t), PunchTime::At(_) => None });
        let last = last.chain(case.shifts.iter().map(|s| s.end)).max();
        let end = last.map_or(0, |t| t.and_utc().timestamp()) + 30 * 86_400;
        let mut changes: Vec<(i64, i32)> = table.transitions().iter().copied().filter(|t| t.0 < end + 86_400 * 60).collect();
        let last = changes.last().map_or(0, |t| t.0).max(end + 86_400 * 60);
        changes.push((last + 1, 3 * 3_600));
        let other = ZoneTable::new(table.name(), table.tzdb_version().map(str::to_owned), table.initial_offset_s(), changes).unwrap();
        prop_assert_eq!(case.run(), case.run_in(other.into()));
    }

    #[test]
    fn law_49_no_punches(case in cases()) {
        let mut empty = case.clone();
        empty.punches.clear();
        for day in empty.run().days {
            let zero = totals(&day).into_iter().filter(|(total, _)| *total != Total::Scheduled).all(|(_, value)| value == 0);
            prop_assert!(zero, "{day:?}");
            let known = [AnomalyCode::Absent, AnomalyCode::OverlappingShifts];
            prop_assert!(day.anomalies.iter().all(|a| known.contains(&a.code)), "{:?}", day.anomalies);
        }
    }

    #[test]
    fn law_50_minutes_add_up(parts in prop::collection::vec(0_i64..100_000, 0..8)) {
        let minutes = render::minutes(&parts);
        prop_assert_eq!(minutes.iter().sum::<i64>(), parts.iter().sum::<i64>() / 60);
        prop_assert!(minutes.iter().zip(&parts).all(|(m, s)| (m * 60 - s).abs() < 60));
    }

    #[test]
    fn law_23_rounding(wall in 0_i64..200_000, next in 0_i64..1_000, unit in 0_usize..6, mode in 0_usize..5, grace in 0_i64..900) {
        let unit_s = [1, 60, 300, 360, 900, 1_800][unit];
        let mode = [RoundMode::Down, RoundMode::Up, RoundMode::NearestHalfUp, RoundMode::NearestHalfDown, RoundMode::NearestPartialMinDown][mode];
        let rule = RoundRule::new(unit_s, mode).with_grace(grace % unit_s);
        let rounded = round_seconds(wall, rule);
        prop_assert!((rounded - wall).abs() < unit_s.max(1));
        prop_assert_eq!(round_seconds(rounded, rule), rounded);
        prop_assert!(round_seconds(wall + next, rule) >= rounded);
        if unit_s == 1 { prop_assert_eq!(rounded, wall); }
    }
}

/// A month of single day shifts whose windows do not meet, worked more or less.
#[derive(Debug, Clone)]
struct Month {
    case: Case,
    dates: Vec<NaiveDate>,
}

fn months() -> impl Strategy<Value = Month> {
    let day = (
        prop::option::weighted(0.8, (-90_i64..90, 60_i64..700)),
        any::<bool>(),
    );
    (place(), tiers(), prop::collection::vec(day, 3..24)).prop_map(|((zone, first), overtime, days)| {
        let mut policy = PolicyFields::default();
        policy.pairing = Pairing::Typed;
        policy.dedup_window_s = 0;
        policy.overtime = overtime;
        (policy.open_before_s, policy.close_after_s) = (7_200, 7_200);
        let (mut shifts, mut punches, mut dates) = (Vec::new(), Vec::new(), Vec::new());
        let mut facts = Vec::new();
        for (n, (worked, holiday)) in days.into_iter().enumerate() {
            let date = first + Days::new(n as u64);
            let start = date.and_hms_opt(7, 0, 0).unwrap();
            // The day that Apia skipped.
            let table = support::zone(&zone).unwrap();
            if table.resolve(start).unwrap().as_start()
                >= table.resolve(start + Duration::hours(9)).unwrap().as_end()
            {
                continue;
            }
            shifts.push(ShiftInstance::new(
                date.to_string(),
                start,
                start + Duration::hours(9),
            ));
            dates.push(date);
            if holiday && n % 5 == 0 {
                facts.push(DayFacts::new(date, [DayKind::from(DayKind::HOLIDAY)]));
            }
            if let Some((early, minutes)) = worked {
                let come = start + Duration::minutes(early);
                punches.push(Punch::local(format!("{n}1"), come).claiming(Claim::In));
                let go = (come + Duration::minutes(minutes)).min(start + Duration::hours(11));
                punches.push(Punch::local(format!("{n}2"), go).claiming(Claim::Out));
            }
        }
        Month {
            case: Case {
                zone,
                policy,
                shifts,
                punches,
                facts,
                approvals: Approvals::default(),
            },
            dates,
        }
    })
}

impl Month {
    /// The days evaluated one by one, each with what the one before carried.
    fn folded(&self, chunk: usize) -> Vec<DayResult> {
        let mut carry = Carry::default();
        let mut days = Vec::new();
        let mut evaluator = Evaluator::new(
            self.case.policy().into(),
            Zones::from(support::zone(&self.case.zone).unwrap()),
        );
        for dates in self.dates.chunks(chunk) {
            let shifts: Vec<ShiftInstance> = self
                .case
                .shifts
                .iter()
                .filter(|s| dates.contains(&s.date))
                .cloned()
                .collect();
            let of_day = |p: &&Punch| matches!(p.time, PunchTime::Local(t) if dates.contains(&t.date()));
            let punches: Vec<Punch> = self.case.punches.iter().filter(of_day).cloned().collect();
            let mut input = Input::new(&shifts, &punches);
            input.facts = &self.case.facts;
            input.carry = carry;
            let evaluation = evaluator.evaluate(&input).unwrap();
            carry = evaluation.carry;
            days.extend(evaluation.days);
        }
        days
    }
}

fn pay(days: &[DayResult]) -> i64 {
    let each = days
        .iter()
        .flat_map(|d| &d.segments)
        .filter(|s| s.label.is_worked());
    each.map(|s| s.seconds() * i64::from(s.rate_bp)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn law_13_a_month_folds_day_by_day(month in months(), chunk in 1_usize..9) {
        prop_assert_eq!(month.case.run().days, month.folded(chunk));
    }

    #[test]
    fn law_14_each_week_stands_alone(month in months()) {
        let mut month = month;
        month.case.policy.overtime.tiers.retain(|t| !matches!(t.scope, Scope::Cycle { .. }));
        month.case.policy.overtime.week_starts_at = TimeOfDay::START;
        let starts = month.case.policy.overtime.week_starts;
        let week = |date: NaiveDate| date.week(starts).first_day();
        let whole = month.case.run().days;
        let mut apart = Vec::new();
        for first in month.dates.iter().map(|d| week(*d)).collect::<std::collections::BTreeSet<_>>() {
            let mut one = month.case.clone();
            one.shifts.retain(|s| week(s.date) == first);
            one.punches.retain(|p| matches!(p.time, PunchTime::Local(t) if week(t.date()) == first));
            apart.extend(one.run().days);
        }
        for (a, b) in whole.iter().zip(&apart) {
            prop_assert_eq!(totals(a), totals(b));
        }
    }

    #[test]
    fn law_16_thresholds_and_tolerances(month in months(), more in 1_i64..20_000, which in any::<prop::sample::Index>()) {
        let plain = |f: &mut PolicyFields| {
            (f.overtime.tolerance_s, f.overtime.quantum_s, f.overtime.max_day_s, f.overtime.max_week_s) = (0, 0, None, None);
            f.overtime.counts = Counts::All;
        };
        let base = month.case.with(plain);
        if base.policy.overtime.tiers.is_empty() { return Ok(()); }
        let tier = which.index(base.policy.overtime.tiers.len());
        if let Over::Seconds(over) = base.policy.overtime.tiers[tier].over {
            let raised = base.with(|f| f.overtime.tiers[tier].over = Over::Seconds((over + more).min(172_800)));
            if let Ok(policy) = Policy::new(raised.policy.clone()) {
                drop(policy);
                let of = |e: &Evaluation| sum(e, |d| d.by_tier[tier].seconds);
                prop_assert!(of(&raised.run()) <= of(&base.run()));
            }
        }
        let overtime = |tolerance| sum(&base.with(|f| f.overtime.tolerance_s = tolerance).run(), |d| d.overtime_s);
        let daily = base.policy.overtime.tiers.iter().all(|t| matches!(t.scope, Scope::Day));
        if daily { prop_assert!(overtime(more) <= overtime(more / 2)); }
    }

    #[test]
    fn law_18_to_20_rates(month in months(), keep in any::<u8>()) {
        let plain = month.case.with(|f| {
            (f.overtime.tolerance_s, f.overtime.quantum_s, f.overtime.max_day_s, f.overtime.max_week_s) = (0, 0, None, None);
            (f.overtime.counts, f.overtime.conflict) = (Counts::All, Conflict::Highest);
        });
        // 18: more rules never pay less, when all hours count.
        let fewer = plain.with(|f| {
            let mut n = 0;
            f.overtime.tiers.retain(|_| { n += 1; keep & (1 << (n % 8)) != 0 });
        });
        prop_assert!(pay(&plain.run().days) >= pay(&fewer.run().days));
        // 19: what is weekly when only straight hours count is weekly when all do.
        let two = |counts: Counts| plain.with(|f| {
            f.overtime.tiers = vec![TierRule::new("d", Scope::Day, Over::Seconds(28_800)), TierRule::new("w", Scope::Week, Over::Seconds(72_000))];
            f.overtime.counts = counts;
        }).run();
        let weekly = |e: &Evaluation| e.days.iter().flat_map(|d| &d.segments)
            .filter(|s| s.tier.as_ref().is_some_and(|t| t.as_str() == "w")).map(|s| (s.from, s.to)).collect::<Vec<_>>();
        let (all, straight) = (weekly(&two(Counts::All)), weekly(&two(Counts::StraightOnly)));
        for (from, to) in straight {
            let covered: i64 = all.iter().map(|(a, b)| (to.min(*b) - from.max(*a)).max(0)).sum();
            prop_assert_eq!(covered, to - from);
        }
        // 20: where rates differ the order of the rules does not matter.
        let distinct = plain.with(|f| for (n, tier) in f.overtime.tiers.iter_mut().enumerate() { tier.rate_bp = 11_000 + 1_000 * n as u32; });
        let reversed = distinct.with(|f| f.overtime.tiers.reverse());
        let named = |e: &Evaluation| e.days.iter().flat_map(|d| d.segments.clone()).map(|s| (s.from, s.to, s.tier)).collect::<Vec<_>>();
        prop_assert_eq!(named(&distinct.run()), named(&reversed.run()));
    }

    #[test]
    fn law_11_a_cut_in_the_middle_changes_nothing(month in months(), share in 1_i64..99) {
        let month = Month { case: month.case.with(|f| f.overlays = vec![Overlay::new("o", TimeOfDay::hm(6, 30).unwrap(), TimeOfDay::hm(9, 0).unwrap())]), ..month };
        let mut cut = month.case.clone();
        let local = |p: &Punch| match p.time { PunchTime::Local(t) => t, PunchTime::At(_) => panic!() };
        for (n, pair) in month.case.punches.chunks(2).enumerate() {
            let (come, go) = (local(&pair[0]), local(&pair[1]));
            let middle = come + Duration::seconds((go - come).num_seconds() * share / 100);
            cut.punches.push(Punch::local(format!("9{n:04}"), middle).claiming(Claim::Transfer));
        }
        let (a, b) = (month.case.run(), cut.run());
        // A cut inside an hour that occurred twice is read as the first, and may lie before the in.
        if b.days.iter().flat_map(|d| &d.anomalies).any(|x| matches!(x.code, AnomalyCode::CivilFold | AnomalyCode::CivilGap | AnomalyCode::MissingOut)) { return Ok(()); }
        for (a, b) in a.days.iter().zip(&b.days) {
            prop_assert_eq!(totals(a), totals(b));
        }
    }

    #[test]
    fn law_22_the_night_and_the_day_are_the_whole(month in months(), from in 1_u32..95) {
        let edge = TimeOfDay::from_seconds(from * 900).unwrap();
        let both = month.case.with(|f| f.overlays = vec![
            Overlay::new("before", TimeOfDay::START, edge), Overlay::new("after", edge, TimeOfDay::END), Overlay::new("all", TimeOfDay::START, TimeOfDay::END),
        ]).run();
        for day in both.days {
            let [before, after, all] = day.overlays.as_slice() else { panic!() };
            prop_assert_eq!(all.seconds, worked_raw(&day));
            prop_assert!(before.seconds + after.seconds >= worked_raw(&day));
            // Where clocks went back over the edge both windows hold the hour that occurred twice.
            let folded = support::zone(&month.case.zone).unwrap().transitions().iter().any(|t| (t.0 - day.first_in.unwrap_or(0)).abs() < 172_800);
            if !folded { prop_assert_eq!(before.seconds + after.seconds, worked_raw(&day)); }
        }
    }
}

/// Law 24: the mean of nearest rounding over every second of a day is the bias of the tie alone.
#[test]
fn law_24_nearest_is_unbiased() {
    for unit in [300, 360, 900, 1_800] {
        for mode in [RoundMode::NearestHalfUp, RoundMode::NearestHalfDown] {
            let total: i64 = (0..86_400)
                .map(|wall| round_seconds(wall, RoundRule::new(unit, mode)) - wall)
                .sum();
            assert!(total.abs() * 2 <= 86_400, "{unit}: {total}");
        }
    }
}
