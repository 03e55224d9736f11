//! One HTTP/1.1 request on one connection, and its reply.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Largest reply that is read, in bytes.
const MAX_REPLY: u64 = 1024 * 1024;

/// Longest wait for a whole exchange besides the pauses of slow sending.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request, and how well it behaves.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) content_type: Option<&'a str>,
    pub(super) cookie: Option<&'a str>,
    pub(super) body: Vec<u8>,
    /// Send half of the body, then hang up.
    pub(super) cut_off: bool,
    /// Send so many bytes of the body at a time, with a pause after each.
    pub(super) slowly: Option<(usize, Duration)>,
}

/// A reply.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    /// What a terminal takes for success.
    pub(super) fn is_success(&self) -> bool {
        self.status == 200 && self.body.contains("OK")
    }
}

/// Sends `request` to `server` and reads the reply.
///
/// Cancel safe in that the connection closes with the future.
pub(super) async fn exchange(server: SocketAddr, request: &Outgoing<'_>) -> io::Result<Answer> {
    let pauses = match request.slowly {
        Some((chunk, pause)) => {
            let chunks = request.body.len().div_ceil(chunk.max(1));
            pause.saturating_mul(u32::try_from(chunks).unwrap_or(u32::MAX))
        }
        None => Duration::ZERO,
    };
    tokio::time::timeout(TIMEOUT.saturating_add(pauses), async {
        let mut stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        stream.write_all(head(server, request).as_bytes()).await?;
        if request.cut_off {
            let half = request.body.split_at(request.body.len() / 2).0;
            stream.write_all(half).await?;
            stream.shutdown().await?;
            return Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "cut off on purpose",
            ));
        }
        match request.slowly {
            Some((chunk, pause)) => {
                for part in request.body.chunks(chunk.max(1)) {
                    stream.write_all(part).await?;
                    tokio::time::sleep(pause).await;
                }
            }
            None => stream.write_all(&request.body).await?,
        }
        stream.flush().await?;
        read_answer(&mut stream).await
    })
    .await
    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn head(server: SocketAddr, request: &Outgoing<'_>) -> String {
    let Outgoing {
        method,
        target,
        content_type,
        cookie,
        body,
        ..
    } = request;
    let mut head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {server}\r\nUser-Agent: iClock Proxy/1.09\r\nConnection: close\r\nAccept: */*\r\n"
    );
    if let Some(token) = cookie {
        head.push_str(&format!("Cookie: token={token}\r\n"));
    }
    if *method == "POST" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        if let Some(content_type) = content_type {
            head.push_str(&format!("Content-Type: {content_type}\r\n"));
        }
    }
    head.push_str("\r\n");
    head
}

/// Reads up to `Content-Length`, or to the end of the connection where there is none.
async fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut received = Vec::new();
    let mut stream = stream.take(MAX_REPLY);
    loop {
        if let Some((status, length, start)) = read_head(&received)? {
            let body = received.get(start..).unwrap_or_default();
            if let Some(body) = length.and_then(|length| body.get(..length)) {
                return Ok(Answer {
                    status,
                    body: String::from_utf8_lossy(body).into_owned(),
                });
            }
            if stream.read_buf(&mut received).await? == 0 {
                return match length {
                    Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
                    None => {
                        let body = received.get(start..).unwrap_or_default();
                        Ok(Answer {
                            status,
                            body: String::from_utf8_lossy(body).into_owned(),
                        })
                    }
                };
            }
        } else if stream.read_buf(&mut received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Status, `Content-Length` and where the body starts, once the head is complete.
fn read_head(received: &[u8]) -> io::Result<Option<(u16, Option<usize>, usize)>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = received.get(..end).unwrap_or_default();
    let head = std::str::from_utf8(head).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1."))
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("Content-Length"))
        .and_then(|(_, value)| value.trim().parse().ok());
    Ok(Some((status, length, end.saturating_add(4))))
}
