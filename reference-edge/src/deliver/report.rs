//! Tells Odoo how this edge and its terminals do and who is on them, and takes from it which zone each terminal
//! stands in (the terminal's record there owns it, the configuration is only the answer before the first contact) and which
//! users HR wants on it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use punchclock_odoo::{Client, Error, NoArgs};
use punchclock_queue::{AsyncQueue, RetrySchedule};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::admin::{problems, terminal_problem};
use crate::registry::{TerminalUser, Wish, Written};
use crate::site::{Site, TerminalState};

/// Between two reports.
const EVERY: Duration = Duration::from_secs(60);
/// Waits after unanswered ones.
const RETRY: RetrySchedule = RetrySchedule::new(Duration::from_secs(2), Duration::from_secs(300));
/// Users in one call; the addon takes at most 1,000.
const USERS_AT_ONCE: usize = 500;
/// Results of writing in one call, as many as the addon takes.
const RESULTS_AT_ONCE: usize = 200;
/// Characters of a problem that are told; the addon cuts there too.
const MOST_PROBLEM: usize = 500;
/// Characters of a hash that are logged: its form and 64 hex digits.
const MOST_HASH: usize = 80;
/// How Odoo writes a time, always in UTC.
const ODOO_DATETIME: &str = "%Y-%m-%d %H:%M:%S";
/// The model whose methods these are.
const GATEWAY: &str = "punchclock.gateway";

#[derive(Debug, Serialize)]
struct Report {
    health: Health,
    terminals: Vec<ToldTerminal>,
}

#[derive(Debug, Serialize)]
struct Health {
    version: &'static str,
    queue_depth: Option<u64>,
    oldest_pending: Option<String>,
    dead: Option<u64>,
    problem: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct ToldTerminal {
    serial: String,
    configured: bool,
    name: Option<String>,
    tz: Option<String>,
    problem: Option<String>,
    firmware: Option<String>,
    clock_skew_s: Option<i64>,
    user_count: Option<u32>,
    log_count: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    key_expires: Option<String>,
    #[serde(default)]
    audit: Option<AuditHead>,
    terminals: Vec<KnownTerminal>,
}

/// The end of the hash chain of Odoo's audit trail. Written to the log here it is a copy outside Odoo's database: who
/// rewrites the chain there cannot rewrite it here (odoo note §5.6).
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct AuditHead {
    seq: u64,
    hash: String,
}

#[derive(Debug, Deserialize)]
struct KnownTerminal {
    serial: String,
    tz: String,
}

#[derive(Debug, Serialize)]
struct ToldUsers<'a> {
    serial: &'a str,
    read_at: &'a str,
    users: &'a [TerminalUser],
    last: bool,
}

#[derive(Debug, Deserialize)]
struct Taken {
    users: u64,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    users: Vec<Wish>,
}

#[derive(Debug, Serialize)]
struct Results<'a> {
    results: &'a [WriteResult],
}

#[derive(Debug, Serialize)]
struct WriteResult {
    id: i64,
    revision: i64,
    ok: bool,
    error: Option<String>,
}

impl From<&Written> for WriteResult {
    fn from(written: &Written) -> Self {
        Self {
            id: written.id,
            revision: written.revision,
            ok: written.result.is_ok(),
            error: written.result.as_ref().err().cloned(),
        }
    }
}

/// Reports until `shutdown`.
#[derive(Debug)]
pub struct Reporter {
    client: Client,
    site: Arc<Site>,
    queue: AsyncQueue,
    audit: Mutex<Option<AuditHead>>,
}

impl Reporter {
    /// A reporter of `site` and its `queue`.
    #[must_use]
    pub fn new(client: Client, site: Arc<Site>, queue: AsyncQueue) -> Self {
        Self {
            client,
            site,
            queue,
            audit: Mutex::default(),
        }
    }

    /// Reports at once, then every minute. It never ends on a failure; punches do not wait for it.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut failures = 0_u32;
        loop {
            let answer = tokio::select! {
                answer = self.report() => answer,
                () = shutdown.cancelled() => return,
            };
            let wait = match answer {
                Ok(()) => {
                    failures = 0;
                    EVERY
                }
                Err(error) => {
                    tracing::debug!(%error, "Odoo did not take the report");
                    let wait = RETRY.delay(failures, fastrand::u64(..));
                    failures = failures.saturating_add(1);
                    wait.max(error.retry_after().unwrap_or_default().min(EVERY))
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // A terminal was read: its users are told at once.
                () = self.site.users_read.notified(), if failures == 0 => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    async fn report(&self) -> Result<(), Error> {
        self.tell_written().await?;
        let report = Report {
            health: self.health().await,
            terminals: self.terminals(),
        };
        let answer: Answer = self.client.call(GATEWAY, "report", &report).await?;
        let expires = answer
            .key_expires
            .and_then(|text| NaiveDateTime::parse_from_str(&text, ODOO_DATETIME).ok());
        self.site.set_key_expires(expires.map(|at| at.and_utc()));
        self.keep_audit_head(answer.audit);
        for known in &answer.terminals {
            if let Some(terminal) = self.site.terminal(&known.serial) {
                terminal.set_zone(&known.tz);
                self.tell_users(&known.serial, terminal).await?;
            }
        }
        self.take_wishes().await
    }

    fn keep_audit_head(&self, head: Option<AuditHead>) {
        let mut kept = self.audit.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = &head
            && kept.as_ref() != Some(head)
        {
            let hash: String = head.hash.chars().take(MOST_HASH).collect();
            tracing::info!(seq = head.seq, hash, "the head of Odoo's audit trail");
        }
        *kept = head;
    }

    async fn health(&self) -> Health {
        let stats = self.queue.stats().await.ok();
        let problem = problems(&self.site, &self.queue).await;
        Health {
            version: env!("CARGO_PKG_VERSION"),
            queue_depth: stats.as_ref().map(|stats| stats.pending),
            oldest_pending: stats
                .as_ref()
                .and_then(|stats| stats.oldest_received_ms)
                .and_then(DateTime::from_timestamp_millis)
                .map(odoo_datetime),
            dead: stats.as_ref().map(|stats| stats.dead),
            problem: told(&problem),
        }
    }

    fn terminals(&self) -> Vec<ToldTerminal> {
        let mut told_terminals: Vec<ToldTerminal> = self
            .site
            .terminals()
            .map(|(serial, terminal)| {
                let facts = terminal.facts();
                ToldTerminal {
                    serial: serial.to_owned(),
                    configured: true,
                    name: Some(terminal.config.label().to_owned()),
                    tz: terminal.zone().map(|zone| zone.name().to_owned()),
                    problem: told(&terminal_problem(&self.site, serial, terminal)),
                    firmware: facts.firmware,
                    clock_skew_s: facts.clock_ahead_s,
                    user_count: facts.users,
                    log_count: facts.records,
                }
            })
            .collect();
        told_terminals.extend(self.site.strangers().into_iter().map(|(serial, _)| ToldTerminal {
            serial,
            ..ToldTerminal::default()
        }));
        told_terminals
    }

    /// The users of a terminal that Odoo knows, once for each reading.
    async fn tell_users(&self, serial: &str, terminal: &TerminalState) -> Result<(), Error> {
        let Some(reading) = terminal.unreported_users() else {
            return Ok(());
        };
        let read_at = odoo_datetime(reading.read_at);
        // One call also for a terminal without users: everybody who was on it has gone.
        let mut slices = reading.users.chunks(USERS_AT_ONCE).peekable();
        loop {
            let users = slices.next().unwrap_or_default();
            let end = slices.peek().is_none();
            let last = end && reading.complete;
            let args = ToldUsers {
                serial,
                read_at: &read_at,
                users,
                last,
            };
            let taken: Taken = self.client.call(GATEWAY, "report_users", &args).await?;
            if end {
                tracing::info!(serial, users = taken.users, "Odoo has the users of this terminal");
                terminal.users_reported(&reading);
                return Ok(());
            }
        }
    }

    /// How the last wishes of HR ended; before the users that were read behind them, which Odoo compares with what was written.
    async fn tell_written(&self) -> Result<(), Error> {
        for (_, terminal) in self.site.terminals() {
            let untold = terminal.untold_wishes();
            if !untold.is_empty() {
                self.tell_results(untold.iter().map(WriteResult::from).collect())
                    .await?;
                terminal.wishes_told(&untold);
            }
        }
        Ok(())
    }

    async fn tell_results(&self, results: Vec<WriteResult>) -> Result<(), Error> {
        for results in results.chunks(RESULTS_AT_ONCE) {
            let args = Results { results };
            let call = self.client.call(GATEWAY, "report_writes", &args);
            call.await.map(|_: serde::de::IgnoredAny| ())?;
        }
        Ok(())
    }

    /// Takes what HR wants written to terminals. It is done with the next poll, or with the next heartbeats of a terminal
    /// that pushes; a terminal that this edge does not know is answered for at once, so that nobody waits.
    async fn take_wishes(&self) -> Result<(), Error> {
        let wanted: Wanted = self.client.call(GATEWAY, "wanted_users", &NoArgs::new()).await?;
        let mut by_serial: BTreeMap<String, Vec<Wish>> = BTreeMap::new();
        for wish in wanted.users {
            by_serial.entry(wish.serial.clone()).or_default().push(wish);
        }
        for (serial, terminal) in self.site.terminals() {
            terminal.set_wishes(by_serial.remove(serial).unwrap_or_default());
        }
        let reason = "this terminal is not in the configuration of the edge";
        let refused = by_serial
            .values()
            .flatten()
            .map(|wish| WriteResult::from(&Written::of(wish, Err(reason.to_owned()))));
        self.tell_results(refused.collect()).await
    }
}

/// Odoo takes naive UTC with a blank only (odoo note §1.1).
fn odoo_datetime(at: DateTime<Utc>) -> String {
    at.format(ODOO_DATETIME).to_string()
}

/// One text of several problems, cut where the addon would cut it; nothing when there are none.
fn told(problems: &[String]) -> Option<String> {
    let text: String = problems.join("\n").chars().take(MOST_PROBLEM).collect();
    (!text.is_empty()).then_some(text)
}
