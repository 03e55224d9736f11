//! Calls one method of one model and prints its result as JSON.
//!
//! ```text
//! cargo run -p punchclock-odoo --example call -- --url http://127.0.0.1:8069 --database demo \
//!     --api-key-file key.txt res.partner search_read '{"domain": [], "fields": ["name"], "limit": 3}'
//! ```
//!
//! Without MODEL and METHOD it prints the version of the server.

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::process::ExitCode;

use punchclock_odoo::{ApiKey, Client};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: call --url URL --database NAME --api-key-file FILE [MODEL METHOD [JSON-OBJECT]]";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("call: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Failure> {
    let (mut url, mut database, mut key_file) = (None, None, None);
    let mut positional = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let option = match word.as_str() {
            "--url" => &mut url,
            "--database" => &mut database,
            "--api-key-file" => &mut key_file,
            _ if word.starts_with("--") => return Err(format!("unknown option {word}\n{USAGE}").into()),
            _ => {
                positional.push(word);
                continue;
            }
        };
        *option = Some(
            words
                .next()
                .ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?,
        );
    }
    let (Some(url), Some(database), Some(key_file)) = (url, database, key_file) else {
        return Err(USAGE.into());
    };
    let key = std::fs::read_to_string(&key_file).map_err(|error| format!("{key_file}: {error}"))?;
    let client = Client::builder(url, database, ApiKey::new(key)?).build()?;

    let (model, method, arguments) = match positional.as_slice() {
        [] => return Ok(client.version().await?.text),
        [model, method] => (model, method, "{}"),
        [model, method, arguments] => (model, method, arguments.as_str()),
        _ => return Err(USAGE.into()),
    };
    let arguments: serde_json::Value =
        serde_json::from_str(arguments).map_err(|error| format!("the arguments are not JSON: {error}"))?;
    let result: serde_json::Value = client.call(model, method, &arguments).await?;
    Ok(serde_json::to_string_pretty(&result)?)
}
