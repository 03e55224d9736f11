//! The one TOML file of an edge. Unknown keys are refused, so that a typo cannot switch something off silently.
//!
//! `packaging/edge.example.toml` is a commented file that a test keeps loadable.

mod secret;
mod validate;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

pub use secret::Secret;

use crate::error::EdgeError;

/// Everything an edge is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who this edge is.
    pub node: Node,
    /// Where punches are kept until Odoo has them.
    pub storage: Storage,
    /// The endpoint that terminals push to; absent, nothing listens.
    pub push: Option<Push>,
    /// How terminals are polled.
    #[serde(default)]
    pub poll: Poll,
    /// The terminals of this branch.
    #[serde(default, rename = "terminal")]
    pub terminals: Vec<Terminal>,
    /// Where punches go.
    pub delivery: Delivery,
    /// Health and metrics.
    #[serde(default)]
    pub admin: Admin,
    /// Logging.
    #[serde(default)]
    pub log: Log,
}

/// `[node]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// A name for logs and health, for example the branch.
    pub name: String,
}

/// `[storage]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// The queue file (SQLite); `-wal`, `-shm` and `.lock` files stand beside it.
    pub path: PathBuf,
    /// The file may grow to this many MiB; past it nothing more is acknowledged.
    #[serde(default = "default_quota_mib")]
    pub quota_mib: u32,
}

/// `[push]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Address and port that the terminals are pointed at.
    pub listen: SocketAddr,
    /// Networks that may connect; everything else is refused before its request is read.
    pub allow: Vec<IpNet>,
    /// Seconds between a terminal's polls for commands; its heartbeat.
    #[serde(default = "default_heartbeat_s")]
    pub heartbeat_s: u32,
    /// Whether terminals may set their clocks from our replies.
    #[serde(default)]
    pub clock: TerminalClock,
}

/// What the replies to a terminal say about time. A terminal sets its clock from the `Date` header and the
/// `TimeZone` option (protocol-adms §1.3), and a Raspberry Pi has no clock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminalClock {
    /// Send both while systemd-timesyncd says that the host clock is synchronised and the terminal's
    /// zone is known; else the handshake waits (503).
    #[default]
    WhenSynchronised,
    /// Send both whenever the zone is known: the operator vouches for the host clock.
    TrustHost,
    /// Send neither. That this leaves every terminal's clock alone is not proven on hardware.
    Never,
}

/// `[poll]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Poll {
    /// Seconds between two polls of a terminal that is polled.
    pub interval_s: u32,
    /// Seconds between two polls while the terminal's push is silent.
    pub fallback_interval_s: u32,
    /// A channel is silent after this many missed intervals.
    pub silent_after: u32,
    /// Seconds between two reconciliations of a terminal that is only pushed and has an address.
    pub reconcile_s: u32,
    /// Seconds a terminal may take for one answer.
    pub timeout_s: u32,
    /// Terminals polled at the same time.
    pub at_once: u32,
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            interval_s: 300,
            fallback_interval_s: 60,
            silent_after: 3,
            reconcile_s: 86_400,
            timeout_s: 10,
            at_once: 4,
        }
    }
}

/// `[[terminal]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terminal {
    /// The serial as the terminal states it.
    pub serial: String,
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// Which channel carries its punches; the other one is the fallback where it is possible.
    pub mode: Mode,
    /// Address of the binary protocol (port 4370 unless changed in its menu).
    pub address: Option<String>,
    /// A file with the comm key; absent, none is set on the terminal.
    pub comm_key_file: Option<PathBuf>,
    /// IANA zone, used until Odoo has told the terminal's zone.
    pub zone: Option<String>,
    /// What to do with a polled packet whose checksum is wrong.
    #[serde(default)]
    pub checksum: Checksum,
}

/// What to do with a packet whose checksum is wrong. TCP guards the bytes too; some firmware computes this one wrongly
/// (protocol-zk §1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// The poll fails.
    #[default]
    Strict,
    /// The packet is taken.
    Lenient,
}

/// Which channel carries a terminal's punches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The edge reads the log on a schedule.
    Poll,
    /// The terminal sends each punch.
    Push,
    /// Both at once.
    Both,
}

/// `[delivery]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The URL of Odoo.
    pub url: String,
    /// The database.
    pub database: String,
    /// A file with the API key of the gateway's own user.
    pub api_key_file: PathBuf,
    /// Events in one call, 1 to 500.
    #[serde(default = "default_batch")]
    pub batch: u32,
    /// First upper bound of the wait after a failure, in milliseconds; it doubles with each further one.
    #[serde(default = "default_retry_base_ms")]
    pub retry_base_ms: u32,
    /// Last upper bound of the wait, in seconds.
    #[serde(default = "default_retry_cap_s")]
    pub retry_cap_s: u32,
    /// Seconds one call may take. Odoo itself retries a serialisation conflict for up to 30 s and may work
    /// 120 s on a request, so that less makes unknown outcomes likelier (harmless here, but wasteful).
    #[serde(default = "default_delivery_timeout_s")]
    pub timeout_s: u32,
    /// A PEM file with the certificate authority of Odoo's certificate, where it is the company's own.
    pub ca_file: Option<PathBuf>,
}

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Where `/livez`, `/readyz`, `/health` and `/metrics` are served.
    pub listen: SocketAddr,
    /// A file with the bearer token of `/metrics`; absent, `/metrics` refuses everybody.
    pub metrics_token_file: Option<PathBuf>,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9180)),
            metrics_token_file: None,
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `punchclock_edge=debug`.
    pub level: String,
    /// One JSON object a line, or text for people.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Json,
        }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Text.
    Text,
}

fn default_quota_mib() -> u32 {
    1024
}

fn default_heartbeat_s() -> u32 {
    10
}

fn default_batch() -> u32 {
    200
}

fn default_retry_base_ms() -> u32 {
    1000
}

fn default_retry_cap_s() -> u32 {
    300
}

fn default_delivery_timeout_s() -> u32 {
    150
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, has an unknown key, or [`Config::parse`] refuses a value. All faults
    /// of the values are named at once.
    pub fn load(path: &Path) -> Result<Self, EdgeError> {
        let text = std::fs::read_to_string(path).map_err(|source| EdgeError::ConfigUnreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::parse(&text).map_err(|faults| EdgeError::ConfigInvalid {
            path: path.to_owned(),
            faults,
        })?;
        config.anchor(path.parent().unwrap_or_else(|| Path::new(".")));
        Ok(config)
    }

    /// Parses and checks a text; paths stay as they are written.
    ///
    /// # Errors
    /// A text with one fault a line, each naming its key and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|fault| fault.to_string())?;
        let faults = validate::faults(&config);
        if faults.is_empty() {
            Ok(config)
        } else {
            Err(faults.join("\n"))
        }
    }

    /// Relative paths are meant from the file that names them, whatever the working directory.
    fn anchor(&mut self, folder: &Path) {
        self.storage.path = folder.join(&self.storage.path);
        self.delivery.api_key_file = folder.join(&self.delivery.api_key_file);
        for file in [&mut self.delivery.ca_file, &mut self.admin.metrics_token_file]
            .into_iter()
            .flatten()
        {
            *file = folder.join(&*file);
        }
        for file in self
            .terminals
            .iter_mut()
            .filter_map(|terminal| terminal.comm_key_file.as_mut())
        {
            *file = folder.join(&*file);
        }
    }
}

impl Terminal {
    /// The name for people: the configured one, else the serial.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() {
            &self.serial
        } else {
            &self.name
        }
    }
}

impl Poll {
    /// Time a terminal may take for one answer.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s.into())
    }
}
