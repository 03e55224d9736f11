//! Policies to start from: what a law or a product does, as data. None of them is legal advice; each says where it is from and how well that was
//! read.

use chrono::Weekday;

use super::{
    Approval, ComplianceCheck, ComplianceRule, Conflict, CountOutside, Counts, Credit, CreditClass,
    DayKindRate, DayMode, OddEnd, Over, Overlay, Overtime, PolicyFields, Scope, Threshold, TierRule,
};
use crate::day_kind::DayKind;
use crate::rate::Ratio;
use crate::time_of_day::TimeOfDay;

const H: i64 = 3_600;

/// The names that [`PolicyFields::preset`] knows.
pub const PRESETS: [&str; 7] = [
    "flsa",
    "flsa_7o",
    "california",
    "ph_private",
    "ph_gov_coc",
    "odoo_compat",
    "frappe_compat",
];

impl PolicyFields {
    /// A preset by its name, one of [`PRESETS`]. Its `notes` say its sources, its date, and that it is not legal advice.
    ///
    /// ```
    /// use punchclock_rules::{Policy, PolicyFields, PRESETS};
    /// for name in PRESETS {
    ///     let fields = PolicyFields::preset(name).expect("a known name");
    ///     assert!(fields.notes.contains("Not legal advice"));
    ///     assert!(Policy::new(fields).is_ok());
    /// }
    /// ```
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        let (mut fields, source) = match name {
            "flsa" => (
                flsa(),
                "29 CFR 778.104, 778.105, 785.47 and 785.48, text read; each workweek alone, over 40 hours at 1.5",
            ),
            "flsa_7o" => (
                flsa_7o(),
                "29 USC 207(o) and 29 CFR 553.22, text read; comp time at 1.5 hours for each hour over 40. The bank's preset of this name holds the caps",
            ),
            "california" => (
                california(),
                "California Labor Code 510 in a summary; 512 and 226.7 (meals), Donohue v. AMN (no rounding of meals) from memory",
            ),
            "ph_private" => (
                ph_private(),
                "Labor Code of the Philippines art. 86-94 and the DOLE handbook, in summaries; night 22-06 ten per cent, premiums multiply",
            ),
            "ph_gov_coc" => (
                ph_gov_coc(),
                "UNVERIFIED: SUMMARY SOURCES. CSC-DBM Joint Circular 2 s. 2004 as amended by 2-A s. 2005 was not read in full; read it before use. \
                 Prior order required; credit 1.0 on workdays, 1.5 else; the bank's preset of this name holds the caps",
            ),
            "odoo_compat" => (
                odoo_compat(),
                "Odoo 19.0 hr_attendance, its own tests run: strict tolerance, all hours count, overlaps once, split at midnight. \
                 Its mistakes with clock changes and nights are not copied",
            ),
            "frappe_compat" => (
                frappe_compat(),
                "frappe/hrms of October 2024, test source read: shift windows of 60 minutes, start-day attribution, punches in turns",
            ),
            _ => return None,
        };
        fields.id = name.to_owned();
        fields.version = format!("{name} 2026-11-25").into();
        fields.notes = format!("{source}. As of 2026-11-25. Not legal advice.");
        Some(fields)
    }
}

fn weekly_40() -> TierRule {
    TierRule::new("over_40", Scope::Week, Over::Seconds(40 * H))
}

fn flsa() -> PolicyFields {
    let mut fields = PolicyFields::default();
    fields.overtime = Overtime::tiers([weekly_40()]);
    fields.overtime.counts = Counts::All;
    fields.overtime.week_starts = Weekday::Sun;
    fields
}

fn flsa_7o() -> PolicyFields {
    let mut fields = flsa();
    fields.credit = credit([("ot", None, Ratio::new(3, 2))]);
    fields
}

fn credit(classes: impl IntoIterator<Item = (&'static str, Option<&'static str>, Ratio)>) -> Credit {
    let mut credit = Credit::default();
    for (name, kind, rate) in classes {
        credit
            .classes
            .push(CreditClass::new(name, kind.map(DayKind::from), rate));
    }
    credit
}

fn california() -> PolicyFields {
    let mut fields = PolicyFields::default();
    let seventh = || Scope::ConsecutiveDay { day: 7 };
    fields.overtime = Overtime::tiers([
        TierRule::new("over_8", Scope::Day, Over::Seconds(8 * H)),
        TierRule::new("over_12", Scope::Day, Over::Seconds(12 * H)).at_bp(20_000),
        TierRule::new("seventh_day", seventh(), Over::Seconds(0)),
        TierRule::new("seventh_day_over_8", seventh(), Over::Seconds(8 * H)).at_bp(20_000),
        weekly_40(),
    ]);
    fields.overtime.week_starts = Weekday::Sun;
    for hours in [5, 10] {
        fields.compliance.push(ComplianceRule::new(ComplianceCheck::Meal {
            required_over_s: hours * H,
            by_s: hours * H,
            min_break_s: 1_800,
        }));
    }
    fields
}

fn night(rate_bp: u32) -> Option<Overlay> {
    let mut night = Overlay::new("night", TimeOfDay::hm(22, 0)?, TimeOfDay::hm(6, 0)?);
    night.rate_bp = rate_bp;
    Some(night)
}

fn ph_private() -> PolicyFields {
    let mut fields = PolicyFields::default();
    fields.overtime =
        Overtime::tiers([TierRule::new("over_8", Scope::Day, Over::Seconds(8 * H)).at_bp(12_500)]);
    fields.overlays.extend(night(11_000));
    let (rest, special, holiday) = (DayKind::REST_DAY, DayKind::SPECIAL_DAY, DayKind::HOLIDAY);
    fields.day_kinds = vec![
        DayKindRate::new([DayKind::DOUBLE_HOLIDAY, rest], 39_000, Some(13_000)),
        DayKindRate::new([DayKind::DOUBLE_HOLIDAY], 30_000, Some(13_000)),
        DayKindRate::new([holiday, rest], 26_000, Some(13_000)),
        DayKindRate::new([holiday], 20_000, Some(13_000)),
        DayKindRate::new([special, rest], 15_000, Some(13_000)),
        DayKindRate::new([special], 13_000, Some(13_000)),
        DayKindRate::new([rest], 13_000, Some(13_000)),
    ];
    fields
}

fn ph_gov_coc() -> PolicyFields {
    let mut fields = PolicyFields::default();
    fields.count_before = CountOutside::Never;
    fields.overtime.approval = Approval::Interval;
    let half = Ratio::new(3, 2);
    fields.credit = credit([
        ("holiday", Some(DayKind::HOLIDAY), half),
        ("holiday", Some(DayKind::SPECIAL_DAY), half),
        ("rest_day", Some(DayKind::REST_DAY), half),
        ("weekday", Some(DayKind::WORKDAY), Ratio::ONE),
    ]);
    fields
}

fn odoo_compat() -> PolicyFields {
    let mut fields = PolicyFields::default();
    fields.day_mode = DayMode::SplitMidnight;
    fields.overtime.conflict = Conflict::Union;
    fields.overtime.counts = Counts::All;
    fields.overtime.threshold = Threshold::Strict;
    fields.odd_end = OddEnd::ByNorm { tolerance_s: H };
    fields
}

fn frappe_compat() -> PolicyFields {
    let mut fields = PolicyFields::default();
    (fields.open_before_s, fields.close_after_s) = (H, H);
    fields.dedup_window_s = 0;
    fields.overtime = Overtime::none();
    fields
}
