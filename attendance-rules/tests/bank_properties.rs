//! Laws of the bank that hold for every policy and every list of events.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;
use punchclock_rules::bank::{
    Account, AfterExpiry, Bank, BankEvent, BankPolicy, BankPolicyFields, Change, EndOfCredit, EndReason,
    Entry, EventKind, Expiry, MoveKind, OverCap, PayPeriods, PeriodCap, Periods, Rate, Refusal,
};

const CLASSES: [&str; 3] = ["ot", "rest_day", "holiday"];

/// The first day events may fall on: a month before a new year, so that month, year and expiry turn within the span.
fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 12, 1).unwrap() + Days::new(n)
}

fn expiries() -> impl Strategy<Value = Expiry> {
    prop_oneof![
        Just(Expiry::Never),
        (0_u16..2).prop_map(Expiry::EndOfYear),
        (0_u32..20).prop_map(Expiry::Days),
        (1_u16..3).prop_map(Expiry::Months),
        (0_u16..3, 1_u32..15).prop_map(|(pay_periods, days)| Expiry::PayPeriods(PayPeriods {
            pay_periods,
            days,
            anchor: day(3)
        })),
    ]
}

fn ends() -> impl Strategy<Value = EndOfCredit> {
    prop_oneof![Just(EndOfCredit::Forfeit), Just(EndOfCredit::PayOut)]
}

fn cap() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(prop_oneof![0_i64..50, 0_i64..20_000])
}

fn policies() -> impl Strategy<Value = BankPolicyFields> {
    let rate = (1_u16..5, 1_u16..5).prop_map(|(num, den)| Rate::new(num, den).unwrap());
    let period = prop_oneof![
        Just(Periods::Year),
        (1_u32..10).prop_map(|days| Periods::Every { days, anchor: day(5) })
    ];
    (
        (
            prop::collection::vec(rate, 3),
            prop_oneof![Just(1_i64), Just(1), 1_i64..900],
        ),
        (cap(), cap(), prop::option::of((period, 0_i64..20_000))),
        (
            prop_oneof![Just(OverCap::Uncredited), Just(OverCap::Cash)],
            expiries(),
            ends(),
            ends(),
        ),
        prop_oneof![Just(AfterExpiry::Lapse), (0_u32..9).prop_map(AfterExpiry::Revive)],
        (prop::option::of(1_i64..4), prop::option::of(1_i64..10), 0_u32..2),
    )
        .prop_map(
            |(
                (rates, quantum),
                (month, balance, period),
                (over, expiry, on_expiry, on_end),
                revive,
                uses,
            )| {
                let mut fields = BankPolicyFields::default();
                fields.rates = CLASSES
                    .iter()
                    .map(|class| (*class).to_owned())
                    .zip(rates)
                    .collect();
                fields.quantum_s = quantum;
                fields.month_cap_s = month;
                fields.balance_cap_s = balance.map(|cap| cap + 4);
                fields.period_cap = period.map(|(period, cap_s)| PeriodCap { period, cap_s });
                (
                    fields.over_cap,
                    fields.expiry,
                    fields.on_expiry,
                    fields.on_separation,
                ) = (over, expiry, on_expiry, on_end);
                fields.on_cancel_after_expiry = revive;
                (fields.use_block_s, fields.use_max_s) = (uses.0, uses.1.map(|max| max * 1_000));
                fields.forbidden_purposes = vec!["cash".to_owned()];
                fields.notice_days = if matches!(fields.expiry, Expiry::Days(0)) {
                    0
                } else {
                    uses.2
                };
                fields
            },
        )
}

fn banks() -> impl Strategy<Value = Bank> {
    policies().prop_map(|fields| Bank::from(BankPolicy::new(fields).unwrap()))
}

/// Seconds, small and odd or of a working day's size.
fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![1_i64..12, 1_i64..4_000, Just(3_600)]
}

fn kinds() -> impl Strategy<Value = EventKind> {
    let valid = || prop::option::weighted(0.2, (60_u64..80).prop_map(day));
    prop_oneof![
        5 => ((0..CLASSES.len()), prop_oneof![Just(0), seconds()], valid()).prop_map(|(class, work_s, valid_to)|
            EventKind::Earn { class: CLASSES[class].to_owned(), work_s, valid_to }),
        1 => Just(EventKind::Earn { class: "unheard_of".to_owned(), work_s: 60, valid_to: None }),
        5 => (seconds(), prop::option::weighted(0.2, Just("cash".to_owned())), prop::option::of(0_u64..60),
              prop::bool::weighted(0.2)).prop_map(|(s, purpose, asked, settled)|
            EventKind::Use { s, days: Vec::new(), purpose, requested_on: asked.map(day), settled }),
        3 => (0_usize..40).prop_map(|n| EventKind::Cancel { of: format!("e{n}").into() }),
        2 => (seconds(), any::<bool>(), valid()).prop_map(|(s, less, valid_to)|
            EventKind::Adjust { s: if less { -s } else { s }, valid_to }),
        1 => prop_oneof![Just(EndReason::Separation), Just(EndReason::Transfer)]
            .prop_map(|reason| EventKind::Separate { reason }),
        2 => Just(EventKind::AsOf),
    ]
}

/// Events with names `e0`, `e1`, … so that a cancel may meet its use, in any order.
fn events() -> impl Strategy<Value = Vec<BankEvent>> {
    prop::collection::vec(
        (0_u64..60, kinds(), prop::option::weighted(0.3, 1_u64..20)),
        0..40,
    )
    .prop_map(|events| {
        let split = |(on, mut kind, later): (u64, EventKind, Option<u64>)| {
            // Some uses are of two days.
            if let (EventKind::Use { s, days, .. }, Some(later)) = (&mut kind, later)
                && *s > 1
            {
                *days = vec![(day(on), *s / 2), (day(on + later), *s - *s / 2)];
            }
            (on, kind)
        };
        let named = events.into_iter().map(split).enumerate();
        named
            .map(|(n, (on, kind))| BankEvent::new(format!("e{n}"), day(on), kind))
            .collect()
    })
}

fn in_order(events: &[BankEvent]) -> Vec<BankEvent> {
    let mut ordered = events.to_vec();
    ordered.sort_by(BankEvent::order);
    ordered
}

/// What two accounts must have in common for their people not to notice a difference.
fn standing(account: &Account) -> (i64, i64, Vec<(String, i64)>) {
    let lots = account
        .lots()
        .iter()
        .filter(|lot| lot.left > 0)
        .map(|lot| (lot.id.to_string(), lot.left))
        .collect();
    (account.balance_s(), account.totals().overdrawn_s, lots)
}

fn conserved(account: &Account) {
    let t = account.totals();
    assert_eq!(
        t.credited_s + t.adjusted_in_s,
        t.used_s + t.adjusted_out_s + t.forfeited_s + t.paid_out_s + account.balance_s(),
        "C7: {t:?}"
    );
    let left: i64 = account.lots().iter().map(|lot| lot.left).sum();
    assert_eq!(left, account.balance_s(), "C8");
    assert!(account.lots().iter().all(|lot| lot.left >= 0), "a lot below zero");
    assert!(account.balance_s() >= 0 && t.overdrawn_s >= 0, "32");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// 32, C7, C8 at every prefix; 40: event by event is the same as at once, and 42: what is refused changes nothing.
    #[test]
    fn every_prefix_is_conserved_and_equals_its_fold(bank in banks(), events in events()) {
        let (mut account, mut ledger) = (Account::new(&bank), Vec::new());
        let ordered = in_order(&events);
        for (n, event) in ordered.iter().enumerate() {
            let before = ledger.len();
            account.apply(event, &mut ledger).unwrap();
            conserved(&account);
            let at_once = bank.fold(&ordered[..=n]).unwrap();
            prop_assert_eq!(&at_once.ledger, &ledger);
            prop_assert_eq!(standing(&at_once.account), standing(&account));
            let refused = matches!(ledger.last().unwrap().change, Change::Refused(_));
            if refused && ledger.len() == before + 1 {
                let without = bank.fold(&ordered[..n]).unwrap().account;
                prop_assert_eq!(standing(&without), standing(&account));
                prop_assert_eq!(without.totals(), account.totals());
                prop_assert_eq!(without.lots(), account.lots());
            }
        }
    }

    /// 2, 4: neither the order of the list nor a second run changes anything.
    #[test]
    fn order_of_the_list_is_nothing(bank in banks(), (events, shuffled) in events().prop_flat_map(|e| {
        let shuffled = Just(e.clone()).prop_shuffle();
        (Just(e), shuffled)
    })) {
        prop_assert_eq!(bank.fold(&events).unwrap(), bank.fold(&shuffled).unwrap());
    }

    /// 33: a grant respects the room under every cap that it finds.
    #[test]
    fn no_grant_breaks_a_cap(fields in policies(), events in events()) {
        let bank = Bank::from(BankPolicy::new(fields.clone()).unwrap());
        let (mut account, mut ledger) = (Account::new(&bank), Vec::new());
        let mut months: BTreeMap<(i32, u32), i64> = BTreeMap::new();
        for event in in_order(&events) {
            account.apply(&event, &mut ledger).unwrap();
            let Change::Credited { credited_s, .. } = ledger.last().unwrap().change else { continue };
            let month = months.entry((event.on.year(), event.on.month())).or_default();
            *month += credited_s;
            prop_assert!(fields.month_cap_s.is_none_or(|cap| *month <= cap));
            if credited_s > 0 {
                prop_assert!(fields.balance_cap_s.is_none_or(|cap| account.balance_s() <= cap));
                prop_assert_eq!(credited_s % fields.quantum_s == 0 || credited_s < fields.quantum_s
                    || fields.month_cap_s.is_some() || fields.balance_cap_s.is_some() || fields.period_cap.is_some(), true);
            }
        }
    }

    /// 34, 35: nothing is used while something that ends earlier is there, and nothing after its last day.
    #[test]
    fn first_expiring_first_and_never_expired(bank in banks(), events in events()) {
        let (mut account, mut ledger) = (Account::new(&bank), Vec::new());
        for event in in_order(&events) {
            let before = account.clone();
            let start = ledger.len();
            account.apply(&event, &mut ledger).unwrap();
            let Some(Entry { change: Change::Used { from, .. }, .. }) = ledger.last() else { continue };
            let lapsed: Vec<&str> = ledger[start..].iter().filter_map(|e| match &e.change {
                Change::Lapsed { lot, .. } => Some(lot.as_str()),
                _ => None,
            }).collect();
            let mut usable: Vec<_> = before.lots().iter()
                .filter(|lot| lot.left > 0 && !lapsed.contains(&lot.id.as_str())).collect();
            prop_assert!(usable.iter().all(|lot| lot.expires_on.is_none_or(|last| last >= event.on)));
            // Of several days, an older lot may have been passed over for a later day.
            if matches!(&event.kind, EventKind::Use { days, .. } if !days.is_empty()) {
                continue;
            }
            usable.sort_by_key(|lot| (lot.expires_on.unwrap_or(NaiveDate::MAX), lot.earned_on, lot.id.clone()));
            for (share, lot) in from.iter().zip(&usable) {
                prop_assert_eq!(&share.lot, &lot.id);
            }
            for (share, lot) in from.iter().zip(&usable).take(from.len().saturating_sub(1)) {
                prop_assert_eq!(share.s, lot.left);
            }
        }
    }

    /// 36: one grant or several of the same class and day come to the same, to the second.
    #[test]
    fn cutting_a_grant_changes_nothing(fields in policies(), work in prop::collection::vec(1_i64..5_000, 1..6)) {
        let mut fields = fields;
        fields.quantum_s = 1;
        let bank = Bank::from(BankPolicy::new(fields).unwrap());
        let parts: Vec<BankEvent> = work.iter().enumerate()
            .map(|(n, s)| BankEvent::earn(format!("p{n}"), day(1), "ot", *s)).collect();
        let whole = bank.fold(&[BankEvent::earn("p", day(1), "ot", work.iter().sum())]).unwrap();
        let parts = bank.fold(&parts).unwrap();
        prop_assert_eq!(whole.account.balance_s(), parts.account.balance_s());
        prop_assert_eq!(whole.account.totals(), parts.account.totals());
    }

    /// 41, C6: approved work is credited work, cash work, uncredited work and the one fraction that is carried.
    #[test]
    fn no_second_of_work_is_lost(fields in policies(), events in events()) {
        let bank = Bank::from(BankPolicy::new(fields.clone()).unwrap());
        let outcome = bank.fold(&events).unwrap();
        for (class, rate) in &fields.rates {
            let mut work = 0;
            let mut accounted = outcome.account.carried(class, *rate);
            prop_assert!((0..rate.num().max(rate.den())).contains(&accounted), "the fraction is below a second");
            for entry in &outcome.ledger {
                let id = entry.event.as_ref();
                let own = events.iter().any(|e| Some(&e.id) == id
                    && matches!(&e.kind, EventKind::Earn { class: of, .. } if of == class));
                if let (true, Change::Credited { work_s, credited_s, uncredited_s, cash_work_s, .. }) = (own, &entry.change) {
                    work += work_s;
                    accounted += (credited_s + uncredited_s) * rate.den() + cash_work_s * rate.num();
                }
            }
            prop_assert_eq!(work * rate.num(), accounted);
        }
    }

    /// 37: using a and then b is using both at once.
    #[test]
    fn cutting_a_use_changes_nothing(bank in banks(), events in events(), a in seconds(), b in seconds()) {
        let with = |uses: &[(&str, i64)]| {
            let mut all = events.clone();
            all.push(BankEvent::adjust("x", day(60), 1));
            all.extend(uses.iter().map(|(id, s)| BankEvent::take(*id, day(61), *s)));
            bank.fold(&all).unwrap()
        };
        let (two, one) = (with(&[("z1", a), ("z2", b)]), with(&[("z1", a + b)]));
        let refused = |outcome: &punchclock_rules::bank::Outcome| outcome.ledger.iter()
            .any(|e| e.on == day(61) && matches!(e.change, Change::Refused(_)));
        if !refused(&two) && !refused(&one) {
            prop_assert_eq!(standing(&two.account), standing(&one.account));
        }
    }

    /// A use of several days takes from no lot after its last day, and is refused only if no way of paying it exists.
    #[test]
    fn a_use_of_several_days_is_paid_as_well_as_it_can_be(
        lots in prop::collection::vec((0_u64..12, 1_i64..30), 0..5), parts in prop::collection::btree_map(0_u64..12, 1_i64..20, 1..4),
    ) {
        let bank = Bank::from(BankPolicy::new(BankPolicyFields::default()).unwrap());
        let mut events: Vec<BankEvent> = Vec::new();
        for (n, (last, s)) in lots.iter().enumerate() {
            let kind = EventKind::Adjust { s: *s, valid_to: Some(day(*last)) };
            events.push(BankEvent::new(format!("l{n}"), day(0) - Days::new(1), kind));
        }
        let days: Vec<(NaiveDate, i64)> = parts.iter().map(|(on, s)| (day(*on), *s)).collect();
        let s = parts.values().sum();
        let kind = EventKind::Use { s, days, purpose: None, requested_on: None, settled: false };
        events.push(BankEvent::new("u", day(0), kind));
        // Hall: it can be paid if, from each day on, the lots that last so long hold what is wanted from then on.
        let payable = parts.keys().all(|from| {
            let wanted: i64 = parts.range(from..).map(|(_, s)| s).sum();
            let held: i64 = lots.iter().filter(|(last, _)| last >= from).map(|(_, s)| s).sum();
            held >= wanted
        });
        let outcome = bank.fold(&events).unwrap();
        let used = outcome.ledger.iter().any(|e| matches!(e.change, Change::Used { .. }));
        prop_assert_eq!(used, payable);
        conserved(&outcome.account);
    }

    /// 46: whatever the figures and dates, events are played or refused; nothing overflows, nothing panics.
    #[test]
    fn any_figures_are_played_or_refused(
        fields in policies(), figures in prop::collection::vec((any::<i64>(), any::<i32>(), 0_u8..5), 0..12), far in any::<u32>(),
    ) {
        let mut fields = fields;
        fields.expiry = Expiry::Days(far);
        let date = |n: i32| NaiveDate::from_num_days_from_ce_opt(n / 2_000).unwrap_or(NaiveDate::MIN);
        let events: Vec<BankEvent> = figures.iter().enumerate().map(|(n, (s, on, kind))| {
            let kind = match kind {
                0 => EventKind::Earn { class: "ot".into(), work_s: *s, valid_to: Some(date(on.wrapping_mul(7))) },
                1 => EventKind::Use { s: *s, days: vec![(date(*on), *s)], purpose: None, requested_on: Some(date(-on.max(&-9))), settled: true },
                2 => EventKind::Adjust { s: *s, valid_to: None },
                3 => EventKind::Separate { reason: EndReason::Promotion },
                _ => EventKind::AsOf,
            };
            BankEvent::new(format!("e{n}"), date(*on), kind)
        }).collect();
        if let Ok(policy) = BankPolicy::new(fields)
            && let Ok(outcome) = Bank::from(policy).fold(&events)
        {
            conserved(&outcome.account);
        }
    }

    /// 38: a cancelled use leaves every lot as it was, if none has expired.
    #[test]
    fn a_cancel_restores_the_lots(fields in policies(), events in events(), s in seconds()) {
        let mut fields = fields;
        (fields.expiry, fields.notice_days) = (Expiry::Never, 0);
        let bank = Bank::from(BankPolicy::new(fields).unwrap());
        let mut events = events;
        for event in &mut events {
            if let EventKind::Earn { valid_to, .. } | EventKind::Adjust { valid_to, .. } = &mut event.kind {
                *valid_to = None;
            }
        }
        let before = bank.fold(&events).unwrap();
        events.push(BankEvent::take("z", day(61), s));
        events.push(BankEvent::cancel("zz", day(62), "z"));
        let after = bank.fold(&events).unwrap();
        prop_assert_eq!(standing(&before.account), standing(&after.account));
        prop_assert_eq!(before.account.totals().used_s, after.account.totals().used_s);
    }

    /// 39: adjustments add up, whatever the bracketing; what is added and taken away again is nothing.
    #[test]
    fn adjustments_add_up(bank in banks(), events in events(), amounts in prop::collection::vec(-5_000_i64..5_000, 1..8)) {
        let net = |amounts: &[i64]| {
            let mut all = events.clone();
            all.push(BankEvent::as_of("y", day(61)));
            all.extend(amounts.iter().enumerate().map(|(n, s)| BankEvent::adjust(format!("z{n}"), day(61), *s)));
            let account = bank.fold(&all.iter().filter(|e| e.on < day(61)).cloned().collect::<Vec<_>>()).unwrap().account;
            let lapsed = bank.fold(&all).unwrap().account;
            (lapsed.balance_s() - lapsed.totals().overdrawn_s, account.totals().overdrawn_s)
        };
        prop_assert_eq!(net(&amounts), net(&[amounts.iter().sum()]));
        let there_and_back: Vec<i64> = amounts.iter().copied().chain(amounts.iter().rev().map(|s| -s)).collect();
        prop_assert_eq!(net(&there_and_back), net(&[]));
    }

    /// 40: the moves are the account, and a past event played in is the same account as from scratch, with the closed days' difference told.
    #[test]
    fn a_replay_is_a_fold_and_its_compensations_add_up(
        bank in banks(), events in events(), changed in any::<prop::sample::Index>(), removed in any::<bool>(), closed in 0_u64..60,
    ) {
        let mut after = events.clone();
        if removed && !after.is_empty() {
            after.remove(changed.index(after.len()));
        } else {
            after.push(BankEvent::earn("new", day(changed.index(60) as u64), "ot", 1_000));
        }
        let replay = bank.replay(&events, &after, day(closed)).unwrap();
        conserved(&replay.outcome.account);

        let old = bank.fold(&events).unwrap();
        for event in &mut after {
            let granted = old.ledger.iter().any(|e| e.event.as_ref() == Some(&event.id) && matches!(e.change, Change::Used { .. }));
            if let (true, EventKind::Use { settled, .. }) = (granted, &mut event.kind) {
                *settled = true;
            }
        }
        prop_assert_eq!(&replay.outcome, &bank.fold(&after).unwrap());
        // A use that was granted is never refused by a correction.
        for entry in &replay.outcome.ledger {
            let granted = old.ledger.iter().any(|e| e.event == entry.event && matches!(e.change, Change::Used { .. }));
            prop_assert!(!(granted && entry.change == Change::Refused(Refusal::Insufficient)));
        }

        let sums = |moves: &[punchclock_rules::bank::Move]| {
            let mut sums: BTreeMap<(Option<String>, MoveKind), i64> = BTreeMap::new();
            for m in moves.iter().filter(|m| m.on <= day(closed)) {
                *sums.entry((m.lot.as_ref().map(ToString::to_string), m.kind)).or_default() += m.s;
            }
            sums
        };
        let mut made_up = sums(&old.moves());
        for compensation in &replay.compensations {
            prop_assert_eq!(compensation.on, day(closed + 1));
            let of = &compensation.of;
            *made_up.entry((of.lot.as_ref().map(ToString::to_string), of.kind)).or_default() += of.s;
        }
        made_up.retain(|_, s| *s != 0);
        let mut new = sums(&replay.outcome.moves());
        new.retain(|_, s| *s != 0);
        prop_assert_eq!(made_up, new);

        let mut left: BTreeMap<&str, i64> = BTreeMap::new();
        let moves = replay.outcome.moves();
        for m in &moves {
            if let Some(lot) = &m.lot {
                *left.entry(lot.as_str()).or_default() += m.s;
            }
        }
        for lot in replay.outcome.account.lots() {
            prop_assert_eq!(left.get(lot.id.as_str()), Some(&lot.left));
        }
    }
}
