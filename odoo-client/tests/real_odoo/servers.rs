//! The servers of these tests and the ways to talk to each.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use punchclock_odoo::{ApiKey, Client, ClientBuilder, Transport};
use serde::Deserialize;

/// Somebody with an API key.
#[derive(Debug, Deserialize)]
pub(crate) struct Identity {
    pub(crate) login: String,
    api_key_file: PathBuf,
}

impl Identity {
    pub(crate) fn key_file(&self) -> &Path {
        &self.api_key_file
    }

    pub(crate) fn key(&self) -> ApiKey {
        ApiKey::new(std::fs::read_to_string(&self.api_key_file).unwrap().trim()).unwrap()
    }
}

/// What `client-up` tells of the Odoo it started.
#[derive(Debug, Deserialize)]
pub(crate) struct Server {
    pub(crate) series: u16,
    pub(crate) url: String,
    pub(crate) database: String,
    #[serde(flatten)]
    pub(crate) admin: Identity,
    pub(crate) restricted: Identity,
    pub(crate) archived: Identity,
    /// None where keys do not expire.
    pub(crate) expired: Option<Identity>,
    pub(crate) company_id: i64,
    pub(crate) other_company_id: i64,
    /// The largest body in bytes; none where Odoo has no limit.
    pub(crate) body_limit: Option<usize>,
}

/// One server over one transport.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub(crate) server: &'static Server,
    pub(crate) transport: Transport,
}

impl Way {
    /// A client of somebody over this transport.
    pub(crate) fn builder(&self, who: &Identity, key: ApiKey) -> ClientBuilder {
        Client::builder(&self.server.url, &self.server.database, key)
            .login(&who.login)
            .transport(self.transport)
    }

    pub(crate) fn client_of(&self, who: &Identity) -> Client {
        self.builder(who, who.key()).build().unwrap()
    }

    /// A client of the administrator.
    pub(crate) fn client(&self) -> Client {
        self.client_of(&self.server.admin)
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Odoo {} over {}", self.server.series, self.transport)
    }
}

/// The running Odoo of a series.
pub(crate) fn server(series: u16) -> &'static Server {
    static ODOO_14: OnceLock<Server> = OnceLock::new();
    static ODOO_19: OnceLock<Server> = OnceLock::new();
    let slot = if series == 14 { &ODOO_14 } else { &ODOO_19 };
    slot.get_or_init(|| up(series))
}

/// Every transport of every server.
pub(crate) fn ways() -> [Way; 3] {
    [
        (19, Transport::Json2),
        (19, Transport::JsonRpc),
        (14, Transport::JsonRpc),
    ]
    .map(|(series, transport)| Way {
        server: server(series),
        transport,
    })
}

/// A name that no other run has given a record: the databases are kept between runs.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let at = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros();
    format!("{name} {at}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn up(series: u16) -> Server {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../odoo_addon/dev/odoo");
    let output = Command::new(&script)
        .args(["client-up", &series.to_string()])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{} client-up {series}: {}",
        script.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap()
}
