//! Reading a pushed attendance log, beside only finding where its lines end.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use memchr::memchr_iter;
use punchclock_adms::attlog::{self, Eleventh};
use punchclock_benches::{Run, input};

fn main() {
    let run = Run::from_args();
    let count = run.size(100_000, 2_000);
    let body = input::attlog_body(count);

    run.heading(&format!(
        "adms_attlog: {count} lines of 11 columns, every one of them typed"
    ));
    let [reading, visiting] = run.fastest([
        &mut || {
            black_box(read(&body));
        },
        &mut || {
            black_box(visit(&body));
        },
    ]);
    run.times_slower(("read", reading), ("visit with memchr", visiting));
    run.rate("lines", count, reading);
    assert_eq!(read(&body), count);

    let mut criterion = run.criterion();
    measure(&mut criterion, &body);
    run.finish(&criterion, 2);
}

fn measure(criterion: &mut Criterion, body: &[u8]) {
    let mut group = criterion.benchmark_group("adms_attlog");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("read", |bench| bench.iter(|| read(black_box(body))));
    group.bench_function("visit with memchr", |bench| bench.iter(|| visit(black_box(body))));
    group.finish();
}

/// Reads every line and types every column.
fn read(body: &[u8]) -> usize {
    attlog::lines(body)
        .filter_map(Result::ok)
        .map(|line| (black_box(line), black_box(line.details())))
        .filter(|(line, details)| {
            line.status.is_some() && matches!(details.eleventh, Eleventh::RecordNumber(_))
        })
        .count()
}

/// Finds the end of every line and looks at nothing.
fn visit(body: &[u8]) -> usize {
    memchr_iter(b'\n', body).map(black_box).count()
}
