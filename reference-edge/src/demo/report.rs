//! What the demonstration shows at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use chrono::Datelike as _;

use super::odoo_stand_in::Arrived;
use super::payroll::{Day, clock};
use super::plan::workdays;
use super::table::Table;
use super::terminals::MadeOn;
use crate::error::EdgeError;

/// What the edge counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) by_poll: u64,
    pub(super) by_push: u64,
    pub(super) duplicates: u64,
    pub(super) rejected: u64,
    pub(super) quarantined: u64,
}

/// Everything there is to tell.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) weeks: u64,
    /// The punches made, by terminal.
    pub(super) made: Vec<MadeOn>,
    /// The punches that arrived, each once for each time it is there.
    pub(super) arrived: Vec<Arrived>,
    pub(super) counts: Counts,
    pub(super) days: Vec<Day>,
    pub(super) payroll: PathBuf,
}

impl Report {
    fn made(&self) -> BTreeSet<&Arrived> {
        self.made.iter().flat_map(|terminal| &terminal.punches).collect()
    }

    fn lost(&self) -> usize {
        let arrived: BTreeSet<&Arrived> = self.arrived.iter().collect();
        self.made().difference(&arrived).count()
    }

    fn invented(&self) -> usize {
        let made = self.made();
        self.arrived.iter().filter(|punch| !made.contains(punch)).count()
    }

    fn doubled(&self) -> usize {
        self.arrived.len() - self.arrived.iter().collect::<BTreeSet<_>>().len()
    }

    /// An error unless what arrived is what was made, each once.
    pub(super) fn verdict(&self) -> Result<(), EdgeError> {
        let (lost, doubled, invented) = (self.lost(), self.doubled(), self.invented());
        if lost == 0 && doubled == 0 && invented == 0 {
            return Ok(());
        }
        Err(EdgeError::Demo(format!(
            "{lost} punches were lost, {doubled} doubled, {invented} never made"
        )))
    }

    fn terminals(&self) -> Table {
        let mut table = Table::new(&["terminal", "serial", "zone", "channel", "made", "delivered"], 4);
        for terminal in &self.made {
            let delivered = self
                .arrived
                .iter()
                .filter(|punch| punch.serial == terminal.serial)
                .count();
            table.row(vec![
                terminal.name.clone(),
                terminal.serial.clone(),
                terminal.zone.clone(),
                terminal.channel.to_owned(),
                terminal.punches.len().to_string(),
                delivered.to_string(),
            ]);
        }
        table
    }

    fn totals(&self) -> Table {
        let mut table = Table::new(&["punches", ""], 1);
        let rows = [
            ("made", self.made().len().to_string()),
            ("received by polling", self.counts.by_poll.to_string()),
            ("received by push", self.counts.by_push.to_string()),
            ("duplicates refused", self.counts.duplicates.to_string()),
            ("delivered", self.arrived.len().to_string()),
            ("rejected, kept", self.counts.rejected.to_string()),
            ("unreadable, kept", self.counts.quarantined.to_string()),
            ("lost", self.lost().to_string()),
            ("doubled", self.doubled().to_string()),
        ];
        for (name, value) in rows {
            table.row(vec![name.to_owned(), value]);
        }
        table
    }

    /// A line an employee: worked time of each day, overtime behind a plus, a mark where somebody has to look.
    fn week(&self) -> Table {
        let dates: Vec<_> = workdays(self.weeks).collect();
        let mut head = vec!["employee".to_owned()];
        head.extend(
            dates
                .iter()
                .map(|date| format!("{} {}", date.weekday(), date.format("%d.%m."))),
        );
        head.extend(["worked".to_owned(), "overtime".to_owned()]);
        let mut table = Table::new(&head.iter().map(String::as_str).collect::<Vec<_>>(), 1);
        let mut people: BTreeMap<(&str, &str), Vec<&Day>> = BTreeMap::new();
        for day in &self.days {
            people
                .entry((&day.payroll_id, &day.employee))
                .or_default()
                .push(day);
        }
        for ((_, employee), days) in people {
            let mut row = vec![employee.to_owned()];
            for date in &dates {
                let of_date = || days.iter().filter(|day| day.date == *date);
                let worked: i64 = of_date().map(|day| day.worked_s).sum();
                let overtime: i64 = of_date().map(|day| day.overtime_s).sum();
                let marked = of_date().any(|day| day.provisional);
                row.push(cell(worked, overtime, marked));
            }
            row.push(clock(days.iter().map(|day| day.worked_s).sum()));
            row.push(clock(days.iter().map(|day| day.overtime_s).sum()));
            table.row(row);
        }
        table
    }
}

fn cell(worked: i64, overtime: i64, marked: bool) -> String {
    let mark = if marked { " !" } else { "" };
    if overtime >= 60 {
        format!("{}+{}{mark}", clock(worked - overtime), clock(overtime))
    } else {
        format!("{}{mark}", clock(worked))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.terminals())?;
        writeln!(f, "{}", self.totals())?;
        writeln!(f, "{}", self.week())?;
        writeln!(
            f,
            "  8:00+0:30 is eight hours and thirty minutes of overtime; ! a punch is missing, so that time earns nothing until somebody says what happened\n"
        )?;
        write!(f, "  payroll: {}", self.payroll.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(made: &[u32], arrived: &[u32]) -> Report {
        let punch = |minute: &u32| Arrived {
            serial: "T".to_owned(),
            pin: "1".to_owned(),
            local: super::super::plan::MONDAY.and_hms_opt(8, *minute, 0).unwrap(),
        };
        Report {
            weeks: 1,
            made: vec![MadeOn {
                name: "T".to_owned(),
                serial: "T".to_owned(),
                channel: "polled",
                zone: "UTC".to_owned(),
                punches: made.iter().map(punch).collect(),
            }],
            arrived: arrived.iter().map(punch).collect(),
            counts: Counts {
                by_poll: 0,
                by_push: 0,
                duplicates: 0,
                rejected: 0,
                quarantined: 0,
            },
            days: Vec::new(),
            payroll: PathBuf::new(),
        }
    }

    #[test]
    fn what_is_lost_doubled_or_invented_fails_the_demonstration() {
        assert!(report(&[1, 2, 3], &[3, 2, 1]).verdict().is_ok());
        for (arrived, expected) in [
            (&[1, 2][..], "1 punches were lost, 0 doubled, 0 never made"),
            (&[1, 2, 3, 3], "0 punches were lost, 1 doubled, 0 never made"),
            (&[1, 2, 3, 4], "0 punches were lost, 0 doubled, 1 never made"),
        ] {
            let error = report(&[1, 2, 3], arrived).verdict().unwrap_err();
            assert_eq!((error.to_string().as_str(), error.exit_code()), (expected, 1));
        }
    }
}
