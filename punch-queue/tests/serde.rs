//! The plain data types as JSON: what a log or a page of a service shows.

#![cfg(feature = "serde")]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use punchclock_queue::{Batch, Config, Fingerprint, NewEvent, Outcome, Queue, Seq};
use serde_json::{from_value, json, to_value};

#[test]
fn data_types_have_a_stable_form() {
    let fingerprint = Fingerprint::from_bytes([0xAB; 16]);
    let text = json!("abababababababababababababababab");
    assert_eq!(to_value(fingerprint).unwrap(), text);
    assert_eq!(from_value::<Fingerprint>(text).unwrap(), fingerprint);
    assert!(
        from_value::<Fingerprint>(json!("ab"))
            .unwrap_err()
            .to_string()
            .contains("32 hexadecimal digits")
    );
    assert_eq!(to_value(Seq::new(7)).unwrap(), json!(7));

    let folder = tempfile::tempdir().unwrap();
    let queue = Queue::open(folder.path().join("queue.db"), Config::default()).unwrap();
    let event = |mark| NewEvent::new(fingerprint, "T1", 0, mark, "");
    let outcomes = queue
        .enqueue(Batch::new(vec![event(1), event(1), event(2)]))
        .unwrap();
    let form = json!([{"outcome": "accepted", "seq": 1}, {"outcome": "duplicate"}, {"outcome": "conflict", "kept_mark": 1}]);
    assert_eq!(to_value(&outcomes).unwrap(), form);
    assert_eq!(from_value::<Vec<Outcome>>(form).unwrap(), outcomes);
    assert_eq!(to_value(queue.stats().unwrap()).unwrap()["conflicts"], json!(1));
}
