//! What the examples share: how a client is set up from the command line, and how a failure ends the program.

use std::collections::HashMap;
use std::process::ExitCode;

use punchclock_odoo::{ApiKey, Client, Error, Transport};

pub(crate) type Failure = Box<dyn std::error::Error>;

pub(crate) const CONNECTION: &str =
    "--url URL --database NAME --api-key-file FILE [--transport json2|jsonrpc] [--login LOGIN]";

// Odoo's first user. Only JSON-RPC needs to know whose key it is.
const FIRST_USER: &str = "admin";

/// The words of a command line: options with a value each, and what stands by itself.
pub(crate) struct CommandLine {
    options: HashMap<String, String>,
    #[allow(dead_code, reason = "not every example takes words")]
    pub(crate) words: Vec<String>,
}

impl CommandLine {
    /// Reads the program's arguments; `known` are the options besides those of the connection.
    pub(crate) fn read(known: &[&str]) -> Result<Self, Failure> {
        let (mut options, mut words) = (HashMap::new(), Vec::new());
        let mut arguments = std::env::args().skip(1);
        while let Some(word) = arguments.next() {
            let Some(name) = word.strip_prefix("--") else {
                words.push(word);
                continue;
            };
            let connection = ["url", "database", "api-key-file", "transport", "login"];
            if !connection.contains(&name) && !known.contains(&name) {
                return Err(format!("unknown option {word}").into());
            }
            let value = arguments.next().ok_or_else(|| format!("{word} needs a value"))?;
            options.insert(name.to_owned(), value);
        }
        Ok(Self { options, words })
    }

    #[allow(dead_code, reason = "not every example has options of its own")]
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// The client that the options describe.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let needed = |name: &str| {
            self.options
                .get(name)
                .cloned()
                .ok_or_else(|| format!("--{name} is missing"))
        };
        let file = needed("api-key-file")?;
        let key = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
        let mut builder = Client::builder(needed("url")?, needed("database")?, ApiKey::new(key)?);
        let login = self.options.get("login");
        if let Some(login) = login {
            builder = builder.login(login);
        }
        builder = match self.options.get("transport").map(String::as_str) {
            None => builder,
            Some("json2") => builder.transport(Transport::Json2),
            Some("jsonrpc") if login.is_none() => builder.login(FIRST_USER).transport(Transport::JsonRpc),
            Some("jsonrpc") => builder.transport(Transport::JsonRpc),
            Some(other) => return Err(format!("--transport is json2 or jsonrpc, not {other:?}").into()),
        };
        Ok(builder.build()?)
    }
}

/// Says what went wrong. The exit code tells a script what to do: 2 for a wrong command line or setting, 3 for a
/// refusal that a person must look into, 4 for values that were refused, 5 for what may pass by itself, 1 for the rest.
pub(crate) fn end(program: &str, usage: &str, failure: &Failure) -> ExitCode {
    let Some(error) = failure.downcast_ref::<Error>() else {
        eprintln!("{program}: {failure}\nusage: {program} {usage}");
        return ExitCode::from(2);
    };
    eprintln!("{program}: {:?}: {error}", error.kind());
    if error.is_outcome_unknown() {
        eprintln!("{program}: the call may have been carried out");
    }
    ExitCode::from(if error.is_configuration() {
        3
    } else if error.is_validation() || error.is_missing_record() {
        4
    } else if error.is_retryable() {
        5
    } else {
        1
    })
}
