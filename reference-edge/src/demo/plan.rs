//! The weeks of the demonstration: who works when, and the punches they make. The same every time, so that two runs
//! can be compared; the dates lie in the past, so that nothing depends on the host's clock.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// Monday of the demonstrated week; it has no change of clocks in either zone.
pub const MONDAY: NaiveDate = match NaiveDate::from_ymd_opt(2026, 3, 2) {
    Some(date) => date,
    None => NaiveDate::MIN,
};
/// Working days of a week, Monday first.
pub const WORKDAYS: u64 = 5;

/// A terminal of the demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Read on a schedule.
    Polled,
    /// Sends by itself.
    Pushing,
    /// Does both, so that each punch arrives twice.
    Both,
}

/// A terminal and where it hangs.
#[derive(Debug, Clone)]
pub struct PlannedTerminal {
    /// What it does.
    pub role: Role,
    /// Its serial, unique to this run where a real Odoo keeps it.
    pub serial: String,
    /// Its name.
    pub name: &'static str,
    /// Its IANA zone.
    pub zone: &'static str,
    /// The people who punch on it.
    pub people: Vec<Person>,
    /// For how many weeks.
    pub weeks: u64,
}

/// A person of the demonstration.
#[derive(Debug, Clone)]
pub struct Person {
    /// PIN on the terminal.
    pub pin: String,
    /// Name.
    pub name: &'static str,
    /// The shift of every working day.
    pub shift: Shift,
}

/// A daily shift, in local time; an end not after its start is on the next date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Start.
    pub start: (u32, u32),
    /// End.
    pub end: (u32, u32),
    /// The unpaid break; times before the start are on the next date.
    pub pause: ((u32, u32), (u32, u32)),
}

/// Eight hours with an hour's lunch.
pub const DAY: Shift = Shift {
    start: (8, 0),
    end: (17, 0),
    pause: ((12, 0), (13, 0)),
};
/// Eight hours over midnight, half an hour of them unpaid.
pub const NIGHT: Shift = Shift {
    start: (22, 0),
    end: (6, 0),
    pause: ((2, 0), (2, 30)),
};

/// A punch to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPunch {
    /// PIN.
    pub pin: String,
    /// The terminal's wall clock.
    pub local: NaiveDateTime,
    /// 0 in, 1 out.
    pub state: u8,
}

impl Shift {
    /// An hour and minute of the shift that begins on `date`, on its own or the next date.
    #[must_use]
    pub fn at(&self, date: NaiveDate, (hour, minute): (u32, u32)) -> NaiveDateTime {
        let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN);
        let next_date = (hour, minute) < self.start;
        date.checked_add_days(Days::new(u64::from(next_date)))
            .unwrap_or(date)
            .and_time(time)
    }
}

/// The dates of the working days.
pub fn workdays(weeks: u64) -> impl Iterator<Item = NaiveDate> {
    (0..weeks)
        .flat_map(|week| (0..WORKDAYS).map(move |day| week * 7 + day))
        .filter_map(|day| MONDAY.checked_add_days(Days::new(day)))
}

/// The three terminals with their people; `suffix` makes serials unique in an Odoo that lives on.
#[must_use]
pub fn terminals(suffix: &str, weeks: u64) -> Vec<PlannedTerminal> {
    let people = |first_pin: u32, people: &[(&'static str, Shift)]| {
        people
            .iter()
            .zip(first_pin..)
            .map(|((name, shift), pin)| Person {
                pin: pin.to_string(),
                name,
                shift: *shift,
            })
            .collect::<Vec<_>>()
    };
    vec![
        PlannedTerminal {
            role: Role::Polled,
            serial: format!("DEMOPOLL{suffix}"),
            name: "Manila gate",
            zone: "Asia/Manila",
            weeks,
            people: people(
                101,
                &[
                    ("Ana Cruz", DAY),
                    ("Ben Reyes", DAY),
                    ("Carla Santos", DAY),
                    ("Dino Ramos", DAY),
                ],
            ),
        },
        PlannedTerminal {
            role: Role::Pushing,
            serial: format!("DEMOPUSH{suffix}"),
            name: "Manila office",
            zone: "Asia/Manila",
            weeks,
            people: people(
                201,
                &[
                    ("Ella Garcia", DAY),
                    ("Felix Torres", DAY),
                    ("Gina Flores", DAY),
                    ("Hugo Mendoza", DAY),
                ],
            ),
        },
        PlannedTerminal {
            role: Role::Both,
            serial: format!("DEMOBOTH{suffix}"),
            name: "Brussels plant",
            zone: "Europe/Brussels",
            weeks,
            people: people(
                301,
                &[
                    ("Inge Peeters", DAY),
                    ("Jan Claes", DAY),
                    ("Katrien Maes", NIGHT),
                    ("Luc Wouters", NIGHT),
                ],
            ),
        },
    ]
}

impl PlannedTerminal {
    /// Everything punched on this terminal, in the order of its clock.
    #[must_use]
    pub fn punches(&self) -> Vec<PlannedPunch> {
        let mut punches = Vec::new();
        for (number, person) in (0_i64..).zip(&self.people) {
            for (day, date) in (0_i64..).zip(workdays(self.weeks)) {
                person.day(date, number, day, &mut punches);
            }
        }
        punches.sort_by(|a, b| (a.local, &a.pin).cmp(&(b.local, &b.pin)));
        punches
    }
}

impl Person {
    /// In, out for the break, in again, out. The second person of each terminal stays late, the third forgets to
    /// punch out on the first Thursday; minutes and seconds vary so that no two days are alike.
    fn day(&self, date: NaiveDate, number: i64, day: i64, punches: &mut Vec<PlannedPunch>) {
        let shift = self.shift;
        let wobble =
            |salt: i64| (number.wrapping_mul(7) + day.wrapping_mul(13) + salt.wrapping_mul(5)).rem_euclid(9);
        let mut punch = |at: (u32, u32), minutes: i64, seconds: i64, state: u8| {
            let local = shift.at(date, at) + TimeDelta::minutes(minutes) + TimeDelta::seconds(seconds);
            punches.push(PlannedPunch {
                pin: self.pin.clone(),
                local,
                state,
            });
        };
        punch(shift.start, -wobble(1), 11 + wobble(2), 0);
        punch(shift.pause.0, wobble(3) / 3, 20 + wobble(4), 1);
        punch(shift.pause.1, -wobble(5) / 3, 30 + wobble(6), 0);
        let forgets = number == 2 && day == 3;
        if !forgets {
            let stays = if number == 1 { 35 + 10 * (day % 5) } else { 0 };
            punch(shift.end, stays + wobble(7) / 2, 40 + wobble(8), 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_punches_of_a_terminal_are_one() {
        for terminal in terminals("", 1) {
            let punches = terminal.punches();
            assert_eq!(punches.len(), 4 * 5 * 4 - 1);
            let mut keys: Vec<_> = punches.iter().map(|punch| (&punch.pin, punch.local)).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), punches.len());
        }
    }

    #[test]
    fn a_night_shift_ends_on_the_next_date() {
        assert_eq!(NIGHT.at(MONDAY, NIGHT.end).date(), MONDAY.succ_opt().unwrap());
        assert_eq!(DAY.at(MONDAY, DAY.end).date(), MONDAY);
    }
}
