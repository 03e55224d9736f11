//! A tokio client: one connection to one terminal.
//!
//! A thin shell around a [`Session`]: it moves bytes between the socket and the session and hands out typed results. It never disables
//! a terminal, clears or writes anything on its own.

mod codec;
mod driver;
mod info;
mod options;
mod tables;

use std::collections::VecDeque;
use std::fmt;

use bytes::{Bytes, BytesMut};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::{Instant, timeout};

use crate::error::Error;
use crate::session::{Reply, Request, Session, TerminalEvent};
use crate::wire::Command;

pub use codec::FrameCodec;
pub use info::DeviceInfo;
pub use options::ConnectOptions;

use driver::Outcome;

/// A connection to a terminal with an open session.
///
/// One request runs at a time. Dropping a request's future before it is done abandons the request and leaves the connection usable;
/// dropping the client closes the socket without a good-bye, see [`Client::disconnect`]. Terminals serve one client at a time, so keep
/// the connection short or keep it alone.
///
/// ```no_run
/// # async fn example() -> Result<(), punchclock_zk::Error> {
/// use punchclock_zk::{Client, CommKey, ConnectOptions};
///
/// let options = ConnectOptions::new().comm_key(CommKey::new(123_456));
/// let mut client = Client::connect("192.0.2.10:4370", options).await?;
/// for record in client.attendance().await?.good() {
///     println!("{} {}", record.user_id, record.time);
/// }
/// client.disconnect().await
/// # }
/// ```
pub struct Client {
    stream: TcpStream,
    session: Session,
    /// The zero of the session's clock.
    epoch: Instant,
    /// Bytes to send; kept here so that a dropped future cannot cut a packet in half.
    outbox: BytesMut,
    inbox: BytesMut,
    events: VecDeque<TerminalEvent>,
}

impl Client {
    /// Connects to `address` (`host:port`, usually port 4370) and opens a session.
    ///
    /// # Errors
    /// [`Error::Connect`] when there is no TCP connection, [`Error::AuthRequired`], [`Error::AuthFailed`], [`Error::SecureFirmware`],
    /// [`Error::WrongProtocol`], [`Error::Timeout`] and [`Error::ConnectionClosed`] for what answered, or did not.
    pub async fn connect<A>(address: A, options: ConnectOptions) -> Result<Self, Error>
    where
        A: ToSocketAddrs + fmt::Display,
    {
        let failed = |source| Error::Connect {
            addr: address.to_string(),
            source,
        };
        let stream = timeout(options.connect_timeout, TcpStream::connect(&address))
            .await
            .map_err(|elapsed| failed(elapsed.into()))?
            .map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        Self::handshake(stream, options).await
    }

    /// Opens a session on a connection made elsewhere, for example through a tunnel.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn handshake(stream: TcpStream, options: ConnectOptions) -> Result<Self, Error> {
        let mut client = Self {
            stream,
            session: Session::new(options.session),
            epoch: Instant::now(),
            outbox: BytesMut::new(),
            inbox: BytesMut::new(),
            events: VecDeque::new(),
        };
        client.run(Request::Connect, |_| ()).await?;
        Ok(client)
    }

    /// Sends one command and waits for its reply: the way to commands this client has no method for.
    ///
    /// Some commands wipe a terminal; nothing here stops them.
    ///
    /// # Errors
    /// [`Error::Refused`] when the terminal says no, and what can go wrong with any request.
    pub async fn exchange(&mut self, command: Command, data: impl Into<Bytes>) -> Result<Reply, Error> {
        match self
            .run(
                Request::Exchange {
                    command,
                    data: data.into(),
                },
                |_| (),
            )
            .await?
        {
            Outcome::Reply(reply) => Ok(reply),
            other => Err(other.unexpected()),
        }
    }

    /// Locks keys and sensor of the terminal, for a read that nothing may change meanwhile. Call [`Client::enable`] afterwards: a
    /// terminal that is not enabled again stays locked.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn disable(&mut self) -> Result<(), Error> {
        self.exchange(Command::DISABLEDEVICE, Bytes::new())
            .await
            .map(drop)
    }

    /// Puts the terminal back to work.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn enable(&mut self) -> Result<(), Error> {
        self.exchange(Command::ENABLEDEVICE, Bytes::new()).await.map(drop)
    }

    /// Events the terminal sent on its own since the last call; the newest 1,024 are kept.
    pub fn take_events(&mut self) -> Vec<TerminalEvent> {
        self.events.drain(..).collect()
    }

    /// Says good-bye, so that the terminal is free for the next client at once, and closes the connection.
    ///
    /// # Errors
    /// Only if the request could not be started; a terminal that closes first or does not answer is fine.
    pub async fn disconnect(mut self) -> Result<(), Error> {
        self.run(Request::Exit, |_| ()).await.map(drop)
    }
}

impl fmt::Debug for Client {
    /// Without the buffers: they may hold what people would not like to see in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.stream.peer_addr().ok();
        f.debug_struct("Client")
            .field("peer", &peer)
            .field("busy", &self.session.is_busy())
            .finish_non_exhaustive()
    }
}
