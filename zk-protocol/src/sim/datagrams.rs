//! The UDP side: every peer has a conversation of its own.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::Shared;
use super::answer::{Answer, Conversation};
use super::server::{Mode, pause};
use crate::frame::Frame;
use crate::wire::ChecksumPolicy;

/// Peers remembered; UDP has no goodbye that must come.
const MOST_PEERS: usize = 64;

/// Serves until stopped, or until the handle is gone.
pub(super) async fn serve(socket: UdpSocket, state: Shared, mut mode: watch::Receiver<Mode>) {
    let mut peers: BTreeMap<SocketAddr, Conversation> = BTreeMap::new();
    let mut reports = state.reports();
    let mut inbox = vec![0; 65_536];
    loop {
        let sent = tokio::select! {
            changed = mode.changed() => {
                if changed.is_err() || *mode.borrow_and_update() == Mode::Stopped {
                    return;
                }
                peers.clear();
                Ok(())
            }
            received = socket.recv_from(&mut inbox) => match received {
                Ok((length, peer)) if *mode.borrow() == Mode::Online => {
                    let datagram = Bytes::copy_from_slice(inbox.get(..length).unwrap_or_default());
                    if peers.len() >= MOST_PEERS {
                        peers.clear();
                    }
                    let conversation = peers.entry(peer).or_insert_with(|| Conversation::new(true));
                    handle(&socket, peer, conversation, datagram, &state).await
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            },
            report = reports.recv() => match report {
                Ok(report) => {
                    let mut sent = Ok(());
                    for (peer, conversation) in &peers {
                        let frame = conversation.report(&report, &state.lock());
                        sent = send(&socket, *peer, frame.as_slice(), &state).await;
                    }
                    sent
                }
                Err(_) => Ok(()),
            },
        };
        if let Err(error) = sent {
            // A peer that is gone answers with an error, which ends nothing.
            tracing::debug!(%error, "datagram");
        }
    }
}

async fn handle(
    socket: &UdpSocket,
    peer: SocketAddr,
    conversation: &mut Conversation,
    datagram: Bytes,
    state: &Shared,
) -> io::Result<()> {
    let strict = state.lock().checksum == ChecksumPolicy::Strict;
    let Some(request) = Frame::from_packet(datagram).filter(|frame| frame.checksum_ok() || !strict) else {
        return Ok(());
    };
    let Answer { frames, raw, .. } = {
        let mut state = state.lock();
        if std::mem::take(&mut state.faults.hang_up_at_next_request) {
            return Ok(());
        }
        conversation.answer(&request, &mut state)
    };
    pause(state).await;
    if let Some(raw) = raw {
        return socket.send_to(&raw, peer).await.map(drop);
    }
    send(socket, peer, &frames, state).await
}

async fn send(socket: &UdpSocket, peer: SocketAddr, frames: &[Frame], state: &Shared) -> io::Result<()> {
    let encoded = |frame: &Frame| {
        let mut out = BytesMut::new();
        frame.encode_packet(&mut out);
        out.freeze()
    };
    let mut datagrams: Vec<Bytes> = frames.iter().map(encoded).collect();
    if let Some(dice) = &mut state.lock().faults.network {
        datagrams = dice.carry(datagrams);
    }
    for datagram in datagrams {
        socket.send_to(&datagram, peer).await?;
    }
    Ok(())
}
