//! The demonstration as a person runs it.

use std::process::Command;

#[test]
fn the_demonstration_loses_nothing_and_writes_its_payroll_file() {
    let folder = tempfile::tempdir().unwrap();
    let payroll = folder.path().join("payroll.csv");
    let output = Command::new(env!("CARGO_BIN_EXE_punchclock-edge"))
        .args(["demo", "--payroll"])
        .arg(&payroll)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let row = |name: &str| -> u64 {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap_or_else(|| panic!("{name}: {text}"));
        line.split_whitespace().next_back().unwrap().parse().unwrap()
    };
    assert_eq!(row("made"), 237);
    assert_eq!((row("delivered"), row("lost"), row("doubled")), (237, 0, 0));
    assert!(
        row("duplicates refused") >= 79,
        "the terminal that does both, and its replay: {text}"
    );
    assert!(text.contains("payroll.csv"));
    let payroll = std::fs::read_to_string(payroll).unwrap();
    assert!(payroll.starts_with("payroll_id,employee,date,pay_code,minutes,hours\r\n"));
    assert!(payroll.contains(",OT,") && payroll.contains(",REG,"));
    assert!(payroll.contains("Katrien Maes"), "the night shift is paid too");
}
