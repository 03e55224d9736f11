//! Reads the logs of terminals on a schedule. A terminal is not disabled while it is read (people can go on punching) and
//! never cleared; nothing is written to it but the users that HR wants there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use punchclock_queue::{CursorUpdate, NewQuarantine, normalise_serial};
use punchclock_zk::{AttendanceLog, ChecksumPolicy, Client, CommKey, ConnectOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::write_users;
use crate::config::{Checksum, Config, Poll, Secret};
use crate::error::EdgeError;
use crate::intake::{Intake, IntakeError, Stored};
use crate::metrics::Metrics;
use crate::punch::{Channel, Punch};
use crate::registry::{Facts, TerminalUser, UserReading};
use crate::site::{Site, TerminalState};
use crate::tasks::Tasks;

/// Punches in one commit while a log is read: terminals that push get their turn in between.
const SLICE: usize = 500;
/// Bytes of a log: 400,000 records, four times what the largest terminals hold. A log is in memory while it is read.
const MOST_LOG: u32 = 16 << 20;
/// Distinct unreadable records kept of one terminal; they also stay on it.
const BAD_KEPT: usize = 4_000;
/// Between two readings of a terminal's users: enrolling somebody is rare, and a terminal may hold thousands.
const USERS_EVERY: Duration = Duration::from_secs(6 * 3600);
/// How often the schedule is looked at; a silence is noticed this much late.
const TICK: Duration = Duration::from_millis(200);

/// The comm keys of the configuration, by normalised serial.
pub type CommKeys = BTreeMap<String, CommKey>;

/// Reads the comm keys from their files.
///
/// # Errors
/// A file is missing, open to others, or holds no comm key.
pub fn comm_keys(config: &Config) -> Result<CommKeys, EdgeError> {
    const PURPOSE: &str = "the comm key of a terminal";
    let mut keys = CommKeys::new();
    for terminal in &config.terminals {
        let Some(path) = &terminal.comm_key_file else {
            continue;
        };
        let secret = Secret::read(path, PURPOSE)?;
        let number: u32 = secret.expose().parse().map_err(|_| EdgeError::Secret {
            path: path.clone(),
            purpose: PURPOSE,
            fault: "is no comm key: write the number set in the terminal's menu, 1 to 999999".to_owned(),
        })?;
        keys.insert(
            normalise_serial(&terminal.serial).into_owned(),
            CommKey::new(number),
        );
    }
    Ok(keys)
}

/// Where the last complete poll of a terminal stood. It is committed with the last of its punches. The whole log is
/// read each time for now, so that this is what an operator and a later windowed read look at, not a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    records: usize,
    newest: Option<chrono::NaiveDateTime>,
}

/// Polls the terminals that have an address.
#[derive(Debug, Clone)]
pub struct Poller {
    config: Poll,
    site: Arc<Site>,
    metrics: Arc<Metrics>,
    intake: Intake,
    keys: Arc<CommKeys>,
    at_once: Arc<Semaphore>,
}

impl Poller {
    /// A poller with the settings of `[poll]`.
    #[must_use]
    pub fn new(config: Poll, site: Arc<Site>, metrics: Arc<Metrics>, intake: Intake, keys: CommKeys) -> Self {
        let at_once = Arc::new(Semaphore::new(usize::try_from(config.at_once).unwrap_or(1)));
        Self {
            config,
            site,
            metrics,
            intake,
            keys: Arc::new(keys),
            at_once,
        }
    }

    /// Starts one task a terminal: a terminal serves one client at a time, and a slow one holds up no other.
    pub(crate) fn spawn(&self, tasks: &Tasks) {
        for (serial, terminal) in self.site.terminals() {
            if terminal.config.address.is_some() {
                tasks.spawn(
                    "poller",
                    self.clone().watch(serial.to_owned(), tasks.stop.clone()),
                );
            }
        }
    }

    async fn watch(self, serial: String, stop: CancellationToken) {
        let Some(terminal) = self.site.terminal(&serial) else {
            return;
        };
        loop {
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                () = stop.cancelled() => return,
            }
            let now = self.site.clock.elapsed();
            if terminal
                .watch(|watch| watch.next_poll(now))
                .is_none_or(|due| due > now)
            {
                continue;
            }
            let Ok(_turn) = self.at_once.acquire().await else {
                return;
            };
            tokio::select! {
                () = self.poll(&serial, terminal) => {}
                // Half a log read is no harm: what was committed stays, the rest is read after the next start.
                () = stop.cancelled() => return,
            }
        }
    }

    async fn poll(&self, serial: &str, terminal: &TerminalState) {
        let result = self.read_and_store(serial, terminal).await;
        let now = self.site.clock.elapsed();
        match result {
            Ok(stored) => {
                if terminal.problem().is_some() {
                    tracing::info!(terminal = terminal.config.label(), "polling works again");
                }
                self.metrics.polled("ok");
                terminal.polled(now, None);
                tracing::debug!(terminal = terminal.config.label(), ?stored, "polled");
            }
            Err(problem) => {
                self.metrics.polled("failed");
                if terminal.problem().as_ref() != Some(&problem) {
                    tracing::warn!(
                        terminal = terminal.config.label(),
                        problem,
                        "a poll failed; it is repeated"
                    );
                }
                terminal.polled(now, Some(problem));
            }
        }
    }

    /// One poll: connect, compare the serial, read the log, store it slice by slice.
    async fn read_and_store(&self, serial: &str, terminal: &TerminalState) -> Result<Stored, String> {
        let log = self
            .read(serial, terminal)
            .await
            .map_err(|problem| with_causes(&problem))?;
        self.store(serial, terminal, &log)
            .await
            .map_err(|error| error.to_string())
    }

    async fn read(&self, serial: &str, terminal: &TerminalState) -> Result<AttendanceLog, Problem> {
        let address = terminal.config.address.as_deref().unwrap_or_default();
        let mut options = ConnectOptions::new()
            .connect_timeout(self.config.timeout())
            .timeout(self.config.timeout())
            .max_transfer(MOST_LOG)
            .checksum(match terminal.config.checksum {
                Checksum::Strict => ChecksumPolicy::Strict,
                Checksum::Lenient => ChecksumPolicy::Lenient,
            });
        if let Some(key) = self.keys.get(serial) {
            options = options.comm_key(*key);
        }
        let (client, connection) = Client::connect(address, options).await?;
        let talking = async move {
            let result = read_connected(&client, serial, address).await;
            if result.is_ok() {
                self.read_registry(&client, terminal).await;
            }
            // The log is here; that the terminal does not say goodbye changes nothing.
            if let Err(error) = client.disconnect().await {
                tracing::debug!(%error, terminal = terminal.config.label(), "the terminal did not say goodbye");
            }
            result
        };
        // What ends the connection is told by the request that was under way.
        let (result, _) = tokio::join!(talking, connection.run());
        result
    }

    /// Who is on the terminal and how it does, after its log: what fails here costs no punch.
    async fn read_registry(&self, client: &Client, terminal: &TerminalState) {
        let wrote = write_users::fulfil(client, terminal).await;
        let read_at = self.site.clock.now();
        if !terminal.users_due(self.site.clock.elapsed(), USERS_EVERY) && !wrote {
            return;
        }
        let read = async {
            let mut facts = Facts {
                firmware: client.device_info().await?.firmware,
                ..Facts::default()
            };
            // A clock that stands at no date is the punches' problem, not this one's.
            facts.clock_ahead_s = client.time().await.ok().and_then(|shown| {
                let table = terminal
                    .zone()?
                    .table
                    .as_ref()?
                    .to_local(self.site.clock.now().timestamp())?;
                Some(shown.signed_duration_since(table).num_seconds())
            });
            let sizes = client.free_sizes().await?;
            (facts.users, facts.records) = (sizes.users, sizes.records);
            Ok::<_, punchclock_zk::Error>((facts, client.users().await?))
        };
        match read.await {
            Ok((facts, users)) => {
                terminal.set_facts(facts);
                terminal.set_users(UserReading {
                    read_at,
                    users: users.iter().filter_map(TerminalUser::of).collect(),
                    complete: true,
                });
                self.site.users_read.notify_one();
            }
            Err(error) => {
                tracing::warn!(terminal = terminal.config.label(), %error, "the users of a terminal could not be read");
            }
        }
    }

    async fn store(
        &self,
        serial: &str,
        terminal: &TerminalState,
        log: &AttendanceLog,
    ) -> Result<Stored, IntakeError> {
        let received_at = self.site.clock.now();
        // Old terminals name a person by an internal number; one that is nobody's any more must not become somebody's PIN.
        let (nobodys, usable): (Vec<_>, Vec<_>) = log.good().partition(|record| record.by_uid);
        let punches: Vec<Punch> = usable
            .into_iter()
            .map(|record| Punch {
                serial: terminal.config.serial.clone(),
                pin: record.user_id.clone(),
                local_time: record.time,
                state: Some(record.punch),
                verify: Some(record.verify),
                work_code: record
                    .work_code
                    .filter(|code| *code != 0)
                    .map(|code| code.to_string()),
                channel: Channel::Poll,
                received_at,
            })
            .collect();
        let received_ms = received_at.timestamp_millis();
        let bad = log
            .bad()
            .map(|bad| quarantined(serial, bad, &bad.raw, received_ms));
        let nobodys = nobodys
            .into_iter()
            .map(|record| quarantined(serial, "nobody has its internal number", &record.raw, received_ms));
        let bad = bad.chain(nobodys).collect();
        let mut total = self.store_bad(serial, bad).await?;
        let position = Position {
            records: log.records.len(),
            newest: punches.iter().map(|punch| punch.local_time).max(),
        };
        let mut slices = punches.chunks(SLICE).peekable();
        while let Some(slice) = slices.next() {
            let last = slices.peek().is_none();
            let cursor = last.then(|| cursor(serial, &position)).flatten();
            let stored = self
                .intake
                .store(Channel::Poll, slice, Vec::new(), cursor)
                .await?;
            total = total.plus(stored);
        }
        if total.conflict > 0 {
            tracing::warn!(
                terminal = terminal.config.label(),
                conflicts = total.conflict,
                "punches were read with another state than they were pushed with; the first copy is kept"
            );
        }
        Ok(total)
    }

    /// Records that cannot be read come again with each poll, so that only those are stored that were not before.
    async fn store_bad(&self, serial: &str, bad: Vec<NewQuarantine>) -> Result<Stored, IntakeError> {
        let source = format!("bad:{serial}");
        let mut known: BTreeSet<u32> = match self.intake.cursor(&source).await? {
            Some(state) => serde_json::from_slice(&state).unwrap_or_default(),
            None => BTreeSet::new(),
        };
        let mut fresh = Vec::new();
        for row in bad {
            if known.len() >= BAD_KEPT {
                tracing::error!(
                    serial,
                    "no more unreadable records are kept here; they stay on the terminal"
                );
                break;
            }
            if known.insert(short_digest(&row.raw)) {
                fresh.push(row);
            }
        }
        if fresh.is_empty() {
            return Ok(Stored::default());
        }
        tracing::warn!(
            serial,
            records = fresh.len(),
            "records that cannot be read are kept: `punchclock-edge quarantine` lists them"
        );
        let cursor = serde_json::to_vec(&known)
            .ok()
            .map(|state| CursorUpdate::new(source, state));
        self.intake.store(Channel::Poll, &[], fresh, cursor).await
    }
}

fn short_digest(raw: &[u8]) -> u32 {
    let digest: [u8; 32] = Sha256::digest(raw).into();
    let [a, b, c, d, ..] = digest;
    u32::from_be_bytes([a, b, c, d])
}

/// Why a poll failed: the protocol, or a terminal that is not the one of the configuration.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Protocol(#[from] punchclock_zk::Error),
    #[error(
        "{address} answers as terminal {found}, the configuration says {expected}: correct the address or the serial; nothing was stored"
    )]
    OtherTerminal {
        address: String,
        found: String,
        expected: String,
    },
}

/// An error with what caused it, on one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

async fn read_connected(client: &Client, serial: &str, address: &str) -> Result<AttendanceLog, Problem> {
    let info = client.device_info().await?;
    // Some firmware refuses to tell its serial; then the configuration is believed.
    if let Some(found) = info.serial
        && normalise_serial(&found) != serial
    {
        return Err(Problem::OtherTerminal {
            address: address.to_owned(),
            found,
            expected: serial.to_owned(),
        });
    }
    Ok(client.attendance().await?)
}

fn cursor(serial: &str, position: &Position) -> Option<CursorUpdate> {
    serde_json::to_vec(position)
        .ok()
        .map(|state| CursorUpdate::new(format!("poll:{serial}"), state))
}

fn quarantined(serial: &str, why: impl std::fmt::Display, raw: &[u8], received_ms: i64) -> NewQuarantine {
    NewQuarantine::new(
        format!("poll:{serial}"),
        received_ms,
        format!("attendance record: {why}"),
        raw.to_vec(),
    )
}
