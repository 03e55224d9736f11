//! What the tests of the whole edge share: its configuration, its process, and an Odoo that can be told to misbehave.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::exhaustive_structs,
    reason = "test support: each test file uses a part of it, and a failed expectation is the test's failure"
)]

pub mod process;
pub mod scripted_odoo;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub const API_KEY: &str = "6f1e0c2d9b8a7f6e5d4c3b2a19080706f5e4d3c2";
pub const METRICS_TOKEN: &str = "metrics-token-of-the-test";

/// A folder with a configuration and its secrets.
pub struct Site {
    pub folder: tempfile::TempDir,
    pub push: SocketAddr,
    pub admin: SocketAddr,
    pub odoo_url: String,
    pub database: String,
    pub quota_mib: u32,
    pub terminals: String,
}

/// A loopback port that nothing listens on now.
pub fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

impl Site {
    pub fn new(odoo_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        secret(&folder.path().join("odoo.key"), API_KEY);
        secret(&folder.path().join("metrics.token"), METRICS_TOKEN);
        Self {
            folder,
            push: free_address(),
            admin: free_address(),
            odoo_url: odoo_url.to_owned(),
            database: "test".to_owned(),
            quota_mib: 64,
            terminals: String::new(),
        }
    }

    pub fn terminal(&mut self, serial: &str, mode: &str, address: Option<SocketAddr>) -> &mut Self {
        write!(
            self.terminals,
            "[[terminal]]\nserial = \"{serial}\"\nmode = \"{mode}\"\nzone = \"Asia/Manila\"\n"
        )
        .unwrap();
        if let Some(address) = address {
            writeln!(self.terminals, "address = \"{address}\"").unwrap();
        }
        self
    }

    pub fn queue_path(&self) -> PathBuf {
        self.folder.path().join("queue.db")
    }

    pub fn config_text(&self) -> String {
        format!(
            r#"
[node]
name = "test"
[storage]
path = "queue.db"
quota_mib = {quota}
[push]
listen = "{push}"
allow = ["127.0.0.0/8"]
heartbeat_s = 2
clock = "trust_host"
[poll]
interval_s = 1
fallback_interval_s = 1
silent_after = 2
timeout_s = 2
[delivery]
url = "{url}"
database = "{database}"
api_key_file = "odoo.key"
batch = 100
retry_base_ms = 50
retry_cap_s = 1
timeout_s = 20
[admin]
listen = "{admin}"
metrics_token_file = "metrics.token"
[log]
level = "info,punchclock_edge=debug"
{terminals}"#,
            quota = self.quota_mib,
            push = self.push,
            url = self.odoo_url,
            database = self.database,
            admin = self.admin,
            terminals = self.terminals,
        )
    }

    /// Writes the configuration; returns its path.
    pub fn write(&self) -> PathBuf {
        let path = self.folder.path().join("edge.toml");
        std::fs::write(&path, self.config_text()).unwrap();
        path
    }

    /// The value of a metric, by the beginning of its line; 0 while a labelled one has not been counted.
    pub async fn metric(&self, line: &str) -> u64 {
        let (_, metrics) = self.get("/metrics", Some(METRICS_TOKEN)).await;
        metrics
            .lines()
            .find_map(|found| found.strip_prefix(line))
            .map_or(0, |value| value.trim().parse().unwrap())
    }

    /// The body of a page of the operators' listener, and its status.
    pub async fn get(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let token = token
            .map(|token| format!("Authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        request(
            self.admin,
            format!("GET {path} HTTP/1.1\r\nHost: edge\r\n{token}Connection: close\r\n\r\n").as_bytes(),
        )
        .await
    }
}

pub fn secret(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Sends raw bytes, reads to the end, splits status and body.
pub async fn request(address: SocketAddr, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut answer))
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let body = text
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned())
        .unwrap_or_default();
    (status, body)
}

/// Waits until `reached`, or fails with `what`.
pub async fn until(what: &str, within: Duration, mut reached: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !reached().await {
        assert!(began.elapsed() < within, "waited {within:?} for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
