//! Opening a session: `CONNECT`, and the comm key if the terminal asks for it.

use bytes::Bytes;

use super::request::Event;
use super::{Link, Session};
use crate::error::Error;
use crate::frame::Frame;
use crate::wire::{CommKey, Command};

/// Where opening a session stands.
#[derive(Debug)]
pub(super) struct Handshake {
    key: Option<CommKey>,
    /// The reply id of the `AUTH` request, once it is sent.
    auth: Option<u16>,
}

impl Handshake {
    pub(super) fn new(key: Option<CommKey>) -> Self {
        Self { key, auth: None }
    }

    /// The reply id of the request with the key, once it is sent.
    pub(super) fn sent(&self) -> Option<u16> {
        self.auth
    }

    /// What to send again when no answer came.
    pub(super) fn retry(&self, session: u16, ticks: u8) -> (Command, Bytes) {
        match (self.auth, self.key) {
            (Some(_), Some(key)) => (
                Command::AUTH,
                Bytes::copy_from_slice(&key.scramble(session, ticks)),
            ),
            _ => (Command::CONNECT, Bytes::new()),
        }
    }

    /// The request with the key went out again under this id.
    pub(super) fn sent_again(&mut self, reply_id: u16) {
        if let Some(auth) = &mut self.auth {
            *auth = reply_id;
        }
    }
}

impl Session {
    /// Takes a reply while the session is being opened; the event that ends it, or `None` when the key goes out.
    pub(super) fn connecting(&mut self, handshake: &mut Handshake, frame: &Frame) -> Option<Event> {
        // The session id is the one the terminal answers with, also when it asks for the key.
        let session = frame.header.session;
        match (frame.header.command, handshake.auth) {
            (Command::ACK_OK, asked) => {
                let session = if asked.is_some() {
                    self.session_id()
                } else {
                    session
                };
                self.link = Link::Speaking { session, open: true };
                Some(Event::Connected { session })
            }
            (Command::ACK_UNAUTH, None) => {
                let Some(key) = handshake.key else {
                    return Some(Event::Failed(Error::AuthRequired));
                };
                self.link = Link::Speaking { session, open: false };
                let scrambled = key.scramble(session, self.config.auth_ticks);
                handshake.auth = Some(self.send(Command::AUTH, Bytes::copy_from_slice(&scrambled)));
                None
            }
            (Command::ACK_UNAUTH, Some(_)) => Some(Event::Failed(Error::AuthFailed)),
            (Command::ACK_SECURE | Command::AUTH_LOCK, _) => Some(Event::Failed(Error::SecureFirmware)),
            (Command::ACK_RETRY, _) => Some(Event::Failed(Error::Busy {
                command: Command::CONNECT,
            })),
            (reply, asked) => {
                let command = if asked.is_some() {
                    Command::AUTH
                } else {
                    Command::CONNECT
                };
                Some(Event::Failed(Error::Refused { command, reply }))
            }
        }
    }
}
