//! Reading a log borrowed allocates nothing for a record, counted by the allocator itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::hint::black_box;

use allocation_counter::measure;
use punchclock_zk::wire::attendance::RecordDecoder;
use punchclock_zk::{AttendanceLayout, AttendanceRecord};

#[test]
fn no_layout_allocates_a_record() {
    for layout in AttendanceLayout::ALL {
        let time = "2026-03-02T08:00:00".parse().unwrap();
        let record = AttendanceRecord::new(7, "1007", time, 1, 0)
            .unwrap()
            .encode(layout)
            .unwrap();
        let log = record.repeat(10_000);
        for chunk in [1_008, 65_472, log.len()] {
            let mut decoder = RecordDecoder::new(layout);
            let counted = measure(|| {
                let mut sum = 0_i64;
                for piece in log.chunks(chunk) {
                    decoder.push(piece, |_, record| {
                        let time = record.check().unwrap();
                        sum += time.and_utc().timestamp() + i64::from(record.punch);
                        black_box(record.user_id.as_text());
                    });
                }
                black_box(sum);
            });
            assert_eq!(counted.count_total, 0, "{layout} bytes in pieces of {chunk}");
            assert_eq!(decoder.records(), 10_000);
        }
    }
    // The counter counts.
    assert_eq!(measure(|| drop(black_box(vec![1_u8]))).count_total, 1);
}
