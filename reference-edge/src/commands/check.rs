//! `check`: what `run` would refuse, without starting anything.

use std::io::Write as _;
use std::path::Path;

use punchclock_edge::config::{Config, Secret};
use punchclock_edge::error::EdgeError;

pub(crate) fn check(path: &Path) -> Result<(), EdgeError> {
    let config = Config::load(path)?;
    Secret::read(&config.delivery.api_key_file, "the API key of Odoo")?;
    if let Some(path) = &config.admin.metrics_token_file {
        Secret::read(path, "the bearer token of /metrics")?;
    }
    punchclock_edge::ingest::comm_keys(&config)?;
    let _ = writeln!(
        std::io::stdout(),
        "{} is usable: {} terminals, delivery to {} (database {})",
        path.display(),
        config.terminals.len(),
        config.delivery.url,
        config.delivery.database
    );
    Ok(())
}
