//! Structured logs on standard error: one JSON object a line for the journal, or text for people. PINs, keys and
//! bodies are never logged.

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::error::EdgeError;

/// Installs the log of this process.
///
/// # Errors
/// `log.level` is neither a level nor a filter, or a log is installed already.
pub fn install(log: &Log) -> Result<(), EdgeError> {
    let fault = |fault: String| EdgeError::Io {
        what: format!("log.level {:?} is not usable", log.level),
        source: std::io::Error::other(fault),
    };
    let filter = EnvFilter::try_new(&log.level).map_err(|error| fault(error.to_string()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.try_init(),
    }
    .map_err(|error| fault(error.to_string()))
}
