//! What a real Odoo was told by an edge besides punches.

use punchclock_odoo::Domain;
use serde::Deserialize;
use serde_json::Value;

use super::real_odoo::{Prepared, failed};
use crate::error::EdgeError;

/// What an edge has reported, as Odoo keeps it.
#[derive(Debug, Clone, Deserialize)]
pub struct Reported {
    /// The edge's version; `false` before the first report.
    pub version: Value,
    /// Punches that waited then.
    pub queue_depth: u64,
}

#[derive(Debug, Deserialize)]
struct ReportedTerminal {
    serial: String,
    reported_tz: Value,
}

impl Prepared {
    /// What the edge has reported of itself, and the serials of the terminals that it has told the zone of.
    ///
    /// # Errors
    /// Odoo did not answer.
    pub async fn reported(&self) -> Result<(Reported, Vec<String>), EdgeError> {
        let domain = Domain::field("id").eq(self.gateway);
        let rows: Vec<Reported> = self
            .admin
            .search_read(
                "punchclock.gateway",
                &domain,
                &["version", "queue_depth"],
                &Default::default(),
            )
            .await
            .map_err(failed)?;
        let reported = rows
            .into_iter()
            .next()
            .ok_or_else(|| EdgeError::Demo("the gateway has gone".to_owned()))?;
        let domain = Domain::field("gateway_id").eq(self.gateway);
        let rows: Vec<ReportedTerminal> = self
            .admin
            .search_read(
                "punchclock.terminal",
                &domain,
                &["serial", "reported_tz"],
                &Default::default(),
            )
            .await
            .map_err(failed)?;
        let terminals = rows
            .into_iter()
            .filter(|terminal| terminal.reported_tz.is_string())
            .map(|terminal| terminal.serial)
            .collect();
        Ok((reported, terminals))
    }
}
