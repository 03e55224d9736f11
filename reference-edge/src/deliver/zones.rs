//! Asks Odoo which zone each terminal stands in: the terminal's record there owns it, the configuration is only
//! the answer before the first contact.

use std::sync::Arc;
use std::time::Duration;

use punchclock_odoo::{Client, NoArgs};
use punchclock_queue::RetrySchedule;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::site::Site;

/// Between two questions: a zone changes when a terminal moves to another branch.
const EVERY: Duration = Duration::from_secs(3600);
/// Waits after unanswered questions.
const RETRY: RetrySchedule = RetrySchedule::new(Duration::from_secs(2), Duration::from_secs(300));

#[derive(Debug, Deserialize)]
struct Hello {
    terminals: Vec<KnownTerminal>,
}

#[derive(Debug, Deserialize)]
struct KnownTerminal {
    serial: String,
    tz: String,
}

/// Keeps the zones of the site's terminals current until `shutdown`.
pub async fn keep_zones(client: Client, site: Arc<Site>, shutdown: CancellationToken) {
    let mut failures = 0_u32;
    loop {
        let no_args = NoArgs::new();
        let answer = tokio::select! {
            answer = client.call::<_, Hello>("punchclock.gateway", "hello", &no_args) => answer,
            () = shutdown.cancelled() => return,
        };
        let wait = match answer {
            Ok(hello) => {
                failures = 0;
                for known in &hello.terminals {
                    if let Some(terminal) = site.terminal(&known.serial) {
                        terminal.set_zone(&known.tz);
                    }
                }
                EVERY
            }
            Err(error) => {
                tracing::debug!(%error, "Odoo did not tell the terminals' zones");
                let wait = RETRY.delay(failures, fastrand::u64(..));
                failures = failures.saturating_add(1);
                wait
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => return,
        }
    }
}
