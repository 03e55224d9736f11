//! A table on its way: the pieces of one read.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::connection::{Item, Outcome};
use super::{Client, mixed_up};
use crate::error::Error;
use crate::session::Request;
use crate::wire::{BufferedRead, Command};

/// The body of one read, piece by piece. The connection reads on only as pieces are taken, so memory stays flat; dropping the body
/// abandons the read.
///
/// Take it to its end or drop it before the next request: requests of one connection wait for each other.
#[derive(Debug)]
pub struct Body {
    items: mpsc::Receiver<Item>,
    announced: Option<u64>,
    received: u64,
    ended: bool,
}

impl Body {
    /// The next piece; `None` at the end, when exactly the announced bytes have arrived. Cancel safe.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, and what can go wrong with any request.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while !self.ended {
            match self.items.recv().await {
                Some(Item::Announced(bytes)) => self.announced = Some(bytes),
                Some(Item::Data(piece)) => {
                    self.received += piece.len() as u64;
                    return Ok(Some(piece));
                }
                Some(Item::End(Ok(Outcome::Transferred))) => self.ended = true,
                Some(Item::End(Ok(other))) => return Err(mixed_up(&other)),
                Some(Item::End(Err(error))) => {
                    self.ended = true;
                    return Err(error);
                }
                None => {
                    self.ended = true;
                    return Err(Error::NotConnected);
                }
            }
        }
        Ok(None)
    }

    /// The bytes the terminal announced for the whole body, once it has; an empty table announces nothing.
    #[must_use]
    pub fn announced(&self) -> Option<u64> {
        self.announced
    }

    /// The bytes that arrived so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`Body::next`].
    pub async fn read_to_end(mut self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(piece) = self.next().await? {
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

impl Client {
    /// Begins to read a table through the terminal's read buffer. A body starts with the byte count of its records; an empty table has
    /// no body. [`table`](crate::table) makes records of it.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn body(&self, table: BufferedRead) -> Result<Body, Error> {
        self.transfer(Request::Read(table))
    }

    /// Begins to read a table or an item with a command that answers with data at once, as older terminals do.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn direct(&self, command: Command, data: impl Into<Bytes>) -> Result<Body, Error> {
        self.transfer(Request::ReadDirect {
            command,
            data: data.into(),
        })
    }

    /// Reads a whole table through the terminal's read buffer, see [`Client::body`].
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, and what can go wrong with any request.
    pub async fn read(&self, table: BufferedRead) -> Result<Vec<u8>, Error> {
        self.body(table)?.read_to_end().await
    }

    fn transfer(&self, request: Request) -> Result<Body, Error> {
        Ok(Body {
            items: self.start(request)?,
            announced: None,
            received: 0,
            ended: false,
        })
    }
}
