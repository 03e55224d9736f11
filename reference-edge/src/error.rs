//! What can stop the edge, each with what to do about it and the exit code a supervisor sees.

use std::path::PathBuf;

/// A reason the process cannot start or go on. What the edge can live with (an unreachable terminal, an Odoo
/// that is away) is not here: it is a state in health and metrics.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {}: {source}; check the path and that the service user may read it", path.display())]
    ConfigUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration is not valid TOML, has an unknown key, or a value that makes no sense.
    #[error("the configuration {} is not usable:\n{faults}", path.display())]
    ConfigInvalid {
        /// The file.
        path: PathBuf,
        /// One fault a line.
        faults: String,
    },
    /// A file that holds a secret is missing, empty or open to others.
    #[error("the secret file {} ({purpose}) {fault}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What the secret opens.
        purpose: &'static str,
        /// What is wrong and what to do.
        fault: String,
    },
    /// The queue file cannot be opened; its own error names the file and the remedy.
    #[error(transparent)]
    Queue(#[from] punchclock_queue::Error),
    /// An address to listen on is taken or not ours.
    #[error(
        "cannot listen on {address} for {purpose}: {source}; choose another address in the configuration"
    )]
    Listen {
        /// The address of the configuration.
        address: std::net::SocketAddr,
        /// What would have been served there.
        purpose: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The client for Odoo cannot be built (a URL that is none, a certificate that is none).
    #[error("the delivery to Odoo is not usable: {0}")]
    Delivery(String),
    /// The demonstration found a punch lost or doubled, or could not be carried out.
    #[error("{0}")]
    Demo(String),
    /// Any other failure of the operating system.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl EdgeError {
    /// The exit code: 1 the demonstration failed, 2 the configuration or a secret is wrong (a restart will not
    /// help), 3 the queue file cannot be used, 4 the machine refuses (an address is taken, no such device).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Demo(_) => 1,
            Self::ConfigUnreadable { .. }
            | Self::ConfigInvalid { .. }
            | Self::Secret { .. }
            | Self::Delivery(_) => 2,
            Self::Queue(_) => 3,
            Self::Listen { .. } | Self::Io { .. } => 4,
        }
    }

    /// Wraps an I/O error with what was being done.
    pub fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io {
            what: what.into(),
            source,
        }
    }
}
