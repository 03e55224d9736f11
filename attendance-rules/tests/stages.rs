//! Choices of a policy, each on a day a person can check by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use chrono::{NaiveDate, NaiveDateTime};
use punchclock_rules::{
    Approval, Approvals, Claim, Conflict, DayFacts, DayKind, DayMode, DayResult, DayStatus, Evaluator,
    FaultKind, Input, OddEnd, Over, Overtime, Pairing, Policies, Policy, PolicyFields, Punch, RoundMode,
    RoundRule, RoundTotals, Rule, Scope, ShiftInstance, Threshold, TierRule, Zones,
};

const H: i64 = 3_600;

fn t(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn fields(change: impl FnOnce(&mut PolicyFields)) -> PolicyFields {
    let mut fields = PolicyFields::default();
    change(&mut fields);
    fields
}

fn evaluator(policies: impl Into<Policies>) -> Evaluator {
    Evaluator::new(
        policies.into(),
        Zones::from(support::zone("Asia/Manila").unwrap()),
    )
}

fn run(fields: PolicyFields, input: &Input<'_>) -> Vec<DayResult> {
    evaluator(Policy::new(fields).unwrap())
        .evaluate(input)
        .unwrap()
        .days
}

fn worked(from: &str, to: &str) -> [Punch; 2] {
    [
        Punch::local("a", t(from)).claiming(Claim::In),
        Punch::local("b", t(to)).claiming(Claim::Out),
    ]
}

#[test]
fn a_policy_holds_from_its_date_on() {
    let version = |name: &str, from: Option<&str>, over: i64| {
        Policy::new(fields(|f| {
            f.version = name.into();
            f.effective_from = from.map(|d| d.parse().unwrap());
            f.overtime = Overtime::daily(Over::Seconds(over));
        }))
        .unwrap()
    };
    let (old, new) = (
        version("old", None, 8 * H),
        version("new", Some("2025-06-03"), 7 * H),
    );
    let policies = Policies::new(vec![new.clone(), old.clone()]).unwrap();
    let mut punches = worked("2025-06-02T08:00:00", "2025-06-02T17:00:00").to_vec();
    punches.extend([
        Punch::local("c", t("2025-06-03T08:00:00")),
        Punch::local("d", t("2025-06-03T17:00:00")),
    ]);
    let days = evaluator(policies)
        .evaluate(&Input::new(&[], &punches))
        .unwrap()
        .days;
    let seen: Vec<(&str, i64)> = days.iter().map(|d| (&*d.policy_version, d.overtime_s)).collect();
    assert_eq!(seen, [("old", H), ("new", 2 * H)]);
    assert_eq!(
        Policies::new(vec![old.clone(), old]).unwrap_err().faults()[0].kind,
        FaultKind::Duplicate
    );
}

#[test]
fn everything_wrong_with_a_policy_at_once() {
    let wrong = fields(|f| {
        f.rounding.come = Some(RoundRule::new(700, RoundMode::Up));
        f.rounding.go = Some(RoundRule::new(900, RoundMode::Up).with_grace(900));
        f.rounding.totals = Some(RoundTotals::new(900, RoundMode::Up));
        f.overtime.tiers = vec![
            TierRule::new("a", Scope::Day, Over::Seconds(H)),
            TierRule::new("b", Scope::Day, Over::Seconds(H)),
            TierRule::new("a", Scope::Week, Over::Norm),
        ];
    });
    let refused = Policy::new(wrong).unwrap_err();
    let seen: Vec<&str> = refused.faults().iter().map(|f| f.field.as_str()).collect();
    assert_eq!(
        seen,
        [
            "policy.rounding.in.unit_s",
            "policy.rounding.out.grace_s",
            "policy.rounding",
            "policy.overtime.tiers[1]",
            "policy.overtime.tiers[2].over",
            "policy.overtime.tiers[2].name",
        ]
    );
    let odd = fields(|f| {
        f.overtime.tiers = vec![
            TierRule::new("d", Scope::Day, Over::Seconds(8 * H)).at_bp(12_500),
            TierRule::new("w", Scope::Week, Over::Seconds(40 * H)).at_bp(20_000),
        ];
    });
    assert_eq!(
        Policy::new(odd).unwrap().warnings()[0].field,
        "policy.overtime.counts"
    );
}

#[test]
fn rates_stack_when_asked() {
    let tiers = || {
        vec![
            TierRule::new("over 8", Scope::Day, Over::Seconds(8 * H)).at_bp(15_000),
            TierRule::new(
                "holiday",
                Scope::DayKind {
                    kind: DayKind::from(DayKind::HOLIDAY),
                },
                Over::Seconds(0),
            )
            .at_bp(12_000),
        ]
    };
    let facts = [DayFacts::new(
        NaiveDate::from_ymd_opt(2025, 6, 2).unwrap(),
        [DayKind::from(DayKind::HOLIDAY)],
    )];
    let punches = worked("2025-06-02T08:00:00", "2025-06-02T17:00:00");
    let mut input = Input::new(&[], &punches);
    input.facts = &facts;
    let rates = |conflict| {
        let day = run(
            fields(|f| (f.overtime.tiers, f.overtime.conflict) = (tiers(), conflict)),
            &input,
        )
        .remove(0);
        day.segments
            .iter()
            .map(|s| {
                (
                    s.tier.clone().unwrap().as_str().to_owned(),
                    s.seconds(),
                    s.rate_bp,
                )
            })
            .collect::<Vec<_>>()
    };
    let named = |name: &str, seconds, bp| (name.to_owned(), seconds, bp);
    assert_eq!(
        rates(Conflict::Highest),
        [named("holiday", 8 * H, 12_000), named("over 8", H, 15_000)]
    );
    assert_eq!(
        rates(Conflict::Stack),
        [named("holiday", 8 * H, 12_000), named("over 8", H, 17_000)]
    );
}

#[test]
fn tolerance_blocks_and_approval_by_date() {
    let punches = worked("2025-06-02T08:00:00", "2025-06-02T16:50:00");
    let input = Input::new(&[], &punches);
    let overtime = |change: fn(&mut Overtime)| {
        let day = run(
            fields(|f| {
                f.overtime = Overtime::daily(Over::Seconds(8 * H));
                change(&mut f.overtime);
            }),
            &input,
        )
        .remove(0);
        assert_eq!(day.worked_s, day.regular_s + day.overtime_s);
        (
            day.overtime_s,
            day.payable_s,
            day.trace.iter().map(|s| s.rule).collect::<Vec<_>>(),
        )
    };
    let of = |change| {
        let (overtime, payable, _) = overtime(change);
        (overtime, payable)
    };
    assert_eq!(of(|_| {}), (3_000, 3_000));
    assert_eq!(of(|o| o.quantum_s = 1_800), (1_800, 1_800));
    assert_eq!(of(|o| o.tolerance_s = 600), (2_400, 2_400));
    assert_eq!(
        of(|o| (o.tolerance_s, o.threshold) = (3_000, Threshold::Strict)),
        (0, 0)
    );
    assert_eq!(
        of(|o| (o.tolerance_s, o.threshold) = (3_000, Threshold::AtLeast)),
        (3_000, 3_000)
    );
    assert_eq!(of(|o| o.min_s = 3_001), (3_000, 0));
    assert_eq!(of(|o| o.approval = Approval::Day), (3_000, 0));
    assert!(overtime(|o| o.quantum_s = 1_800).2.contains(&Rule::Quantum));
    let mut approved = input.clone();
    approved.approvals = Approvals::days([NaiveDate::from_ymd_opt(2025, 6, 2).unwrap()]);
    let day = run(
        fields(|f| {
            f.overtime = Overtime::daily(Over::Seconds(8 * H));
            f.overtime.approval = Approval::Day;
        }),
        &approved,
    )
    .remove(0);
    assert_eq!(
        (day.approved_s, day.unapproved_s, day.payable_s),
        (3_000, 0, 3_000)
    );
}

#[test]
fn a_night_split_at_midnight_shares_its_norm() {
    let shift =
        [ShiftInstance::new("n", t("2025-06-02T20:00:00"), t("2025-06-03T05:00:00")).with_norm(8 * H)];
    let punches = worked("2025-06-02T20:00:00", "2025-06-03T06:00:00");
    let days = run(
        fields(|f| f.day_mode = DayMode::SplitMidnight),
        &Input::new(&shift, &punches),
    );
    let seen: Vec<(String, u16, i64, i64, i64)> = days
        .iter()
        .map(|d| {
            (
                d.date.to_string(),
                d.part,
                d.scheduled_s,
                d.worked_s,
                d.overtime_s,
            )
        })
        .collect();
    // Four of the nine hours are before midnight: 4/9 of eight hours are 12,800 s.
    assert_eq!(
        seen,
        [
            ("2025-06-02".into(), 0, 12_800, 4 * H, 1_600),
            ("2025-06-03".into(), 1, 16_000, 6 * H, 6 * H - 16_000)
        ]
    );
}

#[test]
fn an_assumed_out_is_told_as_one() {
    let shift = [ShiftInstance::new(
        "s",
        t("2025-06-02T08:00:00"),
        t("2025-06-02T17:00:00"),
    )];
    let punches = [Punch::local("a", t("2025-06-02T09:00:00"))];
    for (odd_end, worked_s) in [
        (OddEnd::Unknown, 0),
        (OddEnd::ShiftEnd, 8 * H),
        (OddEnd::ByNorm { tolerance_s: H }, 10 * H),
        (OddEnd::Fixed { after_s: 2 * H }, 2 * H),
    ] {
        let day = run(fields(|f| f.odd_end = odd_end), &Input::new(&shift, &punches)).remove(0);
        assert_eq!((day.worked_s, day.assumed_s), (worked_s, worked_s), "{odd_end:?}");
        assert!(day.provisional && day.late_s <= H && day.early_out_s == 0);
        assert!(day.segments.iter().all(|s| s.assumed == s.label.is_worked()));
    }
    let day = run(
        fields(|f| f.half_day_below_s = 4 * H),
        &Input::new(&shift, &punches),
    )
    .remove(0);
    assert_eq!(
        day.status,
        Some(DayStatus::Unknown),
        "a missing punch is unknown, not absent"
    );
}

#[test]
fn punches_between_first_and_last_make_no_difference() {
    let clocks = ["08:00", "10:00", "12:00", "17:00", "17:30"];
    let punches: Vec<Punch> = clocks
        .iter()
        .zip("abcde".chars())
        .map(|(c, id)| Punch::local(id.to_string(), t(&format!("2025-06-02T{c}:00"))))
        .collect();
    let day = run(
        fields(|f| f.pairing = Pairing::FirstLast),
        &Input::new(&[], &punches),
    )
    .remove(0);
    assert_eq!((day.worked_s, day.sessions.len()), (9 * H + 1_800, 1));
    assert_eq!(day.trace.iter().filter(|s| s.rule == Rule::PairInner).count(), 3);
    assert!(!day.provisional);
}

#[test]
fn forgiven_lateness_is_paid_and_still_late() {
    let shift = [ShiftInstance::new(
        "s",
        t("2025-06-02T08:00:00"),
        t("2025-06-02T17:00:00"),
    )];
    let punches = worked("2025-06-02T08:04:00", "2025-06-02T17:00:00");
    let day = run(fields(|f| f.forgive_in_s = 300), &Input::new(&shift, &punches)).remove(0);
    assert_eq!(
        (day.worked_s, day.late_s, day.raw_worked_s, day.rounding_delta_s),
        (9 * H, 240, 9 * H - 240, 240)
    );
    assert!(day.trace.iter().any(|s| s.rule == Rule::ForgiveIn));
}

#[test]
fn core_time_is_what_a_flexible_shift_is_late_for() {
    let core = ShiftInstance::new("s", t("2025-06-02T07:00:00"), t("2025-06-02T19:00:00"))
        .with_norm(8 * H)
        .with_core(t("2025-06-02T10:00:00"), t("2025-06-02T15:00:00"));
    let day = |from: &str, to: &str| {
        run(
            fields(|_| {}),
            &Input::new(std::slice::from_ref(&core), &worked(from, to)),
        )
        .remove(0)
    };
    let good = day("2025-06-02T09:30:00", "2025-06-02T17:30:00");
    assert_eq!((good.late_s, good.early_out_s, good.worked_s), (0, 0, 8 * H));
    let late = day("2025-06-02T10:10:00", "2025-06-02T14:50:00");
    assert_eq!(
        (late.late_s, late.early_out_s, late.undertime_s),
        (600, 600, 8 * H - 4 * H - 2_400)
    );
}
