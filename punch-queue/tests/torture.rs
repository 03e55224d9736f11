//! The example `torture`, with as many kills as a test has time for.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on must fail"
)]

use std::process::Command;

#[test]
fn two_hundred_kills_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Cargo builds examples with the tests and puts them beside them.
    let program = std::env::current_exe().unwrap();
    let program = program.ancestors().nth(2).unwrap().join("examples/torture");
    let mut torture = Command::new(&program);
    // It makes the folder.
    let dir = folder.path().join("new");
    torture.arg("--dir").arg(dir).args(["--kills", "200"]);
    let output = torture.output().unwrap_or_else(|error| {
        panic!(
            "{}: {error}: build it with cargo test or cargo build --examples",
            program.display()
        )
    });
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        said.lines().any(|line| line.split_whitespace().eq(["lost", "0"])),
        "{said}"
    );
    let acknowledged = said.lines().find_map(|line| line.strip_prefix("acknowledged"));
    let acknowledged = acknowledged
        .and_then(|line| line.split_whitespace().next())
        .unwrap();
    assert!(acknowledged.parse::<u64>().unwrap() > 2_000, "{said}");
}
