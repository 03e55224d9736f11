//! What is encoded decodes to itself, and no bytes make a decoder panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use proptest::prelude::*;
use punchclock_zk::wire::attendance::{Evidence, RecordDecoder};
use punchclock_zk::wire::{
    AttendanceRecord, BufferedRead, ChunkRequest, OptionValue, PackedTime, Prepare, attendance, bulk, commkey,
};
use punchclock_zk::{
    AttendanceLayout, CommKey, Command, FreeSizes, PunchState, TextEncoding, User, UserWidth,
};

fn a_time() -> impl Strategy<Value = NaiveDateTime> {
    let start = NaiveDate::from_ymd_opt(2000, 1, 1)
        .unwrap()
        .and_hms_opt(0, 0, 0)
        .unwrap();
    let end = NaiveDate::from_ymd_opt(2099, 12, 31)
        .unwrap()
        .and_hms_opt(23, 59, 59)
        .unwrap();
    let seconds = (end - start).num_seconds();
    (1..=seconds).prop_map(move |seconds| start + TimeDelta::seconds(seconds))
}

proptest! {
    #[test]
    fn clocks(time in a_time()) {
        prop_assert_eq!(PackedTime::encode(time).unwrap().decode().unwrap(), time);
    }

    #[test]
    fn clock_numbers(raw in any::<u32>()) {
        if let Ok(time) = PackedTime::new(raw).decode()
            && let Ok(packed) = PackedTime::encode(time)
        {
            prop_assert_eq!(packed.raw(), raw);
        }
    }

    #[test]
    fn attendance_records(uid in any::<u16>(), id in "[0-9A-Za-z]{1,24}", time in a_time(), verify in any::<u8>(), punch in any::<u8>()) {
        let made = AttendanceRecord::new(uid, &id, time, verify, punch).unwrap();
        prop_assert_eq!(made.raw.len(), attendance::WIDTH);
        let read = AttendanceRecord::decode(0, &made.raw).unwrap();
        prop_assert_eq!(u8::from(read.punch_state()), punch);
        prop_assert_eq!(read, made);
    }

    #[test]
    fn users(uid in any::<u16>(), privilege in any::<u8>(), id in 1..=u32::MAX, name in "[a-zé]{0,4}", card in any::<u32>(), group in any::<u8>()) {
        let mut user = User::new(uid, &id.to_string(), &name);
        (user.privilege, user.card, user.group) = (privilege, card, group);
        for width in [UserWidth::Short, UserWidth::Long] {
            let raw = user.encode(width);
            prop_assert_eq!(raw.len(), width.bytes());
            prop_assert_eq!(User::decode(width, &raw), Some(user.clone()));
        }
    }

    #[test]
    fn requests(command in any::<u16>(), a in any::<u32>(), b in any::<u32>()) {
        let read = BufferedRead::new(Command::new(command), a, b);
        prop_assert_eq!(BufferedRead::decode(&read.encode()), Some(read));
        let chunk = ChunkRequest::new(a, b);
        prop_assert_eq!(ChunkRequest::decode(&chunk.encode()), Some(chunk));
        let prepare = Prepare::decode(&Prepare::encode(a, b)).unwrap();
        prop_assert_eq!((prepare.size, prepare.frame_size), (a, Some(b)));
    }

    #[test]
    fn the_low_byte_of_the_session_does_not_matter_to_the_key(key in any::<u32>(), session in any::<u16>()) {
        // Unless it carries into the next byte, which the key decides.
        let key = CommKey::new(key & 0x00FF_FFFF);
        prop_assert_eq!(key.scramble(session & 0xFF00, commkey::DEFAULT_TICKS), key.scramble(session | 0x00FF, commkey::DEFAULT_TICKS));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = AttendanceRecord::decode(0, &bytes);
        let _ = Evidence::new(&bytes, None).decide();
        let _ = UserWidth::by_content(&bytes);
        let _ = User::decode(UserWidth::Short, &bytes);
        let _ = User::decode(UserWidth::Long, &bytes);
        let _ = FreeSizes::decode(&bytes);
        let _ = OptionValue::decode(&bytes);
        let _ = bulk::buffer_size(&bytes);
        let _ = Prepare::decode(&bytes);
        let _ = BufferedRead::decode(&bytes);
    }
}

#[test]
fn every_state_code_survives() {
    for code in 0..=u8::MAX {
        assert_eq!(u8::from(PunchState::from(code)), code);
    }
}

#[test]
fn a_width_is_no_mere_divisor() {
    // 240 bytes divide by 40, 48, 16 and 8; what is in them decides, and the count only where it agrees.
    let time = NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap();
    let log = |layout: AttendanceLayout| -> Vec<u8> {
        (0..240 / layout.bytes())
            .flat_map(|n| {
                let time = time + TimeDelta::seconds(i64::try_from(n).unwrap());
                let record = AttendanceRecord::new(7, "1007", time, 1, 0).unwrap();
                record.encode(layout).unwrap()
            })
            .collect()
    };
    for layout in [
        AttendanceLayout::W40,
        AttendanceLayout::W48,
        AttendanceLayout::W16,
        AttendanceLayout::W8A,
        AttendanceLayout::W8B,
    ] {
        let log = log(layout);
        for count in [None, Some(0), Some(5), Some(6), Some(7), Some(15), Some(30)] {
            for insisted in [false, true] {
                let evidence = Evidence::new(&log, count).insisted(insisted);
                assert_eq!(evidence.decide(), Ok(layout), "{count:?}");
            }
        }
        // The beginning is enough.
        let mut evidence = Evidence::new(&log[..100], None);
        evidence.total = 240;
        assert_eq!(evidence.decide(), Ok(layout));
    }
    // Nonsense is only read where the terminal insists.
    let nonsense = [0xEE; 240];
    assert_eq!(Evidence::new(&nonsense, Some(6)).decide(), Err(vec![]));
    let insisted = Evidence::new(&nonsense, Some(6)).insisted(true);
    assert_eq!(insisted.decide(), Ok(AttendanceLayout::W40));
    assert_eq!(insisted.settled(), None);
}

#[test]
fn what_reads_two_ways_is_named_not_guessed() {
    // Three records of 16 bytes whose bytes are six of 8 as well, all sane, all at one second.
    let time = 782_550_489_u32.to_le_bytes();
    let eight = [&[7, 0, 8, 0][..], &time].concat();
    let log = eight.repeat(6);
    let decided = Evidence::new(&log, None).decide();
    assert_eq!(decided, Ok(AttendanceLayout::W8B));
    // In both dialects of eight, whatever the count says.
    let both = [1, 0, 1, 0, 0, 0, 1, 0].repeat(4);
    match Evidence::new(&both, Some(4)).insisted(true).decide() {
        Ok(layout) => assert!(layout.is_by_uid()),
        Err(candidates) => assert!(candidates.contains(&AttendanceLayout::W8A), "{candidates:?}"),
    }
}

proptest! {
    #[test]
    fn every_layout_comes_back_however_it_is_cut(
        layout in prop::sample::select(AttendanceLayout::ALL.to_vec()),
        people in prop::collection::vec((1_u16..=9_999, a_time(), 0_u8..=2, 0_u8..=5), 1..60),
        cuts in prop::collection::vec(1_usize..50, 1..20),
    ) {
        let made: Vec<_> = people
            .iter()
            .map(|(uid, time, verify, punch)| AttendanceRecord::new(*uid, &uid.to_string(), *time, *verify, *punch).unwrap())
            .collect();
        let log: Vec<u8> = made.iter().flat_map(|record| record.encode(layout).unwrap()).collect();
        let mut decoder = RecordDecoder::new(layout);
        let (mut read, mut rest) = (Vec::new(), &log[..]);
        for cut in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            decoder.push(piece, |index, record| read.push(record.to_record(index).unwrap()));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert!(decoder.finish().is_none());
        prop_assert_eq!(read.len(), made.len());
        for (read, made) in read.iter().zip(&made) {
            prop_assert_eq!((&read.user_id, read.time, read.verify, read.punch), (&made.user_id, made.time, made.verify, made.punch));
            prop_assert_eq!(&read.encode(layout).unwrap()[..], &read.raw[..]);
        }
    }

    #[test]
    fn names_end_with_a_whole_character(name in "\\PC{0,40}", room in 0_usize..30) {
        for encoding in ["utf-8", "gbk", "windows-1251"].iter().filter_map(|label| TextEncoding::for_label(label)) {
            if let Ok(text) = encoding.encode_within(&name, room) {
                prop_assert!(text.as_bytes().len() <= room);
                // GBK may read as UTF-8 by chance, so only what it says about UTF-8 is certain.
                if encoding == TextEncoding::Utf8 {
                    prop_assert!(name.starts_with(text.as_str().unwrap()));
                }
            }
        }
    }
}
