//! What goes into JSON, and what never does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chrono::NaiveDateTime;
use punchclock_zk::{AttendanceRecord, FreeSizes, User};

#[test]
fn records_come_back_and_secrets_stay_out() {
    let time: NaiveDateTime = "2026-03-02T08:00:00".parse().unwrap();
    let record = AttendanceRecord::new(1, "1001", time, 15, 1).unwrap();
    let text = serde_json::to_string(&record).unwrap();
    assert!(text.contains("\"2026-03-02T08:00:00\""), "{text}");
    assert_eq!(serde_json::from_str::<AttendanceRecord>(&text).unwrap(), record);

    let mut sizes = FreeSizes::default();
    sizes.records = Some(7);
    assert_eq!(
        serde_json::from_str::<FreeSizes>(&serde_json::to_string(&sizes).unwrap()).unwrap(),
        sizes
    );

    let mut user = User::new(1, "1001", "Ada");
    user.password = "s3cret".into();
    user.card = 987_654;
    let text = serde_json::to_string(&user).unwrap();
    assert!(
        text.contains("Ada") && !text.contains("s3cret") && !text.contains("987654"),
        "{text}"
    );
}
