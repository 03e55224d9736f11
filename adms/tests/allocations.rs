//! Reading an attendance log allocates nothing: counted, not measured.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use std::hint::black_box;

use punchclock_adms::{Incoming, Record, Table, attlog, records};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

/// Counts for the whole program, so that there is only one test in it.
#[global_allocator]
static COUNTING: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

fn counted<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let region = Region::new(COUNTING);
    let result = work();
    let change = region.change();
    (change.allocations + change.reallocations, result)
}

fn body() -> Vec<u8> {
    (0..100_000_u32)
        .flat_map(|number| {
            format!(
                "{}\t2026-03-02 08:{:02}:{:02}\t{}\t15\t0\t0\t0\t1\t36.5\t97.7\t{number}\n",
                1_000 + number % 500,
                number / 60 % 60,
                number % 60,
                number % 2
            )
            .into_bytes()
        })
        .collect()
}

#[test]
fn a_log_is_read_in_place() {
    let body = body();
    lines_with_every_column_typed_allocate_nothing(&body);
    a_body_of_ten_megabytes_needs_no_second_copy(&body.repeat(2));
}

fn lines_with_every_column_typed_allocate_nothing(body: &[u8]) {
    let (allocations, lines) = counted(|| {
        let typed = attlog::lines(body).map(|line| {
            let line = line.unwrap();
            black_box((line, line.details()))
        });
        let typed = typed.count();
        typed
            + records(&Table::AttLog, body)
                .filter(|item| matches!(item, Ok(Record::Punch(_))))
                .count()
    });
    assert_eq!((lines, allocations), (200_000, 0));
}

fn a_body_of_ten_megabytes_needs_no_second_copy(body: &[u8]) {
    assert!(body.len() > 10_000_000);
    let headers = [("Content-Length", body.len().to_string())];
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    let incoming = Incoming {
        method: "POST",
        target: "/iclock/cdata?SN=A1&table=ATTLOG",
        headers: &headers,
        body,
    };
    // The serial is the one thing that is owned.
    let (allocations, borrowed) = counted(|| {
        let whole = punchclock_adms::parse(&incoming).unwrap();
        matches!(whole.body, std::borrow::Cow::Borrowed(found) if found.as_ptr() == body.as_ptr())
    });
    assert!(borrowed && allocations <= 2, "{allocations}");
}
