//! A stand-in for a bad line: a TCP relay that can be cut. While it is cut it drops every connection at once, so
//! that calls under way end with an unknown outcome, as they do when a branch loses its uplink.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A relay to one address.
#[derive(Debug, Clone)]
pub struct Line {
    address: SocketAddr,
    up: Arc<watch::Sender<bool>>,
    refused: Arc<AtomicUsize>,
}

impl Line {
    /// Opens a relay on a free loopback port; it ends with `shutdown`.
    ///
    /// # Errors
    /// No port could be opened.
    pub async fn open(target: String, shutdown: CancellationToken) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (up, watching) = watch::channel(true);
        let line = Self {
            address: listener.local_addr()?,
            up: Arc::new(up),
            refused: Arc::default(),
        };
        let refused = Arc::clone(&line.refused);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = shutdown.cancelled() => return,
                };
                let Ok((near, _)) = accepted else { continue };
                if *watching.borrow() {
                    tokio::spawn(relay(near, target.clone(), watching.clone()));
                } else {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Ok(line)
    }

    /// Where to connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts the line: every connection ends now, new ones end at once.
    pub fn cut(&self) {
        self.up.send_replace(false);
    }

    /// Mends it.
    pub fn mend(&self) {
        self.up.send_replace(true);
    }

    /// Connections that met a cut line.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

async fn relay(mut near: TcpStream, target: String, mut watching: watch::Receiver<bool>) {
    let Ok(mut far) = TcpStream::connect(&target).await else {
        return;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        _ = watching.wait_for(|up| !*up) => {}
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_cut_line_ends_what_is_open_and_comes_back() {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = echo.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = echo.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        let line = Line::open(target, CancellationToken::new()).await.unwrap();
        let mut open = TcpStream::connect(line.address()).await.unwrap();
        let mut byte = [0];
        open.write_all(b"a").await.unwrap();
        open.read_exact(&mut byte).await.unwrap();
        line.cut();
        assert_eq!(open.read(&mut byte).await.unwrap_or(0), 0);
        let mut late = TcpStream::connect(line.address()).await.unwrap();
        assert_eq!(late.read(&mut byte).await.unwrap_or(0), 0);
        assert_eq!(line.refused(), 1);
        line.mend();
        let mut again = TcpStream::connect(line.address()).await.unwrap();
        again.write_all(b"b").await.unwrap();
        again.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"b");
    }
}
