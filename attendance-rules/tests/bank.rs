//! What the bank does, case by case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

use chrono::NaiveDate;
use punchclock_rules::bank::{
    Account, AfterExpiry, Bank, BankEvent, BankPolicy, BankPolicyFields, Change, EndOfCredit, EndReason,
    Entry, EventKind, Expiry, Limit, MoveKind, OverCap, PayPeriods, PeriodCap, Periods, Rate, Refusal,
};
use punchclock_rules::{Error, FaultKind};

const HOUR: i64 = 3_600;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn bank(change: impl FnOnce(&mut BankPolicyFields)) -> Bank {
    let mut fields = BankPolicyFields::default();
    fields.rates = vec![
        ("ot".to_owned(), Rate::ONE),
        ("half".to_owned(), Rate::THREE_HALVES),
    ];
    change(&mut fields);
    Bank::from(BankPolicy::new(fields).unwrap())
}

fn ledger(bank: &Bank, events: &[BankEvent]) -> (Account, Vec<Entry>) {
    let outcome = bank.fold(events).unwrap();
    (outcome.account, outcome.ledger)
}

fn change_of<'a>(ledger: &'a [Entry], id: &str) -> &'a Change {
    let found = ledger
        .iter()
        .find(|e| e.event.as_ref().is_some_and(|e| e.as_str() == id));
    &found.unwrap_or_else(|| panic!("no entry of {id}")).change
}

fn refusal(ledger: &[Entry], id: &str) -> Option<Refusal> {
    match change_of(ledger, id) {
        Change::Refused(refusal) => Some(*refusal),
        _ => None,
    }
}

fn earn(id: &str, on: &str, s: i64) -> BankEvent {
    BankEvent::earn(id, day(on), "ot", s)
}

fn take(id: &str, on: &str, s: i64) -> BankEvent {
    BankEvent::take(id, day(on), s)
}

fn cancel(id: &str, on: &str, of: &str) -> BankEvent {
    BankEvent::cancel(id, day(on), of)
}

#[test]
fn within_a_day_earning_comes_before_using() {
    let (account, ledger) = ledger(
        &bank(|_| {}),
        &[take("a", "2025-03-03", HOUR), earn("z", "2025-03-03", HOUR)],
    );
    assert_eq!(refusal(&ledger, "a"), None);
    assert_eq!(account.balance_s(), 0);
}

#[test]
fn half_a_second_is_carried_to_the_next_grant_of_the_class() {
    let bank = bank(|_| {});
    let grant = |id: &str| BankEvent::earn(id, day("2025-03-03"), "half", 1);
    assert_eq!(ledger(&bank, &[grant("a")]).0.balance_s(), 1);
    assert_eq!(ledger(&bank, &[grant("a"), grant("b")]).0.balance_s(), 3);
    let (account, _) = ledger(&bank, &[grant("a"), earn("b", "2025-03-03", 1)]);
    assert_eq!(
        (account.balance_s(), account.carried("half", Rate::THREE_HALVES)),
        (2, 1)
    );
}

#[test]
fn the_tightest_limit_is_named_and_the_rest_is_written_down() {
    let bank = bank(|f| {
        f.quantum_s = 900;
        f.month_cap_s = Some(4 * HOUR);
        f.balance_cap_s = Some(6 * HOUR);
        f.period_cap = Some(PeriodCap {
            period: Periods::Year,
            cap_s: 5 * HOUR,
        });
    });
    let events = [
        earn("a", "2025-01-02", 1_000),
        earn("b", "2025-01-03", 4 * HOUR),
        earn("c", "2025-02-03", 4 * HOUR),
        earn("d", "2026-01-02", 3 * HOUR),
    ];
    let (account, ledger) = ledger(&bank, &events);
    let found: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .map(|id| match change_of(&ledger, id) {
            Change::Credited {
                credited_s,
                uncredited_s,
                limit,
                ..
            } => (*credited_s, *uncredited_s, *limit),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        (900, 100, Some(Limit::Quantum)),
        (4 * HOUR - 900, 900, Some(Limit::Month)),
        (HOUR, 3 * HOUR, Some(Limit::Period)),
        (HOUR, 2 * HOUR, Some(Limit::Balance)),
    ];
    assert_eq!(found, expected);
    assert_eq!(account.balance_s(), 6 * HOUR);
}

#[test]
fn a_period_cap_counts_pay_periods() {
    let bank = bank(|f| {
        let period = Periods::Every {
            days: 14,
            anchor: day("2025-01-06"),
        };
        f.period_cap = Some(PeriodCap { period, cap_s: HOUR });
    });
    let events = [
        earn("a", "2025-01-05", HOUR),
        earn("b", "2025-01-06", HOUR),
        earn("c", "2025-01-19", HOUR),
        earn("d", "2025-01-20", HOUR),
    ];
    let (account, _) = ledger(&bank, &events);
    assert_eq!(
        account
            .lots()
            .iter()
            .map(|lot| lot.id.as_str())
            .collect::<Vec<_>>(),
        ["a", "b", "d"]
    );
}

#[test]
fn cash_over_the_cap_loses_no_second() {
    let bank = bank(|f| {
        f.balance_cap_s = Some(10);
        f.over_cap = OverCap::Cash;
    });
    let events: Vec<BankEvent> = (0..4)
        .map(|n| BankEvent::earn(format!("e{n}"), day("2025-01-06"), "half", 5))
        .collect();
    let (account, _) = ledger(&bank, &events);
    // 20 s of work are 30 s of credit: 10 in the bank, and 20 are 13 1/3 s of work, of which the third is carried.
    assert_eq!(account.totals().cash_work_s, 13);
    assert_eq!(account.carried("half", Rate::THREE_HALVES), 1);
}

#[test]
fn uses_are_refused_for_the_first_rule_they_break() {
    let bank = bank(|f| {
        f.use_block_s = Some(HOUR);
        f.use_min_s = Some(2 * HOUR);
        f.use_max_s = Some(8 * HOUR);
        f.notice_days = 3;
        f.forbidden_purposes = vec!["cash".to_owned()];
    });
    let asked = |id: &str, s: i64, purpose: Option<&str>, requested_on: Option<&str>| {
        let kind = match take("x", "2025-03-10", s).kind {
            EventKind::Use { s, settled, .. } => EventKind::Use {
                s,
                purpose: purpose.map(Into::into),
                requested_on: requested_on.map(day),
                settled,
            },
            other => other,
        };
        BankEvent::new(id, day("2025-03-10"), kind)
    };
    let early = Some("2025-03-07");
    let (account, ledger) = ledger(
        &bank,
        &[
            earn("e", "2025-01-02", 10 * HOUR),
            asked("block", HOUR + 1, Some("cash"), None),
            asked("short", HOUR, None, early),
            asked("long", 9 * HOUR, None, early),
            asked("what", 4 * HOUR, Some("cash"), None),
            asked("late", 4 * HOUR, None, Some("2025-03-08")),
            asked("unasked", 4 * HOUR, None, None),
            asked("good", 8 * HOUR, Some("family"), early),
            asked("too much", 4 * HOUR, None, early),
        ],
    );
    let expected = [
        ("block", Some(Refusal::NotABlock)),
        ("short", Some(Refusal::UnderMinPerUse)),
        ("long", Some(Refusal::OverMaxPerUse)),
        ("what", Some(Refusal::ForbiddenPurpose)),
        ("late", Some(Refusal::ShortNotice)),
        ("unasked", Some(Refusal::ShortNotice)),
        ("good", None),
        ("too much", Some(Refusal::Insufficient)),
    ];
    for (id, refused) in expected {
        assert_eq!(refusal(&ledger, id), refused, "{id}");
    }
    assert_eq!(account.balance_s(), 2 * HOUR);
}

#[test]
fn without_notice_time_off_may_be_asked_for_afterwards() {
    let mut late = take("u", "2025-03-10", HOUR);
    if let EventKind::Use { requested_on, .. } = &mut late.kind {
        *requested_on = Some(day("2025-03-12"));
    }
    let (_, ledger) = ledger(&bank(|_| {}), &[earn("e", "2025-01-02", HOUR), late]);
    assert_eq!(refusal(&ledger, "u"), None);
}

#[test]
fn work_of_an_unknown_class_is_refused_and_earns_nothing() {
    let (account, ledger) = ledger(
        &bank(|_| {}),
        &[BankEvent::earn("a", day("2025-01-02"), "night", HOUR)],
    );
    assert_eq!(refusal(&ledger, "a"), Some(Refusal::UnknownClass));
    assert_eq!(account.balance_s(), 0);
}

#[test]
fn a_cancel_puts_back_into_the_same_lots_once() {
    let events = [
        earn("a", "2025-01-02", HOUR),
        earn("b", "2025-01-03", HOUR),
        take("u", "2025-02-03", HOUR + 60),
        cancel("c", "2025-02-04", "u"),
        cancel("d", "2025-02-05", "u"),
    ];
    let (account, ledger) = ledger(&bank(|_| {}), &events);
    assert_eq!(
        account.lots().iter().map(|lot| lot.left).collect::<Vec<_>>(),
        [HOUR, HOUR]
    );
    assert_eq!(account.totals().used_s, 0);
    assert_eq!(refusal(&ledger, "d"), Some(Refusal::AlreadyCancelled));
}

#[test]
fn a_cancel_before_the_day_means_the_use_never_happens() {
    let events = [
        earn("a", "2025-01-02", HOUR),
        take("u", "2025-02-03", HOUR),
        cancel("same day", "2025-02-03", "u"),
        take("v", "2025-02-10", HOUR),
        cancel("before", "2025-02-05", "v"),
    ];
    let (account, ledger) = ledger(&bank(|_| {}), &events);
    assert_eq!(account.balance_s(), HOUR);
    assert_eq!(refusal(&ledger, "u"), Some(Refusal::Cancelled));
    assert_eq!(refusal(&ledger, "v"), Some(Refusal::Cancelled));
}

#[test]
fn a_refused_use_cannot_be_cancelled() {
    let (_, ledger) = ledger(
        &bank(|_| {}),
        &[take("u", "2025-02-03", HOUR), cancel("c", "2025-02-04", "u")],
    );
    assert_eq!(refusal(&ledger, "c"), Some(Refusal::NothingToCancel));
}

#[test]
fn what_comes_back_to_an_expired_lot_lapses_or_lives_again() {
    let events = [
        earn("a", "2025-01-01", 2 * HOUR),
        take("u", "2025-01-05", HOUR),
        cancel("c", "2025-02-01", "u"),
        BankEvent::as_of("x", day("2025-02-06")),
        BankEvent::as_of("y", day("2025-02-07")),
    ];
    let ten_days = |f: &mut BankPolicyFields| f.expiry = Expiry::Days(10);
    let (account, entries) = ledger(&bank(ten_days), &events);
    assert_eq!(
        (account.totals().forfeited_s, account.totals().used_s),
        (2 * HOUR, 0)
    );
    assert_eq!(change_of(&entries, "x"), &Change::Balance { s: 0 });

    let (account, entries) = ledger(
        &bank(|f| {
            ten_days(f);
            f.on_cancel_after_expiry = AfterExpiry::Revive(5);
            f.on_expiry = EndOfCredit::PayOut;
        }),
        &events,
    );
    assert_eq!(change_of(&entries, "x"), &Change::Balance { s: HOUR });
    assert_eq!(change_of(&entries, "y"), &Change::Balance { s: 0 });
    assert_eq!(account.totals().paid_out_s, 2 * HOUR);
}

#[test]
fn the_last_day_is_usable_whatever_the_rule() {
    let anchor = day("2025-01-06");
    let periods = Expiry::PayPeriods(PayPeriods {
        pay_periods: 1,
        days: 14,
        anchor,
    });
    for (expiry, earned, last) in [
        (Expiry::EndOfYear(0), "2025-03-05", "2025-12-31"),
        (Expiry::EndOfYear(1), "2024-02-29", "2025-12-31"),
        (Expiry::Days(0), "2025-03-05", "2025-03-05"),
        (Expiry::Days(364), "2024-01-14", "2025-01-12"),
        (Expiry::Months(1), "2025-01-31", "2025-02-28"),
        (periods, "2025-01-06", "2025-02-02"),
        (periods, "2025-01-19", "2025-02-02"),
        (periods, "2025-01-05", "2025-01-19"),
    ] {
        assert_eq!(
            expiry.last_day(day(earned)),
            Some(day(last)),
            "{expiry:?} from {earned}"
        );
        let bank = bank(|f| f.expiry = expiry);
        let after = day(last).succ_opt().unwrap();
        let events = [
            earn("a", earned, 120),
            take("u", last, 60),
            BankEvent::take("v", after, 60),
            BankEvent::as_of("x", after),
        ];
        let (account, ledger) = ledger(&bank, &events);
        assert_eq!(refusal(&ledger, "u"), None, "{expiry:?}");
        assert_eq!(refusal(&ledger, "v"), Some(Refusal::Insufficient), "{expiry:?}");
        assert_eq!(account.totals().forfeited_s, 60, "{expiry:?}");
    }
    assert_eq!(Expiry::Never.last_day(anchor), None);
}

#[test]
fn leaving_forfeits_or_pays_by_its_reason() {
    let bank = bank(|f| {
        f.on_separation = EndOfCredit::Forfeit;
        f.on_transfer = Some(EndOfCredit::PayOut);
    });
    for (reason, forfeited, paid) in [
        (EndReason::Separation, HOUR, 0),
        (EndReason::Promotion, HOUR, 0),
        (EndReason::Transfer, 0, HOUR),
    ] {
        let events = [
            earn("a", "2025-01-02", HOUR),
            BankEvent::separate("z", day("2025-01-31"), reason),
        ];
        let (account, _) = ledger(&bank, &events);
        assert_eq!(account.balance_s(), 0);
        assert_eq!(
            (account.totals().forfeited_s, account.totals().paid_out_s),
            (forfeited, paid),
            "{reason:?}"
        );
    }
}

#[test]
fn taking_away_more_than_there_is_is_overdrawn_and_adding_makes_it_good() {
    let adjust = |id: &str, on: &str, s: i64| BankEvent::adjust(id, day(on), s);
    let mut events = vec![
        earn("a", "2025-01-02", HOUR),
        adjust("b", "2025-01-03", -3 * HOUR),
    ];
    let (account, _) = ledger(&bank(|_| {}), &events);
    assert_eq!((account.balance_s(), account.totals().overdrawn_s), (0, 2 * HOUR));
    events.push(adjust("c", "2025-01-04", 3 * HOUR));
    let (account, _) = ledger(&bank(|_| {}), &events);
    assert_eq!((account.balance_s(), account.totals().overdrawn_s), (HOUR, 0));
    // Earned credit is not taken to make good what is overdrawn: somebody decides that, by an adjustment.
    let (account, _) = ledger(
        &bank(|_| {}),
        &[
            events[0].clone(),
            events[1].clone(),
            earn("d", "2025-01-05", HOUR),
        ],
    );
    assert_eq!(
        (account.balance_s(), account.totals().overdrawn_s),
        (HOUR, 2 * HOUR)
    );
}

#[test]
fn cancelling_an_overdrawn_use_gives_every_second_back() {
    let mut settled = take("u", "2025-01-05", 3 * HOUR);
    if let EventKind::Use { settled, .. } = &mut settled.kind {
        *settled = true;
    }
    let base = [earn("a", "2025-01-02", HOUR), settled];
    let cancelled = |between: &[BankEvent]| {
        let mut events = base.to_vec();
        events.extend_from_slice(between);
        events.push(cancel("c", "2025-02-01", "u"));
        let (account, _) = ledger(&bank(|_| {}), &events);
        (
            account.balance_s(),
            account.totals().overdrawn_s,
            account.totals().used_s,
        )
    };
    assert_eq!(cancelled(&[]), (HOUR, 0, 0));
    let made_good = BankEvent::adjust("m", day("2025-01-10"), 2 * HOUR);
    assert_eq!(cancelled(&[made_good]), (3 * HOUR, 0, 0));
}

#[test]
fn a_correction_of_a_closed_month_is_made_up_in_the_open_one() {
    let before = [
        earn("a", "2025-01-07", 4 * HOUR),
        earn("b", "2025-01-08", 4 * HOUR),
        take("u", "2025-01-20", 8 * HOUR),
        earn("c", "2025-02-03", 2 * HOUR),
        take("v", "2025-02-10", 2 * HOUR),
    ];
    let mut after = before.to_vec();
    after[1] = earn("b", "2025-01-08", 3 * HOUR);
    let replay = bank(|_| {}).replay(&before, &after, day("2025-01-31")).unwrap();
    let account = &replay.outcome.account;
    assert_eq!((account.balance_s(), account.totals().overdrawn_s), (0, HOUR));
    let found: Vec<_> = replay
        .compensations
        .iter()
        .map(|c| (c.on, c.of.on, c.of.kind, c.of.s))
        .collect();
    let open = day("2025-02-01");
    let expected = [
        (open, day("2025-01-08"), MoveKind::Earn, -HOUR),
        (open, day("2025-01-20"), MoveKind::Overdrawn, HOUR),
        (open, day("2025-01-20"), MoveKind::Use, HOUR),
    ];
    assert_eq!(found, expected);
    let nothing = bank(|_| {}).replay(&before, &before, day("2025-12-31")).unwrap();
    assert!(nothing.compensations.is_empty());
}

#[test]
fn policies_follow_one_another() {
    let version = |from: Option<&str>, rate: Rate, expiry: Expiry| {
        let mut fields = BankPolicyFields::default();
        fields.effective_from = from.map(day);
        fields.rates = vec![("ot".to_owned(), rate)];
        fields.expiry = expiry;
        BankPolicy::new(fields).unwrap()
    };
    let bank = Bank::new(vec![
        version(Some("2025-02-01"), Rate::THREE_HALVES, Expiry::EndOfYear(0)),
        version(None, Rate::ONE, Expiry::Never),
    ])
    .unwrap();
    let (account, _) = ledger(&bank, &[earn("a", "2025-01-31", 10), earn("b", "2025-02-01", 10)]);
    let lots: Vec<_> = account
        .lots()
        .iter()
        .map(|lot| (lot.granted, lot.expires_on))
        .collect();
    assert_eq!(lots, [(10, None), (15, Some(day("2025-12-31")))]);

    let twice = vec![
        version(None, Rate::ONE, Expiry::Never),
        version(None, Rate::ONE, Expiry::Never),
    ];
    assert_eq!(
        Bank::new(twice).unwrap_err().faults()[0].kind,
        FaultKind::Duplicate
    );
    assert!(Bank::new(Vec::new()).is_err());
}

#[test]
fn every_preset_is_accepted_and_names_its_source() {
    for name in BankPolicy::PRESETS {
        let preset = BankPolicy::preset(name).unwrap_or_else(|| panic!("{name} is refused"));
        assert!(
            preset.fields().source.contains("2026-11"),
            "{name} says when it was read"
        );
        assert!(preset.fields().version.starts_with(name));
    }
    let philippine = BankPolicy::preset("ph_gov_coc").unwrap();
    assert!(
        philippine
            .fields()
            .source
            .starts_with("unverified: summary sources")
    );
    assert_eq!(BankPolicy::preset("unheard_of"), None);
}

#[test]
fn all_faults_of_a_policy_are_told_at_once() {
    let mut fields = BankPolicyFields::default();
    fields.version = String::new();
    fields.rates = vec![("ot".to_owned(), Rate::ONE), ("ot".to_owned(), Rate::ONE)];
    fields.quantum_s = 0;
    fields.month_cap_s = Some(-1);
    fields.balance_cap_s = Some(HOUR);
    fields.period_cap = Some(PeriodCap {
        period: Periods::Every {
            days: 0,
            anchor: day("2025-01-01"),
        },
        cap_s: 1,
    });
    fields.expiry = Expiry::Days(3);
    fields.notice_days = 5;
    fields.use_block_s = Some(4 * HOUR);
    fields.use_max_s = Some(2 * HOUR);
    let found = BankPolicy::new(fields).unwrap_err();
    let fields: Vec<&str> = found.faults().iter().map(|f| f.field.as_str()).collect();
    let expected = [
        "version",
        "rates",
        "quantum_s",
        "month_cap_s",
        "period_cap.period.every.days",
        "expiry",
        "use_max_s",
        "balance_cap_s",
    ];
    assert_eq!(fields, expected);
    assert!(Rate::new(0, 1).is_err() && Rate::new(1, 0).is_err() && Rate::new(10_001, 1).is_err());
}

#[test]
fn all_faults_of_events_are_told_at_once() {
    let mut ends_before = earn("d", "2025-01-02", 1);
    if let EventKind::Earn { valid_to, .. } = &mut ends_before.kind {
        *valid_to = Some(day("2025-01-01"));
    }
    let events = [
        earn("a", "2025-01-02", -1),
        take("a", "1800-01-01", 0),
        ends_before,
        BankEvent::adjust("", day("2025-01-02"), i64::MAX),
    ];
    let found: Error = bank(|_| {}).fold(&events).unwrap_err();
    let fields: Vec<&str> = found.faults().iter().map(|f| f.field.as_str()).collect();
    let expected = [
        "events[0].work_s",
        "events[1].date",
        "events[1].s",
        "events[2].valid_to",
        "events[3].id",
        "events[3].s",
        "events",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn an_account_takes_no_event_of_the_past() {
    let bank = bank(|_| {});
    let (mut account, mut ledger) = (Account::new(&bank), Vec::new());
    account
        .apply(&earn("b", "2025-01-02", HOUR), &mut ledger)
        .unwrap();
    let before = account.clone();
    for late in [
        earn("a", "2025-01-02", HOUR),
        earn("c", "2025-01-01", HOUR),
        earn("b", "2025-01-02", HOUR),
    ] {
        assert_eq!(
            account.apply(&late, &mut ledger).unwrap_err().faults()[0].kind,
            FaultKind::Order
        );
    }
    assert_eq!((account, ledger.len()), (before, 1));
}

#[cfg(feature = "serde")]
mod json {
    use super::{BankEvent, BankPolicyFields, EndReason, EventKind, Expiry, day, take};
    use punchclock_rules::FaultKind;
    use punchclock_rules::bank::{BankPolicy, compute_bank};
    use serde_json::{Value, json};

    fn compute(request: &Value) -> Value {
        serde_json::from_slice(&compute_bank(&serde_json::to_vec(request).unwrap()).unwrap()).unwrap()
    }

    fn faults(request: &Value) -> Vec<(Option<String>, String, FaultKind)> {
        let error = compute_bank(&serde_json::to_vec(request).unwrap()).unwrap_err();
        error
            .into_faults()
            .into_iter()
            .map(|f| (f.item, f.field, f.kind))
            .collect()
    }

    #[test]
    fn events_and_policies_survive_being_written() {
        let on = day("2025-01-02");
        let used = EventKind::Use {
            s: 1,
            purpose: Some("family".into()),
            requested_on: Some(on),
            settled: true,
        };
        for event in [
            BankEvent::earn("a", on, "ot", 5),
            BankEvent::new("b", on, used),
            BankEvent::cancel("c", on, "b"),
            BankEvent::adjust("d", on, -5),
            BankEvent::separate("e", on, EndReason::Transfer),
            BankEvent::as_of("f", on),
        ] {
            let written = serde_json::to_string(&event).unwrap();
            assert_eq!(
                serde_json::from_str::<BankEvent>(&written).unwrap(),
                event,
                "{written}"
            );
        }
        for name in BankPolicy::PRESETS {
            let fields = BankPolicy::preset(name).unwrap().fields().clone();
            let written = serde_json::to_string(&fields).unwrap();
            assert_eq!(
                serde_json::from_str::<BankPolicyFields>(&written).unwrap(),
                fields,
                "{written}"
            );
        }
        for text in [
            "never",
            "end_of_year",
            "end_of_next_year",
            "end_of_year+3",
            "days:364",
            "months:2",
        ] {
            let expiry: Expiry = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(serde_json::to_value(expiry).unwrap(), json!(text));
        }
        let periods = json!({"pay_periods": 26, "days": 14, "anchor": "2024-01-14"});
        let expiry: Expiry = serde_json::from_value(periods.clone()).unwrap();
        assert_eq!(serde_json::to_value(expiry).unwrap(), periods);
    }

    #[test]
    fn a_correction_tells_its_compensations() {
        let work =
            |s: i64| json!({"id": "w", "date": "2025-01-07", "type": "earn", "class": "ot", "work_s": s});
        let answer = compute(&json!({"items": [{
            "key": "emp7", "preset": "odoo_compat",
            "events": [work(7_200), take("u", "2025-01-20", 7_200)],
            "correction": {"events": [work(3_600), take("u", "2025-01-20", 7_200)], "closed_through": "2025-01-31"},
        }]}));
        let item = &answer["items"][0];
        assert_eq!(item["totals"]["overdrawn_s"], 3_600);
        assert_eq!(
            item["ledger"][1],
            json!({"event": "u", "from": [["w", 3_600]], "overdrawn_s": 3_600})
        );
        let first = json!({"date": "2025-02-01",
            "of": {"date": "2025-01-07", "event": "w", "lot": "w", "kind": "earn", "s": -3_600}});
        assert_eq!(item["compensations"][0], first);
    }

    #[test]
    fn faults_name_their_item_and_field() {
        let item = |key: &str, events: Value| json!({"key": key, "preset": "odoo_compat", "events": events});
        let wrong = json!([{"id": "a", "date": "2025-01-02", "type": "use", "s": 0}]);
        let request = json!({"items": [item("one", wrong.clone()), item("two", wrong)]});
        let kind = FaultKind::OutOfRange;
        let expected = ["one", "two"]
            .map(|key| (Some(key.to_owned()), "events[0].s".to_owned(), kind))
            .to_vec();
        assert_eq!(faults(&request), expected);

        let text = json!([{"id": "a", "date": "2025-01-02", "type": "use", "s": "1"}]);
        let found = faults(&json!({"items": [item("one", text)]}));
        assert_eq!(
            (found[0].1.as_str(), found[0].2),
            ("items[0].events[0].s", FaultKind::Schema)
        );
        for events in [
            json!([{"id": "a", "date": "2025-01-02", "type": "use", "s": 1, "work_s": 1}]),
            json!([{"id": "a", "date": "2025-01-02", "type": "use"}]),
            json!([{"id": "a", "date": "2025-01-02", "type": "use", "s": 1, "what": 1}]),
            json!([{"id": "a", "date": "2025-01-02", "type": "borrow", "s": 1}]),
        ] {
            assert_eq!(
                faults(&json!({"items": [item("one", events)]}))[0].2,
                FaultKind::Schema
            );
        }
        let two = json!({"items": [{"key": "one", "preset": "odoo_compat", "rules": {}, "events": []}]});
        assert_eq!(faults(&two)[0].2, FaultKind::Schema);
        let unknown = json!({"items": [{"key": "one", "preset": "unheard_of", "events": []}]});
        assert_eq!(faults(&unknown)[0].1, "preset");
        assert!(compute_bank(b"{}").is_err() && compute_bank(b"\xff").is_err() && compute_bank(b"").is_err());
    }
}
