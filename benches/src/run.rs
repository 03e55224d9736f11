//! One run of one benchmark program: how big, how often, and what is printed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;

/// Rounds of a comparison when measuring. The fastest round of each side counts: whatever disturbs a machine only ever adds time.
const ROUNDS: usize = 7;

/// How this program was started.
///
/// `cargo bench` measures. `cargo test --benches` runs everything once and small, to know that it still works.
#[derive(Debug)]
pub struct Run {
    measuring: bool,
}

impl Run {
    /// Reads the arguments that cargo gives a benchmark.
    #[must_use]
    pub fn from_args() -> Self {
        let has = |wanted: &str| std::env::args().any(|argument| argument == wanted);
        Self {
            measuring: has("--bench") && !has("--test"),
        }
    }

    /// A run that measures nothing, as in a test.
    #[must_use]
    pub const fn smoke() -> Self {
        Self { measuring: false }
    }

    /// The size of an input: the first one when measuring, the second one otherwise.
    #[must_use]
    pub const fn size(&self, measured: usize, smoke: usize) -> usize {
        if self.measuring { measured } else { smoke }
    }

    /// Criterion, set to spend some seconds on each function.
    #[must_use]
    pub fn criterion(&self) -> Criterion {
        Criterion::default()
            .without_plots()
            .sample_size(20)
            .measurement_time(Duration::from_secs(4))
            .warm_up_time(Duration::from_secs(1))
            .configure_from_args()
    }

    /// The fastest round of each piece of work. They take turns, so that a slow spell of the machine meets all of them.
    pub fn fastest<const N: usize>(&self, mut work: [&mut dyn FnMut(); N]) -> [Duration; N] {
        let mut fastest = [Duration::MAX; N];
        for _ in 0..self.size(ROUNDS, 1) {
            for (work, fastest) in work.iter_mut().zip(&mut fastest) {
                *fastest = time(work).min(*fastest);
            }
        }
        fastest
    }

    /// Prints what is compared with what.
    pub fn heading(&self, text: &str) {
        print(text);
        if !self.measuring {
            print("  one small round of an unoptimised build: the figures below mean nothing");
        }
    }

    /// Prints how many times the yardstick's time the work took.
    pub fn times_slower(&self, work: (&str, Duration), yardstick: (&str, Duration)) {
        let ratio = work.1.as_secs_f64() / yardstick.1.as_secs_f64();
        print(&format!(
            "  ratio {ratio:8.2}  {} / {}  ({:.2?} / {:.2?})",
            work.0, yardstick.0, work.1, yardstick.1
        ));
    }

    /// Prints how many pieces of work were done in the time of one unit of the yardstick.
    pub fn done_per(&self, work: (&str, usize, Duration), yardstick: (&str, usize, Duration)) {
        let (done, unit) = (per_second(work.1, work.2), per_second(yardstick.1, yardstick.2));
        let ratio = done / unit;
        print(&format!(
            "  ratio {ratio:8.2}  {} / {}  ({done:.0}/s / {unit:.0}/s)",
            work.0, yardstick.0
        ));
    }

    /// Prints how long the calls of many callers waited.
    pub fn waits(&self, what: &str, mut waits: Vec<Duration>) {
        waits.sort_unstable();
        let at = |part: usize| {
            waits
                .get(waits.len() * part / 100)
                .or_else(|| waits.last())
                .copied()
        };
        let [median, most, worst] = [50, 99, 100].map(|part| at(part).unwrap_or_default());
        print(&format!(
            "  waits of {what}: median {median:.2?}, 99 % {most:.2?}, worst {worst:.2?}"
        ));
    }

    /// Prints a rate that has no yardstick.
    pub fn rate(&self, what: &str, count: usize, took: Duration) {
        print(&format!("  {:.0} {what}/s", per_second(count, took)));
    }

    /// Ends the program's report. A run that does not measure closes with its count of benchmarks, as the checks expect it.
    pub fn finish(&self, criterion: &Criterion, benchmarks: usize) {
        criterion.final_summary();
        if !self.measuring {
            print(&format!("{benchmarks} passed, 0 failed"));
        }
    }
}

/// How long work took.
pub fn time(work: &mut dyn FnMut()) -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark measures time; here and nowhere else"
    )]
    let began = Instant::now();
    black_box(work)();
    began.elapsed()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are far below 2^52"
)]
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

#[expect(clippy::print_stdout, reason = "the report of a benchmark")]
fn print(line: &str) {
    println!("{line}");
}
