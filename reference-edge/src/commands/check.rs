//! `check`: what `run` would refuse, without starting anything.

use std::io::Write as _;
use std::path::Path;

use punchclock_edge::config::Config;
use punchclock_edge::error::EdgeError;
use punchclock_edge::runtime::Usable;

pub(crate) fn check(path: &Path) -> Result<(), EdgeError> {
    let config = Config::load(path)?;
    Usable::read(&config)?;
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
