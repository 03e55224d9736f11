//! The stream may be cut and merged anywhere, and may hold anything.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use common::{frames, wire};
use proptest::prelude::*;
use punchclock_zk::frame::{
    DEFAULT_MAX_PACKET, Frame, FrameDecoder, FrameError, Framer, MAGIC, SECURE_MAGIC,
};
use punchclock_zk::{ChecksumPolicy, Command};

fn strict() -> Framer {
    Framer::new(FrameDecoder::new(ChecksumPolicy::Strict))
}

fn items(framer: &mut Framer) -> Vec<Result<Frame, FrameError>> {
    std::iter::from_fn(|| framer.next_frame()).collect()
}

/// Items of a stream fed in pieces; runs of garbage joined, since a cut may split them.
fn fed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<Frame, FrameError>> {
    let mut framer = strict();
    let mut all: Vec<Result<Frame, FrameError>> = Vec::new();
    for piece in pieces {
        framer.push(piece);
        for item in items(&mut framer) {
            if let (
                Some(Err(FrameError::Garbage { skipped, .. })),
                Err(FrameError::Garbage { skipped: more, .. }),
            ) = (all.last_mut(), &item)
            {
                *skipped += more;
                continue;
            }
            all.push(item);
        }
    }
    for item in &mut all {
        if let Err(FrameError::Garbage { first, .. }) = item {
            first.clear();
        }
    }
    all
}

fn a_frame() -> impl Strategy<Value = Frame> {
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(any::<u8>(), 900..1100)
    ];
    (any::<u16>(), any::<u16>(), any::<u16>(), data).prop_map(|(command, session, reply_id, data)| {
        Frame::new(Command::new(command), session, reply_id, data)
    })
}

/// Streams that look real: frames, broken frames and garbage in any order.
fn a_stream() -> impl Strategy<Value = Vec<u8>> {
    let encoded = |frame: Frame| {
        let mut out = BytesMut::new();
        frame.encode(&mut out);
        out.to_vec()
    };
    let piece = prop_oneof![
        4 => a_frame().prop_map(encoded),
        1 => (a_frame(), any::<prop::sample::Index>(), any::<u8>()).prop_map(move |(frame, at, flip)| {
            let mut bytes = encoded(frame);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            bytes
        }),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => Just(MAGIC.to_vec()),
        1 => Just(MAGIC[..2].to_vec()),
        1 => Just(SECURE_MAGIC.to_vec()),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn frames_survive_the_wire(sent in prop::collection::vec(a_frame(), 0..6)) {
        let mut stream = BytesMut::new();
        for frame in &sent {
            frame.encode(&mut stream);
        }
        prop_assert_eq!(frames(&stream), sent);
    }

    #[test]
    fn any_chunks_give_what_one_piece_gives(stream in a_stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let whole = fed([&stream[..]]);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]);
        prop_assert_eq!(fed(pieces), whole);
    }

    #[test]
    fn no_bytes_panic_or_pile_up(stream in prop::collection::vec(any::<u8>(), 0..4096)) {
        let mut framer = strict();
        for piece in stream.chunks(97) {
            framer.push(piece);
            items(&mut framer);
        }
        prop_assert!(framer.buffered() <= stream.len());
        FrameDecoder::default().decode(&mut BytesMut::from(&stream[..]));
        let _ = Frame::from_packet(Bytes::from(stream));
    }
}

#[test]
fn every_split_of_two_frames_and_garbage_between() {
    let mut stream = wire(Command::ACK_OK, 1, 2, b"first");
    stream.extend(b"noise P");
    stream.extend(wire(Command::DATA, 0, 3, &[9; 40]));
    let whole = fed([&stream[..]]);
    assert_eq!(whole.len(), 3);
    for at in 0..=stream.len() {
        assert_eq!(fed([&stream[..at], &stream[at..]]), whole, "split at {at}");
    }
    assert_eq!(fed(stream.chunks(1)), whole);
}

#[test]
fn garbage_is_skipped_and_named() {
    let mut framer = strict();
    let mut stream = b"HTTP/1.1 400 Bad Request\r\n".to_vec();
    let garbage = stream.len();
    stream.extend(wire(Command::ACK_OK, 1, 2, b""));
    framer.push(&stream);
    let found = items(&mut framer);
    assert!(
        matches!(&found[0], Err(FrameError::Garbage { skipped, first }) if *skipped == garbage && first == b"HTTP/1.1 400 Bad")
    );
    assert!(found[1].is_ok());
}

#[test]
fn lengths_out_of_bounds_are_refused_and_the_next_frame_is_found() {
    for announced in [0, 7, DEFAULT_MAX_PACKET + 1, u32::MAX] {
        let mut framer = strict();
        let mut stream = MAGIC.to_vec();
        stream.extend(announced.to_le_bytes());
        stream.extend(wire(Command::ACK_OK, 1, 2, b""));
        framer.push(&stream);
        let found = items(&mut framer);
        assert_eq!(
            found[0],
            Err(FrameError::Length {
                announced,
                limit: DEFAULT_MAX_PACKET
            })
        );
        assert!(found[1].is_ok(), "{found:?}");
    }
}

#[test]
fn a_wrong_checksum_is_refused_or_accepted_as_asked() {
    let mut broken = wire(Command::ACK_OK, 1, 2, b"abc");
    broken[10] ^= 1;
    let next = wire(Command::ACK_OK, 1, 3, b"");
    let mut framer = strict();
    framer.push(&[broken.clone(), next.clone()].concat());
    let found = items(&mut framer);
    assert!(
        matches!(&found[0], Err(FrameError::Checksum { header, length: 3, .. }) if header.command == Command::ACK_OK)
    );
    assert_eq!(found[1].as_ref().unwrap().header.reply_id, 3);

    let mut framer = Framer::new(FrameDecoder::new(ChecksumPolicy::Lenient));
    framer.push(&broken);
    let frame = framer.next_frame().unwrap().unwrap();
    assert!(!frame.checksum_ok());
}

#[test]
fn a_length_that_swallows_the_next_frame_does_not_lose_it() {
    let mut stream = wire(Command::ACK_OK, 1, 2, b"abc");
    stream[4] += 16;
    stream.extend(wire(Command::ACK_OK, 1, 3, b""));
    stream.extend(wire(Command::ACK_OK, 1, 4, b""));
    let found = fed([&stream[..]]);
    let ids: Vec<u16> = found
        .iter()
        .flatten()
        .map(|frame| frame.header.reply_id)
        .collect();
    assert_eq!(ids, [3, 4], "{found:?}");
}

/// Start marks all over, each with a length that reaches far; between them whatever comes.
fn a_hostile_stream() -> impl Strategy<Value = Vec<u8>> {
    let lengths = prop_oneof![
        Just(8_u32),
        8_u32..200,
        2000_u32..9000,
        Just(DEFAULT_MAX_PACKET + 1)
    ];
    let fake = (lengths, 0_usize..24).prop_map(|(length, pad)| {
        let mut bytes = [&MAGIC[..], &length.to_le_bytes()].concat();
        bytes.resize(8 + pad, 0x5A);
        bytes
    });
    let good = (0_usize..40).prop_map(|length| wire(Command::DATA, 0, 1, &vec![7; length]));
    prop::collection::vec(prop_oneof![9 => fake, 1 => good], 0..600).prop_map(|pieces| pieces.concat())
}

/// The bytes that were summed for these items.
fn summed(items: &[Result<Frame, FrameError>]) -> usize {
    let summed = |item: &Result<Frame, FrameError>| match item {
        Ok(frame) => 16 + frame.data.len(),
        Err(FrameError::Checksum { length, .. }) => 16 + length,
        Err(_) => 0,
    };
    items.iter().map(summed).sum()
}

proptest! {
    #[test]
    fn no_stream_costs_more_than_eight_sums_a_byte(stream in a_hostile_stream(), chunk in 1_usize..5000) {
        let at_once = fed([&stream[..]]);
        prop_assert!(summed(&at_once) <= 8 * stream.len(), "{} for {}", summed(&at_once), stream.len());
        prop_assert_eq!(fed(stream.chunks(chunk)), at_once);
    }
}

#[test]
fn packets_inside_packets_are_not_summed_for_ever() {
    // A packet of 1 MiB, and a start mark with the same length every 16 bytes inside it.
    let mut fake = [&MAGIC[..], &DEFAULT_MAX_PACKET.to_le_bytes()].concat();
    fake.resize(16, 0x5A);
    let stream = fake.repeat(2 * (DEFAULT_MAX_PACKET as usize / 16));
    let mut framer = strict();
    framer.push(&stream);
    // Enough to see it, without waiting for the end of what should not be.
    let found: Vec<_> = std::iter::from_fn(|| framer.next_frame()).take(100).collect();
    assert!(
        summed(&found) <= 8 * stream.len(),
        "{} for {}",
        summed(&found),
        stream.len()
    );
    // It recovers.
    framer.push(&vec![0; DEFAULT_MAX_PACKET as usize]);
    framer.push(&wire(Command::ACK_OK, 1, 3, b""));
    let found = items(&mut framer);
    assert_eq!(found.last().unwrap().as_ref().unwrap().header.reply_id, 3);
}

#[test]
fn a_wrong_checksum_let_through_is_logged() {
    let log = Log::default();
    let mut broken = wire(Command::ACK_OK, 1, 2, b"abc");
    broken[10] ^= 1;
    tracing::subscriber::with_default(log.clone(), || {
        let mut framer = Framer::new(FrameDecoder::new(ChecksumPolicy::Lenient));
        framer.push(&wire(Command::ACK_OK, 1, 1, b"abc"));
        assert!(framer.next_frame().unwrap().is_ok());
        assert!(log.lines().is_empty());
        framer.push(&broken);
        assert!(framer.next_frame().unwrap().is_ok());
    });
    let lines = log.lines();
    assert!(
        lines.len() == 1 && lines[0].contains("checksum") && lines[0].contains("ACK_OK"),
        "{lines:?}"
    );
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = String::new();
        event.record(
            &mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                line.push_str(&format!("{field}={value:?} "));
            },
        );
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn secure_firmware_is_recognised() {
    let mut framer = strict();
    framer.push(&SECURE_MAGIC);
    assert_eq!(framer.next_frame(), Some(Err(FrameError::Secure)));
}
