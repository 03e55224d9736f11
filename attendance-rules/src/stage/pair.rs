//! Stage 4: punches of one group become sessions.

use super::normalise::Mark;
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::policy::{Pairing, Policy, Trust};
use crate::punch::{Direction, PunchId};
use crate::rule::Rule;

/// Two punches, first the in, then the out; or an in and an out that was assumed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) come: &'a Mark<'a>,
    /// `None` when the out was assumed.
    pub(crate) go: Option<&'a Mark<'a>>,
    /// As punched, or as assumed.
    pub(crate) raw: (i64, i64),
    /// After rounding.
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// `false` for a pair longer than the longest session: its time is shown, and earns nothing.
    pub(crate) accepted: bool,
}

impl<'a> Pair<'a> {
    fn new(come: &'a Mark<'a>, go: &'a Mark<'a>, max_shift_s: i64) -> Self {
        Self::until(come, Some(go), go.at, go.at - come.at <= max_shift_s)
    }

    pub(crate) const fn until(come: &'a Mark<'a>, go: Option<&'a Mark<'a>>, to: i64, accepted: bool) -> Self {
        Self {
            come,
            go,
            raw: (come.at, to),
            from: come.at,
            to,
            accepted,
        }
    }

    /// The ids of its ends; the in twice when the out was assumed.
    pub(crate) fn ids(&self) -> [&'a PunchId; 2] {
        [self.come.id, self.go.map_or(self.come.id, |go| go.id)]
    }
}

/// What pairing made of a group.
#[derive(Debug, Default)]
pub(crate) struct Paired<'a> {
    pub(crate) pairs: Vec<Pair<'a>>,
    /// The in at the end that no out followed.
    pub(crate) open: Option<&'a Mark<'a>>,
    /// Punches between the first and the last, where only those count.
    pub(crate) inner: Vec<&'a Mark<'a>>,
}

/// The rule that makes sessions by this mode and trust.
pub(crate) const fn rule_of(pairing: Pairing, trust: Trust) -> Rule {
    match (pairing, trust) {
        (Pairing::FirstLast | Pairing::TypedFirstLast, _) => Rule::PairFirstLast,
        (_, Trust::Strict) => Rule::PairTyped,
        _ => Rule::PairAlternate,
    }
}

/// Pairs the kept punches of a group, `marks` in time order.
pub(crate) fn pair<'a>(
    marks: impl Iterator<Item = &'a Mark<'a>> + Clone,
    policy: &Policy,
    out: &mut Paired<'a>,
    anomalies: &mut Vec<Anomaly>,
) {
    out.pairs.clear();
    out.inner.clear();
    out.open = None;
    match policy.fields().pairing {
        Pairing::Alternate | Pairing::Typed => every(marks.clone(), policy, out, anomalies),
        Pairing::FirstLast | Pairing::TypedFirstLast => first_last(marks.clone(), policy, out, anomalies),
    }
    if policy.trust() == Trust::Hint {
        missing_in(marks, anomalies);
    }
    for pair in out.pairs.iter().filter(|p| !p.accepted) {
        let ids = pair.ids().map(Clone::clone).to_vec();
        anomalies.push(Anomaly::new(
            AnomalyCode::OverMaxShift,
            ids,
            Some(pair.raw.1 - pair.raw.0),
        ));
    }
}

fn raise(code: AnomalyCode, mark: &Mark<'_>) -> Anomaly {
    Anomaly::new(code, vec![mark.id.clone()], None)
}

/// Every in with the out that follows it.
fn every<'a>(
    marks: impl Iterator<Item = &'a Mark<'a>>,
    policy: &Policy,
    out: &mut Paired<'a>,
    anomalies: &mut Vec<Anomaly>,
) {
    let (fields, trust) = (policy.fields(), policy.trust());
    let mut open: Option<&Mark<'_>> = None;
    for mark in marks {
        let turn = if open.is_some() {
            Direction::Out
        } else {
            Direction::In
        };
        if mark
            .claimed
            .is_some_and(|claim| fields.transfer_kinds.contains(&claim))
        {
            out.pairs
                .extend(open.map(|come| Pair::new(come, mark, fields.max_shift_s)));
            open = Some(mark);
            continue;
        }
        let claimed = mark.claimed.and_then(|claim| claim.direction());
        let role = match trust {
            Trust::Ignore => turn,
            Trust::Hint => {
                if claimed.is_some_and(|claimed| claimed != turn) {
                    anomalies.push(raise(AnomalyCode::TypeDisagrees, mark));
                }
                turn
            }
            Trust::Strict => claimed.unwrap_or(turn),
        };
        match (role, open) {
            (Direction::In, None) => open = Some(mark),
            (Direction::In, Some(_)) => anomalies.push(raise(AnomalyCode::RepeatedIn, mark)),
            (Direction::Out, Some(come)) => {
                out.pairs.push(Pair::new(come, mark, fields.max_shift_s));
                open = None;
            }
            (Direction::Out, None) => anomalies.push(raise(AnomalyCode::OrphanOut, mark)),
        }
    }
    out.open = open;
}

/// The first with the last.
fn first_last<'a>(
    marks: impl Iterator<Item = &'a Mark<'a>> + Clone,
    policy: &Policy,
    out: &mut Paired<'a>,
    anomalies: &mut Vec<Anomaly>,
) {
    let strict = policy.trust() == Trust::Strict;
    let claims =
        |mark: &Mark<'_>, direction| strict && mark.claimed.and_then(|c| c.direction()) == Some(direction);
    let first = marks.clone().position(|mark| !claims(mark, Direction::Out));
    let last = marks
        .clone()
        .enumerate()
        .filter(|(_, mark)| !claims(mark, Direction::In))
        .last()
        .map(|(i, _)| i);
    let ends = first.zip(last).filter(|(first, last)| first < last);
    let mut come = None;
    for (index, mark) in marks.enumerate() {
        match ends {
            Some((first, _)) if index == first => come = Some(mark),
            Some((_, last)) if index == last => {
                out.pairs
                    .extend(come.map(|come| Pair::new(come, mark, policy.fields().max_shift_s)));
            }
            Some(_) => out.inner.push(mark),
            None if Some(index) == first => out.open = Some(mark),
            None if claims(mark, Direction::Out) => anomalies.push(raise(AnomalyCode::OrphanOut, mark)),
            None => anomalies.push(raise(AnomalyCode::RepeatedIn, mark)),
        }
    }
}

/// With hints: an odd number of punches of which the first claims to be an out lacks its in.
fn missing_in<'a>(mut marks: impl Iterator<Item = &'a Mark<'a>>, anomalies: &mut Vec<Anomaly>) {
    let Some(first) = marks.next() else { return };
    let claims_out = first.claimed.and_then(|claim| claim.direction()) == Some(Direction::Out);
    if claims_out && marks.count().is_multiple_of(2) {
        anomalies.push(raise(AnomalyCode::MissingIn, first));
    }
}
