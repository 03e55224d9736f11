//! Lists the employees with their badges, a page at a time.
//!
//! ```text
//! cargo run -p punchclock-odoo --example employees -- --url http://127.0.0.1:8069 --database demo --api-key-file key.txt
//! ```

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

mod shared;

use std::process::ExitCode;

use punchclock_odoo::Domain;
use punchclock_odoo::models::Employee;
use shared::{CommandLine, Failure};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => shared::end("employees", shared::CONNECTION, &failure),
    }
}

async fn run() -> Result<(), Failure> {
    let client = CommandLine::read(&[])?.client()?;
    let mut pages = client.records::<Employee>().pages(Domain::all(), 500);
    while let Some(page) = pages.next().await? {
        for employee in page {
            let department = employee.department_id.map(|department| department.name);
            println!(
                "{:>6}  {:<12}  {}  ({})",
                employee.id,
                employee.barcode.as_deref().unwrap_or("no badge"),
                employee.name,
                department.as_deref().unwrap_or("no department"),
            );
        }
    }
    Ok(())
}
