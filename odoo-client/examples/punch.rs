//! Stores one span of presence, and the same one however often it is run: the external id makes the call idempotent.
//!
//! ```text
//! cargo run -p punchclock-odoo --example punch -- --url http://127.0.0.1:8069 --database demo --api-key-file key.txt \
//!     --employee 7 --check-in '2026-03-02 07:00:00' --check-out '2026-03-02 15:30:00'
//! ```
//!
//! The times are UTC. Prints the id of the attendance. Needs the right to create attendances of that employee.

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

mod shared;

use std::process::ExitCode;

use punchclock_odoo::models::Attendance;
use punchclock_odoo::{OdooDateTime, RetryDecision, RetryPolicy};
use shared::{CommandLine, Failure};

const OPTIONS: &str = "--employee ID --check-in 'YYYY-MM-DD HH:MM:SS' --check-out 'YYYY-MM-DD HH:MM:SS'";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(id) => {
            println!("{id}");
            ExitCode::SUCCESS
        }
        Err(failure) => shared::end("punch", &format!("{} {OPTIONS}", shared::CONNECTION), &failure),
    }
}

async fn run() -> Result<i64, Failure> {
    let line = CommandLine::read(&["employee", "check-in", "check-out"])?;
    let client = line.client()?;
    let needed = |name: &str| line.option(name).ok_or_else(|| format!("--{name} is missing"));
    let time = |name: &str| -> Result<OdooDateTime, Failure> {
        Ok(needed(name)?
            .parse()
            .map_err(|_| format!("--{name} is not a time like 2026-03-02 07:00:00"))?)
    };
    let employee: i64 = needed("employee")?
        .parse()
        .map_err(|_| "--employee is not the id of a record")?;
    let (check_in, check_out) = (time("check-in")?, time("check-out")?);

    // The same punch has the same external id: sent again, it writes the same record.
    let external_id = format!("__import__.punchclock_{employee}_{}", check_in.utc().timestamp());
    let fields = ["id", "employee_id/.id", "check_in", "check_out"];
    let row = [
        external_id,
        employee.to_string(),
        check_in.to_string(),
        check_out.to_string(),
    ];

    let policy = RetryPolicy::default().max_attempts(3);
    let attendances = client.records::<Attendance>();
    let mut attempt = 1;
    loop {
        match attendances.load(&fields, &[&row]).await {
            Ok(ids) => return ids.first().copied().ok_or_else(|| "Odoo stored nothing".into()),
            // Idempotent, so it may go out again even when the outcome is unknown.
            Err(error) => match policy.decide(&error.failure(), attempt, true, random()) {
                RetryDecision::Wait(pause) => tokio::time::sleep(pause).await,
                RetryDecision::Stop => return Err(error.into()),
            },
        }
        attempt += 1;
    }
}

/// Evenly from `[0, 1)`; a program would use its own source of random numbers.
fn random() -> f64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let bits = std::hash::RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}
