//! The stream may be cut and merged anywhere, and may hold anything.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

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
    assert!(matches!(&found[0], Err(FrameError::Checksum { frame, .. }) if &frame.data[..] == b"abc"));
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

#[test]
fn secure_firmware_is_recognised() {
    let mut framer = strict();
    framer.push(&SECURE_MAGIC);
    assert_eq!(framer.next_frame(), Some(Err(FrameError::Secure)));
}
