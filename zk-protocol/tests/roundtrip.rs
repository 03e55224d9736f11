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
use punchclock_zk::wire::{
    AttendanceRecord, BufferedRead, ChunkRequest, OptionValue, PackedTime, Prepare, attendance, bulk, commkey,
};
use punchclock_zk::{CommKey, Command, FreeSizes, PunchState, User, UserWidth};

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
        let _ = attendance::is_plausible(&bytes);
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
    // 240 bytes divide by 40, 48, 16 and 8: only the count tells, and a wrong count tells wrongly.
    assert_eq!(attendance::width_by_count(240, 6), Some(40));
    assert_eq!(attendance::width_by_count(240, 5), Some(48));
    assert_eq!(attendance::width_by_count(240, 15), Some(16));
    assert_eq!(attendance::width_by_count(240, 7), None);
    assert_eq!(attendance::width_by_count(240, 0), None);
    // So the content is looked at: sixteen-byte records do not read as forty-byte ones, whatever divides.
    let sixteen: Vec<u8> = (0..1000_u32)
        .flat_map(|n| {
            [
                &(n + 1).to_le_bytes()[..],
                &(592_385_516 + n).to_le_bytes(),
                &[0; 8],
            ]
            .concat()
        })
        .collect();
    assert_eq!(sixteen.len() % attendance::WIDTH, 0);
    assert!(!attendance::is_plausible(&sixteen));
}
