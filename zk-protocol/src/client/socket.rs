//! The socket under a connection: a stream, or datagrams to one peer.

use std::collections::VecDeque;
use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

/// Bytes read from a stream at once, and more than any datagram.
const READ_SIZE: usize = 64 * 1024;

/// What carries the packets of one connection, with what is to be sent: kept here so that a dropped future cannot cut a packet in half.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp {
        stream: TcpStream,
        outbox: BytesMut,
    },
    Udp {
        socket: UdpSocket,
        outbox: VecDeque<Bytes>,
    },
}

/// What moving bytes came to.
#[derive(Debug)]
pub(super) enum Moved {
    Sent,
    Received,
    Closed,
}

impl Socket {
    pub(super) fn tcp(stream: TcpStream) -> Self {
        Self::Tcp {
            stream,
            outbox: BytesMut::new(),
        }
    }

    pub(super) fn udp(socket: UdpSocket) -> Self {
        Self::Udp {
            socket,
            outbox: VecDeque::new(),
        }
    }

    pub(super) fn queue(&mut self, bytes: Bytes) {
        match self {
            Self::Tcp { outbox, .. } => outbox.extend_from_slice(&bytes),
            Self::Udp { outbox, .. } => outbox.push_back(bytes),
        }
    }

    /// Sends what is to be sent, else receives into `inbox`. Cancel safe.
    pub(super) async fn step(&mut self, inbox: &mut BytesMut) -> Moved {
        inbox.clear();
        inbox.reserve(READ_SIZE);
        let moved = match self {
            Self::Tcp { stream, outbox } if outbox.is_empty() => match stream.read_buf(inbox).await {
                Ok(0) => Ok(Moved::Closed),
                other => other.map(|_| Moved::Received),
            },
            Self::Tcp { stream, outbox } => match stream.write_buf(outbox).await {
                Ok(0) => Ok(Moved::Closed),
                other => other.map(|_| Moved::Sent),
            },
            Self::Udp { socket, outbox } => match outbox.front() {
                None => {
                    let mut room = (&mut *inbox).limit(READ_SIZE);
                    socket.recv_buf(&mut room).await.map(|_| Moved::Received)
                }
                Some(datagram) => {
                    let sent = socket.send(datagram).await;
                    outbox.pop_front();
                    sent.map(|_| Moved::Sent)
                }
            },
        };
        moved.unwrap_or_else(|error| {
            tracing::debug!(%error, "connection broke");
            Moved::Closed
        })
    }

    /// Sends as much as the system takes at once.
    pub(super) fn flush_quietly(&mut self) {
        match self {
            Self::Tcp { stream, outbox } => {
                while !outbox.is_empty() {
                    match stream.try_write(outbox) {
                        Ok(written) if written > 0 => outbox.advance(written),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        _ => break,
                    }
                }
            }
            Self::Udp { socket, outbox } => {
                while let Some(datagram) = outbox.front() {
                    if socket.try_send(datagram).is_err() {
                        break;
                    }
                    outbox.pop_front();
                }
            }
        }
    }
}
