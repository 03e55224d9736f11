//! Calls one method of one model and prints its result as JSON.
//!
//! ```text
//! cargo run -p punchclock-odoo --example call -- --url http://127.0.0.1:8069 --database demo \
//!     --api-key-file key.txt res.partner search_read '{"domain": [], "fields": ["name"], "limit": 3}'
//! ```
//!
//! Arguments are named; `ids` and `context` stand among them, whatever the transport. `--transport jsonrpc` reaches
//! Odoo 14 to 18 and needs to know whose key it is: `--login`, or `admin`. With a login and no transport the program
//! finds out by itself which one the server speaks. Without MODEL and METHOD it prints the version of the server.
//!
//! Exit codes: 2 for a wrong command line, 3 for key, rights, address or addon, 4 for refused values, 5 for what may
//! pass by itself, 1 for the rest.

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

mod shared;

use std::process::ExitCode;

use shared::{CommandLine, Failure};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        Err(failure) => shared::end(
            "call",
            &format!("{} [MODEL METHOD [JSON-OBJECT]]", shared::CONNECTION),
            &failure,
        ),
    }
}

async fn run() -> Result<String, Failure> {
    let line = CommandLine::read(&[])?;
    let client = line.client()?;
    let (model, method, arguments) = match line.words.as_slice() {
        [] => return Ok(client.version().await?.text),
        [model, method] => (model, method, "{}"),
        [model, method, arguments] => (model, method, arguments.as_str()),
        _ => return Err("MODEL, METHOD and at most one JSON object are wanted".into()),
    };
    let arguments: serde_json::Value =
        serde_json::from_str(arguments).map_err(|error| format!("the arguments are not JSON: {error}"))?;
    let result: serde_json::Value = client.call(model, method, &arguments).await?;
    Ok(serde_json::to_string_pretty(&result)?)
}
