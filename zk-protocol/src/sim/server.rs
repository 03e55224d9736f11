//! The listener and its TCP connections.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::codec::Decoder;

use super::Shared;
use super::answer::{Answer, Conversation};
use super::event::Report;
use super::fault::FrameLayout;
use crate::client::FrameCodec;
use crate::frame::{Frame, FrameDecoder};

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
    let mut reports = state.reports();
    loop {
        while let Some(item) = codec.decode(&mut inbox)? {
            let Ok(request) = item else {
                // What is no valid request is ignored, as terminals do.
                continue;
            };
            match next_answer(&mut conversation, &request, state) {
                Next::HangUp => return Ok(()),
                Next::Reset => {
                    stream.set_zero_linger()?;
                    return Ok(());
                }
                Next::Answer { writes, hang_up } => {
                    pause(state).await;
                    let gap = state.lock().gap;
                    for (index, write) in writes.into_iter().enumerate() {
                        if index > 0 && !gap.is_zero() {
                            sleep(gap).await;
                        }
                        if !send(&mut stream, write, state).await? {
                            return Ok(());
                        }
                    }
                    if hang_up {
                        return stream.shutdown().await;
                    }
                }
            }
        }
        tokio::select! {
            read = stream.read_buf(&mut inbox) => {
                if read? == 0 {
                    return Ok(());
                }
            }
            report = reports.recv() => {
                for write in told(&conversation, report, state) {
                    if !send(&mut stream, write, state).await? {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Waits as long as the faults in force say.
pub(super) async fn pause(state: &Shared) {
    let delay = state.lock().faults.delay;
    if !delay.is_zero() {
        sleep(delay).await;
    }
}

/// The writes that tell a client of an event.
fn told(
    conversation: &Conversation,
    report: Result<Report, broadcast::error::RecvError>,
    state: &Shared,
) -> Vec<Bytes> {
    // A client too slow for the events of a terminal has lost them.
    let Ok(report) = report else {
        return Vec::new();
    };
    let state = state.lock();
    let frames: Vec<Frame> = conversation.report(&report, &state).into_iter().collect();
    writes(&frames, state.layout)
}

enum Next {
    HangUp,
    Reset,
    Answer { writes: Vec<Bytes>, hang_up: bool },
}

fn next_answer(conversation: &mut Conversation, request: &Frame, state: &Shared) -> Next {
    let mut state = state.lock();
    if std::mem::take(&mut state.faults.hang_up_at_next_request) {
        return Next::HangUp;
    }
    if std::mem::take(&mut state.faults.reset_at_next_request) {
        return Next::Reset;
    }
    let Answer { frames, raw, hang_up } = conversation.answer(request, &mut state);
    let writes = match raw {
        Some(raw) => vec![raw],
        None => writes(&frames, state.layout),
    };
    Next::Answer { writes, hang_up }
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
