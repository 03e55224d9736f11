//! Stage 13: payable overtime becomes credit, by the kind of the day.

use super::assemble::Draft;
use crate::day_kind::{DayFacts, DayKind};
use crate::policy::Credit;
use crate::result::CreditSeconds;
use crate::rule::Rule;
use crate::trace::{Step, Subject};

/// Gives each draft of a date its credit.
pub(crate) fn apply(day: &mut [Draft<'_>], rules: &Credit, facts: Option<&DayFacts>) {
    if rules.classes.is_empty() {
        return;
    }
    let has = |kind: &DayKind| DayFacts::known_as(facts, kind);
    let Some(class) = rules.classes.iter().find(|class| class.kinds.iter().all(has)) else {
        return;
    };
    let on_date: i64 = day.iter().map(|draft| draft.day.payable_s).sum();
    if on_date < rules.min_s {
        return;
    }
    for draft in day.iter_mut().filter(|draft| draft.day.payable_s > 0) {
        let work_s = draft.day.payable_s;
        let (credit_s, _) = class.rate.apply(work_s);
        draft.day.credits = vec![CreditSeconds {
            class: class.name.clone(),
            work_s,
            rate: class.rate,
            credit_s,
        }];
        if draft.traced {
            draft
                .day
                .trace
                .push(Step::new(Rule::Credit, Subject::Credit(0), 0, work_s));
        }
    }
}
