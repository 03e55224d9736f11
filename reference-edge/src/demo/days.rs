//! The days of the week, from the punches that arrived, by the rules crate: what a real Odoo computes with the same
//! engine.

use punchclock_rules::{BreakWindow, Policy, Punch, ShiftInstance, ZoneTable, Zones, evaluate};

use super::odoo_stand_in::Arrived;
use super::payroll::Day;
use super::plan::{Person, PlannedTerminal, workdays};
use crate::error::EdgeError;

/// Computes every person's days.
///
/// # Errors
/// The rules crate refuses the input; with these plans it does not.
pub fn compute(plan: &[PlannedTerminal], arrived: &[Arrived]) -> Result<Vec<Day>, EdgeError> {
    let failed =
        |error: punchclock_rules::Error| EdgeError::Demo(format!("the days cannot be computed: {error}"));
    let mut days = Vec::new();
    for terminal in plan {
        let zones = Zones::new(ZoneTable::bundled(terminal.zone).map_err(failed)?);
        for person in &terminal.people {
            let punches: Vec<Punch> = arrived
                .iter()
                .filter(|punch| punch.serial == terminal.serial && punch.pin == person.pin)
                .enumerate()
                .map(|(number, punch)| Punch::local(number.to_string(), punch.local))
                .collect();
            let evaluation = evaluate(
                &Policy::default(),
                &shifts(person, terminal.weeks),
                &punches,
                &zones,
            )
            .map_err(failed)?;
            days.extend(evaluation.days.iter().map(|day| Day {
                employee: person.name.to_owned(),
                payroll_id: person.pin.clone(),
                date: day.date,
                worked_s: day.worked_s,
                overtime_s: day.overtime_s,
                provisional: day.provisional,
            }));
        }
    }
    Ok(days)
}

fn shifts(person: &Person, weeks: u64) -> Vec<ShiftInstance> {
    let shift = person.shift;
    workdays(weeks)
        .map(|date| {
            let (from, to) = shift.pause;
            ShiftInstance::new(
                date.to_string(),
                shift.at(date, shift.start),
                shift.at(date, shift.end),
            )
            .with_break(BreakWindow::unpaid(shift.at(date, from), shift.at(date, to)))
        })
        .collect()
}
