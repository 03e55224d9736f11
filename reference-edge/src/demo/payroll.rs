//! The payroll file of the demonstration: one line an employee, day and pay code, as the "long" profile of the
//! addon's exports has it (odoo note §5.8): UTF-8, RFC 4180, `.` decimals, cells that a spreadsheet would take for a
//! formula defused.

use std::path::Path;

use chrono::NaiveDate;

use crate::error::EdgeError;

/// One employee's day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Name.
    pub employee: String,
    /// PIN, as the payroll id of the demonstration.
    pub payroll_id: String,
    /// The date the shift counts for.
    pub date: NaiveDate,
    /// Seconds worked.
    pub worked_s: i64,
    /// Of these, beyond the schedule.
    pub overtime_s: i64,
    /// Something is missing, so that the figures may still change.
    pub provisional: bool,
}

/// Writes the file; days without time have no line.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, days: &[Day]) -> Result<(), EdgeError> {
    let failed = |error: csv::Error| EdgeError::io(format!("cannot write {}", path.display()), error.into());
    let mut file = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_path(path)
        .map_err(failed)?;
    file.write_record(["payroll_id", "employee", "date", "pay_code", "minutes", "hours"])
        .map_err(failed)?;
    for day in days {
        let regular_s = day.worked_s.saturating_sub(day.overtime_s);
        for (code, seconds) in [("REG", regular_s), ("OT", day.overtime_s)] {
            if seconds > 0 {
                file.write_record([
                    defused(&day.payroll_id),
                    defused(&day.employee),
                    day.date.to_string(),
                    code.to_owned(),
                    (seconds / 60).to_string(),
                    hours(seconds),
                ])
                .map_err(failed)?;
            }
        }
    }
    file.flush()
        .map_err(|error| EdgeError::io(format!("cannot write {}", path.display()), error))
}

/// Hundredths of an hour, cut, from whole seconds, without a float.
fn hours(seconds: i64) -> String {
    let hundredths = seconds / 36;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A text that a spreadsheet would run is put behind an apostrophe.
fn defused(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// `h:mm`, for the table.
#[must_use]
pub fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 3600, seconds / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_becomes_its_pay_codes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("payroll.csv");
        let day = |employee: &str, worked_s, overtime_s| Day {
            employee: employee.to_owned(),
            payroll_id: "101".to_owned(),
            date: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap(),
            worked_s,
            overtime_s,
            provisional: false,
        };
        write(&path, &[day("=cmd(), Ana", 30_600, 1_800), day("Ben", 0, 0)]).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            text,
            "payroll_id,employee,date,pay_code,minutes,hours\r\n\
             101,\"'=cmd(), Ana\",2026-03-02,REG,480,8.00\r\n\
             101,\"'=cmd(), Ana\",2026-03-02,OT,30,0.50\r\n"
        );
    }
}
