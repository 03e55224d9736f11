//! Policies that are shipped. Each says where it comes from, when that was read and how well. Not legal advice.

use super::expiry::Expiry;
use super::policy::{BankPolicyFields, EndOfCredit, OverCap};
use super::rate::Rate;

const HOUR: i64 = 3_600;

pub(super) const NAMES: &[&str] = &[
    "flsa_7o",
    "flsa_7o_safety",
    "frappe_compat",
    "odoo_compat",
    "ph_gov_coc",
    "us_federal",
    "us_federal_exempt",
];

pub(super) fn fields(name: &str) -> Option<BankPolicyFields> {
    let mut fields = match name {
        "flsa_7o" => flsa_7o(240),
        "flsa_7o_safety" => flsa_7o(480),
        "us_federal" => us_federal(EndOfCredit::PayOut),
        "us_federal_exempt" => us_federal(EndOfCredit::Forfeit),
        "ph_gov_coc" => ph_gov_coc(),
        "odoo_compat" => odoo_compat(),
        "frappe_compat" => frappe_compat(),
        _ => return None,
    };
    fields.version = format!("{name}-2026-11");
    Some(fields)
}

/// Public agencies of the United States: time and a half, 240 h (480 h in public safety, emergency and seasonal work), then cash.
fn flsa_7o(cap_h: i64) -> BankPolicyFields {
    BankPolicyFields {
        source: "29 USC 207(o); 29 CFR 553.22: text read 2026-11. Pay-out on leaving, 29 CFR 553.27: from memory. Not legal advice.".into(),
        rates: vec![("ot".into(), Rate::THREE_HALVES)],
        balance_cap_s: Some(cap_h * HOUR),
        over_cap: OverCap::Cash,
        on_expiry: EndOfCredit::PayOut,
        on_separation: EndOfCredit::PayOut,
        ..BankPolicyFields::default()
    }
}

/// Civil service of the United States: an hour for an hour, 26 pay periods. The end is counted as 364 days from the day worked, which is the
/// 26th pay period's last day for work on a period's first; with your payroll's calendar, use [`Expiry::PayPeriods`].
fn us_federal(on_expiry: EndOfCredit) -> BankPolicyFields {
    BankPolicyFields {
        source: "5 CFR 550.114(d), 551.531(d) as summarised in the 18F handbook, read 2026-11: secondary. Not legal advice.".into(),
        rates: vec![("ot".into(), Rate::ONE)],
        expiry: Expiry::Days(364),
        on_expiry,
        on_separation: on_expiry,
        ..BankPolicyFields::default()
    }
}

/// Philippine government: compensatory overtime credit (COC), used as compensatory time off (CTO).
fn ph_gov_coc() -> BankPolicyFields {
    BankPolicyFields {
        source: "unverified: summary sources. CSC-DBM Joint Circular No. 2 s. 2004, amended by JC 2-A s. 2005, read in summaries 2026-11; the \
                 circular's text could not be read. Five consecutive days per use and forfeiture on leaving: from memory. Not legal advice."
            .into(),
        rates: vec![
            ("holiday".into(), Rate::THREE_HALVES),
            ("rest_day".into(), Rate::THREE_HALVES),
            ("weekday".into(), Rate::ONE),
        ],
        month_cap_s: Some(40 * HOUR),
        balance_cap_s: Some(120 * HOUR),
        over_cap: OverCap::Uncredited,
        expiry: Expiry::EndOfYear(1),
        on_expiry: EndOfCredit::Forfeit,
        on_separation: EndOfCredit::Forfeit,
        use_block_s: Some(4 * HOUR),
        use_max_s: Some(40 * HOUR),
        forbidden_purposes: ["cash", "offset_tardiness", "offset_undertime"].map(Into::into).into(),
        ..BankPolicyFields::default()
    }
}

/// Odoo 19's extra hours: an hour for an hour, no cap, no end.
fn odoo_compat() -> BankPolicyFields {
    BankPolicyFields {
        source: "Odoo 19.0 hr_holidays_attendance: its source and tests read 2026-11.".into(),
        rates: vec![("ot".into(), Rate::ONE)],
        on_separation: EndOfCredit::PayOut,
        ..BankPolicyFields::default()
    }
}

/// Frappe HR's compensatory leave: holidays worked, used in whole or half days of eight hours.
fn frappe_compat() -> BankPolicyFields {
    BankPolicyFields {
        source: "frappe/hrms compensatory_leave_request: tests read 2026-11.".into(),
        rates: vec![("holiday".into(), Rate::ONE)],
        quantum_s: 4 * HOUR,
        use_block_s: Some(4 * HOUR),
        ..BankPolicyFields::default()
    }
}
