//! Decoding a terminal's attendance log of 40-byte records, beside summing its bytes: borrowed where it lies, as it is streamed, and into
//! records of their own.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use punchclock_benches::{Run, input};
use punchclock_zk::wire::attendance::{RecordDecoder, WIDTH};
use punchclock_zk::{AttendanceLayout, AttendanceRecord};

fn main() {
    let run = Run::from_args();
    let count = run.size(100_000, 2_000);
    let log = input::zk_log(count);

    run.heading(&format!(
        "zk_decode: {count} records of {WIDTH} bytes, each checked, with its user id and civil time"
    ));
    let [borrowing, owning, summing] = run.fastest([
        &mut || {
            black_box(borrow(&log));
        },
        &mut || drop(black_box(decode(&log))),
        &mut || {
            black_box(sum(&log));
        },
    ]);
    run.times_slower(("decode, borrowed", borrowing), ("sum of the bytes", summing));
    run.times_slower(("decode, owned", owning), ("sum of the bytes", summing));
    run.rate("records, borrowed", count, borrowing);

    let mut criterion = run.criterion();
    measure(&mut criterion, &log);
    run.finish(&criterion, 3);
}

fn measure(criterion: &mut Criterion, log: &[u8]) {
    let mut group = criterion.benchmark_group("zk_decode");
    group.throughput(Throughput::Elements((log.len() / WIDTH) as u64));
    group.bench_function("decode, borrowed", |bench| bench.iter(|| borrow(black_box(log))));
    group.bench_function("decode, owned", |bench| bench.iter(|| decode(black_box(log))));
    group.bench_function("sum of the bytes", |bench| bench.iter(|| sum(black_box(log))));
    group.finish();
}

/// The sum of all times, and the users' ids looked at.
fn borrow(log: &[u8]) -> i64 {
    let mut sum = 0;
    let mut decoder = RecordDecoder::new(AttendanceLayout::W40);
    decoder.push(log, |_, record| {
        if let Ok(time) = record.check() {
            sum += time.and_utc().timestamp();
            black_box(record.user_id);
        }
    });
    sum
}

fn decode(log: &[u8]) -> Vec<AttendanceRecord> {
    log.chunks_exact(WIDTH)
        .enumerate()
        .filter_map(|(index, raw)| AttendanceRecord::decode(index, raw).ok())
        .collect()
}

fn sum(log: &[u8]) -> u64 {
    log.iter().map(|byte| u64::from(*byte)).sum()
}
