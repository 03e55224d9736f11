//! What several tests share: a key to look for, a client, and a server that speaks raw bytes.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test helpers; each test file uses some of them"
)]

use std::future::Future;
use std::time::Duration;

use punchclock_odoo::{ApiKey, Client, ClientBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The key of every test. No text of the crate may ever show it.
pub(crate) const KEY: &str = "5ec4e7a91c0ffee5ec4e7a91c0ffee5ec4e7a91c";

pub(crate) const DATABASE: &str = "branch-office";

pub(crate) fn builder(url: &str) -> ClientBuilder {
    Client::builder(url, DATABASE, ApiKey::new(KEY).unwrap()).timeout(Duration::from_secs(10))
}

pub(crate) fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

/// A server that hands its first connection to `serve`, as bytes; it stands in for an Odoo or a proxy that misbehaves.
pub(crate) async fn raw_server<F, Fut>(serve: F) -> String
where
    F: FnOnce(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream).await;
    });
    url
}

/// Reads one whole request: its head, then as many bytes as `Content-Length` says.
pub(crate) async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length: usize = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .map(str::to_owned)
                })
                .map_or(0, |length| length.trim().parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the client hung up early");
        request.extend_from_slice(&buffer[..read]);
    }
}

pub(crate) async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
}
