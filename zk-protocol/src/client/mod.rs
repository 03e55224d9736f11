//! A tokio client: a [`Client`] handle that asks, and a [`Connection`] that does the work.
//!
//! A thin shell around a [`Session`](crate::session::Session): it moves bytes between the socket and the session and hands out typed
//! results. It never disables a terminal, clears or writes anything on its own, and spawns nothing by itself.
//!
//! | to | see |
//! |---|---|
//! | read the log, whole or from a moment on, record by record | [`Client::attendance`], [`Client::attendance_stream`], [`Client::attendance_between`] |
//! | read everything else | [`Client::device_info`], [`Client::users`], [`Client::templates`], [`Client::op_log`] |
//! | write users, templates, time, options, messages, access rules | [`Client::set_user`] and its neighbours |
//! | keep people from punching for a moment | [`Client::disable`] |
//! | clear a log without losing a punch, restart, wipe | [`Client::dangerous`] |
//! | listen, over reconnects, without missing anything | [`live`](crate::live) |

mod access;
mod attendance;
mod body;
mod codec;
mod connection;
mod dangerous;
mod events;
mod guard;
mod info;
mod options;
mod socket;
mod tables;
mod templates;
mod write;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::{TcpStream, ToSocketAddrs, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::error::Error;
use crate::quirks::Quirks;
use crate::session::{Reply, Request, Transport};
use crate::wire::{Command, TextEncoding};

pub use attendance::{AttendanceStream, Window};
pub use body::Body;
pub use codec::FrameCodec;
pub use connection::Connection;
pub use dangerous::{ClearError, ClearOutcome, Dangerous};
pub use events::Events;
pub use guard::Disabled;
pub use info::DeviceInfo;
pub use options::ConnectOptions;

use connection::{Item, Job, Outcome};
use socket::Socket;

/// Items of one answer under way between driver and caller: at 64 KiB each, what keeps memory flat.
const UNDER_WAY: usize = 4;

/// A handle to a connection with an open session; cheap to clone.
///
/// Requests of all handles are served one after the other, as terminals want it. Dropping a request's future before it is done abandons
/// the request and leaves the connection usable. When the last handle is dropped the [`Connection`] says good-bye and ends. Terminals
/// serve one client at a time, so keep the connection short or keep it alone.
///
/// ```no_run
/// # async fn example() -> Result<(), punchclock_zk::Error> {
/// use punchclock_zk::{Client, CommKey, ConnectOptions};
///
/// let options = ConnectOptions::new().comm_key(CommKey::new(123_456));
/// let (client, connection) = Client::connect("192.0.2.10:4370", options).await?;
/// let running = tokio::spawn(connection.run());
/// for record in client.attendance().await?.good() {
///     println!("{} {}", record.user_id, record.time);
/// }
/// client.disconnect().await?;
/// running.await.ok();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    jobs: mpsc::UnboundedSender<Job>,
    settings: Arc<Settings>,
}

/// What every handle knows.
#[derive(Debug)]
struct Settings {
    address: String,
    encoding: TextEncoding,
    quirks: Quirks,
    transport: Transport,
}

impl Client {
    /// Connects to `address` (`host:port`, usually port 4370) and opens a session. The [`Connection`] must be run for the client to get
    /// answers.
    ///
    /// # Errors
    /// [`Error::ConnectRefused`] and [`Error::Connect`] when there is no connection, [`Error::AuthRequired`], [`Error::AuthFailed`],
    /// [`Error::SecureFirmware`], [`Error::WrongProtocol`], [`Error::Silent`], [`Error::Busy`] and [`Error::ConnectionClosed`] for what
    /// answered, or did not.
    pub async fn connect<A>(address: A, options: ConnectOptions) -> Result<(Self, Connection), Error>
    where
        A: ToSocketAddrs + fmt::Display,
    {
        let failed = |source: std::io::Error| {
            let addr = address.to_string();
            if source.kind() == std::io::ErrorKind::ConnectionRefused {
                Error::ConnectRefused { addr, source }
            } else {
                Error::Connect { addr, source }
            }
        };
        let socket = match options.transport {
            Transport::Tcp => {
                let stream = timeout(options.connect_timeout, TcpStream::connect(&address))
                    .await
                    .map_err(|elapsed| failed(elapsed.into()))?
                    .map_err(failed)?;
                stream.set_nodelay(true).map_err(failed)?;
                Socket::tcp(stream)
            }
            Transport::Udp => {
                let peer = tokio::net::lookup_host(&address).await.map_err(failed)?.next();
                let peer = peer.ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))?;
                let local = if peer.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(local).await.map_err(failed)?;
                socket.connect(peer).await.map_err(failed)?;
                Socket::udp(socket)
            }
        };
        Self::open(socket, address.to_string(), options).await
    }

    /// Opens a session on a TCP connection made elsewhere, for example through a tunnel.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn handshake(stream: TcpStream, options: ConnectOptions) -> Result<(Self, Connection), Error> {
        let peer = stream
            .peer_addr()
            .map_or_else(|_| String::new(), |peer| peer.to_string());
        Self::open(Socket::tcp(stream), peer, options).await
    }

    async fn open(
        socket: Socket,
        address: String,
        options: ConnectOptions,
    ) -> Result<(Self, Connection), Error> {
        let (jobs, served) = mpsc::unbounded_channel();
        let mut connection = Connection::new(socket, options.session, served);
        connection.handshake().await?;
        let settings = Settings {
            address,
            encoding: options.encoding,
            quirks: options.quirks.unwrap_or_default(),
            transport: options.transport,
        };
        let client = Self {
            jobs,
            settings: Arc::new(settings),
        };
        Ok((client, connection))
    }

    /// The encoding of names and texts on the terminal.
    #[must_use]
    pub fn encoding(&self) -> TextEncoding {
        self.settings.encoding
    }

    /// What is assumed about the terminal.
    #[must_use]
    pub fn quirks(&self) -> &Quirks {
        &self.settings.quirks
    }

    /// Sends one command and waits for its reply: the way to commands this client has no method for.
    ///
    /// # Errors
    /// [`Error::Guarded`] for commands that destroy data or stop the terminal, see [`Client::dangerous`]; [`Error::Refused`] when the
    /// terminal says no, and what can go wrong with any request.
    pub async fn exchange(&self, command: Command, data: impl Into<Bytes>) -> Result<Reply, Error> {
        if command.is_dangerous() {
            return Err(Error::Guarded { command });
        }
        self.send(command, data.into()).await
    }

    /// Says good-bye, so that the terminal is free for the next client at once, and ends the connection for every handle. Dropping all
    /// handles does the same, without waiting for it.
    ///
    /// # Errors
    /// Only if the connection was gone before; a terminal that closes first or does not answer is fine.
    pub async fn disconnect(self) -> Result<(), Error> {
        self.run(Request::Exit).await.map(drop)
    }

    /// The events the terminal sends by itself from now on; who listened before gets no more. Terminals send some only after
    /// [`Client::register`].
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn events(&self) -> Result<Events, Error> {
        let (feed, events) = Events::new();
        self.jobs
            .send(Job::Subscribe(feed))
            .map_err(|_| Error::NotConnected)?;
        Ok(events)
    }

    /// Asks the terminal to report events ([`mask`](crate::wire::event::mask)), or with 0 to stop.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn register(&self, mask: u32) -> Result<(), Error> {
        self.command(Command::REG_EVENT, mask.to_le_bytes()).await
    }

    /// A command whose reply says no more than yes.
    async fn command(&self, command: Command, data: impl AsRef<[u8]>) -> Result<(), Error> {
        self.exchange(command, Bytes::copy_from_slice(data.as_ref()))
            .await
            .map(drop)
    }

    /// Any command, without asking whether it is dangerous.
    async fn send(&self, command: Command, data: Bytes) -> Result<Reply, Error> {
        match self.run(Request::Exchange { command, data }).await? {
            Outcome::Reply(reply) => Ok(reply),
            other => Err(mixed_up(&other)),
        }
    }

    /// A request whose answer is one item.
    async fn run(&self, request: Request) -> Result<Outcome, Error> {
        let mut items = self.start(request)?;
        match items.recv().await {
            Some(Item::End(end)) => end,
            _ => Err(Error::NotConnected),
        }
    }

    fn start(&self, request: Request) -> Result<mpsc::Receiver<Item>, Error> {
        let (answer, items) = mpsc::channel(UNDER_WAY);
        let job = Job::Request {
            request,
            answer,
            detached: false,
        };
        self.jobs.send(job).map_err(|_| Error::NotConnected)?;
        Ok(items)
    }

    /// Sends a command whose answer nobody waits for.
    fn leave(&self, command: Command) {
        let (answer, _) = mpsc::channel(UNDER_WAY);
        let request = Request::Exchange {
            command,
            data: Bytes::new(),
        };
        // Without a connection there is nothing left to do.
        drop(self.jobs.send(Job::Request {
            request,
            answer,
            detached: true,
        }));
    }
}

/// A request ended as another one: only possible when two were mixed up.
fn mixed_up(outcome: &Outcome) -> Error {
    tracing::error!(?outcome, "a request ended as another one");
    Error::InProgress
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.settings.address)
            .field("connected", &!self.jobs.is_closed())
            .finish_non_exhaustive()
    }
}
