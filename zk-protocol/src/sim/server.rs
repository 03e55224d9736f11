//! The listener and its connections.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::codec::Decoder;

use super::Shared;
use super::answer::Conversation;
use super::fault::FrameLayout;
use crate::client::FrameCodec;
use crate::frame::{Frame, FrameDecoder};
use crate::wire::Command;

/// Whether the terminal can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Online,
    Offline,
    Stopped,
}

/// Serves until stopped, or until the handle is gone.
pub(super) async fn serve(listener: TcpListener, state: Shared, mut mode: watch::Receiver<Mode>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            changed = mode.changed() => {
                let now = *mode.borrow_and_update();
                if now != Mode::Online {
                    connections.shutdown().await;
                }
                if changed.is_err() || now == Mode::Stopped {
                    return;
                }
            }
            accepted = listener.accept() => {
                match accepted {
                    Ok((stream, _)) if *mode.borrow() == Mode::Online => {
                        connections.spawn(connection(stream, state.clone()));
                    }
                    Ok((stream, _)) => drop(stream),
                    // A client that is gone before it was accepted, or no descriptor left: neither ends a terminal.
                    Err(error) => tracing::debug!(%error, "accept"),
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, state: Shared) {
    if let Err(error) = talk(stream, &state).await {
        tracing::debug!(%error, "connection of the simulated terminal ended");
    }
}

async fn talk(mut stream: TcpStream, state: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut codec = FrameCodec::new(FrameDecoder::new(state.lock().checksum));
    let mut inbox = BytesMut::new();
    let mut conversation = Conversation::default();
    loop {
        while let Some(item) = codec.decode(&mut inbox)? {
            let Ok(request) = item else {
                // What is no valid request is ignored, as terminals do.
                continue;
            };
            let Some(writes) = next_answer(&mut conversation, &request, state) else {
                return Ok(());
            };
            for write in writes {
                if !send(&mut stream, write, state).await? {
                    return Ok(());
                }
            }
            if request.header.command == Command::EXIT {
                return stream.shutdown().await;
            }
        }
        if stream.read_buf(&mut inbox).await? == 0 {
            return Ok(());
        }
    }
}

/// The writes that answer a request; `None` to hang up instead.
fn next_answer(conversation: &mut Conversation, request: &Frame, state: &Shared) -> Option<Vec<Bytes>> {
    let mut state = state.lock();
    *state.requests.entry(request.header.command).or_insert(0) += 1;
    if std::mem::take(&mut state.faults.hang_up_at_next_request) {
        return None;
    }
    let mut frames = conversation.answer(request, &mut state);
    if state.faults.silent {
        return Some(Vec::new());
    }
    if state.faults.wrong_checksum {
        for frame in &mut frames {
            frame.header.checksum ^= 0x5555;
        }
    }
    Some(writes(&frames, state.layout))
}

/// Cuts an answer into writes.
fn writes(frames: &[Frame], layout: FrameLayout) -> Vec<Bytes> {
    let encoded = |frames: &[Frame]| {
        let mut out = BytesMut::new();
        for frame in frames {
            frame.encode(&mut out);
        }
        out.freeze()
    };
    match layout {
        FrameLayout::Coalesced => vec![encoded(frames)],
        FrameLayout::Split(size) => {
            let all = encoded(frames);
            all.chunks(size.max(1))
                .map(|piece| all.slice_ref(piece))
                .collect()
        }
        _ => frames.chunks(1).map(encoded).collect(),
    }
}

/// Writes bytes, as far as the faults in force let it; `false` to hang up.
async fn send(stream: &mut TcpStream, bytes: Bytes, state: &Shared) -> io::Result<bool> {
    let (allowed, hang_up) = {
        let faults = &mut state.lock().faults;
        match faults.hang_up_after {
            Some(left) if left <= bytes.len() => {
                faults.hang_up_after = None;
                (left, true)
            }
            Some(left) => {
                faults.hang_up_after = Some(left - bytes.len());
                (bytes.len(), false)
            }
            None => (bytes.len(), false),
        }
    };
    stream.write_all(bytes.get(..allowed).unwrap_or_default()).await?;
    if hang_up {
        stream.shutdown().await?;
    }
    Ok(!hang_up)
}
