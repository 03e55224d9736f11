//! Decoding a terminal's attendance log of 40-byte records, beside summing its bytes.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use punchclock_benches::{Run, input};
use punchclock_zk::AttendanceRecord;
use punchclock_zk::wire::attendance::WIDTH;

fn main() {
    let run = Run::from_args();
    let count = run.size(100_000, 2_000);
    let log = input::zk_log(count);

    run.heading(&format!(
        "zk_decode: {count} records of {WIDTH} bytes, each to owned text, civil time and its raw bytes"
    ));
    let [decoding, summing] = run.fastest([&mut || drop(black_box(decode(&log))), &mut || {
        black_box(sum(&log));
    }]);
    run.times_slower(("decode", decoding), ("sum of the bytes", summing));
    run.rate("records", count, decoding);

    let mut criterion = run.criterion();
    measure(&mut criterion, &log);
    run.finish(&criterion, 2);
}

fn measure(criterion: &mut Criterion, log: &[u8]) {
    let mut group = criterion.benchmark_group("zk_decode");
    group.throughput(Throughput::Elements((log.len() / WIDTH) as u64));
    group.bench_function("decode", |bench| bench.iter(|| decode(black_box(log))));
    group.bench_function("sum of the bytes", |bench| bench.iter(|| sum(black_box(log))));
    group.finish();
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
