//! What access control terminals (the dialect "acc") need besides: registration and configuration.

use punchclock_adms::{AccOptions, RegistryCode, Reply};
use punchclock_queue::{CursorUpdate, normalise_serial};
use sha2::{Digest as _, Sha256};

use super::Endpoint;
use crate::punch::Channel;
use crate::site::TerminalState;

/// Under which name the queue keeps that a terminal is registered.
fn registry_cursor(terminal: &TerminalState) -> String {
    format!("registry:{}", normalise_serial(&terminal.config.serial))
}

/// The code of a terminal: always the same, and no secret, since the protocol protects nothing by it.
fn code(terminal: &TerminalState) -> Option<RegistryCode> {
    let digest = Sha256::digest(registry_cursor(terminal));
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02X}")).collect();
    hex.parse().ok()
}

impl Endpoint {
    /// Registers a terminal of the configuration; the code is durable before it is told.
    pub(super) async fn register(&self, terminal: &TerminalState) -> Reply {
        let Some(code) = code(terminal) else {
            return Reply::unavailable();
        };
        let cursor = CursorUpdate::new(registry_cursor(terminal), code.as_str());
        match self
            .intake
            .store(Channel::Push, &[], Vec::new(), Some(cursor))
            .await
        {
            Ok(_) => Reply::registered(&code),
            Err(error) => {
                tracing::error!(%error, terminal = terminal.config.label(), "a registration was not stored");
                Reply::unavailable()
            }
        }
    }

    /// The answer to a handshake: the configuration if it is registered, else the word that makes it register.
    pub(super) async fn door_handshake(&self, terminal: &TerminalState, version: Option<&str>) -> Reply {
        let registered = matches!(self.intake.cursor(&registry_cursor(terminal)).await, Ok(Some(_)));
        let code = code(terminal).filter(|_| registered);
        let options = code.as_ref().map(|code| self.options(code, version));
        Reply::acc_handshake(code.as_ref().zip(options.as_ref()))
    }

    /// The configuration.
    pub(super) fn configuration(&self, terminal: &TerminalState, version: Option<&str>) -> Reply {
        match code(terminal) {
            Some(code) => Reply::acc_options(&self.options(&code, version)),
            None => Reply::unavailable(),
        }
    }

    fn options(&self, code: &RegistryCode, version: Option<&str>) -> AccOptions {
        AccOptions::new(code)
            .with_push_version(version)
            .with_request_delay_s(self.config.heartbeat_s)
    }
}
