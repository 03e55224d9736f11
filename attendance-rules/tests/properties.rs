//! Laws that hold for every input, over zones with every kind of clock change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration};
use proptest::prelude::*;
use punchclock_rules::{
    AnomalyCode, BreakWindow, Claim, CountOutside, Evaluation, Label, Over, Overtime, Policy, PolicyFields,
    Punch, PunchTime, ShiftInstance, Zones, evaluate,
};

/// Half-hour and midnight changes, negative daylight time, no changes, odd offsets, and both hemispheres.
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
    zone: &'static str,
    policy: PolicyFields,
    shifts: Vec<ShiftInstance>,
    punches: Vec<Punch>,
}

impl Case {
    fn run(&self) -> Evaluation {
        let zones = Zones::from(support::zone(self.zone).unwrap());
        evaluate(
            &Policy::new(self.policy.clone()).unwrap(),
            &self.shifts,
            &self.punches,
            &zones,
        )
        .unwrap()
    }
}

/// A moment near a change of clocks of the zone, where it has any after 2000: (zone, unix).
fn place() -> impl Strategy<Value = (&'static str, i64)> {
    (0..ZONES.len(), any::<prop::sample::Index>(), -20_i64..20).prop_map(|(zone, which, days)| {
        let zone = ZONES[zone];
        let table = support::zone(zone).unwrap();
        let changes: Vec<i64> = table
            .transitions()
            .iter()
            .map(|t| t.0)
            .filter(|&t| t > 946_684_800)
            .collect();
        let near = if changes.is_empty() {
            1_748_822_400
        } else {
            changes[which.index(changes.len())]
        };
        (zone, near + if days.abs() < 10 { 0 } else { days * 86_400 })
    })
}

fn policies() -> impl Strategy<Value = PolicyFields> {
    let count = || prop_oneof![Just(CountOutside::Always), Just(CountOutside::Never)];
    let overtime = prop_oneof![
        Just(Overtime::none()),
        Just(Overtime::daily(Over::Norm)),
        (0_i64..50_000).prop_map(|s| Overtime::daily(Over::Seconds(s))),
    ];
    (
        (0_i64..=172_800, 0_i64..=172_800),
        prop_oneof![Just(0_i64), Just(60), 0_i64..=3_600],
        (0_i64..4_000, 0_i64..4_000),
        (count(), count()),
        overtime,
        (1_i64..=172_800, 1_i64..=172_800),
    )
        .prop_map(
            |(margins, dedup, grace, (before, after), overtime, (longest, pause))| {
                let mut fields = PolicyFields::default();
                // Half the margins are everyday ones, so that neighbouring windows meet.
                (fields.open_before_s, fields.close_after_s) = if margins.0 % 2 == 0 {
                    (14_400, 14_400)
                } else {
                    margins
                };
                fields.dedup_window_s = dedup;
                (fields.grace_in_s, fields.grace_out_s) = grace;
                (fields.count_before, fields.count_after) = (before, after);
                fields.overtime = overtime;
                (fields.max_shift_s, fields.new_shift_after_s) = if longest % 2 == 0 {
                    (57_600, 14_400)
                } else {
                    (longest, pause)
                };
                fields
            },
        )
}

/// Up to three shifts a day over some days around a moment, and punches biased to their edges.
fn cases() -> impl Strategy<Value = Case> {
    let shift = (0_i64..6, 0_i64..96, 1_i64..64, 0_i64..30, 1_i64..8, any::<bool>());
    let punch = (
        0_i64..8 * 86_400,
        any::<prop::sample::Index>(),
        -120_i64..=120,
        0_u8..8,
        0_u8..3,
        any::<bool>(),
    );
    (
        place(),
        policies(),
        prop::collection::vec(shift, 0..8),
        prop::collection::vec(punch, 0..24),
    )
        .prop_map(|((zone, near), policy, shifts, punches)| {
            let table = support::zone(zone).unwrap();
            let first = DateTime::from_timestamp(near, 0).unwrap().naive_utc().date() - Duration::days(3);
            let midnight = first.and_hms_opt(0, 0, 0).unwrap();
            let mut made: Vec<ShiftInstance> = Vec::new();
            for (n, (day, start, length, pause, pause_length, paid)) in shifts.into_iter().enumerate() {
                let start = midnight + Duration::days(day) + Duration::minutes(15 * start);
                let mut shift =
                    ShiftInstance::new(format!("s{n}"), start, start + Duration::minutes(15 * length));
                if pause + pause_length <= length {
                    let from = start + Duration::minutes(15 * pause);
                    let to = from + Duration::minutes(15 * pause_length);
                    shift.breaks = vec![if paid {
                        BreakWindow::paid(from, to)
                    } else {
                        BreakWindow::unpaid(from, to)
                    }];
                }
                // A shift swallowed whole by a skipped day is refused, as it should be.
                let ends = table.resolve(shift.start).unwrap().as_start()
                    < table.resolve(shift.end).unwrap().as_end();
                if ends {
                    made.push(shift);
                }
            }
            let edges: Vec<_> = made.iter().flat_map(|s| [s.start, s.end]).collect();
            let punches =
                punches
                    .into_iter()
                    .enumerate()
                    .map(|(n, (second, edge, off, kind, claim, logged))| {
                        let local = if kind < 4 && !edges.is_empty() {
                            edges[edge.index(edges.len())] + Duration::seconds(off)
                        } else {
                            midnight + Duration::seconds(second)
                        };
                        let mut punch = Punch::local(n.to_string(), local);
                        punch.claimed = [None, Some(Claim::In), Some(Claim::Out)][usize::from(claim)];
                        if logged {
                            punch.logged("t", n as i64)
                        } else {
                            punch
                        }
                    });
            Case {
                zone,
                policy,
                punches: punches.collect(),
                shifts: made,
            }
        })
}

/// What must hold of every evaluation.
fn check(case: &Case, evaluation: &Evaluation) {
    let mut seen = BTreeSet::new();
    let mut sessions = Vec::new();
    for day in &evaluation.days {
        // C1: the segments cover the span, touch, and none is empty.
        let mut now = day.first_in;
        for segment in &day.segments {
            assert_eq!(Some(segment.from), now);
            assert!(segment.from < segment.to);
            assert_eq!(segment.tier.is_some(), segment.label.is_worked());
            assert_eq!(segment.punch_ids.len(), 2);
            now = Some(segment.to);
        }
        assert_eq!(now, day.last_out);
        assert_eq!(day.first_in.is_some(), day.last_out.is_some());
        // C2: each worked second has one tier.
        let sum = |which: &dyn Fn(Label) -> bool| -> i64 {
            day.segments
                .iter()
                .filter(|s| which(s.label))
                .map(|s| s.seconds())
                .sum()
        };
        assert_eq!(day.worked_s, day.regular_s + day.overtime_s);
        assert_eq!(day.worked_s, sum(&Label::is_worked));
        assert_eq!(day.break_s, sum(&Label::is_unpaid_break));
        assert!(
            [
                day.regular_s,
                day.overtime_s,
                day.break_s,
                day.late_s,
                day.early_out_s
            ]
            .iter()
            .all(|&s| s >= 0)
        );
        // Regular comes before overtime.
        let tiers: Vec<_> = day.segments.iter().filter_map(|s| s.tier.clone()).collect();
        assert!(tiers.is_sorted());
        // C9: every punch is in one day; it ends a session or an anomaly names it.
        for punch in &day.punches {
            assert!(seen.insert(punch.id.clone()), "punch {} is in two days", punch.id);
            let ends = day
                .sessions
                .iter()
                .any(|s| s.in_id == punch.id || s.out_id.as_ref() == Some(&punch.id));
            assert_eq!(ends, punch.used);
            let unused = [
                AnomalyCode::OddPunch,
                AnomalyCode::OverMaxShift,
                AnomalyCode::DuplicateDropped,
            ];
            let named = day
                .anomalies
                .iter()
                .any(|a| unused.contains(&a.code) && a.punch_ids.contains(&punch.id));
            assert!(punch.used || named, "punch {} is unused and unnamed", punch.id);
        }
        assert!(day.punches.is_sorted_by(|a, b| (a.at, &a.id) < (b.at, &b.id)));
        // A punch lies inside the window of its shift.
        if let (Some(start), Some(end)) = (day.scheduled_start, day.scheduled_end) {
            let window = start - case.policy.open_before_s
                ..=end + case.policy.close_after_s + case.policy.dedup_window_s;
            assert!(day.punches.iter().all(|p| window.contains(&p.at)));
        } else {
            assert!(!day.punches.is_empty());
        }
        sessions.extend(day.sessions.iter().map(|s| (s.from, s.to)));
        // explain() is defined for every instant of the span and for no other, and agrees with the sessions.
        if let (Some(from), Some(to)) = (day.first_in, day.last_out) {
            assert!(day.segment_at(from - 1).is_none() && day.explain(to).is_none());
            for at in [from, (from + to) / 2, to - 1]
                .into_iter()
                .filter(|at| (from..to).contains(at))
            {
                let on_clock = day.sessions.iter().any(|s| (s.from..s.to).contains(&at));
                let label = day.segment_at(at).unwrap().label;
                let off = [Label::BreakPunched, Label::OffClock, Label::IgnoredOverMaxShift];
                assert!(
                    label == Label::BreakPaid || on_clock != off.contains(&label),
                    "{label:?} at {at}"
                );
            }
        }
    }
    let ids: BTreeSet<_> = case.punches.iter().map(|p| p.id.clone()).collect();
    assert_eq!(seen, ids, "every punch is in a day");
    let shifts: Vec<_> = evaluation
        .days
        .iter()
        .filter_map(|d| d.shift_id.clone())
        .collect();
    assert_eq!(shifts.len(), case.shifts.len(), "every shift is a day");
    // No second is in two sessions, whatever the day.
    sessions.sort_unstable();
    assert!(
        sessions.windows(2).all(|w| w[0].1 <= w[1].0),
        "sessions overlap: {sessions:?}"
    );
    // Within a date the counter runs on: regular never exceeds the threshold, overtime begins only beyond it.
    for date in evaluation.days.chunk_by(|a, b| a.date == b.date) {
        let (regular, overtime): (i64, i64) = date
            .iter()
            .fold((0, 0), |sum, d| (sum.0 + d.regular_s, sum.1 + d.overtime_s));
        match date[0].overtime_after_s {
            None => assert_eq!(overtime, 0),
            Some(after) => assert!(regular <= after && (overtime == 0 || regular == after)),
        }
    }
    let key = |d: &punchclock_rules::DayResult| {
        (
            d.date,
            d.scheduled_start.or_else(|| d.punches.first().map(|p| p.at)),
        )
    };
    assert!(evaluation.days.is_sorted_by_key(key));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn conservation(case in cases()) {
        check(&case, &case.run());
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(case in cases(), seed in any::<u64>()) {
        let mut other = case.clone();
        // A cheap shuffle: reproducible from the seed.
        other.punches.sort_by_key(|p| p.id.as_str().bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)));
        other.shifts.reverse();
        prop_assert_eq!(case.run(), other.run());
    }

    #[test]
    fn feeding_back_what_was_kept_changes_nothing(case in cases()) {
        let before = case.run();
        let dropped: BTreeSet<_> = before.days.iter().flat_map(|d| &d.anomalies)
            .filter(|a| a.code == AnomalyCode::DuplicateDropped).map(|a| a.punch_ids[0].clone()).collect();
        let mut again = case.clone();
        again.punches = before.days.iter().flat_map(|d| &d.punches).filter(|p| !dropped.contains(&p.id))
            .map(|p| {
                let mut punch = Punch::at(p.id.clone(), p.at);
                punch.claimed = case.punches.iter().find(|q| q.id == p.id).unwrap().claimed;
                punch
            }).collect();
        let after = again.run();
        prop_assert_eq!(before.days.len(), after.days.len());
        for (a, b) in before.days.iter().zip(&after.days) {
            prop_assert_eq!(&a.segments, &b.segments);
            prop_assert_eq!(&a.sessions, &b.sessions);
            prop_assert_eq!((a.worked_s, a.regular_s, a.overtime_s, a.late_s, a.early_out_s),
                (b.worked_s, b.regular_s, b.overtime_s, b.late_s, b.early_out_s));
            prop_assert!(b.anomalies.iter().all(|x| x.code != AnomalyCode::DuplicateDropped));
        }
    }

    #[test]
    fn another_clock_for_the_same_instants_changes_nothing(case in cases(), other in 0..ZONES.len()) {
        let before = case.run();
        let table = support::zone(ZONES[other]).unwrap();
        let instants: Vec<(Punch, i64)> = case.punches.iter().map(|p| {
            let at = before.days.iter().flat_map(|d| &d.punches).find(|q| q.id == p.id).unwrap().at;
            (p.clone(), at)
        }).collect();
        // The same instants once as such and once as the other clock shows them, apart from the hour it shows twice.
        let as_instants: Vec<Punch> = instants.iter()
            .map(|(p, at)| claiming(Punch::at(p.id.clone(), *at), p.claimed)).collect();
        let as_shown: Vec<Punch> = instants.iter().map(|(p, at)| {
            let shown = table.to_local(*at).unwrap();
            let punch = if matches!(table.resolve(shown), Some(punchclock_rules::Local::Unique(_))) {
                Punch::local(p.id.clone(), shown).in_zone(table.name())
            } else {
                Punch::at(p.id.clone(), *at)
            };
            claiming(punch, p.claimed)
        }).collect();
        let policy = Policy::new(case.policy.clone()).unwrap();
        let zones = Zones::from(support::zone(case.zone).unwrap()).with(table).unwrap();
        let one = evaluate(&policy, &case.shifts, &as_instants, &zones).unwrap();
        let mut two = evaluate(&policy, &case.shifts, &as_shown, &zones).unwrap();
        // That the clock was another's is told, and changes nothing else.
        for day in &mut two.days {
            day.anomalies.retain(|a| a.code != AnomalyCode::ZoneMismatch);
        }
        prop_assert_eq!(one, two);
    }

    #[test]
    fn threads_agree(case in cases()) {
        let other = case.clone();
        let there = std::thread::spawn(move || other.run()).join().unwrap();
        prop_assert_eq!(case.run(), there);
    }

    #[test]
    fn a_later_out_never_lowers_worked_time(case in cases(), more in 1_i64..3_600) {
        let before = case.run();
        let last = before.days.iter().flat_map(|d| &d.punches).max_by_key(|p| (p.at, p.id.clone())).cloned();
        let Some(last) = last else { return Ok(()) };
        let mut later = case.clone();
        later.punches.iter_mut().find(|p| p.id == last.id).unwrap().time = PunchTime::At(last.at + more);
        let after = later.run();
        let day_of = |e: &Evaluation| e.days.iter().find(|d| d.punches.iter().any(|p| p.id == last.id)).unwrap().clone();
        let (a, b) = (day_of(&before), day_of(&after));
        // Only where the punch stays an out of the same accepted session.
        let same = a.sessions.last().zip(b.sessions.last())
            .is_some_and(|(x, y)| x.in_id == y.in_id && x.out_id.as_ref() == Some(&last.id) && y.out_id.as_ref() == Some(&last.id));
        if same && a.shift_id == b.shift_id {
            prop_assert!(b.worked_s >= a.worked_s && b.overtime_s >= a.overtime_s);
        }
    }

    #[test]
    fn a_change_of_clocks_lengthens_or_shortens_the_night(
        zone in 0..ZONES.len(), which in any::<prop::sample::Index>(), before in 4_i64..8, after in 4_i64..8,
    ) {
        let table = support::zone(ZONES[zone]).unwrap();
        // A civil night from some hours before the change to some hours after, on a clock that does not change again meanwhile.
        let changes: Vec<(i64, i64)> = table.transitions().iter().enumerate()
            .filter(|(_, t)| t.0 > 946_684_800 && t.0 < 4_000_000_000)
            .map(|(n, t)| {
                let was = if n == 0 { table.initial_offset_s() } else { table.transitions()[n - 1].1 };
                (t.0, i64::from(t.1 - was))
            })
            .filter(|c| c.1.abs() <= 7_200)
            .collect();
        if changes.is_empty() {
            return Ok(());
        }
        let (at, forward) = changes[which.index(changes.len())];
        let start = table.to_local(at - before * 3_600).unwrap();
        let end = table.to_local(at + after * 3_600).unwrap();
        let nominal = (end - start).num_seconds();
        let shift = ShiftInstance::new("night", start, end);
        let punches = [Punch::local("in", start), Punch::local("out", end)];
        let zones = Zones::from(table);
        let evaluation = evaluate(&Policy::default(), &[shift], &punches, &zones).unwrap();
        let day = &evaluation.days[0];
        prop_assert_eq!(day.worked_s, nominal - forward, "a gap shortens, a fold lengthens");
        prop_assert_eq!((day.scheduled_s, day.overtime_s, day.late_s, day.early_out_s), (day.worked_s, 0, 0, 0));
    }

    #[test]
    fn no_accepted_policy_panics_on_any_punches(
        policy in policies(),
        punches in prop::collection::vec((any::<i64>(), any::<bool>(), "[0-9a-z]{0,3}"), 0..40),
        shifts in prop::collection::vec((any::<i32>(), any::<i32>(), any::<i64>()), 0..6),
    ) {
        let zones = Zones::from(support::zone("Europe/Dublin").unwrap());
        let civil = |at: i64| DateTime::from_timestamp(at % (1 << 42), 0).unwrap().naive_utc();
        let punches: Vec<Punch> = punches.into_iter()
            .map(|(at, instant, id)| if instant { Punch::at(id, at) } else { Punch::local(id, civil(at)) }).collect();
        let shifts: Vec<ShiftInstance> = shifts.into_iter().enumerate().map(|(n, (from, to, norm))| {
            let mut shift = ShiftInstance::new(n.to_string(), civil(from.into()), civil(to.into()));
            shift.norm_s = (norm % 3 == 0).then_some(norm);
            shift
        }).collect();
        // Refused or computed, both are answers.
        let _ = evaluate(&Policy::new(policy).unwrap(), &shifts, &punches, &zones);
    }
}

fn claiming(mut punch: Punch, claim: Option<Claim>) -> Punch {
    punch.claimed = claim;
    punch
}
